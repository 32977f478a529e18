//! The agenda as a list: a heading for each day, a line for each event, clashes and now marked.
//!
//! Pure: events, the present moment and the screen's width in, text out.

use jiff::ZonedDateTime;
use jiff::civil::Date;

use super::entry::Entry;
use super::span::Span;
use crate::cli::{Paint, columns};
use crate::untrusted;

/// Most lines of events; the rest is counted.
const ENTRIES_MAX: usize = 200;
/// Columns of the time, `09:00-10:00`.
const TIME: usize = 11;
/// Columns before the title: two marks and the time, each with its blank.
const LEAD: usize = 3 + TIME + 2;
/// Most columns of a place and of a calendar's name.
const PLACE_MAX: usize = 24;
const CALENDAR_MAX: usize = 12;
/// A title narrower than this tells nothing.
const TITLE_MIN: usize = 12;

/// How wide title, place and calendar are.
struct Shape {
    columns: usize,
    title: usize,
    place: usize,
    calendar: usize,
}

impl Shape {
    fn of(entries: &[Entry], columns: usize) -> Self {
        let widest = |text: fn(&Entry) -> String, most: usize| {
            let widths = entries.iter().map(|entry| columns::width(&text(entry)));
            widths.max().unwrap_or(0).min(most)
        };
        let calendar = widest(name, CALENDAR_MAX);
        let mut place = widest(place, PLACE_MAX.min(columns / 4));
        let mut left = columns.saturating_sub(LEAD + calendar + 2);
        if place > 0 && left < TITLE_MIN + place + 2 {
            place = 0;
        }
        if place > 0 {
            left = left.saturating_sub(place + 2);
        }
        Self {
            columns,
            title: widest(Entry::title, left.max(TITLE_MIN)),
            place,
            calendar,
        }
    }
}

/// Lists `entries` by the days of `span`; empty when there is nothing.
pub(super) fn days(
    entries: &[Entry],
    span: &Span,
    now: &ZonedDateTime,
    (columns, paint): (usize, Paint),
) -> String {
    let shape = Shape::of(entries, columns);
    let calendars = calendars(entries);
    let mut text: Vec<String> = Vec::new();
    let (mut shown, mut left_out) = (0, 0);
    for day in span.dates() {
        let on: Vec<&Entry> = entries.iter().filter(|entry| entry.is_on(day)).collect();
        if shown >= ENTRIES_MAX || on.is_empty() {
            left_out += on.len();
            continue;
        }
        if !text.is_empty() {
            text.push("\n".to_owned());
        }
        text.push(heading(day, now, paint));
        for entry in on {
            let hue = calendars
                .iter()
                .position(|name| *name == entry.event.calendar);
            let line = line(entry, (day, now), &shape, paint, hue.unwrap_or(0));
            text.push(line);
            shown += 1;
        }
    }
    if left_out > 0 {
        text.push(format!(
            "\n… and {left_out} more; name fewer days to see them\n"
        ));
    }
    text.concat()
}

fn heading(day: Date, now: &ZonedDateTime, paint: Paint) -> String {
    let today = now.date();
    let word = match day {
        _ if day == today => "  today",
        _ if today.tomorrow().ok() == Some(day) => "  tomorrow",
        _ if today.yesterday().ok() == Some(day) => "  yesterday",
        _ => "",
    };
    let date = paint.bold(&day.strftime("%a %-d %b %Y").to_string());
    format!("{date}{}\n", paint.dim(word))
}

