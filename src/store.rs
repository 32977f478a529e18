//! The SQLite file that outlives a process: runs and their steps, and what was put off.
//!
//! WAL with full synchronisation, since an intent must be on disk before the act. The schema has a
//! version; a file written by a newer Legwork is refused, never guessed at. Records are JSON text:
//! what they mean is the journal's business.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::home::{alone_with, make_private, make_private_file};

/// The schema this program writes (`PRAGMA user_version`): one more with each migration.
const VERSION: u32 = 3;

/// How long to wait for another process's write, such as a run in another terminal.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// What leads from each version to the next; what has landed is never changed, only added to.
const MIGRATIONS: [&str; VERSION as usize] = [JOURNAL, SNOOZED, LETTERS];

const JOURNAL: &str = "
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        record TEXT NOT NULL
    ) STRICT;
    CREATE TABLE steps (
        run TEXT NOT NULL REFERENCES runs (id),
        number INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('intended', 'concluded', 'told')),
        record TEXT NOT NULL,
        PRIMARY KEY (run, number)
    ) STRICT;
    CREATE INDEX steps_open ON steps (state) WHERE state = 'intended';
";

const SNOOZED: &str = "
    CREATE TABLE snoozed (
        message TEXT PRIMARY KEY,
        record TEXT NOT NULL
    ) STRICT;
";

/// Letters on their way out. The Message-ID is fixed before anything leaves, and unique: no letter
/// has two rows.
const LETTERS: &str = "
    CREATE TABLE letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        due INTEGER NOT NULL,
        record TEXT NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
";

/// Why the database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It was written by a newer Legwork.
    #[error("{} was written by a newer legwork (format {found}, this one knows {VERSION})", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// The version found in it.
        found: u32,
    },
    /// The folder for it can't be made.
    #[error("can't make the folder of {}", file.display())]
    Folder {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// SQLite refuses.
    #[error("the database {} can't be used", file.display())]
    Sqlite {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Newer { .. } => {
                Some("update legwork, or point LEGWORK_HOME elsewhere".to_owned())
            }
            Self::Folder { .. } => Some("check the rights of the data folder".to_owned()),
            Self::Sqlite { file, .. } => Some(format!(
                "check that the disk is not full and that {} is yours; moving it away starts afresh",
                file.display()
            )),
        }
    }
}

/// Whether the outcome of a step is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// The step was about to be performed.
    Intended,
    /// Its outcome is known, also when that is "uncertain".
    Concluded,
    /// It was cut off, and the user has been told.
    Told,
}

impl StepState {
    fn word(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Concluded => "concluded",
            Self::Told => "told",
        }
    }
}

/// A letter on its way out; what its record means is the ledger's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    /// Its number.
    pub id: i64,
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// How far it is.
    pub state: String,
    /// Before when nothing is done with it, in seconds since 1970.
    pub due: i64,
    /// What is known of it, JSON.
    pub record: String,
}

/// The open database.
#[derive(Debug)]
pub struct Store {
    file: PathBuf,
    database: Connection,
}

