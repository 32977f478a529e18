//! Mails mangled in bulk: whatever the bytes, nothing panics, and nothing hidden gets through.

use std::fs;
use std::path::{Path, PathBuf};

use legwork::mail::mime;

use super::read;
use crate::mangling::{Dice, Pieces, mangle, mutations};

/// Mutations of all mails together, unless `LEGWORK_MANGLE` says another number.
const MUTATIONS: usize = 4_000;
/// The stack that reading a mail must do with, in a build without optimisation.
const STACK_BYTES: usize = 1024 * 1024;

fn mails(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            mails(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "eml") {
            found.push(path);
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    mails(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail"),
        &mut found,
    );
    found.sort();
    found.iter().map(|path| fs::read(path).unwrap()).collect()
}

const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\n ",
    b"\0",
    b"\xFF\xFE",
    b"\r\nBcc: x@evil.test\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: multipart/digest; boundary=\"\"\r\n\r\n--\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n\r\n",
    b"Content-Type: text/plain; charset=iso-2022-jp; format=flowed; delsp=yes\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Disposition: attachment; filename*0*=UTF-8''..%2F..; filename*1=/x\r\n",
    b"=?utf-8?B?AA==?= =?x?Q?=0D=0A?= =?iso-2022-jp?B?GyRC?=",
    b"References: <<<>>> <a@b> <a@b\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n",
    b"From: \"a\\\" <b@c> (((((((\r\n",
    b"--b--\r\n",
    b"<div style='display:none'><b><a href=javascript:x>",
    b"<style>.a{</style><table><tr><td>",
    b"\x1b[2J\xE2\x80\xAE",
    b"BEGIN:VCALENDAR\r\n",
    b"> > >\n-- \nOn 1 Jan 2026 x wrote:\n",
];

/// Reads a mail with all that is made of it, and looks that nothing hidden came through.
fn swallow(bytes: &[u8]) {
    let message = read(bytes);
    let hidden = |c: char| c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c);
    let one_line = |text: &str| assert!(!text.contains(hidden), "{text:?}");
    one_line(&message.envelope.subject);
    one_line(&message.envelope.from.name);
    one_line(&message.envelope.message_id);
    message.headers.values().for_each(|value| one_line(value));
    let shown = |c: char| hidden(c) && c != '\n' && c != '\t';
    assert!(!message.text.contains(shown) && !message.hidden_text.contains(shown));
    for (number, about) in (1..).zip(&message.attachments) {
        let file = mime::file(bytes, number).unwrap();
        assert_eq!(&file.about, about);
        assert_eq!(file.bytes.len() as u64, about.size);
        one_line(&about.name);
        let name = &about.name;
        assert!(!name.contains(['/', '\\']) && !name.starts_with(['.', '-']) && !name.is_empty());
        drop(mime::warning(about));
    }
    assert_eq!(mime::file(bytes, message.attachments.len() + 1), None);
    drop(mime::words(bytes));
}

/// Does `work` with little stack: what nests in a mail must not nest in the program.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn no_mutation_makes_reading_panic() {
    let count = mutations(MUTATIONS);
    on_a_small_stack(move || {
        let (seeds, mut dice) = (seeds(), Dice(0x9E37_79B9_7F4A_7C15));
        // Half of what is put in comes near the beginning, where the header is.
        let pieces = Pieces {
            all: PIECES,
            head: 600,
        };
        for number in 0..count {
            let bytes = mangle(&seeds[dice.below(seeds.len())], &mut dice, &pieces);
            let outcome = std::panic::catch_unwind(|| swallow(&bytes));
            assert!(
                outcome.is_ok(),
                "mutation {number}:\n{}",
                String::from_utf8_lossy(&bytes)
            );
        }
    });
}

#[test]
fn every_mail_of_the_corpus_is_read_as_it_is() {
    on_a_small_stack(|| {
        let seeds = seeds();
        assert!(seeds.len() > 170, "{}", seeds.len());
        for bytes in &seeds {
            swallow(bytes);
        }
        let empty = |bytes: &&Vec<u8>| {
            let message = read(bytes);
            message.text.is_empty() && message.attachments.is_empty()
        };
        let empty = seeds.iter().filter(empty).count();
        assert!(empty <= 12, "{empty} of {} have no content", seeds.len());
    });
}

#[test]
fn ten_thousand_levels_cost_a_body_and_no_stack() {
    const DEEP: usize = 10_000;
    on_a_small_stack(|| {
        let multipart = (0..DEEP).fold(String::from("Subject: s\r\n"), |mail, level| {
            mail + &format!(
                "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
            )
        });
        let message = "Content-Type: message/rfc822\r\n\r\n".repeat(DEEP);
        let html = format!("Content-Type: text/html\r\n\r\n{}x", "<div>".repeat(DEEP));
        let fonts = format!("Content-Type: text/html\r\n\r\n{}x", "<b><p>".repeat(DEEP));
        let comments = format!("From: {}\r\nSubject: s\r\n\r\nx", "(".repeat(DEEP));
        let quotes = format!("Subject: s\r\n\r\n{} x", ">".repeat(DEEP));
        let groups = format!("To: {}\r\nSubject: s\r\n\r\nx", "a:b,".repeat(DEEP));
        for mail in [multipart, message, html, fonts, comments, quotes, groups] {
            swallow(mail.as_bytes());
            // Cut anywhere it is no worse.
            swallow(&mail.as_bytes()[..mail.len() / 2]);
        }
    });
}
