//! Parts a message into what its sender newly wrote, earlier mails quoted in it, and the
//! signature. Works on plain text only and never changes a line it keeps.
//!
//! Follows RFC 3676 for format=flowed and the signature mark; the rest is custom of mail programs.

use std::sync::LazyLock;

use regex::Regex;

/// Lines looked at; the rest of a longer mail counts as new text.
const LINES_MAX: usize = 20_000;
/// An attribution such as `On ... wrote:` wraps over at most this many lines.
const ATTRIBUTION_LINES_MAX: usize = 3;
/// Longest attribution in bytes.
const ATTRIBUTION_BYTES_MAX: usize = 400;

/// A message body in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// What its sender newly wrote.
    pub new_text: String,
    /// Below `-- `, or the line a telephone adds.
    pub signature: String,
    /// Says whether earlier mails were quoted.
    pub has_quotes: bool,
}

fn pattern(text: &str) -> Regex {
    #[expect(
        clippy::expect_used,
        reason = "the patterns are constants, each used by a test"
    )]
    Regex::new(text).expect("a constant pattern")
}

/// `On Monday Dana wrote:` in the languages mail programs write it in.
static ATTRIBUTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xis)^\s*(?:
            on\s .* \b(?:wrote|writes|schrieb)\b .*
          | am\s .* \bschrieb\b .*
          | le\s .* \b(?:a\s[ée]crit|écrit)\b .*
          | el\s .* \bescribi[óo]\b .*
          | il\s .* \bha\sscritto\b .*
          | op\s .* \b(?:schreef|geschreven)\b .*
          | em\s .* \bescreveu\b .*
          | den\s .* \b(?:skrev|följande)\b .*
          | w\sdniu\s .* \bnapisał .*
          | .* \d{4} .* (?:пишет|написал|написала|写道|のメール|님이\s작성) .*
          | .* \b(?:skrev|kirjoitti|napsal|napisał|yazdı|írta|έγραψε|a\sscris|ngày) .*
          | .* <[^<>\s]+@[^<>\s]+> .* \b(?:wrote|schrieb|a\sécrit|escribió|ha\sscritto)\b \s*
        )[::]\s*$",
    )
});

/// Lines after which the whole rest is an earlier mail.
static DIVIDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)^\s*-{2,}\s*(?:
            original\s(?:message|appointment) | ursprüngliche\snachricht | originalnachricht
          | message\sd['’]origine | message\soriginal | mensaje\soriginal | messaggio\soriginale
          | oorspronkelijk\sbericht | mensagem\soriginal | ursprungligt\smeddelande
        )\s*-{2,}\s*$",
    )
});

/// As [`DIVIDER`], but what follows was passed on and may be all there is.
static FORWARD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)^\s*(?:-{2,}\s*(?:forwarded\smessage | weitergeleitete\snachricht
          | message\s(?:transféré|transmis) | mensaje\sreenviado )\s*-{2,}
          | begin\sforwarded\smessage: | anfang\sder\sweitergeleiteten\snachricht: )\s*$",
    )
});

static FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[\s*]*(?:from|von|de|da|van|från|fra|od|lähettäjä|kimden|feladó|от|від|发件人|寄件者|差出人|보낸\s사람)\s?[*]*\s?[::]",
    )
});
static SENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[\s*]*(?:sent|date|gesendet|datum|envoyé|enviado|fecha|inviato|data|verzonden|skickat|sendt|lähetetty|wysłano|odesláno|gönderilme|elküldve|дата|отправлено|发送时间|寄件日期|送信日時|보낸\s날짜)(?:\s(?:am|le|el))?\s?[*]*\s?[::]",
    )
});
static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[\s*]*(?:subject|betreff|objet|asunto|oggetto|onderwerp|assunto|ämne|emne|aihe|temat|předmět|konu|tárgy|тема|主题|主旨|件名|제목)\s?[*]*\s?[::]",
    )
});

static DEVICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)^\s*(?:sent\sfrom\s(?:my|mail|outlook|yahoo) | get\soutlook\sfor
          | von\smeine[mr]\s.*\sgesendet | gesendet\svon | envoyé\sde(?:puis)?\smon
          | enviado\s(?:desde\smi|do\smeu) | inviato\sda(?:l\smio)?\s | verzonden\s(?:vanaf|met)\smijn
          | skickat\sfrån\smin | sendt\sfra\smin | wysłane\sz | отправлено\sс | lähetetty\s.*stani )\b
          | ^\s*iphoneから送信",
    )
});

/// Parts `text`.
pub fn split(text: &str) -> Split {
    let lines: Vec<&str> = text.lines().collect();
    let mut walk = Walk::default();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if at < LINES_MAX {
            if walk.new.is_empty() && FORWARD.is_match(line) {
                // A mail that is passed on without a word: what is passed on is its news.
                return whole(text);
            }
            if FORWARD.is_match(line) || ends_the_new_text(rest) {
                walk.quoted = true;
                walk.drop_rule();
                break;
            }
            if let Some(count) = attribution(rest) {
                walk.quoted = true;
                walk.in_signature = false;
                at += count;
                continue;
            }
        }
        walk.line(line);
        at += 1;
    }
    Split {
        new_text: tidy(&walk.new),
        signature: tidy(&walk.signature),
        has_quotes: walk.quoted,
    }
}

