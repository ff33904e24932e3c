//! How a charge is paid, and how a session may be paid.

use std::net::IpAddr;

use domain::{
    limits::{BOLETO_DAYS, DRIP_LIFE, MAX_INSTALLMENTS, MAX_INSTRUCTIONS, MAX_PIX_EXPIRY, MAX_TEXT},
    method::{
        self, Accepted, Boleto, Drip, MAX_DAYS_AHEAD, MAX_DAYS_PAST_DUE, MAX_PENALTY_DAYS, Method, PaymentType, Rate,
    },
    time::{Date, Timestamp},
};
use serde_json::Value;
use utoipa::openapi::schema::KnownFormat;

use super::{
    items,
    payment::{NamedMethod, Paying},
};
use crate::{
    object::{Object, choice, fields, object},
    reader::Fields,
    rules::{Rule, date, either, integer, percentage, price, quantity, rule, web_address},
    texts::{filled, guarded, text},
};

choice! {
    /// How a charge is paid. A payment of a session takes from the session what it does not say.
    pub(super) struct PaymentMethod: one_of {
        tagged::<Credit>("paymentType", "credit"),
        tagged::<Pix>("paymentType", "pix"),
        tagged::<BoletoPayment>("paymentType", "boleto"),
        tagged::<DripPayment>("paymentType", "drip"),
    }
}

choice! {
    /// A payment method of a session, with defaults for its payments.
    pub(super) struct AcceptedMethod: one_of {
        tagged::<Credit>("paymentType", "credit"),
        tagged::<Pix>("paymentType", "pix"),
        tagged::<BoletoTerms>("paymentType", "boleto"),
        tagged::<DripTerms>("paymentType", "drip"),
    }
}

fields! {
    /// By credit card.
    struct Credit reads Option<u8> {
        /// In how many parts the card is charged; where neither the payment nor its session says, in one.
        "installments" => installments = optional(installments()),
    } => installments
}

fields! {
    /// By Pix.
    struct Pix reads Option<u32> {
        /// How many seconds the code can be paid. A charge must say; a payment of a session takes the session's, and
        /// never outlives its due date.
        "expiresIn" => expires_in = optional(pix_expiry()),
    } => expires_in
}

fields! {
    /// By boleto.
    struct BoletoTerms {
        /// Its due date, a day in Brazil: from the payment's day to a year ahead; without it, in seven days.
        "expiresDate" => expires_date: Option<Date> = optional(date()),
        /// For how many days after its due date it can be paid; without, 30 where interest or a fine is set, and
        /// otherwise none. Where nothing is cleared on that last day, it can be paid on the next banking day.
        "maxDaysPastDue" => max_days_past_due: Option<u16> = optional(integer::<u16>(0..=u64::from(MAX_DAYS_PAST_DUE))),
        /// The instructions to the cashier, printed on the boleto.
        "instructions" => instructions: Option<String> =
            optional(text(MAX_INSTRUCTIONS).of_lines().without_card_numbers()),
        /// What is added for each day of delay as an amount, or for each month as a percentage.
        "interest" => interest: Option<method::Penalty> = or_nothing(object::<Penalty>()),
        /// What is added once for a delay.
        "fine" => fine: Option<method::Penalty> = or_nothing(object::<Penalty>()),
    }
}

fields! {
    /// By boleto.
    struct BoletoPayment {
        terms: BoletoTerms = part(object::<BoletoTerms>()),
        /// What is bought: no more than 16384 bytes of JSON without white space.
        "items" => items: Option<Vec<method::PaidItem>> = optional(items::<PaidItem>(0)),
    }
}

fields! {
    /// By Drip, on Drip's page.
    struct DripTerms {
        /// Where the browser goes after a payment: http or https. A charge must say; a payment of a session takes the
        /// session's.
        "successRedirectUrl" => success_redirect_url: Option<String> = optional(web_address()),
        /// Where the browser goes when the shopper cancels: http or https. A charge must say; a payment of a session
        /// takes the session's.
        "cancelRedirectUrl" => cancel_redirect_url: Option<String> = optional(web_address()),
    }
}