impl Store {
    /// Opens or makes the database at `file`, readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a file of a newer program; else what SQLite or the disk says.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let owned = file.to_owned();
        if let Some(folder) = file.parent() {
            make_private(folder)
                .and_then(|()| make_private_file(file))
                .map_err(|source| StoreError::Folder {
                    file: owned.clone(),
                    source,
                })?;
        }
        let fail = |source| StoreError::Sqlite {
            file: owned.clone(),
            source,
        };
        let database = Connection::open(file).map_err(fail)?;
        database.busy_timeout(BUSY_WAIT).map_err(fail)?;
        let found = version(&database).map_err(fail)?;
        if found > VERSION {
            return Err(StoreError::Newer { file: owned, found });
        }
        if found < VERSION {
            let alone = alone_with(file);
            let _alone = alone.map_err(|source| StoreError::Folder {
                file: owned.clone(),
                source,
            })?;
            migrate(&database).map_err(fail)?;
        }
        let settings = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
        database.execute_batch(settings).map_err(fail)?;
        Ok(Self {
            file: file.to_owned(),
            database,
        })
    }

    fn fail(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite {
            file: self.file.clone(),
            source,
        }
    }

    /// Writes a run's record, replacing the one it had.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_run(&self, id: &str, record: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO runs (id, record) VALUES (?1, ?2)
                   ON CONFLICT (id) DO UPDATE SET record = excluded.record";
        self.database
            .execute(sql, params![id, record])
            .map_err(|e| self.fail(e))?;
        Ok(())
    }

    /// Writes a step's record and state, replacing what it had; on disk when this returns.
    ///
    /// # Errors
    /// What SQLite says; nothing was written then.
    pub fn put_step(
        &self,
        run: &str,
        number: u32,
        state: StepState,
        record: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO steps (run, number, state, record) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (run, number) DO UPDATE
                   SET state = excluded.state, record = excluded.record";
        self.database
            .execute(sql, params![run, number, state.word(), record])
            .map_err(|e| self.fail(e))?;
        Ok(())
    }

    /// Returns a run's record.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn run(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.database
            .query_row("SELECT record FROM runs WHERE id = ?1", [id], |row| {
                row.get(0)
            })
            .optional()
            .map_err(|e| self.fail(e))
    }

    /// Returns the newest `limit` runs' records, newest first.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn runs(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT record FROM runs ORDER BY id DESC LIMIT ?1";
        self.texts(sql, params![limit])
    }

    /// Returns the records of a run's steps in order.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn steps(&self, run: &str) -> Result<Vec<String>, StoreError> {
        self.texts(
            "SELECT record FROM steps WHERE run = ?1 ORDER BY number",
            params![run],
        )
    }

    /// Returns run and record of every step that was intended and never concluded.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn cut_off(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT run, record FROM steps WHERE state = 'intended' ORDER BY run, number";
        let mut statement = self.database.prepare(sql).map_err(|e| self.fail(e))?;
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .map_err(|e| self.fail(e))
    }

    /// Returns run and record of every step whose record holds `text`, newest first.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn steps_holding(&self, text: &str) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT run, record FROM steps WHERE instr(record, ?1) > 0
                   ORDER BY run DESC, number DESC";
        let mut statement = self.database.prepare(sql).map_err(|e| self.fail(e))?;
        statement
            .query_map([text], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .map_err(|e| self.fail(e))
    }

    /// Writes the record of a message that was put off, replacing the one it had.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_snoozed(&self, message: &str, record: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO snoozed (message, record) VALUES (?1, ?2)
                   ON CONFLICT (message) DO UPDATE SET record = excluded.record";
        self.execute(sql, params![message, record])
    }

    /// Forgets that a message was put off.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn remove_snoozed(&self, message: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM snoozed WHERE message = ?1", params![message])
    }

    /// Returns the records of all messages that were put off.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn snoozed(&self) -> Result<Vec<String>, StoreError> {
        self.texts("SELECT record FROM snoozed ORDER BY message", params![])
    }

    fn execute(&self, sql: &str, with: impl rusqlite::Params) -> Result<(), StoreError> {
        let done = self.database.execute(sql, with);
        done.map(drop).map_err(|e| self.fail(e))
    }

    /// Adds a letter; `false` when there is one of that Message-ID. On disk when this returns.
    ///
    /// # Errors
    /// What SQLite says; nothing was written then.
    pub fn add_letter(&self, letter: &LetterRow, bytes: &[u8]) -> Result<bool, StoreError> {
        let sql = "INSERT INTO letters (message_id, state, due, record, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (message_id) DO NOTHING";
        let row = params![
            letter.message_id,
            letter.state,
            letter.due,
            letter.record,
            bytes
        ];
        let added = self.database.execute(sql, row);
        added.map(|count| count == 1).map_err(|e| self.fail(e))
    }

    /// Gives a letter another state, when and what is known of it; `false` when it was not in
    /// `from` any more. On disk when this returns.
    ///
    /// # Errors
    /// What SQLite says; nothing was written then.
    pub fn turn_letter(&self, letter: &LetterRow, from: &str) -> Result<bool, StoreError> {
        let sql =
            "UPDATE letters SET state = ?1, due = ?2, record = ?3 WHERE id = ?4 AND state = ?5";
        let row = params![letter.state, letter.due, letter.record, letter.id, from];
        let turned = self.database.execute(sql, row);
        turned.map(|count| count == 1).map_err(|e| self.fail(e))
    }

    /// Gives a letter that never left other bytes; `false` when it was not in `from` any more.
    ///
    /// # Errors
    /// What SQLite says; nothing was written then.
    pub fn renew_letter(
        &self,
        letter: &LetterRow,
        from: &str,
        bytes: &[u8],
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE letters SET state = ?1, due = ?2, record = ?3, bytes = ?6
                   WHERE id = ?4 AND state = ?5";
        let row = params![
            letter.state,
            letter.due,
            letter.record,
            letter.id,
            from,
            bytes
        ];
        let turned = self.database.execute(sql, row);
        turned.map(|count| count == 1).map_err(|e| self.fail(e))
    }

    /// Returns the newest `limit` letters, newest first.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn letters(&self, limit: u32) -> Result<Vec<LetterRow>, StoreError> {
        let sql =
            "SELECT id, message_id, state, due, record FROM letters ORDER BY id DESC LIMIT ?1";
        let mut statement = self.database.prepare(sql).map_err(|e| self.fail(e))?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(LetterRow {
                id: row.get(0)?,
                message_id: row.get(1)?,
                state: row.get(2)?,
                due: row.get(3)?,
                record: row.get(4)?,
            })
        };
        statement
            .query_map([limit], row)
            .and_then(Iterator::collect)
            .map_err(|e| self.fail(e))
    }

    /// Returns the bytes of a letter as they were approved.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn letter_bytes(&self, id: i64) -> Result<Vec<u8>, StoreError> {
        let sql = "SELECT bytes FROM letters WHERE id = ?1";
        self.database
            .query_row(sql, [id], |row| row.get(0))
            .map_err(|e| self.fail(e))
    }

    fn texts(&self, sql: &str, with: impl rusqlite::Params) -> Result<Vec<String>, StoreError> {
        let mut statement = self.database.prepare(sql).map_err(|e| self.fail(e))?;
        statement
            .query_map(with, |row| row.get(0))
            .and_then(Iterator::collect)
            .map_err(|e| self.fail(e))
    }
}

