//! `config.toml`: the user's own facts and limits, and the environment, read once.
//!
//! Unknown keys are refused with the nearest known one, so that a typo never silently loosens a
//! limit.

mod calendar;
mod mail;
mod send;
mod triage;
mod unsubscribe;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Weekday;
use serde::Deserialize;

pub use self::calendar::{Around, CalDavAccount, CalendarRules, Person, Preferences};
pub use self::mail::{LOCAL, MailAccount, MailAuth, MailServer, MailTls, is_this_machine};
pub use self::send::SendRules;
pub use self::triage::{KINDS, Triage, TriageRule};
pub use self::unsubscribe::Unsubscribing;
use crate::home::Home;
use crate::secret::Secret;

/// Why the configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there but can't be read.
    #[error("can't read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is not TOML, or a value has the wrong type.
    #[error("{}: {message}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Line, key and what was expected.
        message: String,
    },
    /// A key that does not exist.
    #[error("{}: line {line}: there is no key '{key}'", file.display())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// Counts from 1.
        line: usize,
        /// The key as written.
        key: String,
        /// The nearest known key.
        nearest: Option<String>,
    },
    /// A value has the right type but no sense.
    #[error("{}: {key} = '{value}' {problem}", file.display())]
    Senseless {
        /// The file.
        file: PathBuf,
        /// The key.
        key: &'static str,
        /// The value as written.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No folder to keep state in.
    #[error("neither LEGWORK_HOME nor HOME is set")]
    NoHome,
}

impl ConfigError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey {
                nearest: Some(near),
                ..
            } => Some(format!("did you mean '{near}'?")),
            Self::UnknownKey { nearest: None, .. } => {
                Some(format!("known sections: {}", SECTIONS.join(", ")))
            }
            Self::Unreadable { .. } => Some("check the file's owner and mode".to_owned()),
            Self::Senseless {
                key: "triage.rule.kind",
                value,
                ..
            } => {
                let like = |kind: &str| strsim::jaro_winkler(kind, value);
                let near = KINDS.iter().max_by(|a, b| like(a).total_cmp(&like(b)));
                near.map(|near| format!("did you mean '{near}'?"))
            }
            Self::Invalid { .. } | Self::Senseless { .. } => {
                Some("correct the line, or remove it to get the default".to_owned())
            }
            Self::NoHome => Some("set LEGWORK_HOME to a folder of your own".to_owned()),
        }
    }
}

const SECTIONS: [&str; 11] = [
    "me",
    "mail",
    "send",
    "unsubscribe",
    "calendar",
    "caldav",
    "people",
    "browser",
    "limits",
    "triage",
    "vault",
];

/// Everything a user can set.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The user's own facts.
    pub me: Me,
    /// Mail accounts on servers, one `[[mail]]` each; the first is the one commands mean.
    pub mail: Vec<MailAccount>,
    /// How letters leave.
    pub send: SendRules,
    /// How the vault is opened.
    pub vault: VaultRules,
    /// How lists are left.
    pub unsubscribe: Unsubscribing,
    /// Working hours and rules for free time.
    pub calendar: CalendarRules,
    /// Calendar accounts on servers, one `[[caldav]]` each.
    pub caldav: Vec<CalDavAccount>,
    /// How the inbox is triaged.
    pub triage: Triage,
    /// Others, and where it is known when they are busy, one `[[people]]` each.
    pub people: Vec<Person>,
    /// Which browser, and how it is run.
    pub browser: BrowserChoice,
    /// What ends a run.
    pub limits: Limits,
}

/// The user's own facts; they may be typed into forms on sites the user named.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Me {
    /// Full name.
    pub name: String,
    /// Mail addresses, the first is the one to write from.
    pub emails: Vec<String>,
    /// Telephone number.
    pub phone: String,
    /// IANA time zone, such as `Europe/Berlin`; empty takes the machine's.
    pub zone: String,
    /// Any other facts a form may ask for, by their usual label (`date of birth`).
    pub facts: BTreeMap<String, String>,
}

