//! From an order to a payment that could be made. Nothing has left the house, nothing is stored.

use domain::{
    card::{CardData, Cvv, Pan},
    charge::{Charge, NewCharge, Order, Source, SourceOrder, request::Via},
    customer::CustomerData,
    ids::{CardId, ClientId, CustomerId, RequestId, SessionId, TokenId},
    merchant::{Credentials, Merchant, ProviderAccount},
    refusal::Refusal,
    time::Timestamp,
};
use providers::{BuildError, Create, HttpRequest, Operation, adapter, capabilities::serves};
use store::{
    snapshots::{CardRecord, CustomerRecord},
    tokens::{Spend, TokenRecord},
};

use crate::{Hub, Stage, attempt::Attempt};

/// A payment that could be made.
#[derive(Debug)]
pub struct Payment {
    /// The intent.
    pub charge: Charge,
    /// The token that it spends.
    pub(crate) spend: Option<Spend>,
    /// What is stored beside it.
    pub(crate) snapshot: Snapshot,
    /// The account that is asked.
    pub(crate) account: ProviderAccount,
    /// The request that is sent.
    pub(crate) call: HttpRequest,
}

/// What came inside the order and is kept under an id of its own.
#[derive(Debug)]
pub(crate) enum Snapshot {
    None,
    Card(CardId, CardRecord),
    Customer { id: CustomerId, record: Box<CustomerRecord>, document: Option<String> },
}

/// An order's source with its numbers, for as long as the request lives.
struct Means {
    source: Source,
    card: Option<CardData>,
    customer: Option<CustomerData>,
    spend: Option<Spend>,
    snapshot: Snapshot,
    token_card: Option<String>,
}

/// What preparing came to.
#[derive(Debug)]
pub enum Ready {
    /// A payment to be claimed.
    Payment(Box<Payment>),
    /// The attempt is a repeat: what stood in its way now was not so the first time.
    Repeat(Box<Charge>),
}

impl Hub {
    /// Prepares the payment that `order` asks for, for `session` if it pays one.
    ///
    /// # Errors
    /// What refuses the payment, unless this attempt was made before: then the repeat is recognised first.
    pub async fn prepare(&self, attempt: &Attempt, order: Order, session: Option<SessionId>) -> Result<Ready, Refusal> {
        match self.payment(attempt, order, session, self.clock.now()).await {
            Ok(payment) => Ok(Ready::Payment(Box::new(payment))),
            Err(refusal) => self.made_before(attempt, refusal).await.map(|made| Ready::Repeat(Box::new(made))),
        }
    }

    /// The charge that this attempt made when nothing refused it yet: a card may have expired since, a token be spent,
    /// a merchant be gone (design §3, "Repeat before refusal").
    ///
    /// # Errors
    /// `refusal`, where the attempt has no key or was not made before.
    pub async fn made_before(&self, attempt: &Attempt, refusal: Refusal) -> Result<Charge, Refusal> {
        if attempt.key.is_none() {
            return Err(refusal);
        }
        self.store.charge(attempt.client, attempt.charge()).await?.ok_or(refusal)
    }

