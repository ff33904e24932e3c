//! The words by which an endpoint is registered: the names of events, and the versions of their bodies.

use domain::{
    charge::event::EventName,
    refusal::Refusal,
    webhook::{Format, Subscription},
};
use serde::{Serialize, Serializer};
use serde_json::Value;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiVersion {
    /// `{id, clientId, event: "transaction.voided", payload, createdAt}` (Malga, "Pix"), and what version 1.1 has.
    V1_0,
    /// `{id, apiVersion, object, event, createdAt, data}`.
    V1_1,
}

/// The version of an endpoint as its owner wrote it, as a text or as a number: it is stored and printed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenVersion {
    /// The version.
    pub version: ApiVersion,
    /// As JSON.
    json: &'static str,
    /// The word under which it is stored. No two APIs have the same word.
    word: &'static str,
}

impl WrittenVersion {
    /// Every spelling.
    pub(crate) const ALL: [Self; 6] = [
        Self::new(ApiVersion::V1_0, r#""1""#, "malga-1"),
        Self::new(ApiVersion::V1_0, r#""1.0""#, "malga-1.0"),
        Self::new(ApiVersion::V1_1, r#""1.1""#, "malga-1.1"),
        Self::new(ApiVersion::V1_0, "1", "malga-number-1"),
        Self::new(ApiVersion::V1_0, "1.0", "malga-number-1.0"),
        Self::new(ApiVersion::V1_1, "1.1", "malga-number-1.1"),
    ];

    const fn new(version: ApiVersion, json: &'static str, word: &'static str) -> Self {
        Self { version, json, word }
    }

    /// The spelling that `value` is.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        Self::ALL.into_iter().find(|written| written.value() == *value)
    }

    /// The text or the number.
    pub(crate) fn value(self) -> Value {
        self.json.parse().unwrap_or_default()
    }
}

impl Serialize for WrittenVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl From<WrittenVersion> for Format {
    fn from(written: WrittenVersion) -> Self {
        Self::new(written.word)
    }
}

impl TryFrom<&Format> for WrittenVersion {
    type Error = Refusal;

    /// [`Refusal::Internal`] where this is no format of this API.
    fn try_from(format: &Format) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|written| written.word == format.word()).ok_or(Refusal::Internal)
    }
}