/// Which browser, and how it is run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrowserChoice {
    /// Path of a Chromium or headless shell; empty looks in the usual places.
    pub program: Option<PathBuf>,
}

/// What ends a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most steps of one run.
    pub steps: u32,
    /// Most minutes of one run.
    pub minutes: u32,
    /// Failures in a row that end a run.
    pub failures: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 400,
            minutes: 15,
            failures: 5,
        }
    }
}

impl Config {
    /// Reads `config.toml`; a missing file gives the defaults.
    ///
    /// # Errors
    /// Names the file, the line and the mend when it can't be used.
    pub fn load(home: &Home) -> Result<Self, ConfigError> {
        let file = home.config_file();
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(&text, &file),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ConfigError::Unreadable { file, source }),
        }
    }

    /// Reads the text of a `config.toml`, which `file` names in errors.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| explain(&error, text, file))?;
        config.check(file)?;
        Ok(config)
    }

    fn check(&self, file: &Path) -> Result<(), ConfigError> {
        let senseless = |key, value: &str, problem| {
            let (file, value) = (file.to_owned(), value.to_owned());
            Err(ConfigError::Senseless {
                file,
                key,
                value,
                problem,
            })
        };
        if let Some((key, value, problem)) = self.calendar.problem() {
            return senseless(key, &value, problem);
        }
        for person in &self.people {
            if let Some((key, value, problem)) = person.problem() {
                return senseless(key, value, problem);
            }
        }
        if let Some(email) = self.me.emails.iter().find(|email| !email.contains('@')) {
            return senseless("me.emails", email, "is not a mail address");
        }
        for (index, account) in self.mail.iter().enumerate() {
            if let Some((key, value, problem)) = account.problem() {
                return senseless(key, &value, problem);
            }
            let mut earlier = self.mail.iter().take(index);
            if earlier.any(|other| other.name == account.name) {
                return senseless("mail.name", &account.name, "stands twice");
            }
        }
        if let Some((key, value, problem)) = self.triage.problem() {
            return senseless(key, &value, problem);
        }
        if let Some(name) = &self.send.through
            && !self.mail.iter().any(|account| account.name == *name)
        {
            return senseless("send.through", name, "is none of the [[mail]] accounts");
        }
        for (index, account) in self.caldav.iter().enumerate() {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if account.name.is_empty() || !account.name.chars().all(plain) {
                let problem = "must be letters, digits, - and _";
                return senseless("caldav.name", &account.name, problem);
            }
            let mut earlier = self.caldav.iter().take(index);
            if earlier.any(|other| other.name == account.name) {
                return senseless("caldav.name", &account.name, "stands twice");
            }
            if url::Url::parse(&account.url).is_ok_and(|url| url.has_host()) {
                continue;
            }
            return senseless("caldav.url", &account.url, "is not the address of a server");
        }
        if self.zone().is_none() {
            return senseless("me.zone", &self.me.zone, "is not a known time zone");
        }
        Ok(())
    }

    /// Returns the user's zone: the configured one, else the machine's; none when unknown.
    pub fn zone(&self) -> Option<jiff::tz::TimeZone> {
        if self.me.zone.is_empty() {
            return Some(jiff::tz::TimeZone::system());
        }
        jiff::tz::TimeZone::get(&self.me.zone).ok()
    }
}

/// English names of the days, Monday first.
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Reads an English day name or its first three letters, case ignored.
pub fn weekday(name: &str) -> Option<Weekday> {
    let name = name.trim().to_lowercase();
    let at = DAYS
        .iter()
        .position(|day| *day == name || day.get(..3) == Some(name.as_str()))?;
    let offset = i8::try_from(at).ok()?;
    Weekday::from_monday_zero_offset(offset).ok()
}

/// Returns the English name of a day.
pub fn day_name(day: Weekday) -> &'static str {
    let at = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
    DAYS.get(at).copied().unwrap_or_default()
}

