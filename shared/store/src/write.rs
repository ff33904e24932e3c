//! Conditional writes: one item, or several at once.
//!
//! A failed condition that shows our own nonce means that the write had landed and its answer was lost: it is done.
//! A conflict with another transaction is retried after a pause, a few times, then reported.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{
    Error, Store,
    item::{Item, WRITER, s, text},
    retry::Retries,
};

/// What became of a conditional write.
#[derive(Debug)]
pub(crate) enum Written {
    /// It is stored.
    Done,
    /// Its condition failed; the stored item, if there is one.
    Refused(Option<Item>),
}

/// A nonce that no other write has: 128 bits, in as few letters as a text has for them.
pub(crate) fn nonce() -> String {
    URL_SAFE_NO_PAD.encode(random().as_bytes())
}

#[expect(clippy::disallowed_methods, reason = "the store's one source of randomness: nonces and jitter")]
pub(crate) fn random() -> Uuid {
    Uuid::new_v4()
}

/// A condition, or an update, with the values that it names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expression {
    pub(crate) condition: String,
    pub(crate) update: String,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
    /// Names that the expression language reserves.
    pub(crate) names: Vec<(&'static str, &'static str)>,
}

impl Expression {
    /// Only where nothing is stored yet.
    pub(crate) fn absent() -> Self {
        Self { condition: "attribute_not_exists(PK)".to_owned(), ..Self::default() }
    }

    /// Only where the stored item has this version.
    pub(crate) fn at_version(version: u64) -> Self {
        Self {
            condition: "version = :version".to_owned(),
            values: vec![(":version", crate::item::n(version))],
            ..Self::default()
        }
    }
}

impl Store {
    /// Stores `item` under `nonce` if the condition holds.
    pub(crate) async fn put(
        &self,
        table: &str,
        mut item: Item,
        when: &Expression,
        nonce: &str,
    ) -> Result<Written, Error> {
        item.insert(WRITER.to_owned(), s(nonce));
        let mut retries = Retries::of_a_write();
        loop {
            let mut call = self
                .client
                .put_item()
                .table_name(table)
                .set_item(Some(item.clone()))
                .condition_expression(&when.condition)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            for (name, value) in &when.values {
                call = call.expression_attribute_values(*name, value.clone());
            }
            for (alias, name) in &when.names {
                call = call.expression_attribute_names(*alias, *name);
            }
            match call.send().await {
                Ok(_) => return Ok(Written::Done),
                Err(SdkError::ServiceError(error)) => match error.into_err() {
                    PutItemError::ConditionalCheckFailedException(failed) => return Ok(refused(failed.item, nonce)),
                    PutItemError::TransactionConflictException(_) => {}
                    other => return Err(unavailable(&other)),
                },
                Err(other) => return Err(unreachable(&other)),
            }
            if !retries.again().await {
                return Err(Error::Contention);
            }
        }
    }

