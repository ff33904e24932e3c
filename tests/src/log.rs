//! What is logged in this process: for searching what must not be there, and for alarms that must.

use std::{
    io::Write,
    sync::{Mutex, Once, PoisonError},
};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

static LISTENING: Once = Once::new();

/// Everything but the inner life of the AWS client, which fills megabytes; what it sends and receives is there.
pub const EVERYTHING: &str = "trace,aws_smithy_runtime::client::orchestrator=debug,aws_smithy_runtime::client::interceptors=debug,\
                      aws_smithy_runtime::client::orchestrator::http=trace";

struct Listener;

impl Write for Listener {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts to listen to these levels, such as `error`; whoever asks first in a process says which.
pub fn listen(levels: &str) {
    LISTENING.call_once(|| {
        let subscriber = tracing_subscriber::fmt().json().with_env_filter(levels).with_writer(|| Listener);
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    });
}

/// What was logged since.
#[must_use]
pub fn logged() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// How often the hub has raised this alarm about what is named so.
#[must_use]
pub fn alarms(alarm: &str, about: &str) -> usize {
    let alarm = format!("\"alarm\":\"{alarm}\"");
    logged().lines().filter(|line| line.contains(&alarm) && line.contains(about)).count()
}
