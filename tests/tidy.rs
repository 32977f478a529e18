//! Keeps the house in order: layers, names, sizes, documents and generated files.
//!
//! Reads files only, no network, well under a second. Each finding names file, line and mend.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "all of it is a test, which may panic"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules by layer, lowest first; a module imports only lower layers or its own folder.
const LAYERS: [&[&str]; 8] = [
    &["action"],
    &["browser", "mail", "calendar"],
    // The page's tree is what the other pure modules judge by.
    &["snapshot"],
    &["policy", "skill", "triage", "booking"],
    &["planner"],
    &["agent"],
    &["world", "daemon"],
    &["cli"],
];
/// The base, below all layers; each may use those before it.
const BASE: [&str; 8] = [
    "untrusted",
    "deadline",
    "clock",
    "secret",
    "home",
    "config",
    "store",
    "vault",
];
/// The only code that touches the outside; pure modules and minds must not reach it.
const HANDS: [&str; 3] = ["browser", "mail", "calendar"];
const HANDLESS: [&str; 6] = [
    "snapshot", "policy", "skill", "triage", "booking", "planner",
];
/// Packages and the only folders that may name them.
const PACKAGES: [(&str, &[&str]); 14] = [
    ("chromiumoxide", &["browser"]),
    ("chromiumoxide_cdp", &["browser"]),
    ("lettre", &["mail"]),
    ("mail_parser", &["mail"]),
    ("imap", &["mail"]),
    ("imap_proto", &["mail"]),
    ("rustls", &["mail"]),
    ("ical", &["calendar"]),
    ("rrule", &["calendar"]),
    ("clap", &["cli"]),
    ("scraper", &["browser", "mail"]),
    ("reqwest", &["browser", "calendar", "mail"]),
    ("hickory_resolver", &["mail"]),
    ("psl", &["mail"]),
];
/// Names that invite everything and say nothing.
const NAMES_BANNED: [&str; 7] = [
    "util", "utils", "common", "helpers", "manager", "misc", "shared",
];
const CODE_LINES_MAX: usize = 500;
const README_LINES_MAX: usize = 150;
const ARCHITECTURE_LINES_MAX: usize = 250;
/// How far above a sleep its `#[expect]` may stand.
const REASON_LINES: usize = 6;
/// What renews `fixtures/action.schema.json`.
const RENEW: &str = "LEGWORK_RENEW=1 cargo test --test tidy";

/// One Rust file of `src/`.
struct Source {
    /// Below the root of the repository.
    path: PathBuf,
    /// The module below the crate's root, such as `browser`; `lib` and `main` for themselves.
    module: String,
    lines: Vec<String>,
    /// Where the tests at the bottom begin; the number of lines without any.
    tests_begin: usize,
}