#[derive(Default)]
struct Walk<'a> {
    new: Vec<&'a str>,
    signature: Vec<&'a str>,
    in_signature: bool,
    quoted: bool,
}

impl<'a> Walk<'a> {
    /// Outlook draws a line above the mail that it quotes.
    fn drop_rule(&mut self) {
        let rule = |line: &&str| line.trim().chars().all(|c| c == '_' || c == '-');
        for lines in [&mut self.new, &mut self.signature] {
            while lines.last().is_some_and(rule) {
                lines.pop();
            }
        }
    }

    fn line(&mut self, line: &'a str) {
        if is_quoted(line) {
            self.quoted = true;
            self.in_signature = false;
        } else if line == "-- " || line == "--" {
            self.in_signature = true;
        } else if self.in_signature || DEVICE.is_match(line) {
            self.signature.push(line);
        } else if !(line.trim().is_empty() && self.new.is_empty()) {
            self.new.push(line);
        }
    }
}

fn whole(text: &str) -> Split {
    Split {
        new_text: text.trim().to_owned(),
        ..Split::default()
    }
}

/// `>From` is an escaped line of an mbox, not a quotation.
fn is_quoted(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('>') && !line.starts_with(">From ")
}

/// Says whether a divider, or the header block that Outlook writes, begins here.
fn ends_the_new_text(rest: &[&str]) -> bool {
    let [first, following @ ..] = rest else {
        return false;
    };
    if DIVIDER.is_match(first) {
        return true;
    }
    if !FROM.is_match(first) {
        return false;
    }
    let block: Vec<&&str> = following
        .iter()
        .filter(|l| !l.trim().is_empty())
        .take(6)
        .collect();
    block.iter().take(2).any(|l| SENT.is_match(l)) && block.iter().any(|l| SUBJECT.is_match(l))
}

/// Returns over how many lines an attribution goes that begins here.
fn attribution(rest: &[&str]) -> Option<usize> {
    let mut joined = String::new();
    for (count, line) in rest.iter().take(ATTRIBUTION_LINES_MAX).enumerate() {
        if line.trim().is_empty() || is_quoted(line) {
            return None;
        }
        joined.push_str(line);
        joined.push(' ');
        if joined.len() > ATTRIBUTION_BYTES_MAX {
            return None;
        }
        let tail = line.trim_end();
        if (tail.ends_with(':') || tail.ends_with(':')) && ATTRIBUTION.is_match(&joined) {
            let after = rest.get(count + 1..).unwrap_or_default();
            return introduces_a_quote(&joined, after).then_some(count + 1);
        }
    }
    None
}

/// `On the board he wrote:` may be new text; a quotation below it or a date in it tells.
fn introduces_a_quote(attribution: &str, after: &[&str]) -> bool {
    let below = after.iter().find(|l| !l.trim().is_empty());
    below.is_none_or(|line| is_quoted(line)) || attribution.contains('@')
}

