//! How a charge is paid, and how a session may be paid.

use std::net::IpAddr;

use domain::{
    limits::{BOLETO_DAYS, DRIP_LIFE, MAX_INSTALLMENTS, MAX_INSTRUCTIONS, MAX_PIX_EXPIRY, MAX_TEXT},
    method::{
        Accepted, Boleto, Browser, Drip, MAX_DAYS_AHEAD, MAX_DAYS_PAST_DUE, MAX_PENALTY_DAYS, MAX_URL, Method,
        PaidItem, PaymentType, Penalty, Rate,
    },
    time::{Date, Timestamp},
};
use serde_json::Value;
use utoipa::ToSchema;

use super::items;
use crate::{malga::schema, reader::Fields, rules};

/// How a charge is paid.
#[derive(ToSchema)]
#[serde(tag = "paymentType", rename_all = "lowercase")]
pub enum PaymentMethod {
    /// By credit card.
    Credit {
        /// In how many parts; for a payment of a session, as many as the session says, and otherwise one.
        #[schema(schema_with = schema::installments, required = false)]
        installments: u8,
    },
    /// By Pix.
    #[serde(rename_all = "camelCase")]
    Pix {
        /// How many seconds the code can be paid. A charge must say; a payment of a session takes the session's, and
        /// never outlives its due date.
        #[schema(schema_with = schema::pix_expiry, required = false)]
        expires_in: u32,
    },
    /// By boleto. A payment of a session takes from the session what it does not say.
    #[serde(rename_all = "camelCase")]
    Boleto {
        /// Its due date, a day in Brazil: from today to a year ahead; without it, in seven days.
        #[schema(format = Date, required = false)]
        expires_date: String,
        /// For how many days after its due date it can be paid; without, 30 where interest or a fine is set, and
        /// otherwise none. Where nothing is cleared on that last day, it can be paid on the next banking day.
        #[schema(schema_with = schema::days_past_due, required = false)]
        max_days_past_due: u16,
        /// The instructions to the cashier, printed on the boleto.
        #[schema(max_length = 255)]
        instructions: Option<String>,
        /// What is added for each day of delay as an amount, or for each month as a percentage.
        interest: Option<PenaltyFields>,
        /// What is added once for a delay.
        fine: Option<PenaltyFields>,
        /// What is bought: no more than 16384 bytes of JSON without white space.
        #[schema(max_items = 100)]
        items: Option<Vec<PaidItemFields>>,
    },
    /// By Drip, on Drip's page.
    #[serde(rename_all = "camelCase")]
    Drip {
        /// What is bought: no more than 16384 bytes of JSON without white space.
        #[schema(min_items = 1, max_items = 100)]
        items: Vec<PaidItemFields>,
        /// The shopper's browser.
        browser: BrowserFields,
        /// Where the browser goes after a payment: http or https.
        #[schema(schema_with = schema::web_address)]
        success_redirect_url: String,
        /// Where the browser goes when the shopper cancels: http or https.
        #[schema(schema_with = schema::web_address)]
        cancel_redirect_url: String,
        /// In how many installments the shopper may pay at most.
        #[schema(schema_with = schema::installments, required = false)]
        max_installments: u8,
    },
}

/// A payment method of a session, with defaults for its payments.
#[derive(ToSchema)]
#[serde(tag = "paymentType", rename_all = "lowercase")]
pub enum AcceptedMethod {
    /// By credit card.
    Credit {
        /// In how many parts.
        #[schema(schema_with = schema::installments, required = false)]
        installments: u8,
    },
    /// By Pix.
    #[serde(rename_all = "camelCase")]
    Pix {
        /// How many seconds the code can be paid.
        #[schema(schema_with = schema::pix_expiry, required = false)]
        expires_in: u32,
    },
    /// By boleto.
    #[serde(rename_all = "camelCase")]
    Boleto {
        /// Its due date; without, each payment has its own.
        #[schema(format = Date, required = false)]
        expires_date: String,
        /// For how many days after its due date it can be paid.
        #[schema(schema_with = schema::days_past_due, required = false)]
        max_days_past_due: u16,
        /// The instructions to the cashier, printed on the boleto.
        #[schema(max_length = 255)]
        instructions: Option<String>,
        /// What is added for each day of delay as an amount, or for each month as a percentage.
        interest: Option<PenaltyFields>,
        /// What is added once for a delay.
        fine: Option<PenaltyFields>,
    },
    /// By Drip.
    #[serde(rename_all = "camelCase")]
    Drip {
        /// Where the browser goes after a payment; without, each payment says.
        #[schema(max_length = 2048)]
        success_redirect_url: Option<String>,
        /// Where the browser goes when the shopper cancels; without, each payment says.
        #[schema(max_length = 2048)]
        cancel_redirect_url: Option<String>,
    },
}