impl Source {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let module = path.components().nth(1).unwrap();
        let module = Path::new(module.as_os_str()).file_stem().unwrap();
        let tests_begin = lines
            .windows(2)
            .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests"))
            .unwrap_or(lines.len());
        Self {
            module: module.to_string_lossy().into_owned(),
            lines,
            tests_begin,
            path,
        }
    }

    /// Lines of code with their numbers: no comments, no tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines[..self.tests_begin]
            .iter()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` whose names end so, as paths below the root, sorted.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<Source> {
    files("src", ".rs").into_iter().map(Source::read).collect()
}

#[track_caller]
fn tidy(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

fn finding(source: &Source, line: usize, what: &str) -> String {
    format!("{}:{line}: {what}", source.path.display())
}

/// The modules that `crate::` paths in `code` name, with the lines they stand on.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for (number, line) in source.code() {
        // A list over several lines is gathered until its braces close.
        if let Some(list) = &mut open {
            list.push_str(line);
            if balanced(list) {
                found.extend(first_names(list).into_iter().map(|name| (number, name)));
                open = None;
            }
            continue;
        }
        for (at, _) in line.match_indices("crate::") {
            // `legwork_crate::` and `$crate::` are something else.
            if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = &line[at + "crate::".len()..];
            if rest.starts_with('{') && !balanced(rest) {
                open = Some(rest.to_owned());
            } else {
                found.extend(first_names(rest).into_iter().map(|name| (number, name)));
            }
        }
    }
    found
}

fn balanced(list: &str) -> bool {
    list.matches('{').count() <= list.matches('}').count()
}

/// `a::b` gives `a`; `{a::{b, c}, d}` gives `a` and `d`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| {
        let end = text
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(text.len());
        text[..end].to_owned()
    };
    if !path.starts_with('{') {
        return vec![name(path)];
    }
    let (mut depth, mut names, mut from) = (0, Vec::new(), 1);
    for (at, c) in path.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || (c == '}' && depth == 0) {
            names.push(name(path[from..at].trim()));
            from = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn may_import(source: &Source, target: &str) -> Result<(), String> {
    let from = source.module.as_str();
    if from == target || ["lib", "main"].contains(&from) {
        return Ok(());
    }
    if target == "world" && !source.path.starts_with("src/cli/demo") {
        return Err("only src/cli/demo may name the demo world".to_owned());
    }
    if HANDLESS.contains(&from) && HANDS.contains(&target) {
        return Err(format!(
            "{from} does no I/O; let agent hand it what {target} found"
        ));
    }
    let base = |name: &str| BASE.iter().position(|base| *base == name);
    let fine = match (base(from), layer(from), base(target), layer(target)) {
        (Some(from), _, Some(target), _) => target < from,
        (_, Some(_), Some(_), _) => true,
        (_, Some(from), _, Some(target)) => target < from,
        (Some(_), _, _, Some(_)) => false,
        (None, None, _, _) => return Err(format!("put {from} into LAYERS of tests/tidy.rs")),
        (_, _, None, None) => return Err(format!("{target} is no module of LAYERS")),
    };
    if fine {
        return Ok(());
    }
    Err(format!(
        "{from} may not import {target}, which is not below it; move what both need to a lower \
         layer, or pass it in"
    ))
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let mut findings = Vec::new();
    for source in sources() {
        for (line, target) in imports(&source) {
            if let Err(what) = may_import(&source, &target) {
                findings.push(finding(&source, line, &what));
            }
        }
    }
    tidy(&findings);
}

#[test]
fn lists_of_imports_are_understood() {
    assert_eq!(first_names("a::b;"), ["a"]);
    assert_eq!(first_names("{a::{b, c}, d, e::f};"), ["a", "d", "e"]);
    assert_eq!(first_names("{a, b,};"), ["a", "b"]);
}

/// Says whether `line` names the package itself, not a module of ours with the same name.
fn names_package(line: &str, package: &str) -> bool {
    line.match_indices(package).any(|(at, _)| {
        let before = &line[..at];
        let after = &line[at + package.len()..];
        let outside = !before.ends_with(|c: char| c.is_alphanumeric() || "_:\"".contains(c));
        let used = after.starts_with("::");
        let imported = before.ends_with("use ") && after.starts_with([';', ' ']);
        outside && (used || imported)
    })
}

#[test]
fn each_given_package_is_named_in_its_own_folder_only() {
    let mut findings = Vec::new();
    for source in sources() {
        for (package, folders) in PACKAGES {
            if folders.contains(&source.module.as_str()) {
                continue;
            }
            for (line, text) in source.code() {
                if names_package(text, package) {
                    let what = format!("{package} is named in {} only", folders.join(" and "));
                    findings.push(finding(&source, line, &what));
                }
            }
        }
    }
    tidy(&findings);
}

#[test]
fn every_module_says_what_it_is() {
    let mut findings = Vec::new();
    for source in sources() {
        if !source
            .lines
            .first()
            .is_some_and(|line| line.starts_with("//! "))
        {
            findings.push(finding(&source, 1, "begin with //! and what the module is"));
        }
    }
    tidy(&findings);
}

#[test]
fn modules_are_named_for_what_they_do_and_stay_small() {
    let mut findings = Vec::new();
    for source in sources() {
        for part in &source.path {
            let name = Path::new(part).file_stem().unwrap().to_string_lossy();
            if NAMES_BANNED.contains(&name.as_ref()) {
                let what = format!("'{name}' says nothing; name it for its one job");
                findings.push(finding(&source, 1, &what));
            }
        }
        let lines = source.code().count();
        let is_test = source.path.ends_with("tests.rs");
        if lines > CODE_LINES_MAX && !is_test {
            let what = format!("{lines} code lines, {CODE_LINES_MAX} at most; split it by job");
            findings.push(finding(&source, 1, &what));
        }
        for (line, text) in source.code() {
            if text.contains("super::super") {
                findings.push(finding(&source, line, "write the crate:: path"));
            }
        }
    }
    tidy(&findings);
}

#[test]
fn no_action_is_a_unit_variant() {
    let source = Source::read("src/action/mod.rs".into());
    let body = source
        .code()
        .skip_while(|(_, line)| !line.starts_with("pub enum Action {"))
        .skip(1)
        .take_while(|(_, line)| *line != "}");
    let mut variants = 0;
    let mut findings = Vec::new();
    for (number, line) in body {
        variants += 1;
        if !line.starts_with('#') && !line.contains(['(', '{']) {
            let what = "serde lets stray fields through here; write it with {}";
            findings.push(finding(&source, number, what));
        }
    }
    assert!(variants > 20, "the enum was not found");
    tidy(&findings);
}

#[test]
fn nothing_is_left_for_later_and_nothing_sleeps() {
    // Written in two halves, so that this file does not find itself.
    let banned = [
        (concat!("TO", "DO"), "do it now, or open an issue"),
        (concat!("FIX", "ME"), "mend it now, or open an issue"),
        (concat!("todo", "!("), "write it"),
        (concat!("unimplemented", "!("), "write it"),
        (concat!("#[ig", "nore"), "make the test run, or remove it"),
        (
            concat!("time::sl", "eep"),
            "wait for a condition under a Deadline",
        ),
        (
            concat!("thread::sl", "eep"),
            "wait for a condition under a Deadline",
        ),
    ];
    // A server that plays slow says so to the lint, with its reason, just above.
    let played = |text: &str, number: usize| {
        text.lines()
            .take(number)
            .skip(number.saturating_sub(REASON_LINES))
            .any(|line| line.contains("clippy::disallowed_methods"))
    };
    let mut findings = Vec::new();
    for path in ["src", "tests", "benches"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
    {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for (number, line) in text.lines().enumerate() {
            for (word, mend) in banned {
                let allowed = word.contains("::") && played(&text, number);
                // A VTODO is a component of calendars.
                let line = line.replace(concat!("VTO", "DO"), "");
                if line.contains(word) && !allowed {
                    let (path, number) = (path.display(), number + 1);
                    findings.push(format!("{path}:{number}: {word}: {mend}"));
                }
            }
        }
    }
    tidy(&findings);
}

/// What a document shows as typed: lines of code blocks and code spans that begin with the name.
fn shown_commands(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let candidates: Vec<&str> = if fenced || line.starts_with("    ") {
            vec![line.trim().trim_start_matches("$ ")]
        } else {
            line.split('`').skip(1).step_by(2).collect()
        };
        for shown in candidates {
            let shown = shown
                .strip_prefix("legwork ")
                .or_else(|| shown.strip_prefix("cargo run --release -- "));
            found.extend(shown.map(|rest| (index + 1, rest.to_owned())));
        }
    }
    found
}

