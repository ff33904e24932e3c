//! What can go wrong between a secret and its place at rest.

use std::path::PathBuf;

/// No message holds a byte of a key or of what it protects, nor an answer of the key service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A sealed value under the wrong key, at the wrong place, or changed.
    #[error("the sealed value cannot be opened: it was changed, moved from its place or sealed under another key")]
    Unopenable,

    /// A wrapped data key that this master key, or this context, did not wrap.
    #[error("the data key cannot be unwrapped: start the hub with the master key that wrapped it")]
    Unwrappable,

    /// More than AES-GCM takes in one message (64 GiB).
    #[error("the value is too long to be sealed")]
    TooLong,

    /// A key that is not 256 bits long.
    #[error("the key has the wrong length: 32 bytes are needed")]
    KeyLength,

    /// A stored key that does not sign.
    #[error("the signing key cannot be read: it is no Ed25519 key in PKCS#8")]
    SigningKey,

    /// A stored key that decrypts nothing.
    #[error("the decryption key cannot be read: it is no RSA key in PKCS#8")]
    DecryptionKey,

    /// The operating system's generator failed.
    #[error("the operating system gave no random bytes; try again")]
    NoRandomness,

    /// The key file is missing, unsafe or damaged.
    #[error("the key file {} cannot be used: {problem}", path.display())]
    KeyFile {
        /// The file as it was named by the caller.
        path: PathBuf,
        /// What is wrong with it and how to put it right.
        problem: String,
    },

    /// The key service gave no usable answer. Nothing was changed: the same call can be made again.
    #[error("the key service could not be reached ({0}); try again")]
    Unreachable(&'static str),

    /// The key service refused the call; a retry changes nothing.
    #[error("the key service refused ({code}); check the key's id, its state and this role's permission to use it")]
    Refused {
        /// The service's own name for the refusal, such as `AccessDeniedException`.
        code: String,
    },
}
