//! Reads data off a page: values by the labels and headings that people see, each with the node
//! that says so. Never guesses: a name that fits several values is an error that names them.

use jiff::civil::Date;

use super::Snapshot;
use crate::action::{Datum, Extract, Field, FieldKind, Found, RawNode, Record};
use crate::untrusted;

/// Most records brought.
const RECORDS_MAX: usize = 1_000;
/// Most fields of a record.
const FIELDS_MAX: usize = 50;
/// Longest value brought, in characters.
const VALUE_CHARS_MAX: usize = 2_000;
/// How like a heading must be to be meant by a name.
const LIKE: f64 = 0.9;
/// Values named when a name fits several.
const NAMED_MAX: usize = 3;

/// Roles of what holds rows.
const TABLES: [&str; 3] = ["table", "grid", "treegrid"];
const LISTS: [&str; 4] = ["list", "feed", "listbox", "rowgroup"];
const CELLS: [&str; 4] = ["cell", "gridcell", "rowheader", "columnheader"];
const ITEMS: [&str; 4] = ["listitem", "article", "option", "row"];

/// How dates are written, the unmistakable ways only.
const DATES: [&str; 8] = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d. %B %Y",
    "%B %d %Y",
];

/// Why nothing was brought, and what would help.
type Refusal = (String, String);

/// A value where it stands: what says it, and how sure that is.
struct Spot {
    at: usize,
    text: String,
    score: f64,
}

impl Snapshot {
    /// Brings what `wanted` names.
    ///
    /// # Errors
    /// When the place or its rows are not there, or a name fits several values.
    pub fn extract(&self, wanted: &Extract) -> Result<Vec<Record>, Refusal> {
        if wanted.fields.is_empty() || wanted.fields.len() > FIELDS_MAX {
            return Err((
                format!("{} fields can't be extracted", wanted.fields.len()),
                format!("name 1 to {FIELDS_MAX} fields"),
            ));
        }
        let scope = match wanted.target {
            Some(name) => {
                let at = self.index_of(name).ok_or_else(|| {
                    let look = "look at the page again and use a ref from it".to_owned();
                    (format!("{name} is not on the page"), look)
                })?;
                self.subtree(at)
            }
            None => (0..self.nodes().len()).collect(),
        };
        if wanted.rows {
            return self.rows(&scope, &wanted.fields);
        }
        let fields = wanted.fields.iter().map(|field| self.field(&scope, field));
        Ok(vec![Record {
            fields: fields.collect::<Result<_, _>>()?,
        }])
    }

    /// One field by its label.
    fn field(&self, scope: &[usize], field: &Field) -> Result<Found, Refusal> {
        let mut spots = self.spots(scope, &field.name);
        let best = spots.iter().map(|spot| spot.score).fold(0.0, f64::max);
        spots.retain(|spot| spot.score >= best);
        let Some(first) = spots.first() else {
            return Ok(nothing(field));
        };
        let mut others = spots
            .iter()
            .filter(|spot| fold(&spot.text) != fold(&first.text));
        if let Some(other) = others.next() {
            let mut texts = vec![&first.text, &other.text];
            texts.extend(others.map(|spot| &spot.text));
            texts.truncate(NAMED_MAX);
            let texts: Vec<String> = texts.iter().map(|text| untrusted::line(text, 60)).collect();
            return Err((
                format!(
                    "'{}' fits several values: {}",
                    untrusted::line(&field.name, 60),
                    texts.join(", ")
                ),
                "name the part of the page that is meant, or ask for rows".to_owned(),
            ));
        }
        Ok(self.value_at(field, first.at, &first.text))
    }

