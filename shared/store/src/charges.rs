//! Charges: the intent before the call, the settle after it.

use domain::{
    charge::{Charge, SessionEffect},
    ids::{ChargeId, ClientId},
    session::{Session, SessionStatus},
};

use crate::{
    Error, Store,
    item::{Item, decode, encode, n, s, text},
    keys::{CHARGE, Kind, charge_key, due_keys, list_keys, session_key},
    sessions::decode_session,
    tokens::Spend,
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 8] =
    ["client", "merchant", "session", "orderId", "originalAmount", "createdAt", "version", "eventNo"];

/// What became of an intent.
#[derive(Debug)]
pub enum Opened {
    /// It is stored and the provider may be called.
    Ours,
    /// A charge of this id was there: this is a repeat.
    Repeat(Box<Charge>),
    /// The session was written since it was read: as it is now.
    SessionTaken(Box<Session>),
    /// The token is spent, expired or gone.
    TokenSpent,
}

/// What became of a settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// It is stored.
    Stored,
    /// Somebody wrote the charge, or its session, since it was read.
    Lost,
}

impl Store {
    /// The charge of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn charge(&self, client: ClientId, id: ChargeId) -> Result<Option<Charge>, Error> {
        let item = self.get(&self.hub, charge_key(id)).await?;
        let charge = item.as_ref().map(decode_charge).transpose()?;
        Ok(charge.filter(|charge| charge.client == client))
    }

    /// Stores the intent of a charge that pays no session, and spends its token, if it has one.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the intent may have landed.
    pub async fn open(&self, charge: &Charge, token: Option<&Spend>) -> Result<Opened, Error> {
        let nonce = nonce();
        let item = encode_charge(charge)?;
        let Some(token) = token else {
            return match self.put(&self.hub, item, &Expression::absent(), &nonce).await? {
                Written::Done => Ok(Opened::Ours),
                Written::Refused(there) => repeat(there.as_ref()),
            };
        };
        let writes =
            vec![Self::put_action(&self.hub, item, Expression::absent(), &nonce)?, self.spend_action(token, &nonce)?];
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Opened::Ours),
            Err(failed) => match failed.first() {
                Some(Some(there)) => repeat(Some(there)),
                _ => Ok(Opened::TokenSpent),
            },
        }
    }

    /// Stores the intent of a charge that pays `session`, claims the session for it as it was read, and spends the
    /// token, if there is one: all in one transaction (design §3, "Pay once").
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the claim may have landed.
    pub async fn claim(&self, session: &Session, charge: &Charge, token: Option<&Spend>) -> Result<Opened, Error> {
        let nonce = nonce();
        let claim = Expression {
            condition: "version = :read".to_owned(),
            update: "SET claim = :charge, attempts = list_append(attempts, :attempt), updatedAt = :now, \
                     version = :next, writer = :writer"
                .to_owned(),
            values: vec![
                (":read", n(session.version)),
                (":next", n(session.version.saturating_add(1))),
                (":charge", s(charge.id.to_string())),
                (":attempt", aws_sdk_dynamodb::types::AttributeValue::L(vec![s(charge.id.to_string())])),
                (":now", s(charge.created_at.to_string())),
            ],
            names: Vec::new(),
        };
        let mut writes = vec![
            Self::put_action(&self.hub, encode_charge(charge)?, Expression::absent(), &nonce)?,
            Self::update_action(&self.hub, session_key(session.id), claim, &nonce)?,
        ];
        if let Some(token) = token {
            writes.push(self.spend_action(token, &nonce)?);
        }
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Opened::Ours),
            Err(failed) => match (failed.first(), failed.get(1)) {
                (Some(Some(there)), _) => repeat(Some(there)),
                (_, Some(Some(there))) => Ok(Opened::SessionTaken(Box::new(decode_session(there)?))),
                _ => Ok(Opened::TokenSpent),
            },
        }
    }

    /// Stores `charge`, settled from the one read at `version`, together with what that does to its session.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the settle may have landed.
    pub async fn settle(&self, version: u64, charge: &Charge, effect: SessionEffect) -> Result<Settle, Error> {
        let nonce = nonce();
        let item = encode_charge(charge)?;
        let settled = Expression::at_version(version);
        let Some(session) = charge.session.and_then(|session| session_effect(effect, charge).map(|e| (session, e)))
        else {
            return match self.put(&self.hub, item, &settled, &nonce).await? {
                Written::Done => Ok(Settle::Stored),
                Written::Refused(_) => Ok(Settle::Lost),
            };
        };
        let writes = vec![
            Self::put_action(&self.hub, item, settled, &nonce)?,
            Self::update_action(&self.hub, session_key(session.0), session.1, &nonce)?,
        ];
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Settle::Stored),
            Err(_) => Ok(Settle::Lost),
        }
    }
}

/// What settling `charge` writes into the session that it holds; nothing where the claim just stands.
fn session_effect(effect: SessionEffect, charge: &Charge) -> Option<Expression> {
    let mut values =
        vec![(":charge", s(charge.id.to_string())), (":now", s(charge.updated_at.to_string())), (":one", n(1))];
    let (update, names) = match effect {
        SessionEffect::Keep => return None,
        SessionEffect::Release => ("SET updatedAt = :now, writer = :writer REMOVE claim ADD version :one", Vec::new()),
        SessionEffect::Pay => {
            values.push((":paid", s(SessionStatus::Paid.name())));
            ("SET #status = :paid, updatedAt = :now, writer = :writer ADD version :one", vec![("#status", "status")])
        }
    };
    Some(Expression { condition: "claim = :charge".to_owned(), update: update.to_owned(), values, names })
}

fn repeat(there: Option<&Item>) -> Result<Opened, Error> {
    let there = there.ok_or(Error::Contention)?;
    Ok(Opened::Repeat(Box::new(decode_charge(there)?)))
}

pub(crate) fn decode_charge(item: &Item) -> Result<Charge, Error> {
    let mut item = item.clone();
    if let Some(id) = text(&item, "PK").and_then(|pk| pk.strip_prefix(CHARGE)).map(str::to_owned) {
        item.insert("id".to_owned(), s(id));
    }
    let mut lifted = vec!["id"];
    lifted.extend(LIFTED);
    decode(&item, &lifted)
}

/// The item of a charge. It is listed from its first answer on, and due while something about it is open.
fn encode_charge(charge: &Charge) -> Result<Item, Error> {
    let mut lifted = vec!["id"];
    lifted.extend(LIFTED);
    let mut item = encode(charge_key(charge.id), charge, &lifted)?;
    item.remove("id");
    item.insert("kind".to_owned(), s("charge"));
    item.insert("status".to_owned(), s(charge.status().name()));
    item.insert("amount".to_owned(), n(charge.amount()));
    item.insert("paymentType".to_owned(), s(charge.method.kind().name()));
    if let Some(request) = charge.requests.last() {
        item.insert("providerType".to_owned(), s(request.via.kind.name()));
    }
    if charge.requests.iter().any(|request| request.answered().is_some()) {
        item.extend(list_keys(charge.client, Kind::Charge, charge.created_at, charge.id.uuid()));
    }
    if let Some(due) = charge.due_at() {
        item.extend(due_keys(due, charge.id));
    }
    Ok(item)
}
