//! A skill's folder: `SKILL.md` with `AgentSkills` front matter, and `steps.legwork`.
//!
//! Takes text, not files, but for [`load_dir`], which only reads. Front matter is read by a flat
//! parser of strings; an error names the file, the line and what would be right.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::language::{self, Line, Sentence, Unknown};
use super::wording::words;

/// Longest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Longest name (`AgentSkills` specification).
const NAME_CHARS_MAX: usize = 64;
/// Longest description (`AgentSkills` specification).
const DESCRIPTION_CHARS_MAX: usize = 1024;
/// Most skills in one folder.
const SKILLS_MAX: usize = 1_000;

/// A chore that is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Skill {
    /// Its name, as its folder's.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// Patterns of goals it answers to.
    pub asks: Vec<String>,
    /// What it needs to know.
    pub inputs: Vec<Input>,
    /// Hosts it may work on; empty leaves that to the goal.
    pub only_on: Vec<String>,
    /// Its sentences.
    pub lines: Vec<Line>,
}

/// Something a skill needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// What it must be.
    pub kind: InputKind,
    /// What it is when the goal does not say.
    pub default: Option<String>,
}

/// Kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// Any words.
    Text,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// An address of the web.
    Url,
    /// A mail address.
    Email,
    /// A length of time, in minutes.
    Duration,
    /// A span of time in English.
    Window,
}

const KINDS: [(&str, InputKind); 8] = [
    ("text", InputKind::Text),
    ("number", InputKind::Number),
    ("date", InputKind::Date),
    ("time", InputKind::Time),
    ("url", InputKind::Url),
    ("email", InputKind::Email),
    ("duration", InputKind::Duration),
    ("window", InputKind::Window),
];

/// Why a skill can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SkillError {
    /// A file can't be read.
    #[error("can't read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The front matter is not as `AgentSkills` wants it.
    #[error("{}: line {line}: {problem}", file.display())]
    FrontMatter {
        /// The file.
        file: PathBuf,
        /// Counts from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A line before the sentences is not understood.
    #[error("{}: line {line}: {problem}", file.display())]
    Header {
        /// The file.
        file: PathBuf,
        /// Counts from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A sentence is not understood.
    #[error("{}: line {line}: {unknown}", file.display())]
    Sentence {
        /// The file.
        file: PathBuf,
        /// Counts from 1.
        line: usize,
        /// The sentence and the nearest form.
        #[source]
        unknown: Unknown,
    },
    /// A sentence uses a name that nothing gives.
    #[error("{}: line {line}: nothing is named '{{{name}}}' here", file.display())]
    UnknownName {
        /// The file.
        file: PathBuf,
        /// Counts from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// There is nothing to do.
    #[error("{}: there are no sentences in it", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
}

impl SkillError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Sentence { unknown, .. } => unknown.hint(),
            Self::UnknownName { name, .. } => {
                Some(format!("declare it at the top: input {name}: text"))
            }
            Self::FrontMatter { .. } => Some(
                "front matter has 'name:' and 'description:' between two lines of '---'".to_owned(),
            ),
            Self::Header { .. } => {
                Some("such a line reads: input NAME: TYPE, asks: WORDS, or only on HOST".to_owned())
            }
            Self::Empty { .. } => Some("write one sentence a line".to_owned()),
            Self::Unreadable { .. } => Some("check the file's owner and mode".to_owned()),
        }
    }
}

/// Reads a skill from the text of its two files; `folder` names them in errors and is its name.
///
/// # Errors
/// The first thing that is wrong, with its file and line.
pub fn parse(folder: &Path, skill_md: &str, steps: &str) -> Result<Skill, SkillError> {
    let file = folder.join("SKILL.md");
    let front = front_matter(&file, skill_md)?;
    let wrong = |line, problem: String| SkillError::FrontMatter {
        file: file.clone(),
        line,
        problem,
    };
    let get = |key: &str| {
        front
            .iter()
            .find(|(k, _, _)| k == key)
            .map(|(_, v, line)| (v.clone(), *line))
    };
    let (name, line) = get("name").ok_or_else(|| wrong(1, "there is no name".to_owned()))?;
    if !is_name(&name) {
        return Err(wrong(
            line,
            format!("'{name}' is no name: use a-z, 0-9 and single hyphens"),
        ));
    }
    let own = folder
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    if own != name {
        return Err(wrong(
            line,
            format!("the name '{name}' is not the folder's name '{own}'"),
        ));
    }
    let (description, line) =
        get("description").ok_or_else(|| wrong(1, "there is no description".to_owned()))?;
    if description.is_empty() || description.chars().count() > DESCRIPTION_CHARS_MAX {
        return Err(wrong(
            line,
            "the description must have 1 to 1024 characters".to_owned(),
        ));
    }
    let mut skill = Skill {
        name,
        description,
        asks: Vec::new(),
        inputs: Vec::new(),
        only_on: Vec::new(),
        lines: Vec::new(),
    };
    if let Some((asks, _)) = get("legwork.asks") {
        skill
            .asks
            .extend(asks.split('|').map(|a| a.trim().to_owned()));
    }
    read_steps(&folder.join("steps.legwork"), steps, &mut skill)?;
    Ok(skill)
}

