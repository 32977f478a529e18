//! Gets a browser onto a machine that has none: by `apt-get` where that can be done, else as a
//! download of Chrome for Testing into Legwork's own folder (as root, into `/opt/chromium`).
//!
//! Says beforehand what it will do; what it installed is started once before it counts. Never asks
//! for a password, never downloads over plain HTTP.
//! Follows the JSON of <https://googlechromelabs.github.io/chrome-for-testing/>.

mod archive;
mod program;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Environment;
use crate::deadline::{Deadline, Ended};
use crate::home::Home;

pub use program::{Confined, starts, trial};

/// Longest an installation may take; a slow line loads 120 MB in it.
pub const LIMIT: Duration = Duration::from_mins(10);

/// Longest line of a program or list that is repeated.
const LINE_CHARS_MAX: usize = 300;
/// The program that Chrome for Testing calls a headless shell.
const PRODUCT: &str = "chrome-headless-shell";
/// Where root puts a download: the browser runs as `nobody`, who may not look into root's home.
const FOLDER_OF_ROOT: &str = "/opt/chromium";
/// Packages with a browser, best first: the shell is a third of the size.
const PACKAGES: [&str; 2] = ["chromium-headless-shell", "chromium"];

/// The sandbox's helper, for systems on which users may not make namespaces, containers above all.
const SANDBOX: &str = "chromium-sandbox";
/// Libraries that the downloaded shell is linked to, by their Debian names.
const LIBRARIES: [&str; 15] = [
    "libnss3",
    "libnspr4",
    "libatk1.0-0",
    "libatk-bridge2.0-0",
    "libatspi2.0-0",
    "libdbus-1-3",
    "libdrm2",
    "libexpat1",
    "libgbm1",
    "libxcomposite1",
    "libxdamage1",
    "libxfixes3",
    "libxkbcommon0",
    "libxrandr2",
    "fonts-dejavu-core",
];

/// Why no browser could be installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Chrome for Testing is not built for this machine, and there is no package either.
    #[error("there is no browser to download for {0}")]
    NoBuild(String),
    /// The network can't be reached.
    #[error("can't load {url}")]
    Offline {
        /// The address.
        url: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// What came down is not what was promised.
    #[error("{url} is not what it should be: {problem}")]
    Corrupt {
        /// The address.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A program that installs failed.
    #[error("{command} failed: {output}")]
    Failed {
        /// The command as it could be typed.
        command: String,
        /// The last lines of its output.
        output: String,
    },
    /// The new browser does not start.
    #[error("{} does not start: {output}", program.display())]
    Unusable {
        /// The program.
        program: PathBuf,
        /// The last lines of its output.
        output: String,
    },
    /// A file or program can't be used.
    #[error("can't use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Time ran out, or the user stopped it.
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoBuild(_) => "install a Chromium by hand and set LEGWORK_CHROMIUM to it",
            Self::Offline { .. } => {
                "check the network, or copy a Chromium here and set LEGWORK_CHROMIUM to it"
            }
            Self::Corrupt { .. } => "try again; a proxy on the way may have changed the file",
            Self::Failed { .. } => "run that command by hand to see all of its output",
            Self::Unusable { .. } => {
                "install the libraries it names, or set LEGWORK_CHROMIUM to another Chromium"
            }
            Self::File { .. } => "check the rights and the free space there",
            Self::Ended(_) => return None,
        };
        Some(text.to_owned())
    }
}

/// Hears how an installation goes on.
pub trait Progress: Send {
    /// Something is being done, one line.
    fn say(&mut self, line: &str);

    /// So many bytes came down, of so many.
    fn amount(&mut self, done: u64, total: u64);
}

/// What will be done to get a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Install a package of the system.
    Package {
        /// Folders in which the installed program is looked for.
        path: String,
    },
    /// Download a headless shell.
    Download {
        /// Chrome for Testing's name of this machine, such as `linux64`.
        platform: String,
        /// Where it is kept.
        folder: PathBuf,
        /// Whether the libraries it needs are installed by `apt-get` as well.
        libraries: Libraries,
    },
}

