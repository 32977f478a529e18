//! What a visitor of the clinic's site sends, and whether it can be booked.

use std::collections::BTreeMap;

use jiff::ZonedDateTime;
use jiff::civil::{Date, DateTime};

use super::layout::Layout;
use crate::world::cast::{Cast, DateOrder, INSURANCES};

/// A booked appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The number told to the visitor.
    pub reference: String,
    /// When it begins, in the clinic's zone.
    pub start: ZonedDateTime,
    /// Name of the patient.
    pub name: String,
    /// Address of the patient.
    pub email: String,
    /// The site's wording of the visit.
    pub reason: String,
    /// Telephone of the patient.
    pub phone: String,
    /// Date of birth.
    pub born: Date,
}

/// Why a form is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The step of the form that has to be looked at.
    pub(super) step: &'static str,
    pub(super) message: &'static str,
}

fn refuse<T>(step: &'static str, message: &'static str) -> Result<T, Refusal> {
    Err(Refusal { step, message })
}

/// Reads what was sent; `free` tells whether a time is still to be had.
///
/// # Errors
/// [`Refusal`] says what is missing or wrong.
pub(super) fn read(
    values: &BTreeMap<String, String>,
    cast: &Cast,
    layout: &Layout,
    free: impl Fn(&ZonedDateTime) -> bool,
) -> Result<Booking, Refusal> {
    let value = |name| values.get(name).map_or("", |value| value.trim());
    let Some(visit) = layout
        .visits
        .iter()
        .find(|visit| visit.id == value("reason"))
    else {
        return refuse("reason", "Please choose what you are coming for.");
    };
    let start = value("start").parse::<DateTime>().ok();
    let start = start.and_then(|at| at.to_zoned_datetime(cast.zone.clone()).ok());
    let Some(start) = start.filter(free) else {
        return refuse(
            "time",
            "Sorry, this time is no longer available. Please choose another one.",
        );
    };
    let name = if layout.split_name {
        format!("{} {}", value("first"), value("last"))
    } else {
        value("name").to_owned()
    };
    if !name.trim().contains(' ') {
        return refuse("details", "Please enter your full name.");
    }
    if !value("email").contains('@') {
        return refuse("details", "Please enter a valid e-mail address.");
    }
    if value("phone").chars().filter(char::is_ascii_digit).count() < 6 {
        return refuse("details", "Please enter a valid telephone number.");
    }
    let Some(born) = birth_date(value("born"), cast.order) else {
        return refuse("details", "Please check the date of birth.");
    };
    let consent_at = if layout.framed == "details" {
        "review"
    } else {
        layout.frame_at
    };
    if layout.insurance && !INSURANCES.contains(&value("insurance")) {
        return refuse(consent_at, "Please tell us how you are insured.");
    }
    if value("consent") != "yes" {
        return refuse(consent_at, "We need your consent to book.");
    }
    Ok(Booking {
        reference: String::new(),
        start,
        name,
        email: value("email").to_owned(),
        reason: visit.label.clone(),
        phone: value("phone").to_owned(),
        born,
    })
}

/// Reads a date as ISO 8601 or as it is written in the country.
fn birth_date(text: &str, order: DateOrder) -> Option<Date> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let text = text.replace('.', "/");
    match order {
        DateOrder::Dmy | DateOrder::Iso => Date::strptime("%d/%m/%Y", text).ok(),
        DateOrder::Mdy => Date::strptime("%m/%d/%Y", text).ok(),
    }
}
