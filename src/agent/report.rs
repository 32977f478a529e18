//! One run as a page of its own: `report.html`, next to the pictures it shows.
//!
//! All text in it is untrusted: hidden characters are removed, the template escapes the rest, and
//! the page's own content policy allows no script and no network. Never writes a file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use minijinja::value::Serde;
use serde::Serialize;

use super::record::{Ending, RunRecord, StepRecord};
use crate::action::{Change, Effect, Imported, KeptFile, MirrorSynced, Outcome, Output, Status};
use crate::untrusted;

const TEMPLATE: &str = include_str!("report.html");
/// Name of the template; its ending turns escaping on.
const NAME: &str = "report.html";

/// Longest sentence shown; a planner's reason may quote a page.
const LINE_CHARS_MAX: usize = 500;
/// Longest goal in the title of the window.
const TITLE_CHARS_MAX: usize = 60;
/// Longest goal or answer shown.
const TEXT_CHARS_MAX: usize = 4_000;
/// Longest text output shown of one step; the journal keeps all of it.
const OUTPUT_CHARS_MAX: usize = 4_000;
/// Most changes listed under one step; a page may change everything.
const CHANGES_MAX: usize = 20;

/// Why a report can't be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The template and the data disagree, which is a mistake of ours.
    #[error("the report's template does not fit its data")]
    Template(#[source] minijinja::Error),
}

/// Renders the report of a run.
///
/// # Errors
/// [`Error::Template`] when the template is wrong; no run can bring that about.
pub fn render(run: &RunRecord, steps: &[StepRecord]) -> Result<String, Error> {
    let page = Page::new(run, steps);
    let mut templates = minijinja::Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates
        .add_template(NAME, TEMPLATE)
        .and_then(|()| templates.get_template(NAME)?.render(Serde(&page)))
        .map_err(Error::Template)
}

/// What the template is given.
#[derive(Debug, Serialize)]
struct Page {
    id: String,
    title: String,
    goal: String,
    planner: String,
    dry_run: bool,
    started: String,
    duration: String,
    badge: Badge,
    grant: Vec<String>,
    counts: Vec<Count>,
    refused: usize,
    saved: BTreeMap<String, String>,
    proofs: Vec<Proof>,
    steps: Vec<Step>,
}

/// How the run ended, in large.
#[derive(Debug, Serialize)]
struct Badge {
    /// Class of the style sheet: good, unsure, bad or refused.
    look: &'static str,
    mark: &'static str,
    word: &'static str,
    text: String,
    hint: String,
    cites: Vec<u32>,
}

/// How many steps of one effect took place.
#[derive(Debug, Serialize)]
struct Count {
    word: &'static str,
    number: usize,
}

/// One fact that was read back.
#[derive(Debug, Clone, Serialize)]
struct Proof {
    step: u32,
    fact: String,
    source: String,
    cited: bool,
}

#[derive(Debug, Serialize)]
struct Step {
    number: u32,
    look: &'static str,
    mark: &'static str,
    word: &'static str,
    effect: &'static str,
    title: String,
    why: String,
    decision: String,
    summary: String,
    hint: String,
    changes: Vec<String>,
    more_changes: usize,
    proofs: Vec<Proof>,
    output: String,
    at: String,
    took: String,
    page_url: String,
    picture: Option<String>,
}

impl Page {
    fn new(run: &RunRecord, steps: &[StepRecord]) -> Self {
        let badge = badge(run.ending.as_ref());
        let steps: Vec<Step> = steps
            .iter()
            .map(|step| Step::new(step, run.started, &badge.cites))
            .collect();
        Self {
            id: line(&run.id),
            title: untrusted::line(&run.goal, TITLE_CHARS_MAX),
            goal: text(&run.goal),
            planner: line(&run.planner),
            dry_run: run.dry_run,
            started: run.started.strftime("%-d %B %Y, %H:%M UTC").to_string(),
            duration: run
                .ended
                .map_or_else(|| "not ended".to_owned(), |end| between(run.started, end)),
            grant: run.grant.iter().map(|entry| line(entry)).collect(),
            counts: counts(&steps),
            refused: steps.iter().filter(|step| step.look == "refused").count(),
            saved: saved(run.ending.as_ref()),
            proofs: steps.iter().flat_map(|step| step.proofs.clone()).collect(),
            badge,
            steps,
        }
    }
}

