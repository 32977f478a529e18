//! A week drawn in the terminal: days as columns, half hours as rows, events as boxes.
//!
//! Pure: events, the present moment and the screen's width in, text out. Events that share a row
//! stand side by side; colours only repeat what the text says.

use jiff::ZonedDateTime;
use jiff::civil::{Date, Time};

use super::agenda::minutes;
use super::entry::Entry;
use super::list;
use crate::cli::{Paint, columns};
use crate::untrusted;

/// Minutes of a row.
const STEP: usize = 30;
/// Columns of the times at the left: `09:00` and a mark.
const GUTTER: usize = 6;
/// A day in fewer columns shows nothing; in more it only tears the week apart.
const DAY_MIN: usize = 6;
const DAY_MAX: usize = 24;
/// A box needs two borders and a letter.
const LANE_MIN: usize = 3;
/// Columns within a box from which on a word or a place can be read in it.
const WORD_MIN: usize = 2;
const PLACE_MIN: usize = 4;
/// Rows of a day.
const DAY_ROWS: usize = 24 * 60 / STEP;
/// Rows with events of whole days.
const ALL_DAY_MAX: usize = 3;
/// Rows without anything outside the working hours that are drawn as one, at least.
const FOLD_MIN: usize = 6;

/// What is drawn.
pub(super) struct Scene<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) days: Vec<Date>,
    /// The working hours; shown even when nothing happens in them.
    pub(super) hours: (Time, Time),
    pub(super) now: &'a ZonedDateTime,
}

/// An event on one day, in rows since midnight.
struct Block<'a> {
    entry: &'a Entry,
    day: Date,
    from: usize,
    to: usize,
    hue: usize,
}

/// Blocks that share rows with each other, each in a lane of its own.
struct Group<'a> {
    from: usize,
    to: usize,
    lanes: Vec<Vec<Block<'a>>>,
}

/// Draws the week, none when `columns` are too few.
pub(super) fn draw(scene: &Scene<'_>, columns: usize, paint: Paint) -> Option<String> {
    let count = scene.days.len();
    let width = columns.checked_sub(GUTTER + count)?.checked_div(count)?;
    if width < DAY_MIN {
        return None;
    }
    let width = width.min(DAY_MAX);
    let calendars = list::calendars(scene.entries);
    let mut hidden = 0;
    let days: Vec<Vec<Group<'_>>> = scene
        .days
        .iter()
        .map(|day| {
            groups(
                blocks(scene, *day, &calendars),
                width / LANE_MIN,
                &mut hidden,
            )
        })
        .collect();
    let pen = Pen {
        scene,
        paint,
        width,
    };
    let (first, last) = rows(&days, scene.hours);
    let mut lines = vec![pen.heading()];
    lines.extend(pen.all_day(&calendars));
    lines.push(pen.rule());
    let bar = paint.dim("│");
    let mut row = first;
    while row < last {
        let empty = (row..last).take_while(|row| pen.is_idle(&days, *row));
        let empty = empty.count();
        if empty >= FOLD_MIN {
            let cells = vec![" ".repeat(width); days.len()].join(&bar);
            lines.push(format!("{}{bar}{cells}", columns::fit("  ⋮", GUTTER)));
            row += empty;
            continue;
        }
        let cells = days.iter().zip(&scene.days);
        let cells: Vec<String> = cells
            .map(|(groups, day)| pen.cell(groups, *day, row))
            .collect();
        lines.push(format!("{}{bar}{}", pen.time(row), cells.join(&bar)));
        row += 1;
    }
    lines.push(legend(&calendars, scene.entries, hidden, paint));
    let text: Vec<String> = lines
        .iter()
        .map(|line| line.trim_end())
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    Some(text.concat())
}

