//! Charges: the intent before the call, the settle after it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    charge::{Charge, SessionStep, SessionWrite, Write, due::Due},
    ids::{CardId, ChargeId, ClientId},
    limits::MAX_INTENT,
    session::{Session, SessionStatus},
};

use crate::{
    Error, Store,
    card_testing::{Counter, Full, which_is_full},
    inbox::Record,
    item::{Item, decode_keyed, encode, id_in_key, n, s},
    keys::{CHARGE, DueLane, Kind, charge_key, due_keys, list_keys, session_key},
    sessions::decode_session,
    tokens::Spend,
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 9] =
    ["client", "merchant", "session", "orderId", "originalAmount", "createdAt", "version", "eventNo", "waiting"];

/// What became of an intent.
#[derive(Debug)]
pub enum Opened {
    /// It is stored and the provider may be called.
    Ours,
    /// A charge of this id was there: this is an idempotent replay.
    Replay(Box<Charge>),
    /// The session was written since it was read: as it is now.
    SessionTaken(Box<Session>),
    /// The token is spent, expired or deleted.
    TokenSpent,
    /// A counter of declines is full: nothing is stored.
    Full(Full),
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// It is stored.
    Stored,
    /// The charge was written since it was read.
    Lost,
    /// The charge is as it was read, and its session is not: another charge holds its lock, or it was written.
    SessionLost,
    /// The notification that it comes from was applied before.
    Known,
}