fn line(
    entry: &Entry,
    (day, now): (Date, &ZonedDateTime),
    shape: &Shape,
    paint: Paint,
    hue: usize,
) -> String {
    let clashes = !entry.clashes_with.is_empty();
    let marks = format!(
        "{}{}",
        if entry.now {
            paint.good("▸")
        } else {
            " ".to_owned()
        },
        if clashes {
            paint.warn("!")
        } else {
            " ".to_owned()
        }
    );
    let time = columns::fit(&entry.time_on(day), TIME);
    let title = columns::fit(&entry.title(), shape.title);
    let title = if entry.is_over(now) {
        paint.dim(&title)
    } else {
        title
    };
    let mut line = format!("{marks} {time}  {title}");
    if shape.place > 0 {
        line = format!(
            "{line}  {}",
            paint.dim(&columns::fit(&place(entry), shape.place))
        );
    }
    let calendar = columns::cut(&name(entry), shape.calendar);
    line = format!("{line}  {}", paint.hue(&calendar, hue));
    let line = line.trim_end();
    if !clashes {
        return format!("{line}\n");
    }
    let others: Vec<String> = entry
        .clashes_with
        .iter()
        .map(|other| format!("\"{}\"", untrusted::line(other, 60)))
        .collect();
    let said = format!("clashes with {}", others.join(", "));
    let said = columns::cut(&said, shape.columns.saturating_sub(LEAD));
    format!("{line}\n{}{}\n", " ".repeat(LEAD), paint.warn(&said))
}

fn place(entry: &Entry) -> String {
    untrusted::line(&entry.event.location, 100)
}

fn name(entry: &Entry) -> String {
    untrusted::line(&entry.event.calendar, 100)
}

/// Names the calendars by their place in the alphabet, so that each keeps its colour.
pub(super) fn calendars(entries: &[Entry]) -> Vec<String> {
    let mut names: Vec<String> = entries
        .iter()
        .map(|entry| entry.event.calendar.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::cal::entry::{self, tests::event};
    use crate::cli::cal::span;

    fn drawn(columns: usize) -> String {
        let now: ZonedDateTime = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let events = vec![
            event(
                "Standup",
                "2027-03-16T09:30:00",
                "2027-03-16T10:00:00",
                "work",
            ),
            event(
                "Planning",
                "2027-03-16T10:00:00",
                "2027-03-16T11:00:00",
                "work",
            ),
            event(
                "Dentist",
                "2027-03-16T10:30:00",
                "2027-03-16T11:30:00",
                "personal",
            ),
            event("Fair", "2027-03-17", "2027-03-19", "personal"),
            event(
                "Night train",
                "2027-03-17T22:00:00",
                "2027-03-18T06:00:00",
                "personal",
            ),
            event(
                "週次の進捗会議、全員参加",
                "2027-03-18T09:00:00",
                "2027-03-18T10:00:00",
                "work",
            ),
            event(
                "פגישה",
                "2027-03-18T11:00:00",
                "2027-03-18T12:00:00",
                "work",
            ),
        ];
        let entries = entry::entries(events, &now);
        let span = span::looking(&[], &now).unwrap();
        days(&entries, &span, &now, (columns, Paint::new(false)))
    }

    #[test]
    fn days_list_their_events_with_clashes_and_now_marked() {
        let text = drawn(80).replace(['\u{2068}', '\u{2069}'], "");
        insta::assert_snapshot!(text, @r#"
        Tue 16 Mar 2027  today
           09:30-10:00  Standup                   Room 4  work
        ▸! 10:00-11:00  Planning                  Room 4  work
                        clashes with "Dentist"
         ! 10:30-11:30  Dentist                           personal
                        clashes with "Planning"

        Wed 17 Mar 2027  tomorrow
           all day      Fair                              personal
           22:00 →      Night train                       personal

        Thu 18 Mar 2027
           all day      Fair                              personal
           → 06:00      Night train                       personal
           09:00-10:00  週次の進捗会議、全員参加  Room 4  work
           11:00-12:00  פגישה                     Room 4  work
        "#);
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for columns in [40, 60, 80, 160] {
            for line in drawn(columns).lines() {
                assert!(columns::width(line) <= columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn a_long_list_says_how_much_was_left_out() {
        let now: ZonedDateTime = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let one = event("Fair", "2027-03-01", "2028-03-01", "personal");
        let entries = entry::entries(vec![one], &now);
        let span = Span::days(now.date(), 300, &now).unwrap();
        let text = days(&entries, &span, &now, (80, Paint::new(false)));
        assert!(
            text.ends_with("… and 100 more; name fewer days to see them\n"),
            "{text}"
        );
    }
}
