//! The table's stream as its function receives it, made of the writes that reached the engine.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::engine::Call;

/// The records so far.
#[derive(Debug, Default)]
pub struct Stream {
    images: HashMap<String, Value>,
    shown: u64,
}

impl Stream {
    /// The records of the charges that `calls` have put, the oldest first; none of the calls has failed.
    pub fn records(&mut self, calls: &[Call]) -> Vec<Value> {
        let writes = calls.iter().flat_map(|call| match call.body["TransactItems"].as_array() {
            Some(actions) => actions.iter().map(|action| &action["Put"]).collect(),
            None => vec![&call.body],
        });
        let puts = writes.filter_map(|write| write.get("Item"));
        let charges = puts.filter(|item| item["PK"]["S"].as_str().is_some_and(|key| key.starts_with("CHARGE#")));
        charges.map(|item| self.record(item)).collect()
    }

    fn record(&mut self, item: &Value) -> Value {
        self.shown += 1;
        let key = item["PK"]["S"].as_str().unwrap().to_owned();
        let mut change = json!({
            "Keys": {"PK": item["PK"], "SK": item["SK"]},
            "NewImage": item,
            "SequenceNumber": format!("{:021}", self.shown),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        });
        let old = self.images.insert(key, item.clone());
        let name = if old.is_some() { "MODIFY" } else { "INSERT" };
        if let Some(old) = old {
            change["OldImage"] = old;
        }
        json!({"eventID": self.shown.to_string(), "eventName": name, "eventSource": "aws:dynamodb", "dynamodb": change})
    }
}