impl Store {
    /// The charge of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn charge(&self, client: ClientId, id: ChargeId) -> Result<Option<Charge>, Error> {
        let charge = self.charge_of_any_account(id).await?;
        Ok(charge.filter(|charge| charge.client == client))
    }

    /// The charge of this id, whose account is not known: the caller has proved otherwise what it may see of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn charge_of_any_account(&self, id: ChargeId) -> Result<Option<Charge>, Error> {
        let item = self.get(&self.hub, charge_key(id)).await?;
        item.as_ref().map(decode_charge).transpose()
    }

    /// Checks the size of an intent, before anything of the charge is stored or sent. Later writes are not checked.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where its intent is above [`MAX_INTENT`].
    pub fn fits(intent: &Charge) -> Result<(), Error> {
        let json = serde_json::to_vec(intent).map_err(|error| Error::Corrupt(error.to_string()))?;
        if json.len() > MAX_INTENT { Err(Error::TooLarge(MAX_INTENT)) } else { Ok(()) }
    }

    /// Stores the intent of a charge that pays no session, spends its token, if it has one, notes the use of `card`, if it
    /// is unsaved, and counts it in `counters`.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the intent may have landed.
    pub async fn open(
        &self,
        charge: &Charge,
        token: Option<&Spend>,
        card: Option<CardId>,
        counters: &[Counter],
    ) -> Result<Opened, Error> {
        let nonce = nonce();
        let item = encode_charge(charge)?;
        if token.is_none() && card.is_none() && counters.is_empty() {
            return match self.put(&self.hub, item, &Expression::absent(), &nonce).await? {
                Written::Done => Ok(Opened::Ours),
                Written::Refused(there) => repeat(there.as_ref()),
            };
        }
        let mut writes = vec![Self::put_action(&self.hub, item, Expression::absent(), &nonce)?];
        writes.extend(self.source_actions(charge, token, card, &nonce)?);
        let uncounted = writes.len();
        writes.extend(self.count_actions(counters, charge.created_at, &nonce)?);
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Opened::Ours),
            Err(failed) => match failed.first() {
                Some(Some(there)) => repeat(Some(there)),
                _ => spent_or_full(&failed, uncounted, counters, charge),
            },
        }
    }

    /// Stores the intent of a charge that pays `session`, locks the session for it as it was read, spends the token, if
    /// there is one, notes the use of `card`, if it is unsaved, and counts it in `counters`: all in one transaction.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the lock may have landed.
    pub async fn lock(
        &self,
        session: &Session,
        charge: &Charge,
        token: Option<&Spend>,
        card: Option<CardId>,
        counters: &[Counter],
    ) -> Result<Opened, Error> {
        let nonce = nonce();
        let lock = Expression {
            condition: "version = :read".to_owned(),
            update: "SET #lock = :charge, attempts = list_append(attempts, :attempt), updatedAt = :now, \
                     version = :next, writer = :writer"
                .to_owned(),
            values: vec![
                (":read", n(session.version)),
                (":next", n(session.version.saturating_add(1))),
                (":charge", s(charge.id.to_string())),
                (":attempt", aws_sdk_dynamodb::types::AttributeValue::L(vec![s(charge.id.to_string())])),
                (":now", s(charge.created_at.to_string())),
            ],
            names: vec![("#lock", "lock")],
        };
        let mut writes = vec![
            Self::put_action(&self.hub, encode_charge(charge)?, Expression::absent(), &nonce)?,
            Self::update_action(&self.hub, session_key(session.id), lock, &nonce)?,
        ];
        writes.extend(self.source_actions(charge, token, card, &nonce)?);
        let uncounted = writes.len();
        writes.extend(self.count_actions(counters, charge.created_at, &nonce)?);
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Opened::Ours),
            Err(failed) => match (failed.first(), failed.get(1)) {
                (Some(Some(there)), _) => repeat(Some(there)),
                (_, Some(Some(there))) => Ok(Opened::SessionTaken(Box::new(decode_session(there)?))),
                _ => spent_or_full(&failed, uncounted, counters, charge),
            },
        }
    }

    /// What an intent changes of its payment source: only the use of a token can fail.
    fn source_actions(
        &self,
        charge: &Charge,
        token: Option<&Spend>,
        card: Option<CardId>,
        nonce: &str,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let spend = token.map(|token| self.spend_action(token, nonce));
        let used = card.map(|card| self.use_action(card, charge.id, charge.created_at, nonce));
        spend.into_iter().chain(used).collect()
    }

    /// Stores what was decided of the charge that was read at `version`, its session included, and, where a
    /// notification caused it, the notification's record: all in one transaction.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the write may have landed.
    pub async fn settle(&self, version: u64, write: &Write, update: Option<&Record>) -> Result<Settle, Error> {
        let nonce = nonce();
        let (item, settled) = (encode_charge(&write.charge)?, Expression::at_version(version));
        let session = write.charge.session.and_then(|session| session_write(write).map(|change| (session, change)));
        if session.is_none() && update.is_none() {
            return match self.put(&self.hub, item, &settled, &nonce).await? {
                Written::Done => Ok(Settle::Stored),
                Written::Refused(_) => Ok(Settle::Lost),
            };
        }
        let mut writes = vec![Self::put_action(&self.hub, item, settled, &nonce)?];
        let mut failures = vec![Settle::Lost];
        if let Some((session, change)) = session {
            writes.push(Self::update_action(&self.hub, session_key(session), change, &nonce)?);
            failures.push(Settle::SessionLost);
        }
        if let Some(record) = update {
            writes.push(self.record_action(record, &nonce)?);
            failures.push(Settle::Known);
        }
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Settle::Stored),
            Err(failed) => {
                // What was applied before explains every other failure.
                let met =
                    failures.into_iter().zip(failed).filter(|(_, item)| item.is_some()).map(|(failure, _)| failure);
                let met: Vec<Settle> = met.collect();
                let first = met.first().copied().unwrap_or(Settle::Lost);
                Ok(if met.contains(&Settle::Known) { Settle::Known } else { first })
            }
        }
    }

    /// Stores a charge whose session it does not concern, changed from the one read at `version`.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the write may have landed.
    pub async fn change_charge(&self, version: u64, charge: &Charge) -> Result<bool, Error> {
        let written = self.put(&self.hub, encode_charge(charge)?, &Expression::at_version(version), &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// Stores a charge with its next attempt, changed from the one read at `version`, and counts that attempt in
    /// `counters`, in the windows of the first one. False where the charge was written since, or a counter is full:
    /// nothing is stored or counted.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the write may have landed.
    pub async fn retry(&self, version: u64, charge: &Charge, counters: &[Counter]) -> Result<bool, Error> {
        if counters.is_empty() {
            return self.change_charge(version, charge).await;
        }
        let nonce = nonce();
        let item = encode_charge(charge)?;
        let mut writes = vec![Self::put_action(&self.hub, item, Expression::at_version(version), &nonce)?];
        writes.extend(self.count_actions(counters, charge.created_at, &nonce)?);
        Ok(self.transact(writes, &nonce).await?.is_ok())
    }
}

/// What a write changes in the session, and on which condition; nothing where the session stays as it is.
fn session_write(write: &Write) -> Option<Expression> {
    let now = (":now", s(write.charge.updated_at.to_string()));
    let (charge, one) = ((":charge", s(write.charge.id.to_string())), (":one", n(1)));
    let status = |status: SessionStatus| (":status", s(status.name()));
    let (condition, update, values) = match &write.session {
        SessionWrite::None | SessionWrite::IfLocked(SessionStep::Keep) => return None,
        SessionWrite::IfLocked(step) => {
            let update = match (step.status(), step.keeps_lock()) {
                (Some(_), true) => ", #status = :status ADD version :one",
                (Some(_), false) => ", #status = :status REMOVE #lock ADD version :one",
                (None, _) => "REMOVE #lock ADD version :one",
            };
            ("#lock = :charge", update, [charge, one].into_iter().chain(step.status().map(status)).collect())
        }
        SessionWrite::Next(next) => {
            let versions = [(":next", n(next.version)), (":read", n(next.version.saturating_sub(1)))];
            let locked = next.lock.map(|lock| (":lock", s(lock.to_string())));
            let update = match locked {
                Some(_) => ", #status = :status, version = :next, #lock = :lock",
                None => ", #status = :status, version = :next REMOVE #lock",
            };
            let values: Vec<_> = versions.into_iter().chain([status(next.status)]).chain(locked).collect();
            ("version = :read", update, values)
        }
    };
    let names = [("#lock", "lock"), ("#status", "status")].into_iter();
    let names = names.filter(|(alias, _)| update.contains(alias) || condition.contains(alias)).collect();
    let values: Vec<_> = std::iter::once(now).chain(Vec::from_iter(values)).collect();
    let update = format!("SET updatedAt = :now, writer = :writer {update}");
    Some(Expression { condition: condition.to_owned(), update, values, names })
}

/// What canceled an intent that neither its charge nor its session did: its token, or else a counter. The counters are
/// the writes from `uncounted` on.
fn spent_or_full(
    failed: &[Option<Item>],
    uncounted: usize,
    counters: &[Counter],
    charge: &Charge,
) -> Result<Opened, Error> {
    let (sources, counted) = failed.split_at_checked(uncounted).unwrap_or((failed, &[]));
    if sources.iter().any(Option::is_some) {
        return Ok(Opened::TokenSpent);
    }
    which_is_full(counters, charge.created_at, counted).map(Opened::Full).ok_or(Error::Contention)
}

fn repeat(there: Option<&Item>) -> Result<Opened, Error> {
    let there = there.ok_or(Error::Contention)?;
    Ok(Opened::Replay(Box::new(decode_charge(there)?)))
}

pub(crate) fn decode_charge(item: &Item) -> Result<Charge, Error> {
    decode_keyed(item, &[("id", id_in_key(item, CHARGE)?)], &LIFTED)
}

/// The item of a charge. It is listed from its first answer on, and due while something about it is open.
fn encode_charge(charge: &Charge) -> Result<Item, Error> {
    let mut lifted = vec!["id"];
    lifted.extend(LIFTED);
    let mut item = encode(charge_key(charge.id), charge, &lifted)?;
    item.remove("id");
    item.insert("status".to_owned(), s(charge.status().name()));
    item.insert("amount".to_owned(), n(charge.amount()));
    item.insert("paymentType".to_owned(), s(charge.method.kind().name()));
    if let Some(via) = charge.via() {
        item.insert("providerType".to_owned(), s(via.kind.name()));
    }
    if charge.requests.iter().any(|request| !request.answers.is_empty()) {
        item.extend(list_keys(charge.client, Kind::Charge, charge.created_at, charge.id.uuid()));
    }
    if let Some(Due { at, lane }) = charge.due() {
        let ([shard, ..], account) = (*charge.id.uuid().as_bytes(), charge.via().map(|via| via.id));
        item.extend(due_keys(DueLane::Charge(lane), shard, at, &charge.id.to_string(), account));
    }
    Ok(item)
}
