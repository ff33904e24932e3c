//! A first start that is killed leaves a folder that starts.
//!
//! A kill at any instant leaves a prefix of what the start wrote. The start writes in this order: the database with its
//! tables under another name; its name; the commits in its log; in between the master key, before the commit with the
//! secrets that it wraps; and the account's file at the end.

use std::{fs, path::Path};

use aws_local::folder::Folder;
use catraca::local::Place;

use crate::{
    command::Hub,
    hub::{ask, card_payment, own_keys, start},
};

/// The name of a draft of the master key, which is linked to its name once it is whole.
const KEY_DRAFT: &str = "master.key.c1db83fa-723c-4e1f-9722-bc19d1be6791";
/// The name of a draft of the account's file.
const ACCOUNT_DRAFT: &str = "account.json.c1db83fa-723c-4e1f-9722-bc19d1be6791";

/// The lengths of a log of `SQLite` after each of its commits, and before the first one.
///
/// The header of 32 bytes has the size of a page. Each page follows a header of 24 bytes, whose second number is the
/// size of the database where a commit ends, and else 0 (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>).
fn commits(log: &[u8]) -> Vec<usize> {
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let frame = 24 + usize::try_from(number(8)).unwrap();
    let ends = (32..log.len()).step_by(frame).filter(|frame_at| number(frame_at + 4) != 0).map(|at| at + frame);
    [0].into_iter().chain(ends).collect()
}

/// Starts the hub in `folder`, pays, and stops it.
async fn starts_and_pays(folder: &Path, state: &str) {
    let hub = start(Place::Folder(folder.to_owned())).await.unwrap_or_else(|error| panic!("{state}: {error}"));
    let paid = ask(&hub, "POST", "/v1/charges", &own_keys(&hub), &card_payment(&hub, 1500)).await;
    assert_eq!((paid.status, &paid.body["status"]), (201, &"authorized".into()), "{state}: {}", paid.body);
    hub.stop().await;
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, ["account.json", "hub.db", "lock", "master.key"], "{state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_starts_after_a_kill_at_any_instant_of_the_first_start() {
    let scratch = Folder::in_memory().unwrap();
    drop(Hub::start(&["--port", "0", "--data", "whole"], scratch.path()));
    let read = |name: &str| fs::read(scratch.file("whole").join(name)).unwrap();
    let (database, log, key, account) = (read("hub.db"), read("hub.db-wal"), read("master.key"), read("account.json"));
    let ends = commits(&log);
    assert!(ends.len() > 3, "the index of the stream, the secrets and the account are commits: {ends:?}");

    let mut states: Vec<(String, Vec<(&str, &[u8])>)> = vec![
        ("before the database".to_owned(), vec![]),
        ("in the middle of the database".to_owned(), vec![("hub.draft/database", &database[..database.len() / 2])]),
        ("before the database has its name".to_owned(), vec![("hub.draft/database", &database)]),
    ];
    for (count, end) in ends.iter().enumerate() {
        let log = &log[..*end];
        let files = vec![("hub.db", &database[..]), ("hub.db-wal", log)];
        let with = |name, bytes| [&files[..], &[(name, bytes)]].concat();
        if !log.windows(7).any(|bytes| bytes == b"SECRETS") {
            states.push((format!("{count} commits, no key"), files.clone()));
            states.push((format!("{count} commits, half a key"), with(KEY_DRAFT, &key[..16])));
        }
        let with_key = with("master.key", &key);
        states.push((format!("{count} commits"), with_key.clone()));
        if *end == *ends.last().unwrap() {
            states.push(("half an account".to_owned(), [&with_key[..], &[(ACCOUNT_DRAFT, &account[..9])]].concat()));
            states.push(("all".to_owned(), [&with_key[..], &[("account.json", &account[..])]].concat()));
        }
    }
    for (number, (state, files)) in states.iter().enumerate() {
        let folder = scratch.file(&number.to_string());
        for (name, bytes) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        starts_and_pays(&folder, state).await;
    }
}