impl Step {
    fn new(step: &StepRecord, began: Timestamp, cites: &[u32]) -> Self {
        let outcome = step.outcome.as_ref();
        let (look, mark, word, hint) = status(outcome);
        let changed = outcome.map_or(&[] as &[Change], |outcome| &outcome.changed);
        Self {
            number: step.number,
            look,
            mark,
            word,
            hint: line(hint),
            effect: step.effect.word(),
            title: line(&step.title),
            why: line(&step.why),
            decision: line(&step.decision),
            summary: outcome.map_or_else(String::new, |outcome| line(&outcome.summary)),
            changes: changed.iter().take(CHANGES_MAX).map(change).collect(),
            more_changes: changed.len().saturating_sub(CHANGES_MAX),
            proofs: proofs(step, cites),
            output: outcome.map_or_else(String::new, |outcome| output(&outcome.output)),
            at: format!("+{}", between(began, step.at)),
            took: millis(step.took_ms),
            page_url: step.page_url.as_deref().map(line).unwrap_or_default(),
            picture: step.picture.clone().filter(|name| is_plain_name(name)),
        }
    }
}

fn badge(ending: Option<&Ending>) -> Badge {
    let plain = |look, mark, word, text: &str, hint: &str| Badge {
        look,
        mark,
        word,
        text: self::text(text),
        hint: line(hint),
        cites: Vec::new(),
    };
    match ending {
        None => plain("unsure", "~", "Unfinished", "The run was cut off.", ""),
        Some(Ending::Verified { answer, cites, .. }) => Badge {
            cites: cites.clone(),
            ..plain("good", "✓", "Done and verified", answer, "")
        },
        Some(Ending::Unverified { answer, .. }) => {
            plain("unsure", "~", "Done, not verified", answer, "")
        }
        Some(Ending::Failed { reason, hint }) => plain("bad", "✗", "Not achieved", reason, hint),
        Some(Ending::Refused { reason }) => plain("refused", "⊘", "Refused", reason, ""),
        Some(Ending::Halted { reason }) => plain("bad", "✗", "Halted by a limit", reason, ""),
        Some(Ending::Stopped {}) => plain("unsure", "~", "Stopped", "You stopped the run.", ""),
        Some(Ending::Broken { reason, hint }) => plain("bad", "✗", "Broken", reason, hint),
    }
}

fn saved(ending: Option<&Ending>) -> BTreeMap<String, String> {
    let saved = match ending {
        Some(Ending::Verified { saved, .. } | Ending::Unverified { saved, .. }) => saved,
        None
        | Some(
            Ending::Failed { .. }
            | Ending::Refused { .. }
            | Ending::Halted { .. }
            | Ending::Stopped {}
            | Ending::Broken { .. },
        ) => return BTreeMap::new(),
    };
    saved
        .iter()
        .map(|(name, value)| (line(name), text(value)))
        .collect()
}

/// Look, mark, word and hint of what came of a step.
fn status(outcome: Option<&Outcome>) -> (&'static str, &'static str, &'static str, &str) {
    match outcome.map(|outcome| &outcome.status) {
        Some(Status::Done {}) => ("good", "✓", "done", ""),
        Some(Status::Failed { hint }) => ("bad", "✗", "failed", hint),
        Some(Status::Uncertain {}) => ("unsure", "~", "uncertain", ""),
        Some(Status::Refused { rule }) => ("refused", "⊘", "refused", rule),
        Some(Status::Intended {}) => ("intended", "~", "intended, not done", ""),
        None => ("unsure", "~", "cut off", ""),
    }
}

fn counts(steps: &[Step]) -> Vec<Count> {
    Effect::ALL
        .map(|effect| Count {
            word: effect.word(),
            number: steps
                .iter()
                .filter(|step| step.look == "good" && step.effect == effect.word())
                .count(),
        })
        .into_iter()
        .filter(|count| count.number > 0)
        .collect()
}

fn proofs(step: &StepRecord, cites: &[u32]) -> Vec<Proof> {
    let evidence = step.outcome.iter().flat_map(|outcome| &outcome.evidence);
    evidence
        .map(|evidence| Proof {
            step: step.number,
            fact: line(&evidence.fact),
            source: line(&evidence.source),
            cited: cites.contains(&step.number),
        })
        .collect()
}

fn change(change: &Change) -> String {
    let text = match change {
        Change::Navigation { url } => format!("went to {url}"),
        Change::Dom { near, elsewhere } => {
            format!("page changed: {near} nodes nearby, {elsewhere} elsewhere")
        }
        Change::Value { target, now } => format!("field {target} now holds \"{now}\""),
        Change::Focus {} => "focus moved".to_owned(),
        Change::Request { method, host } => format!("sent a {method} request to {host}"),
        Change::Dialog { message } => format!("dialog: \"{message}\""),
        Change::Download { name, kept } => kept.as_ref().map_or_else(
            || format!("the page gave a file, {name}, which was not kept"),
            |file| {
                let KeptFile {
                    path,
                    kind,
                    bytes,
                    sha256,
                } = file;
                format!("downloaded {path} ({kind}, {bytes} bytes, sha-256 {sha256})")
            },
        ),
        Change::NewTab { url } => format!("opened a tab with {url}"),
        Change::Scrolled {} => "scrolled".to_owned(),
        Change::Mail { id, now } => format!("message {}: {now}", id.0),
        Change::Event { uid, .. } => format!("wrote event {uid}"),
    };
    line(&text)
}

