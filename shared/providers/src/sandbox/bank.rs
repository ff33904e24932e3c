//! The bank of the sandbox that answers in process.
//!
//! It keeps no books: an answer follows from the request alone, so a query is answered as if the create that it asks
//! about had arrived. Where a create was answered, its query repeats that answer, except that a query knows no
//! security code: it is answered as if that had been right or absent.

use std::borrow::Cow;

use crc::{CRC_64_XZ, Crc};
use domain::{
    brcode::BrCode,
    card::{Cvv, Pan},
    charge::decline::DeclineCode,
    money::Amount,
};

use super::protocol::{Answer, Card, Create, Payment, Query, Recalled, Request, Verify};
use crate::{HttpAnswer, HttpRequest};

/// A create of this many minor units is done, but its answer is lost.
const LOST_APPROVAL: u64 = 992;
/// A create of this many minor units is refused, and the answer is lost.
const LOST_REFUSAL: u64 = 993;

static HASH: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// The part of a request that decides.
struct Asked<'a> {
    reference: Cow<'a, str>,
    amount: Amount,
    is_query: bool,
    means: Means,
}

/// With what the payment is, or was to be, made.
enum Means {
    Card { last_digit: u8, cvv_is_wrong: bool },
    Pix,
}

/// The bank's answer: 200 with JSON, 504 where the rules lose the answer, 400 for what is not of the protocol.
#[must_use]
pub fn answer(request: &HttpRequest) -> HttpAnswer {
    let asked = match Request::read(&request.body) {
        Ok(Request::Create(create)) => created(create),
        Ok(Request::Query(query)) => Some(queried(query)),
        Ok(Request::Verify(verify)) => return written(verified(&verify).as_ref()),
        Err(_) => None,
    };
    let Some(asked) = asked else { return empty(400) };
    if !asked.is_query && matches!(asked.amount.minor(), LOST_APPROVAL | LOST_REFUSAL) {
        return empty(504);
    }
    written(said(&asked).as_ref())
}

fn written(said: Option<&Answer>) -> HttpAnswer {
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
    let means = match &create.payment {
        Payment::Credit { card, .. } => {
            let (last_digit, cvv) = presented(card)?;
            Means::Card { last_digit, cvv_is_wrong: cvv.is_some_and(|cvv| !cvv.ends_in_zero()) }
        }
        Payment::Pix { .. } => Means::Pix,
    };
    Some(Asked { reference: create.reference, amount: create.amount, is_query: false, means })
}

fn queried(query: Query<'_>) -> Asked<'_> {
    let means = match query.payment {
        Recalled::Credit { card_last_digit } => Means::Card { last_digit: card_last_digit, cvv_is_wrong: false },
        Recalled::Pix => Means::Pix,
    };
    Asked { reference: query.reference, amount: query.amount, is_query: true, means }
}

/// The last digit of the number, and the security code; none for what no card has.
fn presented(card: &Card) -> Option<(u8, Option<Cvv>)> {
    let cvv = card.cvv.as_deref().map(Cvv::new).transpose().ok()?;
    Some((Pan::new(&card.number).ok()?.last_digit(), cvv))
}

/// A verification is about the security code first: without one that ends in 0 no card is good.
fn verified(verify: &Verify) -> Option<Answer> {
    match presented(&verify.card)? {
        (last_digit, Some(cvv)) if cvv.ends_in_zero() => by_card(&verify.reference, last_digit, false),
        _ => Some(declined(DeclineCode::InvalidCvv, "82")),
    }
}

/// The answer that is not lost; none for a digit that is none and a reference that no Pix code can hold.
fn said(asked: &Asked) -> Option<Answer> {
    match (asked.amount.minor(), &asked.means) {
        (LOST_REFUSAL, _) => Some(declined(DeclineCode::Generic, "05")),
        (LOST_APPROVAL, Means::Card { .. }) => Some(approved(&asked.reference)),
        (_, Means::Card { last_digit, cvv_is_wrong }) => by_card(&asked.reference, *last_digit, *cvv_is_wrong),
        (_, Means::Pix) => pending(&asked.reference, asked.amount),
    }
}

/// The public API's table of test cards: the last digit decides, and a wrong security code spoils only a card that
/// might be refused. The network codes are those of ISO 8583 as Brazilian acquirers use them.
fn by_card(reference: &str, last_digit: u8, cvv_is_wrong: bool) -> Option<Answer> {
    Some(match last_digit {
        0 | 1 | 4 | 9 => approved(reference),
        2 | 3 | 5..=8 if cvv_is_wrong => declined(DeclineCode::InvalidCvv, "82"),
        2 => declined(DeclineCode::Generic, "05"),
        3 => declined(DeclineCode::ExpiredCard, "54"),
        5 => declined(DeclineCode::BlockedCard, "62"),
        7 => declined(DeclineCode::CanceledCard, "46"),
        8 if number(reference, "chance").is_multiple_of(2) => approved(reference),
        6 | 8 => declined(DeclineCode::Timeout, "91"),
        _ => return None,
    })
}

fn approved(reference: &str) -> Answer {
    Answer::Approved {
        transaction_id: transaction_id(reference),
        authorization_code: Some(format!("{:06}", number(reference, "authorization") % 1_000_000)),
        authorization_nsu: Some(format!("{:012}", number(reference, "nsu") % 1_000_000_000_000)),
        response_code: Some("00".to_owned()),
        network_code: Some("00".to_owned()),
    }
}

fn declined(code: DeclineCode, network_code: &str) -> Answer {
    Answer::Declined { code, network_code: Some(network_code.to_owned()) }
}

fn pending(reference: &str, amount: Amount) -> Option<Answer> {
    let location = format!("pix.sandbox.example/qr/v2/{reference}");
    let pix_code = BrCode::dynamic(&location, "Catraca Sandbox", "Brasilia", Some(amount)).ok()?;
    Some(Answer::Pending { transaction_id: transaction_id(reference), pix_code })
}

fn transaction_id(reference: &str) -> String {
    format!("{:016x}", number(reference, "transaction"))
}

/// A number that follows from the reference: one for each purpose, always the same.
fn number(reference: &str, purpose: &str) -> u64 {
    let mut digest = HASH.digest();
    digest.update(purpose.as_bytes());
    digest.update(reference.as_bytes());
    digest.finalize()
}
