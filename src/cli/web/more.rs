//! What the actions on elements take on the command line.

use std::path::PathBuf;

use super::reference;
use crate::action::{
    Action, AnswerDialog, Button, Click, Drag, Entry, Extract, Field, FieldKind, Fill, FillForm,
    Form, Held, ReadPage, Ref, Scroll, Select, Shot, TypeText, Upload, Way,
};

/// Clicks.
#[derive(Debug, clap::Args)]
pub(super) struct ClickArgs {
    /// The element, such as e12
    #[arg(value_name = "REF", value_parser = reference)]
    target: Ref,
    /// Click twice
    #[arg(long, conflicts_with_all = ["right", "middle"])]
    double: bool,
    /// Use the right button
    #[arg(long, conflicts_with = "middle")]
    right: bool,
    /// Use the wheel
    #[arg(long)]
    middle: bool,
    /// Hold a key meanwhile: shift, control, alt or meta; may be given more than once
    #[arg(long, value_name = "KEY", value_parser = held)]
    hold: Vec<Held>,
}

impl ClickArgs {
    pub(super) fn action(&self) -> Click {
        Click {
            target: self.target,
            times: if self.double { 2 } else { 1 },
            button: match (self.right, self.middle) {
                (true, _) => Button::Right,
                (_, true) => Button::Middle,
                (false, false) => Button::Left,
            },
            keys: self.hold.clone(),
        }
    }
}

fn held(word: &str) -> Result<Held, String> {
    match word.to_ascii_lowercase().as_str() {
        "shift" => Ok(Held::Shift),
        "control" | "ctrl" => Ok(Held::Control),
        "alt" | "option" => Ok(Held::Alt),
        "meta" | "command" | "cmd" => Ok(Held::Meta),
        _ => Err("write shift, control, alt or meta".to_owned()),
    }
}

/// Fills one field or several.
#[derive(Debug, clap::Args)]
#[command(override_usage = "legwork web fill <REF> <TEXT>\n       legwork web fill <REF=TEXT>...")]
pub(super) struct FillArgs {
    /// The field such as e12, or fields with their values such as e12=Ada e13=on
    #[arg(value_name = "REF", required = true, value_parser = piece, allow_negative_numbers = true)]
    pieces: Vec<Piece>,
}

/// A word after `fill`.
#[derive(Debug, Clone)]
enum Piece {
    Entry(Entry),
    Plain(String),
}

// Each word stands alone: whether they fit together is seen by `FillArgs::checked`.
#[expect(clippy::unnecessary_wraps, reason = "clap's parsers may fail")]
fn piece(text: &str) -> Result<Piece, String> {
    let entry = text.split_once('=').and_then(|(name, value)| {
        let target = name.parse().ok()?;
        let value = value.to_owned();
        Some(Entry { target, value })
    });
    Ok(entry.map_or_else(|| Piece::Plain(text.to_owned()), Piece::Entry))
}

impl FillArgs {
    /// Says what is wrong with what was typed.
    pub(super) fn checked(&self) -> Result<(), String> {
        match self.pieces.as_slice() {
            [Piece::Plain(target), _] => target.parse::<Ref>().map(drop),
            all if all.iter().all(|piece| matches!(piece, Piece::Entry(_))) => Ok(()),
            _ => Err("write a ref and its text, or pairs such as e12=Ada e13=on".to_owned()),
        }
    }

    pub(super) fn action(&self) -> Action {
        if let [Piece::Plain(target), text] = self.pieces.as_slice()
            && let Ok(target) = target.parse()
        {
            let text = match text {
                Piece::Plain(text) => text.clone(),
                Piece::Entry(entry) => format!("{}={}", entry.target, entry.value),
            };
            return Action::Fill(Fill { target, text });
        }
        let fields = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Entry(entry) => Some(entry.clone()),
            Piece::Plain(_) => None,
        });
        Action::FillForm(FillForm {
            fields: fields.collect(),
        })
    }
}

/// Types on.
#[derive(Debug, clap::Args)]
pub(super) struct TypeArgs {
    /// The field, such as e12
    #[arg(value_name = "REF", value_parser = reference)]
    target: Ref,
    /// What is typed
    #[arg(allow_hyphen_values = true)]
    text: String,
}

impl TypeArgs {
    pub(super) fn action(&self) -> TypeText {
        TypeText {
            target: self.target,
            text: self.text.clone(),
        }
    }
}

/// Chooses options.
#[derive(Debug, clap::Args)]
pub(super) struct SelectArgs {
    /// The list, such as e12
    #[arg(value_name = "REF", value_parser = reference)]
    target: Ref,
    /// The options by label, else by value; several where the list takes several
    #[arg(required = true, allow_negative_numbers = true, value_name = "OPTION")]
    options: Vec<String>,
}

