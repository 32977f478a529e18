//! Letters as other programs read them.

use jiff::Timestamp;

use super::*;
use crate::action::ForwardAs;
use crate::mail::mime;

const INVITATION: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\n\
    BEGIN:VEVENT\r\nUID:1@legwork\r\nSUMMARY:Fr\u{fc}hst\u{fc}ck\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

fn address(email: &str) -> Address {
    Address {
        name: String::new(),
        email: email.to_owned(),
    }
}

fn author() -> Author {
    Author {
        own: vec!["me@x.test".to_owned(), "also@x.test".to_owned()],
        ..Author::new(address("me@x.test"))
    }
}

fn read(bytes: &[u8]) -> Message {
    let frame = mime::Frame {
        id: MailId("1.a.b".to_owned()),
        mailbox: "INBOX".to_owned(),
        flags: Vec::new(),
        size: 0,
        delivered: Timestamp::UNIX_EPOCH,
    };
    mime::message(frame, bytes)
}

fn written(letter: &Letter, thread: Vec<String>) -> Result<String, Error> {
    let frame = Frame {
        author: &author(),
        thread,
        digest: "d1",
        now: Timestamp::UNIX_EPOCH,
    };
    bytes(letter, &frame).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn made(draft: &MailDraft, source: &Source) -> Message {
    let letter = letter(draft, source, &author()).unwrap();
    read(written(&letter, source.thread()).unwrap().as_bytes())
}

fn emails(addresses: &[Address]) -> Vec<&str> {
    addresses.iter().map(|a| a.email.as_str()).collect()
}

fn answered(original: &str) -> Source {
    Source::Answered(Box::new(read(original.as_bytes())))
}

const ROUND: &str = "From: Dana <dana@y.test>\r\nTo: me@x.test, Bob <bob@y.test>\r\n\
    Cc: also@x.test, carol@y.test, dana@y.test\r\nSubject: AW: Plan\r\nMessage-ID: <2@y.test>\r\n\
    References: <1@y.test>\r\n\r\nShall we?\r\n";

#[test]
fn an_invitation_goes_beside_the_text_and_as_a_file() {
    let letter = Letter {
        to: vec![address("dana@y.test")],
        subject: "Invitation: Fr\u{fc}hst\u{fc}ck".to_owned(),
        body: "You are invited.".to_owned(),
        calendar: Some(Invitation {
            method: "REQUEST".to_owned(),
            text: INVITATION.to_owned(),
        }),
        ..Letter::default()
    };
    let raw = written(&letter, Vec::new()).unwrap();
    assert!(
        raw.contains("text/calendar; charset=utf-8; method=REQUEST"),
        "{raw}"
    );
    assert!(raw.contains("multipart/alternative"), "{raw}");
    let message = read(raw.as_bytes());
    assert_eq!(message.invitation.as_deref(), Some(INVITATION));
    assert_eq!(message.text, "You are invited.");
    assert_eq!(message.attachments[0].name, "invite.ics");
    assert_eq!(message.attachments[0].media_type, "application/ics");
}

#[test]
fn an_invitation_must_be_what_it_says() {
    let refused = |method: &str, text: &str| {
        let letter = Letter {
            to: vec![address("dana@y.test")],
            calendar: Some(Invitation {
                method: method.to_owned(),
                text: text.to_owned(),
            }),
            ..Letter::default()
        };
        written(&letter, Vec::new()).unwrap_err().to_string()
    };
    assert!(refused("CANCEL", INVITATION).contains("another method"));
    assert!(refused("x; a=b", INVITATION).contains("none of RFC 5546"));
    assert!(refused("REQUEST", "hello").contains("no calendar text"));
}

#[test]
fn an_answer_to_all_leaves_out_ones_own_addresses_and_repeats() {
    let draft = MailDraft {
        body: "Yes.".to_owned(),
        to_all: true,
        ..MailDraft::default()
    };
    let reply = made(&draft, &answered(ROUND));
    assert_eq!(emails(&reply.envelope.to), ["dana@y.test"]);
    assert_eq!(emails(&reply.envelope.cc), ["bob@y.test", "carol@y.test"]);
    assert_eq!(reply.envelope.subject, "Re: Plan");
    assert_eq!(reply.references, ["1@y.test", "2@y.test"]);
    assert_eq!(reply.headers["in-reply-to"], "<2@y.test>");
    assert!(reply.text.contains("> Shall we?"), "{}", reply.text);
    assert_eq!(reply.new_text, "Yes.");
    // To the sender alone unless asked.
    let draft = MailDraft {
        to_all: false,
        ..draft
    };
    assert!(made(&draft, &answered(ROUND)).envelope.cc.is_empty());
}

#[test]
fn who_answers_ones_own_mail_writes_to_whom_it_went() {
    let own = ROUND.replace("Dana <dana@y.test>", "also@x.test");
    let draft = MailDraft {
        body: "And one more thing.".to_owned(),
        to_all: true,
        ..MailDraft::default()
    };
    let reply = made(&draft, &answered(&own));
    assert_eq!(emails(&reply.envelope.to), ["bob@y.test"]);
    assert_eq!(emails(&reply.envelope.cc), ["carol@y.test", "dana@y.test"]);
}

#[test]
fn a_quotation_is_not_shown_to_who_did_not_know_it() {
    let draft = MailDraft {
        body: "See below.".to_owned(),
        bcc: vec![address("spy@z.test")],
        ..MailDraft::default()
    };
    let reply = made(&draft, &answered(ROUND));
    assert!(!reply.text.contains("Shall we?"), "{}", reply.text);
    assert_eq!(
        reply.headers["bcc"],
        "<spy@z.test>".trim_matches(['<', '>'])
    );
}

#[test]
fn a_signature_stands_once_at_the_end() {
    let author = Author {
        signature: "Me\nExample Ltd".to_owned(),
        ..author()
    };
    let draft = |body: &str| MailDraft {
        to: vec![address("dana@y.test")],
        body: body.to_owned(),
        ..MailDraft::default()
    };
    let body = |draft| letter(&draft, &Source::New, &author).unwrap().body;
    assert_eq!(body(draft("Hi.\n")), "Hi.\n\n-- \nMe\nExample Ltd\n");
    let signed = "Hi.\n\n-- \nMe\nExample Ltd\n";
    assert_eq!(body(draft(signed)), signed);
    let reply = letter(&draft("Yes."), &answered(ROUND), &author)
        .unwrap()
        .body;
    assert!(
        reply.ends_with("> Shall we?\n\n-- \nMe\nExample Ltd\n"),
        "{reply}"
    );
}

const WITH_FILE: &str = "From: Dana <dana@y.test>\r\nTo: me@x.test\r\nSubject: WG: Fwd: Plan\r\n\
    Message-ID: <2@y.test>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\
    See the plan.\r\n--b\r\nContent-Type: application/pdf\r\n\
    Content-Disposition: attachment; filename=\"../plan.pdf\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n";

#[test]
fn a_message_is_passed_on_with_its_files() {
    let source = Source::Forwarded(
        Box::new(read(WITH_FILE.as_bytes())),
        WITH_FILE.as_bytes().to_vec(),
    );
    let draft = MailDraft {
        to: vec![address("bob@y.test")],
        body: "For you.".to_owned(),
        ..MailDraft::default()
    };
    let passed = made(&draft, &source);
    assert_eq!(passed.envelope.subject, "Fwd: Plan");
    assert!(passed.text.starts_with("For you."), "{}", passed.text);
    assert!(
        passed.text.contains("From: Dana <dana@y.test>"),
        "{}",
        passed.text
    );
    assert!(passed.text.contains("See the plan."), "{}", passed.text);
    let file = &passed.attachments[0];
    assert_eq!((file.name.as_str(), file.size), ("plan.pdf", 3));
    let draft = MailDraft {
        forward_as: ForwardAs::File,
        ..draft
    };
    let whole = made(&draft, &source);
    assert_eq!(whole.text, "For you.");
    assert_eq!(whole.attachments[0].media_type, "message/rfc822");
    assert_eq!(whole.attachments[0].name, "WG_ Fwd_ Plan.eml");
}

#[test]
fn a_message_that_is_not_plain_text_is_passed_on_whole_all_the_same() {
    for (raw, kind) in [
        (
            "Subject: x\n\nGr\u{fc}\u{df}e\n".as_bytes().to_vec(),
            "message/rfc822",
        ),
        (
            b"Subject: x\r\n\r\nGr\xfc\xdfe\r\n".to_vec(),
            "application/octet-stream",
        ),
        (vec![b'x'; 3_000], "application/octet-stream"),
    ] {
        let source = Source::Forwarded(Box::new(read(&raw)), raw);
        let draft = MailDraft {
            to: vec![address("bob@y.test")],
            forward_as: ForwardAs::File,
            ..MailDraft::default()
        };
        assert_eq!(made(&draft, &source).attachments[0].media_type, kind);
    }
}

#[test]
fn a_letter_has_recipients_but_not_hundreds() {
    let many = |count: usize| Letter {
        to: (0..count)
            .map(|n| address(&format!("a{n}@y.test")))
            .collect(),
        ..Letter::default()
    };
    for (count, said) in [(0, "no recipient"), (101, "101 recipients, 100")] {
        let error = written(&many(count), Vec::new()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