/// Turns the parser's error into ours, with the line and the nearest known key.
fn explain(error: &toml::de::Error, text: &str, file: &Path) -> ConfigError {
    let file = file.to_owned();
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or(1, |before| before.matches('\n').count() + 1);
    let message = error.message();
    let quoted = |from: &str| {
        let rest = message.strip_prefix(from)?;
        let (key, rest) = rest.split_once('`')?;
        Some((key.to_owned(), rest.to_owned()))
    };
    let Some((key, rest)) = quoted("unknown field `") else {
        return ConfigError::Invalid {
            file,
            message: format!("line {line}: {message}"),
        };
    };
    let nearest = rest
        .split('`')
        .skip(1)
        .step_by(2)
        .max_by(|a, b| strsim::jaro_winkler(a, &key).total_cmp(&strsim::jaro_winkler(b, &key)))
        .map(str::to_owned);
    ConfigError::UnknownKey {
        file,
        line,
        key,
        nearest,
    }
}

/// `[vault]`: how the vault is opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VaultRules {
    /// Program and arguments that print the passphrase of a vault that is sealed with one.
    pub passphrase_command: Vec<String>,
}

/// What the environment says, read once at the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// `LEGWORK_HOME`
    pub home: Option<PathBuf>,
    /// `LEGWORK_CHROMIUM`
    pub chromium: Option<PathBuf>,
    /// `LEGWORK_LOG`
    pub log: Option<String>,
    /// `LEGWORK_PASSPHRASE`: opens a vault that is sealed with one.
    pub passphrase: Option<Secret>,
    /// `PATH`
    pub path: String,
    /// `XDG_CONFIG_HOME`, else `~/.config`
    pub config_home: Option<PathBuf>,
    /// `XDG_DATA_HOME`, else `~/.local/share`
    pub data_home: Option<PathBuf>,
    /// `NO_COLOR` is set to anything, or `TERM` is `dumb`.
    pub no_color: bool,
}