fn tidy(lines: &[&str]) -> String {
    let mut out = String::new();
    let mut blank = false;
    for line in lines {
        let line = line.trim_end();
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if blank {
            out.push('\n');
            blank = false;
        }
        out.push_str(line);
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// What follows a soft line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The blank before the break belongs to the text.
    KeepSpace,
    /// `delsp=yes`: the blank was only added for the break.
    DropSpace,
}

/// Joins the lines that format=flowed broke softly (RFC 3676 section 4).
pub fn unflow(text: &str, flow: Flow) -> String {
    let mut out = String::new();
    let mut open: Option<usize> = None;
    for raw in text.lines() {
        let body = raw.trim_start_matches('>');
        let depth = raw.len() - body.len();
        let body = body.strip_prefix(' ').unwrap_or(body);
        let soft = body.ends_with(' ') && body != "-- ";
        if open != Some(depth) || body == "-- " {
            if !out.is_empty() || open.is_some() {
                out.push('\n');
            }
            out.push_str(&">".repeat(depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let body = match (soft, flow) {
            (true, Flow::DropSpace) => body.strip_suffix(' ').unwrap_or(body),
            (true, Flow::KeepSpace) | (false, _) => body,
        };
        out.push_str(body);
        open = if soft { Some(depth) } else { Some(usize::MAX) };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_text(text: &str) -> String {
        split(text).new_text
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of customs")]
    fn earlier_mails_are_left_out_in_every_custom() {
        let cases = [
            (
                "New.\n\nOn Mon, 5 Jan 2026 at 10:00, Dana <d@a.test> wrote:\n> old\n> older",
                "New.",
            ),
            (
                "New.\n\nOn Mon, 5 Jan 2026 at 10:00, Dana Whitfield\n<d@a.test> wrote:\n\n> old",
                "New.",
            ),
            (
                "Neu.\n\nAm 05.01.2026 um 10:00 schrieb Dana:\n> alt",
                "Neu.",
            ),
            (
                "Neuf.\n\nLe 5 janv. 2026 à 10:00, Dana a écrit :\n> vieux",
                "Neuf.",
            ),
            (
                "Nuevo.\n\nEl lun, 5 ene 2026, Dana escribió:\n> viejo",
                "Nuevo.",
            ),
            ("Новое.\n\n5 января 2026, Дана пишет:\n> старое", "Новое."),
            ("新。\n\n在 2026年1月5日,Dana 写道:\n> 旧", "新。"),
            ("New.\n\n-----Original Message-----\nFrom: D\nold", "New."),
            (
                "Neu.\n\n-----Ursprüngliche Nachricht-----\nVon: D\nalt",
                "Neu.",
            ),
            (
                "New.\n\nFrom: Dana <d@a.test>\nSent: Monday\nTo: Ann\nSubject: x\n\nold",
                "New.",
            ),
            (
                "Neu.\n\nVon: Dana\nGesendet: Montag\nAn: Ann\nBetreff: x\n\nalt",
                "Neu.",
            ),
            (
                "Neuf.\n\nDe : Dana\nEnvoyé : lundi\nÀ : Ann\nObjet : x\n\nvieux",
                "Neuf.",
            ),
            (
                "New.\n________________________________\nFrom: D <d@a.test>\nSent: Monday\nTo: Ann\n\
                 Subject: x\n\nold",
                "New.",
            ),
            (
                "Ny.\n\nFra: Dana\nSendt: mandag\nTil: Ann\nEmne: x\n\ngammel",
                "Ny.",
            ),
            (
                "新。\n\n差出人: Dana\n送信日時: 月曜日\n宛先: Ann\n件名: x\n\n旧",
                "新。",
            ),
            (
                "Uusi.\n\npe 5. tammik. 2026 klo 10.00 Dana (d@a.test) kirjoitti:\n> vanha",
                "Uusi.",
            ),
            (
                "Nowe.\n\npon., 5 sty 2026 o 10:00 Dana <d@a.test> napisał(a):\n> stare",
                "Nowe.",
            ),
            (
                "Yeni.\n\nDana, 5 Oca 2026 tarihinde şunu yazdı:\n> eski",
                "Yeni.",
            ),
            (
                "> old one\nanswer one\n> old two\nanswer two",
                "answer one\nanswer two",
            ),
            (
                "On 5 Jan 2026 Dana wrote:\n> old\n\nbottom posting\n-- \nAnn",
                "bottom posting",
            ),
            (
                "See it.\n\n---------- Forwarded message ---------\nFrom: D\n\nx",
                "See it.",
            ),
        ];
        for (text, expected) in cases {
            let found = split(text);
            assert_eq!(found.new_text, expected, "{text}");
            assert!(found.has_quotes, "{text}");
        }
    }

    #[test]
    fn words_that_look_like_a_quotation_stay() {
        for text in [
            "On the board he wrote:\nbuy milk",
            "From: the team with love\nwe thank you",
            ">From here on it goes up",
            "Sum: 3 - 2\n--- not a mark ---",
            "He is on leave. She wrote: fine",
        ] {
            assert_eq!(new_text(text), text);
        }
    }

    #[test]
    fn signatures_go_and_the_text_below_a_quotation_comes_back() {
        let split = split("Hi.\n\n-- \nDana\n+49 1\n\nOn 5 Jan 2026 Ann wrote:\n> q\n\nPS: yes");
        assert_eq!(split.new_text, "Hi.\n\nPS: yes");
        assert_eq!(split.signature, "Dana\n+49 1");
        assert_eq!(new_text("Ok.\n\nSent from my telephone"), "Ok.");
        for line in [
            "Von meinem iPhone gesendet",
            "Inviato da iPhone",
            "Skickat från min iPhone",
            "Отправлено с iPhone",
            "iPhoneから送信",
        ] {
            assert_eq!(new_text(&format!("Gut.\n\n{line}")), "Gut.", "{line}");
        }
    }

    #[test]
    fn a_mail_passed_on_without_a_word_is_all_new() {
        let text = "---------- Forwarded message ---------\nFrom: D\n\nbody";
        assert_eq!(new_text(text), text);
    }

    #[test]
    fn flowed_lines_are_joined_but_not_over_quotes_or_the_signature() {
        let flowed = "a long \nline\n> q1 \n> q2\nb\n-- \nme";
        assert_eq!(
            unflow(flowed, Flow::KeepSpace),
            "a long line\n> q1 q2\nb\n-- \nme"
        );
        assert_eq!(unflow("ab \ncd", Flow::DropSpace), "abcd");
    }
}
