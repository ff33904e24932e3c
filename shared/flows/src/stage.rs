//! What a hub is run for.

use std::str::FromStr;

/// What the hub is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Trying things out: the sandbox answers.
    Sandbox,
    /// Real money: the sandbox is refused.
    Production,
}

/// The word names no stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("STAGE must be sandbox or production")]
pub struct UnknownStage;

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(name: &str) -> Result<Self, UnknownStage> {
        match name {
            "sandbox" => Ok(Self::Sandbox),
            "production" => Ok(Self::Production),
            _ => Err(UnknownStage),
        }
    }
}
