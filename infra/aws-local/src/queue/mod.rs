//! The queue of deliveries: the part of `SQS` that the hub uses, in memory, with its event source mapping.
//!
//! The process can lose the queue without losing a delivery: each delivery has its due date in the table, and the
//! sweeper queues it again. Like a fair queue of `SQS` it prefers the group with the fewest messages under way, so that
//! an endpoint that hangs delays no other.

pub mod sqs;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    sync::{Notify, Semaphore, watch},
    time::Instant,
};

use crate::{
    beside,
    template::QueueSource,
    worker::{Handled, Worker},
};

/// The queue's ARN in a function's event.
const ARN: &str = "arn:aws:sqs:local:000000000000:webhooks";

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Its body.
    pub body: String,
    /// The group of the fair queue: the webhook endpoint.
    pub group: String,
    /// How often it was received.
    pub receives: u32,
}

/// A queue; clones are the same queue.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    line: Mutex<Line>,
    changed: Notify,
}

/// The messages that wait, and how many of each group are under way.
#[derive(Debug, Default)]
struct Line {
    /// Delayed messages, in the order of their times.
    later: BTreeMap<(Instant, u64), Message>,
    groups: HashMap<String, Group>,
    /// The number of the next message to come.
    next: u64,
}

#[derive(Debug, Default)]
struct Group {
    waiting: VecDeque<(u64, Message)>,
    under_way: usize,
}

impl Line {
    fn put(&mut self, message: Message, at: Instant) {
        let number = self.next;
        self.next = number.saturating_add(1);
        self.later.insert((at, number), message);
    }

    /// Receives at most `most` messages whose time has come. They are under way from now on.
    fn take(&mut self, now: Instant, most: usize) -> Vec<Message> {
        while let Some(entry) = self.later.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, number), message) = entry.remove_entry();
            self.groups.entry(message.group.clone()).or_default().waiting.push_back((number, message));
        }
        std::iter::from_fn(|| self.take_one()).take(most).collect()
    }

    fn take_one(&mut self) -> Option<Message> {
        let waits = |group: &&mut Group| group.waiting.front().map(|(number, _)| (group.under_way, *number));
        let group = self.groups.values_mut().filter(|group| waits(group).is_some()).min_by_key(waits)?;
        let (_, message) = group.waiting.pop_front()?;
        group.under_way = group.under_way.saturating_add(1);
        Some(Message { receives: message.receives.saturating_add(1), ..message })
    }

    /// The call with `message` has ended.
    fn end(&mut self, message: &Message) {
        let Some(group) = self.groups.get_mut(&message.group) else { return };
        group.under_way = group.under_way.saturating_sub(1);
        if group.under_way == 0 && group.waiting.is_empty() {
            self.groups.remove(&message.group);
        }
    }

    /// The time of the next delayed message.
    fn next_time(&self) -> Option<Instant> {
        self.later.first_key_value().map(|((at, _), _)| *at)
    }

    /// Whether no message can be received at `now`, and none is under way.
    fn is_idle(&self, now: Instant) -> bool {
        self.groups.is_empty() && self.next_time().is_none_or(|at| at > now)
    }
}

impl Queue {
    /// Puts a message into the queue, to be received after `delay`.
    pub fn send(&self, message: Message, delay: Duration) {
        self.line().put(message, Instant::now() + delay);
        self.shared.changed.notify_waiters();
    }

    /// Waits for a message, and receives as many as there are, at most `most`.
    pub(crate) async fn take(&self, most: usize) -> Vec<Message> {
        loop {
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            let next_time = {
                let mut line = self.line();
                let taken = line.take(Instant::now(), most);
                if !taken.is_empty() {
                    return taken;
                }
                line.next_time()
            };
            tokio::select! {
                () = changed => {}
                () = until(next_time) => {}
            }
        }
    }