fn imported(done: &Imported) -> String {
    let (added, updated, kept) = (done.added.len(), done.updated.len(), done.kept.len());
    line(&format!(
        "{added} added, {updated} updated, {kept} left as they are"
    ))
}

fn synced(one: &MirrorSynced) -> String {
    let said = match &one.error {
        None => format!("{} fetched, {} sent", one.pulled, one.pushed),
        Some(error) => error.message.clone(),
    };
    line(&format!("{}: {said}", one.account)) + "\n"
}

/// What a step brought, as far as it is text or can be counted.
fn output(output: &Output) -> String {
    match output {
        Output::Nothing
        | Output::Picture(_)
        | Output::Pdf(_)
        | Output::Mail(_)
        | Output::Event(_) => String::new(),
        Output::Records(records) => records
            .iter()
            .map(|record| line(&record.to_string()) + "\n")
            .collect(),
        Output::Text(text) => shortened(&untrusted::block(text), OUTPUT_CHARS_MAX),
        Output::Envelopes(list) => list
            .iter()
            .map(|mail| line(&format!("{} | {}", mail.from.email, mail.subject)) + "\n")
            .collect(),
        Output::Judged(list) => list
            .iter()
            .map(|one| line(&format!("{} | {}", one.kind, one.envelope.subject)) + "\n")
            .collect(),
        Output::Past(list) => list
            .iter()
            .map(|past| line(&format!("step {}: {}", past.step, past.title)) + "\n")
            .collect(),
        Output::Message(message) => line(&message.envelope.subject),
        Output::Events(list) => list
            .iter()
            .map(|event| line(&event.summary) + "\n")
            .collect(),
        Output::Console(log) => {
            let lines = log
                .messages
                .iter()
                .map(|message| line(&message.line()) + "\n");
            shortened(&lines.collect::<String>(), OUTPUT_CHARS_MAX)
        }
        Output::Requests(log) => {
            let lines = log
                .requests
                .iter()
                .map(|request| line(&request.line()) + "\n");
            shortened(&lines.collect::<String>(), OUTPUT_CHARS_MAX)
        }
        Output::Request(detail) => line(&detail.request.line()),
        Output::Invites(list) => list
            .iter()
            .map(|one| line(&format!("{} from {}", one.event.summary, one.from)) + "\n")
            .collect(),
        Output::Imported(done) => imported(done),
        Output::Synced(all) => all.iter().map(synced).collect(),
        Output::Busy(list) => list
            .iter()
            .map(|busy| line(&format!("{} to {}", busy.start, busy.end)) + "\n")
            .collect(),
        Output::Slots(list) => list
            .iter()
            .map(|slot| {
                let start = slot.start.strftime("%a %-d %b %H:%M");
                let end = slot.end.strftime("%H:%M");
                line(&format!("{start} to {end}: {}", slot.reason)) + "\n"
            })
            .collect(),
    }
}

fn line(text: &str) -> String {
    untrusted::line(text, LINE_CHARS_MAX)
}

fn text(text: &str) -> String {
    untrusted::line(text, TEXT_CHARS_MAX)
}

