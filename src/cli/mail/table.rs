//! Messages as a table: number, marks, date, sender, subject and the beginning of the id.
//!
//! Pure: envelopes, the present moment and the screen's width in, text out.

use jiff::{Timestamp, ZonedDateTime};

use super::pick;
use crate::action::{Address, Envelope, Flag, MailId};
use crate::cli::{Paint, columns};
use crate::mail::thread::Post;
use crate::untrusted;

/// Columns of a date, `16 Mar 26`.
const DATE: usize = 9;
/// Most columns of a sender, a mailbox and an id.
const SENDER_MAX: usize = 24;
const MAILBOX_MAX: usize = 14;
/// A subject in fewer columns tells nothing.
const SUBJECT_MIN: usize = 20;
/// Steps to the right in a thread; a deeper answer stands below the one before.
const INDENT_MAX: usize = 8;
/// Columns of the marks: unread, flagged, answered.
const MARKS: usize = 3;

/// Which columns a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// All messages lie in one mailbox.
    One,
    /// The mailbox is a column.
    Many,
}

/// Draws `envelopes` in the order given, numbered from 1.
pub(super) fn draw(
    envelopes: &[Envelope],
    places: Places,
    own: &[String],
    now: &ZonedDateTime,
    (columns, paint): (usize, Paint),
) -> String {
    let prefixes = pick::prefixes(envelopes);
    let digits = envelopes.len().to_string().len().max(2);
    let id = prefixes
        .iter()
        .map(|id| columns::width(id))
        .max()
        .unwrap_or(0);
    let sender = SENDER_MAX.min(columns / 4);
    let mailbox = match places {
        Places::One => 0,
        Places::Many => {
            let widths = envelopes.iter().map(|one| columns::width(&one.mailbox));
            widths.max().unwrap_or(0).min(MAILBOX_MAX.min(columns / 8)) + 2
        }
    };
    let fixed = digits + 1 + MARKS + 1 + DATE + 2 + sender + 2 + mailbox + 2;
    let room = columns.saturating_sub(fixed);
    // A message can be named by its number, so on a narrow screen the id gives way.
    let has_id = room >= SUBJECT_MIN + id;
    let subject = if has_id { room - id } else { room };
    let rows = (1_usize..).zip(envelopes).zip(&prefixes);
    let rows = rows.map(|((number, one), prefix)| {
        let place = match places {
            Places::One => String::new(),
            Places::Many => {
                let name = untrusted::line(&one.mailbox, 100);
                let name = columns::fit(&name, mailbox.saturating_sub(2));
                format!("{}  ", paint.dim(&name))
            }
        };
        let bold = |text: String| {
            if one.flags.contains(&Flag::Seen) {
                text
            } else {
                paint.bold(&text)
            }
        };
        let id = if has_id { prefix.as_str() } else { "" };
        let line = format!(
            "{number:>digits$} {} {}  {}  {}  {place}{}",
            marks(&one.flags, paint),
            paint.dim(&columns::fit(&date(one.date, now), DATE)),
            bold(columns::fit(&other(one, own), sender)),
            bold(columns::fit(&title(&one.subject), subject)),
            paint.dim(&untrusted::line(id, 100)),
        );
        format!("{}\n", line.trim_end())
    });
    rows.collect()
}

/// Draws a thread, each message further in than what it answers; `here` is the one asked for.
pub(super) fn tree(
    posts: &[Post],
    here: &MailId,
    now: &ZonedDateTime,
    (columns, paint): (usize, Paint),
) -> String {
    let digits = posts.len().to_string().len().max(2);
    let fixed = digits + 1 + MARKS + 1 + DATE + 2;
    let room = columns
        .saturating_sub(fixed + MAILBOX_MAX + 2)
        .max(SUBJECT_MIN);
    let mut before = String::new();
    let rows = (1_usize..).zip(posts).map(|(number, post)| {
        let one = &post.envelope;
        let indent = "  ".repeat(post.depth.min(INDENT_MAX));
        let arrow = if post.depth > 0 { "↳ " } else { "" };
        let subject = title(&one.subject);
        // An answer that keeps its subject needs it no second time.
        let same = base(&subject) == before;
        before = base(&subject);
        let subject = if same {
            String::new()
        } else {
            format!("  {subject}")
        };
        let text = format!("{indent}{arrow}{}{subject}", who(&one.from));
        let text = columns::fit(&text, room);
        let text = if one.id == *here {
            paint.bold(&text)
        } else {
            text
        };
        let line = format!(
            "{number:>digits$} {} {}  {text}  {}",
            marks(&one.flags, paint),
            paint.dim(&columns::fit(&date(one.date, now), DATE)),
            paint.dim(&untrusted::line(&one.mailbox, MAILBOX_MAX)),
        );
        format!("{}\n", line.trim_end())
    });
    rows.collect()
}

/// A subject without the marks of answers and of messages passed on.
fn base(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some((mark, after)) = rest.split_once(':')
        && ["re", "aw", "fw", "fwd", "wg", "sv", "tr"]
            .contains(&mark.trim().to_lowercase().as_str())
    {
        rest = after.trim_start();
    }
    rest.to_lowercase()
}

/// Unread, flagged, answered: one column each.
fn marks(flags: &[Flag], paint: Paint) -> String {
    let mark = |set: bool, mark: &str| if set { mark.to_owned() } else { " ".to_owned() };
    format!(
        "{}{}{}",
        paint.good(&mark(!flags.contains(&Flag::Seen), "●")),
        paint.warn(&mark(flags.contains(&Flag::Flagged), "★")),
        paint.dim(&mark(flags.contains(&Flag::Answered), "↩")),
    )
}

