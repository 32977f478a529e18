//! What edits make of a set with odd bytes, an exception and changed instances.

use super::*;
use crate::action::Moment;
use crate::calendar::recur::{self, Window};
use proptest::prelude::*;

/// A weekly set with odd bytes, an exception, a moved and a renamed instance.
const SET: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-ODD;A=\"b c\":1\r\nBEGIN:VEVENT\r\nUID:u\r\n\
DTSTAMP:20260101T000000Z\r\nSUMMARY;X-P=1:Stand\r\n up\r\ndtstart;TZID=\"W. Europe Standard Time\":20260302T090000\r\n\
DTEND;TZID=\"W. Europe Standard Time\":20260302T093000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6\r\n\
EXDATE;TZID=\"W. Europe Standard Time\":20260309T090000\r\nORGANIZER:mailto:a@x.org\r\n\
ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.org\r\nATTENDEE;CN=B;PARTSTAT=ACCEPTED:mailto:b@x.org\r\n\
this line is broken\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\n\
RECURRENCE-ID:20260316T080000Z\r\nDTSTART:20260316T100000Z\r\nDTEND:20260316T103000Z\r\nSUMMARY:Standup\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID:20260330T070000Z\r\nDTSTART:20260330T070000Z\r\nDTEND:20260330T073000Z\r\nSUMMARY:Long one\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn time(text: &str) -> Moment {
    Moment::Time(format!("{text}[Europe/Berlin]").parse().unwrap())
}

fn subject<'a>(which: &'a Which, zone: &'a TimeZone) -> Subject<'a> {
    Subject {
        uid: "u",
        which,
        zone,
        now: "2026-02-01T00:00:00Z".parse().unwrap(),
    }
}

/// Lines that went and came, in order.
fn difference(before: &str, after: &[u8]) -> Vec<String> {
    let after = String::from_utf8(after.to_vec()).unwrap();
    let mut out = Vec::new();
    let (old, new): (Vec<&str>, Vec<&str>) = (
        before.split("\r\n").collect(),
        after.split("\r\n").collect(),
    );
    let mut at = 0;
    for line in &new {
        match old
            .get(at..)
            .unwrap()
            .iter()
            .position(|known| known == line)
        {
            Some(skipped)
                if !line.starts_with("END:") && !line.starts_with("BEGIN:") || skipped == 0 =>
            {
                out.extend(old[at..at + skipped].iter().map(|line| format!("-{line}")));
                at += skipped + 1;
            }
            Some(_) | None => out.push(format!("+{line}")),
        }
    }
    out.extend(old[at..].iter().map(|line| format!("-{line}")));
    out
}

fn changed(which: &Which, patch: &EventPatch) -> Vec<String> {
    let zone = berlin();
    let edited = update(SET.as_bytes(), subject(which, &zone), patch).unwrap();
    difference(SET, &edited.file.unwrap())
}

/// Lists what the file means: start and name of each instance, in UTC.
fn meaning(bytes: &[u8]) -> Vec<String> {
    let zone = berlin();
    let (definitions, _) = folder::definitions(bytes, "", &zone);
    let group = Group {
        definitions: definitions.into_iter().map(|one| (0, one)).collect(),
    };
    let window = Window {
        from: "2026-01-01T00:00:00Z".parse().unwrap(),
        to: "2027-01-01T00:00:00Z".parse().unwrap(),
        zone: zone.clone(),
    };
    let reader = event::Reader {
        me: &[],
        calendar: "",
    };
    let mut out: Vec<String> = recur::instances(&group.series(), &window, &mut Vec::new())
        .into_iter()
        .map(|one| {
            let (start, end) = event::bounds(&one.start, one.length, &zone).unwrap();
            let named = one
                .definition
                .event((&one.start, one.length), true, &reader);
            let minutes = end.duration_since(start).as_mins();
            format!(
                "{} {minutes} {}",
                start.strftime("%m-%dT%H:%M"),
                named.unwrap().summary
            )
        })
        .collect();
    out.sort();
    out
}