    /// Ends a call: a message that failed is visible again after `hidden_for`.
    fn end(&self, messages: Vec<Message>, handled: &Handled, source: &QueueSource) {
        let mut line = self.line();
        for message in messages {
            line.end(&message);
            let is_done = match handled {
                Handled::All => true,
                Handled::AllBut(failed) => !failed.contains(&message.id),
                Handled::Nothing => false,
            };
            if is_done {
                continue;
            }
            if message.receives >= source.max_receives {
                tracing::error!(alarm = "delivery_dead", body = message.body, "a message failed for the last time");
            } else {
                line.put(message, Instant::now() + source.hidden_for);
            }
        }
        drop(line);
        self.shared.changed.notify_waiters();
    }

    /// Waits until no message can be received and none is under way; delayed messages may remain.
    pub async fn idle(&self) {
        loop {
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            if self.line().is_idle(Instant::now()) {
                return;
            }
            changed.await;
        }
    }

    /// Calls `worker` with the queue's messages, by the event source `source`, until `stopping`; calls under way end
    /// first.
    pub async fn empty(self, source: QueueSource, worker: Worker, mut stopping: watch::Receiver<bool>) {
        let source = Arc::new(source);
        let free = Arc::new(Semaphore::new(source.at_once));
        while let Ok(place) = Arc::clone(&free).acquire_owned().await {
            let messages = tokio::select! {
                biased;
                _ = stopping.wait_for(|&stop| stop) => break,
                messages = self.take(source.batch) => messages,
            };
            let (queue, source, worker) = (self.clone(), Arc::clone(&source), worker.clone());
            beside(async move {
                let handled = worker.call(event(&messages)).await;
                queue.end(messages, &handled, &source);
                drop(place);
            });
        }
        let all = u32::try_from(source.at_once).unwrap_or(u32::MAX);
        drop(free.acquire_many(all).await);
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // A panic leaves nothing half done in it.
        self.shared.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// The event with these messages.
fn event(messages: &[Message]) -> Value {
    let record = |message: &Message| {
        json!({
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.receives.to_string(),
                "MessageGroupId": message.group,
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": ARN,
            "awsRegion": "local",
        })
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::template::Function;

    fn message(group: &str, body: &str) -> Message {
        Message { id: format!("{group} {body}"), body: body.to_owned(), group: group.to_owned(), receives: 0 }
    }

    fn source(hidden_for: Duration) -> QueueSource {
        let function = Function { name: "deliver".to_owned(), limit: Duration::from_secs(20) };
        QueueSource { function, batch: 2, at_once: 2, hidden_for, max_receives: 2 }
    }

    fn bodies(messages: &[Message]) -> Vec<&str> {
        messages.iter().map(|message| message.body.as_str()).collect()
    }

    /// A line in which a message waits for each of `words`: group, body and its time, in seconds.
    fn line(start: Instant, words: &[(&str, &str, u64)]) -> Line {
        let mut line = Line::default();
        for (group, body, at) in words {
            line.put(message(group, body), start + Duration::from_secs(*at));
        }
        line
    }

    #[test]
    fn a_message_is_received_once_its_time_has_come() {
        let start = Instant::now();
        let mut line = line(start, &[("a", "late", 300), ("a", "now", 0)]);
        assert_eq!(bodies(&line.take(start, 10)), ["now"]);
        assert_eq!(line.next_time(), Some(start + Duration::from_mins(5)));
        assert_eq!(bodies(&line.take(start + Duration::from_secs(299), 10)), [""; 0]);
        assert_eq!(bodies(&line.take(start + Duration::from_mins(5), 10)), ["late"]);
    }

    #[test]
    fn the_group_with_the_fewest_messages_under_way_is_first_and_then_the_oldest_message() {
        let start = Instant::now();
        let mut line = line(start, &[("loud", "1", 0), ("loud", "2", 0), ("loud", "3", 0), ("loud", "4", 0)]);
        assert_eq!(bodies(&line.take(start, 2)), ["1", "2"]);
        line.put(message("quiet", "5"), start);
        line.put(message("quiet", "6"), start);
        assert_eq!(bodies(&line.take(start, 3)), ["5", "6", "3"]);
        for body in ["1", "2", "3"] {
            line.end(&message("loud", body));
        }
        line.put(message("quiet", "7"), start);
        assert_eq!(bodies(&line.take(start, 3)), ["4", "7"]);
    }

    #[test]
    fn a_line_is_idle_when_nothing_is_there_or_under_way() {
        let start = Instant::now();
        let mut line = line(start, &[("a", "now", 0), ("a", "late", 300)]);
        assert!(!line.is_idle(start));
        let taken = line.take(start, 10);
        assert!(!line.is_idle(start));
        for message in &taken {
            line.end(message);
        }
        assert!(line.is_idle(start));
        assert!(!line.is_idle(start + Duration::from_mins(5)));
    }

    /// Sends `words`, handles them by `call` until the queue is idle, and returns the bodies of each call.
    async fn emptied(words: &[&str], call: fn(&[String]) -> Value) -> Vec<Vec<String>> {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&calls);
        let worker = Worker::new(Duration::from_secs(20), move |event| {
            let texts = |name: &str| {
                let records = event.get("Records").and_then(Value::as_array).cloned().unwrap_or_default();
                let text = |record: &Value| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                records.iter().map(text).collect::<Vec<_>>()
            };
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(texts("body"));
            let returned = call(&texts("messageId"));
            Box::pin(async { Some(returned) })
        });
        let (queue, (stop, stopping)) = (Queue::default(), watch::channel(false));
        for word in words {
            queue.send(message("group", word), Duration::ZERO);
        }
        let emptying = beside(queue.clone().empty(source(Duration::ZERO), worker, stopping));
        queue.idle().await;
        stop.send_replace(true);
        drop(emptying.await);
        let calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.clone()
    }

    #[tokio::test]
    async fn every_message_is_handled_in_batches() {
        let calls = emptied(&["1", "2", "3", "4", "5"], |_| json!({"batchItemFailures": []})).await;
        assert!(calls.iter().all(|call| call.len() <= 2), "{calls:?}");
        let handled: Vec<String> = calls.concat();
        assert_eq!((handled.len(), handled.into_iter().collect::<HashSet<_>>().len()), (5, 5));
    }

    #[tokio::test]
    async fn a_message_that_fails_is_received_again_but_not_for_ever() {
        let calls = emptied(&["good", "bad"], |ids| {
            let failures = ids.iter().filter(|id| id.ends_with("bad")).map(|id| json!({"itemIdentifier": id}));
            json!({"batchItemFailures": failures.collect::<Vec<_>>()})
        });
        assert_eq!(calls.await, [vec!["good", "bad"], vec!["bad"]]);
    }

    #[tokio::test]
    async fn calls_that_are_under_way_end_before_the_queue_stops() {
        let (began, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (started, wait) = (Arc::clone(&began), Arc::clone(&may_end));
        let worker = Worker::new(Duration::from_secs(20), move |_| {
            let (started, wait) = (Arc::clone(&started), Arc::clone(&wait));
            Box::pin(async move {
                started.notify_one();
                wait.notified().await;
                Some(Value::Null)
            })
        });
        let (queue, (stop, stopping)) = (Queue::default(), watch::channel(false));
        queue.send(message("group", "1"), Duration::ZERO);
        let emptying = beside(queue.clone().empty(source(Duration::from_mins(6)), worker, stopping));
        began.notified().await;
        stop.send_replace(true);
        queue.send(message("group", "2"), Duration::ZERO);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!emptying.is_finished(), "the queue does not wait for the call");
        may_end.notify_one();
        drop(emptying.await);
        assert_eq!(bodies(&queue.line().take(Instant::now(), 10)), ["2"]);
    }
}
