//! The event source mapping between a table's stream and its function, as the template configures it.
//!
//! A batch is removed from the stream once the function has processed all of it. A hub that was killed starts again at
//! the last processed record. So each record is processed at least once, and the changes of one item in their order.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, SystemTime},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

use super::{Place, Record, Stream};
use crate::{
    template::StreamSource,
    worker::{Handled, Worker},
};

/// The pause at the stream's end before the next read.
const POLL: Duration = Duration::from_millis(100);
/// The backoff of a batch that failed: each pause doubles, from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Calls a function with a stream's records.
#[derive(Debug)]
pub struct Pump {
    stream: Stream,
    source: StreamSource,
    worker: Worker,
    asked: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
}

/// Waits for a pump to catch up; clones wait for the same one.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::UnboundedSender<oneshot::Sender<()>>);

impl Progress {
    /// Waits until every change that was written before this call is processed.
    pub async fn caught_up(&self) {
        let (waits, caught_up) = oneshot::channel();
        let _ = self.0.send(waits);
        // A pump that has stopped does not catch up.
        let _ = caught_up.await;
    }
}

impl Pump {
    /// A pump between `stream` and `worker`, by the mapping `source`.
    #[must_use]
    pub fn new(stream: Stream, source: StreamSource, worker: Worker) -> (Self, Progress) {
        let (ask, asked) = mpsc::unbounded_channel();
        (Self { stream, source, worker, asked }, Progress(ask))
    }

    /// Processes every record until `stopping`; calls under way end first.
    pub async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let (mut checkpoint, mut waiting) = (None, Vec::new());
        while !*stopping.borrow() {
            // A later waiter may wait for a change that this read does not see.
            waiting.extend(std::iter::from_fn(|| self.asked.try_recv().ok()));
            let records = match self.stream.read(checkpoint.as_ref(), self.source.batch).await {
                Ok(records) => records,
                Err(error) => {
                    tracing::error!(%error, "the stream cannot be read");
                    pause(LONGEST_PAUSE, &mut stopping).await;
                    continue;
                }
            };
            let Some(last) = records.last().map(|record| record.place.clone()) else {
                for waits in waiting.drain(..) {
                    let _: Result<(), ()> = oneshot::Sender::send(waits, ());
                }
                tokio::select! {
                    Some(waits) = self.asked.recv() => waiting.push(waits),
                    () = pause(POLL, &mut stopping) => {}
                }
                continue;
            };
            if self.process(records, &stopping).await {
                self.forget_before(&last).await;
                checkpoint = Some(last);
            }
        }
    }

    async fn forget_before(&self, last: &Place) {
        // After an error the records stay until the next batch is processed.
        if let Err(error) = self.stream.forget_before(last).await {
            tracing::warn!(%error, "processed records could not be removed from the stream");
        }
    }

    /// Processes the records that pass the filter, several items at once; false if it stopped before all were done.
    async fn process(&self, records: Vec<Record>, stopping: &watch::Receiver<bool>) -> bool {
        let mut lines = BTreeMap::<u64, VecDeque<Record>>::new();
        for record in records.into_iter().filter(|record| self.source.filter.passes(&record.json)) {
            lines.entry(line_of(&record) % self.source.lines as u64).or_default().push_back(record);
        }
        join_all(lines.into_values().map(|line| self.process_line(line, stopping.clone())))
            .await
            .into_iter()
            .all(|done| done)
    }

    /// Processes one line in its order: a record that fails is retried, in smaller batches, until it is too old.
    async fn process_line(&self, mut line: VecDeque<Record>, mut stopping: watch::Receiver<bool>) -> bool {
        let (mut most, mut wait) = (line.len(), FIRST_PAUSE);
        while !line.is_empty() {
            let batch: Vec<&Record> = line.iter().take(most).collect();
            let done = self.call(&batch).await;
            let all = batch.len();
            line.drain(..done);
            if done == all {
                (most, wait) = (line.len(), FIRST_PAUSE);
                continue;
            }
            if done == 0 {
                most = all.div_ceil(2);
            }
            // Only a record that failed alone is known to be the one that fails.
            if all == 1
                && let Some(record) = line.pop_front_if(|record| self.is_too_old(record))
            {
                // On AWS the place goes to the dead-letter queue.
                let place = record.place.as_str();
                tracing::error!(
                    alarm = "record_lost",
                    place,
                    "a record was too old and was not relayed; run catraca events replay"
                );
            }
            if *stopping.borrow() {
                return false;
            }
            pause(wait, &mut stopping).await;
            wait = wait.saturating_mul(2).min(LONGEST_PAUSE);
        }
        true
    }

    /// How many records of a batch are processed: all before the first that failed.
    async fn call(&self, batch: &[&Record]) -> usize {
        let records: Vec<&Value> = batch.iter().map(|record| &record.json).collect();
        match self.worker.call(json!({"Records": records})).await {
            Handled::All => batch.len(),
            Handled::AllBut(failed) => {
                let first = batch.iter().position(|record| failed.contains(record.place.as_str()));
                first.unwrap_or_default()
            }
            Handled::Nothing => 0,
        }
    }

    fn is_too_old(&self, record: &Record) -> bool {
        let written = record.json.pointer("/dynamodb/ApproximateCreationDateTime").and_then(Value::as_f64);
        let Some(written) = written.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) else { return false };
        system_time().saturating_sub(written) > self.source.max_age
    }
}

