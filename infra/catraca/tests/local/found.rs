//! A folder whose files do not belong together is refused, and stays as it is.

use std::{collections::BTreeMap, fs, path::Path};

use aws_local::folder::Folder;
use catraca::local::Place;
use rusqlite::Connection;

use crate::{command::Hub, hub::start};

/// The files of a hub that was killed: its last writes are in the log.
const FILES: [&str; 4] = ["hub.db", "hub.db-wal", "master.key", "account.json"];

/// The files of a folder, with what they hold.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |file: fs::DirEntry| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|file| read(file.unwrap())).collect()
}

/// The files of a hub that is killed after its first start.
fn killed(scratch: &Folder, name: &str) -> BTreeMap<String, Vec<u8>> {
    drop(Hub::start(&["--port", "0", "--data", name], scratch.path()));
    let all = files(&scratch.file(name));
    FILES.map(|file| (file.to_owned(), all[file].clone())).into()
}

/// A database with these tables, which is none of a hub.
fn foreign(scratch: &Folder, statements: &str) -> Vec<u8> {
    let path = scratch.file("foreign.db");
    Connection::open(&path).unwrap().execute_batch(statements).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_belong_together_are_refused_and_stay_as_they_are() {
    let scratch = Folder::in_memory().unwrap();
    let (own, other) = (killed(&scratch, "own"), killed(&scratch, "other"));
    let orders = foreign(&scratch, "CREATE TABLE orders (id); INSERT INTO orders VALUES (1)");
    let empty = foreign(&scratch, "VACUUM");
    let folder = scratch.file("mixed");
    let account: serde_json::Value = serde_json::from_slice(&own["account.json"]).unwrap();
    let no_hub = format!(
        "{} is no database of the hub; nothing was changed. Restore it from a backup, or name a new folder",
        folder.join("hub.db").display()
    );
    let no_account = format!(
        "the hub.db in {} does not have the account {} of account.json; nothing was changed. Restore the hub.db that \
         belongs to account.json, or name a new folder",
        folder.display(),
        account["clientId"].as_str().unwrap()
    );
    let no_key = format!(
        "the hub's own secrets in {} cannot be opened: master.key is not the one that belongs to hub.db; nothing was \
         changed. Restore it, or name a new folder",
        folder.display()
    );
    let with = |changed: &[(&str, Option<&Vec<u8>>)]| {
        let mut files = own.clone();
        for (name, bytes) in changed {
            match bytes {
                Some(bytes) => files.insert((*name).to_owned(), (*bytes).clone()),
                None => files.remove(*name),
            };
        }
        files
    };
    let (database, log, key) = (other.get("hub.db"), other.get("hub.db-wal"), other.get("master.key"));
    let alone = |bytes: &Vec<u8>| BTreeMap::from([("hub.db".to_owned(), bytes.clone())]);
    for (case, mixed, expected) in [
        ("a foreign database", with(&[("hub.db", Some(&orders)), ("hub.db-wal", None)]), &no_hub),
        ("an empty database", with(&[("hub.db", Some(&empty)), ("hub.db-wal", None)]), &no_hub),
        ("a foreign database alone", alone(&orders), &no_hub),
        ("an empty database alone", alone(&empty), &no_hub),
        ("another hub's database", with(&[("hub.db", database), ("hub.db-wal", log)]), &no_account),
        (
            "another hub's database and key",
            with(&[("hub.db", database), ("hub.db-wal", log), ("master.key", key)]),
            &no_account,
        ),
        ("a database before its account", with(&[("hub.db-wal", None)]), &no_account),
        ("another hub's key", with(&[("master.key", key)]), &no_key),
        (
            "another hub's database without an account",
            with(&[("hub.db", database), ("hub.db-wal", log), ("account.json", None)]),
            &no_key,
        ),
    ] {
        fs::create_dir(&folder).unwrap();
        for (name, bytes) in &mixed {
            fs::write(folder.join(name), bytes).unwrap();
            fs::set_permissions(folder.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        let refused = start(Place::Folder(folder.clone())).await.err().map(|error| error.to_string());
        assert_eq!(refused.as_ref(), Some(expected), "{case}");
        assert_eq!(files(&folder), mixed, "{case}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