/// First and last row drawn: the working hours and all that happens.
fn rows(days: &[Vec<Group<'_>>], hours: (Time, Time)) -> (usize, usize) {
    let groups = || days.iter().flatten();
    let first = groups().map(|group| group.from).min();
    let last = groups().map(|group| group.to).max();
    let (from, to) = (minutes(hours.0) / STEP, minutes(hours.1).div_ceil(STEP));
    (first.unwrap_or(from).min(from), last.unwrap_or(to).max(to))
}

fn blocks<'a>(scene: &Scene<'a>, day: Date, calendars: &[String]) -> Vec<Block<'a>> {
    let on = scene
        .entries
        .iter()
        .filter(|entry| !entry.all_day && entry.is_on(day));
    let mut blocks: Vec<Block<'a>> = on
        .map(|entry| {
            let begins = entry.from.date() == day;
            let ends = entry.to.date() == day;
            let from = if begins {
                minutes(entry.from.time()) / STEP
            } else {
                0
            };
            let to = if ends {
                minutes(entry.to.time()).div_ceil(STEP)
            } else {
                DAY_ROWS
            };
            let hue = calendars
                .iter()
                .position(|name| *name == entry.event.calendar);
            Block {
                entry,
                day,
                from,
                // Events without length, and those that end in the hour a clock change repeats.
                to: to.max(from + 1),
                hue: hue.unwrap_or(0),
            }
        })
        .collect();
    blocks.sort_by_key(|block| (block.from, std::cmp::Reverse(block.to)));
    blocks
}

/// Puts blocks that share rows side by side; those for which there is no room are counted.
fn groups<'a>(blocks: Vec<Block<'a>>, lanes_max: usize, hidden: &mut usize) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for block in blocks {
        if groups.last().is_none_or(|group| group.to <= block.from) {
            groups.push(Group {
                from: block.from,
                to: block.to,
                lanes: Vec::new(),
            });
        }
        let Some(group) = groups.last_mut() else {
            continue;
        };
        let to = block.to;
        let free = |lane: &&mut Vec<Block<'a>>| lane.last().is_none_or(|b| b.to <= block.from);
        if let Some(lane) = group.lanes.iter_mut().find(free) {
            lane.push(block);
        } else if group.lanes.len() < lanes_max {
            group.lanes.push(vec![block]);
        } else {
            *hidden += 1;
            continue;
        }
        group.to = group.to.max(to);
    }
    groups
}

fn legend(calendars: &[String], entries: &[Entry], hidden: usize, paint: Paint) -> String {
    let mut words: Vec<String> = Vec::new();
    if calendars.len() > 1 {
        let named = calendars.iter().enumerate();
        words.extend(named.map(|(hue, name)| paint.hue(&untrusted::line(name, 30), hue)));
    }
    if entries.iter().any(|entry| !entry.clashes_with.is_empty()) {
        words.push(paint.warn("! clashes"));
    }
    if hidden > 0 {
        words.push(format!("{hidden} more not drawn for want of room"));
    }
    if words.is_empty() {
        return String::new();
    }
    format!("{}{}", " ".repeat(GUTTER + 1), words.join("  "))
}

/// Draws the parts in one width.
struct Pen<'a> {
    scene: &'a Scene<'a>,
    paint: Paint,
    width: usize,
}

