//! Time on one machine: the sweeper's schedule, the removal of expired items, and the test clock.

use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};

use aws_local::{
    engine::{HUB_TABLE, TOKENS_TABLE},
    folder::write_private,
    queue::Queue,
    stream::pump::Progress,
    tables::Tables,
};
use domain::{limits::TOKEN_LIFE, refusal::Refusal, time::Timestamp};
use edge::{Access, Reply, Request, Route, RouteKey};
use flows::{Clock, Hub};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, watch},
    time::MissedTickBehavior,
};

/// How often the template's schedule invokes the sweeper.
const MINUTE: Duration = Duration::from_mins(1);
const CLOCK_PATH: &str = "/_local/clock";
/// The route that shows the clock. No template has this one or the next two.
pub const SHOW_CLOCK: RouteKey = Route::get(CLOCK_PATH);
/// The route that moves the clock.
pub const MOVE_CLOCK: RouteKey = Route::post(CLOCK_PATH);
/// The route that sets the clock back to real time.
pub const RESET_CLOCK: RouteKey = Route::delete(CLOCK_PATH);
/// Who may call them.
pub const CLOCK_ACCESS: Access = Access::SecretKey;
/// The fields that say when something was stored, in items and in the documents inside them. Others name a time to
/// come.
const STORED_AT: [&str; 5] = ["at", "createdAt", "updatedAt", "receivedAt", "erasedAt"];
/// The farthest that one request moves the clock, in seconds: ten years.
const FARTHEST: u64 = 10 * 365 * 24 * 60 * 60;

/// The work outside requests: changes are relayed, and events are delivered.
#[derive(Clone, Debug)]
pub struct Background {
    pub(crate) progress: Progress,
    pub(crate) queue: Queue,
}

impl Background {
    /// Waits until every earlier change is relayed, and each delivery that is due is attempted.
    pub async fn settled(&self) {
        self.progress.caught_up().await;
        self.queue.idle().await;
    }
}

/// The hub's time; clones are the same time.
#[derive(Clone)]
pub struct Time {
    hub: Hub,
    clock: Clock,
    tables: Tables,
    file: PathBuf,
    /// How many seconds the clock is ahead. A sweep keeps this lock: of two sweeps at once, each would find the other's
    /// work leased and report it as done.
    ahead: Arc<Mutex<u64>>,
}

