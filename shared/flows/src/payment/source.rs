//! With what a payment is made: what the caller sent becomes ids that are kept and numbers that are used once.

use domain::{
    card::{Card, CardData, Cvv, Pan},
    charge::{CvvOrder, Order, Source, SourceOrder},
    customer::{Claims, Customer, CustomerData, Origin},
    ids::{CardId, ClientId, CustomerId, TokenId},
    method::PaymentType,
    refusal::Refusal,
    time::Timestamp,
};
use store::tokens::{Spend, TokenRecord};

use crate::{Hub, attempt::Attempt};

/// What came inside the order and is kept under an id of its own.
#[derive(Debug)]
pub(crate) enum Snapshot {
    None,
    Card(Box<Card>),
    Customer(Box<Customer>),
}

/// An order's source, resolved.
pub(crate) struct Means {
    pub(crate) source: Source,
    pub(crate) card: Option<CardData>,
    pub(crate) customer: Option<CustomerData>,
    pub(crate) spend: Option<Spend>,
    pub(crate) snapshot: Snapshot,
    /// The keyed fingerprint of the card, where its number did not come in the body.
    pub(crate) fingerprint: Option<String>,
}

impl Means {
    fn of(source: Source) -> Self {
        Self { source, card: None, customer: None, spend: None, snapshot: Snapshot::None, fingerprint: None }
    }
}

impl Hub {
    /// Splits the order's source into what is kept by id and what is used once.
    pub(crate) async fn means(
        &self,
        attempt: &Attempt,
        mut order: Order,
        now: Timestamp,
    ) -> Result<(Order, Means), Refusal> {
        let taken = SourceOrder::Token(TokenId::new(attempt.id));
        let kind = order.method.kind();
        if let Some(customer) = order.customer {
            self.stored_buyer(attempt, customer).await?;
        }
        let means = match std::mem::replace(&mut order.source, taken) {
            SourceOrder::Card(card) => self.inline_card(attempt, card, now).await?,
            SourceOrder::Token(id) => self.token(attempt, id, now).await?,
            SourceOrder::StoredCard { card, cvv } => self.stored_card(attempt, card, cvv, now).await?,
            SourceOrder::Customer(data) => self.inline_customer(attempt, *data, now),
            SourceOrder::StoredCustomer { customer, cvv } => {
                let data = self.stored_buyer(attempt, customer).await?;
                match kind {
                    PaymentType::Drip if data.address.is_none() => return Err(Refusal::NoAddress),
                    PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => {
                        Means { customer: Some(data), ..Means::of(Source::Customer { customer_id: customer }) }
                    }
                    PaymentType::Credit => {
                        order.customer = Some(customer);
                        let card = self.store.last_linked_card(attempt.client, customer).await?;
                        let cvv = cvv.map_or(CvvOrder::None, CvvOrder::Given);
                        self.stored_card(attempt, card.ok_or(Refusal::UnusableCustomer)?, cvv, now).await?
                    }
                }
            }
        };
        Ok((order, means))
    }

    async fn inline_card(&self, attempt: &Attempt, card: CardData, now: Timestamp) -> Result<Means, Refusal> {
        let client = attempt.client;
        // Another card under the same key is another card: an earlier try may have left the first one behind.
        let fingerprint = self.fingerprint(client, card.pan.reveal());
        let id = CardId::new(self.secrets.derived(attempt.id, &format!("card {fingerprint}")));
        let number = self.seal_number(client, id.uuid(), &card.pan).await?;
        let stored = Card::inline(id, client, card.snapshot(), fingerprint, number, now);
        let source = Source::Card { card_id: id, card: card.snapshot() };
        Ok(Means { card: Some(card), snapshot: Snapshot::Card(Box::new(stored)), ..Means::of(source) })
    }

    async fn token(&self, attempt: &Attempt, id: TokenId, now: Timestamp) -> Result<Means, Refusal> {
        let token = self.store.token(attempt.client, id, now).await?.ok_or(Refusal::UnknownToken)?;
        let card = self.unspent_card(attempt.client, id, &token).await?;
        let source = Source::Token { token_id: id, card: card.snapshot() };
        Ok(Means {
            card: Some(card),
            spend: Some(Spend::by_charge(id, attempt.client, attempt.charge(), now)),
            fingerprint: token.fingerprint,
            ..Means::of(source)
        })
    }

