//! The pages of the hub at which a session is paid: their HTML, the hashes of what they load, and the reports of
//! browsers about them.

mod document;
mod report;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

pub use self::{
    document::{Document, Language, Surface, missing},
    report::Report,
};

/// The hashes of what the checkout runs and shows, as browsers check them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Integrity<'a> {
    /// Of each script, by its path.
    pub scripts: BTreeMap<String, &'a str>,
    /// Of the style sheet inside both pages.
    pub inline_style: &'a str,
}
