//! Charges without a session.

use domain::{card::Pan, charge::Order, ids::MerchantId, money::Money, refusal::Refusal, time::Timestamp};
use serde_json::Value;

use super::payment::{Paying, Payment};
use crate::{
    object::{fields, object},
    reader::{self, Fields},
    rules::{amount, boolean, currency, uuid},
};

fields! {
    /// A charge to be made.
    #[example({
        "merchantId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1",
        "amount": 150,
        "currency": "BRL",
        "statementDescriptor": "Pedido #231 loja joão",
        "capture": false,
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "card": {
            "cardNumber": "4929564637987814",
            "cardCvv": "320",
            "cardExpirationDate": "06/2028",
            "cardHolderName": "JOAO DA SILVA",
        }},
    })]
    pub struct CreateCharge(fields, paying: Paying<'_>) reads Order {
        /// Who is paid.
        "merchantId" => merchant = required(uuid::<MerchantId>()),
        /// How much, in minor units.
        "amount" => amount = required(amount()),
        /// In which currency: an ISO 4217 code in upper case.
        "currency" => currency = or(currency(), "BRL"),
        /// Whether the money is taken at once or only reserved.
        "capture" => capture = or(boolean(), false),
        payment = part(object::<Payment>()).given(paying),
    } => {
        let payment = payment?;
        Some(Order {
            merchant: merchant?,
            money: Money { amount: amount?, currency: currency? },
            capture: capture?,
            order_id: payment.order_id,
            description: payment.description,
            statement_descriptor: payment.statement_descriptor,
            method: payment.method,
            customer: payment.customer,
            source: payment.source,
            fraud: payment.fraud,
            keeps_card: false,
        })
    }
}

impl CreateCharge {
    /// The order in `body`; a card or a date must be good at `now`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, now: Timestamp) -> Result<Order, Refusal> {
        super::read(body, |body| Self::order(body, now))
    }

    /// That no text of `body`, which was read at `now`, holds the number of `card`, which the hub opened for it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every text that does.
    pub fn has_no_number_of(card: &Pan, body: &Value, now: Timestamp) -> Result<(), Refusal> {
        reader::read(body, Some(card), |body| Self::order(body, now)).map(drop)
    }

    fn order(body: &mut Fields<'_>, now: Timestamp) -> Option<Order> {
        body.part(object::<Self>().given(Paying { session: None, now }))
    }
}
