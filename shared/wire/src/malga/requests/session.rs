//! Sessions and their payment.

use domain::{
    charge::Order,
    ids::MerchantId,
    limits::{MAX_DESCRIPTION, MAX_METHODS, MAX_TEXT},
    method::{Accepted, Drip, Method, PaymentType},
    money::{Amount, Currency, Money},
    refusal::Refusal,
    session::{Item, Session},
    time::Timestamp,
};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    AcceptedMethod, FraudFields, PaymentMethod, PaymentSource, fraud::fraud_analysis, items, method::accepted,
    money_fields_not_served, payment::payment,
};
use crate::{
    malga::schema,
    reader::{self, Fields},
    rules,
};

/// A session to be created.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "amount": 100,
    "name": "Loja 1",
    "merchantId": "884dd2a3-e400-4525-8188-2955ef403486",
    "dueDate": "2023-04-04T09:28:45.000Z",
    "paymentMethods": [{"paymentType": "pix", "expiresIn": 30}],
    "items": [{
        "name": "Item",
        "description": "Item do carrinho",
        "unitPrice": 1000,
        "quantity": 1,
        "tangible": false,
    }],
}))]
pub struct CreateSession {
    /// Who is paid.
    pub merchant_id: Uuid,
    /// What it is called.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// How much is to be paid, in minor units; it need not be the sum of the items.
    #[schema(schema_with = schema::amount)]
    pub amount: u64,
    /// In which currency.
    #[schema(schema_with = schema::currency_or_brl, required = false)]
    pub currency: String,
    /// Whether a payment takes the money at once or only reserves it.
    #[schema(default = true, required = false)]
    pub capture: bool,
    /// Whether it may be paid at all.
    #[schema(default = true, required = false)]
    pub is_active: bool,
    /// Until when it may be paid. An earlier date is accepted; such a session cannot be paid.
    #[schema(format = DateTime)]
    pub due_date: String,
    /// The merchant's order.
    #[schema(max_length = 255)]
    pub order_id: Option<String>,
    /// What the merchant says of it.
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// The statement descriptor: the text on the shopper's statement.
    #[schema(max_length = 255)]
    pub statement_descriptor: Option<String>,
    /// What is sold: no more than 16384 bytes of JSON without white space.
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<ItemFields>,
    /// How it may be paid; each payment method once.
    #[schema(min_items = 1, max_items = 10)]
    pub payment_methods: Vec<AcceptedMethod>,
}

/// One thing that is sold.
#[derive(ToSchema)]
#[schema(as = Item, rename_all = "camelCase")]
pub struct ItemFields {
    /// What it is called.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// What it is.
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// The price of one, in minor units.
    #[schema(schema_with = schema::price)]
    pub unit_price: u64,
    /// How many.
    #[schema(schema_with = schema::quantity)]
    pub quantity: u32,
    /// Whether it is a thing rather than a service.
    pub tangible: Option<bool>,
}

/// A session to be created, checked field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Who is paid.
    pub merchant: MerchantId,
    /// What it is called.
    pub name: String,
    /// How much is to be paid, in minor units.
    pub amount: Amount,
    /// In which currency.
    pub currency: Currency,
    /// Whether a payment takes the money at once or only reserves it.
    pub capture: bool,
    /// Whether it may be paid at all.
    pub is_active: bool,
    /// Until when it may be paid.
    pub due_date: Timestamp,
    /// The merchant's order.
    pub order_id: Option<String>,
    /// What the merchant says of it.
    pub description: Option<String>,
    /// The statement descriptor: the text on the shopper's statement.
    pub statement_descriptor: Option<String>,
    /// What is sold: at least one thing.
    pub items: Vec<Item>,
    /// How it may be paid: at least one payment method, each once.
    pub methods: Vec<Accepted>,
}

impl CreateSession {
    /// The session in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<NewSession, Refusal> {
        reader::read(body, |body| {
            let merchant = body.required("merchantId", rules::uuid);
            let name = body.required("name", rules::filled(MAX_TEXT));
            let amount = body.required("amount", rules::amount);
            let currency = body.optional("currency", rules::currency).unwrap_or(Currency::BRL);
            // Malga, "Sessões", prints `true` for a request that does not say.
            let capture = body.optional("capture", rules::boolean).unwrap_or(true);
            let is_active = body.optional("isActive", rules::boolean).unwrap_or(true);
            let due_date = body.required("dueDate", rules::instant);
            let [order_id, description, statement_descriptor] = texts(body);
            let items = items(body, item);
            let methods = body.list("paymentMethods", MAX_METHODS, accepted);
            if methods.as_deref().is_some_and(names_one_twice) {
                body.problem("paymentMethods", "must not name a paymentType twice");
            }
            money_fields_not_served(body);
            Some(NewSession {
                merchant: merchant?,
                name: name?,
                amount: amount?,
                currency,
                capture,
                is_active,
                due_date: due_date?,
                order_id,
                description,
                statement_descriptor,
                items: items?,
                methods: methods?,
            })
        })
    }
}