#[test]
fn the_set_means_what_the_tests_below_assume() {
    assert_eq!(
        meaning(SET.as_bytes()),
        [
            "03-02T08:00 30 Standup",
            "03-16T10:00 30 Standup",
            "03-23T08:00 30 Standup",
            "03-30T07:00 30 Long one",
            "04-06T07:00 30 Standup"
        ]
    );
}

#[test]
fn a_new_description_touches_its_line_and_the_stamps_only() {
    let patch = EventPatch {
        description: Some("a, b".to_owned()),
        ..EventPatch::default()
    };
    let which = Which::This {
        start: time("2026-03-30T09:00:00"),
    };
    assert_eq!(
        changed(&which, &patch),
        [
            "+DESCRIPTION:a\\, b",
            "+DTSTAMP:20260201T000000Z",
            "+LAST-MODIFIED:20260201T000000Z"
        ]
    );
}

#[test]
fn moving_the_whole_set_moves_exceptions_and_instances_and_asks_again() {
    let patch = EventPatch {
        start: Some(time("2026-03-03T10:00:00")),
        ..EventPatch::default()
    };
    let zone = berlin();
    let which = Which::All {};
    let file = update(SET.as_bytes(), subject(&which, &zone), &patch)
        .unwrap()
        .file
        .unwrap();
    assert_eq!(
        meaning(&file),
        [
            "03-03T09:00 30 Standup",
            "03-16T10:00 30 Standup",
            "03-24T09:00 30 Standup",
            "03-31T08:00 30 Long one",
            "04-07T08:00 30 Standup"
        ]
    );
    let lines = difference(SET, &file);
    for line in [
        "-RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6",
        "+RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=6",
        "+DTSTART;TZID=\"W. Europe Standard Time\":20260303T100000",
        "+EXDATE;TZID=\"W. Europe Standard Time\":20260310T100000",
        "+SEQUENCE:1",
        "+ATTENDEE;CN=B;PARTSTAT=NEEDS-ACTION:mailto:b@x.org",
    ] {
        assert!(
            lines.iter().any(|known| known == line),
            "{line} in {lines:#?}"
        );
    }
    assert!(
        !lines
            .iter()
            .any(|line| line.contains("ACCEPTED:mailto:a@x.org"))
    );
}

#[test]
fn one_instance_gets_a_definition_of_its_own() {
    let zone = berlin();
    let which = Which::This {
        start: time("2026-03-23T09:00:00"),
    };
    let patch = EventPatch {
        start: Some(time("2026-03-24T15:00:00")),
        end: Some(time("2026-03-24T16:00:00")),
        ..EventPatch::default()
    };
    let file = update(SET.as_bytes(), subject(&which, &zone), &patch)
        .unwrap()
        .file
        .unwrap();
    assert_eq!(
        meaning(&file),
        [
            "03-02T08:00 30 Standup",
            "03-16T10:00 30 Standup",
            "03-24T14:00 60 Standup",
            "03-30T07:00 30 Long one",
            "04-06T07:00 30 Standup"
        ]
    );
    let text = String::from_utf8(file).unwrap();
    let head = SET
        .split_once("BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID")
        .unwrap()
        .0;
    assert!(text.starts_with(head), "what was there keeps its bytes");
    let own = text.strip_prefix(head).unwrap();
    assert!(
        own.contains("RECURRENCE-ID;TZID=\"W. Europe Standard Time\":20260323T090000\r\n"),
        "{own}"
    );
    assert!(!own.split("END:VEVENT").next().unwrap().contains("RRULE"));
}

