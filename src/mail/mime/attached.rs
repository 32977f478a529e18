//! Attached files of a message: what they are called, what they are by their bytes, and the bytes.
//!
//! Never unpacks, opens or runs one.

use std::borrow::Cow;

use mail_parser::{self as parser, MimeHeaders as _, PartType};

use super::{ATTACHMENTS_MAX, NAME_MAX, clean_subject, media_type, repair};
use crate::action::Attachment;
use crate::untrusted;

/// Longest file name in bytes; file systems end at 255, and a number may have to be added.
const NAME_BYTES_MAX: usize = 200;
/// Bytes looked at to tell text from anything else.
const SNIFFED: usize = 4 * 1024;

/// An attached file with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What a list shows of it.
    pub about: Attachment,
    /// Its content, decoded.
    pub bytes: Vec<u8>,
}

/// Takes the attached file with this number, counted from 1, out of a message.
pub fn file(message: &[u8], number: usize) -> Option<File> {
    let bytes = repair(message, &mut Vec::new());
    let parsed = super::parse(&bytes, super::Scope::Whole)?;
    let (part, about) = listed(&parsed).nth(number.checked_sub(1)?)?;
    let bytes = content(&parsed, part).into_owned();
    Some(File { about, bytes })
}

/// Lists the attached files.
pub(super) fn attachments(parsed: &parser::Message<'_>) -> Vec<Attachment> {
    listed(parsed).map(|(_, about)| about).collect()
}

/// The machine-readable halves of reports and invitations are no files to a reader.
const INTERNAL: [&str; 3] = [
    "text/calendar",
    "message/delivery-status",
    "text/rfc822-headers",
];

fn listed<'p>(
    parsed: &'p parser::Message<'p>,
) -> impl Iterator<Item = (&'p parser::MessagePart<'p>, Attachment)> {
    let mut number = 0;
    let parts = parsed.attachments().take(ATTACHMENTS_MAX);
    parts.filter_map(move |part| {
        let kind = media_type(Some(part)).unwrap_or_else(|| "application/octet-stream".to_owned());
        let named = part.attachment_name();
        if named.is_none() && INTERNAL.contains(&kind.as_str()) {
            return None;
        }
        number += 1;
        let bytes = content(parsed, part);
        let about = Attachment {
            name: name(part, &kind, number),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            found: found(&bytes, &kind).to_owned(),
            media_type: kind,
        };
        Some((part, about))
    })
}

fn name(part: &parser::MessagePart<'_>, kind: &str, number: usize) -> String {
    let named = file_name(part.attachment_name().unwrap_or_default());
    if !named.is_empty() {
        return named;
    }
    if let PartType::Message(inner) = &part.body {
        let subject = file_name(&clean_subject(inner));
        if !subject.is_empty() {
            return file_name(&format!("{subject}.eml"));
        }
    }
    let ending = match kind {
        "message/rfc822" => "eml",
        other => other.rsplit(['/', '+']).next().unwrap_or("bin"),
    };
    file_name(&format!("attachment-{number}.{ending}"))
}

fn content<'p>(
    parsed: &'p parser::Message<'p>,
    part: &'p parser::MessagePart<'p>,
) -> Cow<'p, [u8]> {
    match &part.body {
        PartType::Message(inner) => {
            let at = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
            let within = parsed
                .raw_message
                .get(at(part.offset_body)..at(part.offset_end));
            match (part.encoding, within) {
                (parser::Encoding::None, Some(bytes)) => Cow::Borrowed(bytes),
                _ => Cow::Borrowed(inner.raw_message.as_ref()),
            }
        }
        // Text has had a charset laid on it; a file is saved as it was sent.
        PartType::Text(_) | PartType::Html(_) => super::original_bytes(parsed, part)
            .map_or_else(|| Cow::Borrowed(part.contents()), Cow::Owned),
        PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Multipart(_) => {
            Cow::Borrowed(part.contents())
        }
    }
}

/// Beginnings by which files are known.
const BEGINNINGS: [(&[u8], &str); 26] = [
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "application/x-ole-storage",
    ),
    (b"{\\rtf", "application/rtf"),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"#!", "text/x-script"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
];
/// Outlook's own wrapping of attachments (MS-OXTNEF).
const TNEF: &str = "application/ms-tnef";

/// Says what a file is by its bytes, as a media type.
fn found<'k>(bytes: &[u8], declared: &'k str) -> &'k str {
    let known = BEGINNINGS
        .iter()
        .find(|(start, _)| bytes.starts_with(start));
    if let Some((_, kind)) = known {
        return kind;
    }
    let start = bytes.get(..SNIFFED).unwrap_or(bytes);
    if bytes.get(4..8) == Some(b"ftyp") {
        return "video/mp4";
    }
    match (bytes.get(..4), bytes.get(8..12)) {
        (Some(b"RIFF"), Some(b"WEBP")) => return "image/webp",
        (Some(b"RIFF"), _) => return "audio/wav",
        _ => {}
    }
    let lower = start.to_ascii_lowercase();
    let text = lower.trim_ascii_start();
    if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") {
        return "text/html";
    }
    if declared == "message/rfc822" {
        return "message/rfc822";
    }
    // The last character may be cut in two.
    let is_text = match std::str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => start.len() == SNIFFED && error.valid_up_to() + 4 > SNIFFED,
    };
    if is_text && !start.contains(&0) {
        "text/plain"
    } else {
        "application/octet-stream"
    }
}