/// `orderId`, `description`, `statementDescriptor`.
fn texts(body: &mut Fields<'_>) -> [Option<String>; 3] {
    [("orderId", MAX_TEXT), ("description", MAX_DESCRIPTION), ("statementDescriptor", MAX_TEXT)]
        .map(|(name, max)| body.optional(name, rules::text(max)))
}

fn item(fields: &mut Fields<'_>) -> Option<Item> {
    let name = fields.required("name", rules::filled(MAX_TEXT));
    let description = fields.optional("description", rules::text(MAX_DESCRIPTION));
    let unit_price = fields.required("unitPrice", rules::price);
    let quantity = fields.required("quantity", rules::integer(1..=u64::from(u32::MAX)));
    let tangible = fields.optional("tangible", rules::boolean);
    Some(Item { name: name?, description, unit_price: unit_price?, quantity: quantity?, tangible })
}

fn names_one_twice(methods: &[Accepted]) -> bool {
    PaymentType::ALL.into_iter().any(|kind| methods.iter().filter(|method| method.kind() == kind).count() > 1)
}

/// The payment of a session. Amount, currency, merchant, order, capture and descriptor are the session's; order,
/// description and descriptor count where the session has none.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "merchantId": "7f8870a2-71c9-4ef0-a531-82000e00b7e1",
    "amount": 150,
    "currency": "BRL",
    "statementDescriptor": "LOJA JOAO",
    "description": "Descrição longa da cobrança",
    "capture": false,
    "orderId": "32c68ff7-902c-408b-b464-cf487c7cda97",
    "paymentMethod": {"paymentType": "credit", "installments": 1},
    "paymentSource": {"sourceType": "card", "card": {
        "cardNumber": "5261424250184574",
        "cardCvv": "321",
        "cardExpirationDate": "06/2028",
        "cardHolderName": "JOAO DA SILVA",
    }},
}))]
pub struct PaySession {
    /// How it is paid: a payment method that the session accepts.
    pub payment_method: PaymentMethod,
    /// From what it is paid.
    pub payment_source: PaymentSource,
    /// The customer, where a card pays.
    pub customer_id: Option<Uuid>,
    /// The merchant's order.
    #[schema(max_length = 255)]
    pub order_id: Option<String>,
    /// What the merchant calls it.
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// The statement descriptor: the text on the shopper's statement.
    #[schema(max_length = 255)]
    pub statement_descriptor: Option<String>,
    /// What a fraud analysis may read.
    pub fraud_analysis: Option<FraudFields>,
}

impl PaySession {
    /// The order that `body` makes of `session` at `now`. Whether the session accepts the payment method is
    /// [decided](Session::decide) before, from [`super::payment_type`] alone.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, session: &Session, now: Timestamp) -> Result<Order, Refusal> {
        reader::read(body, |body| {
            let [order_id, description, statement_descriptor] = texts(body);
            let customer = body.optional("customerId", rules::uuid);
            money_fields_not_served(body);
            let said = |kind: PaymentType| session.accepted(kind).cloned().unwrap_or_else(|| kind.into());
            let (method, source) = payment(body, said, now)?;
            Some(Order {
                merchant: session.merchant,
                money: Money { amount: session.amount, currency: session.currency },
                capture: session.capture,
                order_id: session.order_id.clone().or(order_id),
                description: session.description.clone().or(description),
                statement_descriptor: session.statement_descriptor.clone().or(statement_descriptor),
                method: within(method, session.due_date, now, body)?,
                customer,
                source,
                fraud: fraud_analysis(body),
            })
        })
    }
}

/// `method`, its Pix code or its page at Drip payable no longer than the session.
fn within(method: Method, due_date: Timestamp, now: Timestamp, body: &mut Fields<'_>) -> Option<Method> {
    let left = u32::try_from(due_date.since(now).as_secs()).unwrap_or(u32::MAX);
    match method {
        Method::Credit { .. } | Method::Boleto(_) => Some(method),
        Method::Pix { .. } if left == 0 => {
            body.problem("paymentMethod.expiresIn", "cannot be kept: the session is due in less than one second");
            None
        }
        Method::Drip(_) if left == 0 => {
            body.problem("paymentMethod", "cannot be drip: the session is due in less than one second");
            None
        }
        Method::Pix { expires_in } => Some(Method::Pix { expires_in: expires_in.min(left) }),
        Method::Drip(drip) => Some(Method::Drip(Drip { expires_in: drip.expires_in.min(left), ..drip })),
    }
}

/// A change of a session.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"isActive": false}))]
pub struct PatchSession {
    /// Whether it may be paid.
    pub is_active: bool,
}

impl PatchSession {
    /// Whether the session shall be payable.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<bool, Refusal> {
        reader::read(body, |body| body.required("isActive", rules::boolean))
    }
}
