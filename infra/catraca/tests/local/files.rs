//! The files that a hub may use and write, as a process: with their modes, links and contents.

use std::{fs, process::Output};

use aws_local::folder::Folder;

use crate::command::{Hub, run};

/// What a command says that fails, in one line.
fn refused(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty() && said.starts_with("catraca: ") && said.lines().count() == 1, "{said}");
    said.trim_end().trim_start_matches("catraca: ").to_owned()
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
