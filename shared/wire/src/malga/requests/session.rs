//! Sessions and their payment.

use domain::{
    card::Pan,
    charge::Order,
    ids::{CustomerId, MerchantId},
    limits::{MAX_DESCRIPTION, MAX_METHODS, MAX_TEXT},
    method::{Accepted, Drip, Method, PaymentType},
    money::{Amount, Currency, Money},
    refusal::Refusal,
    session::{self, DueDate, Session},
    time::Timestamp,
};
use serde_json::Value;

use super::{
    items,
    method::AcceptedMethod,
    payment::{PaidSession, Paying, Payment, Sender},
    unserved::UnservedFields,
};
use crate::{
    object::{fields, list, object},
    reader::{self, Fields},
    rules::{Rule, amount, boolean, currency, due_date, price, quantity, uuid},
    texts::{filled, text},
};

fields! {
    /// A session to be created.
    #[example({
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
    })]
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CreateSession {
        /// Who is paid.
        "merchantId" => merchant: MerchantId = required(uuid::<MerchantId>()),
        /// The customer who pays. Where the session has no link, its key reads that customer, pays with its cards given
        /// their security code, and links cards to it. Only a secret key may name one.
        "customerId" => customer: Option<CustomerId> = optional(uuid::<CustomerId>()),
        /// What it is called.
        "name" => name: String = required(filled(MAX_TEXT).without_card_numbers()),
        /// How much is to be paid, in minor units; it need not be the sum of the items.
        "amount" => amount: Amount = required(amount()),
        /// In which currency: an ISO 4217 code in upper case.
        "currency" => currency: Currency = or(currency(), "BRL"),
        // Malga, "Sessões", prints `true` for a request that does not say.
        /// Whether a payment takes the money at once or only reserves it.
        "capture" => capture: bool = or(boolean(), true),
        /// Whether it may be paid at all.
        "isActive" => is_active: bool = or(boolean(), true),
        /// Until when it may be paid; a day alone is payable until its end in Brasília, and shown as its last instant in
        /// UTC. An earlier date is accepted; such a session cannot be paid.
        "dueDate" => due_date: DueDate = required(due_date()),
        /// The merchant's order.
        "orderId" => order_id: Option<String> = optional(text(MAX_TEXT).without_card_numbers()),
        /// What the merchant says of it.
        "description" => description: Option<String> =
            optional(text(MAX_DESCRIPTION).of_lines().without_card_numbers()),
        /// The statement descriptor: the text on the shopper's statement.
        "statementDescriptor" => statement_descriptor: Option<String> =
            optional(text(MAX_TEXT).without_card_numbers()),
        /// Whether the answer has a `paymentLink`: the address of a page at which whoever has it pays the session. Its
        /// key opens no customer then. Only a secret key may ask for one.
        "createLink" => has_link: bool = or(boolean(), false),
        /// What is sold: no more than 16384 bytes of JSON without white space.
        "items" => items: Vec<session::Item> = required(items::<Item>(1)),
        /// How it may be paid; each payment method once.
        "paymentMethods" => methods: Vec<Accepted> =
            required(list::<AcceptedMethod>(1..=MAX_METHODS)).check(|methods| each_once(methods)),
    }
}

fields! {
    /// One thing that is sold.
    struct Item reads session::Item {
        /// What it is called.
        "name" => name = required(filled(MAX_TEXT).without_card_numbers()),
        /// What it is.
        "description" => description = optional(text(MAX_DESCRIPTION).of_lines().without_card_numbers()),
        /// The price of one, in minor units.
        "unitPrice" => unit_price = required(price()),
        /// How many.
        "quantity" => quantity = required(quantity()),
        /// Whether it is a thing rather than a service.
        "tangible" => tangible = optional(boolean()),
    }
}

impl CreateSession {
    /// The session in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        super::read(body, |body| {
            let session = body.part(object::<Self>());
            body.part(object::<UnservedFields>());
            session
        })
    }
}

fn each_once(methods: &[Accepted]) -> Result<(), String> {
    let times = |kind| methods.iter().filter(|method| method.kind() == kind).count();
    if PaymentType::ALL.iter().any(|kind| times(*kind) > 1) {
        return Err("must not name a paymentType twice".to_owned());
    }
    Ok(())
}

fields! {
    /// The payment of a session. Amount, currency, merchant, order, capture and descriptor are the session's, and so are
    /// items and the terms of its payment method; order, description, descriptor and terms count where the session has
    /// none.
    #[example({
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
    })]
    pub struct PaySession(fields, paying: Paying<'_>) reads Payment {
        payment = part(object::<Payment>()).given(paying),
    } => payment
}

impl PaySession {
    /// The order that `body` of `sender` makes of `session` at `now`. Whether the session accepts the payment method is
    /// [decided](Session::decide) before, from [`super::payment_type`] alone.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, session: &Session, sender: Sender<'_>, now: Timestamp) -> Result<Order, Refusal> {
        super::read(body, |body| Self::order(body, session, sender, now))
    }

    /// That no text of `body`, which was read at `now`, holds the number of `card`, which the hub opened for it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every text that does.
    pub fn has_no_number_of(
        card: &Pan,
        body: &Value,
        session: &Session,
        sender: Sender<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        reader::read(body, Some(card), |body| Self::order(body, session, sender, now)).map(drop)
    }

    fn order(body: &mut Fields<'_>, session: &Session, sender: Sender<'_>, now: Timestamp) -> Option<Order> {
        let paid = Some(PaidSession { session, sender });
        let payment = body.part(object::<Self>().given(Paying { session: paid, now }))?;
        Some(Order {
            merchant: session.merchant,
            money: Money { amount: session.amount, currency: session.currency },
            capture: session.capture,
            order_id: session.order_id.clone().or(payment.order_id),
            description: session.description.clone().or(payment.description),
            statement_descriptor: session.statement_descriptor.clone().or(payment.statement_descriptor),
            method: within(payment.method, session.due_date.end(), now, body)?,
            customer: payment.customer,
            source: payment.source,
            fraud: payment.fraud,
            keeps_card: false,
        })
    }
}

/// `method`, its Pix code or its page at Drip payable no longer than the session.
fn within(method: Method, due_date: Timestamp, now: Timestamp, body: &mut Fields<'_>) -> Option<Method> {
    let left = u32::try_from(due_date.since(now).as_secs()).unwrap_or(u32::MAX);
    match method {
        Method::Credit { .. } | Method::Boleto(_) => Some(method),
        Method::Pix { .. } if left == 0 => {
            body.refuse("paymentMethod.expiresIn", "cannot be kept: the session is due in less than one second")
        }
        Method::Drip(_) if left == 0 => {
            body.refuse("paymentMethod", "cannot be drip: the session is due in less than one second")
        }
        Method::Pix { expires_in } => Some(Method::Pix { expires_in: expires_in.min(left) }),
        Method::Drip(drip) => Some(Method::Drip(Drip { expires_in: drip.expires_in.min(left), ..drip })),
    }
}

fields! {
    /// A change of a session.
    #[example({"isActive": false})]
    pub struct PatchSession reads bool {
        /// Whether it may be paid.
        "isActive" => is_active = required(boolean()),
    } => is_active
}

impl PatchSession {
    /// Whether the session shall be payable.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<bool, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}
