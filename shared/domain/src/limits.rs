//! Every bound of the hub, in one place. The limits of `docs/api.md#limits` are these numbers.

use std::time::Duration;

/// The largest amount, in minor units: a Pix code (EMV tag 54) holds ten digits and two decimals.
pub const MAX_AMOUNT: u64 = 999_999_999_999;
/// Payment attempts per session: a bound on card testing.
pub const MAX_ATTEMPTS: usize = 10;
/// Bytes of a request body.
pub const MAX_BODY: usize = 256 * 1024;
/// Bytes of the part of an item that is one JSON document, as its caller fills it.
pub const MAX_DOCUMENT: usize = 64 * 1024;
/// Bytes of the JSON of a charge before its provider is asked: then all that may follow has room.
pub const MAX_INTENT: usize = 32 * 1024;
/// Items of a session or of a payment method.
pub const MAX_ITEMS: usize = 100;
/// Bytes of the JSON of the items of a session or of a payment method, without white space. A charge prints its items
/// twice, and a page of the largest fits into an answer.
pub const MAX_ITEMS_JSON: usize = 16 * 1024;
/// Payment methods of a session.
pub const MAX_METHODS: usize = 10;
/// Characters of a short text: names, order ids, descriptors, item fields.
pub const MAX_TEXT: usize = 255;
/// Characters of an e-mail address (RFC 5321, 4.5.3.1.3: 256 with its brackets).
pub const MAX_EMAIL: usize = 254;
/// Characters of a description.
pub const MAX_DESCRIPTION: usize = 1000;
/// Cards of a customer.
pub const MAX_CUSTOMER_CARDS: usize = 50;
/// Cards of a customer beyond which no browser links one: the rest is the merchant's.
pub const MAX_BROWSER_CARDS: usize = 25;
/// Characters of an idempotency key.
pub const MAX_IDEMPOTENCY_KEY: usize = 255;
/// Public keys in a row of which each was made with the one before.
pub const MAX_KEY_DEPTH: usize = 8;
/// For how long after its session's end a session key reads the session, and gets its earlier answers again.
pub const SESSION_KEY_GRACE: Duration = Duration::from_hours(7 * 24);
/// Nesting of a request's JSON.
pub const MAX_DEPTH: usize = 64;
/// Installments of one card payment.
pub const MAX_INSTALLMENTS: u8 = 99;
/// The longest life of a Pix code, in seconds: 30 days.
pub const MAX_PIX_EXPIRY: u32 = 30 * 24 * 60 * 60;
/// Days for which a boleto can be paid when the order does not say.
pub const BOLETO_DAYS: u16 = 7;
/// Days after its last day for which a boleto with interest or a fine can be paid when the order does not say.
pub const BOLETO_DAYS_PAST_DUE: u16 = 30;
/// Characters of a boleto's instructions.
pub const MAX_INSTRUCTIONS: usize = 255;
/// For how long browsers get one key pair to encrypt cards with: then a new one is made.
pub const KEY_PAIR_LIFE: Duration = Duration::from_hours(30 * 24);
/// For how long a key pair that browsers no longer get is still used: the life of a client session, which keeps the
/// pair, and the minute for which a function may hand it out from its cache.
pub const KEY_PAIR_GRACE: Duration = Duration::from_mins(2 * 60 + 1);
/// Seconds for which a page of Drip can be paid: a day, or until its session's due date.
pub const DRIP_LIFE: u32 = 24 * 60 * 60;
/// Transaction requests of a charge, except the hub's own: a chargeback is recorded up to here.
pub const MAX_REQUESTS: usize = 100;
/// Of them, those that a merchant's captures and refunds may take; a Pix refund takes two.
pub const MAX_ORDERED_REQUESTS: usize = 40;
/// Of them, all but the room that is kept for chargebacks and the ends of disputes.
pub const MAX_REPORTED_REQUESTS: usize = 60;
/// Cancels that the hub itself sends for one unpaid payment.
pub const MAX_CANCELS: usize = 5;
/// Further idempotency keys for the same payment that a session remembers.
pub const MAX_ALIASES: usize = 20;
/// For how long money may stay reserved where its provider says nothing else: after that an acquirer may let it lapse.
pub const HOLD_LIFE: Duration = Duration::from_hours(7 * 24);

