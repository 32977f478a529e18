//! VTIMEZONE components (RFC 5545 section 3.6.5) for the zones that the world's calendar names.

/// A zone's offsets and the rule by which summer time comes and goes.
struct Zone {
    name: &'static str,
    standard: (&'static str, &'static str),
    summer: (&'static str, &'static str),
    /// `DTSTART` time and `RRULE` of the changes to summer and to standard time.
    changes: [(&'static str, &'static str); 2],
}

const EU: [&str; 2] = ["BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU"];
const US: [(&str, &str); 2] = [
    ("19700308T020000", "BYMONTH=3;BYDAY=2SU"),
    ("19701101T020000", "BYMONTH=11;BYDAY=1SU"),
];
const CENTRAL: [(&str, &str); 2] = [("19700329T020000", EU[0]), ("19701025T030000", EU[1])];
const WESTERN: [(&str, &str); 2] = [("19700329T010000", EU[0]), ("19701025T020000", EU[1])];
const ANTIPODES: [(&str, &str); 2] = [
    ("19700927T020000", "BYMONTH=9;BYDAY=-1SU"),
    ("19700405T030000", "BYMONTH=4;BYDAY=1SU"),
];

const ZONES: [Zone; 8] = [
    zone("Europe/London", ("GMT", "+0000"), ("BST", "+0100"), WESTERN),
    zone("Europe/Dublin", ("GMT", "+0000"), ("IST", "+0100"), WESTERN),
    zone(
        "Europe/Amsterdam",
        ("CET", "+0100"),
        ("CEST", "+0200"),
        CENTRAL,
    ),
    zone(
        "Europe/Berlin",
        ("CET", "+0100"),
        ("CEST", "+0200"),
        CENTRAL,
    ),
    zone("America/New_York", ("EST", "-0500"), ("EDT", "-0400"), US),
    zone("America/Chicago", ("CST", "-0600"), ("CDT", "-0500"), US),
    zone(
        "America/Los_Angeles",
        ("PST", "-0800"),
        ("PDT", "-0700"),
        US,
    ),
    zone(
        "Pacific/Auckland",
        ("NZST", "+1200"),
        ("NZDT", "+1300"),
        ANTIPODES,
    ),
];

const fn zone(
    name: &'static str,
    standard: (&'static str, &'static str),
    summer: (&'static str, &'static str),
    changes: [(&'static str, &'static str); 2],
) -> Zone {
    Zone {
        name,
        standard,
        summer,
        changes,
    }
}

/// Returns the component of an IANA zone; nothing for a zone that isn't listed.
pub(super) fn vtimezone(name: &str) -> Vec<String> {
    if name == "Asia/Tokyo" {
        let mut lines = vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{name}")];
        lines.extend(change(
            "STANDARD",
            ("JST", "+0900"),
            "+0900",
            ("19700101T000000", ""),
        ));
        lines.push("END:VTIMEZONE".to_owned());
        return lines;
    }
    let Some(zone) = ZONES.iter().find(|zone| zone.name == name) else {
        return Vec::new();
    };
    let [to_summer, to_standard] = zone.changes;
    let mut lines = vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{name}")];
    lines.extend(change("DAYLIGHT", zone.summer, zone.standard.1, to_summer));
    lines.extend(change(
        "STANDARD",
        zone.standard,
        zone.summer.1,
        to_standard,
    ));
    lines.push("END:VTIMEZONE".to_owned());
    lines
}

fn change(
    kind: &str,
    (abbreviation, offset): (&str, &str),
    before: &str,
    (start, rule): (&str, &str),
) -> Vec<String> {
    let mut lines = vec![
        format!("BEGIN:{kind}"),
        format!("DTSTART:{start}"),
        format!("TZOFFSETFROM:{before}"),
        format!("TZOFFSETTO:{offset}"),
        format!("TZNAME:{abbreviation}"),
    ];
    if !rule.is_empty() {
        lines.push(format!("RRULE:FREQ=YEARLY;{rule}"));
    }
    lines.push(format!("END:{kind}"));
    lines
}
