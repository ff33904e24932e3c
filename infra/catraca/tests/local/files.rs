//! The files that a hub may use and write, as a process: with their modes, links and contents.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    process::{Command, Output},
};

use aws_local::folder::Folder;

use crate::command::{Hub, run};

/// Runs the command without what lets root write every file.
fn run_without_root(arguments: &[&str], folder: &Path) -> Output {
    let binary = env!("CARGO_BIN_EXE_catraca");
    let mut command = if fs::metadata("/proc/self").unwrap().uid() == 0 {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set=-dac_override", "--inh-caps=-all", binary]);
        command
    } else {
        Command::new(binary)
    };
    command.args(arguments).current_dir(folder).output().unwrap()
}

/// What a command says that fails, in one line.
fn refused(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty() && said.starts_with("catraca: ") && said.lines().count() == 1, "{said}");
    said.trim_end().trim_start_matches("catraca: ").to_owned()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_database_that_cannot_be_written_is_refused_before_the_hub_is_ready() {
    let scratch = Folder::in_memory().unwrap();
    let arguments = ["--port", "0", "--data", "data"];
    Hub::start(&arguments, scratch.path()).end("TERM");
    let data = scratch.file("data");
    let what_to_do = "The hub must be allowed to write this file, those beside it and their folder: chmod u+w them, as \
                      their owner";
    for (path, mode, before) in [(data.join("hub.db"), 0o400, 0o600), (data.clone(), 0o500, 0o700)] {
        set_mode(&path, mode);
        for arguments in [&arguments[..], &["client", "create", "--name", "Loja", "--data", "data"]] {
            let said = refused(&run_without_root(arguments, scratch.path()));
            assert!(said.starts_with("the database data/hub.db cannot be written: "), "{said}");
            assert!(said.ends_with(what_to_do), "{said}");
        }
        set_mode(&path, before);
    }
    Hub::start(&arguments, scratch.path()).end("TERM");
}

#[test]
fn variables_replace_no_file_that_holds_other_things() {
    let scratch = Folder::in_memory().unwrap();
    Hub::start(&["--port", "0", "--data", "shop"], scratch.path()).end("TERM");
    let project = "# the shop\nDATABASE_URL=postgres://127.0.0.1/shop\nHUB_URL=http://127.0.0.1:3000\n";
    fs::write(scratch.file(".env"), project).unwrap();
    let (other, own) = ("it exists, and holds other things than HUB_ variables", "it belongs to the hub's data");
    for (place, path, why) in [
        (&["--memory"][..], ".env", other),
        (&["--memory"][..], "shop/master.key", other),
        (&["--data", "new"][..], ".env", other),
        (&["--data", "new"][..], "shop/master.key", other),
        (&["--data", "new"][..], "new/hub.db", own),
        (&["--data", "shop"][..], "shop/master.key", own),
        (&["--data", "shop"][..], "./shop/lock", own),
    ] {
        let before = fs::read(scratch.file(path)).ok();
        let arguments = [&["--port", "0", "--env-file", path][..], place].concat();
        let said = refused(&run(&arguments, scratch.path()));
        assert_eq!(said, format!("{path} cannot be written: {why}; name another file"));
        assert_eq!(fs::read(scratch.file(path)).ok(), before, "{path}");
        assert!(!scratch.file("new").exists(), "{path}");
    }
    for path in ["hub.env", "shop/hub.env"] {
        for _ in 0..2 {
            Hub::start(&["--port", "0", "--data", "shop", "--env-file", path], scratch.path()).end("TERM");
        }
        assert!(fs::read_to_string(scratch.file(path)).unwrap().starts_with("HUB_URL="));
    }
}

#[test]
fn a_database_has_one_hub_by_all_its_names() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--data", "first"], scratch.path());
    let database = fs::canonicalize(scratch.file("first").join("hub.db")).unwrap();
    for (name, named) in [("symbolic", database.clone()), ("hard", scratch.file("hard").join("hub.db"))] {
        let folder = scratch.file(name);
        fs::create_dir(&folder).unwrap();
        for file in ["master.key", "account.json"] {
            fs::copy(scratch.file("first").join(file), folder.join(file)).unwrap();
        }
        let link = folder.join("hub.db");
        if name == "hard" {
            fs::hard_link(&database, &link).unwrap();
        } else {
            symlink(&database, &link).unwrap();
        }
        let busy = format!(
            "a hub is running on the database {}; nothing was recorded. Stop it first",
            fs::canonicalize(named).unwrap().display()
        );
        for arguments in [&["--port", "0", "--data", name][..], &["client", "create", "--name", "x", "--data", name]] {
            assert_eq!(refused(&run(arguments, scratch.path())), busy);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing is made");
        }
    }
    hub.end("TERM");
    Hub::start(&["--port", "0", "--data", "symbolic"], scratch.path()).end("TERM");
}

#[test]
fn a_link_to_no_database_is_refused() {
    let scratch = Folder::in_memory().unwrap();
    fs::create_dir(scratch.file("data")).unwrap();
    symlink("elsewhere.db", scratch.file("data").join("hub.db")).unwrap();
    let said = refused(&run(&["--port", "0", "--data", "data"], scratch.path()));
    assert_eq!(
        said,
        "data/hub.db is a link to a file that is not there; nothing was changed. Restore that file, or remove the link"
    );
    assert_eq!(fs::read_dir(scratch.file("data")).unwrap().count(), 1);
}

#[test]
fn an_account_that_others_may_read_is_refused() {
    let scratch = Folder::in_memory().unwrap();
    let arguments = ["--port", "0", "--data", "data"];
    Hub::start(&arguments, scratch.path()).end("TERM");
    for (file, why) in [
        (
            "account.json",
            "others than its owner may use it, and it holds a secret key; chmod 600 it, and rotate the key",
        ),
        ("master.key", "others than its owner may use it; chmod 600 it, or replace it"),
    ] {
        let path = scratch.file("data").join(file);
        for mode in [0o640, 0o604] {
            set_mode(&path, mode);
            let listen = ["listen", "--forward-to", "http://127.0.0.1:1/", "--data", "data"];
            for arguments in [&arguments[..], &listen].into_iter().take(if file == "account.json" { 2 } else { 1 }) {
                let said = refused(&run(arguments, scratch.path()));
                assert!(said.contains(file) && said.contains(why), "{said}");
            }
        }
        set_mode(&path, 0o600);
    }
    Hub::start(&arguments, scratch.path()).end("TERM");
}
