//! New, or answered before.

/// What a request made: now, or when it was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered<T> {
    /// This request made it.
    New(T),
    /// An idempotent replay: the same request made it before, and gets it as it was then.
    Replayed(T),
}

impl<T> Answered<T> {
    /// What was made.
    pub const fn made(&self) -> &T {
        match self {
            Self::New(made) | Self::Replayed(made) => made,
        }
    }
}