#[test]
fn this_and_all_after_it_become_a_set_of_their_own() {
    let zone = berlin();
    let which = Which::Future {
        start: time("2026-03-23T09:00:00"),
    };
    let patch = EventPatch {
        start: Some(time("2026-03-23T11:00:00")),
        ..EventPatch::default()
    };
    let edited = update(SET.as_bytes(), subject(&which, &zone), &patch).unwrap();
    assert_eq!(
        meaning(&edited.file.unwrap()),
        ["03-02T08:00 30 Standup", "03-16T10:00 30 Standup"]
    );
    let (uid, rest) = edited.split.unwrap();
    assert_eq!(
        meaning(&rest),
        [
            "03-23T10:00 30 Standup",
            "03-30T09:00 30 Long one",
            "04-06T09:00 30 Standup"
        ]
    );
    let text = String::from_utf8(rest).unwrap();
    assert_eq!(text.matches("UID:").count(), 2);
    assert_eq!(text.matches(&format!("UID:{uid}")).count(), 2);
    assert!(
        text.contains("RELATED-TO;RELTYPE=SIBLING:u\r\n") && text.contains("X-ODD;A=\"b c\":1\r\n")
    );
}

#[test]
fn an_endless_set_is_cut_by_until_in_utc() {
    let set = SET.replace(";COUNT=6", "");
    let zone = berlin();
    let which = Which::Future {
        start: time("2026-04-06T09:00:00"),
    };
    let file = delete(set.as_bytes(), subject(&which, &zone))
        .unwrap()
        .file
        .unwrap();
    assert_eq!(meaning(&file), meaning(SET.as_bytes())[..4].to_vec());
    assert!(
        String::from_utf8(file)
            .unwrap()
            .contains("RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260406T065959Z")
    );
}

#[test]
fn a_deleted_instance_is_an_exception_and_a_deleted_event_is_gone() {
    let zone = berlin();
    let which = Which::This {
        start: time("2026-03-16T11:00:00"),
    };
    let file = delete(SET.as_bytes(), subject(&which, &zone))
        .unwrap()
        .file
        .unwrap();
    assert_eq!(
        meaning(&file),
        [
            "03-02T08:00 30 Standup",
            "03-23T08:00 30 Standup",
            "03-30T07:00 30 Long one",
            "04-06T07:00 30 Standup"
        ]
    );
    let which = Which::All {};
    assert!(
        delete(SET.as_bytes(), subject(&which, &zone))
            .unwrap()
            .file
            .is_none()
    );
}

#[test]
fn senseless_edits_are_refused_in_words() {
    let zone = berlin();
    let monthly = SET.replace("FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=1MO");
    let patch = |start: Option<&str>, end: Option<&str>| EventPatch {
        start: start.map(time),
        end: end.map(time),
        ..EventPatch::default()
    };
    let all = Which::All {};
    let table = [
        (
            &monthly,
            all.clone(),
            patch(Some("2026-03-03T09:00:00"), None),
            "the event recurs by the rule 'FREQ=MONTHLY;BYDAY=1MO;COUNT=6', which can't be moved along",
        ),
        (
            &SET.to_owned(),
            all.clone(),
            patch(None, Some("2026-03-02T08:00:00")),
            "the event ends at 2026-03-02T08:00:00+01:00[Europe/Berlin], which is not after its start at 2026-03-02T09:00:00+01:00[Europe/Berlin]",
        ),
        (
            &SET.to_owned(),
            Which::This {
                start: time("2026-03-09T09:00:00"),
            },
            patch(None, None),
            "the event has no occurrence that begins at 2026-03-09T09:00:00+01:00[Europe/Berlin]",
        ),
        (
            &SET.to_owned(),
            all.clone(),
            EventPatch {
                rule: Some("FREQ=OFTEN\r\nX:1".to_owned()),
                ..EventPatch::default()
            },
            "the rule 'FREQ=OFTEN X:1' has no FREQ",
        ),
        (
            &SET.to_owned(),
            all,
            EventPatch {
                organizer: Some("a@b\r\nX:1".to_owned()),
                ..EventPatch::default()
            },
            "'a@b X:1' is not a mail address",
        ),
    ];
    for (set, which, patch, want) in table {
        let error = update(set.as_bytes(), subject(&which, &zone), &patch).unwrap_err();
        assert_eq!(error.to_string(), want);
    }
}