/// Brings the tables up to [`VERSION`]; whoever waited for this finds them made.
fn migrate(database: &Connection) -> Result<(), rusqlite::Error> {
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.execute_batch("BEGIN IMMEDIATE")?;
    for migration in MIGRATIONS.iter().skip(version(database)? as usize) {
        database.execute_batch(migration)?;
    }
    database.pragma_update(None, "user_version", VERSION)?;
    database.execute_batch("COMMIT")
}

fn version(database: &Connection) -> Result<u32, rusqlite::Error> {
    database.query_row("PRAGMA user_version", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_back_in_order_and_open_ones_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a/legwork.db")).unwrap();
        store.put_run("r1", "{}").unwrap();
        store.put_step("r1", 2, StepState::Intended, "two").unwrap();
        store.put_step("r1", 1, StepState::Intended, "one").unwrap();
        store
            .put_step("r1", 1, StepState::Concluded, "one, done")
            .unwrap();
        assert_eq!(store.steps("r1").unwrap(), ["one, done", "two"]);
        assert_eq!(
            store.cut_off().unwrap(),
            [("r1".to_owned(), "two".to_owned())]
        );
    }

    #[test]
    fn a_newer_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("legwork.db");
        Store::open(&file)
            .unwrap()
            .database
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(
            Store::open(&file),
            Err(StoreError::Newer { found: 99, .. })
        ));
    }

    #[test]
    fn a_file_that_is_no_database_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("legwork.db");
        std::fs::write(
            &file,
            "not a database, by far not one, and long enough to be sure",
        )
        .unwrap();
        let error = Store::open(&file).unwrap_err();
        assert!(error.to_string().contains("legwork.db"), "{error}");
    }
}