fn is_name(name: &str) -> bool {
    let parts = name.split('-').all(|part| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    parts && name.len() <= NAME_CHARS_MAX
}

/// Reads `key: value` lines between two `---`; keys of a map below a key are taken as they are.
fn front_matter(file: &Path, text: &str) -> Result<Vec<(String, String, usize)>, SkillError> {
    let wrong = |line, problem: &str| SkillError::FrontMatter {
        file: file.to_owned(),
        line,
        problem: problem.to_owned(),
    };
    let text = text.trim_start_matches('\u{FEFF}');
    let mut lines = text.lines().enumerate();
    if lines
        .next()
        .is_none_or(|(_, first)| first.trim_end() != "---")
    {
        return Err(wrong(1, "the file does not begin with '---'"));
    }
    let mut found: Vec<(String, String, usize)> = Vec::new();
    for (at, line) in lines {
        let number = at + 1;
        let bare = line.trim();
        if line.trim_end() == "---" {
            return Ok(found);
        }
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let Some((key, value)) = bare.split_once(':') else {
            return Err(wrong(number, "this is not 'key: value'"));
        };
        let value = value.trim();
        if matches!(value, "|" | ">" | "|-" | ">-") || value.starts_with(['[', '{', '&', '*']) {
            return Err(wrong(
                number,
                "write the value as one plain or quoted string",
            ));
        }
        let key = key.trim().trim_matches(['"', '\'']).to_owned();
        if found.iter().any(|(k, _, _)| *k == key) {
            return Err(wrong(number, "this key stands here twice"));
        }
        found.push((key, unquoted(value), number));
    }
    Err(wrong(1, "the front matter is not closed with '---'"))
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        let inside = value.strip_prefix(quote).and_then(|v| v.rsplit_once(quote));
        if let Some((inside, after)) = inside
            && (after.trim().is_empty() || after.trim_start().starts_with('#'))
        {
            return inside.replace("\\\"", "\"").replace("''", "'");
        }
    }
    value
        .split(" #")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn read_steps(file: &Path, text: &str, skill: &mut Skill) -> Result<(), SkillError> {
    let mut known: Vec<String> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if skill.lines.is_empty()
            && header(bare, skill).map_err(|problem| SkillError::Header {
                file: file.to_owned(),
                line: number,
                problem,
            })?
        {
            known = skill
                .inputs
                .iter()
                .map(|input| input.name.clone())
                .collect();
            continue;
        }
        let lines = language::program(bare).map_err(|unknown| SkillError::Sentence {
            file: file.to_owned(),
            line: number,
            unknown,
        })?;
        for line in lines {
            if let Some(name) = unknown_name(&line.sentence, &known) {
                return Err(SkillError::UnknownName {
                    file: file.to_owned(),
                    line: number,
                    name,
                });
            }
            known.extend(line.sentence.gives().map(str::to_owned));
            skill.lines.push(line);
        }
    }
    if skill.lines.is_empty() {
        return Err(SkillError::Empty {
            file: file.to_owned(),
        });
    }
    Ok(())
}

fn unknown_name(sentence: &Sentence, known: &[String]) -> Option<String> {
    sentence
        .uses()
        .into_iter()
        .find(|name| name != "me" && !known.contains(name))
}

/// Reads a line before the sentences; false when it is none of them.
fn header(line: &str, skill: &mut Skill) -> Result<bool, String> {
    if let Some(pattern) = line.strip_prefix("asks:") {
        let pattern = pattern.trim();
        if words(pattern).is_empty() {
            return Err("this pattern has no words".to_owned());
        }
        skill.asks.push(pattern.to_owned());
        return Ok(true);
    }
    if let Some(hosts) = line.strip_prefix("only on ") {
        skill.only_on.extend(
            hosts
                .split([',', ' '])
                .filter(|h| !h.is_empty())
                .map(str::to_owned),
        );
        return Ok(true);
    }
    let Some(rest) = line.strip_prefix("input ") else {
        return Ok(false);
    };
    let Some((name, rest)) = rest.split_once(':') else {
        return Err("an input reads: input NAME: TYPE [= DEFAULT]".to_owned());
    };
    let name = name.trim().to_lowercase();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if name.is_empty() || !plain || name == "me" {
        return Err(format!("'{name}' is no name for an input"));
    }
    let (kind, default) = match rest.split_once('=') {
        Some((kind, default)) => (kind.trim(), Some(unquoted(default.trim()))),
        None => (rest.split(" #").next().unwrap_or_default().trim(), None),
    };
    let Some((_, kind)) = KINDS.iter().find(|(word, _)| *word == kind) else {
        let all: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        return Err(format!("'{kind}' is no type; types are {}", all.join(", ")));
    };
    if skill.inputs.iter().any(|input| input.name == name) {
        return Err(format!("the input '{name}' stands here twice"));
    }
    skill.inputs.push(Input {
        name,
        kind: *kind,
        default,
    });
    Ok(true)
}

