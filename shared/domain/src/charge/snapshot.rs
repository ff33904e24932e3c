//! A charge at one moment: the content of an event.

use serde::{Deserialize, Serialize};

use super::{Charge, Entry, fraud::FraudAnalysis, request::Receipt, status::Status};
use crate::{
    ids::{ChargeId, ClientId, CustomerId, MerchantId, RequestId, SessionId},
    method::{Boleto, Browser, Drip, Method},
    money::{Amount, Currency},
    time::Timestamp,
};

/// A charge at one moment, as far as its merchant may see it: nothing of a card, and no hash of a request.
///
/// What follows from the list of transaction requests was computed at that moment and stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Its id.
    pub id: ChargeId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// Who is paid.
    pub merchant: MerchantId,
    /// The session that it pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The customer, where a card pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The merchant's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The merchant's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The statement descriptor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<String>,
    /// Its status.
    pub status: Status,
    /// Whether a request to a provider has not ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_under_way: bool,
    /// Whether the shopper disputes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_dispute: bool,
    /// What the merchant still had of it, in minor units.
    pub amount: Amount,
    /// The amount first asked for, in minor units.
    pub original_amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// Whether the money is taken at once or only reserved.
    pub capture: bool,
    /// Its payment method.
    pub method: Method,
    /// The caller's idempotency key, or the charge's id where none came.
    pub idempotency_key: String,
    /// What an analysis of fraud said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraud: Option<FraudAnalysis>,
    /// The number of the request that created it: the last attempt.
    pub creation: usize,
    /// Its list of transaction requests, newest first.
    pub entries: Vec<Entry>,
    /// When its intent was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Charge {
    /// The charge at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            id: self.id,
            client: self.client,
            merchant: self.merchant,
            session: self.session,
            customer: self.customer,
            order_id: self.order_id.clone(),
            description: self.description.clone(),
            statement_descriptor: self.statement_descriptor.clone(),
            status: self.status(),
            is_under_way: !self.is_at_rest(),
            is_dispute: self.is_dispute(),
            amount: self.amount(),
            original_amount: self.original_amount,
            currency: self.currency,
            capture: self.capture,
            method: self.method.clone(),
            idempotency_key: self.idempotency_key.clone(),
            fraud: self.fraud,
            creation: self.creation(),
            entries: self.entries(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl Snapshot {
    /// The same without what it says of the shopper: the description and a boleto's instructions, in which a merchant may
    /// name them, and their browser. The merchant's own references stay: its order, its statement descriptor, its items.
    #[must_use]
    pub fn without_shopper(self) -> Self {
        let method = match self.method {
            Method::Drip(drip) => Method::Drip(Drip { browser: Browser::default(), ..drip }),
            Method::Boleto(boleto) => Method::Boleto(Boleto { instructions: None, ..boleto }),
            method @ (Method::Credit { .. } | Method::Pix { .. }) => method,
        };
        Self { method, description: None, ..self }
    }

    /// What its shopper needed to pay: a Pix code, a barcode or a page; none before the provider sent it.
    #[must_use]
    pub fn payable(&self) -> Option<&Receipt> {
        // Of a request with several entries only the newest counts.
        let is_newest = |place: usize, number| self.entries.iter().take(place).all(|newer| newer.number != number);
        let newest = self.entries.iter().enumerate().filter(|(place, entry)| is_newest(*place, entry.number));
        let receipts = newest.filter_map(|(_, entry)| Some((entry.number, &entry.answer.as_ref()?.receipt)));
        receipts
            .filter(|(_, receipt)| receipt.is_payable())
            .min_by_key(|(number, _)| *number)
            .map(|(_, receipt)| receipt)
    }

    /// The id of the request that created it, and when the outcome of that request was last learned.
    #[must_use]
    pub fn registration(&self) -> Option<(RequestId, Timestamp)> {
        let mut own = self.entries.iter().filter(|entry| entry.number == self.creation);
        let newest = own.next()?;
        let oldest = own.next_back().unwrap_or(newest);
        Some((oldest.id, newest.answer.as_ref().map_or(oldest.created_at, |answer| answer.at)))
    }
}