/// What a delay costs: an amount or a percentage.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = Penalty)]
pub enum PenaltyFields {
    /// A sum.
    Amount {
        /// Days after the last day on which it begins.
        #[schema(schema_with = schema::penalty_days)]
        days: u16,
        /// How much, in minor units.
        #[schema(schema_with = schema::amount)]
        amount: u64,
    },
    /// A share.
    Percentage {
        /// Days after the last day on which it begins.
        #[schema(schema_with = schema::penalty_days)]
        days: u16,
        /// Which share of the amount.
        #[schema(schema_with = schema::percentage)]
        percentage: u16,
    },
}

/// One thing that is bought.
#[derive(ToSchema)]
#[schema(as = PaidItem, rename_all = "camelCase")]
pub struct PaidItemFields {
    /// The merchant's id of it.
    #[schema(min_length = 1, max_length = 255)]
    pub id: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 255)]
    pub title: String,
    /// How many.
    #[schema(schema_with = schema::quantity)]
    pub quantity: u32,
    /// The price of one, in minor units.
    #[schema(schema_with = schema::price)]
    pub unit_price: u64,
}

/// The shopper's browser.
#[derive(ToSchema)]
#[schema(as = Browser, rename_all = "camelCase")]
pub struct BrowserFields {
    /// Its IP address.
    pub ip_address: String,
    /// The fingerprint that Drip's script made of it.
    #[schema(min_length = 1, max_length = 255)]
    pub browser_fingerprint: String,
}

/// The payment method in `fields`, with the defaults of `accepted`.
pub(super) fn method(fields: &mut Fields<'_>, accepted: Accepted, now: Timestamp) -> Option<Method> {
    match accepted {
        Accepted::Credit { installments: default } => {
            Some(Method::Credit { installments: installments(fields).or(default).unwrap_or(1) })
        }
        Accepted::Pix { expires_in: Some(default) } => {
            Some(Method::Pix { expires_in: pix_expiry(fields).unwrap_or(default) })
        }
        Accepted::Pix { expires_in: None } => {
            let expires_in = fields.required("expiresIn", rules::integer(1..=u64::from(MAX_PIX_EXPIRY)))?;
            Some(Method::Pix { expires_in })
        }
        Accepted::Boleto { expires_date, max_days_past_due, instructions, interest, fine } => {
            Some(Method::Boleto(Boleto {
                expires_date: expires_date_at(fields, expires_date, now),
                max_days_past_due: days_past_due(fields).or(max_days_past_due),
                instructions: instructions_of(fields).or(instructions),
                interest: penalty(fields, "interest").or(interest),
                fine: penalty(fields, "fine").or(fine),
                items: bought(fields),
                // Which provider clears it is decided later.
                clearing_days: 0,
            }))
        }
        Accepted::Drip { success_redirect_url, cancel_redirect_url } => {
            drip(fields, success_redirect_url, cancel_redirect_url).map(Method::Drip)
        }
    }
}

/// A payment method that a session accepts.
pub(super) fn accepted(fields: &mut Fields<'_>) -> Option<Accepted> {
    Some(match fields.required("paymentType", rules::payment_type)? {
        PaymentType::Credit => Accepted::Credit { installments: installments(fields) },
        PaymentType::Pix => Accepted::Pix { expires_in: pix_expiry(fields) },
        PaymentType::Boleto => Accepted::Boleto {
            expires_date: fields.optional("expiresDate", rules::date),
            max_days_past_due: days_past_due(fields),
            instructions: instructions_of(fields),
            interest: penalty(fields, "interest"),
            fine: penalty(fields, "fine"),
        },
        PaymentType::Drip => Accepted::Drip {
            success_redirect_url: fields.optional("successRedirectUrl", rules::web_address(MAX_URL)),
            cancel_redirect_url: fields.optional("cancelRedirectUrl", rules::web_address(MAX_URL)),
        },
    })
}

fn installments(fields: &mut Fields<'_>) -> Option<u8> {
    fields.optional("installments", rules::integer(1..=u64::from(MAX_INSTALLMENTS)))
}