/// Reads all skills of a folder, one a subfolder, in order of name; a folder that is not there has
/// none. What is wrong with one does not keep the others from loading.
pub fn load_dir(folder: &Path) -> (Vec<Skill>, Vec<SkillError>) {
    let mut skills = Vec::new();
    let mut errors = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (skills, errors),
        Err(source) => {
            let file = folder.to_owned();
            return (skills, vec![SkillError::Unreadable { file, source }]);
        }
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.join("SKILL.md").is_file())
        .collect();
    folders.sort();
    for path in folders.into_iter().take(SKILLS_MAX) {
        match load(&path) {
            Ok(skill) => skills.push(skill),
            Err(error) => errors.push(error),
        }
    }
    (skills, errors)
}

fn load(folder: &Path) -> Result<Skill, SkillError> {
    let read = |name: &str| {
        let file = folder.join(name);
        let unreadable = |source| SkillError::Unreadable {
            file: file.clone(),
            source,
        };
        let bytes = fs::metadata(&file).map_err(unreadable)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(unreadable(io::Error::other("it is longer than 256 KiB")));
        }
        fs::read_to_string(&file).map_err(unreadable)
    };
    parse(folder, &read("SKILL.md")?, &read("steps.legwork")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD: &str = "---\nname: greet\ndescription: \"Greets: politely\"\nmetadata:\n  legwork.version: \"1\"\n---\n# Greet\n";

    fn read(md: &str, steps: &str) -> Result<Skill, String> {
        parse(Path::new("skills/greet"), md, steps)
            .map_err(|error| format!("{error} | {}", error.hint().unwrap_or_default()))
    }

    #[test]
    fn a_skill_is_read_with_inputs_patterns_and_sentences() {
        let skill = read(
            MD,
            "# greets\ninput site: url\ninput count: number = 3\nasks: greet [at] {site}\nonly on a.example\n\ngo to {site}\nsave the text of \"Name\" as who\ntype \"Hello {who}\" into \"Chat\" and press Enter\n",
        )
        .unwrap();
        assert_eq!(skill.description, "Greets: politely");
        assert_eq!(
            skill.inputs[1],
            Input {
                name: "count".into(),
                kind: InputKind::Number,
                default: Some("3".into())
            }
        );
        assert_eq!(
            (skill.asks.len(), skill.only_on.len(), skill.lines.len()),
            (1, 1, 4)
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_line() {
        let table = [
            (
                MD,
                "go to a.example\nclik \"x\"",
                "steps.legwork: line 2: I don't understand 'clik \"x\"'",
            ),
            (
                MD,
                "go to {site}",
                "steps.legwork: line 1: nothing is named '{site}'",
            ),
            (MD, "input site: place", "line 1: 'place' is no type"),
            (MD, "input site url", "line 1: an input reads"),
            (MD, "# nothing\n", "there are no sentences"),
            (
                "name: greet",
                "go back",
                "SKILL.md: line 1: the file does not begin",
            ),
            (
                "---\nname: Greet\ndescription: x\n---",
                "go back",
                "line 2: 'Greet' is no name",
            ),
            (
                "---\nname: other\ndescription: x\n---",
                "go back",
                "is not the folder's name",
            ),
            (
                "---\nname: greet\n---",
                "go back",
                "there is no description",
            ),
            (
                "---\nname: greet\ndescription: |\n  x\n---",
                "go back",
                "line 3: write the value as one",
            ),
            (
                "---\nname: greet\ndescription: x",
                "go back",
                "is not closed",
            ),
        ];
        for (md, steps, expected) in table {
            let error = read(md, steps).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
            assert!(
                error
                    .split(" | ")
                    .nth(1)
                    .is_some_and(|hint| !hint.is_empty()),
                "{error}"
            );
        }
    }

    #[test]
    fn a_folder_loads_what_is_right_and_names_what_is_not() {
        let root = tempfile::tempdir().unwrap();
        for (name, steps) in [("good", "go back"), ("bad", "fly to the moon")] {
            let folder = root.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(
                folder.join("SKILL.md"),
                format!("---\nname: {name}\ndescription: x\n---"),
            )
            .unwrap();
            fs::write(folder.join("steps.legwork"), steps).unwrap();
        }
        let (skills, errors) = load_dir(root.path());
        assert_eq!(
            skills.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
            ["good"]
        );
        assert_eq!(errors.len(), 1);
        assert!(load_dir(&root.path().join("none")).0.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(md in "(---\n)?.{0,80}(\n---)?", steps in ".{0,80}") {
            drop(read(&md, &steps));
        }
    }
}
