//! Encryption at rest, and the keys of keyed hashes.
//!
//! A master key (in KMS, or in a file of mode 0600 on one machine) wraps data keys: some for each client, one for the
//! hub. The [`KeyService`] unwraps them once per process. A client's [`DataKey`] seals what is stored (card numbers,
//! endpoint and webhook secrets) under AES-256-GCM, bound to its place by an [`Aad`]; from it are derived the keys of
//! [`fingerprint`]s and of [`NotificationKeys`]. The hub's data key yields the [`HubSecrets`]: from them are made ids,
//! public keys, the signatures in the addresses of images, and the hashes of bodies, of unique documents and e-mail
//! addresses, and of source addresses; nothing else.
//!
//! This crate knows no table: wrapped keys and sealed values are serialised as text and kept by the caller.

#[cfg(feature = "rsa")]
pub mod content;
mod data_key;
mod error;
mod fingerprint;
mod hub_secrets;
mod key_file;
mod key_service;
mod kms;
mod mac;
mod notification_keys;
mod random;
#[cfg(feature = "rsa")]
pub mod rsa;
mod secret;
pub mod signing;
mod text;

pub use data_key::{Aad, DataKey, Sealed};
pub use error::SealError;
pub use fingerprint::{FINGERPRINT_VERSION, fingerprint};
pub use hub_secrets::HubSecrets;
pub use key_service::{KeyService, WrappedKey};
pub use mac::{Mac, NotAMac, has_signed};
pub use notification_keys::{NotificationKeys, PROOF_BYTES};
pub use random::{digest, random_key_text, random_uuid};
pub use secret::Secret;
