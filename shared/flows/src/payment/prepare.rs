//! From an order to a payment that could be made. Nothing has left the house, nothing is stored.

use domain::{
    card::CardData,
    charge::{Charge, NewCharge, Order, request::Via},
    customer::CustomerData,
    ids::{RequestId, SessionId},
    merchant::{Credentials, Merchant, ProviderAccount},
    method::PaymentType,
    money::{Currency, Money},
    refusal::Refusal,
    time::Timestamp,
};
use providers::{BuildError, Create, HttpRequest, Notices, Operation, adapter, capabilities::serves};
use store::tokens::Spend;

use crate::{Hub, Stage, attempt::Attempt, payment::source::Snapshot, provider::notification::NoticeAddress};

/// A payment that could be made.
#[derive(Debug)]
pub struct Payment {
    /// The intent.
    pub charge: Charge,
    /// The token that it spends.
    pub(crate) spend: Option<Spend>,
    /// What is stored beside it.
    pub(crate) snapshot: Snapshot,
    /// With what it is paid, for as long as the request lives.
    pub(crate) card: Option<CardData>,
    pub(crate) customer: Option<CustomerData>,
    /// The accounts that may be asked, the preferred first.
    pub(crate) accounts: Vec<ProviderAccount>,
    /// Whether a decline that may be tried again is tried again elsewhere.
    pub(crate) retry_on_decline: bool,
    /// Where each of them tells what happens later; in the order of `accounts`.
    pub(crate) notices: Vec<NoticeAddress>,
    /// The request that is sent next.
    pub(crate) call: HttpRequest,
}

impl Payment {
    /// Where the account at `index` tells what happens later.
    pub(crate) fn notices(&self, index: usize) -> Option<Notices<'_>> {
        self.notices.get(index).map(NoticeAddress::told)
    }
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
        let merchant = self.seller(attempt.client, order.merchant).await?;
        let (method, currency) = (order.method.kind(), order.money.currency);
        let accounts = self.accounts(&merchant, method, currency);
        let first = accounts.first().ok_or(Refusal::NoProvider { method, currency: currency.code() })?;
        let via = Via { id: first.id, kind: first.kind };
        let (order, means) = self.means(attempt, order, now).await?;
        let new = NewCharge {
            id: attempt.charge(),
            client: attempt.client,
            session,
            customer: order.customer,
            idempotency_key: attempt.key.clone(),
            body: self.body(attempt, means.fingerprint.as_deref()),
            source: means.source,
            via,
            request: self.request_id(attempt, 1),
        };
        let charge = Charge::open(&order, new, now);
        let notices = self.notice_addresses(attempt, order.merchant, &accounts);
        let told = notices.first().map(NoticeAddress::told);
        let call = build(&charge, 1, first, means.card.as_ref(), means.customer.as_ref(), told)?;
        Ok(Payment {
            charge,
            spend: means.spend,
            snapshot: means.snapshot,
            card: means.card,
            customer: means.customer,
            accounts,
            retry_on_decline: merchant.retry_on_decline,
            notices,
            call,
        })
    }

    /// The accounts that can be paid by `method` in `currency`, the merchant's preferred one first.
    pub(crate) fn accounts(
        &self,
        merchant: &Merchant,
        method: PaymentType,
        currency: Currency,
    ) -> Vec<ProviderAccount> {
        merchant
            .accounts_for(method, currency)
            .filter(|account| serves(account.kind, method, currency))
            .filter(|account| match account.credentials {
                Credentials::Sandbox { .. } => self.executor.stage() == Stage::Sandbox,
            })
            .cloned()
            .collect()
    }

    /// The id of a charge's request; the same for every repeat.
    fn request_id(&self, attempt: &Attempt, number: usize) -> RequestId {
        RequestId::new(self.secrets.derived(attempt.id, &format!("request {number}")))
    }
}

/// The request that puts the charge's request at `number` (from 1) to `account`.
pub(crate) fn build(
    charge: &Charge,
    number: usize,
    account: &ProviderAccount,
    card: Option<&CardData>,
    customer: Option<&CustomerData>,
    notices: Option<Notices<'_>>,
) -> Result<HttpRequest, Refusal> {
    let create = Operation::Create(Create {
        reference: &charge.reference(number).to_string(),
        method: &charge.method,
        money: Money { amount: charge.original_amount, currency: charge.currency },
        capture: charge.capture,
        card,
        customer,
        statement_descriptor: charge.statement_descriptor.as_deref(),
        notices,
        created_at: charge.created_at,
    });
    adapter(account).prepare(account, &create).map_err(|error| unbuilt(&error))
}

pub(crate) fn unbuilt(error: &BuildError) -> Refusal {
    tracing::error!(%error, "a provider's request could not be built; nothing was sent or stored");
    Refusal::Internal
}
