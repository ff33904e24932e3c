//! The cache of keys, accounts and merchants between requests, for sixty seconds at most.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::time::Timestamp;

const LIFE: Duration = Duration::from_mins(1);
const CAPACITY: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Cache<V> {
    entries: Mutex<HashMap<String, (Timestamp, V)>>,
}

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<V: Clone> Cache<V> {
    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(read_at, _)| now.since(*read_at) < LIFE).map(|(_, value)| value.clone())
    }

    pub(crate) fn put(&self, key: String, value: V, now: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(key, (now, value));
    }
}
