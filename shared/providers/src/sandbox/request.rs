//! The hub's requests to the bank.

use std::borrow::Cow;

use domain::{
    card::{CardData, CardSnapshot},
    charge::request::RequestKind,
    method::Method,
    money::{Amount, Currency},
    time::Timestamp,
};

use super::{
    last_digit,
    protocol::{self, Card, Payment, Recalled, Request, Subscription},
};
use crate::{
    BuildError, Change, Create, HttpRequest, Operation, Query, Target, Updates, Verb, Verify, http::written,
    operation::NO_REFERENCE,
};

/// `operation` in the bank's protocol.
pub(super) fn asking<'a>(operation: &Operation<'a>) -> Result<Request<'a>, BuildError> {
    Ok(match operation {
        Operation::Create(create) => Request::Create(created(create)?),
        Operation::Capture(change) => Request::Capture(changed(change)?),
        Operation::Void(change) => Request::Void(changed(change)?),
        Operation::Cancel(change) => Request::Cancel(changed(change)?),
        Operation::Query(query) => Request::Query(queried(query)?),
        Operation::Verify(verify) => Request::Verify(verified(verify)),
        // Whoever may ask about a payment that is not there is known.
        Operation::Check => Request::Query(protocol::Query {
            reference: Cow::Borrowed(NO_REFERENCE),
            payment_reference: Cow::Borrowed(NO_REFERENCE),
            asked: RequestKind::Pending,
            amount: Amount::ZERO,
            currency: Currency::BRL,
            payment: Recalled::Pix,
            created_at: Timestamp::from_millis(0),
        }),
        // It gets the address with each payment.
        Operation::Register { .. } => return Err(BuildError::NotServed),
    })
}

/// The HTTP request that carries `request`.
pub(super) fn posted(request: &Request) -> Result<HttpRequest, BuildError> {
    Ok(HttpRequest {
        target: Target::Sandbox { path: protocol::PATH },
        verb: Verb::Post,
        headers: vec![("content-type", "application/json".to_owned())],
        body: written(request)?,
    })
}

/// The shopper's data is not sent: the sandbox decides without it.
fn created<'a>(create: &Create<'a>) -> Result<protocol::Create<'a>, BuildError> {
    Ok(protocol::Create {
        reference: Cow::Borrowed(create.reference),
        amount: create.money.amount,
        currency: create.money.currency,
        payment: paid(create)?,
        statement_descriptor: create.statement_descriptor.map(Cow::Borrowed),
        updates: create
            .updates
            .map(|Updates { url, key }| Subscription { url: Cow::Borrowed(url), key: Cow::Borrowed(key) }),
        created_at: create.created_at,
    })
}

fn paid<'a>(create: &Create<'a>) -> Result<Payment<'a>, BuildError> {
    Ok(match create.method {
        Method::Credit { installments } => {
            let card = create.card.ok_or(BuildError::NoCard)?;
            Payment::Credit { capture: create.capture, installments: *installments, card: presented(card) }
        }
        Method::Pix { expires_in } => Payment::Pix { expires_in: *expires_in },
        Method::Boleto(boleto) => Payment::Boleto {
            expires_date: boleto.expires_date,
            max_days_past_due: boleto.days_past_due(),
            instructions: boleto.instructions.as_deref().map(Cow::Borrowed),
            interest: boleto.interest,
            fine: boleto.fine,
        },
        Method::Drip(drip) => Payment::Drip {
            items: Cow::Borrowed(&drip.items),
            max_installments: drip.max_installments,
            expires_in: drip.expires_in,
            success_url: return_url(create, "success", &drip.success_redirect_url),
            cancel_url: return_url(create, "cancel", &drip.cancel_redirect_url),
        },
    })
}

/// Where the bank's page sends the browser: to the hub, which then queries the payment, or straight to the merchant's
/// page where the hub cannot be reached.
fn return_url<'a>(create: &Create<'a>, to: &str, page: &'a str) -> Cow<'a, str> {
    create.updates.map_or(Cow::Borrowed(page), |Updates { url, .. }| {
        Cow::Owned(format!("{url}?reference={}&to={to}", create.reference))
    })
}

fn changed<'a>(change: &Change<'a>) -> Result<protocol::Change<'a>, BuildError> {
    Ok(protocol::Change {
        reference: Cow::Borrowed(change.reference),
        payment_reference: Cow::Borrowed(change.payment),
        transaction_id: change.transaction_id.map(Cow::Borrowed),
        amount: change.money.amount,
        currency: change.money.currency,
        payment: recalled(change.method, change.card)?,
        created_at: change.created_at,
    })
}

fn queried<'a>(query: &Query<'a>) -> Result<protocol::Query<'a>, BuildError> {
    Ok(protocol::Query {
        reference: Cow::Borrowed(query.reference),
        payment_reference: Cow::Borrowed(query.payment),
        asked: query.asked,
        amount: query.money.amount,
        currency: query.money.currency,
        payment: recalled(query.method, query.card)?,
        created_at: query.created_at,
    })
}

fn recalled(method: &Method, card: Option<&CardSnapshot>) -> Result<Recalled, BuildError> {
    Ok(match method {
        Method::Credit { .. } => {
            let card_last_digit = card.and_then(|card| last_digit(&card.last4)).ok_or(BuildError::NoCard)?;
            Recalled::Credit { card_last_digit }
        }
        Method::Pix { .. } => Recalled::Pix,
        Method::Boleto(boleto) => Recalled::Boleto { expires_date: boleto.expires_date },
        Method::Drip(_) => Recalled::Drip,
    })
}

fn verified<'a>(verify: &Verify<'a>) -> protocol::Verify<'a> {
    protocol::Verify {
        reference: Cow::Borrowed(verify.reference),
        card: presented(verify.card),
        created_at: verify.created_at,
    }
}

fn presented(card: &CardData) -> Card<'_> {
    Card {
        number: Cow::Borrowed(card.pan.reveal()),
        holder: Cow::Borrowed(&card.holder),
        expiration: card.expiry,
        cvv: card.cvv.as_ref().map(|cvv| Cow::Borrowed(cvv.reveal())),
    }
}
