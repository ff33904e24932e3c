//! Sessions: created, shown, switched on and off, given up.

pub mod supersede;

use std::time::Duration;

use domain::{
    charge::Charge,
    ids::{ChargeId, ClientId, SessionId},
    limits::DEFAULT_PAGE,
    refusal::Refusal,
    session::{Command, Decision, Session, SessionStatus},
    time::Timestamp,
};
use futures::future::try_join_all;
use store::lists::Window;

use self::supersede::GivenUp;
use crate::{Hub, attempt::Attempt};

/// In milliseconds.
const A_DAY: i64 = 24 * 60 * 60 * 1000;
/// How often a change of a session that was written meanwhile is decided anew.
const TRIES: u32 = 3;

/// A session, its key in the clear, and whether it was there before.
#[derive(Debug)]
pub struct Shown {
    /// The session.
    pub session: Session,
    /// Its key, for somebody who may see it.
    pub public_key: String,
    /// Whether this answers a repeat.
    pub is_repeat: bool,
}

impl Hub {
    /// Stores the session that `make` makes of its id, its key and the hash of what was asked; where the attempt was
    /// made before, the session as it was when it was created.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`], or the store's refusals.
    pub async fn create_session(
        &self,
        attempt: &Attempt,
        make: impl FnOnce(SessionId, domain::session::SessionKey, String) -> Session,
    ) -> Result<Shown, Refusal> {
        let (key, public_key) = self.new_session_key(attempt.client, attempt.id).await?;
        let session = make(SessionId::new(attempt.id), key, self.body(attempt, None).as_sent);
        if let Err(refusal) = self.seller(attempt.client, session.merchant).await {
            return match self.store.session(attempt.client, session.id).await? {
                Some(there) if attempt.key.is_some() => self.created_before(&session, there).await,
                _ => Err(refusal),
            };
        }
        match self.store.create_session(&session).await? {
            None => Ok(Shown { session, public_key, is_repeat: false }),
            Some(there) => self.created_before(&session, there).await,
        }
    }

    async fn created_before(&self, asked: &Session, made: Session) -> Result<Shown, Refusal> {
        if made.client != asked.client || made.body != asked.body {
            return Err(Refusal::KeyReused);
        }
        let mut shown = self.show(made).await?;
        shown.session = shown.session.as_created();
        shown.is_repeat = true;
        Ok(shown)
    }

    /// The account's session of this id.
    ///
    /// # Errors
    /// [`Refusal::UnknownSession`], or the store's refusals.
    pub async fn session(&self, client: ClientId, id: SessionId) -> Result<Session, Refusal> {
        self.store.session(client, id).await?.ok_or(Refusal::UnknownSession)
    }

    /// The session with its key in the clear.
    ///
    /// # Errors
    /// Where the key cannot be opened.
    pub async fn show(&self, session: Session) -> Result<Shown, Refusal> {
        let public_key = self.open_session_key(session.client, session.id.uuid(), &session.key).await?;
        Ok(Shown { session, public_key, is_repeat: false })
    }

    /// Cancels, enables or disables a session: as it is afterwards.
    ///
    /// # Errors
    /// What refuses the change, or the store's refusals.
    pub async fn change_session(&self, client: ClientId, id: SessionId, command: Command) -> Result<Session, Refusal> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let session = self.session(client, id).await?;
            let (status, is_active) = match session.decide(command, now)? {
                Decision::Nothing | Decision::Claim => return Ok(session),
                Decision::Cancel => (SessionStatus::Canceled, session.is_active),
                Decision::SetActive(active) => (session.status, active),
                Decision::Held(holder) => match self.give_up_with_session(&session, holder).await? {
                    GivenUp::Paid => return Err(Refusal::SessionPaid),
                    GivenUp::Held => return Err(Refusal::SessionHeld),
                    GivenUp::Canceled => continue,
                },
            };
            if self.store.change_session(&session, status, is_active, now).await? {
                if !is_active {
                    self.give_up_behind(&session).await;
                }
                return Ok(Session { status, is_active, updated_at: now, ..session });
            }
        }
        Err(Refusal::Contention)
    }

    /// Gives up the payment that holds a session, and the session with it.
    async fn give_up_with_session(&self, session: &Session, holder: ChargeId) -> Result<GivenUp, Refusal> {
        let live = self.store.charge(session.client, holder).await?.ok_or(Refusal::SessionHeld)?;
        self.give_up(live, true).await
    }

    /// Nobody may pay an inactive session: what its buyer could still pay is given up behind it. Whether that works
    /// changes nothing for the session; money that comes after all takes it.
    async fn give_up_behind(&self, session: &Session) {
        let Some(holder) = session.claim else { return };
        let given_up = async {
            match self.store.charge(session.client, holder).await? {
                Some(live) => self.give_up(live, false).await.map(|_| ()),
                None => Ok(()),
            }
        };
        if let Err(refusal) = given_up.await {
            tracing::warn!(%refusal, charge = %holder, "the payment of an inactive session could not be given up");
        }
    }

    /// Every charge that tried to pay a session, oldest first.
    ///
    /// # Errors
    /// The store's refusals.
    pub async fn attempts(&self, session: &Session) -> Result<Vec<Charge>, Refusal> {
        let reads = session.attempts.iter().map(|id| self.store.charge(session.client, *id));
        Ok(try_join_all(reads).await?.into_iter().flatten().collect())
    }

    /// The part of the account's lists from `from` until `until`: as far as they reach where those do not say.
    ///
    /// # Errors
    /// The store's refusals.
    pub async fn all_of(
        &self,
        client: ClientId,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Window, Refusal> {
        // The operator's clock, which stamped the account, need not be the hub's.
        let made = self.account(client).await?.created_at;
        let first = Timestamp::from_millis(made.as_millis().saturating_sub(A_DAY));
        let last = self.clock.now().plus(Duration::from_secs(1));
        Ok(Window {
            from: from.map_or(first, |from| from.max(first)),
            until: until.map_or(last, |until| until.min(last)),
            descending: false,
            page: 1,
            limit: DEFAULT_PAGE,
        })
    }
}