impl Pen<'_> {
    fn heading(&self) -> String {
        let today = self.scene.now.date();
        let days = self.scene.days.iter().map(|day| {
            let name = columns::fit(&day.strftime("%a %-d").to_string(), self.width);
            if *day == today {
                let mut marked = day.strftime("▸%a %-d").to_string();
                // Of a name that is too long two letters do.
                if columns::width(&marked) > self.width {
                    marked.remove("▸Mo".len());
                }
                return self.paint.bold(&columns::fit(&marked, self.width));
            }
            name
        });
        let days: Vec<String> = days.collect();
        let first = self.scene.days.first();
        let month = first.map_or_else(String::new, |day| day.strftime("%b").to_string());
        format!("{} {}", columns::fit(&month, GUTTER), days.join(" "))
    }

    /// Rows above the grid with the events of whole days, each as long as it takes.
    fn all_day(&self, calendars: &[String]) -> Vec<String> {
        let days = &self.scene.days;
        let on = |entry: &&Entry| entry.all_day && days.iter().any(|day| entry.is_on(*day));
        let mut entries: Vec<&Entry> = self.scene.entries.iter().filter(on).collect();
        entries.sort_by_key(|entry| (entry.from.date(), std::cmp::Reverse(entry.to.date())));
        let mut lanes: Vec<Vec<&Entry>> = Vec::new();
        for entry in entries {
            let meets = |other: &&Entry| {
                let mut days = days.iter();
                days.any(|day| entry.is_on(*day) && other.is_on(*day))
            };
            match lanes.iter_mut().find(|lane| !lane.iter().any(meets)) {
                Some(lane) => lane.push(entry),
                None => lanes.push(vec![entry]),
            }
        }
        if lanes.len() <= ALL_DAY_MAX {
            return lanes
                .iter()
                .map(|lane| self.bars(lane, calendars))
                .collect();
        }
        let (shown, more) = lanes.split_at(ALL_DAY_MAX - 1);
        let mut rows: Vec<String> = shown
            .iter()
            .map(|lane| self.bars(lane, calendars))
            .collect();
        let more = days.iter().map(|day| {
            let count = more
                .iter()
                .flatten()
                .filter(|entry| entry.is_on(*day))
                .count();
            let text = if count > 0 {
                format!("+{count} more")
            } else {
                String::new()
            };
            columns::fit(&text, self.width)
        });
        let more: Vec<String> = more.collect();
        rows.push(format!("{} {}", " ".repeat(GUTTER), more.join(" ")));
        rows
    }

    /// One row of events that take whole days.
    fn bars(&self, lane: &[&Entry], calendars: &[String]) -> String {
        let mut line = " ".repeat(GUTTER);
        let mut before: Option<&Entry> = None;
        for day in &self.scene.days {
            let entry = lane.iter().find(|entry| entry.is_on(*day)).copied();
            let goes_on = |entry: &Entry| before.is_some_and(|before| std::ptr::eq(before, entry));
            let Some(entry) = entry else {
                line.push_str(&" ".repeat(self.width + 1));
                before = None;
                continue;
            };
            let lasts = entry.to.date() > day.tomorrow().unwrap_or(*day);
            let filler = if lasts || goes_on(entry) { '─' } else { ' ' };
            let text = if goes_on(entry) {
                "─".repeat(self.width + 1)
            } else {
                let title = entry.title();
                let space = if filler == '─' && columns::width(&title) < self.width {
                    " "
                } else {
                    ""
                };
                format!(
                    " {}",
                    columns::filled(&format!("{title}{space}"), self.width, filler)
                )
            };
            let hue = calendars
                .iter()
                .position(|name| *name == entry.event.calendar);
            line.push_str(&self.paint.hue(&text, hue.unwrap_or(0)));
            before = Some(entry);
        }
        line
    }

    fn rule(&self) -> String {
        let days = vec!["─".repeat(self.width); self.scene.days.len()];
        let line = format!("{}┼{}", "─".repeat(GUTTER), days.join("┼"));
        self.paint.dim(&line)
    }

    /// Says whether nobody works or does anything in a row of any day.
    fn is_idle(&self, days: &[Vec<Group<'_>>], row: usize) -> bool {
        let (from, to) = self.scene.hours;
        let worked = minutes(from) / STEP..minutes(to).div_ceil(STEP);
        let mut groups = days.iter().flatten();
        !worked.contains(&row)
            && !self.is_now(row)
            && !groups.any(|group| (group.from..group.to).contains(&row))
    }

    fn is_now(&self, row: usize) -> bool {
        let today = self.scene.days.contains(&self.scene.now.date());
        today && minutes(self.scene.now.time()) / STEP == row
    }

    fn time(&self, row: usize) -> String {
        let time = if (row * STEP).is_multiple_of(60) {
            format!("{:02}:00", row * STEP / 60)
        } else {
            " ".repeat(GUTTER - 1)
        };
        if self.is_now(row) {
            return format!("{time}{}", self.paint.good("▸"));
        }
        format!("{time} ")
    }

    fn cell(&self, groups: &[Group<'_>], day: Date, row: usize) -> String {
        let group = groups
            .iter()
            .find(|group| (group.from..group.to).contains(&row));
        let Some(group) = group else {
            if self.is_now(row) && day == self.scene.now.date() {
                return self.paint.good(&"┄".repeat(self.width));
            }
            return " ".repeat(self.width);
        };
        let count = group.lanes.len().max(1);
        let (each, rest) = (self.width / count, self.width % count);
        let lanes = group.lanes.iter().enumerate().map(|(index, lane)| {
            let width = each + usize::from(index < rest);
            let block = lane
                .iter()
                .find(|block| (block.from..block.to).contains(&row));
            match block {
                Some(block) => self.paint.hue(&block.row(row, width), block.hue),
                None => " ".repeat(width),
            }
        });
        lanes.collect()
    }
}

impl Block<'_> {
    /// One row of the box: the title begins in its upper border.
    fn row(&self, row: usize, width: usize) -> String {
        let inner = width.saturating_sub(2);
        let (height, index) = (self.to - self.from, row - self.from);
        let side = |left: char, text: &str, filler: char, right: char| {
            format!("{left}{}{right}", columns::filled(text, inner, filler))
        };
        if height == 1 {
            return side('╞', &self.title(), '═', '╡');
        }
        // A long title goes on into the lower border; the place stays within.
        let mut lines = if inner < WORD_MIN && !self.entry.clashes_with.is_empty() {
            vec!["!".to_owned()]
        } else {
            columns::wrapped(&self.title(), inner, height)
        };
        if inner >= PLACE_MIN {
            let left = (height - 1).saturating_sub(lines.len());
            let place = untrusted::line(&self.entry.event.location, 100);
            lines.extend(columns::wrapped(&place, inner, left));
        }
        let text = lines.get(index).map_or("", String::as_str);
        // What goes on from the day before, or into the next, stays open there.
        let is_open_above = self.entry.from.date() < self.day;
        let is_open_below = self.entry.to.date() > self.day && self.to == DAY_ROWS;
        if index == 0 && !is_open_above {
            side('┌', text, '─', '┐')
        } else if index + 1 == height && !is_open_below {
            side('└', text, '─', '┘')
        } else {
            side('│', text, ' ', '│')
        }
    }

    /// The title with a mark for a clash, and the minutes where the row does not tell them.
    fn title(&self) -> String {
        let mark = if self.entry.clashes_with.is_empty() {
            ""
        } else {
            "!"
        };
        let start = minutes(self.entry.from.time());
        if self.entry.from.date() == self.day && !start.is_multiple_of(STEP) {
            return format!("{mark}:{:02} {}", start % 60, self.entry.title());
        }
        format!("{mark}{}", self.entry.title())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cli::cal::entry::{self, tests::event};

    const HOURS: (Time, Time) = (Time::constant(9, 0, 0, 0), Time::constant(13, 0, 0, 0));

    fn entries() -> (Vec<Entry>, ZonedDateTime) {
        let now: ZonedDateTime = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let events = vec![
            event("Fair", "2027-03-17", "2027-03-19", "personal"),
            event(
                "Standup",
                "2027-03-15T09:30:00",
                "2027-03-15T10:00:00",
                "work",
            ),
            event(
                "Planning the year",
                "2027-03-15T10:00:00",
                "2027-03-15T11:30:00",
                "work",
            ),
            event(
                "Dentist",
                "2027-03-17T10:45:00",
                "2027-03-17T12:00:00",
                "personal",
            ),
            event(
                "Review",
                "2027-03-17T11:00:00",
                "2027-03-17T13:00:00",
                "work",
            ),
            event("会議", "2027-03-18T09:00:00", "2027-03-18T10:00:00", "work"),
            event(
                "Late call",
                "2027-03-19T13:00:00",
                "2027-03-19T14:00:00",
                "work",
            ),
        ];
        (entry::entries(events, &now), now)
    }

    fn drawn(columns: usize, paint: Paint) -> Option<String> {
        let (entries, now) = entries();
        let monday: Date = "2027-03-15".parse().unwrap();
        let days = monday.series(jiff::Span::new().days(1)).take(5).collect();
        let scene = Scene {
            entries: &entries,
            days,
            hours: HOURS,
            now: &now,
        };
        draw(&scene, columns, paint)
    }

    #[test]
    fn a_week_is_a_grid_of_boxes() {
        insta::assert_snapshot!(drawn(80, Paint::new(false)).unwrap(), @r"
        Mar    Mon 15        ▸Tue 16       Wed 17        Thu 18        Fri 19
                                           Fair ──────────────────────
        ──────┼─────────────┼─────────────┼─────────────┼─────────────┼─────────────
        09:00 │             │             │             │┌会議───────┐│
              │╞Standup════╡│             │             │└───────────┘│
        10:00▸│┌Planning───┐│┄┄┄┄┄┄┄┄┄┄┄┄┄│             │             │
              ││the year   ││             │┌!:45─┐      │             │
        11:00 │└───────────┘│             ││Dent…│┌!Re…┐│             │
              │             │             │└─────┘│Room││             │
        12:00 │             │             │       │4   ││             │
              │             │             │       └────┘│             │
        13:00 │             │             │             │             │┌Late call──┐
              │             │             │             │             │└───────────┘
               personal  work  ! clashes
        ");
    }

    /// Draws a full week from a Monday on.
    fn week(monday: &str, events: Vec<crate::action::Event>, columns: usize) -> String {
        let now: ZonedDateTime = format!("{monday}T10:07:00[Europe/Berlin]").parse().unwrap();
        let entries = entry::entries(events, &now);
        let first = now.date();
        let days = first.series(jiff::Span::new().days(1)).take(7).collect();
        let scene = Scene {
            entries: &entries,
            days,
            hours: HOURS,
            now: &now,
        };
        draw(&scene, columns, Paint::new(false)).unwrap()
    }

    #[test]
    fn clashes_whole_days_and_a_night_are_drawn() {
        let events = vec![
            event("Fair", "2027-03-16", "2027-03-19", "personal"),
            event("Birthday", "2027-03-17", "2027-03-18", "personal"),
            event(
                "Review",
                "2027-03-15T10:00:00",
                "2027-03-15T12:00:00",
                "work",
            ),
            event(
                "Dentist",
                "2027-03-15T11:00:00",
                "2027-03-15T12:30:00",
                "personal",
            ),
            event(
                "Night train",
                "2027-03-18T22:30:00",
                "2027-03-19T06:30:00",
                "personal",
            ),
        ];
        insta::assert_snapshot!(week("2027-03-15", events, 100), @r"
        Mar    ▸Mon 15      Tue 16       Wed 17       Thu 18       Fri 19       Sat 20       Sun 21
                            Fair ─────────────────────────────────
                                         Birthday
        ──────┼────────────┼────────────┼────────────┼────────────┼────────────┼────────────┼────────────
        00:00 │            │            │            │            ││Night     ││            │
              │            │            │            │            ││train     ││            │
        01:00 │            │            │            │            ││          ││            │
              │            │            │            │            ││          ││            │
        02:00 │            │            │            │            ││          ││            │
              │            │            │            │            ││          ││            │
        03:00 │            │            │            │            ││          ││            │
              │            │            │            │            ││          ││            │
        04:00 │            │            │            │            ││          ││            │
              │            │            │            │            ││          ││            │
        05:00 │            │            │            │            ││          ││            │
              │            │            │            │            ││          ││            │
        06:00 │            │            │            │            │└──────────┘│            │
              │            │            │            │            │            │            │
        07:00 │            │            │            │            │            │            │
              │            │            │            │            │            │            │
        08:00 │            │            │            │            │            │            │
              │            │            │            │            │            │            │
        09:00 │            │            │            │            │            │            │
              │            │            │            │            │            │            │
        10:00▸│┌!Re…┐      │            │            │            │            │            │
              ││Room│      │            │            │            │            │            │
        11:00 ││4   │┌!De…┐│            │            │            │            │            │
              │└────┘│    ││            │            │            │            │            │
        12:00 │      └────┘│            │            │            │            │            │
              │            │            │            │            │            │            │
          ⋮   │            │            │            │            │            │            │
              │            │            │            │┌Night─────┐│            │            │
        23:00 │            │            │            ││train     ││            │            │
              │            │            │            ││          ││            │            │
               personal  work  ! clashes
        ");
    }

    #[test]
    fn a_week_with_a_clock_change_keeps_the_clock() {
        let events = vec![
            event(
                "Night",
                "2027-03-28T01:00:00",
                "2027-03-28T04:00:00",
                "work",
            ),
            event(
                "Brunch",
                "2027-03-28T10:00:00",
                "2027-03-28T12:00:00",
                "work",
            ),
            event("Call", "2027-03-27T10:00:00", "2027-03-27T11:00:00", "work"),
        ];
        insta::assert_snapshot!(week("2027-03-22", events, 80), @r"
        Mar    ▸Mon 22   Tue 23    Wed 24    Thu 25    Fri 26    Sat 27    Sun 28
        ──────┼─────────┼─────────┼─────────┼─────────┼─────────┼─────────┼─────────
        01:00 │         │         │         │         │         │         │┌Night──┐
              │         │         │         │         │         │         ││Room 4 │
        02:00 │         │         │         │         │         │         ││       │
              │         │         │         │         │         │         ││       │
        03:00 │         │         │         │         │         │         ││       │
              │         │         │         │         │         │         │└───────┘
          ⋮   │         │         │         │         │         │         │
        09:00 │         │         │         │         │         │         │
              │         │         │         │         │         │         │
        10:00▸│┄┄┄┄┄┄┄┄┄│         │         │         │         │┌Call───┐│┌Brunch─┐
              │         │         │         │         │         │└───────┘││Room 4 │
        11:00 │         │         │         │         │         │         ││       │
              │         │         │         │         │         │         │└───────┘
        12:00 │         │         │         │         │         │         │
              │         │         │         │         │         │         │
        ");
    }

    #[test]
    fn a_narrow_terminal_shows_a_week_in_60_columns() {
        let events = vec![
            event("Fair", "2027-03-17", "2027-03-19", "personal"),
            event(
                "Standup",
                "2027-03-15T09:30:00",
                "2027-03-15T10:00:00",
                "work",
            ),
            event(
                "Planning the year",
                "2027-03-16T10:00:00",
                "2027-03-16T11:30:00",
                "work",
            ),
            event(
                "Review",
                "2027-03-17T11:00:00",
                "2027-03-17T13:00:00",
                "work",
            ),
            event(
                "Dentist",
                "2027-03-17T11:45:00",
                "2027-03-17T12:30:00",
                "personal",
            ),
        ];
        insta::assert_snapshot!(week("2027-03-15", events, 60), @r"
        Mar    ▸Mo 15 Tue 16 Wed 17 Thu 18 Fri 19 Sat 20 Sun 21
                             Fair ────────
        ──────┼──────┼──────┼──────┼──────┼──────┼──────┼──────
        09:00 │      │      │      │      │      │      │
              │╞Sta…╡│      │      │      │      │      │
        10:00▸│┄┄┄┄┄┄│┌Pla…┐│      │      │      │      │
              │      ││the ││      │      │      │      │
        11:00 │      │└year┘│┌!┐   │      │      │      │
              │      │      ││ │┌!┐│      │      │      │
        12:00 │      │      ││ │└─┘│      │      │      │
              │      │      │└─┘   │      │      │      │
               personal  work  ! clashes
        ");
    }

    #[test]
    fn every_row_fits_the_screen_down_to_where_it_is_not_drawn() {
        for columns in [45, 60, 80, 120, 160] {
            for line in drawn(columns, Paint::new(false)).unwrap().lines() {
                assert!(columns::width(line) <= columns, "{columns}: {line}");
            }
        }
        assert_eq!(drawn(40, Paint::new(false)), None);
    }

    #[test]
    fn colours_change_nothing_but_the_colour() {
        let painted = drawn(80, Paint::new(true)).unwrap();
        let plain = dialoguer::console::strip_ansi_codes(&painted);
        let lines = |text: &str| -> Vec<String> {
            text.lines()
                .map(|line| line.trim_end().to_owned())
                .collect()
        };
        assert_eq!(lines(&plain), lines(&drawn(80, Paint::new(false)).unwrap()));
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let now: ZonedDateTime = "2027-03-16T10:07:00[Europe/Berlin]".parse().unwrap();
        let one = |number: usize| {
            event(
                &format!("E{number}"),
                "2027-03-16T09:00:00",
                "2027-03-16T10:00:00",
                "work",
            )
        };
        let entries = entry::entries((0..9).map(one).collect(), &now);
        let scene = Scene {
            entries: &entries,
            days: vec![now.date()],
            hours: HOURS,
            now: &now,
        };
        let text = draw(&scene, 19, Paint::new(false)).unwrap();
        assert!(text.contains("5 more not drawn for want of room"), "{text}");
    }

    proptest! {
        #[test]
        fn whatever_happens_the_week_fits_the_screen(
            events in proptest::collection::vec(("\\PC{0,40}", 0_i64..7 * 1440, 0_i64..3000), 0..12),
            columns in 45_usize..160,
        ) {
            let now: ZonedDateTime = "2027-03-26T10:07:00[Europe/Berlin]".parse().unwrap();
            let monday: Date = "2027-03-22".parse().unwrap();
            let first = monday.to_zoned_datetime(now.time_zone().clone()).unwrap();
            let events = events.into_iter().map(|(title, start, length)| {
                let start = first.checked_add(jiff::Span::new().minutes(start)).unwrap();
                let end = start.checked_add(jiff::Span::new().minutes(length)).unwrap();
                let mut event = event(&title, "2027-03-22", "2027-03-23", "work");
                event.start = crate::action::Moment::Time(start);
                event.end = crate::action::Moment::Time(end);
                event
            });
            let entries = entry::entries(events.collect(), &now);
            let days = monday.series(jiff::Span::new().days(1)).take(7).collect();
            let scene = Scene { entries: &entries, days, hours: HOURS, now: &now };
            for line in draw(&scene, columns, Paint::new(false)).unwrap_or_default().lines() {
                prop_assert!(columns::width(line) <= columns, "{}", line);
            }
        }
    }
}
