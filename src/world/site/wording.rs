//! What the site's labels and buttons say: several wordings of each, drawn by the seed.

use std::collections::BTreeMap;

use crate::world::draw::Draw;

/// The alternatives of each wording.
const WORDINGS: [(&str, &[&str]); 32] = [
    (
        "book",
        &[
            "Book an appointment",
            "Book online",
            "Make an appointment",
            "Online booking",
        ],
    ),
    (
        "hero",
        &[
            "Good care, close to home",
            "A practice that takes its time",
            "Here for your health, all your life",
        ],
    ),
    (
        "lead",
        &[
            "Family medicine, prevention and a team that knows you by name.",
            "Doctors and nurses for the whole family. Book your visit online in two minutes.",
            "From the first check-up to the last stitch: one door, one team.",
        ],
    ),
    (
        "hero_cta",
        &["Book an appointment", "Find a time", "Book your visit"],
    ),
    ("call", &["Call us", "Contact us", "How to find us"]),
    (
        "news",
        &["Practice news by e-mail", "Our newsletter", "Stay in touch"],
    ),
    ("hours", &["Opening hours", "When we are open"]),
    ("team", &["Our team", "Who you will meet"]),
    (
        "cookie_title",
        &["Cookies", "Your privacy", "We value your privacy"],
    ),
    (
        "cookie_text",
        &[
            "We use cookies to make this site work and to count visits. You can decide about the second kind.",
            "This website uses cookies. Some are necessary, others help us to improve.",
            "May we use cookies for statistics? The site works without them, too.",
        ],
    ),
    (
        "cookie_yes",
        &["Accept all", "Accept", "Allow all cookies", "I agree"],
    ),
    (
        "cookie_no",
        &["Reject", "Only necessary", "Decline", "Reject all"],
    ),
    (
        "book_title",
        &[
            "Book an appointment",
            "Online booking",
            "Request an appointment",
        ],
    ),
    ("aside", &["Good to know", "Our practice", "Need help?"]),
    ("choose", &["Please choose", "Select…", "– please select –"]),
    (
        "reason",
        &[
            "Reason for your visit",
            "Type of visit",
            "What would you like to book?",
            "Service",
        ],
    ),
    (
        "reason_missing",
        &[
            "Please choose a reason for your visit.",
            "Please tell us what you are coming for.",
        ],
    ),
    (
        "date",
        &[
            "Date",
            "Choose a date",
            "Day of your visit",
            "Preferred day",
        ],
    ),
    ("time", &["Available times", "Choose a time", "Free times"]),
    (
        "time_missing",
        &[
            "Please choose a day and a time.",
            "Please pick a time first.",
        ],
    ),
    (
        "loading",
        &[
            "Loading times…",
            "Looking for free times…",
            "One moment, loading…",
        ],
    ),
    (
        "none",
        &[
            "No times on this day. Please try another one.",
            "Nothing is free on this day.",
            "Sorry, this day is fully booked.",
        ],
    ),
    ("more", &["More days", "Show more days", "Later dates"]),
    (
        "check",
        &[
            "Please check the marked fields.",
            "Some details are missing or wrong.",
            "Please complete the form.",
        ],
    ),
    ("next", &["Continue", "Next", "Next step"]),
    ("back", &["Back", "Previous", "Go back"]),
    (
        "final",
        &[
            "Confirm booking",
            "Book appointment",
            "Confirm appointment",
            "Book now",
        ],
    ),
    (
        "done",
        &[
            "Thank you, your appointment is booked",
            "Your booking is confirmed",
            "Appointment confirmed",
        ],
    ),
    (
        "done_text",
        &[
            "We look forward to seeing you. Please keep the number below.",
            "Everything is set. Please come five minutes early.",
        ],
    ),
    (
        "reference",
        &[
            "Reference number",
            "Booking reference",
            "Your reference",
            "Confirmation number",
        ],
    ),
    (
        "mailed",
        &[
            "We have sent a confirmation to",
            "A confirmation is on its way to",
        ],
    ),
    (
        "frame_text",
        &["Please read and confirm.", "Before we book your visit:"],
    ),
];

/// Draws one wording of each label.
pub(super) fn wording(draw: &mut Draw) -> BTreeMap<&'static str, String> {
    WORDINGS
        .iter()
        .map(|(name, words)| (*name, draw.one_of(words).to_owned()))
        .collect()
}
