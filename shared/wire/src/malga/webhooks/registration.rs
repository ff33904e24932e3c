//! The words by which an endpoint is registered: the names of events, and the versions of their bodies.

use domain::{
    charge::event::EventName,
    refusal::Refusal,
    webhook::{Format, Subscription},
};
use serde::Serialize;

const ALL: &str = "*";
const OBJECT: &str = "transaction.";

/// The name of a subscription: `*`, or the name of an event, such as `transaction.authorized`.
#[must_use]
pub fn subscription_name(subscription: Subscription) -> String {
    match subscription {
        Subscription::Everything => ALL.to_owned(),
        Subscription::One(event) => format!("{OBJECT}{}", event.name()),
    }
}

/// The subscription of this name; an event is named `authorized`, too, as the bodies of version 1.1 name it.
#[must_use]
pub fn subscription(name: &str) -> Option<Subscription> {
    if name == ALL {
        return Some(Subscription::Everything);
    }
    let bare = name.strip_prefix(OBJECT).unwrap_or(name);
    EventName::ALL.iter().copied().find(|event| event.name() == bare).map(Subscription::One)
}

/// The version of the bodies that an endpoint is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ApiVersion {
    /// `{id, clientId, event: "transaction.voided", payload, createdAt}` (Malga, "Pix").
    #[serde(rename = "1.0")]
    V1_0,
    /// `{id, apiVersion, object, event, createdAt, data}`.
    #[serde(rename = "1.1")]
    V1_1,
}

impl ApiVersion {
    const ALL: [Self; 2] = [Self::V1_0, Self::V1_1];

    /// Its name in the public API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
        }
    }

    /// The word under which it is stored. No two APIs have the same word.
    const fn word(self) -> &'static str {
        match self {
            Self::V1_0 => "malga-1.0",
            Self::V1_1 => "malga-1.1",
        }
    }
}

impl From<ApiVersion> for Format {
    fn from(version: ApiVersion) -> Self {
        Self::new(version.word())
    }
}

impl TryFrom<&Format> for ApiVersion {
    type Error = Refusal;

    /// [`Refusal::Internal`] where this is no format of this API.
    fn try_from(format: &Format) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|version| version.word() == format.word()).ok_or(Refusal::Internal)
    }
}
