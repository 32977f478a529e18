//! `legwork mail read`: a message as text, with what its sender hid said to be hidden.
//!
//! Never marks it as read, opens a link, or prints a control character on a terminal.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Context, Desk, Failure, files, pick, refused, table};
use crate::action::{Address, Flag, Link, Message};
use crate::cli::{Paint, columns};
use crate::mail::mime;
use crate::untrusted;

/// Lines of text shown; a longer mail is read from its file.
const LINES_MAX: usize = 2000;
/// Lines of hidden text shown; it is there to be known of, not to be read.
const HIDDEN_LINES_MAX: usize = 12;
/// Links listed.
const LINKS_MAX: usize = 200;
/// False links named below the text.
const FALSE_LINKS_MAX: usize = 5;
/// Addresses named of one header field.
const PEOPLE_MAX: usize = 20;

/// Read a message; it stays unread
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Its number in the last list, its id, or the beginning of it
    #[arg(value_name = "ID|NUMBER")]
    message: String,
    /// Print the bytes as they came
    #[arg(long, conflicts_with_all = ["html_links", "headers"])]
    raw: bool,
    /// Show all header fields
    #[arg(long)]
    headers: bool,
    /// List the links with where they go
    #[arg(long)]
    html_links: bool,
}

pub(super) fn run(args: &Args, desk: &Desk, context: &Context) -> Result<u8, Failure> {
    let id = pick::message(&args.message, desk, context)?;
    desk.fetch(&id, context)?;
    if args.raw {
        return raw(&desk.mail.raw(&id).map_err(refused)?, context);
    }
    let message = desk.mail.read(&id).map_err(refused)?;
    if context.json {
        context.print_json(&message)?;
        return Ok(0);
    }
    let paint = context.out;
    let mut text = heading(&message, desk, paint);
    if args.headers {
        let bytes = desk.mail.raw(&id).map_err(refused)?;
        text.push(format!("\n{}\n", mime::header_text(&bytes).trim_end()));
    }
    text.push(format!(
        "{}\n",
        paint.dim(&"─".repeat(columns::screen().min(72)))
    ));
    text.push(body(&message, paint));
    text.push(hidden(&message.hidden_text, paint));
    if !args.html_links {
        text.push(false_links(&message.links, paint));
    }
    text.push(attachments(&message, paint));
    if args.html_links {
        text.push(links(&message.links, paint));
    } else if !message.links.is_empty() {
        let said = format!("{} links; --html-links lists them", message.links.len());
        context.say(&context.err.dim(&said));
    }
    super::warn(&message.diagnostics, context);
    context.print(&text.concat())?;
    Ok(0)
}

/// A terminal obeys control characters, so there they are left out; a file gets every byte.
fn raw(bytes: &[u8], context: &Context) -> Result<u8, Failure> {
    if context.json {
        let text = String::from_utf8_lossy(bytes);
        context.print_json(&serde_json::json!({ "raw": text }))?;
        return Ok(0);
    }
    if io::stdout().is_terminal() {
        context.print(&untrusted::block(&String::from_utf8_lossy(bytes)))?;
        return Ok(0);
    }
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(0)
}

