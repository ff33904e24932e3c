//! The database of one machine: the embedded engine, `DynamoDB` over `SQLite`, on a file.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use dynoxide::Database;
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    found::Found,
    stream::{Stream, StreamError},
    tables::Tables,
    template::{Table, Template},
};

/// The name of the table of accounts, sessions and charges.
pub const HUB_TABLE: &str = "hub";
/// The name of the table of card tokens.
pub const TOKENS_TABLE: &str = "tokens";

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Its file cannot be opened.
    #[error("the database {path} cannot be opened: {problem}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Another process uses its file, by this name or another.
    #[error("a hub is running on the database {path}; nothing was recorded. Stop it first")]
    Busy {
        /// The file, without links.
        path: String,
    },
    /// Its file can be read, and not written.
    #[error(
        "the database {path} cannot be written: {problem}. The hub must be allowed to write this file, those beside it and their folder: chmod u+w them, as their owner"
    )]
    ReadOnly {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Its file is a link to nothing.
    #[error("{path} is a link to a file that is not there; nothing was changed. Restore that file, or remove the link")]
    Dangling {
        /// The link.
        path: String,
    },
    /// Its file is empty, or no database of a hub.
    #[error("{path} is no database of the hub; nothing was changed. Restore it from a backup, or name a new folder")]
    NoDatabase {
        /// The file.
        path: String,
    },
    /// It refused a table as the template describes it.
    #[error("template.yaml: the database refused the table {table}: {problem}")]
    Table {
        /// Which one.
        table: &'static str,
        /// Why.
        problem: String,
    },
    /// The stream of the hub's table is unusable.
    #[error(transparent)]
    Stream(#[from] StreamError),
}

/// A database that is open.
pub struct Engine {
    tables: Tables,
    stream: Stream,
    lock: File,
}

impl Engine {
    /// Opens the database in the file at `path`, and makes the tables that it lacks. Only its owner can read a new one.
    ///
    /// # Errors
    /// [`EngineError`]. A file that is no database of a hub stays as it is.
    pub fn open(path: &Path, template: &Template) -> Result<Self, EngineError> {
        let is_new = !path.exists() && !path.is_symlink();
        if !is_new {
            Found::open(path)?;
        }
        let draft = path.with_extension("draft");
        // A start that was killed leaves it.
        match fs::remove_dir_all(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(path, &error)),
            _ => {}
        }
        if is_new {
            make(path, &draft, template)?;
        }
        let lock = lock(path)?;
        write(path)?;
        let database = open(path)?;
        create_all(&database, template)?;
        let stream = Stream::open(database.clone(), path, HUB_TABLE)?;
        Ok(Self { tables: Tables::new(database), stream, lock })
    }

    /// Its tables.
    #[must_use]
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The stream of the hub's table.
    #[must_use]
    pub const fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Ends what is under way and closes the file.
    pub async fn stop(self) {
        let Self { tables, stream, lock } = self;
        drop(stream);
        tables.close().await;
        drop(lock);
    }
}

/// Makes the database at `path` with its tables, whole or not at all: the engine takes several writes for a table, and a
/// process that is killed between them leaves a table that cannot be used. So it is made in `folder`, closed, and then
/// gets its name.
fn make(path: &Path, folder: &Path, template: &Template) -> Result<(), EngineError> {
    let unusable = |error: io::Error| unusable(path, &error);
    let draft = folder.join("database");
    DirBuilder::new().mode(0o700).create(folder).map_err(unusable)?;
    // The files that the database makes beside this one get the same mode.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(unusable)?;
    let database = open(&draft)?;
    create_all(&database, template)?;
    // The last connection writes everything into the one file, and removes the others.
    drop(database);
    fs::rename(&draft, path).and_then(|()| fs::remove_dir(folder)).map_err(unusable)
}

/// The lock of the database in the file at `path`. It belongs to the file, so that a link to it, in whichever folder, has
/// the same one. It ends with the process even when it is killed.
///
/// Where a process closes a file, it loses the locks that `SQLite` has on it, so this one stays open longer
/// (<https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>).
pub(crate) fn lock(path: &Path) -> Result<File, EngineError> {
    let file = File::open(path).map_err(|error| unusable(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            Err(EngineError::Busy { path: path.display().to_string() })
        }
        Err(TryLockError::Error(error)) => Err(unusable(path, &error)),
    }
}