impl SelectArgs {
    pub(super) fn action(&self) -> Select {
        Select {
            target: self.target,
            options: self.options.clone(),
        }
    }
}

/// Drags.
#[derive(Debug, clap::Args)]
pub(super) struct DragArgs {
    /// What is dragged
    #[arg(value_name = "REF", value_parser = reference)]
    target: Ref,
    /// Where it is dropped
    #[arg(value_name = "ONTO", value_parser = reference)]
    to: Ref,
}

impl DragArgs {
    pub(super) fn action(&self) -> Drag {
        Drag {
            target: self.target,
            to: self.to,
        }
    }
}

/// Hands files over.
#[derive(Debug, clap::Args)]
pub(super) struct UploadArgs {
    /// The file field, or the button that opens the file dialog
    #[arg(value_name = "REF", value_parser = reference)]
    target: Ref,
    /// The files
    #[arg(required = true, value_name = "FILE", value_parser = file)]
    files: Vec<PathBuf>,
}

impl UploadArgs {
    pub(super) fn action(&self) -> Upload {
        let files = self.files.iter().map(|file| file.display().to_string());
        Upload {
            target: self.target,
            files: files.collect(),
        }
    }
}

/// A file that is there, in full: the session's server works in another folder.
fn file(text: &str) -> Result<PathBuf, String> {
    let path = std::path::absolute(text).map_err(|error| error.to_string())?;
    match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() => Ok(path),
        Ok(_) => Err("it is not a file".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("there is no such file".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Answers a dialog.
#[derive(Debug, clap::Args)]
pub(super) struct DialogArgs {
    /// Press OK or Cancel
    #[arg(value_name = "accept|dismiss")]
    verb: Verb,
    /// What a prompt is answered with
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Accept,
    Dismiss,
}

impl std::str::FromStr for Verb {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "accept" | "ok" => Ok(Self::Accept),
            "dismiss" | "cancel" => Ok(Self::Dismiss),
            _ => Err("write accept or dismiss".to_owned()),
        }
    }
}

impl DialogArgs {
    pub(super) fn action(&self) -> AnswerDialog {
        AnswerDialog {
            accept: self.verb == Verb::Accept,
            text: self.text.clone(),
        }
    }
}

/// Reads.
#[derive(Debug, clap::Args)]
pub(super) struct ReadArgs {
    /// The element; without one the whole page
    #[arg(value_name = "REF", value_parser = reference)]
    target: Option<Ref>,
    /// Keep headings, lists, tables and links as Markdown
    #[arg(short, long)]
    markdown: bool,
}

impl ReadArgs {
    pub(super) fn action(&self) -> ReadPage {
        ReadPage {
            target: self.target,
            form: if self.markdown {
                Form::Markdown
            } else {
                Form::Text
            },
        }
    }
}

/// Extracts data.
#[derive(Debug, clap::Args)]
pub(super) struct ExtractArgs {
    /// What to bring, as NAME or NAME:KIND
    #[arg(required = true, value_name = "NAME[:KIND]", value_parser = field)]
    fields: Vec<Field>,
    /// Each row of a table or list
    #[arg(long)]
    rows: bool,
    /// Only from this element
    #[arg(long, value_name = "REF", value_parser = reference)]
    r#in: Option<Ref>,
}

impl ExtractArgs {
    pub(super) fn action(&self) -> Extract {
        Extract {
            target: self.r#in,
            fields: self.fields.clone(),
            rows: self.rows,
        }
    }
}

fn field(text: &str) -> Result<Field, String> {
    let (name, kind) = text.rsplit_once(':').unwrap_or((text, "text"));
    let kind = match kind {
        "text" => FieldKind::Text,
        "number" => FieldKind::Number,
        "date" => FieldKind::Date,
        "flag" => FieldKind::Flag,
        "url" => FieldKind::Url,
        _ => return Err("after the colon write text, number, date, flag or url".to_owned()),
    };
    if name.trim().is_empty() {
        return Err("it has no name".to_owned());
    }
    Ok(Field {
        name: name.trim().to_owned(),
        kind,
    })
}

/// Takes a picture.
#[derive(Debug, clap::Args)]
pub(super) struct ScreenshotArgs {
    /// The PNG file to write; without one it goes to the run's folder
    pub(super) file: Option<PathBuf>,
    /// The whole page
    #[arg(long, conflicts_with = "of")]
    full: bool,
    /// Only this element
    #[arg(long, value_name = "REF", value_parser = reference)]
    of: Option<Ref>,
    /// Draw the refs of what can be worked
    #[arg(long)]
    refs: bool,
}

impl ScreenshotArgs {
    pub(super) fn action(&self) -> Shot {
        Shot {
            target: self.of,
            full: self.full,
            refs: self.refs,
        }
    }
}

/// Scrolls.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line; clap lets one through"
)]
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("way"))]
pub(super) struct ScrollArgs {
    /// The element; alone, it is brought into sight
    #[arg(value_name = "REF", value_parser = reference)]
    target: Option<Ref>,
    /// One screen up
    #[arg(long, group = "way")]
    up: bool,
    /// One screen down, as without a REF
    #[arg(long, group = "way")]
    down: bool,
    /// One screen to the left
    #[arg(long, group = "way")]
    left: bool,
    /// One screen to the right
    #[arg(long, group = "way")]
    right: bool,
    /// On and on, until the page says this
    #[arg(long, value_name = "TEXT")]
    until: Option<String>,
}

