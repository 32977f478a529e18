//! Starts Chromium with a private profile and two pipes, and leaves nothing behind.
//!
//! The browser is spoken to over `--remote-debugging-pipe` (descriptors 3 and 4), so no port is
//! opened. It runs in its own process group, as an unprivileged user when Legwork runs as root,
//! and its sandbox stays on. Never ignores TLS errors.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use command_fds::{CommandFdExt as _, FdMapping};
use tempfile::TempDir;
use tokio::net::unix::pipe;
use tokio::sync::oneshot;

use super::error::Error;
use crate::deadline::Deadline;
use crate::untrusted;

/// How to start the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The Chromium or headless shell.
    pub program: PathBuf,
    /// Whether it shows a window.
    pub headed: bool,
    /// Whether its renderers are confined.
    pub sandbox: Sandbox,
    /// Width of the page in CSS pixels.
    pub width: u32,
    /// Height of the page in CSS pixels.
    pub height: u32,
    /// Value of `Accept-Language` and `navigator.language`.
    pub language: String,
}

/// Whether Chromium confines its renderers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sandbox {
    /// Confined, as they should be.
    #[default]
    On,
    /// Not confined: a hostile page that breaks its renderer has the user's rights. Only where a
    /// container forbids user namespaces.
    Off,
}

impl Launch {
    /// Starts `program` without a window, with its sandbox.
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            headed: false,
            sandbox: Sandbox::On,
            width: 1280,
            height: 800,
            language: "en-US".to_owned(),
        }
    }
}

/// Switches that are always set; what they turn off is not needed by a page and talks to others.
const SWITCHES: [&str; 32] = [
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--no-pings",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-notifications",
    "--disable-quic",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--deny-permission-prompts",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    // Tabs that are not in front must go on working.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // Each site has a process of its own, whatever the machine's memory says.
    "--site-per-process",
    "--force-color-profile=srgb",
];

/// Says that there is a mouse, where no window has one: pages ask by `(hover: hover)` and
/// `(pointer: fine)`, and show what is made for fingers otherwise.
const MOUSE: &str = "--blink-settings=primaryHoverType=2,availableHoverTypes=2,\
primaryPointerType=4,availablePointerTypes=4";

/// Features that call home, that bring a page back with a script world we no longer know, or that
/// hold a page's tasks back until it has drawn what it answered to an input.
const FEATURES_OFF: &str = "--disable-features=AutofillServerCommunication,BackForwardCache,\
CertificateTransparencyComponentUpdater,DeferRendererTasksAfterInput,DialMediaRouteProvider,\
GlobalMediaControls,InterestFeedContentSuggestions,MediaRouter,NetworkPrediction,OptimizationHints,Prerender2,\
Translate,DnsOverHttps";

/// The only variables handed down: what a window, fonts and time need; no keys, no tokens.
const VARIABLES: [&str; 9] = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "FONTCONFIG_PATH",
];

/// How much of standard error is kept for a message, in bytes.
const STDERR_BYTES_MAX: usize = 8 * 1024;

/// How long the killed processes may take to go before the profile is removed regardless.
const DEATH_LIMIT: Duration = Duration::from_secs(5);

/// How profiles are named.
const PROFILE_PREFIX: &str = "legwork-browser-";
/// The file in a profile whose lock says that whoever made it lives.
const OWNER: &str = ".owner";
/// Entries of a temporary folder that are looked through for what was left behind.
const SWEPT_MAX: usize = 10_000;

/// The user and group that have no rights, where the system names none (Debian's `nobody`).
const NOBODY: (u32, u32) = (65534, 65534);

/// The running browser; dropping it kills its process group, waits, and removes the profile.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    // In a mutex only so that a browser can be shared between threads.
    stderr: Mutex<mpsc::Receiver<String>>,
    profile: Option<TempDir>,
    /// Its lock says that whoever made the profile lives.
    _owner: File,
}