    /// Everything that `name` labels.
    fn spots(&self, scope: &[usize], name: &str) -> Vec<Spot> {
        let mut spots: Vec<Spot> = Vec::new();
        for &at in scope {
            let Some(node) = self.node(at) else {
                continue;
            };
            let own = likeness(&node.name, name);
            if let Some(text) = field_value(node).filter(|_| own >= LIKE) {
                spots.push(Spot {
                    at,
                    text,
                    score: own,
                });
                continue;
            }
            let is_label = CELLS.contains(&node.role.as_str()) || node.role == "term";
            let said = if node.role == "text" {
                node.name.clone()
            } else {
                String::new()
            };
            if is_label {
                let score = likeness(&self.text(at), name);
                if score >= LIKE
                    && let Some(next) = self.after(at)
                {
                    let text = self.text(next);
                    spots.push(Spot {
                        at: next,
                        text,
                        score,
                    });
                }
            } else if let Some((label, rest)) = said.split_once(':') {
                let score = likeness(label, name);
                if score >= LIKE {
                    spots.extend(self.told(at, rest, score));
                }
            } else if node.role == "text" && !self.is_in_label(at) {
                // A label that is set apart from its value, as in a card or a grid of divs.
                let score = likeness(&said, name);
                if score >= LIKE && !self.is_worked(at) {
                    spots.extend(self.told(at, "", score * 0.95));
                }
            }
        }
        spots
    }

    /// The value that a label's own text goes on with, else the text that comes next.
    fn told(&self, at: usize, rest: &str, score: f64) -> Option<Spot> {
        if !rest.trim().is_empty() {
            let text = rest.trim().to_owned();
            return Some(Spot { at, text, score });
        }
        let next = (at + 1..self.nodes().len().min(at + 6)).find(|&next| {
            self.node(next)
                .is_some_and(|node| node.role == "text" && !node.name.trim().is_empty())
        })?;
        let text = self.node(next)?.name.trim().to_owned();
        Some(Spot {
            at: next,
            text,
            score,
        })
    }

    fn is_in_label(&self, at: usize) -> bool {
        let mut holders = self.ancestors(at).take(3).filter_map(|at| self.node(at));
        holders.any(|node| CELLS.contains(&node.role.as_str()) || node.role == "term")
    }

    fn is_worked(&self, at: usize) -> bool {
        let mut holders = self.ancestors(at).take(3).filter_map(|at| self.node(at));
        holders.any(|node| node.state.interactive)
    }

    /// The next sibling that says something: the cell beside, the definition of a term.
    fn after(&self, at: usize) -> Option<usize> {
        let parent = self.parent(at)?;
        let mut siblings = self.children(parent).iter().copied();
        siblings.find(|&next| {
            next > at
                && self.node(next).is_some_and(|node| {
                    CELLS.contains(&node.role.as_str()) || node.role == "definition"
                })
        })
    }

    /// Each row of the table, else each item of the list, that has most of the fields.
    fn rows(&self, scope: &[usize], fields: &[Field]) -> Result<Vec<Record>, Refusal> {
        let is = |at: &&usize, roles: &[&str]| {
            self.node(**at)
                .is_some_and(|node| roles.contains(&node.role.as_str()))
        };
        let tables = scope.iter().filter(|at| is(at, &TABLES));
        let mut best: Option<(usize, Vec<Record>)> = None;
        let mut take = |records: Vec<Record>| {
            let found = records.iter().flat_map(|record| &record.fields);
            let count = found.filter(|found| found.value.is_some()).count();
            if count > best.as_ref().map_or(0, |best| best.0) {
                best = Some((count, records));
            }
        };
        for &table in tables {
            take(self.table(table, fields));
        }
        for &list in scope.iter().filter(|at| is(at, &LISTS)) {
            take(self.items(list, fields)?);
        }
        best.map(|(_, records)| records).ok_or_else(|| {
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            (
                format!(
                    "no table or list here has {}",
                    untrusted::line(&names.join(", "), 200)
                ),
                "name the columns as the page words them".to_owned(),
            )
        })
    }

    fn table(&self, table: usize, fields: &[Field]) -> Vec<Record> {
        let cells = |row: usize| -> Vec<usize> {
            let below = self.subtree(row).into_iter();
            let role = |at: &usize| self.node(*at).map_or("", |node| node.role.as_str());
            below.filter(|at| CELLS.contains(&role(at))).collect()
        };
        let rows: Vec<Vec<usize>> = self
            .subtree(table)
            .into_iter()
            .filter(|&at| at != table && self.node(at).is_some_and(|node| node.role == "row"))
            .map(cells)
            .collect();
        let is_heading = |at: &usize| self.node(*at).is_some_and(|n| n.role == "columnheader");
        let head = rows.iter().position(|row| row.iter().any(is_heading));
        let head = head.unwrap_or(0);
        let Some(headings) = rows.get(head) else {
            return Vec::new();
        };
        let column = |field: &Field| {
            let scores = headings
                .iter()
                .map(|at| likeness(&self.text(*at), &field.name));
            let best = scores.enumerate().filter(|(_, score)| *score >= LIKE);
            best.max_by(|a, b| a.1.total_cmp(&b.1))
                .map(|(column, _)| column)
        };
        let columns: Vec<Option<usize>> = fields.iter().map(column).collect();
        let records = rows.iter().skip(head + 1).take(RECORDS_MAX).map(|row| {
            let found = fields.iter().zip(&columns).map(|(field, column)| {
                let at = column.and_then(|column| row.get(column)).copied();
                at.map_or_else(
                    || nothing(field),
                    |at| self.value_at(field, at, &self.text(at)),
                )
            });
            Record {
                fields: found.collect(),
            }
        });
        records.collect()
    }