/// The time since 1970. The engine writes the system's time, however far ahead the hub's clock is.
#[expect(clippy::disallowed_methods, reason = "records have the system's time, which no test moves")]
fn system_time() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The line of a record: the changes of one item are in one line.
fn line_of(record: &Record) -> u64 {
    let mut hasher = DefaultHasher::new();
    record.json.pointer("/dynamodb/Keys/PK").hash(&mut hasher);
    hasher.finish()
}

async fn pause(time: Duration, stopping: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        _ = stopping.wait_for(|&stop| stop) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use tokio::task::JoinHandle;

    use super::*;
    use crate::{
        beside,
        engine::{Engine, HUB_TABLE},
        folder::Folder,
        template::{TEXT, Template},
    };

    /// The records of each call, as [`words`] prints them.
    type Calls = Arc<Mutex<Vec<Vec<String>>>>;

    /// A pump whose function keeps its records and answers as `answer` says.
    struct Pumping {
        calls: Calls,
        progress: Progress,
        stop: watch::Sender<bool>,
        running: JoinHandle<()>,
    }

    fn template() -> Template {
        Template::parse(TEXT).unwrap()
    }

    fn put(engine: &Engine, key: &str, amount: usize) {
        let item = json!({"PK": {"S": key}, "SK": {"S": "CHARGE"}, "amount": {"N": amount.to_string()}});
        let request = serde_json::from_value(json!({"TableName": HUB_TABLE, "Item": item})).unwrap();
        engine.tables().database().put_item(request).unwrap();
    }

    /// Each record of a call: the item that changed, and its new amount.
    fn words(event: &Value) -> Vec<String> {
        let word = |record: &Value| {
            let text = |pointer: &str| record.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            format!("{} {}", text("/dynamodb/Keys/PK/S"), text("/dynamodb/NewImage/amount/N"))
        };
        event.get("Records").unwrap().as_array().unwrap().iter().map(word).collect()
    }

    /// The answer of a function that failed at the first record with this word.
    fn all_before(event: &Value, word: &str) -> Value {
        let failed = words(event).iter().position(|found| found == word);
        let place = |at: usize| event.pointer(&format!("/Records/{at}/dynamodb/SequenceNumber")).unwrap().clone();
        json!({"batchItemFailures": failed.map(|at| json!({"itemIdentifier": place(at)})).into_iter().collect::<Vec<_>>()})
    }

    impl Pumping {
        fn start(
            engine: &Engine,
            source: StreamSource,
            answer: impl Fn(&Value, usize) -> Option<Value> + Send + Sync + 'static,
        ) -> Self {
            let calls = Calls::default();
            let kept = Arc::clone(&calls);
            let worker = Worker::new(Duration::from_secs(20), move |event| {
                let mut calls = kept.lock().unwrap();
                calls.push(words(&event));
                let answer = answer(&event, calls.len());
                Box::pin(async { answer })
            });
            let (pump, progress) = Pump::new(engine.stream().clone(), source, worker);
            let (stop, stopping) = watch::channel(false);
            Self { calls, progress, stop, running: beside(pump.run(stopping)) }
        }

        /// The records of every call, once the pump has caught up.
        async fn processed(&self) -> Vec<String> {
            self.progress.caught_up().await;
            self.calls.lock().unwrap().concat()
        }

        async fn stop(self) {
            self.stop.send_replace(true);
            self.running.await.unwrap();
        }
    }

    #[tokio::test]
    async fn changes_of_charges_are_processed_and_no_others() {
        let folder = Folder::in_memory().unwrap();
        let engine = Engine::open(&folder.file("hub.db"), &template()).unwrap();
        put(&engine, "CHARGE#1", 1);
        put(&engine, "EVENT#1", 2);
        let pumping = Pumping::start(&engine, template().relay, |_, _| Some(Value::Null));
        assert_eq!(pumping.processed().await, ["CHARGE#1 1"]);
        put(&engine, "SESSION#1", 3);
        put(&engine, "CHARGE#1", 4);
        assert_eq!(pumping.processed().await, ["CHARGE#1 1", "CHARGE#1 4"]);
        pumping.stop().await;
    }

    #[tokio::test]
    async fn the_changes_of_one_item_are_processed_in_their_order_however_many_there_are() {
        let folder = Folder::in_memory().unwrap();
        let engine = Engine::open(&folder.file("hub.db"), &template()).unwrap();
        for number in 0..250 {
            put(&engine, &format!("CHARGE#{}", number % 7), number);
        }
        let pumping = Pumping::start(&engine, template().relay, |_, _| Some(Value::Null));
        let processed = pumping.processed().await;
        assert_eq!(processed.len(), 250);
        for charge in 0..7 {
            let of_charge = format!("CHARGE#{charge} ");
            let own: Vec<&String> = processed.iter().filter(|word| word.starts_with(&of_charge)).collect();
            let expected: Vec<String> = (0..250)
                .filter(|number| number % 7 == charge)
                .map(|number| format!("CHARGE#{charge} {number}"))
                .collect();
            assert_eq!(own, expected.iter().collect::<Vec<_>>());
        }
        assert!(pumping.calls.lock().unwrap().iter().all(|call| call.len() <= 100));
        pumping.stop().await;
    }

    #[tokio::test]
    async fn a_batch_that_fails_is_retried_from_the_first_record_that_failed() {
        let folder = Folder::in_memory().unwrap();
        let engine = Engine::open(&folder.file("hub.db"), &template()).unwrap();
        for number in 1..=3 {
            put(&engine, "CHARGE#1", number);
        }
        let pumping = Pumping::start(&engine, template().relay, |event, call| {
            Some(if call == 1 { all_before(event, "CHARGE#1 2") } else { Value::Null })
        });
        let expected = ["CHARGE#1 1", "CHARGE#1 2", "CHARGE#1 3", "CHARGE#1 2", "CHARGE#1 3"];
        assert_eq!(pumping.processed().await, expected);
        pumping.stop().await;
    }

    #[tokio::test]
    async fn a_record_that_fails_every_call_is_retried_alone_and_dropped_when_it_is_too_old() {
        let folder = Folder::in_memory().unwrap();
        let engine = Engine::open(&folder.file("hub.db"), &template()).unwrap();
        for number in 1..=4 {
            put(&engine, "CHARGE#1", number);
        }
        // Every record is too old at once; a call with the bad record fails as a whole.
        let source = StreamSource { max_age: Duration::ZERO, ..template().relay };
        let pumping = Pumping::start(&engine, source, |event, _| {
            let is_bad = words(event).iter().any(|word| word == "CHARGE#1 2");
            (!is_bad).then_some(Value::Null)
        });
        pumping.progress.caught_up().await;
        let calls = pumping.calls.lock().unwrap().clone();
        let done: Vec<String> =
            calls.iter().filter(|call| !call.contains(&"CHARGE#1 2".to_owned())).flatten().cloned().collect();
        assert_eq!(done, ["CHARGE#1 1", "CHARGE#1 3", "CHARGE#1 4"], "{calls:?}");
        pumping.stop().await;
    }

    #[tokio::test]
    async fn the_next_start_continues_at_the_last_processed_record() {
        let folder = Folder::in_memory().unwrap();
        let engine = Engine::open(&folder.file("hub.db"), &template()).unwrap();
        for number in 1..=300 {
            put(&engine, "CHARGE#1", number);
        }
        // The third batch of a hundred fails for ever, and then the process ends.
        let pumping = Pumping::start(&engine, template().relay, |_, call| (call < 3).then_some(Value::Null));
        while pumping.calls.lock().unwrap().len() < 3 {
            tokio::task::yield_now().await;
        }
        pumping.stop().await;
        engine.stop().await;

        let engine = Engine::open(&folder.file("hub.db"), &template()).unwrap();
        let pumping = Pumping::start(&engine, template().relay, |_, _| Some(Value::Null));
        let processed = pumping.processed().await;
        // It starts with the last record that was processed.
        assert_eq!((processed.len(), processed.first().map(String::as_str)), (101, Some("CHARGE#1 200")));
        pumping.stop().await;
    }
}
