//! How a charge is paid, and how a session may be paid.

use std::{fmt::Display, net::IpAddr};

use domain::{
    limits::{BOLETO_DAYS, DRIP_LIFE, MAX_INSTALLMENTS, MAX_INSTRUCTIONS, MAX_PIX_EXPIRY, MAX_TEXT},
    method::{
        self, Accepted, Boleto, Drip, MAX_DAYS_AHEAD, MAX_DAYS_PAST_DUE, MAX_PENALTY_DAYS, Method, PaymentType, Rate,
    },
    time::{Date, Timestamp},
};
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema, schema::KnownFormat};

use super::{
    items,
    payment::{NamedMethod, Paying, Sender},
    unserved::unserved,
};
use crate::{
    object::{Object, choice, fields, object},
    reader::Fields,
    rules::{Described, Rule, SchemasByName, date, either, integer, percentage, price, quantity, rule, web_address},
    texts::{filled, guarded, text},
};

choice! {
    /// How a charge is paid. In a session the session's terms count, and what the payment says only where the session
    /// has none.
    pub(super) struct PaymentMethod: one_of {
        tagged::<Credit>("paymentType", "credit"),
        tagged::<Pix>("paymentType", "pix"),
        tagged::<BoletoPayment>("paymentType", "boleto"),
        tagged::<DripPayment>("paymentType", "drip"),
    }
}

choice! {
    /// A payment method of a session, with the terms of its payments.
    pub(super) struct AcceptedMethod: one_of {
        tagged::<Credit>("paymentType", "credit"),
        tagged::<Pix>("paymentType", "pix"),
        tagged::<BoletoTerms>("paymentType", "boleto"),
        tagged::<DripTerms>("paymentType", "drip"),
    }
}

fields! {
    /// By credit card.
    struct Credit(fields) reads Option<u8> {
        /// In how many parts the card is charged; one where it is absent. In a session, in how many at most: a payment of
        /// the session may have fewer, and has as many where it does not say.
        "installments" => installments = optional(installments()),
    } => {
        unserved(fields, &["recurrence"]);
        installments
    }
}

fields! {
    /// By Pix.
    struct Pix reads Option<u32> {
        /// How many seconds the code can be paid. A charge must say. A payment of a session takes the session's where it
        /// says none or more, and never outlives the session's due date.
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
        /// What is bought: no more than 16384 bytes of JSON without white space. A payment of a session has the
        /// session's items.
        "items" => items: Option<Vec<method::PaidItem>> = optional(items::<PaidItem>(0)),
    }
}

fields! {
    /// By Drip, on Drip's page.
    struct DripTerms {
        /// Where the browser goes after a payment: http or https. A charge must say; in a payment of a session the
        /// session's counts.
        "successRedirectUrl" => success_redirect_url: Option<String> = optional(web_address()),
        /// Where the browser goes when the shopper cancels: http or https. A charge must say; in a payment of a session
        /// the session's counts.
        "cancelRedirectUrl" => cancel_redirect_url: Option<String> = optional(web_address()),
        /// In how many installments the shopper may pay at most. A payment of a session may allow fewer than the session.
        "maxInstallments" => max_installments: Option<u8> = optional(installments()),
    }
}

/// What a payment by Drip has of its session and of its request.
struct DripOrder<'a> {
    /// The session's terms.
    terms: DripTerms,
    /// What the session sells.
    bought: Option<Vec<method::PaidItem>>,
    /// Who pays a session: its browser.
    sender: Option<Sender<'a>>,
}

