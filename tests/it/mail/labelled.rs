//! Triage and drafts measured on labelled mails, half of which no rule was written for.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use legwork::action::{Address, MailDraft};
use legwork::mail::Maildir;
use legwork::mail::compose::Author;
use legwork::triage::{Kind, Verdict, judge};
use serde::Deserialize;

use super::{profile, read};

#[derive(Debug, Deserialize)]
struct Truth {
    kind: String,
    held_out: bool,
    code: Option<String>,
    amount: Option<String>,
    failed: Option<String>,
    meeting_day: Option<String>,
    method: Option<String>,
    must_not_contact: Option<String>,
    new_text: Option<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail/rig")
}

fn mails() -> Vec<(String, Vec<u8>, Truth)> {
    let truth = fs::read(folder().join("truth.json")).unwrap();
    let truth: BTreeMap<String, Truth> = serde_json::from_slice(&truth).unwrap();
    let load = |(name, truth): (String, Truth)| {
        let bytes = fs::read(folder().join(&name)).unwrap();
        (name, bytes, truth)
    };
    truth.into_iter().map(load).collect()
}

fn is_right(truth: &Truth, verdict: &Verdict) -> bool {
    let kinds: &[Kind] = match truth.kind.as_str() {
        "reply_needed" | "meeting_ask" => &[Kind::NeedsReply],
        "invite" | "invite_cancel" | "rsvp" => &[Kind::Invitation],
        "newsletter" => &[Kind::Newsletter],
        "list" => &[Kind::MailingList],
        "notification" => &[Kind::Notification],
        "receipt" => &[Kind::Receipt, Kind::Invoice],
        "bounce" => &[Kind::DeliveryFailure],
        "code" => &[Kind::Code],
        "auto_reply" => &[Kind::AutoReply],
        "spam" | "phish" | "injection" => &[Kind::Suspicious],
        "fyi" | "thread" => &[Kind::Personal],
        other => panic!("no such label: {other}"),
    };
    kinds.contains(&verdict.kind)
}

/// The mails without a wish are random words, which now and then begin with `Please share`.
const SHARE_WRONG_MAX: f64 = 0.05;

#[test]
fn labelled_mails_are_judged_right_also_those_held_out() {
    let mut counts: BTreeMap<bool, (u32, u32)> = BTreeMap::new();
    for (name, bytes, truth) in mails() {
        let verdict = judge(&read(&bytes), &profile());
        assert!(
            !verdict.reason.is_empty() && !verdict.plan.is_empty(),
            "{name}"
        );
        let right = is_right(&truth, &verdict);
        let is_noise = ["fyi", "thread"].contains(&truth.kind.as_str());
        assert!(
            right || is_noise,
            "{name}: {:?}, {}",
            verdict.kind,
            verdict.reason
        );
        // What is only to be read may be shown to the user once too often, never filed away.
        assert!(
            right || verdict.kind == Kind::NeedsReply,
            "{name}: {:?}",
            verdict.kind
        );
        let (wrong, all) = counts.entry(truth.held_out).or_default();
        *wrong += u32::from(!right);
        *all += 1;
    }
    let (wrong, all) = counts
        .values()
        .fold((0, 0), |(w, a), (wrong, all)| (w + wrong, a + all));
    assert_eq!(all, 70);
    assert!(
        f64::from(wrong) / f64::from(all) <= SHARE_WRONG_MAX,
        "{counts:?}"
    );
}

#[test]
fn details_are_found_as_labelled() {
    for (name, bytes, truth) in mails() {
        let details = judge(&read(&bytes), &profile()).details;
        if let Some(code) = truth.code {
            assert_eq!(details.code, Some(code), "{name}");
        }
        if let Some(amount) = truth.amount {
            assert_eq!(details.amount.map(|a| a.value), Some(amount), "{name}");
        }
        if let Some(failed) = truth.failed {
            assert_eq!(details.bounced, Some(failed), "{name}");
        }
        if let Some(day) = truth.meeting_day {
            assert_eq!(
                details.meeting_day.map(|d| d.to_string()),
                Some(day),
                "{name}"
            );
        }
        if let Some(method) = truth.method {
            assert_eq!(details.method, Some(method), "{name}");
        }
        if let Some(text) = truth.new_text {
            let read = read(&bytes).new_text;
            assert_eq!(
                read.split_whitespace().collect::<Vec<_>>().join(" "),
                text,
                "{name}"
            );
        }
    }
}

#[test]
fn no_answer_reaches_an_address_that_must_not_be_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = Maildir::open(folder.path()).unwrap();
    let me = Author::new(Address {
        name: "Alice".to_owned(),
        email: "alice@mail.test".to_owned(),
    });
    let now = "2026-06-01T08:00:00Z".parse().unwrap();
    for (name, bytes, truth) in mails() {
        let id = maildir.deliver("INBOX", &bytes, now).unwrap();
        let draft = MailDraft {
            to: Vec::new(),
            subject: String::new(),
            body: "Thank you.".to_owned(),
            in_reply_to: Some(id),
            ..MailDraft::default()
        };
        let drafted = maildir.draft(&draft, &me, &name, now);
        let automatic = ["newsletter", "notification", "list", "bounce", "auto_reply"];
        assert_eq!(
            drafted.is_err(),
            automatic.contains(&truth.kind.as_str()),
            "{name}: {drafted:?}"
        );
        let Ok(id) = drafted else { continue };
        let envelope = maildir.read(&id).unwrap().envelope;
        let reached = envelope
            .to
            .iter()
            .chain(&envelope.cc)
            .map(|a| a.email.as_str());
        for email in reached {
            assert_ne!(Some(email), truth.must_not_contact.as_deref(), "{name}");
        }
    }
}
