//! Who may change what, by mail.

use super::*;
use crate::action::{Attendee, EventPatch};
use crate::calendar::edit::Subject;
use crate::calendar::folder;

const ME: &str = "me@x.org";

fn event(lines: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\n{lines}END:VEVENT\r\n"
    )
}

fn calendar(method: &str, events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\n{method}{events}END:VCALENDAR\r\n")
}

fn theirs(lines: &str) -> String {
    event(&format!(
        "SEQUENCE:2\r\nDTSTAMP:20260110T000000Z\r\nORGANIZER;SENT-BY=\"mailto:secretary@x.org\":mailto:Boss@x.org\r\n\
         ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@x.org\r\nSUMMARY:Plan\r\n{lines}"
    ))
}

fn mine(lines: &str) -> String {
    event(&format!(
        "SEQUENCE:2\r\nDTSTAMP:20260110T000000Z\r\nORGANIZER:mailto:me@x.org\r\nATTENDEE;CN=G:mailto:guest@x.org\r\n\
         ATTENDEE:mailto:other@x.org\r\nSUMMARY:Plan\r\n{lines}"
    ))
}

fn decide(existing: &str, method: &str, events: &str, from: &str) -> Decision {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let text = calendar(&format!("METHOD:{method}\r\n"), events);
    let me = [ME.to_owned()];
    let incoming = Incoming {
        text: &text,
        from,
        method: None,
        me: &me,
        zone: &zone,
        now: "2026-02-01T00:00:00Z".parse().unwrap(),
    };
    let file = calendar("", existing);
    let existing = (!existing.is_empty()).then_some(file.as_bytes());
    apply(existing, &incoming).unwrap()
}

/// Names a decision by its kind.
fn kind(decision: &Decision) -> String {
    match decision {
        Decision::Offer { .. } => "offer".to_owned(),
        Decision::Update { asks_again, .. } => format!("update, asks again: {asks_again}"),
        Decision::CalledOff { .. } => "called off".to_owned(),
        Decision::Answered { email, answer, .. } => format!("{email} {answer:?}"),
        Decision::Proposal { email, start, .. } => format!("{email} proposes {start:?}"),
        Decision::Resend { email, .. } => format!("resend to {email}"),
        Decision::Kept { email, .. } => format!("{email} keeps the time"),
        Decision::Ignore(reason) => reason.to_string(),
    }
}