/// Who sees to the libraries of a downloaded browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Libraries {
    /// `apt-get`, run here.
    Install,
    /// The user.
    Leave,
}

impl Plan {
    /// Says in one line what will be done.
    pub fn sentence(&self) -> String {
        match self {
            Self::Package { .. } => format!(
                "installing {} with apt-get, as root",
                PACKAGES.first().unwrap_or(&"chromium")
            ),
            Self::Download {
                folder, libraries, ..
            } => {
                let more = match libraries {
                    Libraries::Install => " and the libraries it needs with apt-get",
                    Libraries::Leave => "",
                };
                format!(
                    "downloading {PRODUCT} (about 110 MB) into {}{more}",
                    folder.display()
                )
            }
        }
    }

    /// Says how to do it by hand.
    pub fn by_hand(&self) -> String {
        match self {
            Self::Package { .. } => format!(
                "run: apt-get update && apt-get install -y --no-install-recommends {} {SANDBOX}",
                PACKAGES.first().unwrap_or(&"chromium")
            ),
            Self::Download { .. } => {
                "install a Chromium, or set LEGWORK_CHROMIUM to one".to_owned()
            }
        }
    }
}

/// Works out how to get a browser onto this machine.
///
/// # Errors
/// [`Error::NoBuild`] when there is no way.
pub fn plan(env: &Environment, home: &Home) -> Result<Plan, Error> {
    let machine = Machine {
        root: rustix::process::geteuid().is_root(),
        release: fs::read_to_string("/etc/os-release").unwrap_or_default(),
        apt: env
            .path
            .split(':')
            .any(|folder| Path::new(folder).join("apt-get").is_file()),
        os: std::env::consts::OS,
        arch: std::env::consts::ARCH,
    };
    machine.plan(&env.path, home)
}

/// What a plan depends on.
#[derive(Debug)]
struct Machine {
    root: bool,
    /// `/etc/os-release`
    release: String,
    apt: bool,
    os: &'static str,
    arch: &'static str,
}

impl Machine {
    fn plan(&self, path: &str, home: &Home) -> Result<Plan, Error> {
        let by_apt = self.root && self.apt;
        if by_apt && self.has_real_packages() {
            return Ok(Plan::Package {
                path: path.to_owned(),
            });
        }
        let platform = match (self.os, self.arch) {
            ("linux", "x86_64") => "linux64",
            ("linux", "aarch64") => "linux-arm64",
            ("macos", "aarch64") => "mac-arm64",
            ("macos", "x86_64") => "mac-x64",
            (os, arch) => return Err(Error::NoBuild(format!("{os} on {arch}"))),
        };
        Ok(Plan::Download {
            platform: platform.to_owned(),
            folder: if self.root {
                PathBuf::from(FOLDER_OF_ROOT)
            } else {
                home.browser()
            },
            libraries: if by_apt {
                Libraries::Install
            } else {
                Libraries::Leave
            },
        })
    }

    /// Debian and its like have Chromium as a package; Ubuntu's is an empty one that asks for snap.
    fn has_real_packages(&self) -> bool {
        let field = |name: &str| {
            self.release.lines().find_map(|line| {
                let value = line.strip_prefix(name)?.strip_prefix('=')?;
                Some(value.trim_matches('"').to_owned())
            })
        };
        let id = field("ID").unwrap_or_default();
        let like = field("ID_LIKE").unwrap_or_default();
        id == "debian"
            || (like.split(' ').any(|id| id == "debian") && !like.contains("ubuntu"))
                && id != "ubuntu"
    }
}