#[test]
fn an_answer_changes_one_line_and_no_sequence() {
    let zone = berlin();
    let which = Which::All {};
    let me = ["B@x.org".to_owned()];
    let file = respond(
        SET.as_bytes(),
        subject(&which, &zone),
        &me,
        PartStat::Declined,
    )
    .unwrap()
    .file
    .unwrap();
    assert_eq!(
        difference(SET, &file),
        [
            "+ATTENDEE;CN=B;PARTSTAT=DECLINED:mailto:b@x.org",
            "-ATTENDEE;CN=B;PARTSTAT=ACCEPTED:mailto:b@x.org",
            "+LAST-MODIFIED:20260201T000000Z"
        ]
    );
}

proptest! {
    #[test]
    fn untouched_lines_keep_their_bytes(
        extra in proptest::collection::vec("[A-Z-]{3,12}(;X-[A-Z]{1,3}=[a-z]{0,9})?:[ -~é漢]{0,120}", 0..8),
        junk in "\\PC{0,30}",
        eol in prop_oneof![Just("\r\n"), Just("\n")],
        summary in "[a-z,;é ]{0,90}[a-z]",
    ) {
        let known = ["UID", "BEGIN", "END", "DTSTART", "DTEND", "DTSTAMP", "SUMMARY", "SEQUENCE", "RRULE",
            "RDATE", "EXDATE", "DURATION", "LAST-MODIFIED", "RECURRENCE-ID", "STATUS"];
        let extra: Vec<String> = extra.into_iter()
            .filter(|line| !known.iter().any(|name| line.starts_with(name)))
            .map(|line| line.trim_end().to_owned())
            .collect();
        let junk = junk.replace(':', "").trim().to_owned();
        let lines: Vec<String> = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "DTSTART:20260302T090000Z"].iter()
            .map(|line| (*line).to_owned())
            .chain(extra.iter().cloned()).chain([junk.clone()])
            .chain(["END:VEVENT", "END:VCALENDAR"].iter().map(|line| (*line).to_owned())).collect();
        let text = lines.iter().flat_map(|line| [line.as_str(), eol]).collect::<String>();
        let zone = berlin();
        let which = Which::All {};
        let patch = EventPatch {
            summary: Some(summary.clone()),
            start: Some(time("2026-03-05T09:00:00")),
            ..EventPatch::default()
        };
        let file = update(text.as_bytes(), subject(&which, &zone), &patch).unwrap().file.unwrap();
        let after = String::from_utf8(file.clone()).unwrap();
        let mut at = 0;
        for line in lines.iter().filter(|line| !line.starts_with("DTSTART")) {
            let whole = format!("{line}{eol}");
            let found = after.get(at..).unwrap().find(&whole);
            prop_assert!(found.is_some(), "{:?} is gone from {:?}", line, after);
            at += found.unwrap() + whole.len();
        }
        let again = update(&file, subject(&which, &zone), &patch).unwrap().file.unwrap();
        prop_assert_eq!(again, file, "the same edit twice is one");
        let (read, _) = folder::definitions(after.as_bytes(), "", &zone);
        prop_assert_eq!(read[0].sequence, 1);
    }
}

#[test]
fn an_event_without_a_uid_gets_the_one_it_is_shown_by() {
    let zone = berlin();
    let which = Which::All {};
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260302T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let patch = EventPatch {
        summary: Some("Named".to_owned()),
        ..EventPatch::default()
    };
    let subject = Subject {
        uid: "file#2",
        ..subject(&which, &zone)
    };
    let file = update(text.as_bytes(), subject, &patch)
        .unwrap()
        .file
        .unwrap();
    let (read, _) = folder::definitions(&file, "other", &zone);
    assert_eq!(read[0].uid, "file#2");
    assert!(delete(text.as_bytes(), subject).unwrap().file.is_none());
    for uid in ["file#1", "file#3", "file#", "file"] {
        let subject = Subject { uid, ..subject };
        assert!(update(text.as_bytes(), subject, &patch).is_err(), "{uid}");
    }
}
