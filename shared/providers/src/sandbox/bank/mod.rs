//! The bank of the sandbox that answers in process.
//!
//! It keeps no books: an answer follows from the request and the time alone, so a query is answered as if what it asks
//! about had arrived. Where an operation was answered, its query repeats that answer, except that a query knows no
//! security code: it is answered as if that had been right or absent. Nobody pays by himself and no refund ends by
//! itself: a simulation says when, and is answered with the notice of it.

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
    protocol::{
        Answer, Card, Change, Create, Payment, ProviderUpdate, Query, Recalled, Request, SignedUpdates, Simulate,
        UpdateKind, Updates, Verify,
    },
    sign,
};
use crate::{HttpAnswer, HttpRequest};
use rules::{Asked, Means};

/// The bank's answer at `now`: 200 with JSON, 504 where the rules lose the answer, 400 for what is not of the protocol.
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
    let (kind, means) = match create.payment {
        Payment::Credit { capture, card, .. } => {
            let (last_digit, cvv) = presented(&card)?;
            let kind = if capture { RequestKind::Authorization } else { RequestKind::PreAuthorization };
            (kind, Means::Card { last_digit, cvv_is_wrong: cvv.is_some_and(|cvv| !cvv.ends_in_zero()) })
        }
        Payment::Pix { .. } => (RequestKind::Pending, Means::Pix),
        Payment::Boleto { expires_date, .. } => (RequestKind::Pending, Means::Boleto { expires_date }),
        Payment::Drip { .. } => (RequestKind::Pending, Means::Drip),
    };
    Some(Asked { reference: create.reference, kind, amount: create.amount, means })
}

fn changed(kind: RequestKind, change: Change<'_>) -> Asked<'_> {
    Asked { reference: change.reference, kind, amount: change.amount, means: means(change.payment) }
}

const fn means(payment: Recalled) -> Means {
    match payment {
        Recalled::Credit { card_last_digit } => Means::Card { last_digit: card_last_digit, cvv_is_wrong: false },
        Recalled::Pix => Means::Pix,
        Recalled::Boleto { expires_date } => Means::Boleto { expires_date },
        Recalled::Drip => Means::Drip,
    }
}

/// What the operation was answered, or would have been; reserved money has been let go when its time is over.
fn recalled(query: Query<'_>, now: Timestamp) -> Option<Answer> {
    let is_over = query.asked == RequestKind::PreAuthorization && now.since(query.created_at) >= HOLD_LIFE;
    let asked =
        Asked { reference: query.reference, kind: query.asked, amount: query.amount, means: means(query.payment) };
    let said = rules::said(&asked)?;
    Some(if is_over && matches!(said, Answer::Approved { .. }) { Answer::Canceled } else { said })
}

/// The last digit of the number, and the security code; none for what no card has.
fn presented(card: &Card) -> Option<(u8, Option<Cvv>)> {
    let cvv = card.cvv.as_deref().map(Cvv::new).transpose().ok()?;
    Some((Pan::new(&card.number).ok()?.last_digit(), cvv))
}

/// A verification is about the security code first: without one that ends in 0 no card is good.
fn verified(verify: &Verify) -> Option<Answer> {
    match presented(&verify.card)? {
        (last_digit, Some(cvv)) if cvv.ends_in_zero() => rules::by_card(&verify.reference, last_digit, false),
        _ => Some(rules::declined(DeclineCode::InvalidCvv, "82")),
    }
}

/// The notice of what is to happen, signed as it would be sent.
fn simulated(simulate: Simulate, now: Timestamp) -> Option<SignedUpdates> {
    let Simulate { id, reference, mut kind, updates, .. } = simulate;
    if let UpdateKind::Paid { transaction_id, .. } = &mut kind {
        *transaction_id = Some(texts::transaction_id(&reference.to_string()));
    }
    let update = ProviderUpdate { id: id.into_owned(), reference, kind };
    let body = serde_json::to_string(&Updates { updates: vec![update] }).ok()?;
    Some(SignedUpdates { timestamp: now.as_millis(), signature: sign(&updates.key, now, body.as_bytes()), body })
}