fn file(decision: Decision) -> String {
    match decision {
        Decision::Offer { file, .. }
        | Decision::Update { file, .. }
        | Decision::CalledOff { file, .. }
        | Decision::Kept { file, .. }
        | Decision::Answered { file, .. } => String::from_utf8(file).unwrap(),
        Decision::Proposal { .. } | Decision::Resend { .. } | Decision::Ignore(_) => String::new(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a flat table")]
fn who_sent_it_decides_what_it_may_do() {
    let own = "X-MINE:1\r\nBEGIN:VALARM\r\nTRIGGER:-PT9M\r\nEND:VALARM\r\n";
    let (theirs_known, mine_known) = (theirs(own), mine(""));
    let newer = |text: String| text.replace("SEQUENCE:2", "SEQUENCE:3");
    let reply = |lines: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:u\r\nSEQUENCE:2\r\nDTSTAMP:20260111T000000Z\r\n{lines}END:VEVENT\r\n"
        )
    };
    let guest = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:guest@x.org\r\n";
    let two = format!("{guest}ATTENDEE;PARTSTAT=DECLINED:mailto:other@x.org\r\n");
    let moved = newer(theirs("")).replace("T090000Z", "T080000Z");
    let words = newer(theirs("DESCRIPTION:new\r\n"));
    let taken = words.replace("Boss@x.org", "evil@x.org");
    let table: [(&str, &str, &str, &str, &str); 26] = [
        ("", "REQUEST", &theirs_known, "boss@x.org", "offer"),
        ("", "REQUEST", &theirs_known, "stranger@evil.org", "offer"),
        ("", "PUBLISH", &theirs_known, "boss@x.org", "offer"),
        (
            "",
            "CANCEL",
            &theirs_known,
            "boss@x.org",
            "the event is not in the calendar",
        ),
        (
            "",
            "REPLY",
            &reply(guest),
            "guest@x.org",
            "the event is not in the calendar",
        ),
        (
            &theirs_known,
            "REQUEST",
            &theirs(""),
            "boss@x.org",
            "a version as new as this one is known",
        ),
        (
            &theirs_known,
            "REQUEST",
            &words,
            "BOSS@x.org",
            "update, asks again: false",
        ),
        (
            &theirs_known,
            "REQUEST",
            &words,
            "secretary@x.org",
            "update, asks again: false",
        ),
        (
            &theirs_known,
            "REQUEST",
            &moved,
            "boss@x.org",
            "update, asks again: true",
        ),
        (
            &theirs_known,
            "REQUEST",
            &words,
            "evil@x.org",
            "'evil@x.org' is not the organizer of the event",
        ),
        (
            &theirs_known,
            "REQUEST",
            &taken,
            "evil@x.org",
            "'evil@x.org' is not the organizer of the event",
        ),
        (
            &theirs_known,
            "CANCEL",
            &newer(theirs("")),
            "boss@x.org",
            "called off",
        ),
        (
            &theirs_known,
            "CANCEL",
            &newer(theirs("")),
            "guest@x.org",
            "'guest@x.org' is not the organizer of the event",
        ),
        (
            &theirs_known,
            "CANCEL",
            &theirs("").replace("SEQUENCE:2", "SEQUENCE:1"),
            "boss@x.org",
            "a version as new as this one is known",
        ),
        (
            &theirs_known,
            "REPLY",
            &reply(guest),
            "guest@x.org",
            "the event is organized by someone else",
        ),
        (
            &mine_known,
            "REPLY",
            &reply(guest),
            "Guest@X.org",
            "guest@x.org Accepted",
        ),
        (
            &mine_known,
            "REPLY",
            &reply(guest),
            "evil@x.org",
            "'evil@x.org' is not the attendee it speaks for",
        ),
        (
            &mine_known,
            "REPLY",
            &reply(&two),
            "guest@x.org",
            "'guest@x.org' is not the attendee it speaks for",
        ),
        (
            &mine_known,
            "REPLY",
            &reply(&guest.replace("guest", "crasher")),
            "crasher@x.org",
            "'crasher@x.org' is not the attendee it speaks for",
        ),
        (
            &mine_known,
            "REPLY",
            &reply(guest).replace("SEQUENCE:2", "SEQUENCE:1"),
            "guest@x.org",
            "a version as new as this one is known",
        ),
        (
            &mine_known,
            "REQUEST",
            &newer(mine("")),
            "guest@x.org",
            "'guest@x.org' is not the organizer of the event",
        ),
        (
            &mine_known,
            "CANCEL",
            &newer(mine("")),
            "me@x.org",
            "'me@x.org' is not the organizer of the event",
        ),
        (
            &mine_known,
            "COUNTER",
            &mine(""),
            "guest@x.org",
            "guest@x.org proposes Time(2026-03-02T09:00:00+00:00[UTC])",
        ),
        (
            &mine_known,
            "COUNTER",
            &mine(""),
            "evil@x.org",
            "'evil@x.org' is not the attendee it speaks for",
        ),
        (
            &mine_known,
            "REFRESH",
            &reply(guest),
            "guest@x.org",
            "resend to guest@x.org",
        ),
        (
            &mine_known,
            "DECLINECOUNTER",
            &mine(""),
            "guest@x.org",
            "'guest@x.org' is not the organizer of the event",
        ),
    ];
    for (existing, method, events, from, want) in table {
        let got = kind(&decide(existing, method, events, from));
        assert_eq!(got, want, "{method} from {from}");
    }
}

#[test]
fn nothing_of_a_foreign_event_can_ring_run_or_be_fetched() {
    let text = theirs(
        "ATTACH:https://evil.org/x\r\nURL:https://evil.org\r\nIMAGE;VALUE=URI:https://evil.org/i\r\nX-LEGWORK-CREATED:TRUE\r\n\
         DESCRIPTION:kept\r\nBEGIN:VALARM\r\nACTION:PROCEDURE\r\nATTACH:file:///bin/sh\r\nEND:VALARM\r\n",
    );
    let offered = file(decide("", "REQUEST", &text, "boss@x.org"));
    assert!(offered.contains("DESCRIPTION:kept\r\n"));
    for word in ["VALARM", "evil.org", "ATTACH", "X-LEGWORK", "METHOD"] {
        assert!(!offered.contains(word), "{word} in {offered}");
    }
}

#[test]
fn a_changed_description_keeps_my_answer_and_my_alarm() {
    let known = theirs("BEGIN:VALARM\r\nTRIGGER:-PT9M\r\nEND:VALARM\r\n");
    let fresh = theirs("DESCRIPTION:new\r\nBEGIN:VALARM\r\nTRIGGER:-PT1M\r\nEND:VALARM\r\n")
        .replace("SEQUENCE:2", "SEQUENCE:3")
        .replace("PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION;RSVP=TRUE");
    let kept = file(decide(&known, "REQUEST", &fresh, "boss@x.org"));
    assert!(
        kept.contains("ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@x.org\r\n"),
        "{kept}"
    );
    assert!(kept.contains("TRIGGER:-PT9M") && !kept.contains("TRIGGER:-PT1M"));
    let moved = fresh.replace("T100000Z", "T110000Z");
    let asked = file(decide(&known, "REQUEST", &moved, "boss@x.org"));
    assert!(asked.contains("PARTSTAT=NEEDS-ACTION"), "{asked}");
}

#[test]
fn one_called_off_instance_leaves_the_others() {
    let known = theirs("RRULE:FREQ=DAILY;COUNT=3\r\n");
    let off = "BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID:20260303T090000Z\r\nSEQUENCE:2\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n";
    let after = file(decide(&known, "CANCEL", off, "boss@x.org"));
    assert_eq!(after.matches("STATUS:CANCELLED").count(), 1);
    assert_eq!(after.matches("BEGIN:VEVENT").count(), 2);
    let (definitions, _) = folder::definitions(after.as_bytes(), "", &TimeZone::UTC);
    assert_eq!(
        definitions[1].start,
        definitions[1].instance.clone().unwrap()
    );
    let never = off.replace("20260303T090000Z", "20260303T093000Z");
    assert_eq!(
        kind(&decide(&known, "CANCEL", &never, "boss@x.org")),
        "a version as new as this one is known"
    );
}

#[test]
fn a_late_older_answer_does_not_undo_a_newer_one() {
    let reply = |answer: &str, day: u8| {
        format!(
            "BEGIN:VEVENT\r\nUID:u\r\nSEQUENCE:2\r\nDTSTAMP:202601{day}T000000Z\r\n\
             ATTENDEE;PARTSTAT={answer}:mailto:guest@x.org\r\nEND:VEVENT\r\n"
        )
    };
    let first = file(decide(
        &mine(""),
        "REPLY",
        &reply("DECLINED", 14),
        "guest@x.org",
    ));
    let known = first
        .replace("BEGIN:VCALENDAR\r\n", "")
        .replace("END:VCALENDAR\r\n", "");
    let late = decide(&known, "REPLY", &reply("ACCEPTED", 12), "guest@x.org");
    assert_eq!(kind(&late), "a version as new as this one is known");
    let newer = decide(&known, "REPLY", &reply("TENTATIVE", 15), "guest@x.org");
    assert_eq!(kind(&newer), "guest@x.org Tentative");
}

#[test]
fn two_changes_within_one_second_are_two_versions() {
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let zone = TimeZone::UTC;
    let sent = |file: &str| {
        request(file.as_bytes(), "u", ("me@x.org", &[]), now)
            .unwrap()
            .lines()
            .find_map(|line| line.strip_prefix("DTSTAMP:").map(str::to_owned))
            .unwrap()
    };
    let first = calendar(
        "",
        "BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260201T000000Z\r\nDTSTART:20260302T090000Z\r\nEND:VEVENT\r\n",
    );
    let subject = Subject {
        uid: "u",
        which: &Which::All {},
        zone: &zone,
        now,
    };
    let patch = EventPatch {
        description: Some("agenda".to_owned()),
        ..EventPatch::default()
    };
    let edited = edit::update(first.as_bytes(), subject, &patch).unwrap();
    let second = String::from_utf8(edited.file.unwrap()).unwrap();
    assert_eq!(
        [sent(&first), sent(&second)],
        ["20260201T000001Z", "20260201T000002Z"]
    );
}

#[test]
fn the_mail_and_its_text_must_ask_the_same() {
    let zone = TimeZone::UTC;
    let text = calendar("METHOD:CANCEL\r\n", &theirs(""));
    let incoming = Incoming {
        text: &text,
        from: "boss@x.org",
        method: Some("REQUEST"),
        me: &[],
        zone: &zone,
        now: Timestamp::UNIX_EPOCH,
    };
    let decision = apply(None, &incoming).unwrap();
    assert_eq!(decision, Decision::Ignore(Reason::Contradiction));
}

#[test]
fn an_answer_names_me_alone() {
    let invitation = calendar(
        "METHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Odd\r\nEND:VTIMEZONE\r\n",
        &theirs(
            "LOCATION:L\r\nRECURRENCE-ID;TZID=Odd:20260302T100000\r\nATTENDEE:mailto:guest@x.org\r\nBEGIN:VALARM\r\nEND:VALARM\r\n",
        ),
    );
    let me = ["ME@x.org".to_owned()];
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let text = reply(&invitation, PartStat::Tentative, &me, now).unwrap();
    insta::assert_snapshot!(text.replace("\r\n", "\n"), @r#"
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//legwork//legwork//EN
    METHOD:REPLY
    BEGIN:VTIMEZONE
    TZID:Odd
    END:VTIMEZONE
    BEGIN:VEVENT
    UID:u
    RECURRENCE-ID;TZID=Odd:20260302T100000
    SEQUENCE:2
    DTSTART:20260302T090000Z
    DTEND:20260302T100000Z
    SUMMARY:Plan
    ORGANIZER;SENT-BY="mailto:secretary@x.org":mailto:Boss@x.org
    DTSTAMP:20260201T000000Z
    ATTENDEE;PARTSTAT=TENTATIVE:mailto:me@x.org
    END:VEVENT
    END:VCALENDAR
    "#);
    let head = head(&text).unwrap();
    assert_eq!((head.method, head.uid.as_str()), (Method::Reply, "u"));
    let stranger = ["x@y.z".to_owned()];
    let error = reply(&invitation, PartStat::Accepted, &stranger, now).unwrap_err();
    assert_eq!(
        error.to_string(),
        "none of your addresses is invited to the event"
    );
}

#[test]
fn a_request_goes_round_to_an_accepted_invitation() {
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let own = calendar(
        "",
        &event("SUMMARY:Plan\r\nX-LEGWORK-CREATED:TRUE\r\nBEGIN:VALARM\r\nEND:VALARM\r\n"),
    );
    let guest = Attendee {
        email: "guest@x.org".to_owned(),
        name: "Ada \"A\" L; x".to_owned(),
        answer: PartStat::NeedsAction,
    };
    let invited = request(own.as_bytes(), "u", (ME, &[guest]), now).unwrap();
    assert!(
        !invited.contains("VALARM") && !invited.contains("X-LEGWORK"),
        "{invited}"
    );
    let zone = TimeZone::UTC;
    let guests = ["guest@x.org".to_owned()];
    let at_guest = Incoming {
        text: &invited,
        from: ME,
        method: Some("request"),
        me: &guests,
        zone: &zone,
        now,
    };
    let Decision::Offer { file, .. } = apply(None, &at_guest).unwrap() else {
        panic!("no offer");
    };
    let offered = String::from_utf8(file).unwrap();
    let answer = reply(&invited, PartStat::Accepted, &guests, now).unwrap();
    let me = [ME.to_owned()];
    let at_me = Incoming {
        text: &answer,
        from: "guest@x.org",
        method: Some("REPLY"),
        me: &me,
        zone: &zone,
        now,
    };
    let stored = invited.replace("METHOD:REQUEST\r\n", "");
    let Decision::Answered { answer, .. } = apply(Some(stored.as_bytes()), &at_me).unwrap() else {
        panic!("no answer");
    };
    assert_eq!(answer, PartStat::Accepted);
    let off = cancel(stored.as_bytes(), "u", (&Which::All {}, &zone), now).unwrap();
    let at_guest = Incoming {
        text: &off,
        method: Some("CANCEL"),
        ..at_guest
    };
    let decision = apply(Some(offered.as_bytes()), &at_guest).unwrap();
    assert_eq!(kind(&decision), "called off");
}

#[test]
fn no_mangled_text_makes_it_panic() {
    let text = calendar(
        "METHOD:REQUEST\r\n",
        &theirs("RRULE:FREQ=DAILY;COUNT=3\r\n"),
    );
    let known = calendar("", &mine("RRULE:FREQ=DAILY;COUNT=3\r\n"));
    let zone = TimeZone::UTC;
    let me = [ME.to_owned()];
    let methods = ["REQUEST", "REPLY", "CANCEL", "COUNTER", "REFRESH"];
    let mut read = 0;
    for at in 0..text.len() {
        for (index, junk) in ["", "\r\n", ";", "\u{0}", "é"].into_iter().enumerate() {
            let mut mangled = text.replace("METHOD:REQUEST", &format!("METHOD:{}", methods[index]));
            if !mangled.is_char_boundary(at.min(mangled.len())) {
                continue;
            }
            let at = at.min(mangled.len());
            mangled.insert_str(at, junk);
            if index == 0 {
                mangled.truncate(at);
            }
            let incoming = Incoming {
                text: &mangled,
                from: "guest@x.org",
                method: None,
                me: &me,
                zone: &zone,
                now: Timestamp::UNIX_EPOCH,
            };
            read += usize::from(apply(Some(known.as_bytes()), &incoming).is_ok());
            drop(reply(
                &mangled,
                PartStat::Accepted,
                &me,
                Timestamp::UNIX_EPOCH,
            ));
        }
    }
    assert!(read > 1000, "{read}");
}

#[test]
fn a_proposal_waits_until_it_is_dealt_with_or_overtaken() {
    let known = mine("");
    let proposal = |stamp: &str| mine("").replace("20260110T000000Z", stamp);
    let asked = proposal("20260112T000000Z");
    let decision = decide(&known, "COUNTER", &asked, "guest@x.org");
    let Decision::Proposal { file, which, .. } = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(which, Which::All {});
    let after = String::from_utf8(file).unwrap();
    let unfolded = after.replace("\r\n ", "");
    let (front, mark) = unfolded
        .split_once(";X-LEGWORK-DEALT-WITH=20260112T000000Z-")
        .unwrap();
    assert_eq!(
        format!("{front}{}", mark.get(8..).unwrap()),
        calendar("", &known)
    );
    let after = after.replace("BEGIN:VCALENDAR\r\n", "");
    let after = after.replace("END:VCALENDAR\r\n", "");
    let of = |text: &str, method: &str, from: &str| kind(&decide(&after, method, text, from));
    assert_eq!(
        of(&asked, "COUNTER", "guest@x.org"),
        Reason::Known.to_string()
    );
    // Another time of the same second is another proposal; then both are dealt with.
    let other = asked.replace("DTEND:20260302T10", "DTEND:20260302T11");
    assert!(of(&other, "COUNTER", "guest@x.org").contains("proposes"));
    let Decision::Proposal { file, .. } = decide(&after, "COUNTER", &other, "guest@x.org") else {
        panic!("it waits");
    };
    let both = String::from_utf8(file).unwrap();
    let both = both.replace("BEGIN:VCALENDAR\r\n", "");
    let both = both.replace("END:VCALENDAR\r\n", "");
    for one in [&asked, &other] {
        let decision = decide(&both, "COUNTER", one, "guest@x.org");
        assert_eq!(kind(&decision), Reason::Known.to_string());
    }
    // A later one of the same guest waits, and so does one of another guest.
    let later = proposal("20260113T000000Z");
    assert!(of(&later, "COUNTER", "guest@x.org").contains("proposes"));
    assert!(of(&asked, "COUNTER", "other@x.org").contains("proposes"));
    // What was proposed for a version that is gone is overtaken.
    let moved = after.replace("SEQUENCE:2", "SEQUENCE:3");
    let late = kind(&decide(&moved, "COUNTER", &later, "guest@x.org"));
    assert_eq!(late, Reason::Known.to_string());
}

#[test]
fn a_proposal_for_one_occurrence_is_about_that_one() {
    let known = mine("RRULE:FREQ=DAILY;COUNT=3\r\n");
    let asked = mine("RECURRENCE-ID:20260303T090000Z\r\n")
        .replace("DTSTART:20260302T09", "DTSTART:20260303T15")
        .replace("DTEND:20260302T10", "DTEND:20260303T16");
    let decision = decide(&known, "COUNTER", &asked, "guest@x.org");
    let Decision::Proposal { which, start, .. } = decision else {
        panic!("{decision:?}");
    };
    let Which::This { start: own } = which else {
        panic!("{which:?}");
    };
    let at = |moment: &Moment| match moment {
        Moment::Time(time) => time.timestamp().to_string(),
        Moment::Day(day) => day.to_string(),
    };
    assert_eq!(
        (at(&own).as_str(), at(&start).as_str()),
        ("2026-03-03T09:00:00Z", "2026-03-03T15:00:00Z")
    );
}

#[test]
fn what_is_between_a_program_and_its_server_never_leaves() {
    let known = calendar(
        "",
        &mine("").replace(
            "ATTENDEE;CN=G:",
            "ATTENDEE;CN=G;SCHEDULE-AGENT=CLIENT;SCHEDULE-STATUS=1.2;X-LEGWORK-REPLIED=x:",
        ),
    );
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let guests = [("guest@x.org", true), ("other@x.org", false)];
    for (email, ours) in guests {
        let told = [email.to_owned()];
        let is_ours = is_ours_to_send(known.as_bytes(), "u", Told::Guests(&told));
        assert_eq!(is_ours, ours, "{email}");
    }
    let people: Vec<Attendee> = guests
        .map(|(email, _)| Attendee {
            email: email.to_owned(),
            name: String::new(),
            answer: PartStat::NeedsAction,
        })
        .to_vec();
    let zone = TimeZone::UTC;
    for text in [
        request(known.as_bytes(), "u", (ME, &people), now).unwrap(),
        cancel(known.as_bytes(), "u", (&Which::All {}, &zone), now).unwrap(),
        decline_counter(known.as_bytes(), "u", "guest@x.org", now).unwrap(),
    ] {
        assert!(
            !text.contains("SCHEDULE") && !text.contains("X-LEGWORK"),
            "{text}"
        );
        assert!(text.contains("guest@x.org"), "{text}");
    }
    assert!(decline_counter(known.as_bytes(), "u", "eve@x.org", now).is_err());
    // What is taken in is answered by this program, not by the server it lies on.
    let offered = file(decide("", "REQUEST", &theirs(""), "boss@x.org"));
    assert!(offered.contains("SCHEDULE-AGENT=CLIENT"), "{offered}");
    assert!(is_ours_to_send(offered.as_bytes(), "u", Told::Organizer));
    let answer = reply(&offered, PartStat::Accepted, &[ME.to_owned()], now).unwrap();
    assert!(!answer.contains("SCHEDULE"), "{answer}");
}

#[test]
fn a_mail_that_says_one_thing_and_holds_another_is_left_alone() {
    let text = calendar("METHOD:REQUEST\r\n", &theirs(""));
    let me = [ME.to_owned()];
    let said = |method: &str| {
        let incoming = Incoming {
            text: &text,
            from: "boss@x.org",
            method: Some(method),
            me: &me,
            zone: &TimeZone::UTC,
            now: Timestamp::UNIX_EPOCH,
        };
        kind(&apply(None, &incoming).unwrap())
    };
    assert_eq!(said("request"), "offer");
    assert_eq!(said(""), "offer");
    for other in ["CANCEL", "REPLY", "PUBLISH", "nonsense"] {
        assert_eq!(said(other), Reason::Contradiction.to_string(), "{other}");
    }
}

#[test]
fn the_word_that_a_proposal_is_turned_down_comes_from_the_organizer_once() {
    let known = theirs("");
    let said = theirs("").replace("20260110T000000Z", "20260112T000000Z");
    let decision = decide(&known, "DECLINECOUNTER", &said, "boss@x.org");
    assert_eq!(kind(&decision), "boss@x.org keeps the time");
    let after = file(decision);
    let after = after.replace("BEGIN:VCALENDAR\r\n", "");
    let after = after.replace("END:VCALENDAR\r\n", "");
    let again = decide(&after, "DECLINECOUNTER", &said, "boss@x.org");
    assert_eq!(kind(&again), Reason::Known.to_string());
    let stranger = decide(&known, "DECLINECOUNTER", &said, "evil@x.org");
    assert_eq!(
        kind(&stranger),
        "'evil@x.org' is not the organizer of the event"
    );
    // A version that came after it overtakes it.
    let newer = known.replace("SEQUENCE:2", "SEQUENCE:3");
    let late = decide(&newer, "DECLINECOUNTER", &said, "boss@x.org");
    assert_eq!(kind(&late), Reason::Known.to_string());
    assert_eq!(
        kind(&decide("", "DECLINECOUNTER", &said, "boss@x.org")),
        Reason::UnknownEvent.to_string()
    );
}