/// Writes the database at `path` without a change. One that cannot be written opens all the same, and then refuses every
/// payment.
fn write(path: &Path) -> Result<(), EngineError> {
    let written = || {
        let mut database = Connection::open(path)?;
        let writing = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i32 = writing.pragma_query_value(None, USER_VERSION, |row| row.get(0))?;
        writing.pragma_update(None, USER_VERSION, version)?;
        writing.commit()
    };
    written().map_err(|problem: rusqlite::Error| EngineError::ReadOnly {
        path: path.display().to_string(),
        problem: problem.to_string(),
    })
}

/// The number in a database that `SQLite` leaves to its user.
const USER_VERSION: &str = "user_version";

fn open(path: &Path) -> Result<Database, EngineError> {
    let name = path.to_str().ok_or_else(|| unusable(path, &"its name is not UTF-8"))?;
    Database::new(name).map_err(|error| unusable(path, &error))
}

pub(crate) fn no_database(path: &Path) -> EngineError {
    EngineError::NoDatabase { path: path.display().to_string() }
}

pub(crate) fn unusable(path: &Path, problem: &dyn std::fmt::Display) -> EngineError {
    EngineError::File { path: path.display().to_string(), problem: problem.to_string() }
}

fn create_all(database: &Database, template: &Template) -> Result<(), EngineError> {
    for (table, shape) in [(HUB_TABLE, &template.hub), (TOKENS_TABLE, &template.tokens)] {
        create(database, table, shape).map_err(|problem| EngineError::Table { table, problem })?;
    }
    Ok(())
}