fields! {
    /// By Drip, on Drip's page.
    struct DripPayment(fields, order: DripOrder<'_>) reads Drip {
        /// What is bought: no more than 16384 bytes of JSON without white space. A charge must say; a payment of a session
        /// has the session's items.
        "items" => said_items = or_nothing(unless_empty(items::<PaidItem>(1))).given(order.bought.is_some()),
        /// The shopper's browser. A charge must say; a payment of a session takes what it does not say from the request
        /// itself.
        "browser" => said_browser = optional(object::<Browser>()).given(order.sender),
        said = part(object::<DripTerms>()),
    } => {
        let (said, DripOrder { terms, bought, sender }) = (said?, order);
        let items = first_or_other(fields, bought, said_items?, items::<PaidItem>(1), "items");
        let browser = said_browser?.or_else(|| browser_of(fields, sender));
        let mut page = |own, said, name| first_or_other(fields, own, said, web_address(), name);
        let success = page(terms.success_redirect_url, said.success_redirect_url, "successRedirectUrl");
        let cancel = page(terms.cancel_redirect_url, said.cancel_redirect_url, "cancelRedirectUrl");
        let max_installments = at_most(fields, said.max_installments, terms.max_installments, "maxInstallments");
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

/// The rule of a list, which where it is empty may say nothing.
fn unless_empty<R>(rule: R) -> UnlessEmpty<R, ()> {
    UnlessEmpty { rule, may_be_empty: () }
}

struct UnlessEmpty<R, Given> {
    rule: R,
    may_be_empty: Given,
}

impl<R> UnlessEmpty<R, ()> {
    /// Reads with whether an empty list says nothing.
    fn given(self, may_be_empty: bool) -> UnlessEmpty<R, bool> {
        UnlessEmpty { rule: self.rule, may_be_empty }
    }
}

impl<R: Described, Given> Described for UnlessEmpty<R, Given> {
    fn schema(&self) -> RefOr<Schema> {
        self.rule.schema()
    }

    fn inside(&self, schemas: &mut SchemasByName) {
        self.rule.inside(schemas);
    }
}

impl<R: Rule> Rule for UnlessEmpty<R, bool> {
    type Read = Option<R::Read>;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<Self::Read> {
        if self.may_be_empty && value.as_array().is_some_and(Vec::is_empty) {
            return Some(None);
        }
        self.rule.read(value, at, name).map(Some)
    }
}

/// What counts first, or else the other value. Where the field `name` is absent too, that is a problem of the field.
fn first_or_other<T>(
    fields: &mut Fields<'_>,
    first: Option<T>,
    other: Option<T>,
    rule: impl Rule<Read = T>,
    name: &str,
) -> Option<T> {
    match first.or(other) {
        None if fields.value(name).is_none() => fields.missing(rule, name),
        either => either,
    }
}

/// The number that a payment says in the field `name`, or that of its session: the payment may say no more than that.
#[expect(clippy::option_option, reason = "the outer one is that of every field")]
fn at_most<T: Copy + Ord + Display>(
    fields: &mut Fields<'_>,
    said: Option<T>,
    most: Option<T>,
    name: &str,
) -> Option<Option<T>> {
    match (said, most) {
        (Some(said), Some(most)) if said > most => fields.refuse(name, &format!("must not be greater than {most}")),
        (said, most) => Some(said.or(most)),
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
    struct Browser(fields, sender: Option<Sender<'_>>) reads method::Browser {
        /// Its IP address. A charge must say; of a payment of a session it may be that of the request.
        "ipAddress" => said_address = optional(ip_address()),
        /// The fingerprint that Drip's script made of it. A charge must say; in a payment of a session it may be the
        /// request's `User-Agent`.
        "browserFingerprint" => said_fingerprint = optional(filled(MAX_TEXT)),
    } => {
        let (address, agent) = sender.map_or((None, None), |sender| (sender.address, sender.agent));
        let agent = agent.filter(|agent| !agent.trim().is_empty()).map(|agent| agent.chars().take(MAX_TEXT).collect());
        let ip_address = first_or_other(fields, said_address?, address.map(str::to_owned), ip_address(), "ipAddress");
        let fingerprint = first_or_other(fields, said_fingerprint?, agent, filled(MAX_TEXT), "browserFingerprint");
        Some(method::Browser { ip_address: ip_address?, browser_fingerprint: fingerprint? })
    }
}

/// The browser of a payment that says none: who pays a session, sends the request from it.
fn browser_of(fields: &mut Fields<'_>, sender: Option<Sender<'_>>) -> Option<method::Browser> {
    let rule = object::<Browser>().given(sender);
    match (fields.value("browser"), sender) {
        (Some(_), _) => None, // which has its problems
        (None, Some(_)) => rule.read(&json!({}), fields, "browser"),
        (None, None) => fields.missing(rule, "browser"),
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
            PaymentType::Credit => Accepted::Credit { installments: fields.part(object::<Credit>())?.unwrap_or(1) },
            PaymentType::Pix => Accepted::Pix { expires_in: fields.part(object::<Pix>())? },
            PaymentType::Boleto => {
                let BoletoTerms { expires_date, max_days_past_due, instructions, interest, fine } =
                    fields.part(object::<BoletoTerms>())?;
                Accepted::Boleto { expires_date, max_days_past_due, instructions, interest, fine }
            }
            PaymentType::Drip => {
                let DripTerms { success_redirect_url, cancel_redirect_url, max_installments } =
                    fields.part(object::<DripTerms>())?;
                Accepted::Drip { success_redirect_url, cancel_redirect_url, max_installments }
            }
        })
    }
}

impl Object<Paying<'_>> for PaymentMethod {
    type Read = Method;

    fn read(fields: &mut Fields<'_>, Paying { session, now }: Paying<'_>) -> Option<Method> {
        let kind = fields.part(object::<NamedMethod>())?;
        let own = session.and_then(|paid| paid.session.accepted(kind)).cloned().unwrap_or_else(|| kind.into());
        let bought = session.map(|paid| paid.session.bought());
        match own {
            Accepted::Credit { installments } => {
                let said = fields.part(object::<Credit>())?;
                let most = session.map(|_| installments);
                let installments = at_most(fields, said, most, "installments")?;
                Some(Method::Credit { installments: installments.unwrap_or(1) })
            }
            Accepted::Pix { expires_in } => {
                let said = fields.part(object::<Pix>())?;
                let shorter = said.zip(expires_in).map(|(said, most)| said.min(most));
                let expires_in = first_or_other(fields, shorter.or(expires_in), said, pix_expiry(), "expiresIn");
                expires_in.map(|expires_in| Method::Pix { expires_in })
            }
            Accepted::Boleto { expires_date, max_days_past_due, instructions, interest, fine } => {
                let own = BoletoTerms { expires_date, max_days_past_due, instructions, interest, fine };
                let BoletoPayment { terms: said, items } = fields.part(object::<BoletoPayment>())?;
                Some(Method::Boleto(Boleto {
                    expires_date: due_date(fields, own.expires_date.or(said.expires_date), now),
                    max_days_past_due: days_past_due(&own, &said),
                    instructions: own.instructions.or(said.instructions),
                    interest: own.interest.or(said.interest),
                    fine: own.fine.or(said.fine),
                    items: bought.or(items).unwrap_or_default(),
                    // Which provider clears it is decided later.
                    clearing_days: 0,
                }))
            }
            Accepted::Drip { success_redirect_url, cancel_redirect_url, max_installments } => {
                let terms = DripTerms { success_redirect_url, cancel_redirect_url, max_installments };
                let order = DripOrder { terms, bought, sender: session.map(|paid| paid.sender) };
                fields.part(object::<DripPayment>().given(order)).map(Method::Drip)
            }
        }
    }
}

/// For how many days after its due date a boleto can be paid. Where the session has a due date, its payment moves the
/// last day in no manner: neither by days of its own, nor by a price of the delay.
fn days_past_due(own: &BoletoTerms, said: &BoletoTerms) -> Option<u16> {
    let is_priced = |terms: &BoletoTerms| terms.interest.is_some() || terms.fine.is_some();
    match (own.max_days_past_due, own.expires_date) {
        (Some(days), _) => Some(days),
        (None, Some(_)) => (is_priced(said) && !is_priced(own)).then_some(0),
        (None, None) => said.max_days_past_due,
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