fn shortened(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(chars_max).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// A name that can be no path and no address.
fn is_plain_name(name: &str) -> bool {
    !name.starts_with('.')
        && !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

fn between(from: Timestamp, to: Timestamp) -> String {
    let span = to.as_millisecond().saturating_sub(from.as_millisecond());
    millis(u64::try_from(span).unwrap_or(0))
}

/// Milliseconds as people say them.
fn millis(span_ms: u64) -> String {
    let seconds = span_ms / 1000;
    if seconds < 60 {
        return format!("{seconds}.{} s", span_ms % 1000 / 100);
    }
    format!("{} min {} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, Click, Ref};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_805_000_000 + second).unwrap()
    }

    fn step(number: u32, effect: Effect, title: &str, outcome: Outcome) -> StepRecord {
        StepRecord {
            number,
            turn: 1,
            at: at(i64::from(number) * 2),
            action: Action::Click(Click::on(Ref(4))),
            effect,
            title: title.to_owned(),
            why: "the goal asks for it".to_owned(),
            decision: "allowed: the host is in the goal".to_owned(),
            outcome: Some(outcome),
            took_ms: 640,
            page_url: Some("http://127.0.0.1:8080/book".to_owned()),
            picture: Some(format!("step-{number:03}.png")),
        }
    }

    fn run() -> RunRecord {
        let saved = [("confirmation".to_owned(), "HD-20417".to_owned())];
        RunRecord {
            id: "20270314-093000-4f2a".to_owned(),
            goal: "Book a cleaning at Harbour Dental on Tuesday and file the confirmation".into(),
            planner: "plain".to_owned(),
            grant: vec![
                "open pages of 127.0.0.1:8080".to_owned(),
                "press Book".into(),
            ],
            dry_run: false,
            started: at(0),
            ended: Some(at(14)),
            ending: Some(Ending::Verified {
                answer: "booked for Tuesday 16 March, 9:30".to_owned(),
                cites: vec![2],
                saved: saved.into(),
            }),
        }
    }

    fn steps() -> Vec<StepRecord> {
        let refused = Outcome {
            status: Status::Refused {
                rule: "send-not-granted".to_owned(),
            },
            ..Outcome::done("mail to attacker@evil.example is not what the goal asks for")
        };
        vec![
            step(
                1,
                Effect::Browse,
                "open http://127.0.0.1:8080/book",
                Outcome::done("loaded \"Harbour Dental\"").changing(Change::Navigation {
                    url: "http://127.0.0.1:8080/book".to_owned(),
                }),
            ),
            step(
                2,
                Effect::Commit,
                "click \"Book appointment\"",
                Outcome::done("the page confirms")
                    .changing(Change::Request {
                        method: "POST".to_owned(),
                        host: "127.0.0.1:8080".to_owned(),
                    })
                    .proven("page shows \"Confirmed HD-20417\"", "127.0.0.1:8080/done"),
            ),
            step(
                3,
                Effect::Send,
                "send mail to attacker@evil.example",
                refused,
            ),
            step(
                4,
                Effect::Write,
                "move \"Your booking\" to Health",
                Outcome::done("moved").proven("lies in Health", "Maildir, mailbox Health"),
            ),
        ]
    }

    #[test]
    fn a_report_shows_goal_ending_steps_and_proofs() {
        let page = render(&run(), &steps()).unwrap();
        for part in [
            "Done and verified",
            "booked for Tuesday 16 March, 9:30",
            "HD-20417",
            "14.0 s",
            "click &quot;Book appointment&quot;",
            "send-not-granted",
            "lies in Health",
            "src=\"step-002.png\"",
            "loading=\"lazy\"",
            "default-src 'none'",
        ] {
            assert!(page.contains(part), "no {part} in {page}");
        }
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("http-equiv=\"refresh\""));
    }

    #[test]
    fn hostile_text_stays_text() {
        let bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}";
        let mut hostile = run();
        hostile.goal = bad.to_owned();
        hostile.grant = vec![bad.to_owned()];
        hostile.ending = Some(Ending::Unverified {
            answer: bad.to_owned(),
            saved: [(bad.to_owned(), bad.to_owned())].into(),
        });
        let outcome = Outcome::done(bad)
            .proven(bad, bad)
            .changing(Change::Dialog {
                message: bad.to_owned(),
            })
            .with(Output::Text(bad.to_owned()));
        let mut step = step(1, Effect::Read, bad, outcome);
        step.picture = Some("x\" onerror=\"alert(1)".to_owned());
        step.page_url = Some(format!("javascript:{bad}"));
        let page = render(&hostile, &[step]).unwrap();
        for tag in [
            "<script",
            "<img",
            "onerror=\"",
            "\u{202e}",
            "href=\"javascript",
        ] {
            assert!(!page.contains(tag), "{tag} in {page}");
        }
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_picture_is_a_plain_file_name() {
        for (name, plain) in [
            ("step-001.png", true),
            ("../secret.png", false),
            ("https://x/y.png", false),
            (".hidden", false),
            ("", false),
        ] {
            assert_eq!(is_plain_name(name), plain, "{name}");
        }
    }

    #[test]
    fn a_run_that_was_cut_off_still_has_a_report() {
        let mut cut = run();
        (cut.ended, cut.ending) = (None, None);
        let mut step = step(1, Effect::Browse, "open", Outcome::done(""));
        step.outcome = None;
        let page = render(&cut, &[step]).unwrap();
        assert!(page.contains("Unfinished") && page.contains("cut off"));
    }

    /// Writes a sample to look at: `LEGWORK_SAMPLE=FILE cargo test --lib report`.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for people, read in a test"
    )]
    fn a_sample_can_be_looked_at() {
        let page = render(&run(), &steps()).unwrap();
        if let Ok(file) = std::env::var("LEGWORK_SAMPLE") {
            std::fs::write(file, &page).unwrap();
        }
        assert!(page.ends_with("</html>"));
    }
}