fn create(database: &Database, name: &str, shape: &Table) -> Result<(), String> {
    let text = |error: dynoxide::errors::DynoxideError| error.to_string();
    if let Some(found) = database.get_table_metadata(name).map_err(text)? {
        // A table of an older hub has no stream.
        if let Some(stream) = shape.stream(name).filter(|_| !found.stream_enabled) {
            let request = serde_json::from_value(stream).map_err(|error| error.to_string())?;
            database.update_table(request).map_err(text)?;
        }
        return Ok(());
    }
    let request = serde_json::from_value(shape.create(name)).map_err(|error| error.to_string())?;
    database.create_table(request).map_err(text)?;
    let request = serde_json::from_value(shape.time_to_live(name)).map_err(|error| error.to_string())?;
    database.update_time_to_live(request).map_err(text)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{folder::Folder, found::HEADER, template::TEXT};

    #[tokio::test]
    async fn the_tables_of_the_template_are_made_once_and_found_again() {
        let folder = Folder::in_memory().unwrap();
        let template = Template::parse(TEXT).unwrap();
        for _ in 0..2 {
            let engine = Engine::open(&folder.file("hub.db"), &template).unwrap();
            assert_eq!(engine.tables().database().table_count().unwrap(), 2);
            engine.stop().await;
        }
    }

    #[tokio::test]
    async fn a_database_that_was_half_made_is_made_again_and_only_its_owner_reads_it() {
        let folder = Folder::in_memory().unwrap();
        let template = Template::parse(TEXT).unwrap();
        let (path, draft) = (folder.file("hub.db"), folder.file("hub.draft"));
        fs::create_dir(&draft).unwrap();
        for file in ["database", "database-wal", "database-shm", "database-journal"] {
            fs::write(draft.join(file), "half of it").unwrap();
        }
        for _ in 0..2 {
            let engine = Engine::open(&path, &template).unwrap();
            assert_eq!(engine.tables().database().table_count().unwrap(), 2);
            assert!(!draft.exists());
            engine.stop().await;
            // After the database got its name.
            fs::create_dir(&draft).unwrap();
        }
        fs::remove_dir(&draft).unwrap();
        for file in fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap()) {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
        }
    }

    #[tokio::test]
    async fn a_database_gets_its_name_when_its_tables_are_made() {
        let folder = Folder::in_memory().unwrap();
        make(&folder.file("hub.db"), &folder.file("hub.draft"), &Template::parse(TEXT).unwrap()).unwrap();
        let mut files: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, ["hub.db", "lock"], "the tables are in the one file");
        assert_eq!(open(&folder.file("hub.db")).unwrap().table_count().unwrap(), 2);
    }

    #[tokio::test]
    async fn a_database_has_one_user_at_a_time_by_all_its_names() {
        let folder = Folder::in_memory().unwrap();
        let template = Template::parse(TEXT).unwrap();
        let path = folder.file("hub.db");
        let links = ["symbolic", "hard"].map(|name| {
            fs::create_dir(folder.file(name)).unwrap();
            folder.file(name).join("hub.db")
        });
        let engine = Engine::open(&path, &template).unwrap();
        std::os::unix::fs::symlink(&path, &links[0]).unwrap();
        fs::hard_link(&path, &links[1]).unwrap();
        for (link, named) in [(&links[0], &path), (&links[1], &links[1])] {
            let expected =
                format!("a hub is running on the database {}; nothing was recorded. Stop it first", named.display());
            assert_eq!(Found::open(link).err().unwrap().to_string(), expected);
            assert_eq!(Engine::open(link, &template).err().unwrap().to_string(), expected);
            assert_eq!(fs::read_dir(link.parent().unwrap()).unwrap().count(), 1, "nothing is beside the link");
        }
        engine.stop().await;
        for name in [&links[0], &path] {
            Engine::open(name, &template).unwrap().stop().await;
        }
    }

    #[test]
    fn a_link_to_nothing_stays_as_it_is() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("hub.db");
        std::os::unix::fs::symlink(folder.file("elsewhere.db"), &path).unwrap();
        let expected = format!(
            "{} is a link to a file that is not there; nothing was changed. Restore that file, or remove the link",
            path.display()
        );
        assert_eq!(Found::open(&path).err().unwrap().to_string(), expected);
        assert_eq!(Engine::open(&path, &Template::parse(TEXT).unwrap()).err().unwrap().to_string(), expected);
        assert!(path.is_symlink() && fs::read_dir(folder.path()).unwrap().count() == 2);
    }

    #[tokio::test]
    async fn a_table_that_the_database_refuses_is_the_templates_fault() {
        let folder = Folder::in_memory().unwrap();
        let broken = TEXT.replace("{AttributeName: GSI2PK, KeyType: HASH}", "{AttributeName: GSI3PK, KeyType: HASH}");
        let template = Template::parse(&broken).unwrap();
        let refused = Engine::open(&folder.file("hub.db"), &template).err().unwrap().to_string();
        assert!(refused.starts_with("template.yaml: the database refused the table hub: "), "{refused}");
    }

    #[tokio::test]
    async fn an_error_names_the_file_that_is_no_database() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("hub.db");
        let text = "not a database, however long one looks at it".repeat(100);
        for bytes in [vec![], b"SQLite".to_vec(), text.clone().into_bytes(), [&HEADER[..], text.as_bytes()].concat()] {
            fs::write(&path, &bytes).unwrap();
            let refused = Engine::open(&path, &Template::parse(TEXT).unwrap()).err().unwrap().to_string();
            let expected =
                "is no database of the hub; nothing was changed. Restore it from a backup, or name a new folder";
            assert_eq!(refused, format!("{} {expected}", path.display()));
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }

    #[tokio::test]
    async fn nothing_is_made_in_a_database_that_is_none_of_a_hub() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("hub.db");
        let files = || {
            let names = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
            names.map(|path| (path.clone(), fs::read(path).unwrap())).collect::<std::collections::BTreeMap<_, _>>()
        };
        for (journal, statements) in [
            ("DELETE", "VACUUM"),
            ("WAL", "VACUUM"),
            ("DELETE", "CREATE TABLE hub (pk, sk, item_json)"),
            ("WAL", "CREATE TABLE orders (id); INSERT INTO orders VALUES (1)"),
            ("DELETE", "CREATE TABLE _tables (table_name); INSERT INTO _tables VALUES ('orders')"),
        ] {
            let foreign = rusqlite::Connection::open(&path).unwrap();
            foreign.pragma_update(None, "journal_mode", journal).unwrap();
            foreign.execute_batch(statements).unwrap();
            // With the log of its writer, and without.
            for _ in 0..2 {
                let before = files();
                let refused = Engine::open(&path, &Template::parse(TEXT).unwrap()).err().unwrap();
                assert!(matches!(refused, EngineError::NoDatabase { .. }), "{statements}: {refused}");
                assert_eq!(files(), before, "{statements}");
                if journal == "WAL" {
                    foreign.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
                }
            }
            drop(foreign);
            fs::remove_file(&path).unwrap();
        }
    }
}