impl Time {
    /// The time of `hub`, whose `clock` is as far ahead as the file at `file` says: a start does not set it back.
    ///
    /// # Errors
    /// What the system says, or that the file holds no number.
    pub fn open(hub: Hub, clock: Clock, tables: Tables, file: PathBuf) -> io::Result<Self> {
        let ahead = match fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().map_err(|_| io::Error::other("it holds no number of seconds"))?,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => 0,
            Err(other) => return Err(other),
        };
        clock.advance(Duration::from_secs(ahead));
        Ok(Self { hub, clock, tables, file, ahead: Arc::new(Mutex::new(ahead)) })
    }

    /// How many seconds the clock is ahead.
    pub async fn ahead(&self) -> u64 {
        *self.ahead.lock().await
    }

    /// Sweeps now and every minute until `stopping`; a sweep under way ends first.
    pub async fn pass(self, mut stopping: watch::Receiver<bool>) {
        let mut minutes = tokio::time::interval(MINUTE);
        minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = minutes.tick() => {}
                _ = stopping.wait_for(|&stop| stop) => return,
            }
            let turn = self.ahead.lock().await;
            if let Err(refusal) = sweeper::sweep(&self.hub).await {
                tracing::error!(?refusal, "what is due could not be processed");
            }
            drop(turn);
            // The table's time to live goes by the system's time, which is never ahead of the hub's.
            if let Err(error) = self.tables.remove_expired().await {
                tracing::error!(%error, "expired items could not be removed");
            }
        }
    }

    /// `GET /_local/clock`: the hub's instant, and how far it is ahead of real time.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without a secret key.
    pub async fn show(&self, request: Request) -> Result<Reply, Refusal> {
        edge::authenticate(&self.hub, &request, CLOCK_ACCESS).await?;
        Ok(self.shown(self.ahead().await))
    }

    /// `DELETE /_local/clock`: sets the clock back to real time.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without a secret key, [`Refusal::StoredAhead`], or [`Refusal::Unavailable`].
    pub async fn reset(&self, request: Request) -> Result<Reply, Refusal> {
        edge::authenticate(&self.hub, &request, CLOCK_ACCESS).await?;
        let mut ahead = self.ahead.lock().await;
        let newest = self.newest().await.map_err(|error| {
            tracing::error!(%error, "the tables could not be read, so the clock was not set back");
            Refusal::Unavailable
        })?;
        if let Some(newest) = newest.filter(|newest| *newest > self.clock.real_time()) {
            return Err(Refusal::StoredAhead { newest });
        }
        self.keep(0)?;
        *ahead = 0;
        self.clock.set_back();
        Ok(self.shown(0))
    }

    /// The newest instant at which something in the tables was stored.
    async fn newest(&self) -> Result<Option<Timestamp>, String> {
        let mut newest = None;
        for table in [HUB_TABLE, TOKENS_TABLE] {
            let mut after = None;
            loop {
                let (items, next) = self.tables.page(table, after).await?;
                newest = items.iter().filter_map(stored_at).max().max(newest);
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(newest)
    }

    fn shown(&self, ahead: u64) -> Reply {
        Reply::ok(&json!({"now": self.hub.now(), "secondsAhead": ahead}))
    }

    fn keep(&self, ahead: u64) -> Result<(), Refusal> {
        write_private(&self.file, &ahead.to_string()).map_err(|error| {
            tracing::error!(%error, "the clock could not be kept, so it was not moved");
            Refusal::Unavailable
        })
    }

    /// `POST /_local/clock`: moves the clock, and answers once everything that became due is processed and every event
    /// is relayed and attempted.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without a secret key, [`Refusal::Invalid`], or the sweep's error.
    pub async fn advance(&self, request: Request, background: &Background) -> Result<Reply, Refusal> {
        edge::authenticate(&self.hub, &request, CLOCK_ACCESS).await?;
        let seconds = request.json()?.get("advanceSeconds").and_then(whole);
        let seconds = seconds.filter(|seconds| *seconds <= FARTHEST).ok_or_else(|| {
            Refusal::Invalid(vec![format!("advanceSeconds must be an integer between 0 and {FARTHEST}")])
        })?;
        let mut ahead = self.ahead.lock().await;
        let further = ahead.saturating_add(seconds);
        self.keep(further)?;
        *ahead = further;
        self.clock.advance(Duration::from_secs(seconds));
        // A sweep processes a limited number of items, and what it leased is not due again at once.
        loop {
            let swept = sweeper::sweep(&self.hub).await?;
            background.settled().await;
            if swept.asked == 0 && swept.queued == 0 && swept.erased == 0 {
                break;
            }
        }
        Ok(self.shown(further))
    }
}

/// The whole number that `value` is, however JSON writes it: `60.0` is one.
fn whole(value: &Value) -> Option<u64> {
    let written = value.as_number()?.to_string();
    written.strip_suffix(".0").unwrap_or(&written).parse().ok()
}

/// The newest instant at which something in an item was stored; a token has only its end.
fn stored_at(item: &Value) -> Option<Timestamp> {
    let attributes = item.as_object()?;
    let text = |name: &str| attributes.get(name)?.get("S")?.as_str();
    let lifted = STORED_AT.iter().filter_map(|name| text(name)?.parse().ok());
    let document = text("doc").and_then(|doc| newest_in(&serde_json::from_str(doc).ok()?));
    let token = text("PK").is_some_and(|key| key.starts_with("TOKEN#")).then(|| {
        let end: i64 = attributes.get("expiresAt")?.get("N")?.as_str()?.parse().ok()?;
        let life = i64::try_from(TOKEN_LIFE.as_millis()).ok()?;
        Some(Timestamp::from_millis(end.checked_mul(1000)?.checked_sub(life)?))
    });
    lifted.chain(document).chain(token.flatten()).max()
}

fn newest_in(document: &Value) -> Option<Timestamp> {
    match document {
        Value::Object(fields) => {
            let own = |(name, value): (&String, &Value)| {
                let at = value.as_str().filter(|_| STORED_AT.contains(&name.as_str()));
                at.and_then(|at| at.parse().ok()).max(newest_in(value))
            };
            fields.iter().filter_map(own).max()
        }
        Value::Array(entries) => entries.iter().filter_map(newest_in).max(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
