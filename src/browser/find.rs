//! Finds the browser program: what the user chose, what `legwork setup` downloaded, then the
//! usual places. Never starts it and never downloads one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::config::Environment;
use crate::home::Home;

/// What the browser is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// Without a window: the small headless shell does, and starts fastest.
    #[default]
    Headless,
    /// With a window: only a full browser does.
    Headed,
}

/// Programs that can only run without a window, best first.
const SHELLS: [&str; 2] = ["chromium-headless-shell", "chrome-headless-shell"];

/// Full browsers, best first.
const FULL: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "brave-browser",
];

/// Folders where packages put browsers that are not on the `PATH`.
const PLACES: [&str; 9] = [
    "/usr/bin",
    "/usr/local/bin",
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/opt/google/chrome",
    "/opt/chromium",
    "/snap/bin",
    "/Applications/Google Chrome.app/Contents/MacOS",
    "/Applications/Chromium.app/Contents/MacOS",
];

/// How deep a downloaded archive may bury its program below the browser folder.
const DEPTH_MAX: usize = 4;

/// Returns the program to run without a window.
///
/// # Errors
/// [`Error::NotFound`] naming where it was looked for.
pub fn find(
    choice: Option<&Path>,
    environment: &Environment,
    home: &Home,
) -> Result<PathBuf, Error> {
    find_for(Need::Headless, choice, environment, home)
}

/// Returns the program to run for `need`.
///
/// # Errors
/// [`Error::NotFound`] naming where it was looked for.
pub fn find_for(
    need: Need,
    choice: Option<&Path>,
    environment: &Environment,
    home: &Home,
) -> Result<PathBuf, Error> {
    // A shell has no window, whoever chose it.
    let fits = |chosen: &&Path| need == Need::Headless || !is_shell(chosen);
    if let Some(chosen) = choice.or(environment.chromium.as_deref()).filter(fits) {
        return if is_program(chosen) {
            Ok(chosen.to_owned())
        } else {
            Err(Error::NotFound {
                looked: chosen.display().to_string(),
            })
        };
    }
    let names: Vec<&str> = match need {
        Need::Headless => SHELLS.iter().chain(&FULL).copied().collect(),
        Need::Headed => FULL.to_vec(),
    };
    let downloaded = names
        .iter()
        .find_map(|name| below(&home.browser(), name, DEPTH_MAX));
    let installed = || names.iter().find_map(|name| installed(name, environment));
    downloaded
        .or_else(installed)
        .ok_or_else(|| Error::NotFound {
            looked: format!(
                "{}, on the PATH or in the usual places",
                home.browser().display()
            ),
        })
}

fn is_shell(program: &Path) -> bool {
    let name = program.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| SHELLS.contains(&name))
}

fn installed(name: &str, environment: &Environment) -> Option<PathBuf> {
    environment
        .path
        .split(':')
        .filter(|folder| !folder.is_empty())
        .map(Path::new)
        .chain(PLACES.iter().map(Path::new))
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

/// Looks for `name` in `folder` and its folders, nearest first, names in order.
fn below(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    let here = folder.join(name);
    if is_program(&here) {
        return Some(here);
    }
    let depth = depth.checked_sub(1)?;
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir() && !path.is_symlink())
        .collect();
    folders.sort();
    folders.iter().find_map(|inner| below(inner, name, depth))
}

fn is_program(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn put(folder: &Path, name: &str, mode: u32) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let file = folder.join(name);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn on_path(folder: &Path) -> Environment {
        Environment {
            path: folder.display().to_string(),
            ..Environment::default()
        }
    }

    #[test]
    fn the_users_choice_stands_even_when_it_is_wrong() {
        let temp = tempfile::tempdir().unwrap();
        put(temp.path(), "chromium", 0o755);
        let wrong = temp.path().join("nothing");
        let error = find(Some(&wrong), &on_path(temp.path()), &Home::at(temp.path())).unwrap_err();
        assert!(error.to_string().ends_with("/nothing"), "{error}");
        assert!(error.hint().unwrap().contains("legwork setup"));
    }

    #[test]
    fn a_downloaded_browser_comes_before_an_installed_one() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::at(temp.path());
        let deep = put(
            &home.browser().join("156/linux"),
            "chrome-headless-shell",
            0o755,
        );
        put(&temp.path().join("bin"), "chromium", 0o755);
        let environment = on_path(&temp.path().join("bin"));
        assert_eq!(find(None, &environment, &home).unwrap(), deep);
    }

    #[test]
    fn a_window_needs_a_full_browser_and_a_program_must_be_executable() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::at(&temp.path().join("home"));
        let shell = put(temp.path(), "chromium-headless-shell", 0o755);
        let full = put(temp.path(), "chromium", 0o755);
        let environment = on_path(temp.path());
        assert_eq!(find(None, &environment, &home).unwrap(), shell);
        assert_eq!(
            find_for(Need::Headed, None, &environment, &home).unwrap(),
            full
        );
        fs::set_permissions(&shell, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(!is_program(&shell) && !is_program(temp.path()) && is_program(&full));
    }
}