/// The name of an address for a narrow column: as anyone can write any name, one that looks like
/// another address gives way to the address itself.
pub(super) fn who(address: &Address) -> String {
    let name = untrusted::line(&address.name, 100);
    let email = untrusted::line(&address.email, 100);
    match (name.is_empty() || name.contains('@'), email.is_empty()) {
        (true, true) => "(no sender)".to_owned(),
        (true, false) => email,
        (false, _) => name,
    }
}

/// Who is on the other side: the sender, or in mailboxes of one's own mails whom they are to.
fn other(envelope: &Envelope, own: &[String]) -> String {
    let own = own.contains(&envelope.mailbox);
    match envelope.to.first() {
        Some(to) if own => format!("→ {}", who(to)),
        Some(_) | None => who(&envelope.from),
    }
}

/// The subject, with a word where there is none.
pub(super) fn title(subject: &str) -> String {
    let subject = untrusted::line(subject, 300);
    if subject.is_empty() {
        "(no subject)".to_owned()
    } else {
        subject
    }
}

/// Today's messages by the hour, this year's by the day, older ones with their year.
fn date(at: Timestamp, now: &ZonedDateTime) -> String {
    let at = at.to_zoned_datetime(now.time_zone().clone());
    let form = match at.date() {
        day if day == now.date() => "%H:%M",
        day if day.year() == now.date().year() => "%-d %b",
        _ => "%-d %b %y",
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn own() -> [String; 3] {
        ["Drafts", "Outbox", "Sent"].map(str::to_owned)
    }

    fn envelope(id: &str, from: (&str, &str), subject: &str, flags: Vec<Flag>) -> Envelope {
        Envelope {
            id: MailId(id.to_owned()),
            mailbox: "INBOX".to_owned(),
            message_id: String::new(),
            from: Address {
                name: from.0.to_owned(),
                email: from.1.to_owned(),
            },
            to: Vec::new(),
            cc: Vec::new(),
            subject: subject.to_owned(),
            date: "2027-03-16T08:30:00Z".parse().unwrap(),
            flags,
            size: 1,
        }
    }

    #[test]
    fn a_table_keeps_its_columns_whatever_the_letters() {
        let now = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let mut old = envelope("1795", ("", "a@x.test"), "", vec![Flag::Seen]);
        old.date = "2026-11-02T08:30:00Z".parse().unwrap();
        let envelopes = [
            envelope(
                "1795302000.M12",
                ("Dana Fox", "dana@x.test"),
                "Lunch on Thursday?",
                vec![],
            ),
            envelope(
                "1795302000.M13",
                ("田中花子", "h@x.test"),
                "来週の会議について、議題を送ります",
                vec![Flag::Flagged, Flag::Answered],
            ),
            envelope(
                "1795302000.M14",
                ("bank@real.test", "x@evil.test"),
                "פגישה",
                vec![Flag::Seen],
            ),
            old,
        ];
        let drawn = draw(
            &envelopes,
            Places::One,
            &own(),
            &now,
            (80, Paint::new(false)),
        );
        for line in drawn.lines() {
            assert!(columns::width(line) <= 80, "{line}");
        }
        // Isolates are not allowed to stand in source code.
        let drawn = drawn.replace(['\u{2068}', '\u{2069}'], "");
        insta::assert_snapshot!(drawn, @r"
        1 ●   09:30      Dana Fox              Lunch on Thursday?        1795302000.M12
        2 ●★↩ 09:30      田中花子              来週の会議について、議…   1795302000.M13
        3     09:30      x@evil.test           פגישה                     1795302000.M14
        4     2 Nov 26   a@x.test              (no subject)              1795
        ");
    }

    #[test]
    fn a_thread_is_drawn_as_a_tree() {
        let now = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let post = |id: &str, name: &str, subject: &str, depth| Post {
            envelope: envelope(id, (name, "a@x.test"), subject, vec![Flag::Seen]),
            answers: None,
            depth,
        };
        let posts = [
            post("1", "Dana Fox", "Budget", 0),
            post("2", "Ann", "Re: Budget", 1),
            post("3", "Dana Fox", "AW: Re: budget", 2),
            post("4", "Ken", "Budget: a question", 1),
        ];
        let drawn = tree(
            &posts,
            &MailId("2".to_owned()),
            &now,
            (80, Paint::new(false)),
        );
        let drawn = drawn.replace(['\u{2068}', '\u{2069}'], "");
        insta::assert_snapshot!(drawn, @r"
        1     09:30      Dana Fox  Budget                                INBOX
        2     09:30        ↳ Ann                                         INBOX
        3     09:30          ↳ Dana Fox                                  INBOX
        4     09:30        ↳ Ken  Budget: a question                     INBOX
        ");
    }

    proptest! {
        #[test]
        fn no_row_is_wider_than_the_screen(
            letters in proptest::collection::vec(("\\PC{0,60}", "\\PC{0,90}"), 0..5),
            columns in 40_usize..160,
        ) {
            let now = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
            let rows = letters.iter().enumerate().map(|(number, (from, subject))| {
                envelope(&format!("1795302000.M{number}"), (from, "a@x.test"), subject, vec![])
            });
            let rows: Vec<Envelope> = rows.collect();
            let drawn = draw(&rows, Places::Many, &own(), &now, (columns, Paint::new(false)));
            prop_assert_eq!(drawn.lines().count(), rows.len());
            for line in drawn.lines() {
                prop_assert!(columns::width(line) <= columns, "{}", line);
            }
        }
    }
}