fields! {
    /// By Drip, on Drip's page.
    struct DripPayment(fields, accepted: DripTerms) reads Drip {
        /// What is bought: no more than 16384 bytes of JSON without white space.
        "items" => items = required(items::<PaidItem>(1)),
        /// The shopper's browser.
        "browser" => browser = required(object::<Browser>()),
        pages = part(object::<DripTerms>()),
        /// In how many installments the shopper may pay at most.
        "maxInstallments" => max_installments = optional(installments()),
    } => {
        let pages = pages?;
        let mut page = |said, accepted, name| said_or(fields, said, accepted, web_address(), name);
        let success = page(pages.success_redirect_url, accepted.success_redirect_url, "successRedirectUrl");
        let cancel = page(pages.cancel_redirect_url, accepted.cancel_redirect_url, "cancelRedirectUrl");
        Some(Drip {
            items: items?,
            browser: browser?,
            success_redirect_url: success?,
            cancel_redirect_url: cancel?,
            max_installments: max_installments?,
            expires_in: DRIP_LIFE,
        })
    }
}

/// What the payment says in the field `name`, or else what its session says; one of them must.
fn said_or<T>(
    fields: &mut Fields<'_>,
    said: Option<T>,
    accepted: Option<T>,
    rule: impl Rule<Read = T>,
    name: &str,
) -> Option<T> {
    match said.or(accepted) {
        None if fields.value(name).is_none() => fields.missing(rule, name),
        said => said,
    }
}

choice! {
    /// What a delay costs: an amount or a percentage, of which 0 is none.
    struct Penalty: one_of {
        fields::<PenaltyAmount>(),
        fields::<PenaltyPercentage>(),
    }
}

fields! {
    /// When a penalty begins.
    struct PenaltyDays reads u16 {
        /// Days after the last day on which it begins.
        "days" => days = required(integer::<u16>(0..=u64::from(MAX_PENALTY_DAYS))),
    } => days
}

fields! {
    /// A sum.
    struct PenaltyAmount reads method::Penalty {
        days = part(object::<PenaltyDays>()),
        /// How much, in minor units.
        "amount" => amount = required(price()),
    } => Some(method::Penalty { days: days?, rate: Rate::Amount(amount?) })
}

fields! {
    /// A share.
    struct PenaltyPercentage reads method::Penalty {
        days = part(object::<PenaltyDays>()),
        /// Which share of the amount: a percentage with at most 2 decimals.
        "percentage" => percentage = required(percentage()),
    } => Some(method::Penalty { days: days?, rate: Rate::Percentage(percentage?) })
}

impl Object for Penalty {
    type Read = Option<method::Penalty>;

    fn read(fields: &mut Fields<'_>, (): ()) -> Option<Self::Read> {
        let costs = |name| fields.value(name).is_some_and(|value| !is_zero(value));
        let is_free = ["amount", "percentage"].into_iter().any(|name| fields.value(name).is_some_and(is_zero));
        match (costs("amount"), costs("percentage")) {
            (true, false) => fields.part(object::<PenaltyAmount>()).map(Some),
            (false, true) => fields.part(object::<PenaltyPercentage>()).map(Some),
            // Malga's plug-in for WooCommerce sends both objects, with 0 where the merchant wants none.
            (false, false) if is_free => fields.part(object::<PenaltyDays>()).map(|_| None),
            (true, true) => {
                fields.part(object::<PenaltyDays>());
                fields.refuse("percentage", "must not come together with amount")
            }
            (false, false) => {
                fields.part(object::<PenaltyDays>());
                fields.refuse("amount", "should not be empty where percentage is empty")
            }
        }
    }
}

/// Whether it is the number 0, however JSON writes it.
fn is_zero(value: &Value) -> bool {
    value.as_number().is_some_and(|number| number.to_string().chars().all(|c| matches!(c, '0' | '.' | '-')))
}

fields! {
    /// One thing that is bought.
    struct PaidItem reads method::PaidItem {
        /// The merchant's id of it.
        "id" => id = required(filled(MAX_TEXT).of_any_digits()),
        /// What it is called.
        "title" => title = required(filled(MAX_TEXT).without_card_numbers()),
        /// How many.
        "quantity" => quantity = required(quantity()),
        /// The price of one, in minor units.
        "unitPrice" => unit_price = required(price()),
    }
}