impl ScrollArgs {
    pub(super) fn action(&self) -> Scroll {
        let ways = [
            (self.up, Way::Up),
            (self.left, Way::Left),
            (self.right, Way::Right),
            (
                self.down || self.target.is_none() || self.until.is_some(),
                Way::Down,
            ),
        ];
        let way = ways.into_iter().find(|(is_said, _)| *is_said);
        Scroll {
            target: self.target,
            way: way.map_or(Way::Into, |(_, way)| way),
            until: self.until.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(words: &[&str]) -> FillArgs {
        FillArgs {
            pieces: words.iter().map(|word| piece(word).unwrap()).collect(),
        }
    }

    #[test]
    fn one_field_or_pairs_are_filled_and_nothing_in_between() {
        let one = fill(&["e5", "a=b"]);
        let text = "a=b".to_owned();
        let target = Ref(5);
        assert_eq!(one.action(), Action::Fill(Fill { target, text }));
        let odd = fill(&["e5", "e6=b"]);
        let text = "e6=b".to_owned();
        assert_eq!(odd.action(), Action::Fill(Fill { target, text }));
        let Action::FillForm(form) = fill(&["e5=Ada Byron", "e6="]).action() else {
            panic!("two pairs are a form");
        };
        let fields = form.fields.iter().map(|f| (f.target.0, f.value.as_str()));
        assert_eq!(fields.collect::<Vec<_>>(), [(5, "Ada Byron"), (6, "")]);
        for bad in [&["e5"][..], &["e5", "x", "y"], &["e5=1", "x"], &["x", "y"]] {
            assert!(fill(bad).checked().is_err(), "{bad:?}");
        }
    }

    #[derive(clap::Parser)]
    struct Typed {
        #[command(flatten)]
        common: crate::cli::web::Common,
        #[command(subcommand)]
        command: crate::cli::web::typed::Command,
    }

    #[test]
    fn flags_after_a_value_are_flags_and_a_value_may_still_begin_with_a_hyphen() {
        use clap::Parser as _;
        let quiet = |words: &[&str]| {
            let typed = Typed::try_parse_from(["web"].iter().chain(words)).ok()?;
            let action = typed.command.action();
            Some((typed.common.quiet, action))
        };
        let text = |text: &str| {
            let text = text.to_owned();
            let target = Ref(5);
            Some(Action::Fill(Fill { target, text }))
        };
        let fills = [
            (&["fill", "e5", "Ada", "--quiet"][..], true, "Ada"),
            (&["fill", "e5", "-5"], false, "-5"),
            (&["fill", "-q", "e5", "--", "--quiet"], true, "--quiet"),
        ];
        for (words, is_quiet, expected) in fills {
            assert_eq!(quiet(words), Some((is_quiet, text(expected))), "{words:?}");
        }
        let (is_quiet, chosen) = quiet(&["select", "e9", "Red", "Blue", "-q"]).unwrap();
        let Some(Action::Select(chosen)) = chosen else {
            panic!("options are chosen");
        };
        assert_eq!(
            (is_quiet, chosen.options.join(" ")),
            (true, "Red Blue".to_owned())
        );
    }

    #[test]
    fn a_field_to_extract_has_a_name_and_a_kind() {
        let kind = |text: &str| field(text).map(|field| (field.name, field.kind));
        assert_eq!(kind("due:date"), Ok(("due".to_owned(), FieldKind::Date)));
        assert_eq!(
            kind("due date"),
            Ok(("due date".to_owned(), FieldKind::Text))
        );
        assert!(kind("due:day").is_err() && kind(":date").is_err());
    }
}
