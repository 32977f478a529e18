//! The pages of the clinic's site, rendered from `fixtures/world/site`.

use std::collections::BTreeMap;

use jiff::ZonedDateTime;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde_json::json;

use super::form::{Booking, Refusal};
use super::layout::Layout;
use crate::world::Error;
use crate::world::cast::{Cast, DateOrder, after};
use crate::world::schedule::DAYS_AHEAD;

const TEMPLATES: [(&str, &str); 8] = [
    (
        "base.html",
        include_str!("../../../fixtures/world/site/base.html"),
    ),
    (
        "landing.html",
        include_str!("../../../fixtures/world/site/landing.html"),
    ),
    (
        "page.html",
        include_str!("../../../fixtures/world/site/page.html"),
    ),
    (
        "book.html",
        include_str!("../../../fixtures/world/site/book.html"),
    ),
    (
        "frame.html",
        include_str!("../../../fixtures/world/site/frame.html"),
    ),
    (
        "done.html",
        include_str!("../../../fixtures/world/site/done.html"),
    ),
    // Without an ending that would have their values escaped.
    (
        "style",
        include_str!("../../../fixtures/world/site/style.css"),
    ),
    (
        "script",
        include_str!("../../../fixtures/world/site/book.js"),
    ),
];

/// Renders the pages of one world.
#[derive(Debug)]
pub(super) struct Pages {
    env: Environment<'static>,
    css: String,
    js: String,
}

impl Pages {
    /// Reads the templates.
    ///
    /// # Errors
    /// [`Error::Fixture`] when a template is broken.
    pub(super) fn new(layout: &Layout, cast: &Cast) -> Result<Self, Error> {
        let mut env = Environment::new();
        for (name, text) in TEMPLATES {
            env.add_template(name, text)
                .map_err(|source| Error::fixture(name, source))?;
        }
        let classes = layout.clone();
        env.add_function("c", move |name: String| classes.class(&name));
        env.add_global("l", Value::from(Serde(layout)));
        env.add_global("clinic", Value::from(Serde(&cast.clinic)));
        let mut pages = Self {
            env,
            css: String::new(),
            js: String::new(),
        };
        pages.css = pages.render("style", context! {})?;
        pages.js = pages.render("script", context! {})?;
        Ok(pages)
    }

    fn render(&self, name: &str, values: Value) -> Result<String, Error> {
        let both = context! { css => &self.css, js => &self.js, ..values };
        self.env
            .get_template(name)
            .and_then(|template| template.render(both))
            .map_err(|source| Error::fixture(name, source))
    }

    pub(super) fn landing(&self) -> Result<String, Error> {
        self.render("landing.html", context! { title => "Welcome" })
    }

    pub(super) fn plain(&self, title: &str, text: &str) -> Result<String, Error> {
        self.render("page.html", context! { title, text })
    }

    /// The booking form; `kept` are the values of a form that was refused.
    pub(super) fn book(
        &self,
        layout: &Layout,
        cast: &Cast,
        refused: Option<(&Refusal, &BTreeMap<String, String>)>,
    ) -> Result<String, Error> {
        let mut cfg = config(layout, cast);
        if let Some((refusal, kept)) = refused {
            let steps = ["reason", "time", "details", "review"];
            let step = steps.iter().position(|step| *step == refusal.step);
            let label = kept
                .get("start")
                .and_then(|at| at.parse().ok())
                .map(|at| time(layout, at));
            set(&mut cfg, "error", json!(refusal.message));
            set(
                &mut cfg,
                "kept",
                json!({ "step": step, "values": kept, "label": label }),
            );
        }
        let title = layout.word("book_title");
        self.render("book.html", context! { title, cfg => Serde(&cfg) })
    }

    /// The page shown in the form's frame.
    pub(super) fn frame(&self, layout: &Layout, cast: &Cast) -> Result<String, Error> {
        let mut cfg = config(layout, cast);
        let (fields, text) = if layout.framed == "details" {
            (&layout.details, None)
        } else {
            (&layout.consent, Some(layout.word("frame_text")))
        };
        set(&mut cfg, "frame_fields", json!(fields));
        set(&mut cfg, "frame_text", json!(text));
        self.render(
            "frame.html",
            context! { title => layout.framed, cfg => Serde(&cfg) },
        )
    }

    pub(super) fn done(
        &self,
        layout: &Layout,
        cast: &Cast,
        booking: &Booking,
    ) -> Result<String, Error> {
        let told = context! {
            reference => &booking.reference, reason => &booking.reason, email => &booking.email,
            day => day(cast, &booking.start), time => time(layout, booking.start.datetime()),
        };
        self.render(
            "done.html",
            context! { title => layout.word("done"), booking => told },
        )
    }
}

/// Writes a day as the site shows it.
pub(super) fn day(cast: &Cast, at: &ZonedDateTime) -> String {
    let weekday = at.strftime("%A").to_string();
    format!("{weekday}, {}", cast.order.long(at.date()))
}

/// Writes a time of day as the site shows it.
pub(super) fn time(layout: &Layout, at: jiff::civil::DateTime) -> String {
    let pattern = if layout.twelve_hours {
        "%-I:%M %p"
    } else {
        "%H:%M"
    };
    at.strftime(pattern).to_string()
}

/// Sets a member of a JSON object.
fn set(object: &mut serde_json::Value, name: &str, value: serde_json::Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// What the form's script is told.
fn config(layout: &Layout, cast: &Cast) -> serde_json::Value {
    let framed = |name| layout.framed == name;
    let mut words = json!(layout.w);
    set(&mut words, "steps", json!(layout.steps));
    set(&mut words, "titles", json!(layout.titles));
    for (key, shown) in [("name", "Name"), ("email", "E-mail"), ("phone", "Phone")] {
        set(&mut words, key, json!(shown));
    }
    let empty = json!([]);
    let today = cast.now.date();
    json!({
        "w": words, "prefix": layout.class("id"), "salt": layout.salt,
        "visits": layout.visits, "reason": layout.reason, "date": layout.date,
        "times": layout.times, "tag": layout.tag, "progress": layout.progress,
        "heading": layout.heading, "gate": layout.gate, "star": layout.star,
        "mark_closed": layout.mark_closed, "arrow_title": layout.arrow_title,
        "day_year": layout.day_year, "closed": [0], "submit": layout.submit,
        "week_start": i32::from(cast.order != DateOrder::Mdy),
        "locale": if cast.order == DateOrder::Mdy { "en-US" } else { "en-GB" },
        "today": today, "min": after(today, 1), "max": after(today, DAYS_AHEAD),
        "fields": if framed("details") { empty.clone() } else { json!(layout.details) },
        "review_fields": if framed("consent") { empty } else { json!(layout.consent) },
        "frame_at": layout.frame_at, "frame_url": layout.frame_path,
        "frame_title": if framed("details") { "Your details" } else { "Consent" },
        "times_url": layout.times_path, "post_url": layout.book_path,
    })
}