/// How long after the intent the provider may still be called.
pub const CALL_WINDOW: Duration = Duration::from_secs(20);
/// How long after its request came a call to a provider may still begin: a function has 28 seconds.
pub const REQUEST_WINDOW: Duration = Duration::from_secs(26);
/// How long the cancel of a superseded payment may take, before a new payment.
pub const CANCEL_LIMIT: Duration = Duration::from_secs(6);
/// An intent older than this is reconciled before an idempotent replay is answered.
pub const STALE_INTENT: Duration = Duration::from_secs(40);
/// For so long after the call window, "not found" at the provider may be "not yet".
pub const NOT_FOUND_GRACE: Duration = Duration::from_mins(10);
/// The first pause between two queries about an unknown outcome.
pub const FIRST_QUESTION: Duration = Duration::from_mins(1);
/// The longest pause between two queries about an unknown outcome.
pub const LAST_QUESTION: Duration = Duration::from_hours(6);
/// For so long an unexplained notification is tried again before an operator must look at it.
pub const NOTIFICATION_PATIENCE: Duration = Duration::from_hours(7 * 24);
/// The longest pause before a waiting notification is tried again.
pub const LAST_NOTIFICATION_LOOK: Duration = Duration::from_hours(1);
/// An outcome that is unknown for longer is logged at each query.
pub const UNKNOWN_IS_LOGGED: Duration = Duration::from_hours(1);
/// An outcome that is unknown for longer alarms at each query: from then on it is reconciled daily.
pub const UNKNOWN_ALARMS: Duration = Duration::from_hours(24);

/// The life of a card token (Malga, "API reference": two hours, one use).
pub const TOKEN_LIFE: Duration = Duration::from_hours(2);

/// The life of a client session (Worldline, "Create session": two hours).
pub const CLIENT_SESSION_LIFE: Duration = Duration::from_hours(2);
/// For how long a request that made a client session is answered as before (Worldline, "Idempotent requests": 24 hours).
pub const CLIENT_SESSION_MEMORY: Duration = Duration::from_hours(24);
/// Stored cards that one client session may name: one call reads them.
pub const MAX_SESSION_TOKENS: usize = 100;
/// Encrypted inputs that one client session may pay with: a bound on card testing.
pub const MAX_SESSION_INPUTS: usize = 100;
/// How far the clock of a caller that signs its requests may differ from the hub's. A signature covers no body, so it is
/// good for as short as clocks allow.
pub const SIGNED_SKEW: Duration = Duration::from_mins(15);
/// For how long a replaced key still signs requests beside the one that replaced it.
pub const FORMER_SERVER_KEY_LIFE: Duration = Duration::from_hours(24);

/// For how many days the number of an unsaved card is kept without use, by default.
pub const UNSAVED_CARD_DAYS: u16 = 180;
/// For how long events and their deliveries are kept (Malga, "Webhooks v1.1").
pub const EVENT_LIFE: Duration = Duration::from_hours(45 * 24);

/// Entries of a list's page, at most.
pub const MAX_PAGE: usize = 100;
/// Entries of a list's page when the caller does not say.
pub const DEFAULT_PAGE: usize = 15;
/// Index entries that one list request walks, at most; older or newer ones are reached by `created.gt` and
/// `created.lt`.
pub const MAX_WALK: usize = 10_000;

/// The longest life of a public key that ends: ten years.
pub const MAX_KEY_LIFE: Duration = Duration::from_hours(10 * 365 * 24);
/// Webhook endpoints of an account.
pub const MAX_WEBHOOKS: usize = 50;
/// Characters of an endpoint's address.
pub const MAX_ENDPOINT: usize = 2048;
/// Provider accounts of one merchant.
pub const MAX_ACCOUNTS: usize = 32;
/// Characters of a field of a provider account's credentials that is no PEM. The client secrets of some banks have 300.
pub const MAX_FIELD: usize = 1024;
/// Bytes of a certificate chain or a private key in PEM.
pub const MAX_PEM: usize = 16 * 1024;
/// Origins in a setting of a merchant.
pub const MAX_ORIGINS: usize = 20;
/// Bytes of an origin: a scheme, the longest name that DNS has, and a port. Those of a merchant fit into one header.
pub const MAX_ORIGIN: usize = 8 + 253 + 6;
/// Bytes of a merchant's logo.
pub const MAX_LOGO: usize = 100 * 1024;

/// Declines and verifications of one card in an hour, after which it is refused to public keys. Mastercard charges from
/// the eleventh in a day (docs/sources.md).
pub const MAX_CARD_DECLINES_PER_HOUR: u32 = 10;
/// The same in 30 days. Visa charges for more than 15 or 20 retries of one payment, Mastercard from the 36th.
pub const MAX_CARD_DECLINES_PER_MONTH: u32 = 15;
/// Declines and verifications by one public key from one source address in an hour. Shoppers share addresses: those of
/// an office, and those of a mobile network.
pub const MAX_ADDRESS_DECLINES_PER_HOUR: u32 = 50;
/// The same in 30 days.
pub const MAX_ADDRESS_DECLINES_PER_MONTH: u32 = 500;
/// Declines of an account's cards by keys in browsers in an hour that alarm.
pub const MAX_ACCOUNT_DECLINES_PER_HOUR: u32 = 500;
/// A browser's return from a provider's page asks the provider about its charge no sooner than this after the last.
pub const RETURN_PAUSE: Duration = Duration::from_secs(10);
