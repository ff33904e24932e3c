//! The bank of the sandbox that answers in process.
//!
//! It keeps no books: an answer follows from the request and the time alone, so a query is answered as if the earlier
//! operation had arrived. The query of an operation repeats its answer, except that a query holds no security code: it
//! is answered as if the code had been right or absent. No payment and no refund ends without a simulation, which is
//! answered with the signed update.

mod rules;
mod texts;

use domain::{
    card::{Cvv, Pan},
    charge::{decline::DeclineCode, request::RequestKind},
    limits::HOLD_LIFE,
    time::Timestamp,
};
use serde::Serialize;

use super::{
    last_digit,
    protocol::{
        Answer, Card, Change, Create, Payment, ProviderUpdate, Query, Recalled, Request, SignedUpdates, Simulate,
        UpdateKind, Updates, Verify,
    },
    sign,
};
use crate::{HttpAnswer, HttpRequest};
use rules::{Asked, Method};

/// The bank's answer at `now`: 200 with JSON, 504 where the rules lose the answer, 400 for a request that is not of the
/// protocol.
#[must_use]
pub fn answer(request: &HttpRequest, now: Timestamp) -> HttpAnswer {
    let said = match Request::read(&request.body) {
        Ok(Request::Create(create)) => match created(create) {
            Some(asked) if rules::loses_the_answer(&asked) => return empty(504),
            asked => asked.and_then(|asked| rules::said(&asked)),
        },
        Ok(Request::Capture(change)) => rules::said(&changed(RequestKind::Capture, change)),
        Ok(Request::Void(change)) => rules::said(&changed(RequestKind::Void, change)),
        Ok(Request::Cancel(change)) => rules::said(&changed(RequestKind::Cancel, change)),
        Ok(Request::Query(query)) => recalled(query, now),
        Ok(Request::Verify(verify)) => verified(&verify),
        Ok(Request::Simulate(simulate)) => return written(simulated(simulate, now).as_ref()),
        Err(_) => None,
    };
    written(said.as_ref())
}

fn written(said: Option<&impl Serialize>) -> HttpAnswer {
    let body = said.and_then(|said| serde_json::to_vec(said).ok());
    body.map_or_else(|| empty(400), |body| HttpAnswer { status: 200, headers: json(), body })
}

const fn empty(status: u16) -> HttpAnswer {
    HttpAnswer { status, headers: Vec::new(), body: Vec::new() }
}

fn json() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/json".to_owned())]
}

fn created(create: Create<'_>) -> Option<Asked<'_>> {
    let (kind, method) = match create.payment {
        Payment::Credit { capture, card, .. } => {
            let (last_digit, cvv) = presented(&card)?;
            let kind = if capture { RequestKind::Authorization } else { RequestKind::PreAuthorization };
            (kind, Method::Card { last_digit, cvv_is_wrong: cvv.is_some_and(|cvv| !rules::is_right(&cvv)) })
        }
        Payment::Pix { .. } => (RequestKind::Pending, Method::Pix),
        Payment::Boleto { expires_date, .. } => (RequestKind::Pending, Method::Boleto { expires_date }),
        Payment::Drip { .. } => (RequestKind::Pending, Method::Drip),
    };
    Some(Asked { reference: create.reference, kind, amount: create.amount, method })
}

fn changed(kind: RequestKind, change: Change<'_>) -> Asked<'_> {
    Asked { reference: change.reference, kind, amount: change.amount, method: method(change.payment) }
}

const fn method(payment: Recalled) -> Method {
    match payment {
        Recalled::Credit { card_last_digit } => Method::Card { last_digit: card_last_digit, cvv_is_wrong: false },
        Recalled::Pix => Method::Pix,
        Recalled::Boleto { expires_date } => Method::Boleto { expires_date },
        Recalled::Drip => Method::Drip,
    }
}

/// The answer that the operation had or would have had; an authorization is released when its time is over.
fn recalled(query: Query<'_>, now: Timestamp) -> Option<Answer> {
    let is_over = query.asked == RequestKind::PreAuthorization && now.since(query.created_at) >= HOLD_LIFE;
    let asked =
        Asked { reference: query.reference, kind: query.asked, amount: query.amount, method: method(query.payment) };
    let said = rules::said(&asked)?;
    Some(if is_over && matches!(said, Answer::Approved { .. }) { Answer::Canceled } else { said })
}

/// The last digit of the number, and the security code; none where either is invalid.
fn presented(card: &Card) -> Option<(u8, Option<Cvv>)> {
    let cvv = card.cvv.as_deref().map(Cvv::new).transpose().ok()?;
    Some((last_digit(Pan::new(&card.number).ok()?.last4())?, cvv))
}

/// A verification checks the security code first: without a code that ends in 0 no card is good.
fn verified(verify: &Verify) -> Option<Answer> {
    match presented(&verify.card)? {
        (last_digit, Some(cvv)) if rules::is_right(&cvv) => rules::by_card(&verify.reference, last_digit, false),
        _ => Some(rules::declined(DeclineCode::InvalidCvv, "82")),
    }
}

/// The simulated update, signed as the bank would send it.
fn simulated(simulate: Simulate, now: Timestamp) -> Option<SignedUpdates> {
    let Simulate { id, reference, mut kind, updates, .. } = simulate;
    if let UpdateKind::Paid { transaction_id, .. } = &mut kind {
        *transaction_id = Some(texts::transaction_id(&reference.to_string()));
    }
    let update = ProviderUpdate { id: id.into_owned(), reference, kind };
    let body = serde_json::to_string(&Updates { updates: vec![update] }).ok()?;
    Some(SignedUpdates { timestamp: now.as_millis(), signature: sign(&updates.key, now, body.as_bytes()), body })
}
