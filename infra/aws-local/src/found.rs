//! A database that was found, read as it is: whose it is must be known before anything is written.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use dynoxide::{actions::get_item::GetItemRequest, types::AttributeValue};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, config::DbConfig};
use serde_json::{Value, json};
use url::Url;

use crate::{
    engine::{EngineError, HUB_TABLE, lock, no_database, unusable},
    in_process::{Answer, Service},
    tables,
};

/// How a file of `SQLite` begins.
pub(crate) const HEADER: &[u8; 16] = b"SQLite format 3\0";

/// The items of a hub's table; nothing on the disk changes by reading them. Clones are the same database.
#[derive(Clone)]
pub struct Found(Arc<Mutex<Connection>>);

impl Found {
    /// The database in the file at `path`, which no other process may have open.
    ///
    /// # Errors
    /// [`EngineError::NoDatabase`] where it is none of a hub, [`EngineError::Busy`] or [`EngineError::Dangling`], or
    /// [`EngineError::File`] where it cannot be read.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        if path.is_symlink() && !path.exists() {
            return Err(EngineError::Dangling { path: path.display().to_string() });
        }
        drop(lock(path)?);
        if !begins_as_database(path).map_err(|error| unusable(path, &error))? {
            return Err(no_database(path));
        }
        let opened = read_only(path).map_err(|error| unusable(path, &error))?;
        let table = "SELECT 1 FROM _tables WHERE table_name = ?1";
        match opened.query_row(table, [HUB_TABLE], |_| Ok(())).optional() {
            Ok(Some(())) => Ok(Self(Arc::new(Mutex::new(opened)))),
            Ok(None) => Err(no_database(path)),
            Err(error) => match error.sqlite_error_code() {
                // It has no table of tables, or only begins as a database.
                Some(ErrorCode::Unknown | ErrorCode::NotADatabase) => Err(no_database(path)),
                _ => Err(unusable(path, &error)),
            },
        }
    }

    /// A client that gets items, and does nothing else.
    #[must_use]
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        tables::client_of(self.clone())
    }

    fn item(&self, body: &[u8]) -> Option<Value> {
        let request: GetItemRequest = serde_json::from_slice(body).ok()?;
        let key = |name| request.key.get(name).and_then(AttributeValue::to_key_string);
        // A panic leaves nothing half done in a connection that only reads.
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let item = format!("SELECT item_json FROM \"{HUB_TABLE}\" WHERE pk = ?1 AND sk = ?2");
        let found = file.query_row(&item, [key("PK")?, key("SK")?], |row| row.get::<_, String>(0)).optional().ok()?;
        let Some(found) = found else { return Some(json!({})) };
        Some(json!({"Item": serde_json::from_str::<Value>(&found).ok()?}))
    }
}

impl Service for Found {
    async fn serve(self, target: String, body: Vec<u8>) -> Answer {
        let item = if target.ends_with(".GetItem") { self.item(&body) } else { None };
        match item {
            Some(item) => Answer { status: 200, body: item.to_string() },
            None => tables::failure("the database is only read, and this cannot be read"),
        }
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}

/// Whether the file begins as each file of `SQLite` does (<https://www.sqlite.org/fileformat2.html#the_database_header>).
fn begins_as_database(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::with_capacity(HEADER.len());
    File::open(path)?.take(HEADER.len() as u64).read_to_end(&mut beginning)?;
    Ok(beginning == HEADER)
}

/// A connection that leaves the file, and the folder around it, as they are.
///
/// A connection that only reads still makes a log and the index of the log beside a database that can have them
/// (<https://www.sqlite.org/wal.html#read_only_databases>). Without a log, a file that is called immutable needs neither.
/// What a killed process left in its log counts, so that log is read: with its index in memory, which takes exclusive
/// locking, and without a lock, because a file that is only read cannot have an exclusive one.
fn read_only(path: &Path) -> Result<Connection, Box<dyn std::error::Error>> {
    let path = fs::canonicalize(path)?;
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    let has_log = fs::metadata(log).is_ok_and(|log| log.len() > 0);
    let mut url = Url::from_file_path(&path).map_err(|()| "its path is no address")?;
    url.set_query(Some(if has_log { "mode=ro&vfs=unix-none" } else { "mode=ro&immutable=1" }));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(url.as_str(), flags)?;
    opened.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    opened.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::PathBuf};

    use aws_sdk_dynamodb::types::AttributeValue as Attribute;

    use super::*;
    use crate::{
        engine::Engine,
        folder::Folder,
        template::{TEXT, Template},
    };

    /// The files of a folder, with what they hold and when they were last changed.
    fn files(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        files
            .map(|path| (path.clone(), (fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap())))
            .collect()
    }

    fn key(client: &aws_sdk_dynamodb::Client) -> aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder {
        let text = |text: &str| Attribute::S(text.to_owned());
        client.get_item().table_name(HUB_TABLE).key("PK", text("HUB")).key("SK", text("SECRETS"))
    }

    async fn has_item(found: &Found) -> bool {
        key(&found.client()).send().await.unwrap().item.is_some_and(|item| item.contains_key("doc"))
    }

    #[tokio::test]
    async fn items_are_read_in_the_file_and_in_the_log_of_a_killed_process_and_nothing_changes() {
        let scratch = Folder::in_memory().unwrap();
        let path = scratch.file("a folder?with #signs%20");
        fs::create_dir(&path).unwrap();
        let path = path.join("hub.db");
        let engine = Engine::open(&path, &Template::parse(TEXT).unwrap()).unwrap();
        let item = json!({"PK": {"S": "HUB"}, "SK": {"S": "SECRETS"}, "doc": {"S": "{}"}});
        let put = json!({"TableName": HUB_TABLE, "Item": item});
        let kill = |name: &str, files: &[&str]| {
            let killed = scratch.file(name);
            fs::create_dir(&killed).unwrap();
            for file in files {
                fs::copy(path.with_file_name(file), killed.join(file)).unwrap();
            }
            killed
        };
        let empty = kill("empty", &["hub.db", "hub.db-wal", "hub.db-shm"]);
        engine.tables().database().put_item(serde_json::from_value(put).unwrap()).unwrap();
        let with_index = kill("with an index", &["hub.db", "hub.db-wal", "hub.db-shm"]);
        let in_the_log = kill("in the log", &["hub.db", "hub.db-wal"]);
        let without_log = kill("without a log", &["hub.db"]);
        engine.stop().await;
        let in_the_file = path.parent().unwrap().to_owned();
        assert_eq!(files(&in_the_file).len(), 1);
        for (folder, expected) in
            [(empty, false), (with_index, true), (in_the_log, true), (without_log, false), (in_the_file, true)]
        {
            let before = files(&folder);
            let found = Found::open(&folder.join("hub.db")).unwrap();
            assert_eq!(has_item(&found).await, expected, "{}", folder.display());
            assert_eq!(files(&folder), before, "while it is open");
            drop(found);
            assert_eq!(files(&folder), before);
        }
    }

    #[tokio::test]
    async fn it_writes_nothing() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("hub.db");
        Engine::open(&path, &Template::parse(TEXT).unwrap()).unwrap().stop().await;
        let client = Found::open(&path).unwrap().client();
        let key = |text: &str| Attribute::S(text.to_owned());
        let put = client.put_item().table_name(HUB_TABLE).item("PK", key("HUB")).item("SK", key("SECRETS"));
        assert!(put.send().await.is_err());
        assert!(!has_item(&Found::open(&path).unwrap()).await);
    }
}