/// Our ends of the browser's two pipes.
#[derive(Debug)]
pub(crate) struct Pipes {
    /// What we write, the browser reads.
    pub(crate) to_browser: pipe::Sender,
    /// What the browser writes, we read.
    pub(crate) from_browser: pipe::Receiver,
    /// Ends when the browser's process does: its children may hold the pipes open longer.
    pub(crate) ended: oneshot::Receiver<()>,
}

impl Process {
    /// Starts the program; it may still fail to become ready.
    ///
    /// # Errors
    /// [`Error::Profile`] and [`Error::Program`]; nothing is left behind then.
    pub(crate) fn start(options: &Launch) -> Result<(Self, Pipes), Error> {
        let owner = rustix::process::geteuid().is_root().then(nobody);
        if let (Some(_), Some(folder)) = (owner, closed_folder(&options.program)) {
            return Err(Error::Closed {
                program: options.program.clone(),
                folder,
            });
        }
        if options.headed && !has_display() {
            return Err(Error::NoDisplay);
        }
        let profile = make_profile(owner).map_err(Error::Profile)?;
        let held = hold(profile.path()).map_err(Error::Profile)?;
        let (their_input, to_browser) = make_pipe().map_err(Error::Profile)?;
        let (from_browser, their_output) = make_pipe().map_err(Error::Profile)?;
        let (ending, ended) = oneshot::channel();
        let pipes = Pipes {
            ended,
            to_browser: pipe::Sender::from_owned_fd(to_browser).map_err(Error::Profile)?,
            from_browser: pipe::Receiver::from_owned_fd(from_browser).map_err(Error::Profile)?,
        };
        let mut command = command(options, profile.path(), owner);
        let started = command
            .fd_mappings(vec![mapping(their_input, 3), mapping(their_output, 4)])
            .map_err(io::Error::other)
            .and_then(Command::spawn);
        let mut child = started.map_err(|source| Error::Program {
            program: options.program.clone(),
            source,
        })?;
        watch_end(child.id(), ending);
        let stderr = Mutex::new(collect(child.stderr.take()));
        let process = Self {
            child,
            stderr,
            profile: Some(profile),
            _owner: held,
        };
        // While the browser starts there is time to look for what dead ones left.
        std::thread::spawn(sweep);
        Ok((process, pipes))
    }

    /// The folder where the browser may put files of this session.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.profile.as_ref().map(TempDir::path)
    }

    /// The browser's process id, also that of its group.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the browser and returns the last it wrote to standard error, one line.
    pub(crate) fn end(mut self) -> String {
        self.kill()
    }

    fn kill(&mut self) -> String {
        let Some(profile) = self.profile.take() else {
            return String::new();
        };
        let group = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let killed = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            // The group may be gone already, which is what is wanted.
            tracing::debug!(?killed, "the browser's processes were told to end");
        }
        drop(self.child.wait());
        // Standard error ends when the last process of the group has closed it, that is, died.
        let stderr = self.stderr.get_mut().ok();
        let output = stderr.and_then(|stderr| stderr.recv_timeout(DEATH_LIMIT).ok());
        if let Err(error) = profile.close() {
            tracing::warn!(%error, "the browser's profile could not be removed");
        }
        output.unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is one of the two places that start programs"
)]
fn command(options: &Launch, profile: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(&options.program);
    command
        .args(SWITCHES)
        .arg(FEATURES_OFF)
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!(
            "--window-size={},{}",
            options.width, options.height
        ))
        .arg(format!("--lang={}", options.language))
        .arg(format!("--accept-lang={}", options.language));
    if !options.headed {
        command.arg("--headless=new").arg(MOUSE);
    }
    if options.sandbox == Sandbox::Off {
        command.arg("--no-sandbox");
    }
    command
        .arg("about:blank")
        .env_clear()
        .envs(kept_variables())
        .env("HOME", profile)
        .env("TMPDIR", profile)
        .current_dir(profile)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

