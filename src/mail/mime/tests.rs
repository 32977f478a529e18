//! Messages as they come: every charset, broken structure, and plain noise.

use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8]) -> Message {
    let frame = Frame {
        id: MailId("1.a.b".to_owned()),
        mailbox: "INBOX".to_owned(),
        flags: Vec::new(),
        size: u64::try_from(bytes.len()).unwrap(),
        delivered: Timestamp::UNIX_EPOCH,
    };
    message(frame, bytes)
}

const TYPE: &str = "Content-Type: text/plain; charset=";

#[test]
fn every_charset_becomes_readable_text() {
    let cases: [(&str, &[u8], &str); 7] = [
        ("utf-8", "Grüße №1".as_bytes(), "Grüße №1"),
        ("iso-8859-1", b"Gr\xfc\xdfe", "Grüße"),
        ("windows-1252", b"\x93caf\xe9\x94 \x80", "“café” €"),
        ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
        ("gb18030", b"\xbb\xe1\xd2\xe9", "会议"),
        ("euc-kr", b"\xc8\xb8\xc0\xc7", "회의"),
        ("iso-2022-jp", b"\x1b$B2q5D\x1b(B", "会議"),
    ];
    for (charset, bytes, expected) in cases {
        let mail = [format!("{TYPE}{charset}\r\n\r\n").as_bytes(), bytes].concat();
        assert_eq!(read(&mail).text, expected, "{charset}");
    }
}

#[test]
fn raw_bytes_without_a_charset_are_taken_for_western() {
    let mail = b"From: J\xfcrgen <j@a.test>\r\nSubject: Gr\xfc\xdfe\r\n\r\nGr\xfc\xdfe\r\n";
    let raw = read(mail);
    assert_eq!(raw.envelope.subject, "Grüße");
    assert_eq!(raw.envelope.from.name, "Jürgen");
    assert_eq!(raw.text, "Grüße");
    // Also when an old program coded them, or called them what they are not.
    for (headers, body) in [
        (
            "Content-Transfer-Encoding: quoted-printable\r\n",
            "Gr=FC=DFe",
        ),
        ("Content-Transfer-Encoding: base64\r\n", "R3L832U="),
        (
            "Content-Type: text/plain; charset=UTF-8\r\n\
          Content-Transfer-Encoding: quoted-printable\r\n",
            "Gr=FC=DFe",
        ),
    ] {
        let mail = format!("Subject: x\r\n{headers}\r\n{body}\r\n");
        assert_eq!(read(mail.as_bytes()).text, "Grüße", "{headers}");
    }
}

#[test]
fn headers_are_decoded_to_one_visible_line() {
    let mail = "From: =?utf-8?B?Wm/DqyBCcsO8Y2tl?= <zoe@friends.test>\r\n\
        Subject: =?utf-8?Q?pay=E2=80=AE_now=0D=0A?=\r\n =?utf-8?Q?_please?=\r\n\
        Reply-To: other@a.test\r\nReferences: <1@a> <2@a>\r\n <1@a>\r\nIn-Reply-To: <2@a>\r\n\
        Date: Mon, 05 Jan 2026 10:00:00 +0100\r\nX-Odd:  a\r\n\tb\r\n\r\n";
    let read = read(mail.as_bytes());
    assert_eq!(read.envelope.from.name, "Zoë Brücke");
    assert_eq!(read.envelope.subject, "pay now please");
    assert_eq!(read.envelope.date.to_string(), "2026-01-05T09:00:00Z");
    assert_eq!(read.reply_to[0].email, "other@a.test");
    assert_eq!(read.references, ["1@a", "2@a"]);
    assert_eq!(read.headers["x-odd"], "a b");
    assert_eq!(read.content_type, "text/plain");
}

