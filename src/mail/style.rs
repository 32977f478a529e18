//! What the styles of an HTML mail do to its visibility. Knows only what hides text: it never
//! lays anything out. Follows CSS 2.2 for the properties it looks at.

use std::collections::{BTreeMap, HashMap};

use scraper::node::Element;

/// Rules of `<style>` that are looked at; newsletters have some hundreds.
const RULES_MAX: usize = 2_000;
/// Colours nearer than this on every channel can't be told apart by a reader.
const NEAR: u8 = 12;
/// Text smaller than this can't be read.
const FONT_PX_MIN: f64 = 1.5;
/// Text moved further than this is off every screen.
const AWAY_PX: f64 = -500.0;

/// How the text of an element looks, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Not shown, whatever lies inside.
    pub(super) gone: bool,
    /// Not text at all, such as a script.
    pub(super) mute: bool,
    tiny: bool,
    color: Rgb,
    /// `None` when it is a picture or a gradient.
    background: Option<Rgb>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rgb(u8, u8, u8);

const BLACK: Rgb = Rgb(0, 0, 0);
const WHITE: Rgb = Rgb(255, 255, 255);

/// Declarations by simple selector: `p`, `.note`, `#foot` or `p.note`.
#[derive(Debug, Default)]
pub(super) struct Sheet(HashMap<String, Style>);

/// The declarations that are looked at, by property; so a style is small however long it is
/// written, and the last word on a property counts.
type Style = BTreeMap<&'static str, String>;

/// The properties that are looked at.
const PROPERTIES: [&str; 18] = [
    "background",
    "background-color",
    "clip",
    "color",
    "display",
    "font-size",
    "height",
    "left",
    "max-height",
    "max-width",
    "mso-hide",
    "opacity",
    "overflow",
    "position",
    "text-indent",
    "top",
    "visibility",
    "width",
];

impl Look {
    /// Black on white, as every mail starts.
    pub(super) fn plain() -> Self {
        Self {
            gone: false,
            mute: false,
            tiny: false,
            color: BLACK,
            background: Some(WHITE),
        }
    }

    /// Says whether a reader can't see text that looks like this.
    pub(super) fn hides_text(&self) -> bool {
        self.gone || self.tiny || self.background.is_some_and(|b| near(self.color, b))
    }

    /// Returns the look of `element` inside an element of this look.
    pub(super) fn inside(mut self, element: &Element, sheet: &Sheet) -> Self {
        if element.attr("hidden").is_some() {
            self.gone = true;
        }
        if let Some(color) = element.attr("bgcolor").and_then(color) {
            self.background = Some(color);
        }
        if element.attr("background").is_some() {
            self.background = None;
        }
        let named = if element.name() == "body" {
            "text"
        } else {
            "color"
        };
        if let Some(color) = element.attr(named).and_then(color) {
            self.color = color;
        }
        for style in sheet.of(element) {
            self.apply(style);
        }
        self.apply(&declarations(element.attr("style").unwrap_or_default()));
        self
    }

    fn apply(&mut self, style: &Style) {
        let get = |name: &str| style.get(name).map_or("", String::as_str);
        self.gone |= is_gone(&get);
        match pixels(get("font-size")) {
            Some(size) => self.tiny = size < FONT_PX_MIN,
            None if get("font-size") == "0" => self.tiny = true,
            None => {}
        }
        if get("color") == "transparent" {
            self.gone = true;
        } else if let Some(color) = color(get("color")) {
            self.color = color;
        }
        for name in ["background", "background-color"] {
            let value = get(name);
            if value.contains("url(") || value.contains("gradient") {
                self.background = None;
            } else if let Some(found) = color(value).or_else(|| value.split(' ').find_map(color)) {
                self.background = Some(found);
            }
        }
    }
}

fn is_gone<'a>(get: &impl Fn(&str) -> &'a str) -> bool {
    let zero = |name: &str| pixels(get(name)) == Some(0.0);
    let away = |name: &str| pixels(get(name)).is_some_and(|px| px <= AWAY_PX);
    let clipped = get("overflow") == "hidden"
        && ["height", "max-height", "width", "max-width"]
            .into_iter()
            .any(zero);
    let positioned = ["absolute", "fixed"].contains(&get("position"));
    get("display") == "none"
        || ["hidden", "collapse"].contains(&get("visibility"))
        || get("mso-hide") == "all"
        || opacity(get("opacity")).is_some_and(|o| o < 0.05)
        || clipped
        || (positioned && (away("left") || away("top")))
        || away("text-indent")
        || (positioned && get("clip").starts_with("rect(0"))
}

fn opacity(value: &str) -> Option<f64> {
    match value.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok().map(|p| p / 100.0),
        None => value.parse().ok(),
    }
}