/// Carries out `plan` and returns the program, which has been started once.
///
/// # Errors
/// Any of [`Error`]; until a download is whole, an earlier browser in the folder still stands.
///
/// # Cancellation
/// A download leaves nothing; a package manager that is cut off leaves packages half configured,
/// which `dpkg --configure -a` mends.
pub async fn run(
    plan: &Plan,
    progress: &mut dyn Progress,
    deadline: &Deadline,
) -> Result<PathBuf, Error> {
    let deadline = deadline.child(LIMIT);
    progress.say(&plan.sentence());
    let program = match plan {
        Plan::Package { path } => packages(path, progress, &deadline).await?,
        Plan::Download {
            platform,
            folder,
            libraries,
        } => {
            let program = archive::download(platform, folder, progress, &deadline).await?;
            match libraries {
                Libraries::Install => install_libraries(progress, &deadline).await?,
                Libraries::Leave => {}
            }
            program
        }
    };
    let version = starts(&program, &deadline).await?;
    progress.say(&format!("{version} is ready: {}", program.display()));
    Ok(program)
}

/// Hears nothing.
struct Quiet;

impl Progress for Quiet {
    fn say(&mut self, _: &str) {}

    fn amount(&mut self, _: u64, _: u64) {}
}

async fn packages(
    path: &str,
    progress: &mut dyn Progress,
    deadline: &Deadline,
) -> Result<PathBuf, Error> {
    // One dead mirror among several fails an update, and the install may still work.
    let updated = apt_get(&["update"], progress, deadline).await;
    if let Err(error @ Error::Ended(_)) = updated {
        return Err(error);
    }
    let mut failure = None;
    for package in PACKAGES {
        let install = ["install", "-y", "--no-install-recommends", package, SANDBOX];
        match apt_get(&install, progress, deadline).await {
            Ok(()) => {
                let program = path
                    .split(':')
                    .map(|folder| Path::new(folder).join(package))
                    .find(|file| file.is_file());
                if let Some(program) = program {
                    return Ok(program);
                }
            }
            Err(error @ Error::Ended(_)) => return Err(error),
            // The first package's absence is expected on older systems; the last one's failure
            // is what the user has to mend.
            Err(error) => failure = Some(error),
        }
    }
    Err(updated
        .err()
        .or(failure)
        .unwrap_or_else(|| Error::NoBuild("this system's packages".to_owned())))
}

async fn install_libraries(progress: &mut dyn Progress, deadline: &Deadline) -> Result<(), Error> {
    apt_get(&["update"], progress, deadline).await?;
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(LIBRARIES);
    apt_get(&install, progress, deadline).await
}

async fn apt_get(
    arguments: &[&str],
    progress: &mut dyn Progress,
    deadline: &Deadline,
) -> Result<(), Error> {
    program::execute(OsStr::new("apt-get"), arguments, progress, deadline)
        .await
        .map(drop)
}

fn at(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(root: bool, release: &str) -> Machine {
        Machine {
            root,
            release: release.to_owned(),
            apt: true,
            os: "linux",
            arch: "x86_64",
        }
    }

    #[test]
    fn root_on_debian_takes_the_package_and_others_download() {
        let home = Home::at(Path::new("/h"));
        let table = [
            (true, "NAME=\"x\"\nID=debian\n", "package"),
            (true, "ID=raspbian\nID_LIKE=debian\n", "package"),
            (true, "ID=ubuntu\nID_LIKE=debian\n", "libraries"),
            (
                true,
                "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                "libraries",
            ),
            (false, "ID=debian\n", "download"),
        ];
        for (root, release, want) in table {
            let got = match machine(root, release).plan("/usr/bin", &home).unwrap() {
                Plan::Package { .. } => "package",
                Plan::Download {
                    libraries: Libraries::Install,
                    ..
                } => "libraries",
                Plan::Download {
                    libraries: Libraries::Leave,
                    ..
                } => "download",
            };
            assert_eq!(got, want, "{release}");
        }
    }

    #[test]
    fn a_machine_without_a_build_is_named() {
        let odd = Machine {
            arch: "riscv64",
            ..machine(false, "ID=debian")
        };
        let error = odd.plan("", &Home::at(Path::new("/h"))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no browser to download for linux on riscv64"
        );
    }
}