/// Says whether there is a screen for a window; a Mac always has one.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn kept_variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| VARIABLES.iter().any(|kept| name == kept))
}

/// Where profiles may lie, best first.
fn places() -> [PathBuf; 3] {
    [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()]
}

/// Takes the lock that says that whoever made `profile` lives; it goes with the process, whatever
/// ends that.
fn hold(profile: &Path) -> io::Result<File> {
    // Under its name the file is locked from the first moment.
    let (fresh, name) = (profile.join(".owner.new"), profile.join(OWNER));
    let file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&fresh)?;
    file.try_lock().map_err(io::Error::from)?;
    std::fs::rename(&fresh, &name)?;
    Ok(file)
}

/// Removes the profiles of browsers whose makers were killed, and ends what still runs in them.
pub fn sweep() {
    let mut places = places().to_vec();
    places.sort();
    places.dedup();
    for place in places {
        let entries = std::fs::read_dir(place).into_iter().flatten();
        for entry in entries.filter_map(Result::ok).take(SWEPT_MAX) {
            let is_profile = entry
                .file_name()
                .to_string_lossy()
                .starts_with(PROFILE_PREFIX);
            if is_profile && let Some(lock) = left_behind(&entry.path()) {
                clear_away(&entry.path());
                drop(lock);
            }
        }
    }
}

/// The lock of a profile whose maker is dead; none while it lives, or when it is not ours.
fn left_behind(profile: &Path) -> Option<File> {
    let file = profile.join(OWNER);
    let meta = file.symlink_metadata().ok()?;
    let is_ours = meta.is_file() && meta.uid() == rustix::process::geteuid().as_raw();
    if !is_ours {
        return None;
    }
    let lock = OpenOptions::new().write(true).open(&file).ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}

/// Ends what runs in `profile`, and removes it once that is gone: until then it may be written to,
/// and even made anew.
pub fn clear_away(profile: &Path) {
    let limit = Deadline::after(DEATH_LIMIT);
    let groups = groups_in(profile);
    while !limit.is_over() && kill_all(&groups) > 0 {
        std::thread::yield_now();
    }
    if let Err(error) = std::fs::remove_dir_all(profile)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, profile = %profile.display(), "a profile could not be removed");
    }
}

/// The groups of the processes that run in `profile`: a browser leads one of its own.
fn groups_in(profile: &Path) -> Vec<i32> {
    let switch = format!("--user-data-dir={}", profile.display());
    let runs_there = |process: &PathBuf| {
        let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
        let mut words = line.split(|&byte| byte == 0);
        words.any(|word| word == switch.as_bytes())
    };
    let mut groups: Vec<i32> = processes()
        .filter(runs_there)
        .filter_map(|p| group(&p))
        .collect();
    groups.sort_unstable();
    groups.dedup();
    // Whoever merely names the folder on a command line of ours is no browser.
    let own = rustix::process::getpgrp().as_raw_nonzero().get();
    groups.retain(|&group| group != own);
    groups
}

/// Kills `groups` and says how many of their processes are still alive.
fn kill_all(groups: &[i32]) -> usize {
    use rustix::process::{Pid, Signal, kill_process_group};
    for group in groups.iter().filter_map(|&group| Pid::from_raw(group)) {
        let killed = kill_process_group(group, Signal::KILL);
        tracing::debug!(?killed, "a browser that was left behind was told to end");
    }
    let members = processes().filter_map(|process| group(&process));
    members.filter(|group| groups.contains(group)).count()
}

fn processes() -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok().map(|entry| entry.path()))
}

/// The group of a living process (`proc_pid_stat(5)`).
fn group(process: &Path) -> Option<i32> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let is_dead = matches!(fields.next()?, "Z" | "X");
    let group = fields.nth(1)?.parse().ok()?;
    (!is_dead).then_some(group)
}

