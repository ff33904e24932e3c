//! The stream of one table: every change with its sequence number, written together with the change itself.
//!
//! The embedded engine keeps the stream in a table that has no index and is never emptied, so each write would search
//! every change that was ever made. This module adds an index and removes the records that were processed. The last
//! processed record stays: the engine numbers records from its last one, and a hub that was killed starts there again.
//! So the stream itself is the checkpoint.

pub mod pump;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dynoxide::{
    Database,
    actions::{get_records::GetRecordsRequest, get_shard_iterator::GetShardIteratorRequest},
    streams::shard_id,
};
use rusqlite::Connection;
use serde_json::Value;

/// How long a removal waits for a write of the engine to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// The engine counts records from 1, and prints their numbers with this much added.
const OFFSET: u128 = 100_000_000_000_000_000_000;

/// The stream cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the table's stream cannot be used: {0}")]
pub struct StreamError(String);

/// The place of a record in its stream: its sequence number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

/// A change of an item, as a function receives it.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its place in the stream.
    pub place: Place,
    /// The record, as a function's event has it.
    pub json: Value,
}

/// The stream of one table; clones are the same stream.
#[derive(Clone)]
pub struct Stream {
    database: Database,
    /// A second connection to the same file, for what the engine's API does not do.
    file: Arc<Mutex<Connection>>,
    table: &'static str,
    arn: String,
}

impl Place {
    /// The number as a function's event has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as the engine keeps it.
    fn kept(&self) -> Option<i64> {
        i64::try_from(self.0.parse::<u128>().ok()?.checked_sub(OFFSET)?).ok()
    }
}

impl Stream {
    /// The stream of `table`, whose database is the file at `path`.
    ///
    /// # Errors
    /// [`StreamError`], where the table has no stream or the file cannot be written.
    pub fn open(database: Database, path: &Path, table: &'static str) -> Result<Self, StreamError> {
        let arn = database.get_table_metadata(table).map_err(failed)?.filter(|found| found.stream_enabled);
        let label = arn.and_then(|found| found.stream_label).ok_or_else(|| StreamError("it is off".to_owned()))?;
        let file = Connection::open(path).map_err(failed)?;
        file.busy_timeout(PATIENCE).map_err(failed)?;
        // A record that a crash leaves is processed again: no removal needs to wait for the disk.
        file.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
        file.execute_batch(
            "CREATE INDEX IF NOT EXISTS _stream_records_in_line
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
        )
        .map_err(failed)?;
        let arn = dynoxide::streams::stream_arn(table, &label);
        Ok(Self { database, file: Arc::new(Mutex::new(file)), table, arn })
    }

