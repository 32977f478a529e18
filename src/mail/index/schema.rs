//! The tables of the index, and what is done about a file that is old, new or damaged.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::home::{alone_with, make_private, make_private_file};
use crate::mail::Error;
use crate::mail::error::io_at;

/// The schema this program writes (`PRAGMA user_version`). Another one begins the file anew: what
/// stands in it is read from the mailboxes again.
pub(super) const VERSION: u32 = 6;
/// How long to wait while another process writes; the first look at a large Maildir takes seconds.
const BUSY_WAIT: Duration = Duration::from_secs(30);
/// Compiled statements kept; there are about as many.
const STATEMENTS: usize = 48;

/// A power cut may lose the newest rows but never the whole: they are read again then.
const SETTINGS: &str = "
    PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;
";

/// Narrow rows for lists and searches; what is shown of a message stands apart in `cards`, so that
/// sorting ten thousand rows reads few pages.
const TABLES: &str = "
    CREATE TABLE mailboxes (
        number INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL DEFAULT '',
        -- Whether the server writes the name in UTF-8, where the standard has it in UTF-7.
        plain INTEGER NOT NULL DEFAULT 0,
        uid_validity INTEGER,
        uid_next INTEGER,
        mod_seq INTEGER,
        stamp TEXT NOT NULL DEFAULT '',
        UNIQUE (account, name)
    ) STRICT;
    -- AUTOINCREMENT: the number of a message that is gone may still name a thread.
    CREATE TABLE messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        mailbox INTEGER NOT NULL REFERENCES mailboxes (number),
        id TEXT NOT NULL,
        uid INTEGER,
        file TEXT,
        date INTEGER NOT NULL,
        -- Orders what bears one date: the UID, or when the file came, in microseconds.
        came INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        flagged INTEGER NOT NULL,
        answered INTEGER NOT NULL,
        flags TEXT NOT NULL,
        attached INTEGER NOT NULL,
        -- How much of it can be searched: -1 nothing yet, 0 its header, 1 all of it.
        body INTEGER NOT NULL,
        thread INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        parent TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX messages_id ON messages (id, mailbox);
    CREATE UNIQUE INDEX messages_uid ON messages (mailbox, uid) WHERE uid IS NOT NULL;
    CREATE UNIQUE INDEX messages_file ON messages (mailbox, file) WHERE file IS NOT NULL;
    CREATE INDEX messages_newest ON messages (mailbox, date DESC, came DESC, id);
    CREATE INDEX messages_unread ON messages (mailbox, date DESC, came DESC, id) WHERE seen = 0;
    CREATE INDEX messages_unsearched ON messages (number) WHERE body < 0;
    CREATE INDEX messages_thread ON messages (thread);
    CREATE INDEX messages_message_id ON messages (message_id) WHERE message_id != '';
    CREATE INDEX messages_parent ON messages (parent) WHERE parent != '';
    CREATE TABLE cards (
        number INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
        size INTEGER NOT NULL,
        card TEXT NOT NULL
    ) STRICT;
    CREATE TABLE people (
        email TEXT NOT NULL,
        part INTEGER NOT NULL,
        message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
        PRIMARY KEY (email, part, message)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX people_message ON people (message);
    -- Which thread a Message-ID belongs to, also of messages that are not here.
    CREATE TABLE links (
        account TEXT NOT NULL,
        message_id TEXT NOT NULL,
        thread INTEGER NOT NULL,
        PRIMARY KEY (account, message_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX links_thread ON links (thread);
    CREATE TABLE bodies (
        message INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
        size INTEGER NOT NULL,
        used INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX bodies_used ON bodies (used, size);
    -- Text is folded before it comes here, so the plainest splitting at blanks is right: to it, all
    -- that is not ASCII belongs to words.
    CREATE VIRTUAL TABLE words USING fts5 (
        subject, sender, people, text,
        content = '', contentless_delete = 1, tokenize = 'ascii'
    );
    -- Bytes of words gathered before they are written: more at once leave less to be merged.
    INSERT INTO words (words, rank) VALUES ('hashsize', 16777216);
";

/// Opens `file`, once more from nothing when it is damaged.
pub(super) fn open(file: &Path) -> Result<Connection, Error> {
    let fail = |source| Error::Index {
        file: file.to_owned(),
        source,
    };
    if let Some(folder) = file.parent() {
        make_private(folder).map_err(io_at("make", folder))?;
    }
    match opened(file) {
        Err(Error::Index { source, .. }) if is_damage(&source) => {
            put_aside(file);
            opened(file)
        }
        Err(Error::Index { source, .. }) => Err(fail(source)),
        done => done,
    }
}

fn opened(file: &Path) -> Result<Connection, Error> {
    let fail = |source| Error::Index {
        file: file.to_owned(),
        source,
    };
    if !file.exists() {
        make_private_file(file).map_err(io_at("make", file))?;
    }
    let database = Connection::open(file).map_err(fail)?;
    database.busy_timeout(BUSY_WAIT).map_err(fail)?;
    database.set_prepared_statement_cache_capacity(STATEMENTS);
    let found = version(&database).map_err(fail)?;
    if found > VERSION {
        let file = file.to_owned();
        return Err(Error::NewerIndex {
            file,
            found,
            known: VERSION,
        });
    }
    if found < VERSION {
        let _alone = alone_with(file).map_err(io_at("lock", file))?;
        begin(&database).map_err(fail)?;
    }
    database.execute_batch(SETTINGS).map_err(fail)?;
    Ok(database)
}

/// How SQLite names a database in memory.
pub(super) const MEMORY: &str = ":memory:";

/// Makes an index in memory.
pub(super) fn in_memory() -> Result<Connection, Error> {
    let fail = |source| Error::Index {
        file: PathBuf::from(MEMORY),
        source,
    };
    let database = Connection::open_in_memory().map_err(fail)?;
    database.set_prepared_statement_cache_capacity(STATEMENTS);
    begin(&database).map_err(fail)?;
    database.execute_batch(SETTINGS).map_err(fail)?;
    Ok(database)
}

/// Makes the tables; those of an older format go, whatever they were.
fn begin(database: &Connection) -> Result<(), rusqlite::Error> {
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?;
    // Two first runs at once: the second one finds the tables made.
    let old = version(database)?;
    if old < VERSION {
        let named = "SELECT type, name FROM sqlite_schema
                     WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'";
        let mut statement = database.prepare(named)?;
        let names = statement.query_map([], |row| row.get::<_, String>(1))?;
        let names: Vec<String> = names.collect::<Result<_, _>>()?;
        drop(statement);
        // The table of words first: its shadow tables go with it.
        for name in names.iter().filter(|name| *name == "words").chain(&names) {
            let quoted = name.replace('"', "\"\"");
            database.execute_batch(&format!("DROP TABLE IF EXISTS \"{quoted}\""))?;
        }
        database.execute_batch(TABLES)?;
        database.pragma_update(None, "user_version", VERSION)?;
    }
    database.execute_batch("COMMIT")
}

fn version(database: &Connection) -> Result<u32, rusqlite::Error> {
    database.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Moves a damaged file out of the way; one that was put aside earlier gives way to it.
fn put_aside(file: &Path) {
    tracing::warn!(file = %file.display(), "the mail index is damaged: it is built anew");
    let with = |ending: &str| -> PathBuf {
        let mut name = OsString::from(file);
        name.push(ending);
        name.into()
    };
    // When this fails, opening fails again and says why.
    drop(fs::rename(file, with(".damaged")));
    for ending in ["-wal", "-shm"] {
        drop(fs::remove_file(with(ending)));
    }
}