impl Environment {
    /// Reads the process environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads it"
    )]
    pub fn read() -> Self {
        let get = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let user = get("HOME").map(PathBuf::from);
        let under = |name, rest| {
            get(name)
                .map(PathBuf::from)
                .or_else(|| user.as_ref().map(|home| home.join(rest)))
        };
        Self {
            home: get("LEGWORK_HOME").map(PathBuf::from),
            chromium: get("LEGWORK_CHROMIUM").map(PathBuf::from),
            log: get("LEGWORK_LOG"),
            passphrase: get("LEGWORK_PASSPHRASE").map(Secret::new),
            path: get("PATH").unwrap_or_default(),
            config_home: under("XDG_CONFIG_HOME", ".config"),
            data_home: under("XDG_DATA_HOME", ".local/share"),
            no_color: get("NO_COLOR").is_some() || get("TERM").as_deref() == Some("dumb"),
        }
    }

    /// Returns the folders to keep state in.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] when the environment names none.
    pub fn folders(&self) -> Result<Home, ConfigError> {
        if let Some(root) = &self.home {
            return Ok(Home::at(root));
        }
        match (&self.config_home, &self.data_home) {
            (Some(config), Some(data)) => Ok(Home::xdg(config, data)),
            (None, _) | (_, None) => Err(ConfigError::NoHome),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("config.toml"))
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        let error = parse("[me]\nname = 'Ada'\nemail = ['a@example.org']\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "config.toml: line 3: there is no key 'email'"
        );
        assert_eq!(error.hint().as_deref(), Some("did you mean 'emails'?"));
    }

    #[test]
    fn a_wrong_type_names_the_line() {
        let error = parse("\n[limits]\nsteps = 'many'\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("config.toml: line 3: invalid type: string"),
            "{error}"
        );
    }

    #[test]
    fn senseless_values_are_named() {
        let table = [
            (
                "[me]\nzone = 'Mars/Base'",
                "config.toml: me.zone = 'Mars/Base' is not a known time zone",
            ),
            (
                "[calendar]\ndays = ['mon', 'noday']",
                "config.toml: calendar.days = 'noday' is not a day of the week",
            ),
            (
                "[calendar]\nday_ends = '08:00:00'",
                "config.toml: calendar.day_ends = '08:00:00' is not after calendar.day_starts",
            ),
            (
                "[[caldav]]\nname = 'work'\nurl = 'dav'\nuser = 'u'\npassword = 'p'",
                "config.toml: caldav.url = 'dav' is not the address of a server",
            ),
            (
                "[[caldav]]\nname = '../x'\nurl = 'https://d'\nuser = 'u'\npassword = 'p'",
                "config.toml: caldav.name = '../x' must be letters, digits, - and _",
            ),
        ];
        for (text, want) in table {
            assert_eq!(parse(text).unwrap_err().to_string(), want);
        }
    }

    #[test]
    fn mail_accounts_say_what_makes_no_sense_in_them() {
        let account = |lines: &str| {
            let text = format!("[[mail]]\nname = 'work'\naddress = 'ada@example.org'\n{lines}");
            parse(&text).map_err(|error| error.to_string())
        };
        let good = account("imap = { host = 'imap.example.org' }").unwrap();
        let imap = &good.mail[0].imap;
        assert_eq!(
            (good.mail[0].user(), imap.imap_port()),
            ("ada@example.org", 993)
        );
        let table = [
            (
                "imap = { host = 'imap.example.org', tls = 'none' }",
                "mail.imap = 'imap.example.org' would get the password unencrypted, \
                 use tls = 'implicit' or 'starttls'",
            ),
            (
                "imap = { host = 'a b' }",
                "mail.imap = 'a b' is not the name of a server",
            ),
            (
                "token_command = ['x']\nimap = { host = 'h' }",
                "mail.token_command = 'x' gives a token, which auth = 'plain' has no use for",
            ),
            (
                "user = \"a\\r\\nb\"\nimap = { host = 'h' }",
                r"mail.user = 'a\r\nb' holds a control character",
            ),
        ];
        for (lines, want) in table {
            assert_eq!(account(lines).unwrap_err(), format!("config.toml: {want}"));
        }
        let error = parse("[[mail]]\nname = 'work'\npassword = 'x'\n").unwrap_err();
        let hint = error.hint();
        assert_eq!(hint.as_deref(), Some("did you mean 'password_command'?"));
    }

    #[test]
    fn rules_for_triage_say_what_makes_no_sense_in_them() {
        let rule = |lines: &str| parse(&format!("[[triage.rule]]\n{lines}\n"));
        let good = rule("from = 'boss@example.org'\nlabel = 'Boss'\nflag = true").unwrap();
        assert_eq!(good.triage.rule.len(), 1);
        let table = [
            (
                "label = 'x'",
                "triage.rule = '1' fits every mail: give it from, to, subject, list or has",
            ),
            (
                "name = 'club'\nlist = 'club'",
                "triage.rule = 'club' does nothing: give it label, move, flag or kind",
            ),
            ("from = ' '\nlabel = 'x'", "triage.rule.from = '' is empty"),
            (
                "from = 'a'\nlabel = 'two words'",
                "triage.rule.label = 'two words' is not one word of plain letters, digits and signs",
            ),
            (
                "from = 'a'\nmove = 'Outbox'",
                "triage.rule.move = 'Outbox' would leave this machine, so nothing is moved there",
            ),
            (
                "from = 'a'\nkind = 'recipt'",
                "triage.rule.kind = 'recipt' is not a kind of mail",
            ),
        ];
        for (lines, want) in table {
            let error = rule(lines).unwrap_err();
            assert_eq!(error.to_string(), format!("config.toml: {want}"));
        }
        let near = |lines: &str| rule(lines).unwrap_err().hint().unwrap();
        assert_eq!(
            near("from = 'a'\nkind = 'recipt'"),
            "did you mean 'receipt'?"
        );
        assert_eq!(near("form = 'a'\nlabel = 'x'"), "did you mean 'from'?");
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        assert_eq!(parse("").unwrap(), Config::default());
    }
}