    /// The next records after `after`, or the first of the stream: at most `most`.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn read(&self, after: Option<&Place>, most: usize) -> Result<Vec<Record>, StreamError> {
        let iterator = GetShardIteratorRequest {
            stream_arn: self.arn.clone(),
            shard_id: shard_id(self.table),
            shard_iterator_type: if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }.to_owned(),
            sequence_number: after.map(|place| place.0.clone()),
        };
        let stream = self.clone();
        blocking(move || {
            let iterator = stream.database.get_shard_iterator(iterator).map_err(failed)?;
            let shard_iterator = iterator.shard_iterator.unwrap_or_default();
            let read = stream.database.get_records(GetRecordsRequest { shard_iterator, limit: Some(most) });
            read.map_err(failed)?.records.iter().map(|record| stream.record(record)).collect()
        })
        .await
    }

    fn record(&self, record: &dynoxide::actions::get_records::Record) -> Result<Record, StreamError> {
        let place = Place(record.dynamodb.sequence_number.clone());
        let mut json = serde_json::to_value(record).map_err(failed)?;
        if let Some(fields) = json.as_object_mut() {
            fields.insert("eventSourceARN".to_owned(), self.arn.clone().into());
        }
        Ok(Record { place, json })
    }

    /// Removes the records before `place`, which was processed.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn forget_before(&self, place: &Place) -> Result<(), StreamError> {
        let kept = place.kept().ok_or_else(|| StreamError(format!("{} is no place in it", place.0)))?;
        let (file, table) = (Arc::clone(&self.file), self.table);
        blocking(move || {
            // A panic leaves no statement half done in the connection.
            let file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let processed =
                "DELETE FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2";
            file.execute(processed, rusqlite::params![table, kept]).map(drop).map_err(failed)
        })
        .await
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("arn", &self.arn).finish_non_exhaustive()
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StreamError> + Send + 'static,
) -> Result<T, StreamError> {
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

fn failed(error: impl std::fmt::Display) -> StreamError {
    StreamError(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        engine::{Engine, HUB_TABLE},
        folder::Folder,
        template::{TEXT, Template},
    };

    fn open(folder: &Folder) -> Engine {
        Engine::open(&folder.file("hub.db"), &Template::parse(TEXT).unwrap()).unwrap()
    }

    fn put(engine: &Engine, key: &str, amount: u32) {
        let item = json!({"PK": {"S": key}, "SK": {"S": "CHARGE"}, "amount": {"N": amount.to_string()}});
        let request = serde_json::from_value(json!({"TableName": HUB_TABLE, "Item": item})).unwrap();
        engine.tables().database().put_item(request).unwrap();
    }

    fn field(record: &Record, pointer: &str) -> Value {
        record.json.pointer(pointer).cloned().unwrap_or_default()
    }

    #[tokio::test]
    async fn a_change_is_a_record_as_a_function_receives_it() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        put(&engine, "CHARGE#1", 100);
        put(&engine, "CHARGE#1", 50);
        let records = engine.stream().read(None, 100).await.unwrap();
        let [first, second] = records.as_slice() else { unreachable!("two changes: {records:?}") };
        assert_eq!((field(first, "/eventName"), field(second, "/eventName")), (json!("INSERT"), json!("MODIFY")));
        assert_eq!(field(second, "/eventSource"), json!("aws:dynamodb"));
        assert_eq!(field(second, "/dynamodb/Keys/PK"), json!({"S": "CHARGE#1"}));
        assert_eq!(field(second, "/dynamodb/OldImage/amount"), json!({"N": "100"}));
        assert_eq!(field(second, "/dynamodb/NewImage/amount"), json!({"N": "50"}));
        assert_eq!(field(second, "/dynamodb/SequenceNumber"), json!(second.place.as_str()));
        assert!(field(second, "/eventSourceARN").as_str().unwrap().contains("/hub/stream/"));
    }

    #[tokio::test]
    async fn processed_records_are_removed_but_for_the_last_one() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        for number in 0..5 {
            put(&engine, &format!("CHARGE#{number}"), 100);
        }
        let records = engine.stream().read(None, 3).await.unwrap();
        let third = &records.last().unwrap().place;
        engine.stream().forget_before(third).await.unwrap();
        let left = engine.stream().read(None, 100).await.unwrap();
        assert_eq!((left.len(), &left.first().unwrap().place), (3, third));
        assert_eq!(engine.stream().read(Some(third), 100).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_sequence_number_is_never_used_twice_although_all_records_were_removed() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        let mut last = None;
        for number in 0..20 {
            put(&engine, "CHARGE#1", number);
            let records = engine.stream().read(last.as_ref(), 100).await.unwrap();
            assert_eq!(records.len(), 1, "the change after {last:?} has a later number");
            let place = records.last().unwrap().place.clone();
            engine.stream().forget_before(&place).await.unwrap();
            last = Some(place);
        }
    }

    #[tokio::test]
    async fn the_engine_finds_its_last_number_and_the_next_records_by_the_index() {
        let folder = Folder::in_memory().unwrap();
        let engine = open(&folder);
        put(&engine, "CHARGE#1", 100);
        let file = Connection::open(folder.file("hub.db")).unwrap();
        let plan = |query: &str| -> String {
            file.query_row(&format!("EXPLAIN QUERY PLAN {query}"), [], |row| row.get(3)).unwrap()
        };
        // The two queries of the engine's version 3.2, the next number and the next records; and the removal.
        for question in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'hub'",
            "SELECT event_name FROM _stream_records WHERE table_name = 'hub' AND shard_id = 's' \
             AND CAST(sequence_number AS INTEGER) > 7 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 100",
            "DELETE FROM _stream_records WHERE table_name = 'hub' AND CAST(sequence_number AS INTEGER) < 7",
        ] {
            let plan = plan(question);
            assert!(plan.starts_with("SEARCH") && plan.contains("_stream_records_in_line"), "{question}: {plan}");
        }
    }

    #[tokio::test]
    async fn a_table_made_before_it_had_a_stream_gets_one() {
        let folder = Folder::in_memory().unwrap();
        let old = TEXT.replace("      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}\n", "");
        let old = Template::parse(&old).unwrap();
        let database = Database::new(folder.file("hub.db").to_str().unwrap()).unwrap();
        database.create_table(serde_json::from_value(old.hub.create(HUB_TABLE)).unwrap()).unwrap();
        drop(database);
        let engine = open(&folder);
        put(&engine, "CHARGE#1", 100);
        assert_eq!(engine.stream().read(None, 100).await.unwrap().len(), 1);
    }
}
