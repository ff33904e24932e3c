//! Every bound of the hub, in one place. A number here is a promise of the README.

use std::time::Duration;

/// The largest amount, in minor units: a Pix code (EMV tag 54) holds ten digits and two decimals.
pub const MAX_AMOUNT: u64 = 999_999_999_999;
/// Payment attempts per session: a bound on card testing.
pub const MAX_ATTEMPTS: usize = 10;
/// Bytes of a request body.
pub const MAX_BODY: usize = 256 * 1024;
/// Bytes of the part of an item that is one JSON document.
pub const MAX_DOCUMENT: usize = 64 * 1024;
/// Items of a session or of a payment method.
pub const MAX_ITEMS: usize = 100;
/// Payment methods of a session.
pub const MAX_METHODS: usize = 10;
/// Characters of a short text: names, order ids, descriptors, item fields.
pub const MAX_TEXT: usize = 255;
/// Characters of a description.
pub const MAX_DESCRIPTION: usize = 1000;
/// Cards of a customer.
pub const MAX_CUSTOMER_CARDS: usize = 50;
/// Characters of an idempotency key.
pub const MAX_IDEMPOTENCY_KEY: usize = 255;
/// Nesting of a request's JSON.
pub const MAX_DEPTH: usize = 64;
/// Installments of one card payment.
pub const MAX_INSTALLMENTS: u8 = 99;
/// The longest life of a Pix code, in seconds: 30 days.
pub const MAX_PIX_EXPIRY: u32 = 30 * 24 * 60 * 60;

/// How long after the intent the provider may still be called.
pub const CALL_WINDOW: Duration = Duration::from_secs(20);
/// An intent older than this is asked about before its repeat is answered.
pub const STALE_INTENT: Duration = Duration::from_secs(40);
/// For so long after the call window, "not found" at the provider may only mean "not yet".
pub const NOT_FOUND_GRACE: Duration = Duration::from_mins(10);
/// The first pause between two questions about an unknown outcome.
pub const FIRST_QUESTION: Duration = Duration::from_mins(1);
/// The longest pause between two questions about an unknown outcome.
pub const LAST_QUESTION: Duration = Duration::from_hours(6);

/// The life of a card token (facts of the public API: two hours, one use).
pub const TOKEN_LIFE: Duration = Duration::from_hours(2);

/// Entries of a list's page, at most.
pub const MAX_PAGE: usize = 100;
/// Entries of a list's page when the caller does not say.
pub const DEFAULT_PAGE: usize = 15;
/// Index entries that one list request walks, at most; older or newer ones are reached by `created.gt` and `created.lt`.
pub const MAX_WALK: usize = 10_000;

/// The longest life of a public key that ends: ten years.
pub const MAX_KEY_LIFE: Duration = Duration::from_hours(10 * 365 * 24);
/// Bytes of a merchant's logo.
pub const MAX_LOGO: usize = 100 * 1024;
