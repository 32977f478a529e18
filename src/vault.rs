//! Passwords and tokens at rest: one file encrypted with `age`, its key in a file beside the
//! configuration that only its owner reads, or a passphrase that stands nowhere. It can be opened
//! with the `age` program as well.
//!
//! Never prints a secret and never takes one from a command line.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::OnceLock;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519::Identity;
use serde::{Deserialize, Serialize};

use crate::home::{Home, make_private, write_private};
use crate::secret::Secret;

/// The format this program writes.
const FORMAT: u32 = 1;
/// Longest vault read, in bytes; a thousand long tokens take less.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How a file begins that a passphrase opens (<https://c2sp.org/age#scrypt-recipient-stanza>).
const BY_PASSPHRASE: &[u8] = b"age-encryption.org/v1\n-> scrypt ";
/// Work that trying one passphrase costs, as a power of two: a quarter of a second and 64 MiB.
const WORK: u8 = 16;
/// Most work that opening a file may cost: another program may have sealed it with more.
const WORK_MAX: u8 = 20;
/// Longest name of a secret, in characters.
const NAME_CHARS_MAX: usize = 100;

/// Why the vault can't be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A file can't be read or written.
    #[error("can't {doing} {}", file.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others could read the key.
    #[error("the key file {} can be read by others", file.display())]
    Open {
        /// The file.
        file: PathBuf,
    },
    /// The key file is gone while the vault is there.
    #[error("the key of the vault is missing: {}", file.display())]
    NoKey {
        /// Where it should be.
        file: PathBuf,
    },
    /// The key does not fit, or a file is damaged.
    #[error("the vault {} can't be opened: {problem}", file.display())]
    Locked {
        /// The vault.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// It asks for a passphrase, and nobody gives one.
    #[error("the vault {} asks for its passphrase: {problem}", file.display())]
    Sealed {
        /// The vault.
        file: PathBuf,
        /// Why there is none.
        problem: String,
    },
    /// The passphrase is another one.
    #[error("the passphrase does not open the vault {}", file.display())]
    WrongPassphrase {
        /// The vault.
        file: PathBuf,
    },
    /// It was written by a newer Legwork.
    #[error("the vault {} was written by a newer legwork (format {found})", file.display())]
    Newer {
        /// The vault.
        file: PathBuf,
        /// The format found.
        found: u32,
    },
    /// The name can't be one.
    #[error("'{name}' can't be the name of a secret")]
    BadName {
        /// What was given.
        name: String,
    },
}

impl VaultError {
    /// Returns what the user can do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { .. } => "check the file's owner and the space on its disk".to_owned(),
            Self::Open { file } => format!("chmod 600 {}", file.display()),
            Self::NoKey { .. } => {
                "put the key file back, or remove the vault and set the secrets anew".to_owned()
            }
            Self::Locked { .. } => {
                "put the right key file back, or remove both and set the secrets anew".to_owned()
            }
            Self::Sealed { .. } => {
                "set LEGWORK_PASSPHRASE, or vault.passphrase_command in config.toml".to_owned()
            }
            Self::WrongPassphrase { .. } => "try again; nothing was changed".to_owned(),
            Self::Newer { .. } => "update legwork".to_owned(),
            Self::BadName { .. } => "use letters, digits, -, _ and dots".to_owned(),
        })
    }
}

/// Gives the passphrase, or says why there is none.
pub type Asker = Box<dyn Fn() -> Result<Secret, String> + Send + Sync>;

/// How this process gets the passphrase; asked once, when a sealed vault is first opened.
static ASKER: OnceLock<Asker> = OnceLock::new();
static PASSPHRASE: OnceLock<Secret> = OnceLock::new();

/// Says how this process gets the passphrase of a sealed vault; the first one who says so decides.
pub fn ask_by(asker: Asker) {
    if ASKER.set(asker).is_err() {
        tracing::debug!("who gives the passphrase was settled before");
    }
}

/// The vault of one installation.
#[derive(Debug, Clone)]
pub struct Vault {
    file: PathBuf,
    key: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    format: u32,
    secrets: BTreeMap<String, String>,
}

