//! How the clinic's site looks, is worded and is built, drawn for each world.

use std::collections::BTreeMap;

use serde::Serialize;

use super::wording::wording;
use crate::world::cast::{Cast, DateOrder, INSURANCES, slug};
use crate::world::draw::Draw;

/// Colours of the site.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Palette {
    ink: &'static str,
    brand: &'static str,
    deep: &'static str,
    soft: &'static str,
}

const PALETTES: [Palette; 6] = [
    palette("#1f2d36", "#0f7c8a", "#0a5560", "#e6f3f4"),
    palette("#22302a", "#2f7d4f", "#1f5a37", "#e9f4ec"),
    palette("#252a3a", "#3a5bc7", "#263f93", "#eaeffb"),
    palette("#33272c", "#a8456b", "#7b2c4c", "#f9ecf1"),
    palette("#2d2a24", "#a8641c", "#774510", "#faf1e4"),
    palette("#262338", "#6a4fb3", "#493487", "#efebf9"),
];

const fn palette(
    ink: &'static str,
    brand: &'static str,
    deep: &'static str,
    soft: &'static str,
) -> Palette {
    Palette {
        ink,
        brand,
        deep,
        soft,
    }
}

/// A link of the navigation.
#[derive(Debug, Clone, Serialize)]
pub(super) struct MenuItem {
    pub(super) url: &'static str,
    pub(super) text: &'static str,
}

/// A field of the form, as the script renders it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Field {
    key: &'static str,
    kind: &'static str,
    label: String,
    required: bool,
    auto: Option<&'static str>,
    placeholder: Option<&'static str>,
    hint: Option<&'static str>,
    missing: String,
    options: Vec<&'static str>,
}

/// A visit that can be booked.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Offer {
    pub(super) id: String,
    pub(super) label: String,
    minutes: i64,
}

