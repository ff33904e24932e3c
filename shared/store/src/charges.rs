//! Charges: the intent before the call, the settle after it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    charge::{
        Charge, SessionStep, SessionWrite, Write,
        due::Due,
        event::EventName,
        request::{RequestKind, RequestStatus},
    },
    ids::{CardId, ChargeId, ClientId},
    limits::{CALL_WINDOW, MAX_INTENT},
    money::Currency,
    session::{Session, SessionStatus},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    Error, Store,
    card_testing::{Counter, Full, which_is_full},
    inbox::Record,
    item::{Item, id_in_key, n, s},
    keys::{CHARGE, DueLane, Kind, charge_key, due_keys, in_list_keys, list_keys, session_key},
    sessions::decode_session,
    short::{Fields, Visit, decode_short, encode_short},
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
    let mut in_key = vec![("id", id_in_key(item, CHARGE)?)];
    in_key.extend(in_list_keys(item).into_iter().flatten());
    decode_short(item, &in_key, &LIFTED, usual)
}

/// The item of a charge. It is listed from its first answer on, and due while something about it is open. Once it is
/// listed, its account and its instant of creation are in the keys of its entry alone.
fn encode_charge(charge: &Charge) -> Result<Item, Error> {
    let mut lifted = vec!["id"];
    lifted.extend(LIFTED);
    let mut item = encode_short(charge_key(charge.id), charge, &lifted, usual)?;
    item.remove("id");
    item.insert("status".to_owned(), s(charge.status().name()));
    item.insert("amount".to_owned(), n(charge.amount()));
    item.insert("paymentType".to_owned(), s(charge.method.kind().name()));
    if let Some(via) = charge.via() {
        item.insert("providerType".to_owned(), s(via.kind.name()));
    }
    if charge.requests.iter().any(|request| !request.answers.is_empty()) {
        item.extend(list_keys(charge.client, Kind::Charge, charge.created_at, charge.id.uuid()));
        item.remove("client");
        item.remove("createdAt");
    }
    if let Some(Due { at, lane }) = charge.due() {
        let ([shard, ..], account) = (*charge.id.uuid().as_bytes(), charge.via().map(|via| via.id));
        item.extend(due_keys(DueLane::Charge(lane), shard, at, &charge.id.to_string(), account));
    }
    Ok(item)
}

/// What a charge usually is: a card payment in reais, at once and in one part, that changed last when its newest
/// request was made or answered. A caller who names no idempotency key has the charge's id as one.
fn usual(charge: &mut Fields, visit: Visit) {
    let [id, created, amount] = ["id", "createdAt", "originalAmount"].map(|name| charge.get(name).cloned());
    let (Some(id), Some(Value::String(created)), Some(amount)) = (id, created, amount) else { return };
    visit(charge, "idempotencyKey", id);
    visit(charge, "currency", Currency::BRL.code().into());
    visit(charge, "capture", true.into());
    visit(charge, "method", json!({"paymentType": "credit", "installments": 1}));
    let mut next = UsualRequest { created: &created, amount: &amount, step: 0, via: None, event: None };
    if let Some(source) = charge.get_mut("source").and_then(Value::as_object_mut) {
        visit(source, "sourceType", "card".into());
        next.event = source.contains_key("card").then(|| json!({"no": 1, "name": EventName::Pending.name()}));
    }
    let mut changed = created.clone();
    let requests = charge.get_mut("requests").and_then(Value::as_array_mut).into_iter().flatten();
    for request in requests.filter_map(Value::as_object_mut) {
        next.visit(request, visit);
        changed = changed.max(newest_in(request));
    }
    visit(charge, "updatedAt", changed.into());
}

/// What the next transaction request of a charge usually is: a card payment of all that was asked for, made with the
/// charge or at least to the same account, whose call may begin for [`CALL_WINDOW`]. It is answered once, by a success,
/// before the request after it is made.
struct UsualRequest<'a> {
    created: &'a str,
    amount: &'a Value,
    step: u32,
    /// The account of the first request.
    via: Option<Value>,
    /// The event of the first request of a card payment.
    event: Option<Value>,
}

