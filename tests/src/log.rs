//! Everything that is logged in this process, for searching what must not be there.

use std::{
    io::Write,
    sync::{LazyLock, Mutex, PoisonError},
};

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Everything but the inner life of the AWS client, which fills megabytes; what it sends and receives is there.
const LEVELS: &str = "trace,aws_smithy_runtime::client::orchestrator=debug,aws_smithy_runtime::client::interceptors=debug,\
                      aws_smithy_runtime::client::orchestrator::http=trace";

static LISTENING: LazyLock<()> = LazyLock::new(|| {
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(LEVELS).with_writer(|| Listener);
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
});

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

/// Starts to listen.
pub fn listen() {
    LazyLock::force(&LISTENING);
}

/// What was logged since.
#[must_use]
pub fn logged() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