#[test]
fn attachments_and_invitations_are_found_with_safe_names() {
    let mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n\
        --b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n\
        --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; \
        filename*=UTF-8''..%2F..%2FRe%C3%BCng%E2%80%AEfdp.exe\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        QUJD\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--b--\r\n";
    let read = read(mail.as_bytes());
    assert_eq!(read.text, "hello");
    assert_eq!(read.invitation.as_deref().map(str::len), Some(30));
    let names: Vec<_> = read
        .attachments
        .iter()
        .map(|a| (a.name.as_str(), a.size))
        .collect();
    assert_eq!(names[0], ("Reüngfdp.exe", 3));
    assert_eq!(names[1].0, "inner.eml");
    assert_eq!(names.len(), 2);
}

#[test]
fn html_alone_becomes_text_and_what_it_hides_does_not() {
    let mail =
        "Content-Type: text/html\r\n\r\n<p>Notes.</p><p style='display:none'>forward all</p>";
    let read = read(mail.as_bytes());
    assert_eq!(
        (read.text.as_str(), read.hidden_text.as_str()),
        ("Notes.", "forward all")
    );
}

#[test]
fn a_report_shows_the_address_that_failed() {
    let mail = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
        --b\r\n\r\nFailed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Final-Recipient: rfc822; nobody@gone.test\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
        Message-ID: <old@mail.test>\r\n\r\nx\r\n--b--\r\n";
    let text = read(mail.as_bytes()).text;
    assert!(
        text.contains("nobody@gone.test") && text.contains("<old@mail.test>"),
        "{text}"
    );
}

#[test]
fn flowed_text_is_joined_before_quotes_are_looked_for() {
    let mail = format!("{TYPE}utf-8; format=flowed\r\n\r\na long \r\nline\r\n> old \r\n> text\r\n");
    let read = read(mail.as_bytes());
    assert_eq!(
        (read.text.as_str(), read.new_text.as_str()),
        ("a long line\n> old text", "a long line")
    );
}

#[test]
fn structure_meant_to_hurt_costs_only_the_body() {
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(20_000);
    let digests = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n".repeat(20_000);
    for mail in [nested, digests, "--b\r\n".repeat(50_000)] {
        let read = read(format!("Subject: s\r\n{mail}").as_bytes());
        assert_eq!(read.envelope.subject, "s");
    }
    let deep = read(
        "Content-Type: message/rfc822\r\n\r\n"
            .repeat(240)
            .as_bytes(),
    );
    assert_eq!(deep.content_type, "message/rfc822");
}

#[test]
fn bytes_without_a_header_are_shown_as_they_are() {
    assert_eq!(read(b"").text, "");
    let noise = read(b"\xff\xfe\x00 no header here");
    assert!(noise.text.contains("no header here"), "{noise:?}");
}

/// Everything the fixtures hold, for mutation.
fn samples() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mail/rig");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mails = files.filter(|path| path.extension().is_some_and(|e| e == "eml"));
    let mut mails: Vec<_> = mails.collect();
    mails.sort();
    mails
        .into_iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let read = read(&bytes);
        prop_assert!(!read.text.contains('\r'));
    }

    #[test]
    fn no_damage_to_a_mail_panics(
        which in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let samples = samples();
        let mut mail = which.get(&samples).clone();
        for (at, byte) in damage {
            let at = at.index(mail.len());
            mail[at] = byte;
        }
        mail.truncate(cut.index(mail.len()) + 1);
        let read = read(&mail);
        let hidden = ['\n', '\u{202E}'];
        prop_assert!(!read.envelope.subject.contains(hidden));
    }
}

#[test]
fn all_words_are_found_whatever_encodes_them() {
    let message = "Subject: =?utf-8?q?a_word?=\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         dGhlIGNvZGUgaXMgNDgxNTE2\r\n--b\r\nContent-Type: text/html\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>f=6Fur <b>f</b>ive</p>\r\n--b\r\n\
         Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         c2l4IHNldmVu\r\n--b--\r\n";
    let found = words(message.as_bytes());
    for word in ["a word", "the code is 481516", "four five", "six seven"] {
        assert!(found.contains(word), "{word}: {found}");
    }
}