impl UsualRequest<'_> {
    fn visit(&mut self, request: &mut Fields, visit: Visit) {
        let made = request.get("createdAt").and_then(Value::as_str).unwrap_or(self.created);
        if let Ok(made) = made.parse::<Timestamp>() {
            visit(request, "callBefore", made.plus(CALL_WINDOW).to_string().into());
        }
        visit(request, "createdAt", self.created.into());
        visit(request, "amount", self.amount.clone());
        visit(request, "kind", RequestKind::Authorization.name().into());
        visit(request, "step", self.next_step());
        match &self.via {
            Some(via) => visit(request, "via", via.clone()),
            None => self.via = request.get("via").cloned(),
        }
        if let Some(event) = self.event.take() {
            visit(request, "event", event);
        }
        let answers = request.get_mut("answers").and_then(Value::as_array_mut).into_iter().flatten();
        for answer in answers.filter_map(Value::as_object_mut) {
            visit(answer, "step", self.next_step());
            visit(answer, "status", RequestStatus::Success.name().into());
        }
    }

    fn next_step(&mut self) -> Value {
        self.step = self.step.saturating_add(1);
        self.step.into()
    }
}

/// The newest instant in a transaction request; empty where it says none.
fn newest_in(request: &Fields) -> String {
    let answers = request.get("answers").and_then(Value::as_array).into_iter().flatten();
    let answered = answers.filter_map(|answer| answer.get("at"));
    answered.chain(request.get("createdAt")).filter_map(Value::as_str).max().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use domain::{
        card::{Brand, CardSnapshot},
        charge::{
            Body, NewCharge, Order, Source, SourceOrder,
            request::{Answer, Receipt, Via},
        },
        ids::{MerchantId, ProviderAccountId, RequestId, TokenId},
        merchant::ProviderType,
        method::Method,
        money::{Amount, Money},
    };
    use uuid::Uuid;

    use super::*;
    use crate::item::{DOC, text};

    fn at(second: u32) -> Timestamp {
        format!("2026-01-31T10:00:{second:02}Z").parse().unwrap()
    }

    /// A card payment, answered after a second.
    fn paid() -> Charge {
        let id = Uuid::from_u128;
        let order = Order {
            merchant: MerchantId::new(id(1)),
            money: Money { amount: Amount::new(12_990).unwrap(), currency: Currency::BRL },
            capture: true,
            order_id: None,
            description: None,
            statement_descriptor: None,
            method: Method::Credit { installments: 1 },
            customer: None,
            source: SourceOrder::Token(TokenId::new(id(2))),
            fraud: None,
            keeps_card: false,
        };
        let card = CardSnapshot {
            brand: Brand::Visa,
            first6: "492956".to_owned(),
            last4: "7814".to_owned(),
            holder: "JOAO DA SILVA".to_owned(),
            expiry: "06/2028".parse().unwrap(),
        };
        let new = NewCharge {
            id: ChargeId::new(id(3)),
            client: ClientId::new(id(4)),
            keys: Vec::new(),
            session: None,
            customer: None,
            idempotency_key: None,
            body: Body { as_sent: "hash".to_owned(), by_card: None },
            source: Source::Card { card_id: CardId::new(id(5)), card },
            via: Via { id: ProviderAccountId::new(id(6)), kind: ProviderType::Stripe },
            fraud: None,
            counted: None,
            request: RequestId::new(id(7)),
            call_before: at(0).plus(CALL_WINDOW),
        };
        let mut charge = Charge::open(&order, new, at(0));
        let receipt = Receipt { transaction_id: Some("t".to_owned()), ..Receipt::default() };
        let answer = json!({"step": 2, "status": "success", "at": at(1), "receipt": receipt});
        charge.requests[0].answers.push(serde_json::from_value::<Answer>(answer).unwrap());
        Charge { updated_at: at(1), ..charge }
    }

    #[test]
    fn a_usual_charge_is_what_is_its_own() {
        let item = encode_charge(&paid()).unwrap();
        let id = |last| format!("00000000-0000-0000-0000-00000000000{last}");
        let document = json!({
            "b": {"s": "hash"},
            "R": [{
                "id": id(7), "V": {"id": id(6), "Y": "STRIPE"},
                "a": [{"at": at(1), "r": {"X": "t"}}],
            }],
            "o": {"i": id(5), "C": {"g": "Visa", "f": "492956", "l": "7814", "h": "JOAO DA SILVA", "y": "06/2028"}},
        });
        assert_eq!(serde_json::from_str::<Value>(text(&item, DOC).unwrap()).unwrap(), document);
        assert!(!item.contains_key("client") && !item.contains_key("createdAt"), "{item:?}");
        assert_eq!(decode_charge(&item).unwrap(), paid());
    }

    #[test]
    fn an_intent_is_in_no_list_and_says_whose_it_is() {
        let mut intent = paid();
        intent.requests[0].answers.clear();
        intent.updated_at = intent.created_at;
        let item = encode_charge(&intent).unwrap();
        assert!(item.contains_key("client") && item.contains_key("createdAt"), "{item:?}");
        assert_eq!(decode_charge(&item).unwrap(), intent);
    }

    #[test]
    fn what_is_unusual_is_read_as_it_was_written() {
        for (pointer, other) in [
            ("/idempotencyKey", json!("its own")),
            ("/currency", json!("USD")),
            ("/capture", json!(false)),
            ("/method", json!({"paymentType": "credit", "installments": 2})),
            ("/source", json!({"sourceType": "customer", "customerId": Uuid::from_u128(8)})),
            ("/updatedAt", json!(at(9))),
            ("/requests/0/createdAt", json!(at(9))),
            ("/requests/0/callBefore", json!(at(9))),
            ("/requests/0/amount", json!(1)),
            ("/requests/0/kind", json!("void")),
            ("/requests/0/step", json!(9)),
            ("/requests/0/event", json!({"no": 1, "name": "failed"})),
            ("/requests/0/event", Value::Null),
            ("/requests/0/answers/0/step", json!(9)),
            ("/requests/0/answers/0/status", json!("failed")),
            ("/requests/1/via/id", json!(Uuid::from_u128(8))),
            ("/requests/1/event", json!({"no": 1, "name": "pending"})),
            ("/requests/1/createdAt", json!(at(9))),
        ] {
            let mut two = paid();
            two.requests.push(two.requests[0].clone());
            two.requests[1].event = None;
            let mut fields = serde_json::to_value(&two).unwrap();
            match fields.pointer_mut(pointer) {
                Some(field) => *field = other,
                None => fields["requests"][1]["event"] = other,
            }
            let charge: Charge = serde_json::from_value(fields).unwrap();
            assert_ne!(charge, two, "{pointer}");
            assert_eq!(decode_charge(&encode_charge(&charge).unwrap()).unwrap(), charge, "{pointer}");
        }
    }

    #[test]
    fn a_charge_without_what_is_its_own_is_corrupt() {
        let item = encode_charge(&paid()).unwrap();
        for (own, without) in [("\"b\":", "\"_\":"), ("\"R\":", "\"_\":"), ("\"V\":", "\"_\":"), ("\"at\":", "\"_\":")]
        {
            let mut broken = item.clone();
            broken.insert(DOC.to_owned(), s(text(&item, DOC).unwrap().replace(own, without)));
            assert!(matches!(decode_charge(&broken), Err(Error::Corrupt(_))), "{own}");
        }
        for name in ["GSI1PK", "GSI1SK", "merchant", "originalAmount", "version", "eventNo"] {
            let mut broken = item.clone();
            broken.remove(name).unwrap();
            assert!(matches!(decode_charge(&broken), Err(Error::Corrupt(_))), "{name}");
        }
    }
}
