//! Client sessions, in Worldline's dialect. The id of one is its secret: only its digest is stored.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    card::Card,
    client_session::ClientSession,
    ids::{CardId, ChargeId, ClientId, MerchantId},
    limits::MAX_SESSION_INPUTS,
};

use crate::{
    Error, Store,
    cards::decode_card,
    item::{Item, decode, encode_within, key, n, s, text},
    keys::card_key,
    retry::Retries,
    write::{Expression, Written, nonce, unavailable, unreachable},
};

const LIFTED: [&str; 2] = ["client", "merchant"];

impl Store {
    /// Stores a new client session under the digest of its id; the one that is there.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_client_session(
        &self,
        digest: &str,
        session: &ClientSession,
    ) -> Result<Option<ClientSession>, Error> {
        let mut item = encode_within(client_session_key(digest), session, &LIFTED)?;
        item.insert("expiresAt".to_owned(), n(session.remembered_until().as_seconds()));
        match self.put(&self.hub, item, &Expression::absent(), &nonce()).await? {
            Written::Done => Ok(None),
            Written::Refused(there) => decode(&there.ok_or(Error::Contention)?, &LIFTED).map(Some),
        }
    }

    /// The client session whose id has this digest.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn client_session(&self, digest: &str) -> Result<Option<ClientSession>, Error> {
        let item = self.get(&self.hub, client_session_key(digest)).await?;
        item.map(|item| decode(&item, &LIFTED)).transpose()
    }

    /// The account's cards of these ids, each id once.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn cards_named(&self, client: ClientId, ids: &[CardId]) -> Result<HashMap<CardId, Card>, Error> {
        let items = self.items(ids.iter().map(|id| card_key(*id)).collect()).await?;
        let cards = items.iter().map(decode_card).collect::<Result<Vec<_>, _>>()?;
        Ok(cards.into_iter().filter(|card| card.client == client).map(|card| (card.id, card)).collect())
    }
}

/// What became of an encrypted input that was to be used.
#[derive(Debug)]
pub enum SpentInput {
    /// It is used by this charge alone: its client session.
    Now(ClientSession),
    /// Another charge used it.
    Before,
    /// As many inputs of the client session were used as may be.
    UsedUp,
    /// There is no such client session of this merchant.
    NoSession,
}

impl Store {
    /// Uses the input whose nonce has this digest up for `charge`, in the client session of `merchant` whose id has this
    /// digest. The same charge may do it again: that writes nothing and is not counted.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] it may be used.
    pub async fn spend_input(
        &self,
        digest: &str,
        (client, merchant): (ClientId, MerchantId),
        nonce_digest: &str,
        charge: ChargeId,
    ) -> Result<SpentInput, Error> {
        let nonce_name = format!("nonce {nonce_digest}");
        let mut retries = Retries::of_a_write();
        loop {
            let call = self
                .client
                .update_item()
                .table_name(&*self.hub)
                .set_key(Some(client_session_key(digest)))
                .condition_expression(
                    "client = :client AND merchant = :merchant AND attribute_not_exists(#nonce) \
                     AND (attribute_not_exists(inputs) OR inputs < :most)",
                )
                .update_expression("SET #nonce = :charge, writer = :writer ADD inputs :one")
                .expression_attribute_names("#nonce", &nonce_name)
                .expression_attribute_values(":client", s(client.to_string()))
                .expression_attribute_values(":merchant", s(merchant.to_string()))
                .expression_attribute_values(":charge", s(charge.to_string()))
                .expression_attribute_values(":writer", s(nonce()))
                .expression_attribute_values(":one", n(1))
                .expression_attribute_values(":most", n(MAX_SESSION_INPUTS))
                .return_values(ReturnValue::AllNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            match call.send().await {
                Ok(done) => {
                    let item = done.attributes.ok_or(Error::Contention)?;
                    return decode(&item, &LIFTED).map(SpentInput::Now);
                }
                Err(SdkError::ServiceError(error)) => match error.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(failed) => {
                        return unspent(failed.item, (client, merchant), &nonce_name, charge);
                    }
                    UpdateItemError::TransactionConflictException(_) => {}
                    other => return Err(unavailable(&other)),
                },
                Err(other) => return Err(unreachable(&other)),
            }
            if !retries.again().await {
                return Err(Error::Contention);
            }
        }
    }
}

/// Why nothing was written, by the item that is there.
fn unspent(
    there: Option<Item>,
    (client, merchant): (ClientId, MerchantId),
    nonce_name: &str,
    charge: ChargeId,
) -> Result<SpentInput, Error> {
    let item = there.unwrap_or_default();
    let is = |name: &str, id: String| text(&item, name) == Some(id.as_str());
    if !is("client", client.to_string()) || !is("merchant", merchant.to_string()) {
        return Ok(SpentInput::NoSession);
    }
    if is(nonce_name, charge.to_string()) {
        return decode(&item, &LIFTED).map(SpentInput::Now);
    }
    Ok(if item.contains_key(nonce_name) { SpentInput::Before } else { SpentInput::UsedUp })
}

fn client_session_key(digest: &str) -> Item {
    key(format!("WLSESSION#{digest}"), "WLSESSION")
}
