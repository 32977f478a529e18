//! The mail that confirms a booking, with the appointment attached as iCalendar.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::ZonedDateTime;

use super::form::Booking;
use super::layout::Layout;
use super::pages::{day, time};
use crate::world::Error;
use crate::world::cast::Cast;
use crate::world::draw::Draw;
use crate::world::entry::{Entry, Hold, Shape};
use crate::world::letter::rfc2822;
use crate::world::maildir::{Place, deliver};
use crate::world::mime::header;

/// Writes the confirmation of `booking` and files it in the Maildir at `root`.
///
/// # Errors
/// [`Error::Write`] when it can't be filed.
pub(super) fn send(
    root: &Path,
    cast: &Cast,
    layout: &Layout,
    booking: &Booking,
    now: &ZonedDateTime,
) -> Result<(), Error> {
    let bytes = message(cast, layout, booking, now)?;
    let place = Place {
        folder: "",
        flags: "",
        delivered: now.timestamp(),
        unique: &booking.reference,
    };
    deliver(root, place, &bytes)
        .map(|_| ())
        .map_err(|source| Error::Write {
            file: root.to_owned(),
            source,
        })
}

fn message(
    cast: &Cast,
    layout: &Layout,
    booking: &Booking,
    now: &ZonedDateTime,
) -> Result<Vec<u8>, Error> {
    let clinic = &cast.clinic;
    let mut draw = Draw::new(0, &booking.reference);
    let subject = draw.one_of(&[
        "Confirmation of your appointment",
        "Your appointment is booked",
        "Booking confirmed",
    ]);
    let label = layout.word("reference");
    let (on, at) = (
        day(cast, &booking.start),
        time(layout, booking.start.datetime()),
    );
    let text = format!(
        "Dear {},\r\n\r\nyour appointment at {} is confirmed.\r\n\r\n{label}: {}\r\nDate: {on}\r\n\
         Time: {at}\r\nReason: {}\r\nWhere: {}, {}\r\n\r\nIf you can't come, please call {}.\r\n",
        booking.name,
        clinic.name,
        booking.reference,
        booking.reason,
        clinic.street,
        clinic.town,
        clinic.phone,
    );
    let ics = appointment(cast, booking).ics(&booking.email, now.timestamp())?;
    let boundary = format!("=_{}", draw.code(16));
    let host = clinic.email.rsplit('@').next().unwrap_or_default();
    let mut out = String::new();
    let fields = [
        ("From", format!("{} <{}>", clinic.name, clinic.email)),
        ("To", format!("{} <{}>", booking.name, booking.email)),
        ("Subject", format!("{subject} ({})", booking.reference)),
        ("Date", rfc2822(now)),
        ("Message-ID", format!("<{}@{host}>", booking.reference)),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        (
            "Content-Type",
            format!("multipart/mixed; boundary=\"{boundary}\""),
        ),
    ];
    for (name, value) in fields {
        // What the visitor typed must not start a field of its own.
        out.push_str(&header(name, &value.replace(['\r', '\n'], " "), "utf-8"));
    }
    let ics = STANDARD.encode(ics);
    let lines: Vec<&str> = ics
        .as_bytes()
        .chunks(76)
        .filter_map(|c| str::from_utf8(c).ok())
        .collect();
    let parts = format!(
        "\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n--{boundary}\r\n\
         Content-Type: text/calendar; charset=utf-8; name=\"appointment.ics\"\r\n\
         Content-Disposition: attachment; filename=\"appointment.ics\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--{boundary}--\r\n",
        lines.join("\r\n"),
    );
    out.push_str(&parts);
    Ok(out.into_bytes())
}

fn appointment(cast: &Cast, booking: &Booking) -> Entry {
    Entry {
        calendar: "",
        uid: format!("{}@clinic.example", booking.reference),
        summary: format!("{}: {}", cast.clinic.name, booking.reason),
        place: format!("{}, {}", cast.clinic.street, cast.clinic.town),
        hold: Hold::Confirmed,
        shape: Shape::Once {
            start: booking.start.clone(),
            minutes: cast.visit.minutes,
        },
    }
}
