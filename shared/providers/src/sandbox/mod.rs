//! The sandbox: a provider that moves no money and answers by published rules.
//!
//! Its adapter speaks a small JSON protocol over HTTP like any other. The bank behind it is either [`bank`], in this
//! process, or a server that the operator names; `PROTOCOL.md` beside this file describes both.

pub mod bank;
pub mod protocol;

use std::borrow::Cow;

use domain::{
    brcode,
    card::CardData,
    charge::{Outcome, decline::Decline, request::Receipt},
    merchant::ProviderAccount,
    method::Method,
};
use zeroize::Zeroizing;

use crate::{BuildError, Create, HttpAnswer, HttpRequest, Operation, Provider, Query, Target, Verb, Verify};
use protocol::{Answer, Card, Payment, Recalled, Request};

/// Bytes of a request's body, at most: twice a holder and a descriptor of 255 characters, all escaped.
const MAX_BODY: usize = 4 * 1024;
/// Characters kept of the bank's transaction id.
const MAX_ID: usize = 64;
/// Characters kept of an authorization code or an NSU.
const MAX_AUTHORIZATION: usize = 24;
/// Characters kept of a response code.
const MAX_CODE: usize = 8;
/// Characters of a Pix code, at most. A code cannot be cut, so an answer with a longer one cannot be used.
const MAX_PIX_CODE: usize = 384;

/// The adapter of the sandbox.
pub struct Sandbox;

impl Provider for Sandbox {
    fn prepare(&self, _account: &ProviderAccount, operation: &Operation) -> Result<HttpRequest, BuildError> {
        let request = match operation {
            Operation::Create(create) => Request::Create(created(create)?),
            Operation::Query(query) => Request::Query(queried(query)?),
            Operation::Verify(verify) => Request::Verify(verified(verify)),
        };
        Ok(HttpRequest {
            target: Target::Sandbox { path: protocol::PATH },
            verb: Verb::Post,
            headers: vec![("content-type", "application/json".to_owned())],
            body: written(&request)?,
        })
    }

    fn outcome(&self, operation: &Operation, answer: &HttpAnswer) -> Outcome {
        let said = if answer.status == 200 { Answer::read(&answer.body) } else { None };
        said.and_then(|said| meaning(said, operation)).unwrap_or(Outcome::Unknown)
    }
}

fn created<'a>(create: &Create<'a>) -> Result<protocol::Create<'a>, BuildError> {
    let payment = match *create.method {
        Method::Credit { installments } => {
            let card = create.card.ok_or(BuildError::NoCard)?;
            Payment::Credit { capture: create.capture, installments, card: presented(card) }
        }
        Method::Pix { expires_in } => Payment::Pix { expires_in },
    };
    Ok(protocol::Create {
        reference: Cow::Borrowed(create.reference),
        amount: create.money.amount,
        currency: create.money.currency,
        payment,
        statement_descriptor: create.statement_descriptor.map(Cow::Borrowed),
        created_at: create.created_at,
    })
}

fn queried<'a>(query: &Query<'a>) -> Result<protocol::Query<'a>, BuildError> {
    let payment = match query.method {
        Method::Credit { .. } => Recalled::Credit { card_last_digit: query.card_last_digit.ok_or(BuildError::NoCard)? },
        Method::Pix { .. } => Recalled::Pix,
    };
    Ok(protocol::Query {
        reference: Cow::Borrowed(query.reference),
        asked: query.asked,
        amount: query.money.amount,
        currency: query.money.currency,
        payment,
        created_at: query.created_at,
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

/// The request in a buffer that never grows: growing would leave a copy of the card number behind in memory.
fn written(request: &Request) -> Result<Zeroizing<Vec<u8>>, BuildError> {
    let mut body = Zeroizing::new(vec![0; MAX_BODY]);
    let mut room = body.as_mut_slice();
    serde_json::to_writer(&mut room, request)?;
    let length = MAX_BODY - room.len();
    body.truncate(length);
    Ok(body)
}

/// What an answer means; none when it lacks a part that the hub cannot do without, or makes no sense here.
fn meaning(said: Answer, operation: &Operation) -> Option<Outcome> {
    match said {
        Answer::Approved { transaction_id, authorization_code, authorization_nsu, response_code, network_code } => {
            Some(Outcome::Approved(Receipt {
                transaction_id: Some(kept(Some(transaction_id), MAX_ID)?),
                authorization_code: kept(authorization_code, MAX_AUTHORIZATION),
                authorization_nsu: kept(authorization_nsu, MAX_AUTHORIZATION),
                response_code: kept(response_code, MAX_CODE),
                network_code: kept(network_code, MAX_CODE),
                pix_code: None,
            }))
        }
        Answer::Declined { code, network_code } => {
            Some(Outcome::Declined(Decline { code, network_code: kept(network_code, MAX_CODE) }))
        }
        Answer::Pending { transaction_id, pix_code } => Some(Outcome::Pending(Receipt {
            transaction_id: Some(kept(Some(transaction_id), MAX_ID)?),
            pix_code: Some(if is_payable(&pix_code) { pix_code } else { return None }),
            ..Receipt::default()
        })),
        Answer::NotFound => match operation {
            Operation::Query(_) => Some(Outcome::NotFound),
            Operation::Create(_) | Operation::Verify(_) => None,
        },
    }
}

/// What the hub keeps of a text: its plain characters up to `limit`; none when nothing is left.
fn kept(text: Option<String>, limit: usize) -> Option<String> {
    let plain: String = text?.chars().filter(|c| is_plain(*c)).take(limit).collect();
    Some(plain).filter(|plain| !plain.is_empty())
}

/// A BR Code that the hub can keep whole.
fn is_payable(code: &str) -> bool {
    code.len() <= MAX_PIX_CODE && code.chars().all(is_plain) && brcode::parse(code).is_ok()
}

/// One byte in UTF-8, and one in JSON.
const fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\')
}