/// Reads a length; relative units are taken at the usual 16 pixels.
fn pixels(value: &str) -> Option<f64> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let number: f64 = digits.trim().parse().ok()?;
    let unit = value.strip_prefix(digits)?;
    match unit {
        "px" | "" => Some(number),
        "pt" => Some(number * 4.0 / 3.0),
        "em" | "rem" => Some(number * 16.0),
        "%" => Some(number * 0.16),
        _ => None,
    }
}

fn declarations(style: &str) -> Style {
    let mut found = Style::new();
    for (name, value) in style.split(';').filter_map(|part| part.split_once(':')) {
        let name = name.trim().to_ascii_lowercase();
        if let Some(property) = PROPERTIES.into_iter().find(|known| *known == name) {
            let value = value.trim().to_ascii_lowercase();
            let value = value.trim_end_matches("!important").trim_end();
            found.insert(property, value.to_owned());
        }
    }
    found
}

fn near(a: Rgb, b: Rgb) -> bool {
    a.0.abs_diff(b.0) < NEAR && a.1.abs_diff(b.1) < NEAR && a.2.abs_diff(b.2) < NEAR
}

fn color(value: &str) -> Option<Rgb> {
    let value = value.trim().to_ascii_lowercase();
    match value.as_str() {
        "white" | "snow" => return Some(WHITE),
        "black" => return Some(BLACK),
        "red" => return Some(Rgb(255, 0, 0)),
        "green" => return Some(Rgb(0, 128, 0)),
        "blue" => return Some(Rgb(0, 0, 255)),
        "yellow" => return Some(Rgb(255, 255, 0)),
        "gray" | "grey" => return Some(Rgb(128, 128, 128)),
        "navy" => return Some(Rgb(0, 0, 128)),
        "whitesmoke" => return Some(Rgb(245, 245, 245)),
        _ => {}
    }
    if let Some(hex) = value.strip_prefix('#') {
        return hex_color(hex);
    }
    let inner = value
        .strip_prefix("rgb(")
        .or_else(|| value.strip_prefix("rgba("))?;
    let mut numbers = inner.trim_end_matches(')').split([',', ' ', '/']);
    let mut next = || -> Option<u8> {
        let text = numbers.by_ref().find(|n| !n.trim().is_empty())?;
        text.trim().parse().ok()
    };
    Some(Rgb(next()?, next()?, next()?))
}

fn hex_color(hex: &str) -> Option<Rgb> {
    let digits: Vec<u8> = hex
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    match digits.as_slice() {
        [r, g, b] | [r, g, b, _] => Some(Rgb(r * 17, g * 17, b * 17)),
        pairs if matches!(pairs.len(), 6 | 8) => {
            let mut bytes = pairs
                .chunks(2)
                .map(|pair| pair.iter().fold(0, |n, d| n * 16 + d));
            Some(Rgb(bytes.next()?, bytes.next()?, bytes.next()?))
        }
        _ => None,
    }
}

impl Sheet {
    /// Adds the rules of one `<style>`; those inside `@` blocks depend on the screen and are left.
    pub(super) fn add(&mut self, css: &str) {
        let mut rest = css;
        for _ in 0..RULES_MAX {
            let Some((prelude, after)) = rest.split_once('{') else {
                return;
            };
            // Comments and statements such as `@import` end before the selectors begin.
            let selectors = prelude.rsplit(['}', ';', '/']).next().unwrap_or_default();
            if selectors.trim_start().starts_with('@') {
                rest = after_block(after);
                continue;
            }
            let (body, next) = after.split_once('}').unwrap_or((after, ""));
            for selector in selectors.split(',') {
                let name = selector.trim();
                let simple = !name.contains([' ', '>', '+', '~', ':', '[', '*']);
                if simple && !name.is_empty() {
                    let entry = self.0.entry(name.to_ascii_lowercase()).or_default();
                    entry.extend(declarations(body));
                }
            }
            rest = next;
        }
    }

    fn of<'a>(&'a self, element: &'a Element) -> impl Iterator<Item = &'a Style> {
        let tag = element.name();
        let classes = element.attr("class").unwrap_or_default();
        let mut keys = vec![tag.to_owned()];
        if !self.0.is_empty() {
            for class in classes.split_whitespace().take(20) {
                let class = class.to_ascii_lowercase();
                keys.push(format!("{tag}.{class}"));
                keys.push(format!(".{class}"));
            }
            if let Some(id) = element.attr("id") {
                keys.push(format!("#{}", id.to_ascii_lowercase()));
            }
        }
        keys.into_iter().filter_map(|key| self.0.get(&key))
    }
}

/// Returns what follows the block whose opening brace was just read.
fn after_block(text: &str) -> &str {
    let mut depth = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..).unwrap_or_default();
        }
    }
    ""
}