fn heading(message: &Message, desk: &Desk, paint: Paint) -> Vec<String> {
    let envelope = &message.envelope;
    let zone = desk.clock.zone().clone();
    let date = envelope.date.to_zoned_datetime(zone);
    let flags: Vec<String> = envelope
        .flags
        .iter()
        .map(|flag| untrusted::line(flag.word(), 60))
        .collect();
    let unread = if envelope.flags.contains(&Flag::Seen) {
        ""
    } else {
        ", unread"
    };
    let flags = if flags.is_empty() {
        String::new()
    } else {
        format!(", {}", flags.join(", "))
    };
    let mailbox = untrusted::line(&envelope.mailbox, 100);
    let from = people(std::slice::from_ref(&envelope.from));
    let answers = message
        .reply_to
        .iter()
        .any(|to| to.email != envelope.from.email);
    let reply_to = if answers {
        people(&message.reply_to)
    } else {
        String::new()
    };
    [
        ("from", paint.bold(&from)),
        ("reply to", reply_to),
        ("to", people(&envelope.to)),
        ("cc", people(&envelope.cc)),
        ("date", date.strftime("%a %-d %b %Y, %H:%M").to_string()),
        ("subject", paint.bold(&table::title(&envelope.subject))),
        ("in", format!("{mailbox}{unread}{flags}")),
        ("id", untrusted::line(&envelope.id.0, 200)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| format!("{}  {value}\n", paint.dim(&format!("{name:<8}"))))
    .collect()
}

/// Names with their addresses, as a name alone proves nothing.
fn people(addresses: &[Address]) -> String {
    let shown = addresses.iter().take(PEOPLE_MAX).map(|address| {
        let name = untrusted::line(&address.name, 100);
        let email = untrusted::line(&address.email, 200);
        if name.is_empty() {
            email
        } else {
            format!("{name} <{email}>")
        }
    });
    let mut shown: Vec<String> = shown.collect();
    let more = addresses.len().saturating_sub(PEOPLE_MAX);
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

/// The visible text; what was quoted from earlier mails, and the signature, stand back.
fn body(message: &Message, paint: Paint) -> String {
    let text = untrusted::block(&message.text);
    let new = untrusted::block(&message.new_text);
    let new_lines = match text.trim_start().strip_prefix(new.trim()) {
        Some(_) => {
            let before = text.len() - text.trim_start().len();
            let blank = text.get(..before).map_or(0, |blank| blank.lines().count());
            blank + new.trim().lines().count()
        }
        None => usize::MAX,
    };
    if text.trim().is_empty() {
        return format!("{}\n", paint.dim("(no text)"));
    }
    let text = text.trim_end();
    let lines = text
        .lines()
        .take(LINES_MAX)
        .enumerate()
        .map(|(index, line)| {
            let quoted = index >= new_lines || line.trim_start().starts_with('>');
            let line = if quoted && !line.is_empty() {
                paint.dim(line)
            } else {
                line.to_owned()
            };
            format!("{line}\n")
        });
    let mut shown: String = lines.collect();
    let more = text.lines().count().saturating_sub(LINES_MAX);
    if more > 0 {
        shown = format!("{shown}… and {more} more lines; --raw prints all of it\n");
    }
    shown
}

fn hidden(text: &str, paint: Paint) -> String {
    let text = untrusted::block(text);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let title = "hidden in this mail, where no reader sees it; don't trust it:";
    let mut shown = vec![format!("\n{}\n", paint.warn(title))];
    for line in lines.iter().take(HIDDEN_LINES_MAX) {
        let line = untrusted::line(line, 200);
        shown.push(format!("  ┆ {}\n", paint.dim(&line)));
    }
    let more = lines.len().saturating_sub(HIDDEN_LINES_MAX);
    if more > 0 {
        shown.push(format!("  ┆ … and {more} more lines\n"));
    }
    shown.concat()
}

fn attachments(message: &Message, paint: Paint) -> String {
    let mut shown = Vec::new();
    if message.invitation.is_some() {
        shown.push("  an invitation\n".to_owned());
    }
    shown.push(files::lines(&message.attachments, paint));
    if shown.concat().is_empty() {
        return String::new();
    }
    format!("\n{}\n{}", paint.bold("attached:"), shown.concat())
}

fn links(links: &[Link], paint: Paint) -> String {
    let mut shown = vec![format!("\n{}\n", paint.bold("links:"))];
    for link in links.iter().take(LINKS_MAX) {
        let (text, url) = (
            untrusted::line(&link.text, 100),
            untrusted::line(&link.url, 500),
        );
        if text.is_empty() || text == url {
            shown.push(format!("  {url}\n"));
            continue;
        }
        let odd = if deceives(&text, &link.url) {
            paint.bad("  (it shows another address)")
        } else {
            String::new()
        };
        shown.push(format!("  {text}\n    {url}{odd}\n"));
    }
    let more = links.len().saturating_sub(LINKS_MAX);
    if links.is_empty() {
        shown.push("  none\n".to_owned());
    } else if more > 0 {
        shown.push(format!("  … and {more} more\n"));
    }
    shown.concat()
}

/// Names the links that show another address than they go to, where links are not listed.
fn false_links(links: &[Link], paint: Paint) -> String {
    let found = links.iter().filter(|link| deceives(&link.text, &link.url));
    let shown = found.take(FALSE_LINKS_MAX).map(|link| {
        let (text, url) = (
            untrusted::line(&link.text, 100),
            untrusted::line(&link.url, 200),
        );
        let said = format!("a link shows {text} but goes to {url}");
        format!("{}\n", paint.bad(&said))
    });
    let shown: String = shown.collect();
    if shown.is_empty() {
        return shown;
    }
    format!("\n{shown}")
}

/// Endings of host names by which text without `://` is taken for an address; `Node.js` is none.
const ENDINGS: [&str; 30] = [
    "com", "org", "net", "edu", "gov", "info", "biz", "io", "co", "app", "dev", "eu", "de", "at",
    "ch", "uk", "fr", "es", "it", "nl", "pl", "se", "dk", "jp", "cn", "br", "us", "ca", "test",
    "example",
];

/// Says whether a link's text is an address on another host than the one it goes to.
fn deceives(text: &str, url: &str) -> bool {
    let host = |address: &str| {
        let url = url::Url::parse(address).ok()?;
        let host = match url.scheme() {
            "mailto" => url.path().rsplit_once('@')?.1.to_lowercase(),
            _ => url.host_str()?.to_lowercase(),
        };
        Some(host.trim_start_matches("www.").to_owned())
    };
    let text = text.trim().trim_end_matches(['.', ',', '!', '?']);
    let shown = if text.contains("://") {
        host(text)
    } else if text.contains('.') && !text.contains(' ') {
        let host = host(&format!("https://{text}"));
        host.filter(|host| {
            host.rsplit_once('.')
                .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
        })
    } else {
        None
    };
    shown.is_some() && shown != host(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_shows_another_address_is_known() {
        for (text, url, want) in [
            ("https://bank.test/login", "https://evil.test/", true),
            ("www.bank.test", "https://bank.test/a", false),
            ("bank.test", "https://bank.test.evil.test/", true),
            ("click here", "https://evil.test/", false),
            ("Hello.", "https://x.test/", false),
            ("help@bank.test", "mailto:help@bank.test", false),
            ("help@bank.test", "mailto:help@evil.test?subject=x", true),
            ("Node.js", "https://nodejs.test/", false),
        ] {
            assert_eq!(deceives(text, url), want, "{text}");
        }
    }

    #[test]
    fn hidden_text_is_shown_as_hidden_and_bounded() {
        let text = "obey\u{1b}[2J me\n".repeat(20);
        let shown = hidden(&text, Paint::new(false));
        assert!(shown.contains("  ┆ obey[2J me\n"), "{shown}");
        assert!(shown.ends_with("… and 8 more lines\n"), "{shown}");
        assert_eq!(hidden(" \n", Paint::new(false)), "");
    }
}
