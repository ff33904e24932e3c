//! The key service: it wraps and unwraps data keys.

use std::{
    collections::HashMap,
    fmt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{DataKey, SealError, key_file, kms, random::random, text};

/// Unwrapped keys in the cache of one process, at most: some 200 KB.
const MAX_CACHED: usize = 1_000;

/// A data key under the master key, as it is stored: base64 text in JSON.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrappedKey(#[serde(with = "text")] Vec<u8>);

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey({} bytes)", self.0.len())
    }
}

/// The master key, or the right to use it, and a cache of unwrapped data keys.
///
/// A data key belongs to a context, such as its client's id, and opens under no other context. Contexts are not secret:
/// KMS writes them into its audit trail.
pub struct KeyService {
    master: Master,
    unwrapped: Mutex<HashMap<WrappedKey, Unwrapped>>,
}

enum Master {
    Kms { client: aws_sdk_kms::Client, key_id: String },
    File(DataKey),
}

struct Unwrapped {
    context: String,
    key: DataKey,
}

impl KeyService {
    /// The master key is `key_id` (id, ARN or alias) in KMS. The time limits are `client`'s own.
    #[must_use]
    pub fn kms(client: aws_sdk_kms::Client, key_id: String) -> Self {
        Self::with(Master::Kms { client, key_id })
    }

    /// The master key is in the file `path`, which is created (mode 0600, 32 random bytes) if it is not there.
    ///
    /// # Errors
    /// [`SealError::KeyFile`] when it cannot be read or created, others may read it, or it has the wrong length.
    pub fn file(path: &Path) -> Result<Self, SealError> {
        key_file::read_or_create(path).map(|master| Self::with(Master::File(master)))
    }

    fn with(master: Master) -> Self {
        Self { master, unwrapped: Mutex::default() }
    }

    /// A new data key for `context`, and the same key as it is to be stored.
    ///
    /// # Errors
    /// [`SealError::Unreachable`], [`SealError::Refused`] or [`SealError::NoRandomness`].
    pub async fn new_key(&self, context: &str) -> Result<(DataKey, WrappedKey), SealError> {
        let (bytes, wrapped) = match &self.master {
            Master::Kms { client, key_id } => kms::generate(client, key_id, context).await?,
            Master::File(master) => {
                let bytes = Zeroizing::new(random::<32>()?.to_vec());
                let wrapped = master.seal_bytes(context.as_bytes(), &bytes)?;
                (bytes, wrapped)
            }
        };
        let (key, wrapped) = (DataKey::new(&bytes)?, WrappedKey(wrapped));
        self.remember(&wrapped, context, &key);
        Ok((key, wrapped))
    }

    /// The data key that was stored as `wrapped` for `context`. A process unwraps each key once, then caches it.
    ///
    /// # Errors
    /// [`SealError::Unwrappable`] when another master key wrapped it, or another context owns it;
    /// [`SealError::Unreachable`] or [`SealError::Refused`].
    pub async fn open_key(&self, wrapped: &WrappedKey, context: &str) -> Result<DataKey, SealError> {
        if let Some(key) = self.cached(wrapped, context) {
            return Ok(key);
        }
        let key = match &self.master {
            Master::Kms { client, key_id } => DataKey::new(&kms::decrypt(client, key_id, &wrapped.0, context).await?)?,
            Master::File(master) => {
                let bytes = master.open_bytes(context.as_bytes(), &wrapped.0).map_err(|_| SealError::Unwrappable)?;
                DataKey::new(bytes.reveal())?
            }
        };
        self.remember(wrapped, context, &key);
        Ok(key)
    }

    fn cached(&self, wrapped: &WrappedKey, context: &str) -> Option<DataKey> {
        self.unwrapped().get(wrapped).filter(|known| known.context == context).map(|known| known.key.clone())
    }

    fn remember(&self, wrapped: &WrappedKey, context: &str, key: &DataKey) {
        let mut unwrapped = self.unwrapped();
        if unwrapped.len() >= MAX_CACHED {
            // Any key may be removed: it is unwrapped again when it is needed.
            let removed = unwrapped.keys().next().cloned();
            removed.map(|removed| unwrapped.remove(&removed));
        }
        unwrapped.insert(wrapped.clone(), Unwrapped { context: context.to_owned(), key: key.clone() });
    }

    fn unwrapped(&self) -> MutexGuard<'_, HashMap<WrappedKey, Unwrapped>> {
        // A map of finished entries is whole, whoever panicked while holding it.
        self.unwrapped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KeyService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.master {
            Master::Kms { .. } => "KeyService(kms)",
            Master::File(_) => "KeyService(file)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_cache_of_keys_is_bounded_and_the_other_keys_open_again() {
        let key_service = KeyService::with(Master::File(DataKey::new(&[5; 32]).unwrap()));
        let mut stored = Vec::new();
        for _ in 0..MAX_CACHED + 20 {
            stored.push(key_service.new_key("client").await.unwrap().1);
        }
        assert_eq!(key_service.unwrapped().len(), MAX_CACHED);
        for wrapped in &stored {
            key_service.open_key(wrapped, "client").await.unwrap();
        }
        assert_eq!(key_service.unwrapped().len(), MAX_CACHED);
    }
}
