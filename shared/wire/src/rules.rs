//! What the value of one field must be, in the words of class-validator.

use std::{net::Ipv6Addr, ops::RangeInclusive, str::FromStr};

use domain::{
    limits::MAX_AMOUNT,
    method::{NotAPercentage, NotServed, PaymentType, Percentage},
    money::{Amount, Currency},
    time::{Date, Timestamp},
};
use serde_json::Value;

use crate::problems::Worded;

/// Any text of at most `max` characters.
pub(crate) fn text(max: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| match value.as_str() {
        Some(text) if text.chars().count() > max => Err(format!("must be shorter than or equal to {max} characters")),
        Some(text) => Ok(text.to_owned()),
        None => Err("must be a string".to_owned()),
    }
}

/// A text of 1 to `max` characters.
pub(crate) fn filled(max: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = text(max)(value)?;
        if text.is_empty() { Err("should not be empty".to_owned()) } else { Ok(text) }
    }
}

/// A text that `T` reads, or `problem`.
pub(crate) fn parsed<T: FromStr>(problem: &'static str) -> impl Fn(&Value) -> Result<T, String> {
    move |value| value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| problem.to_owned())
}

/// An id.
pub(crate) fn uuid<T: FromStr>(value: &Value) -> Result<T, String> {
    parsed("must be a UUID")(value)
}

/// `true` or `false`.
pub(crate) fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be a boolean value".to_owned())
}

/// A whole number in `range`, written without fraction and exponent.
pub(crate) fn integer<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        let (least, most) = (*range.start(), *range.end());
        let too_small = || match least {
            1 => "must be a positive number".to_owned(),
            _ => format!("must not be less than {least}"),
        };
        match (value.as_u64(), value.as_i64()) {
            (None, None) => Err("must be an integer number".to_owned()),
            (Some(number), _) if number < least => Err(too_small()),
            (None, Some(_)) => Err(too_small()),
            (Some(number), _) => T::try_from(number)
                .ok()
                .filter(|_| number <= most)
                .ok_or_else(|| format!("must not be greater than {most}")),
        }
    }
}

/// An amount of money that can be charged, in minor units.
pub(crate) fn amount(value: &Value) -> Result<Amount, String> {
    integer(1..=MAX_AMOUNT)(value).and_then(|minor: u64| Amount::new(minor).map_err(|too_large| too_large.worded()))
}

/// The price of one thing, in minor units: it may be free.
pub(crate) fn price(value: &Value) -> Result<Amount, String> {
    integer(0..=MAX_AMOUNT)(value).and_then(|minor: u64| Amount::new(minor).map_err(|too_large| too_large.worded()))
}

/// A currency.
pub(crate) fn currency(value: &Value) -> Result<Currency, String> {
    parsed("must be a valid ISO4217 currency code")(value)
}

/// An instant.
pub(crate) fn instant(value: &Value) -> Result<Timestamp, String> {
    parsed("must be a valid ISO 8601 date string")(value)
}

/// A day.
pub(crate) fn date(value: &Value) -> Result<Date, String> {
    parsed("must be a date in the format YYYY-MM-DD")(value)
}

/// A share, as a number. It is read from the number's text, so that no fraction of it is lost.
pub(crate) fn percentage(value: &Value) -> Result<Percentage, String> {
    let Value::Number(number) = value else { return Err("must be a number".to_owned()) };
    number.to_string().parse().map_err(|problem: NotAPercentage| problem.worded())
}

/// A payment method that this hub serves.
pub(crate) fn payment_type(value: &Value) -> Result<PaymentType, String> {
    match value.as_str() {
        Some(name) => {
            name.parse().map_err(|served: NotServed| format!("is not served by this hub: it {}", served.worded()))
        }
        None => Err(NotServed.worded()),
    }
}

/// One of `words`, as `name` spells them.
pub(crate) fn one_of<T: Copy>(words: &[T], name: impl Fn(T) -> &'static str) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        words.iter().copied().find(|word| value.as_str() == Some(name(*word))).ok_or_else(|| {
            let names: Vec<_> = words.iter().map(|word| name(*word)).collect();
            format!("must be one of the following values: {}", names.join(", "))
        })
    }
}

/// An e-mail address: something, `@`, something, and no white space. Only a message can prove that it exists.
pub(crate) fn email(value: &Value) -> Result<String, String> {
    let address = value.as_str().filter(|text| match text.split_once('@') {
        Some((mailbox, host)) => {
            !mailbox.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
        }
        None => false,
    });
    address.map(str::to_owned).ok_or_else(|| "must be an email".to_owned())
}

/// An address that a browser can be sent to: http or https, without credentials, in ASCII, of at most `max` characters.
pub(crate) fn web_address(max: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| match value.as_str() {
        Some(address) if address.len() > max => Err(format!("must be shorter than or equal to {max} characters")),
        Some(address) if is_web_address(address) => Ok(address.to_owned()),
        Some(_) | None => Err("must be a URL address of http or https without credentials".to_owned()),
    }
}

fn is_web_address(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic());
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_web && is_plain && is_authority(authority)
}

/// A host and perhaps a port. Text before `@` would be a user's name, and browsers take `\` for `/`: a host has
/// neither.
fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    };
    let is_name = || {
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
            && host.bytes().any(|byte| byte.is_ascii_alphanumeric())
    };
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_name(),
    };
    is_host && port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
}
