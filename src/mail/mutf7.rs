//! Modified UTF-7, in which IMAP and Maildir++ write the names of mailboxes (RFC 3501 section
//! 5.1.3): `Büro` is `B&APw-ro`.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const MUTF7: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

pub(super) fn encode(name: &str) -> String {
    let mut out = String::new();
    let mut wide = Vec::new();
    for c in name.chars() {
        if c.is_ascii() {
            shift_out(&mut out, &mut wide);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                wide.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    shift_out(&mut out, &mut wide);
    out
}

fn shift_out(out: &mut String, wide: &mut Vec<u8>) {
    if !wide.is_empty() {
        out.push('&');
        out.push_str(&MUTF7.encode(&wide));
        out.push('-');
        wide.clear();
    }
}

/// Returns the name, `None` when it is not written as the standard says.
pub(super) fn decode(coded: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = coded;
    while let Some((plain, shifted)) = rest.split_once('&') {
        out.push_str(plain);
        let (coded, after) = shifted.split_once('-')?;
        if coded.is_empty() {
            out.push('&');
        } else {
            let bytes = MUTF7.decode(coded).ok()?;
            let pairs = bytes.chunks(2).map(|pair| match pair {
                [high, low] => Some(u16::from_be_bytes([*high, *low])),
                _ => None,
            });
            let units: Vec<u16> = pairs.collect::<Option<_>>()?;
            out.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