#[test]
fn the_documents_show_only_commands_and_flags_that_exist() {
    let surface = legwork::cli::surface();
    let mut findings = Vec::new();
    for file in ["README.md", "ARCHITECTURE.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for (line, shown) in shown_commands(&text) {
            // An exact path such as `journal list`, else the first word.
            let words: Vec<&str> = shown.split_whitespace().collect();
            let path = [2, 1].into_iter().find_map(|count| {
                let path = words.get(..count)?.join(" ");
                surface.iter().find(|(name, _)| *name == path)
            });
            let Some((name, flags)) = path else {
                findings.push(format!("{file}:{line}: there is no 'legwork {shown}'"));
                continue;
            };
            // Quoted goals may hold anything; flags stand outside the quotes.
            let typed = shown
                .split(['\'', '"'])
                .step_by(2)
                .flat_map(str::split_whitespace);
            for flag in typed.filter_map(|word| word.strip_prefix("--")) {
                if !flags.iter().any(|known| known == flag) {
                    findings.push(format!("{file}:{line}: legwork {name} has no --{flag}"));
                }
            }
        }
    }
    tidy(&findings);
}

#[test]
fn the_documents_keep_their_size_and_shape() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let mut findings = Vec::new();
    let sizes = [
        ("README.md", README_LINES_MAX),
        ("ARCHITECTURE.md", ARCHITECTURE_LINES_MAX),
    ];
    for (file, lines_max) in sizes {
        let lines = read(file).lines().count();
        if lines > lines_max {
            findings.push(format!(
                "{file}: {lines} lines, {lines_max} at most; cut it"
            ));
        }
    }
    if !read("CHANGELOG.md")
        .lines()
        .any(|line| line == "## [Unreleased]")
    {
        findings.push("CHANGELOG.md: add a section '## [Unreleased]'".to_owned());
    }
    let architecture = read("ARCHITECTURE.md");
    let modules: BTreeSet<&str> = LAYERS.iter().copied().flatten().copied().collect();
    for module in modules {
        if !architecture.contains(&format!("`{module}/`")) {
            findings.push(format!("ARCHITECTURE.md: say what `{module}/` is"));
        }
    }
    tidy(&findings);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for people, read in a test"
)]
fn the_action_schema_is_current() {
    let schema = schemars::schema_for!(legwork::action::Action);
    let now = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let file = root().join("fixtures/action.schema.json");
    if std::env::var("LEGWORK_RENEW").is_ok() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &now).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == now,
        "{} is stale; renew it with: {RENEW}",
        file.display()
    );
}