fn pix_expiry(fields: &mut Fields<'_>) -> Option<u32> {
    fields.optional("expiresIn", rules::integer(1..=u64::from(MAX_PIX_EXPIRY)))
}

fn instructions_of(fields: &mut Fields<'_>) -> Option<String> {
    fields.optional("instructions", rules::text(MAX_INSTRUCTIONS))
}

fn days_past_due(fields: &mut Fields<'_>) -> Option<u16> {
    fields.optional("maxDaysPastDue", rules::integer(0..=u64::from(MAX_DAYS_PAST_DUE)))
}

/// The due date of a boleto that is ordered at `now`. A session's date is checked too: it may have passed since.
fn expires_date_at(fields: &mut Fields<'_>, default: Option<Date>, now: Timestamp) -> Date {
    let today = Date::in_brazil(now);
    let date = fields.optional("expiresDate", rules::date).or(default).unwrap_or_else(|| today.plus_days(BOLETO_DAYS));
    if date < today {
        fields.problem("expiresDate", "must not be in the past");
    } else if date > today.plus_days(MAX_DAYS_AHEAD) {
        fields.problem("expiresDate", &format!("must not be more than {MAX_DAYS_AHEAD} days ahead"));
    }
    date
}

fn penalty(fields: &mut Fields<'_>, name: &str) -> Option<Penalty> {
    let mut penalty = fields.optional_object(name)?;
    let days = penalty.required("days", rules::integer(0..=u64::from(MAX_PENALTY_DAYS)));
    let rate = match (penalty.value("amount").is_some(), penalty.value("percentage").is_some()) {
        (true, false) => penalty.required("amount", rules::amount).map(Rate::Amount),
        (false, true) => penalty.required("percentage", rules::percentage).map(Rate::Percentage),
        (true, true) => {
            penalty.problem("percentage", "must not come together with amount");
            None
        }
        (false, false) => {
            penalty.problem("amount", "should not be empty where percentage is empty");
            None
        }
    };
    Some(Penalty { days: days?, rate: rate? })
}

/// What is bought, where the request says it.
fn bought(fields: &mut Fields<'_>) -> Vec<PaidItem> {
    let says_nothing = fields.value("items").is_none_or(|items| items.as_array().is_some_and(Vec::is_empty));
    if says_nothing { Vec::new() } else { items(fields, paid_item).unwrap_or_default() }
}

fn paid_item(fields: &mut Fields<'_>) -> Option<PaidItem> {
    let id = fields.required("id", rules::filled(MAX_TEXT));
    let title = fields.required("title", rules::filled(MAX_TEXT));
    let quantity = fields.required("quantity", rules::integer(1..=u64::from(u32::MAX)));
    let unit_price = fields.required("unitPrice", rules::price);
    Some(PaidItem { id: id?, title: title?, quantity: quantity?, unit_price: unit_price? })
}

fn drip(fields: &mut Fields<'_>, success: Option<String>, cancel: Option<String>) -> Option<Drip> {
    let items = items(fields, paid_item);
    let browser = fields.object("browser").and_then(|mut fields| browser(&mut fields));
    let success_redirect_url = page(fields, "successRedirectUrl", success);
    let cancel_redirect_url = page(fields, "cancelRedirectUrl", cancel);
    let max_installments = fields.optional("maxInstallments", rules::integer(1..=u64::from(MAX_INSTALLMENTS)));
    Some(Drip {
        items: items?,
        browser: browser?,
        success_redirect_url: success_redirect_url?,
        cancel_redirect_url: cancel_redirect_url?,
        max_installments,
        expires_in: DRIP_LIFE,
    })
}

/// One of the merchant's pages: the payment's own, or else the session's.
fn page(fields: &mut Fields<'_>, name: &str, default: Option<String>) -> Option<String> {
    match default {
        Some(default) => fields.optional(name, rules::web_address(MAX_URL)).or(Some(default)),
        None => fields.required(name, rules::web_address(MAX_URL)),
    }
}

fn browser(fields: &mut Fields<'_>) -> Option<Browser> {
    let ip_address = fields.required("ipAddress", ip_address);
    let browser_fingerprint = fields.required("browserFingerprint", rules::filled(MAX_TEXT));
    Some(Browser { ip_address: ip_address?, browser_fingerprint: browser_fingerprint? })
}

/// Kept as it is written.
fn ip_address(value: &Value) -> Result<String, String> {
    let written = value.as_str().filter(|text| text.parse::<IpAddr>().is_ok());
    written.map(str::to_owned).ok_or_else(|| "must be an ip address".to_owned())
}
