//! A function that an event source calls: in this process, with the JSON of a batch that it receives on Lambda.

use std::{collections::HashSet, future::Future, pin::Pin, sync::Arc, time::Duration};

use serde_json::Value;

use crate::beside;

/// The function's answer; none where it failed as a whole.
pub type Returning = Pin<Box<dyn Future<Output = Option<Value>> + Send>>;

/// A function with its time limit.
#[derive(Clone)]
pub struct Worker {
    call: Arc<dyn Fn(Value) -> Returning + Send + Sync>,
    limit: Duration,
}

/// The result of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handled {
    /// All of it is done.
    All,
    /// All but the records or messages with these names.
    AllBut(HashSet<String>),
    /// The function failed: nothing is known to be done.
    Nothing,
}

impl Worker {
    /// The function that `call` calls, which may take as long as `limit`.
    pub fn new(limit: Duration, call: impl Fn(Value) -> Returning + Send + Sync + 'static) -> Self {
        Self { call: Arc::new(call), limit }
    }

    /// Calls the function as a task of its own, so that its panic does not end the hub.
    pub async fn call(&self, event: Value) -> Handled {
        let (call, limit) = (Arc::clone(&self.call), self.limit);
        let returned = beside(async move { tokio::time::timeout(limit, call(event)).await.ok().flatten() }).await;
        returned.ok().flatten().map_or(Handled::Nothing, |returned| handled(&returned))
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Reads `{"batchItemFailures": [{"itemIdentifier": "…"}]}` as Lambda does: an entry without a name fails all.
fn handled(returned: &Value) -> Handled {
    let failures = match returned.get("batchItemFailures") {
        None | Some(Value::Null) => return Handled::All,
        Some(Value::Array(failures)) => failures,
        Some(_) => return Handled::Nothing,
    };
    let name = |failure: &Value| {
        let name = failure.get("itemIdentifier")?.as_str()?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    match failures.iter().map(name).collect::<Option<HashSet<_>>>() {
        None => Handled::Nothing,
        Some(names) if names.is_empty() => Handled::All,
        Some(names) => Handled::AllBut(names),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn what_a_function_returns_says_what_is_done() {
        let echo = Worker::new(Duration::from_secs(20), |event| Box::pin(async { Some(event) }));
        let failure = |name: &str| json!({"batchItemFailures": [{"itemIdentifier": name}]});
        assert_eq!(echo.call(json!({})).await, Handled::All);
        assert_eq!(echo.call(Value::Null).await, Handled::All);
        assert_eq!(echo.call(json!({"batchItemFailures": []})).await, Handled::All);
        assert_eq!(echo.call(failure("7")).await, Handled::AllBut(HashSet::from(["7".to_owned()])));
        assert_eq!(echo.call(failure("")).await, Handled::Nothing);
        assert_eq!(echo.call(json!({"batchItemFailures": [{}]})).await, Handled::Nothing);
        assert_eq!(echo.call(json!({"batchItemFailures": "7"})).await, Handled::Nothing);
    }

    #[tokio::test]
    async fn a_function_that_fails_panics_or_takes_too_long_has_done_nothing() {
        let limit = Duration::from_secs(20);
        let fails = Worker::new(limit, |_| Box::pin(async { None }));
        let panics = Worker::new(limit, |_| Box::pin(async { panic!("on purpose") }));
        let late = Worker::new(Duration::ZERO, |_| Box::pin(std::future::pending()));
        for worker in [fails, panics, late] {
            assert_eq!(worker.call(Value::Null).await, Handled::Nothing);
        }
    }
}