/// Kinds of files that are containers, text or unknown bytes, by which nothing is told.
const VAGUE: [&str; 3] = ["text/plain", "application/octet-stream", "application/ogg"];

/// Says in words what a reader should know of a file before it is opened; `None` when it is what it
/// says it is, as far as its bytes tell.
pub fn warning(file: &Attachment) -> Option<String> {
    let found = file.found.as_str();
    let (declared, name) = (file.media_type.as_str(), file.name.to_lowercase());
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match found {
        TNEF => {
            return Some("Outlook's own wrapping (TNEF): the files in it are not unpacked".into());
        }
        "application/x-msdownload" | "application/x-executable" | "application/x-mach-binary" => {
            return Some("it is a program".to_owned());
        }
        "application/x-ms-shortcut" | "text/x-script" => {
            return Some("opening it would run a program".to_owned());
        }
        _ => {}
    }
    if ends(&[
        ".exe", ".scr", ".com", ".bat", ".cmd", ".js", ".jse", ".vbs", ".vbe", ".wsf", ".hta",
        ".lnk", ".ps1", ".jar", ".msi", ".iso", ".img",
    ]) {
        return Some("opening it would run a program".to_owned());
    }
    if ends(&[".docm", ".xlsm", ".pptm", ".dotm", ".xlam"]) {
        return Some("it may hold macros".to_owned());
    }
    let family = |kind: &str| kind.split('/').next().unwrap_or_default().to_owned();
    // Office files, books and many more are ZIP or OLE inside; text goes by many names.
    let wraps = [
        "application/zip",
        "application/x-ole-storage",
        "application/gzip",
    ];
    let fine = found == declared
        || declared == "application/octet-stream"
        || VAGUE.contains(&found)
        || (wraps.contains(&found) && family(declared) == "application")
        || (family(found) == family(declared) && family(found) != "application")
        || declared
            == format!(
                "application/{}",
                found.rsplit(['/', '-']).next().unwrap_or("?")
            );
    (!fine).then(|| format!("its bytes are {found}"))
}

/// Makes a name safe to use in a folder: no path, no hidden file, no option, no characters that
/// systems or shells give a meaning, and short enough with its ending kept.
pub fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = untrusted::line(last, NAME_MAX * 4);
    let kept = shown
        .chars()
        .map(|c| if ":*?\"<>|$`;&".contains(c) { '_' } else { c });
    let kept: String = kept.collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let kept = match kept.strip_prefix('-') {
        Some(rest) => format!("_{rest}"),
        None => kept.to_owned(),
    };
    let (stem, ending) = match kept.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 12 => (stem, format!(".{ending}")),
        _ => (kept.as_str(), String::new()),
    };
    let stem: String = stem.chars().take(NAME_MAX).collect();
    let stem = super::floor(&stem, NAME_BYTES_MAX);
    format!("{}{ending}", stem.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder_and_keep_their_ending() {
        for (given, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\a.exe", "a.exe"),
            (".bashrc", "bashrc"),
            ("-rf.txt", "_rf.txt"),
            ("a\u{202E}fdp.exe", "afdp.exe"),
            ("a\r\nb;c$(x).txt", "a b_c_(x).txt"),
            ("..", ""),
            ("  x .pdf ", "x.pdf"),
        ] {
            assert_eq!(file_name(given), safe, "{given}");
        }
        let long = file_name(&format!("{}.pdf", "ü".repeat(400)));
        assert!(long.len() <= 210, "{long}");
        assert_eq!(long.rsplit_once('.').unwrap().1, "pdf");
    }

    #[test]
    fn files_are_known_by_their_bytes() {
        let about = |name: &str, declared: &str, bytes: &[u8]| Attachment {
            name: name.to_owned(),
            media_type: declared.to_owned(),
            size: 0,
            found: found(bytes, declared).to_owned(),
        };
        let said =
            |name: &str, declared: &str, bytes: &[u8]| warning(&about(name, declared, bytes));
        for (name, declared, bytes) in [
            ("a.pdf", "application/pdf", b"%PDF-1.7".as_slice()),
            ("a.pdf", "application/octet-stream", b"%PDF-1.7"),
            (
                "a.docx",
                "application/vnd.openxmlformats-officedocument.x",
                b"PK\x03\x04",
            ),
            ("a.csv", "text/csv", b"a,b"),
            ("a.jpg", "image/jpg", b"\xff\xd8\xff\xe0"),
            ("a.bin", "application/x-odd", b"\x00\x01"),
            ("a.zip", "application/x-zip-compressed", b"PK\x03\x04"),
        ] {
            assert_eq!(said(name, declared, bytes), None, "{name} {declared}");
        }
        for (name, declared, bytes, want) in [
            (
                "a.pdf",
                "application/pdf",
                b"MZ\x90".as_slice(),
                "it is a program",
            ),
            (
                "a.pdf.js",
                "text/plain",
                b"x",
                "opening it would run a program",
            ),
            (
                "a.pdf",
                "application/pdf",
                b"<html>",
                "its bytes are text/html",
            ),
            (
                "a.png",
                "image/png",
                b"PK\x03\x04",
                "its bytes are application/zip",
            ),
            (
                "a.docm",
                "application/x",
                b"PK\x03\x04",
                "it may hold macros",
            ),
            (
                "winmail.dat",
                "application/ms-tnef",
                b"\x78\x9f\x3e\x22",
                "Outlook's own wrapping (TNEF): the files in it are not unpacked",
            ),
        ] {
            assert_eq!(said(name, declared, bytes).as_deref(), Some(want), "{name}");
        }
    }
}
