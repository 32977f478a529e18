//! Days named in a text, in four languages. A day that could be read two ways is none.

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use regex::{Captures, Regex};

use super::view::pattern;

/// Beginnings of the names of months; longer ones stand before those they begin with.
const MONTHS: [(&str, i8); 34] = [
    ("jan", 1),
    ("jän", 1),
    ("ene", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("mar", 3),
    ("mär", 3),
    ("maer", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("juin", 6),
    ("juil", 7),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("août", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("oct", 10),
    ("okt", 10),
    ("nov", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("gen", 1),
    ("giu", 6),
    ("lug", 7),
    ("ott", 10),
];

/// Beginnings of the names of weekdays.
const WEEKDAYS: [(&str, Weekday); 27] = [
    ("mond", Weekday::Monday),
    ("mont", Weekday::Monday),
    ("lundi", Weekday::Monday),
    ("lunes", Weekday::Monday),
    ("tues", Weekday::Tuesday),
    ("dienst", Weekday::Tuesday),
    ("mardi", Weekday::Tuesday),
    ("martes", Weekday::Tuesday),
    ("wedn", Weekday::Wednesday),
    ("mittw", Weekday::Wednesday),
    ("mercredi", Weekday::Wednesday),
    ("miércoles", Weekday::Wednesday),
    ("thurs", Weekday::Thursday),
    ("donners", Weekday::Thursday),
    ("jeudi", Weekday::Thursday),
    ("jueves", Weekday::Thursday),
    ("frid", Weekday::Friday),
    ("freit", Weekday::Friday),
    ("vendredi", Weekday::Friday),
    ("viernes", Weekday::Friday),
    ("satur", Weekday::Saturday),
    ("samst", Weekday::Saturday),
    ("samedi", Weekday::Saturday),
    ("sábado", Weekday::Saturday),
    ("sund", Weekday::Sunday),
    ("sonnt", Weekday::Sunday),
    ("dimanche", Weekday::Sunday),
];

static DAY: LazyLock<Regex> = LazyLock::new(|| {
    // Whole names and their usual short forms: `mardi` and `maybe` are no months.
    let month = r"(?:jan(?:uary|uar|vier)?|jän(?:ner)?|ene(?:ro)?|feb(?:ruary|ruar|rero)?|fév(?:rier|r)?|mar(?:ch|s|zo)?|märz?|maerz|apr(?:il)?|avr(?:il)?|abr(?:il)?|mayo?|mai|juin|jun(?:e|io?)?|juil(?:let)?|jul(?:y|io?)?|aug(?:ust)?|août|aout|ago(?:sto)?|sept?(?:ember|embre|tiembre|iembre)?|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|de[cz](?:ember)?|déc(?:embre)?|dic(?:iembre)?)\b\.?";
    pattern(&format!(
        r"(?ix)\b(?:
            (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})
          | (?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.|º)?\s+(?:of\s+|de\s+)?(?P<m1>{month})(?:,?\s+(?:de\s+|del\s+)?(?P<y1>\d{{4}}))?
          | (?P<m2>{month})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y2>\d{{4}}))?
          | (?P<d3>\d{{1,2}})\.\s?(?P<m3>\d{{1,2}})\.\s?(?P<y3>\d{{4}})?
          | (?P<a4>\d{{1,2}})/(?P<b4>\d{{1,2}})/(?P<y4>\d{{4}})
          | (?P<word>today|tomorrow|heute|morgen|aujourd['’]hui|demain|hoy|mañana)
          | (?P<week>(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch
              |lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado)
        )\b",
    ))
});

/// Finds the first day named in `text`, reckoned from `sent`. A date beats a weekday: in
/// `Monday, 5 January` the date is meant.
pub(super) fn first(text: &str, sent: Date) -> Option<Date> {
    let found: Vec<Captures<'_>> = DAY.captures_iter(text).take(20).collect();
    let exact = found.iter().find_map(|c| exact(c, sent));
    exact.or_else(|| found.iter().find_map(|c| relative(c, sent)))
}

fn exact(found: &Captures<'_>, sent: Date) -> Option<Date> {
    let text = |name: &str| found.name(name).map(|m| m.as_str());
    let number = |name: &str| text(name)?.parse::<i8>().ok();
    let year = |name: &str| text(name).and_then(|y| y.parse::<i16>().ok());
    if let Some(iso) = text("iso") {
        return iso.parse().ok();
    }
    if let (Some(day), Some(name)) = (number("d1"), text("m1")) {
        return date(year("y1"), month(name)?, day, sent);
    }
    if let (Some(name), Some(day)) = (text("m2"), number("d2")) {
        return date(year("y2"), month(name)?, day, sent);
    }
    if let (Some(day), Some(month)) = (number("d3"), number("m3")) {
        return date(year("y3"), month, day, sent);
    }
    match (number("a4")?, number("b4")?) {
        (day, month) if day > 12 => date(year("y4"), month, day, sent),
        (month, day) if day > 12 => date(year("y4"), month, day, sent),
        (same, again) if same == again => date(year("y4"), same, again, sent),
        _ => None,
    }
}

fn relative(found: &Captures<'_>, sent: Date) -> Option<Date> {
    if let Some(word) = found.name("word") {
        let word = word.as_str().to_lowercase();
        let today = ["today", "heute", "hoy"].contains(&word.as_str()) || word.starts_with("auj");
        return if today {
            Some(sent)
        } else {
            sent.checked_add(1.day()).ok()
        };
    }
    let name = found.name("week")?.as_str().to_lowercase();
    let (_, weekday) = WEEKDAYS.iter().find(|(start, _)| name.starts_with(start))?;
    sent.nth_weekday(1, *weekday).ok()
}

fn month(name: &str) -> Option<i8> {
    let name = name.to_lowercase();
    let found = MONTHS.iter().find(|(start, _)| name.starts_with(start));
    found.map(|(_, month)| *month)
}

/// A day without a year is the next such, or one that has only just passed.
fn date(year: Option<i16>, month: i8, day: i8, sent: Date) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year, month, day).ok();
    }
    let same_year = Date::new(sent.year(), month, day).ok()?;
    let long_ago = sent.checked_sub(30.days()).ok()?;
    if same_year >= long_ago {
        Some(same_year)
    } else {
        Date::new(sent.year() + 1, month, day).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_the_customs_of_four_languages() {
        let sent = Date::constant(2026, 3, 4);
        let cases = [
            ("on Friday 06 March 2026 at 10:00", "2026-03-06"),
            ("due 2026-04-01", "2026-04-01"),
            ("March 9th", "2026-03-09"),
            ("by January 5", "2027-01-05"),
            ("bis 15. April 2026", "2026-04-15"),
            ("am 15.4.2026", "2026-04-15"),
            ("avant le 3 août", "2026-08-03"),
            ("antes del 7 de diciembre de 2026", "2026-12-07"),
            ("el 1 de mayo", "2026-05-01"),
            ("13/04/2026", "2026-04-13"),
            ("by Friday", "2026-03-06"),
            ("Mittwoch", "2026-03-11"),
            ("demain", "2026-03-05"),
            ("mardi 5 mai 2026", "2026-05-05"),
            ("on Monday, September 14, 2026", "2026-09-14"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                first(text, sent).map(|d| d.to_string()).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        for text in [
            "04/05/2026",
            "99 January",
            "31.2.2026",
            "1.5 million",
            "may I",
            "2026-13-01",
        ] {
            assert_eq!(first(text, sent), None, "{text}");
        }
    }
}
