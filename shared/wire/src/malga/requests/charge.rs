//! Charges without a session.

use domain::{
    charge::Order,
    limits::{MAX_DESCRIPTION, MAX_TEXT},
    method::Accepted,
    money::{Currency, Money},
    refusal::Refusal,
    time::Timestamp,
};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    FraudFields, PaymentMethod, PaymentSource, fraud::fraud_analysis, money_fields_not_served, payment::payment,
};
use crate::{malga::schema, reader, rules};

/// A charge to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
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
}))]
pub struct CreateCharge {
    /// Who is paid.
    pub merchant_id: Uuid,
    /// How much, in minor units.
    #[schema(schema_with = schema::amount)]
    pub amount: u64,
    /// In which currency.
    #[schema(schema_with = schema::currency_or_brl, required = false)]
    pub currency: String,
    /// Whether the money is taken at once or only reserved.
    #[schema(default = false, required = false)]
    pub capture: bool,
    /// The merchant's order.
    #[schema(max_length = 255)]
    pub order_id: Option<String>,
    /// What the merchant calls it.
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// The statement descriptor: the text on the shopper's statement.
    #[schema(max_length = 255)]
    pub statement_descriptor: Option<String>,
    /// The customer, where a card pays.
    pub customer_id: Option<Uuid>,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// From what it is paid.
    pub payment_source: PaymentSource,
    /// What a fraud analysis may read.
    pub fraud_analysis: Option<FraudFields>,
}

impl CreateCharge {
    /// The order in `body`; a card or a date must be good at `now`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, now: Timestamp) -> Result<Order, Refusal> {
        reader::read(body, |body| {
            let merchant = body.required("merchantId", rules::uuid);
            let amount = body.required("amount", rules::amount);
            let currency = body.optional("currency", rules::currency).unwrap_or(Currency::BRL);
            let capture = body.optional("capture", rules::boolean).unwrap_or(false);
            let order_id = body.optional("orderId", rules::text(MAX_TEXT));
            let description = body.optional("description", rules::text(MAX_DESCRIPTION));
            let statement_descriptor = body.optional("statementDescriptor", rules::text(MAX_TEXT));
            let customer = body.optional("customerId", rules::uuid);
            money_fields_not_served(body);
            let (method, source) = payment(body, Accepted::from, now)?;
            Some(Order {
                merchant: merchant?,
                money: Money { amount: amount?, currency },
                capture,
                order_id,
                description,
                statement_descriptor,
                method,
                customer,
                source,
                fraud: fraud_analysis(body),
            })
        })
    }
}