    /// Changes the item under `key` if the condition holds.
    pub(crate) async fn update(
        &self,
        table: &str,
        key: Item,
        what: &Expression,
        nonce: &str,
    ) -> Result<Written, Error> {
        let mut retries = Retries::of_a_write();
        loop {
            let mut call = self
                .client
                .update_item()
                .table_name(table)
                .set_key(Some(key.clone()))
                .condition_expression(&what.condition)
                .update_expression(&what.update)
                .expression_attribute_values(":writer", s(nonce))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            for (name, value) in &what.values {
                call = call.expression_attribute_values(*name, value.clone());
            }
            for (alias, name) in &what.names {
                call = call.expression_attribute_names(*alias, *name);
            }
            match call.send().await {
                Ok(_) => return Ok(Written::Done),
                Err(SdkError::ServiceError(error)) => match error.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(failed) => return Ok(refused(failed.item, nonce)),
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

    /// Makes all `writes` or none. Refused: for each write, whether its own condition failed, and on which item.
    pub(crate) async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
        nonce: &str,
    ) -> Result<Result<(), Vec<Option<Item>>>, Error> {
        let mut end = Error::Contention;
        let mut retries = Retries::of_a_write();
        loop {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .client_request_token(nonce)
                .send()
                .await;
            let reasons = match sent {
                Ok(_) => return Ok(Ok(())),
                Err(SdkError::ServiceError(error)) => match error.into_err() {
                    TransactWriteItemsError::TransactionCanceledException(canceled) => {
                        canceled.cancellation_reasons.unwrap_or_default()
                    }
                    TransactWriteItemsError::TransactionInProgressException(_) => {
                        // Our own first sending, whose answer was lost, is still at work: it may land.
                        end = Error::Unavailable("the transaction is still in progress".to_owned());
                        Vec::new()
                    }
                    other => return Err(unavailable(&other)),
                },
                Err(other) => return Err(unreachable(&other)),
            };
            let mut failed = false;
            let mut items = Vec::with_capacity(reasons.len());
            for reason in reasons {
                match reason.code.as_deref() {
                    None | Some("None" | "TransactionConflict" | "ConditionalCheckFailed") => {}
                    Some(code) => end = Error::Unavailable(format!("a transaction was canceled: {code}")),
                }
                let condition = reason.code.as_deref() == Some("ConditionalCheckFailed");
                failed = failed || condition;
                let item = if condition { Some(reason.item.unwrap_or_default()) } else { None };
                if item.as_ref().and_then(|item| text(item, WRITER)) == Some(nonce) {
                    return Ok(Ok(()));
                }
                items.push(item);
            }
            if failed {
                return Ok(Err(items));
            }
            if !retries.again().await {
                return Err(end);
            }
        }
    }

    /// A put inside a transaction.
    pub(crate) fn put_action(
        table: &str,
        mut item: Item,
        when: Expression,
        nonce: &str,
    ) -> Result<TransactWriteItem, Error> {
        item.insert(WRITER.to_owned(), s(nonce));
        let mut put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(when.condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in when.values {
            put = put.expression_attribute_values(name, value);
        }
        for (alias, name) in when.names {
            put = put.expression_attribute_names(alias, name);
        }
        let put = put.build().map_err(|e| Error::Corrupt(e.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// An update inside a transaction; it also writes the nonce.
    pub(crate) fn update_action(
        table: &str,
        key: Item,
        what: Expression,
        nonce: &str,
    ) -> Result<TransactWriteItem, Error> {
        let mut update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .condition_expression(what.condition)
            .update_expression(what.update)
            .expression_attribute_values(":writer", s(nonce))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in what.values {
            update = update.expression_attribute_values(name, value);
        }
        for (alias, name) in what.names {
            update = update.expression_attribute_names(alias, name);
        }
        let update = update.build().map_err(|e| Error::Corrupt(e.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// A removal inside a transaction.
    pub(crate) fn delete_action(table: &str, key: Item, when: Expression) -> Result<TransactWriteItem, Error> {
        let mut delete = Delete::builder()
            .table_name(table)
            .set_key(Some(key))
            .condition_expression(when.condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in when.values {
            delete = delete.expression_attribute_values(name, value);
        }
        let delete = delete.build().map_err(|e| Error::Corrupt(e.to_string()))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// The item under `key`, read consistently.
    pub(crate) async fn get(&self, table: &str, key: Item) -> Result<Option<Item>, Error> {
        let answer = self.client.get_item().table_name(table).set_key(Some(key)).consistent_read(true).send().await;
        answer.map(|output| output.item).map_err(|error| unreachable(&error))
    }
}

fn refused(item: Option<Item>, nonce: &str) -> Written {
    match item {
        Some(item) if text(&item, WRITER) == Some(nonce) => Written::Done,
        other => Written::Refused(other),
    }
}

pub(crate) fn unavailable(error: &impl ProvideErrorMetadata) -> Error {
    Error::Unavailable(format!("{} {}", error.code().unwrap_or("no code"), error.message().unwrap_or_default()))
}

/// Never the error's debug text: it holds the request.
pub(crate) fn unreachable<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Error {
    match error {
        SdkError::ServiceError(service) => unavailable(service.err()),
        SdkError::TimeoutError(_) => Error::Unavailable("no answer in time".to_owned()),
        SdkError::DispatchFailure(_) => Error::Unavailable("no connection".to_owned()),
        _ => Error::Unavailable("an answer that cannot be read".to_owned()),
    }
}