fields! {
    /// The shopper's browser.
    struct Browser reads method::Browser {
        /// Its IP address.
        "ipAddress" => ip_address = required(ip_address()),
        /// The fingerprint that Drip's script made of it.
        "browserFingerprint" => browser_fingerprint = required(filled(MAX_TEXT)),
    }
}

/// Kept as it is written.
fn ip_address() -> impl Rule<Read = String> {
    let read = |value: &Value| {
        let written = value.as_str().filter(|text| text.parse::<IpAddr>().is_ok());
        written.map(str::to_owned).ok_or_else(|| "must be an ip address".to_owned())
    };
    guarded(rule(read, || either([KnownFormat::Ipv4, KnownFormat::Ipv6])))
}

fn installments() -> impl Rule<Read = u8> {
    integer(1..=u64::from(MAX_INSTALLMENTS))
}

fn pix_expiry() -> impl Rule<Read = u32> {
    integer(1..=u64::from(MAX_PIX_EXPIRY))
}

impl Object for AcceptedMethod {
    type Read = Accepted;

    fn read(fields: &mut Fields<'_>, (): ()) -> Option<Accepted> {
        Some(match fields.part(object::<NamedMethod>())? {
            PaymentType::Credit => Accepted::Credit { installments: fields.part(object::<Credit>())? },
            PaymentType::Pix => Accepted::Pix { expires_in: fields.part(object::<Pix>())? },
            PaymentType::Boleto => {
                let BoletoTerms { expires_date, max_days_past_due, instructions, interest, fine } =
                    fields.part(object::<BoletoTerms>())?;
                Accepted::Boleto { expires_date, max_days_past_due, instructions, interest, fine }
            }
            PaymentType::Drip => {
                let DripTerms { success_redirect_url, cancel_redirect_url } = fields.part(object::<DripTerms>())?;
                Accepted::Drip { success_redirect_url, cancel_redirect_url }
            }
        })
    }
}

impl Object<Paying<'_>> for PaymentMethod {
    type Read = Method;

    fn read(fields: &mut Fields<'_>, Paying { session, now }: Paying<'_>) -> Option<Method> {
        let kind = fields.part(object::<NamedMethod>())?;
        let accepted = session.and_then(|session| session.accepted(kind)).cloned().unwrap_or_else(|| kind.into());
        match accepted {
            Accepted::Credit { installments } => {
                let said = fields.part(object::<Credit>())?;
                Some(Method::Credit { installments: said.or(installments).unwrap_or(1) })
            }
            Accepted::Pix { expires_in } => {
                let said = fields.part(object::<Pix>())?;
                let expires_in = said_or(fields, said, expires_in, pix_expiry(), "expiresIn");
                expires_in.map(|expires_in| Method::Pix { expires_in })
            }
            Accepted::Boleto { expires_date, max_days_past_due, instructions, interest, fine } => {
                let BoletoPayment { terms, items } = fields.part(object::<BoletoPayment>())?;
                Some(Method::Boleto(Boleto {
                    expires_date: due_date(fields, terms.expires_date.or(expires_date), now),
                    max_days_past_due: terms.max_days_past_due.or(max_days_past_due),
                    instructions: terms.instructions.or(instructions),
                    interest: terms.interest.or(interest),
                    fine: terms.fine.or(fine),
                    items: items.unwrap_or_default(),
                    // Which provider clears it is decided later.
                    clearing_days: 0,
                }))
            }
            Accepted::Drip { success_redirect_url, cancel_redirect_url } => {
                let accepted = DripTerms { success_redirect_url, cancel_redirect_url };
                fields.part(object::<DripPayment>().given(accepted)).map(Method::Drip)
            }
        }
    }
}

/// The due date of a boleto that is ordered at `now`. A session's date is checked too: it may have passed since.
fn due_date(fields: &mut Fields<'_>, said: Option<Date>, now: Timestamp) -> Date {
    let today = Date::in_brazil(now);
    let date = said.unwrap_or_else(|| today.plus_days(BOLETO_DAYS));
    if date < today {
        fields.problem("expiresDate", "must not be in the past");
    } else if date > today.plus_days(MAX_DAYS_AHEAD) {
        fields.problem("expiresDate", &format!("must not be more than {MAX_DAYS_AHEAD} days ahead"));
    }
    date
}