impl Vault {
    /// Names the vault of `home`; nothing is made before something is put in.
    pub fn of(home: &Home) -> Self {
        Self {
            file: home.vault(),
            key: home.vault_key(),
        }
    }

    /// Returns a secret.
    ///
    /// # Errors
    /// [`VaultError`], when the vault is there and can't be opened.
    pub fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        let content = self.open()?;
        Ok(content.secrets.get(name).map(Secret::new))
    }

    /// Lists the names, sorted.
    ///
    /// # Errors
    /// As [`Vault::get`].
    pub fn names(&self) -> Result<Vec<String>, VaultError> {
        Ok(self.open()?.secrets.into_keys().collect())
    }

    /// Puts a secret in, in place of what had its name.
    ///
    /// # Errors
    /// As [`Vault::get`], and [`VaultError::BadName`]; the old content then still stands.
    pub fn set(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(plain) {
            let name = crate::untrusted::line(name, NAME_CHARS_MAX);
            return Err(VaultError::BadName { name });
        }
        let _lock = self.lock()?;
        let mut content = self.open()?;
        content
            .secrets
            .insert(name.to_owned(), secret.reveal().to_owned());
        self.seal(content)
    }

    /// Takes a secret out; says whether there was one.
    ///
    /// # Errors
    /// As [`Vault::get`].
    pub fn remove(&self, name: &str) -> Result<bool, VaultError> {
        let _lock = self.lock()?;
        let mut content = self.open()?;
        let was_there = content.secrets.remove(name).is_some();
        if was_there {
            self.seal(content)?;
        }
        Ok(was_there)
    }

    fn open(&self) -> Result<Content, VaultError> {
        let bytes = match fs::metadata(&self.file) {
            Ok(about) if about.len() > FILE_BYTES_MAX => {
                return Err(self.locked("it is far too long"));
            }
            Ok(_) => fs::read(&self.file).map_err(io_at("read", &self.file))?,
            Err(none) if none.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(source) => return Err(io_at("read", &self.file)(source)),
        };
        let plain = if bytes.starts_with(BY_PASSPHRASE) {
            self.opened_by(&self.passphrase()?, &bytes)?
        } else {
            let identity = self.identity()?.ok_or_else(|| VaultError::NoKey {
                file: self.key.clone(),
            })?;
            age::decrypt(&identity, &bytes).map_err(|error| self.locked(error.to_string()))?
        };
        let content: Content = serde_json::from_slice(&plain)
            .map_err(|_| self.locked("its content is not what legwork writes"))?;
        if content.format > FORMAT {
            return Err(VaultError::Newer {
                file: self.file.clone(),
                found: content.format,
            });
        }
        Ok(content)
    }

    fn opened_by(&self, passphrase: &Secret, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut identity = age::scrypt::Identity::new(secret(passphrase));
        identity.set_max_work_factor(WORK_MAX);
        age::decrypt(&identity, bytes).map_err(|error| {
            use age::DecryptError::{DecryptionFailed, KeyDecryptionFailed, NoMatchingKeys};
            if matches!(
                error,
                DecryptionFailed | KeyDecryptionFailed | NoMatchingKeys
            ) {
                let file = self.file.clone();
                return VaultError::WrongPassphrase { file };
            }
            self.locked(error.to_string())
        })
    }

    /// Says whether a passphrase opens it.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn is_sealed(&self) -> Result<bool, VaultError> {
        let mut start = Vec::new();
        match File::open(&self.file) {
            Ok(file) => {
                let length = u64::try_from(BY_PASSPHRASE.len()).unwrap_or(u64::MAX);
                let read = file.take(length).read_to_end(&mut start);
                read.map_err(io_at("read", &self.file))?;
                Ok(start == BY_PASSPHRASE)
            }
            Err(none) if none.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(io_at("read", &self.file)(source)),
        }
    }

    /// The passphrase of this process, asked for once.
    fn passphrase(&self) -> Result<Secret, VaultError> {
        if let Some(known) = PASSPHRASE.get() {
            return Ok(known.clone());
        }
        let sealed = |problem: String| VaultError::Sealed {
            file: self.file.clone(),
            problem,
        };
        let asker = ASKER.get();
        let asker = asker.ok_or_else(|| sealed("nobody gives it".to_owned()))?;
        let given = asker().map_err(sealed)?;
        Ok(PASSPHRASE.get_or_init(|| given).clone())
    }

    /// Seals the vault with a passphrase that stands nowhere, instead of the key file or the
    /// passphrase before.
    ///
    /// # Errors
    /// As [`Vault::get`]; the old seal then still stands.
    pub fn seal_with(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let _lock = self.lock()?;
        let content = self.open()?;
        self.write_by_passphrase(content, passphrase)?;
        match fs::remove_file(&self.key) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_at("remove", &self.key)(error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Opens the vault with a key file again, instead of a passphrase.
    ///
    /// # Errors
    /// As [`Vault::get`]; the passphrase then still opens it.
    pub fn unseal(&self) -> Result<(), VaultError> {
        let _lock = self.lock()?;
        let content = self.open()?;
        self.write_by_key(content)
    }

    /// Writes the vault as it was sealed before.
    fn seal(&self, content: Content) -> Result<(), VaultError> {
        if self.is_sealed()? {
            return self.write_by_passphrase(content, &self.passphrase()?);
        }
        self.write_by_key(content)
    }

    fn write_by_passphrase(&self, content: Content, passphrase: &Secret) -> Result<(), VaultError> {
        let mut recipient = age::scrypt::Recipient::new(secret(passphrase));
        recipient.set_work_factor(WORK);
        self.write(content, &recipient)
    }

    fn write_by_key(&self, content: Content) -> Result<(), VaultError> {
        let identity = match self.identity()? {
            Some(identity) => identity,
            None => self.new_identity()?,
        };
        self.write(content, &identity.to_public())
    }

    fn write(
        &self,
        mut content: Content,
        recipient: &impl age::Recipient,
    ) -> Result<(), VaultError> {
        content.format = FORMAT;
        let plain = serde_json::to_vec(&content).map_err(|error| self.locked(error.to_string()))?;
        let sealed = age::encrypt(recipient, &plain);
        let sealed = sealed.map_err(|error| self.locked(error.to_string()))?;
        write_private(&self.file, &sealed).map_err(io_at("write", &self.file))
    }

    fn identity(&self) -> Result<Option<Identity>, VaultError> {
        let about = match fs::metadata(&self.key) {
            Ok(about) => about,
            Err(none) if none.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io_at("read", &self.key)(source)),
        };
        if about.permissions().mode() & 0o077 != 0 {
            let file = self.key.clone();
            return Err(VaultError::Open { file });
        }
        let text = fs::read_to_string(&self.key).map_err(io_at("read", &self.key))?;
        let line = text
            .lines()
            .map(str::trim)
            .find(|line| !line.starts_with('#'));
        let identity = Identity::from_str(line.unwrap_or_default());
        identity.map(Some).map_err(|problem| self.locked(problem))
    }

    fn new_identity(&self) -> Result<Identity, VaultError> {
        let identity = Identity::generate();
        if let Some(folder) = self.key.parent() {
            make_private(folder).map_err(io_at("make", folder))?;
        }
        let text = format!(
            "# the key of legwork's vault; whoever has both can read your passwords\n{}\n",
            identity.to_string().expose_secret()
        );
        write_private(&self.key, text.as_bytes()).map_err(io_at("write", &self.key))?;
        Ok(identity)
    }

    /// Waits until no other `legwork` changes the vault.
    fn lock(&self) -> Result<File, VaultError> {
        if let Some(folder) = self.file.parent() {
            make_private(folder).map_err(io_at("make", folder))?;
        }
        let path = self.file.with_extension("lock");
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(io_at("open", &path))?;
        file.lock().map_err(io_at("lock", &path))?;
        Ok(file)
    }

    fn locked(&self, problem: impl Into<String>) -> VaultError {
        VaultError::Locked {
            file: self.file.clone(),
            problem: problem.into(),
        }
    }
}