    fn items(&self, list: usize, fields: &[Field]) -> Result<Vec<Record>, Refusal> {
        let is_item = |at: &&usize| {
            self.node(**at)
                .is_some_and(|node| ITEMS.contains(&node.role.as_str()))
        };
        let mut records = Vec::new();
        for &item in self.children(list).iter().filter(is_item).take(RECORDS_MAX) {
            let scope = self.subtree(item);
            let mut found = Vec::new();
            for field in fields {
                let one = self.field(&scope, field)?;
                found.push(if one.value.is_some() {
                    one
                } else {
                    self.heading(&scope, field)
                });
            }
            records.push(Record { fields: found });
        }
        Ok(records)
    }

    /// What an item is called, for fields that ask just that.
    fn heading(&self, scope: &[usize], field: &Field) -> Found {
        let asks_name = ["name", "title", "heading", "text"].contains(&fold(&field.name).as_str());
        let is_link = field.kind == FieldKind::Url;
        let first = scope.iter().copied().find(|&at| {
            self.node(at).is_some_and(|node| {
                (is_link && node.url.is_some())
                    || (asks_name && ["heading", "link"].contains(&node.role.as_str()))
            })
        });
        let whole = scope.first().copied().filter(|_| asks_name);
        match first.or(whole) {
            Some(at) if asks_name || is_link => {
                let name = self.node(at).map(|node| node.name.clone());
                let name = name.filter(|name| !name.is_empty());
                self.value_at(field, at, &name.unwrap_or_else(|| self.text(at)))
            }
            Some(_) | None => nothing(field),
        }
    }

    fn value_at(&self, field: &Field, at: usize, text: &str) -> Found {
        let cites = std::iter::once(at)
            .chain(self.ancestors(at))
            .find_map(|at| self.node(at)?.r#ref);
        let text = untrusted::line(text, VALUE_CHARS_MAX);
        let value = match field.kind {
            FieldKind::Text => Some(Datum::Text(text)).filter(|_| at < self.nodes().len()),
            FieldKind::Number => number(&text).map(Datum::Number),
            FieldKind::Date => date(&text).map(Datum::Text),
            FieldKind::Flag => self.flag(at, &text).map(Datum::Flag),
            FieldKind::Url => self.url_below(at).map(Datum::Text),
        };
        Found {
            name: field.name.clone(),
            value: value.filter(|value| *value != Datum::Text(String::new())),
            cites,
        }
    }

    fn url_below(&self, at: usize) -> Option<String> {
        let mut nodes = self.subtree(at).into_iter();
        nodes.find_map(|at| self.node(at)?.url.clone())
    }

    fn flag(&self, at: usize, text: &str) -> Option<bool> {
        let mut nodes = self.subtree(at).into_iter().filter_map(|at| self.node(at));
        let is_box = |node: &RawNode| ["checkbox", "switch", "radio"].contains(&node.role.as_str());
        if let Some(node) = nodes.find(|node| is_box(node)) {
            return Some(node.state.checked);
        }
        match fold(text).as_str() {
            "yes" | "true" | "on" | "✓" | "✔" | "1" => Some(true),
            "no" | "false" | "off" | "✗" | "✘" | "0" | "-" | "–" => Some(false),
            _ => None,
        }
    }
}

/// What the page does not say.
fn nothing(field: &Field) -> Found {
    Found {
        name: field.name.clone(),
        value: None,
        cites: None,
    }
}

/// What a field of a form holds.
fn field_value(node: &RawNode) -> Option<String> {
    if ["checkbox", "switch", "radio"].contains(&node.role.as_str()) {
        return Some(if node.state.checked { "on" } else { "off" }.to_owned());
    }
    let is_field = node.state.interactive && node.role != "option" && node.role != "link";
    node.value.clone().filter(|_| is_field)
}

/// Reads a number as people write it: with units, and with either mark for thousands.
fn number(text: &str) -> Option<f64> {
    let begin = text.find(|c: char| c.is_ascii_digit())?;
    let before = text.get(..begin)?.trim_end();
    let is_negative = before.ends_with(['-', '−']);
    let rest = text.get(begin..)?;
    let is_part =
        |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | ' ' | '\u{a0}' | '\u{202f}');
    let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    let digits: String = rest
        .get(..end)?
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\''))
        .collect();
    let digits = digits.trim_end_matches(['.', ',']);
    let (last_dot, last_comma) = (digits.rfind('.'), digits.rfind(','));
    let decimal = match (last_dot, last_comma) {
        (Some(dot), Some(comma)) => Some(dot.max(comma)),
        // One mark followed by three digits sets thousands apart.
        (Some(at), None) | (None, Some(at)) => {
            let mark = if last_dot.is_some() { '.' } else { ',' };
            let is_single = digits.matches(mark).count() == 1;
            (is_single && (digits.len() - at - 1 != 3 || digits.starts_with('0'))).then_some(at)
        }
        (None, None) => None,
    };
    let plain: String = digits
        .char_indices()
        .filter_map(|(at, c)| match c {
            _ if Some(at) == decimal => Some('.'),
            '.' | ',' => None,
            _ => Some(c),
        })
        .collect();
    let value: f64 = plain.parse().ok()?;
    Some(if is_negative { -value } else { value })
}