/// Everything about the site that differs between worlds.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is drawn on its own, as sites differ"
)]
#[derive(Debug, Clone, Serialize)]
pub(super) struct Layout {
    palette: Palette,
    font: &'static str,
    weight: u32,
    radius: &'static str,
    logo: i64,
    nav: &'static str,
    hero: &'static str,
    cookie: &'static str,
    reject_first: bool,
    pub(super) menu: Vec<MenuItem>,
    pub(super) book_path: &'static str,
    pub(super) times_path: String,
    pub(super) frame_path: String,
    services: Vec<(&'static str, &'static str)>,
    team: Vec<(String, String, &'static str)>,
    /// Wordings by what they are for.
    pub(super) w: BTreeMap<&'static str, String>,
    pub(super) titles: [&'static str; 4],
    pub(super) steps: [&'static str; 4],
    pub(super) reason: &'static str,
    pub(super) date: &'static str,
    pub(super) times: &'static str,
    pub(super) visits: Vec<Offer>,
    /// Fields of the personal details.
    pub(super) details: Vec<Field>,
    /// Consent, and sometimes insurance.
    pub(super) consent: Vec<Field>,
    /// What the frame holds: `details` or `consent`.
    pub(super) framed: &'static str,
    pub(super) frame_at: &'static str,
    pub(super) submit: &'static str,
    pub(super) tag: &'static str,
    pub(super) progress: &'static str,
    pub(super) heading: &'static str,
    pub(super) gate: bool,
    pub(super) star: bool,
    pub(super) mark_closed: bool,
    pub(super) arrow_title: bool,
    pub(super) day_year: bool,
    pub(super) twelve_hours: bool,
    /// Whether the form asks for an insurance.
    pub(super) insurance: bool,
    /// Whether the name is asked for in two fields.
    pub(super) split_name: bool,
    /// Mixed into every class and id.
    pub(super) salt: String,
    pub(super) hashed: bool,
}

impl Layout {
    /// Draws the site of the world of `seed`.
    pub(super) fn new(seed: u64, cast: &Cast) -> Self {
        let draw = &mut Draw::new(seed, "site");
        let split_name = draw.chance(30);
        let insurance = draw.chance(45);
        let framed = draw.one_of(&["consent", "consent", "details"]);
        let w = wording(draw);
        Self {
            palette: draw.one_of(&PALETTES),
            font: draw.one_of(&[
                "system-ui,sans-serif",
                "Georgia,'Times New Roman',serif",
                "'Noto Sans','DejaVu Sans',Verdana,sans-serif",
            ]),
            weight: draw.one_of(&[600, 700, 400]),
            radius: draw.one_of(&["4px", "8px", "14px"]),
            logo: draw.number(2, 17),
            nav: draw.one_of(&["top", "top", "side"]),
            hero: draw.one_of(&["split", "split", "centre"]),
            cookie: draw.one_of(&["bar", "modal"]),
            reject_first: draw.chance(50),
            menu: menu(draw),
            book_path: draw.one_of(&["/book", "/appointments/new", "/booking", "/online-booking"]),
            times_path: format!("/api/{}", draw.one_of(&["times", "slots", "availability"])),
            frame_path: format!("/embed/{framed}"),
            services: services(draw),
            team: team(cast),
            titles: titles(draw),
            steps: draw.one_of(&[
                ["Reason", "Time", "Details", "Confirm"],
                ["Visit", "Date and time", "About you", "Review"],
                ["Service", "Schedule", "Your details", "Summary"],
            ]),
            reason: draw.one_of(&["select", "cards", "buttons"]),
            date: draw.one_of(&["native", "calendar", "list"]),
            times: draw.one_of(&["buttons", "buttons", "radios", "select"]),
            visits: visits(draw, cast),
            details: details(draw, cast.order, split_name),
            consent: consent(draw, insurance),
            frame_at: if framed == "details" {
                "details"
            } else {
                draw.one_of(&["details", "review"])
            },
            framed,
            submit: draw.one_of(&["form", "fetch"]),
            tag: draw.one_of(&["button", "button", "a", "div", "input"]),
            progress: draw.one_of(&["list", "text"]),
            heading: draw.one_of(&["h2", "h2", "h3"]),
            gate: draw.chance(40),
            star: draw.chance(60),
            mark_closed: draw.chance(70),
            arrow_title: draw.chance(40),
            day_year: draw.chance(60),
            twelve_hours: cast.order == DateOrder::Mdy || draw.chance(20),
            hashed: draw.chance(70),
            salt: draw.code(3).to_lowercase(),
            insurance,
            split_name,
            w,
        }
    }

    /// Returns the class of a part of the page.
    pub(super) fn class(&self, name: &str) -> String {
        if !self.hashed {
            return format!(
                "{}-{name}",
                self.salt.trim_matches(char::is_numeric).to_owned() + "x"
            );
        }
        let hash = name
            .bytes()
            .chain(self.salt.bytes())
            .fold(0x811c_9dc5_u32, |hash, byte| {
                (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            });
        format!("c{hash:07x}")
    }

    /// Returns a wording.
    pub(super) fn word(&self, name: &str) -> &str {
        self.w.get(name).map_or("", String::as_str)
    }
}

fn titles(draw: &mut Draw) -> [&'static str; 4] {
    [
        draw.one_of(&[
            "What can we do for you?",
            "Why are you coming?",
            "Your visit",
        ]),
        draw.one_of(&[
            "When would you like to come?",
            "Date and time",
            "Pick a time",
        ]),
        draw.one_of(&["Your details", "About you", "Who is the appointment for?"]),
        draw.one_of(&["Please check your booking", "Review and confirm", "Summary"]),
    ]
}

fn menu(draw: &mut Draw) -> Vec<MenuItem> {
    let item = |url, text| MenuItem { url, text };
    let mut menu = vec![
        item(
            "/services",
            draw.one_of(&["Services", "What we do", "Treatments"]),
        ),
        item("/team", draw.one_of(&["Our team", "Doctors", "About us"])),
        item(
            "/prescriptions",
            draw.one_of(&["Prescriptions", "Repeat prescriptions"]),
        ),
        item("/contact", draw.one_of(&["Contact", "Find us"])),
    ];
    draw.shuffle(&mut menu);
    menu
}

fn services(draw: &mut Draw) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![
        (
            "Prevention",
            "Check-ups, screening and vaccination, at the times that suit you.",
        ),
        (
            "Long-term care",
            "Steady support for heart, lungs and everything in between.",
        ),
        (
            "Same-day care",
            "Call before ten and we will see you today.",
        ),
        (
            "Travel medicine",
            "Advice and vaccines before you go, and help when you are back.",
        ),
        (
            "Children",
            "A calm room, patient doctors and stickers for the brave.",
        ),
    ];
    draw.shuffle(&mut all);
    all.truncate(3);
    all
}

fn team(cast: &Cast) -> Vec<(String, String, &'static str)> {
    let bare = cast.clinic.doctor.trim_start_matches("Dr ");
    let initials: String = bare
        .split(' ')
        .filter_map(|part| part.chars().next())
        .collect();
    vec![
        (initials, cast.clinic.doctor.clone(), "General practice"),
        (
            "RN".to_owned(),
            "The nursing team".to_owned(),
            "Vaccination, blood tests, wounds",
        ),
    ]
}

fn visits(draw: &mut Draw, cast: &Cast) -> Vec<Offer> {
    let offer = |label: &str, minutes| Offer {
        id: slug(label),
        label: label.to_owned(),
        minutes,
    };
    let mut visits: Vec<Offer> = cast
        .other_visits
        .iter()
        .map(|label| offer(label, 30))
        .collect();
    visits.truncate(3);
    visits.push(offer(&cast.visit.offers, cast.visit.minutes));
    visits.push(offer(
        draw.one_of(&["Blood test", "First visit as a new patient"]),
        15,
    ));
    draw.shuffle(&mut visits);
    visits
}

fn field(key: &'static str, kind: &'static str, label: &str) -> Field {
    Field {
        key,
        kind,
        label: label.to_owned(),
        required: true,
        auto: None,
        placeholder: None,
        hint: None,
        missing: "Please fill in this field.".to_owned(),
        options: Vec::new(),
    }
}

fn details(draw: &mut Draw, order: DateOrder, split_name: bool) -> Vec<Field> {
    let mut names = if split_name {
        let first = draw.one_of(&["First name", "Given name"]);
        let last = draw.one_of(&["Last name", "Surname", "Family name"]);
        vec![field("first", "text", first), field("last", "text", last)]
    } else {
        let label = draw.one_of(&["Full name", "Your name", "Name of patient", "Name"]);
        vec![field("name", "text", label)]
    };
    let email = draw.one_of(&["E-mail", "Email address", "E-mail address", "Your email"]);
    let mut email = field("email", "email", email);
    email.auto = draw.one_of(&[None, Some("email")]);
    let phone = draw.one_of(&["Phone", "Telephone", "Mobile number", "Phone number"]);
    let mut rest = vec![email, field("phone", "tel", phone), born(draw, order)];
    draw.shuffle(&mut rest);
    names.append(&mut rest);
    if draw.chance(50) {
        let label = draw.one_of(&[
            "Anything we should know?",
            "Message",
            "Notes for the doctor",
        ]);
        let mut note = field("note", "area", label);
        note.required = false;
        names.push(note);
    }
    names
}

fn born(draw: &mut Draw, order: DateOrder) -> Field {
    let label = draw.one_of(&["Date of birth", "Birth date", "Patient's date of birth"]);
    let mut born = field("born", "date", label);
    if draw.chance(50) {
        let pattern = match order {
            DateOrder::Dmy => "DD/MM/YYYY",
            DateOrder::Mdy => "MM/DD/YYYY",
            DateOrder::Iso => "YYYY-MM-DD",
        };
        born.kind = "text";
        if draw.chance(50) {
            born.placeholder = Some(pattern);
        } else {
            born.hint = Some(pattern);
        }
    }
    born
}

fn consent(draw: &mut Draw, insurance: bool) -> Vec<Field> {
    let mut fields = Vec::new();
    if insurance {
        let label = draw.one_of(&["Insurance", "Type of insurance", "How are you insured?"]);
        let mut field = field("insurance", draw.one_of(&["select", "radios"]), label);
        field.options = INSURANCES.to_vec();
        fields.push(field);
    }
    let label = draw.one_of(&[
        "I agree that my data is used to arrange this appointment.",
        "I have read the privacy notice and consent to the processing of my data.",
        "I consent to my details being stored for this booking.",
    ]);
    let mut tick = field("consent", "tick", label);
    "We need your consent to book.".clone_into(&mut tick.missing);
    fields.push(tick);
    fields
}