fn secret(passphrase: &Secret) -> SecretString {
    SecretString::from(passphrase.reveal().to_owned())
}

fn io_at(doing: &'static str, file: &Path) -> impl FnOnce(io::Error) -> VaultError {
    let file = file.to_owned();
    move |source| VaultError::Io {
        doing,
        file,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> (tempfile::TempDir, Vault) {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::of(&Home::at(folder.path()));
        (folder, vault)
    }

    #[test]
    fn a_secret_comes_back_and_stands_in_no_file_as_it_is() {
        let (folder, vault) = new();
        assert!(vault.names().unwrap().is_empty());
        vault.set("work", &Secret::new("päss word\n")).unwrap();
        vault.set("bank.pin", &Secret::new("1234")).unwrap();
        assert_eq!(vault.get("work").unwrap().unwrap().reveal(), "päss word\n");
        assert_eq!(vault.names().unwrap(), ["bank.pin", "work"]);
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains("ss word") && !text.contains("bank.pin"),
                "{path:?}"
            );
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
        }
        assert!(vault.remove("work").unwrap());
        assert!(!vault.remove("work").unwrap());
        assert!(vault.get("work").unwrap().is_none());
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_gone_is_told_of() {
        let (_folder, vault) = new();
        vault.set("work", &Secret::new("x")).unwrap();
        fs::set_permissions(&vault.key, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(vault.get("work"), Err(VaultError::Open { .. })));
        fs::remove_file(&vault.key).unwrap();
        let missing = vault.get("work").unwrap_err();
        assert!(matches!(missing, VaultError::NoKey { .. }), "{missing}");
        // Another key must not replace what the old one sealed.
        assert!(vault.set("other", &Secret::new("y")).is_err());
    }

    #[test]
    fn a_passphrase_takes_the_place_of_the_key_file_and_gives_it_back() {
        let (_folder, vault) = new();
        vault.set("work", &Secret::new("päss")).unwrap();
        vault.seal_with(&Secret::new("open sesame")).unwrap();
        assert!(vault.is_sealed().unwrap() && !vault.key.exists());
        let bytes = fs::read(&vault.file).unwrap();
        assert!(vault.opened_by(&Secret::new("open sesame"), &bytes).is_ok());
        let wrong = vault.opened_by(&Secret::new("sesame"), &bytes);
        assert!(matches!(wrong, Err(VaultError::WrongPassphrase { .. })));
        // Nobody has said yet how this process gets it.
        let asked = vault.get("work").unwrap_err();
        assert!(matches!(asked, VaultError::Sealed { .. }), "{asked}");
        assert!(vault.set("other", &Secret::new("x")).is_err());
        ask_by(Box::new(|| Ok(Secret::new("open sesame"))));
        assert_eq!(vault.get("work").unwrap().unwrap().reveal(), "päss");
        vault.set("other", &Secret::new("x")).unwrap();
        assert!(vault.is_sealed().unwrap());
        vault.unseal().unwrap();
        assert!(!vault.is_sealed().unwrap() && vault.key.exists());
        assert_eq!(vault.names().unwrap(), ["other", "work"]);
    }

    #[test]
    fn a_damaged_vault_is_named_and_left_alone() {
        let (_folder, vault) = new();
        vault.set("work", &Secret::new("x")).unwrap();
        fs::write(&vault.file, b"not a vault").unwrap();
        let error = vault.set("work", &Secret::new("z")).unwrap_err();
        assert!(error.to_string().contains("vault"), "{error}");
        assert_eq!(fs::read(&vault.file).unwrap(), b"not a vault");
    }

    #[test]
    fn names_are_plain_words() {
        let (_folder, vault) = new();
        for name in ["", "a b", "../x", "a\nb", "ü"] {
            let refused = vault.set(name, &Secret::new("x"));
            assert!(
                matches!(refused, Err(VaultError::BadName { .. })),
                "{name:?}"
            );
        }
    }
}
