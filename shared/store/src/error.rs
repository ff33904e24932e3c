use domain::refusal::Refusal;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Others kept writing the same items; nothing was written.
    #[error("other writers kept the item busy")]
    Contention,
    /// The table could not be reached or refused to work; the write may have landed.
    #[error("the table could not be used: {0}")]
    Unavailable(String),
    /// An item cannot be read as what its key says it is.
    #[error("an item cannot be read: {0}")]
    Corrupt(String),
    /// What a caller wants to be stored has more bytes of JSON than these.
    #[error("what is to be stored is larger than {0} bytes")]
    TooLarge(usize),
    /// The account has as many webhooks as it may have; nothing was written.
    #[error("the account has as many webhooks as it may have")]
    WebhooksUsedUp,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Contention => Self::Contention,
            Error::TooLarge(most) => Self::TooLargeToStore { most },
            Error::WebhooksUsedUp => Self::WebhooksUsedUp,
            Error::Unavailable(cause) => {
                tracing::error!(%cause, "the table could not be used");
                Self::Unavailable
            }
            Error::Corrupt(cause) => {
                tracing::error!(%cause, "an item cannot be read");
                Self::Internal
            }
        }
    }
}