/// Reads a day and writes it as RFC 3339 does.
fn date(text: &str) -> Option<String> {
    let text = text.trim();
    let whole = text.split(['T']).next().unwrap_or(text);
    let read = |text: &str| {
        DATES
            .iter()
            .find_map(|format| Date::strptime(format, text).ok())
    };
    let bare = |text: &str| {
        // "Fri, 14 March 2026" has the weekday in front.
        let rest = text
            .split_once([',', ' '])
            .map(|(_, rest)| rest.trim().to_owned());
        rest.and_then(|rest| read(&rest))
    };
    read(whole)
        .or_else(|| read(text))
        .or_else(|| bare(text))
        .map(|date| date.to_string())
}

/// How like a label is to a name: equal but for case and marks is 1.
fn likeness(label: &str, name: &str) -> f64 {
    let (label, name) = (fold(label), fold(name));
    if label.is_empty() || name.is_empty() || label.len() > name.len() * 3 + 20 {
        return 0.0;
    }
    if label == name {
        return 1.0;
    }
    strsim::jaro_winkler(&label, &name).min(0.99)
}

fn fold(text: &str) -> String {
    let text = untrusted::line(text, usize::MAX).to_lowercase();
    text.trim_matches(|c: char| matches!(c, ':' | '*' | ' ' | '?' | '.'))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{NodeState, RawPage, Ref};

    /// Nodes as (number, parent, role, name).
    fn page(nodes: &[(u32, Option<u32>, &str, &str)]) -> Snapshot {
        let nodes = nodes.iter().map(|(number, parent, role, name)| RawNode {
            r#ref: (*role != "text").then_some(Ref(*number)),
            parent: *parent,
            role: (*role).to_owned(),
            name: (*name).to_owned(),
            ..RawNode::default()
        });
        Snapshot::new(RawPage {
            nodes: nodes.collect(),
            ..RawPage::default()
        })
    }

    fn wanted(fields: &[(&str, FieldKind)], rows: bool) -> Extract {
        let field = |(name, kind): &(&str, FieldKind)| Field {
            name: (*name).to_owned(),
            kind: *kind,
        };
        Extract {
            target: None,
            fields: fields.iter().map(field).collect(),
            rows,
        }
    }

    fn shown(records: &[Record]) -> Vec<Vec<(Option<String>, Option<u32>)>> {
        let one = |found: &Found| {
            let value = found.value.as_ref().map(|value| match value {
                Datum::Text(text) => text.clone(),
                Datum::Number(number) => number.to_string(),
                Datum::Flag(flag) => flag.to_string(),
            });
            (value, found.cites.map(|cites| cites.0))
        };
        records
            .iter()
            .map(|record| record.fields.iter().map(one).collect())
            .collect()
    }

    #[test]
    fn rows_of_a_table_come_by_their_headings_with_the_cells_that_say_so() {
        let page = page(&[
            (1, None, "table", ""),
            (2, Some(0), "row", ""),
            (3, Some(1), "columnheader", "Item"),
            (4, Some(2), "text", "Item"),
            (5, Some(1), "columnheader", "Price"),
            (6, Some(4), "text", "Price"),
            (7, Some(0), "row", ""),
            (8, Some(6), "cell", ""),
            (9, Some(7), "text", "Chair"),
            (10, Some(6), "cell", ""),
            (11, Some(9), "text", "1.249,50 €"),
        ]);
        let wanted = wanted(
            &[("price", FieldKind::Number), ("item", FieldKind::Text)],
            true,
        );
        let chair = (Some("Chair".to_owned()), Some(8));
        let price = (Some("1249.5".to_owned()), Some(10));
        assert_eq!(shown(&page.extract(&wanted).unwrap()), [[price, chair]]);
    }

    #[test]
    fn a_record_comes_by_its_labels_and_what_fits_twice_is_an_error() {
        let nodes = [
            (1, None, "main", ""),
            (2, Some(0), "paragraph", ""),
            (3, Some(1), "text", "Total: 12.50"),
            (4, Some(0), "term", ""),
            (5, Some(3), "text", "Due"),
            (6, Some(0), "definition", ""),
            (7, Some(5), "text", "14 March 2026"),
        ];
        let both = wanted(
            &[("Total", FieldKind::Number), ("due", FieldKind::Date)],
            false,
        );
        let total = (Some("12.5".to_owned()), Some(2));
        let due = (Some("2026-03-14".to_owned()), Some(6));
        assert_eq!(shown(&page(&nodes).extract(&both).unwrap()), [[total, due]]);
        let mut twice = nodes.to_vec();
        twice.push((8, Some(0), "text", "Total: 99"));
        let (reason, _) = page(&twice).extract(&both).unwrap_err();
        assert_eq!(reason, "'Total' fits several values: 12.50, 99");
        let none = wanted(&[("Weight", FieldKind::Text)], false);
        assert_eq!(
            shown(&page(&nodes).extract(&none).unwrap()),
            [[(None, None)]]
        );
        assert!(
            page(&nodes)
                .extract(&wanted(&[("Weight", FieldKind::Text)], true))
                .is_err()
        );
    }

    #[test]
    fn fields_of_a_form_say_what_they_hold() {
        let state = NodeState {
            interactive: true,
            checked: true,
            ..NodeState::default()
        };
        let node = |role: &str, name: &str, value: Option<&str>| RawNode {
            r#ref: Some(Ref(4)),
            role: role.to_owned(),
            name: name.to_owned(),
            value: value.map(str::to_owned),
            state,
            ..RawNode::default()
        };
        let page = Snapshot::new(RawPage {
            nodes: vec![
                node("textbox", "Full name", Some("Ada")),
                node("checkbox", "News", None),
            ],
            ..RawPage::default()
        });
        let wanted = wanted(
            &[("full name", FieldKind::Text), ("News", FieldKind::Flag)],
            false,
        );
        let values = [
            (Some("Ada".to_owned()), Some(4)),
            (Some("true".to_owned()), Some(4)),
        ];
        assert_eq!(shown(&page.extract(&wanted).unwrap()), [values]);
    }

    #[test]
    fn numbers_and_days_are_read_as_people_write_them() {
        for (text, want) in [
            ("1,234.50 USD", Some(1234.5)),
            ("€ 1.234", Some(1234.0)),
            ("-0.125", Some(-0.125)),
            ("12,5 kg", Some(12.5)),
            ("1 234 567", Some(1_234_567.0)),
            ("none", None),
        ] {
            assert_eq!(number(text), want, "{text}");
        }
        for (text, want) in [
            ("2026-03-14T09:30", Some("2026-03-14")),
            ("14.03.2026", Some("2026-03-14")),
            ("Sat, 14 March 2026", Some("2026-03-14")),
            ("03/04/2026", None),
        ] {
            assert_eq!(date(text).as_deref(), want, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,60}") {
            drop((number(&text), date(&text)));
        }
    }
}
