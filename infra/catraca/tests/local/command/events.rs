//! `catraca events`.

use super::{Hub, caller, payment, run};
use aws_local::folder::Folder;
use serde_json::json;

#[test]
fn a_replay_reads_every_charge() {
    let scratch = Folder::in_memory().unwrap();
    let hub = Hub::start(&["--port", "0", "--env-file", "hub.env"], scratch.path());
    let file = scratch.file("hub.env");
    assert_eq!(caller(&file)("POST", "/v1/charges", &payment(&file)).status, 201);
    // The answer comes once every earlier event is delivered.
    assert_eq!(caller(&file)("POST", "/_local/clock", &json!({"advanceSeconds": 1})).status, 200);
    hub.end("TERM");
    let done = run(&["events", "replay", "--since", "2026-01-01T00:00:00Z"], scratch.path());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(said, "charges read     1\nevents replayed  0\n");
    assert_eq!(run(&["events", "replay", "--since", "yesterday"], scratch.path()).status.code(), Some(2));
}
