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
        // What was read before a clock was set back is of another time.
        let is_fresh = |read_at: Timestamp| now.since(read_at) < LIFE && read_at.since(now) < LIFE;
        entries.get(key).filter(|(read_at, _)| is_fresh(*read_at)).map(|(_, value)| value.clone())
    }

    pub(crate) fn put(&self, key: String, value: V, now: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(key, (now, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_for_less_than_a_minute_in_either_direction_of_time() {
        let (cache, read_at) = (Cache::default(), Timestamp::from_millis(1_000_000));
        cache.put("key".to_owned(), 7, read_at);
        for (millis, found) in
            [(1_000_000, Some(7)), (1_059_999, Some(7)), (1_060_000, None), (940_001, Some(7)), (940_000, None)]
        {
            assert_eq!(cache.get("key", Timestamp::from_millis(millis)), found, "{millis}");
        }
    }
}
