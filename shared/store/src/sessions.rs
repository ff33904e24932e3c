//! Sessions. What a payment changes in its session is written with the charge.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{ClientId, SessionId},
    money::Currency,
    session::{Alias, Session, SessionStatus},
    time::Timestamp,
};

use crate::{
    Error, Store,
    accounts::{KeyKind, KeyRecord, api_key},
    item::{Item, encode, id_in_key, n, s, within},
    keys::{Kind, SESSION, in_list_keys, list_keys, session_key},
    short::{Fields, Visit, decode_short, encode_short},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 12] = [
    "id",
    "client",
    "keys",
    "merchant",
    "status",
    "isActive",
    "lock",
    "attempts",
    "orderId",
    "createdAt",
    "updatedAt",
    "version",
];

impl Store {
    /// The session of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn session(&self, client: ClientId, id: SessionId) -> Result<Option<Session>, Error> {
        let session = self.session_of_any_account(id).await?;
        Ok(session.filter(|session| session.client == client))
    }

    /// The session of this id, whose account is not known: a browser that opens its page has shown no key yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn session_of_any_account(&self, id: SessionId) -> Result<Option<Session>, Error> {
        let item = self.get(&self.hub, session_key(id)).await?;
        item.as_ref().map(decode_session).transpose()
    }

    /// Stores a new session and its key; the session that was there where its id is taken.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_session(&self, session: &Session) -> Result<Option<Session>, Error> {
        let item = encode_session(session)?;
        let kind = KeyKind::Session { maker: session.made_by.session_key(session.id) };
        let key = KeyRecord { client: session.client, kind, created_at: session.created_at };
        let nonce = nonce();
        let writes = vec![
            Self::put_action(&self.hub, item, Expression::absent(), &nonce)?,
            Self::put_action(
                &self.hub,
                encode(api_key(&session.key.digest), &key, &["client"])?,
                Expression::absent(),
                &nonce,
            )?,
        ];
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(None),
            Err(failed) => match failed.into_iter().next().flatten() {
                Some(there) => decode_session(&there).map(Some),
                None => Err(Error::Contention),
            },
        }
    }

    /// Sets `status` and `is_active` of a session as it was read, and releases the lock of a canceled one; false where
    /// it was written since.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn change_session(
        &self,
        read: &Session,
        status: SessionStatus,
        is_active: bool,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut change = Expression::at_version(read.version);
        let update = "SET #status = :status, isActive = :active, updatedAt = :now, version = :next, writer = :writer";
        change.names = vec![("#status", "status")];
        change.update = if status == SessionStatus::Canceled {
            change.names.push(("#lock", "lock"));
            format!("{update} REMOVE #lock")
        } else {
            update.to_owned()
        };
        change.values.extend([
            (":status", s(status.name())),
            (":active", AttributeValue::Bool(is_active)),
            (":now", s(now.to_string())),
            (":next", n(read.version.saturating_add(1))),
        ]);
        let written = self.update(&self.hub, session_key(read.id), &change, &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }
}

impl Store {
    /// Remembers that a payment was asked for again under another idempotency key; false where the session was written
    /// since it was read.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn add_alias(&self, read: &Session, alias: &Alias) -> Result<bool, Error> {
        let mut next = read.clone();
        next.aliases.push(alias.clone());
        next.version = read.version.saturating_add(1);
        let written =
            self.put(&self.hub, encode_session(&next)?, &Expression::at_version(read.version), &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }
}

/// The item of a session. Its account and its instant of creation are in the keys of its list entry alone.
fn encode_session(session: &Session) -> Result<Item, Error> {
    let mut item = within(encode_short(session_key(session.id), session, &LIFTED, usual)?)?;
    for name in ["id", "client", "createdAt"] {
        item.remove(name);
    }
    item.extend(list_keys(session.client, Kind::Session, session.created_at, session.id.uuid()));
    Ok(item)
}

pub(crate) fn decode_session(item: &Item) -> Result<Session, Error> {
    let mut in_key = vec![("id", id_in_key(item, SESSION)?)];
    in_key.extend(in_list_keys(item).into_iter().flatten());
    decode_short(item, &in_key, &LIFTED, usual)
}

/// A session in reais that was active when it was made and takes the money at once.
fn usual(session: &mut Fields, visit: Visit) {
    visit(session, "currency", Currency::BRL.code().into());
    visit(session, "capture", true.into());
    visit(session, "wasActive", true.into());
}