    async fn payment(
        &self,
        attempt: &Attempt,
        order: Order,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Payment, Refusal> {
        let merchant = self.store.merchant(attempt.client, order.merchant, now).await?;
        let account = self.choose(merchant.as_ref().ok_or(Refusal::UnknownMerchant)?, &order)?;
        let (order, means) = self.means(attempt, order, now).await?;
        let new = NewCharge {
            id: attempt.charge(),
            client: attempt.client,
            session,
            idempotency_key: attempt.key.clone(),
            body: self.body(attempt, means.token_card.as_deref()),
            source: means.source,
            via: Via { id: account.id, kind: account.kind },
            request: RequestId::new(self.secrets.derived(attempt.id, "request 1")),
        };
        let charge = Charge::open(&order, new, now);
        let create = Operation::Create(Create {
            reference: &charge.reference(1),
            method: &order.method,
            money: order.money,
            capture: order.capture,
            card: means.card.as_ref(),
            customer: means.customer.as_ref(),
            statement_descriptor: order.statement_descriptor.as_deref(),
            created_at: now,
        });
        let call = adapter(&account).prepare(&account, &create).map_err(|error| unbuilt(&error))?;
        Ok(Payment { charge, spend: means.spend, snapshot: means.snapshot, account, call })
    }

    /// The account that pays for `order`: the merchant's preferred one that can.
    fn choose(&self, merchant: &Merchant, order: &Order) -> Result<ProviderAccount, Refusal> {
        let (method, currency) = (order.method.kind(), order.money.currency);
        let account =
            merchant.account_for(method).filter(|account| serves(account.kind, method, currency)).filter(|account| {
                match account.credentials {
                    Credentials::Sandbox => self.executor.stage() == Stage::Sandbox,
                }
            });
        account.cloned().ok_or(Refusal::NoProvider { method, currency: currency.code() })
    }

    /// Splits the order's source into what is kept by id and what is used once.
    async fn means(&self, attempt: &Attempt, mut order: Order, now: Timestamp) -> Result<(Order, Means), Refusal> {
        let client = attempt.client;
        let source = std::mem::replace(&mut order.source, SourceOrder::Token(TokenId::new(attempt.id)));
        let means = match source {
            SourceOrder::Card(card) => self.inline_card(client, attempt, card, now).await?,
            SourceOrder::Token(id) => self.token_means(client, attempt, id, now).await?,
            SourceOrder::Customer(data) => self.inline_customer(client, attempt, *data, now),
        };
        Ok((order, means))
    }

    async fn inline_card(
        &self,
        client: ClientId,
        attempt: &Attempt,
        card: CardData,
        now: Timestamp,
    ) -> Result<Means, Refusal> {
        // Another card under the same key is another card: an earlier try may have left the first one behind.
        let fingerprint = self.fingerprint(client, card.pan.reveal());
        let id = CardId::new(self.secrets.derived(attempt.id, &format!("card {fingerprint}")));
        let record = CardRecord {
            client,
            snapshot: card.snapshot(),
            fingerprint,
            number: self.seal_number(client, id.uuid(), &card.pan).await?,
            created_at: now,
        };
        Ok(Means {
            source: Source::Card { card_id: id, card: card.snapshot() },
            card: Some(card),
            customer: None,
            spend: None,
            snapshot: Snapshot::Card(id, record),
            token_card: None,
        })
    }

    async fn token_means(
        &self,
        client: ClientId,
        attempt: &Attempt,
        id: TokenId,
        now: Timestamp,
    ) -> Result<Means, Refusal> {
        let token = self.store.token(client, id, now).await?.ok_or(Refusal::UnknownToken)?;
        let card = self.unspent(client, id, &token).await?;
        Ok(Means {
            source: Source::Token { token_id: id, card: token.snapshot },
            card: Some(card),
            customer: None,
            spend: Some(Spend { token: id, client, charge: attempt.charge(), now }),
            snapshot: Snapshot::None,
            token_card: Some(token.fingerprint),
        })
    }

    /// The card of a token that nobody has used.
    async fn unspent(&self, client: ClientId, id: TokenId, token: &TokenRecord) -> Result<CardData, Refusal> {
        let sealed = token.card.as_deref().ok_or(Refusal::TokenSpent)?;
        let (pan, cvv) = self.open_token(client, id.uuid(), sealed).await?;
        let pan = Pan::new(pan.reveal()).map_err(|_| Refusal::Internal)?;
        let cvv = cvv.map(|cvv| Cvv::new(cvv.reveal())).transpose().map_err(|_| Refusal::Internal)?;
        Ok(CardData { pan, cvv, holder: token.snapshot.holder.clone(), expiry: token.snapshot.expiry })
    }

    fn inline_customer(&self, client: ClientId, attempt: &Attempt, data: CustomerData, now: Timestamp) -> Means {
        let document = data.document.identity().map(|identity| self.document_hash(client, &identity));
        let label = format!("customer {}", document.as_deref().unwrap_or(&data.email));
        let id = CustomerId::new(self.secrets.derived(attempt.id, &label));
        let record = Box::new(CustomerRecord { client, data: data.clone(), created_at: now });
        Means {
            source: Source::Customer { customer_id: id },
            card: None,
            customer: Some(data),
            spend: None,
            snapshot: Snapshot::Customer { id, record, document },
            token_card: None,
        }
    }

    /// The keyed hash by which a customer's document is recognised.
    fn document_hash(&self, client: ClientId, identity: &str) -> String {
        self.secrets.body_mac(client, format!("document {identity}").as_bytes()).into()
    }
}

fn unbuilt(error: &BuildError) -> Refusal {
    tracing::error!(%error, "a provider's request could not be built; nothing was sent or stored");
    Refusal::Internal
}
