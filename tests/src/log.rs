//! The log of this process: tests search it for secrets and for alarms.

use std::{
    io::Write,
    sync::{Mutex, Once, PoisonError},
};

use domain::alarm::Alarm;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

static LISTENING: Once = Once::new();

/// Everything except the internals of the AWS client, which fill megabytes; its requests and answers are included.
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

/// Starts to log at these levels, such as `error`; the first call in a process decides.
pub fn listen(levels: &str) {
    LISTENING.call_once(|| {
        let subscriber = tracing_subscriber::fmt().json().with_env_filter(levels).with_writer(|| Listener);
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    });
}

/// The log since [`listen`].
#[must_use]
pub fn logged() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// The lines of this alarm. Fails where the hub has no such alarm.
#[must_use]
#[track_caller]
pub fn lines_of(alarm: &str) -> Vec<String> {
    assert!(Alarm::ALL.iter().any(|known| known.name() == alarm), "the hub has no alarm {alarm}");
    let alarm = format!("\"alarm\":\"{alarm}\"");
    logged().lines().filter(|line| line.contains(&alarm)).map(str::to_owned).collect()
}

/// How often the hub has raised this alarm with `about` in the line.
#[must_use]
#[track_caller]
pub fn alarms(alarm: &str, about: &str) -> usize {
    lines_of(alarm).iter().filter(|line| line.contains(about)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the hub has no alarm no_such_alarm")]
    fn an_alarm_that_the_hub_does_not_have_fails() {
        let _ = alarms("no_such_alarm", "");
    }
}
