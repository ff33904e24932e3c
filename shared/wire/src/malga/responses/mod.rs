//! Answers. Fields without a value are printed as `null`, so that an answer always has one shape;
//! the exceptions are blocks that exist only in some answers, such as `providerError`.

mod auth;
mod card;
mod charge;
mod customer;
mod delivery;
mod history;
mod image;
mod itf;
mod merchant;
mod method;
mod picture;
mod qr;
mod request;
mod session;
mod settings;
mod view;
mod webhook;

pub use auth::{ListedKeyBody, PublicKeyBody};
pub use card::CardBody;
pub use charge::{ChargeBody, PaymentBody, SourceBody};
pub use customer::{AddressBody, CustomerBody, DocumentBody, ErasedBody};
pub use delivery::{DeliveryAttemptBody, DeliveryBody, DeliveryWithAttemptsBody};
pub use history::HistoryEntry;
pub use image::{IMAGE_TYPE, ImageUrl, image};
pub use merchant::{CredentialsBody, MerchantBody, ProviderBody};
pub use method::{BoletoBody, BrowserBody, DripBody, MethodBody, PaidItemBody, PenaltyBody, PixBody};
pub(crate) use request::Shared;
pub use request::{FraudBody, ProviderAuthorization, ProviderError, TransactionRequestBody};
pub use session::{
    AcceptedBody, ActiveBody, ActiveChargeBody, CanceledBody, ItemBody, PaidSessionBody, ProgressBody, SessionBody,
};
pub use settings::{LinkedSessionBody, SettingsBody, needs_by_method};
pub use webhook::{WebhookBody, WebhookSecretBody};

use domain::ids::TokenId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::requests::Paging;

/// A token that was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenBody {
    /// Its id: good for one charge.
    pub token_id: Uuid,
}

impl From<TokenId> for TokenBody {
    fn from(id: TokenId) -> Self {
        Self { token_id: id.uuid() }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// Where the page is.
    pub meta: PageMeta,
}

/// Where a page is in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageMeta {
    /// Entries on this page.
    pub item_count: usize,
    /// Entries of the whole list.
    pub total_items: usize,
    /// Entries of a full page.
    pub items_per_page: usize,
    /// Pages of the whole list.
    pub total_pages: usize,
    /// The number of this page, from 1.
    pub current_page: usize,
}

impl<T> Page<T> {
    /// The page with `items` of a list with `total_items`.
    #[must_use]
    pub fn new(items: Vec<T>, total_items: usize, paging: Paging) -> Self {
        let meta = PageMeta {
            item_count: items.len(),
            total_items,
            items_per_page: paging.limit,
            total_pages: total_items.div_ceil(paging.limit.max(1)),
            current_page: paging.page,
        };
        Self { items, meta }
    }
}