fn make_profile(owner: Option<(u32, u32)>) -> io::Result<TempDir> {
    let usual = std::env::temp_dir();
    // Another user must be able to reach the profile that is to be its own.
    let is_open = |folder: &&Path| owner.is_none() || closed_folder(&folder.join("x")).is_none();
    let places = places();
    let mut open = places.iter().map(PathBuf::as_path).filter(is_open);
    let place = open.next().unwrap_or(&usual);
    let profile = tempfile::Builder::new()
        .prefix(PROFILE_PREFIX)
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir_in(place)?;
    if let Some((user, group)) = owner {
        std::os::unix::fs::chown(profile.path(), Some(user), Some(group))?;
    }
    Ok(profile)
}

/// Returns the folder on the way to `file` that other users may not enter.
fn closed_folder(file: &Path) -> Option<PathBuf> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let is_closed = |folder: &&Path| {
        let meta = folder.metadata();
        meta.is_ok_and(|meta| meta.permissions().mode() & 0o001 == 0)
    };
    file.ancestors().skip(1).find(is_closed).map(Path::to_owned)
}

/// Makes a pipe of 1 MiB where the system allows it: a page's records come in one write.
fn make_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::pipe::fcntl_setpipe_size(&write, 1024 * 1024) {
        tracing::debug!(%error, "the pipe keeps its usual size");
    }
    Ok((read, write))
}

fn mapping(parent_fd: OwnedFd, child_fd: i32) -> FdMapping {
    FdMapping {
        parent_fd,
        child_fd,
    }
}

/// Tells `ending` when the process `id` has ended, and leaves it to be waited for.
fn watch_end(id: u32, ending: oneshot::Sender<()>) {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else {
        return;
    };
    std::thread::spawn(move || {
        let waited = waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        );
        tracing::debug!(?waited, "the browser's process has ended");
        drop(ending);
    });
}

/// Reads `stderr` to its end on a thread of its own, and hands over the last of it, one line.
fn collect(stderr: Option<std::process::ChildStderr>) -> mpsc::Receiver<String> {
    let (done, output) = mpsc::sync_channel(1);
    let Some(mut stderr) = stderr else {
        return output;
    };
    std::thread::spawn(move || {
        let mut kept = VecDeque::with_capacity(STDERR_BYTES_MAX);
        let mut buffer = [0; 4096];
        while let Ok(count) = stderr.read(&mut buffer) {
            if count == 0 {
                break;
            }
            kept.extend(buffer.iter().take(count));
            kept.drain(..kept.len().saturating_sub(STDERR_BYTES_MAX));
        }
        let bytes: Vec<u8> = kept.into();
        // Nobody listens when the process was dropped after its limit.
        drop(done.send(untrusted::line(&String::from_utf8_lossy(&bytes), 600)));
    });
    output
}

/// Returns user and group of `nobody`.
fn nobody() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    users
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == "nobody").then_some(())?;
            let user = fields.nth(1)?.parse().ok()?;
            let group = fields.next()?.parse().ok()?;
            Some((user, group))
        })
        .filter(|&(user, group)| user != 0 && group != 0)
        .unwrap_or(NOBODY)
}

/// Asks a browser program for its name and version, such as `Chromium 156.0.8078.79`.
///
/// # Errors
/// [`Error::Program`] when it can't be run, [`Error::Startup`] when it says nothing sensible.
#[expect(
    clippy::disallowed_methods,
    reason = "this is one of the two places that start programs"
)]
pub fn version(program: &Path) -> Result<String, Error> {
    let ran = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Program {
            program: program.to_owned(),
            source,
        })?;
    let text = untrusted::line(&String::from_utf8_lossy(&ran.stdout), 200);
    if ran.status.success() && text.contains('.') {
        return Ok(text);
    }
    Err(Error::Startup {
        program: program.to_owned(),
        output: untrusted::line(&String::from_utf8_lossy(&ran.stderr), 600),
    })
}
