//! Time on one machine: the sweeper's schedule, the removal of expired items, and the test clock.

use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};

use aws_local::{folder::write_private, queue::Queue, stream::pump::Progress, tables::Tables};
use domain::refusal::Refusal;
use edge::{Access, Reply, Request, Route, RouteKey};
use flows::{Clock, Hub};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, watch},
    time::MissedTickBehavior,
};

/// How often the template's schedule invokes the sweeper.
const MINUTE: Duration = Duration::from_mins(1);
/// The route that moves the clock. No template has it.
pub const CLOCK_ROUTE: RouteKey = Route::post("/_local/clock");
/// Who may move the clock.
pub const CLOCK_ACCESS: Access = Access::SecretKey;
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
    /// The time of `hub`, whose `clock` is as far ahead as the file at `file` says: the hub's time never goes back.
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

    /// `POST /_local/clock`: moves the clock, and answers once everything that became due is processed and every event
    /// is relayed and attempted.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without a secret key, [`Refusal::Invalid`], or the sweep's error.
    pub async fn advance(&self, request: Request, background: &Background) -> Result<Reply, Refusal> {
        edge::authenticate(&self.hub, &request, CLOCK_ACCESS).await?;
        let seconds = request.json()?.get("advanceSeconds").and_then(Value::as_u64);
        let seconds = seconds.filter(|seconds| *seconds <= FARTHEST).ok_or_else(|| {
            Refusal::Invalid(vec![format!("advanceSeconds must be an integer between 0 and {FARTHEST}")])
        })?;
        let mut ahead = self.ahead.lock().await;
        let further = ahead.saturating_add(seconds);
        write_private(&self.file, &further.to_string()).map_err(|error| {
            tracing::error!(%error, "the clock could not be kept, so it was not moved");
            Refusal::Unavailable
        })?;
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
        Ok(Reply::ok(&json!({"now": self.hub.now()})))
    }
}