    async fn stored_card(
        &self,
        attempt: &Attempt,
        id: CardId,
        cvv: CvvOrder,
        now: Timestamp,
    ) -> Result<Means, Refusal> {
        let client = attempt.client;
        let record = self.store.card(client, id).await?.filter(Card::can_pay).ok_or(Refusal::UnusableCard)?;
        if !self.may_use(attempt, &record).await? {
            return Err(Refusal::UnusableCard);
        }
        let (cvv, spend) = match cvv {
            CvvOrder::None => (None, None),
            CvvOrder::Given(cvv) => (Some(cvv), None),
            CvvOrder::Token(token) => {
                let cvv = self.cvv_of_token(client, token, now).await?;
                (Some(cvv), Some(Spend::by_charge(token, client, attempt.charge(), now)))
            }
        };
        let pan = self.open_number(client, id.uuid(), &record.number).await?;
        let pan = Pan::new(pan.reveal()).map_err(|_| Refusal::Internal)?;
        let (holder, expiry) = (record.snapshot.holder.clone(), record.snapshot.expiry);
        Ok(Means {
            card: Some(CardData { pan, cvv, holder, expiry }),
            spend,
            fingerprint: Some(record.fingerprint),
            ..Means::of(Source::Card { card_id: id, card: record.snapshot })
        })
    }

    /// The card of a token that nobody has used.
    pub(crate) async fn unspent_card(
        &self,
        client: ClientId,
        id: TokenId,
        token: &TokenRecord,
    ) -> Result<CardData, Refusal> {
        let snapshot = token.snapshot.as_ref().ok_or(Refusal::UnknownToken)?;
        let sealed = token.card.as_deref().ok_or(Refusal::TokenSpent)?;
        let (pan, cvv) = self.open_token(client, id.uuid(), sealed).await?;
        let pan = pan.ok_or(Refusal::UnknownToken)?;
        let pan = Pan::new(pan.reveal()).map_err(|_| Refusal::Internal)?;
        let cvv = cvv.map(|cvv| Cvv::new(cvv.reveal())).transpose().map_err(|_| Refusal::Internal)?;
        Ok(CardData { pan, cvv, holder: snapshot.holder.clone(), expiry: snapshot.expiry })
    }

    /// The security code of a token that nobody has used.
    async fn cvv_of_token(&self, client: ClientId, id: TokenId, now: Timestamp) -> Result<Cvv, Refusal> {
        let token = self.store.token(client, id, now).await?.ok_or(Refusal::UnknownToken)?;
        let sealed = token.card.as_deref().ok_or(Refusal::TokenSpent)?;
        let (_, cvv) = self.open_token(client, id.uuid(), sealed).await?;
        let cvv = cvv.ok_or(Refusal::UnknownToken)?;
        Cvv::new(cvv.reveal()).map_err(|_| Refusal::Internal)
    }

    /// A stored buyer; for a session's own key only one that this key opens.
    async fn stored_buyer(&self, attempt: &Attempt, id: CustomerId) -> Result<CustomerData, Refusal> {
        let customer = self.store.customer(attempt.client, id).await?;
        let open = customer.filter(|customer| customer.origin.is_open_to(attempt.session));
        open.map(|customer| customer.data).ok_or(Refusal::UnusableCustomer)
    }

    /// Whether the caller may pay with a stored card: a session's own key may with the cards that it stored, and with
    /// those of buyers that it opens.
    async fn may_use(&self, attempt: &Attempt, card: &Card) -> Result<bool, Refusal> {
        match (attempt.session, card.customer) {
            (None, _) => Ok(true),
            (Some(session), _) if card.session == Some(session) => Ok(true),
            (Some(_), None) => Ok(false),
            (Some(_), Some(buyer)) => match self.stored_buyer(attempt, buyer).await {
                Ok(_) => Ok(true),
                Err(Refusal::UnusableCustomer) => Ok(false),
                // A table out of reach says nothing of the card.
                Err(other) => Err(other),
            },
        }
    }

    fn inline_customer(&self, attempt: &Attempt, data: CustomerData, now: Timestamp) -> Means {
        let label = format!("customer {}", data.document.identity().unwrap_or_else(|| data.email.clone()));
        let id = CustomerId::new(self.secrets.derived(attempt.id, &label));
        let mut record = self.customer_record(attempt.client, id, data.clone(), Origin::Payment, now);
        if attempt.session.is_some() {
            // Who holds a session's key learns nothing of the account's other buyers, not even that there is one.
            record.claims = Claims::default();
        }
        let snapshot = Snapshot::Customer(Box::new(record));
        Means { customer: Some(data), snapshot, ..Means::of(Source::Customer { customer_id: id }) }
    }
}
