//! What the value of one field must be, in the words of class-validator, and how the OpenAPI document describes it.

use std::{net::Ipv6Addr, ops::RangeInclusive, str::FromStr};

use domain::{
    limits::{MAX_AMOUNT, MAX_EMAIL},
    method::{MAX_URL, NotAPercentage, NotServed, PaymentType, Percentage},
    money::{Amount, Currency},
    session::DueDate,
    time::{Date, Timestamp},
};
use serde_json::Value;
use utoipa::openapi::{
    RefOr, Schema,
    schema::{AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type},
};

use crate::{malga::schema, problems::Worded, reader::Fields, texts::guarded};

/// Schemas of the OpenAPI document under their names.
pub(crate) type SchemasByName = Vec<(String, RefOr<Schema>)>;

/// How the OpenAPI document describes a value.
pub(crate) trait Described {
    /// The schema of the value.
    fn schema(&self) -> RefOr<Schema>;

    /// Adds the schemas that this one refers to.
    fn inside(&self, _: &mut SchemasByName) {}
}

/// How a value is read.
pub(crate) trait Rule: Described + Sized {
    /// What is read.
    type Read;

    /// What `value` says, or none, where the problem is noted at the field `name`.
    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<Self::Read>;

    /// The same, where `check` finds no problem in what was read.
    fn check<Check: FnOnce(&Self::Read) -> Result<(), String>>(self, check: Check) -> Checked<Self, Check> {
        Checked { rule: self, check }
    }

    /// What `make` makes of what was read.
    fn map<T, Make: FnOnce(Self::Read) -> T>(self, make: Make) -> Mapped<Self, Make> {
        Mapped { rule: self, make }
    }
}

/// The rule of [`Rule::check`].
pub(crate) struct Checked<R, Check> {
    rule: R,
    check: Check,
}

impl<R: Described, Check> Described for Checked<R, Check> {
    fn schema(&self) -> RefOr<Schema> {
        self.rule.schema()
    }

    fn inside(&self, schemas: &mut SchemasByName) {
        self.rule.inside(schemas);
    }
}

impl<R: Rule, Check: FnOnce(&R::Read) -> Result<(), String>> Rule for Checked<R, Check> {
    type Read = R::Read;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<R::Read> {
        let read = self.rule.read(value, at, name)?;
        match (self.check)(&read) {
            Ok(()) => Some(read),
            Err(problem) => at.refuse(name, &problem),
        }
    }
}

/// The rule of [`Rule::map`].
pub(crate) struct Mapped<R, Make> {
    rule: R,
    make: Make,
}

impl<R: Described, Make> Described for Mapped<R, Make> {
    fn schema(&self) -> RefOr<Schema> {
        self.rule.schema()
    }

    fn inside(&self, schemas: &mut SchemasByName) {
        self.rule.inside(schemas);
    }
}

impl<R: Rule, T, Make: FnOnce(R::Read) -> T> Rule for Mapped<R, Make> {
    type Read = T;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<T> {
        self.rule.read(value, at, name).map(self.make)
    }
}

struct Single<Read, Describe> {
    read: Read,
    describe: Describe,
}

impl<Read, Describe: Fn() -> S, S: Into<RefOr<Schema>>> Described for Single<Read, Describe> {
    fn schema(&self) -> RefOr<Schema> {
        (self.describe)().into()
    }
}

impl<Read, T, Describe, S> Rule for Single<Read, Describe>
where
    Read: FnOnce(&Value) -> Result<T, String>,
    Describe: Fn() -> S,
    S: Into<RefOr<Schema>>,
{
    type Read = T;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<T> {
        match (self.read)(value) {
            Ok(read) => Some(read),
            Err(problem) => at.refuse(name, &problem),
        }
    }
}

/// The rule of a single value: what it says, or the problem, and how it is described.
pub(crate) fn rule<T, S: Into<RefOr<Schema>>>(
    read: impl FnOnce(&Value) -> Result<T, String>,
    describe: impl Fn() -> S,
) -> impl Rule<Read = T> {
    Single { read, describe }
}

/// Any text, for a schema.
pub(crate) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn formatted(format: KnownFormat) -> ObjectBuilder {
    string().format(Some(SchemaFormat::KnownFormat(format)))
}

/// A text of at most `max` characters, or the problem.
pub(crate) fn short(value: &Value, max: usize) -> Result<String, String> {
    match value.as_str() {
        Some(text) if text.chars().count() > max => Err(too_long(max)),
        Some(text) => Ok(text.to_owned()),
        None => Err("must be a string".to_owned()),
    }
}

/// The problem of a text of more than `max` characters.
pub(crate) fn too_long(max: usize) -> String {
    format!("must be shorter than or equal to {max} characters")
}

/// A text that `T` reads, or `problem`.
pub(crate) fn parsed<T: FromStr, S: Into<RefOr<Schema>>>(
    problem: &'static str,
    describe: impl Fn() -> S,
) -> impl Rule<Read = T> {
    rule(move |value| value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| problem.to_owned()), describe)
}

/// A text that `T` reads, or the problem that `T` finds.
pub(crate) fn word<T: FromStr<Err: Worded>, S: Into<RefOr<Schema>>>(describe: impl Fn() -> S) -> impl Rule<Read = T> {
    rule(|value| value.as_str().unwrap_or_default().parse().map_err(|problem: T::Err| problem.worded()), describe)
}

/// A text as `pattern`, which `is` checks, or `problem`.
pub(crate) fn shaped(
    pattern: &'static str,
    is: impl FnOnce(&str) -> bool,
    problem: &'static str,
) -> impl Rule<Read = String> {
    let read = move |value: &Value| match value.as_str() {
        Some(text) if is(text) => Ok(text.to_owned()),
        Some(_) | None => Err(problem.to_owned()),
    };
    rule(read, move || string().pattern(Some(pattern)))
}

/// An id.
pub(crate) fn uuid<T: FromStr>() -> impl Rule<Read = T> {
    parsed("must be a UUID", || formatted(KnownFormat::Uuid))
}

/// `true` or `false`.
pub(crate) fn boolean() -> impl Rule<Read = bool> {
    let read = |value: &Value| value.as_bool().ok_or_else(|| "must be a boolean value".to_owned());
    rule(read, || ObjectBuilder::new().schema_type(Type::Boolean))
}

/// A whole number in `range`, however JSON writes it: `100.0` is one.
pub(crate) fn integer<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Rule<Read = T> {
    let (least, most) = (*range.start(), *range.end());
    rule(move |value| whole(value, least, most), move || schema::integer(least, most))
}

fn whole<T: TryFrom<u64>>(value: &Value, least: u64, most: u64) -> Result<T, String> {
    let too_small = || match least {
        1 => "must be a positive number".to_owned(),
        _ => format!("must not be less than {least}"),
    };
    // Read from the text, so that no number is rounded.
    let written = value.as_number().map(ToString::to_string).unwrap_or_default();
    let digits = written.strip_suffix(".0").unwrap_or(&written);
    match (digits.parse::<u64>().ok(), digits.parse::<i64>().ok()) {
        (None, None) => Err("must be an integer number".to_owned()),
        (Some(number), _) if number < least => Err(too_small()),
        (None, Some(_)) => Err(too_small()),
        (Some(number), _) => T::try_from(number)
            .ok()
            .filter(|_| number <= most)
            .ok_or_else(|| format!("must not be greater than {most}")),
    }
}

fn money(least: u64, describe: impl Fn() -> Schema) -> impl Rule<Read = Amount> {
    let read = move |value: &Value| {
        whole(value, least, MAX_AMOUNT)
            .and_then(|minor: u64| Amount::new(minor).map_err(|too_large| too_large.worded()))
    };
    rule(read, describe)
}

/// An amount of money that can be charged, in minor units.
pub(crate) fn amount() -> impl Rule<Read = Amount> {
    money(1, || schema::amount().into())
}

/// The price of one thing, in minor units: it may be free.
pub(crate) fn price() -> impl Rule<Read = Amount> {
    money(0, || schema::price().into())
}

/// How many of a thing.
pub(crate) fn quantity() -> impl Rule<Read = u32> {
    integer(1..=u64::from(u32::MAX))
}

/// A currency.
pub(crate) fn currency() -> impl Rule<Read = Currency> {
    parsed("must be a valid ISO4217 currency code", schema::current_currency)
}

/// Until when something may be paid: an instant or a day.
pub(crate) fn due_date() -> impl Rule<Read = DueDate> {
    let read = |value: &Value| {
        let read = value.as_str().and_then(|text| text.parse().ok());
        read.ok_or_else(|| NOT_AN_INSTANT.to_owned())
    };
    rule(read, instant_or_day)
}

/// The problem of a text that is neither an instant nor a day.
pub(crate) const NOT_AN_INSTANT: &str = "must be a valid ISO 8601 date string";

/// The first instant of a day in UTC.
pub(crate) fn first_instant(day: &str) -> Option<Timestamp> {
    let day: Date = day.parse().ok()?;
    format!("{day}T00:00:00Z").parse().ok()
}

/// An instant or a day, for a schema.
pub(crate) fn instant_or_day() -> AnyOfBuilder {
    either([KnownFormat::DateTime, KnownFormat::Date])
}

/// A text in one of two formats, for a schema.
pub(crate) fn either(formats: [KnownFormat; 2]) -> AnyOfBuilder {
    formats.into_iter().fold(AnyOfBuilder::new(), |either, format| either.item(formatted(format)))
}

/// A day.
pub(crate) fn date() -> impl Rule<Read = Date> {
    parsed("must be a date in the format YYYY-MM-DD", || formatted(KnownFormat::Date))
}

/// A share, as a number. It is read from the number's text, so that no fraction of it is lost.
pub(crate) fn percentage() -> impl Rule<Read = Percentage> {
    let read = |value: &Value| match value {
        Value::Number(number) => number.to_string().parse().map_err(|problem: NotAPercentage| problem.worded()),
        _ => Err("must be a number".to_owned()),
    };
    rule(read, schema::percentage_or_none)
}

/// A payment method that this hub serves.
pub(crate) fn payment_type() -> impl Rule<Read = PaymentType> {
    let read = |value: &Value| match value.as_str() {
        Some(name) => {
            name.parse().map_err(|served: NotServed| format!("is not served by this hub: it {}", served.worded()))
        }
        None => Err(NotServed.worded()),
    };
    rule(read, || schema::words(PaymentType::ALL.iter().map(|method| method.name())))
}

/// One of `words`, as `name` spells them.
pub(crate) fn one_of<T: Copy>(words: &[T], name: fn(T) -> &'static str) -> impl Rule<Read = T> {
    let read = move |value: &Value| {
        words.iter().copied().find(|word| value.as_str() == Some(name(*word))).ok_or_else(|| {
            let names: Vec<_> = words.iter().map(|word| name(*word)).collect();
            format!("must be one of the following values: {}", names.join(", "))
        })
    };
    rule(read, move || schema::words(words.iter().map(|word| name(*word))))
}

/// A list of one or more values, none twice, each as `rule` reads it and as `name` spells it.
pub(crate) fn several<T: Copy + PartialEq, R: Rule<Read = T>>(
    rule: impl Fn() -> R,
    name: impl Fn(T) -> &'static str,
) -> impl Rule<Read = Vec<T>> {
    Several { rule, name }
}

struct Several<MakeRule, Name> {
    rule: MakeRule,
    name: Name,
}

impl<R: Described, MakeRule: Fn() -> R, Name> Described for Several<MakeRule, Name> {
    fn schema(&self) -> RefOr<Schema> {
        ArrayBuilder::new().items((self.rule)().schema()).min_items(Some(1)).unique_items(true).into()
    }
}

impl<T, R, MakeRule, Name> Rule for Several<MakeRule, Name>
where
    T: Copy + PartialEq,
    R: Rule<Read = T>,
    MakeRule: Fn() -> R,
    Name: Fn(T) -> &'static str,
{
    type Read = Vec<T>;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<Vec<T>> {
        let Some(elements) = value.as_array() else { return at.refuse(name, "must be an array") };
        if elements.is_empty() {
            return at.refuse(name, "should not be empty");
        }
        let mut read = Vec::with_capacity(elements.len());
        for element in elements {
            let element = (self.rule)().read(element, at, name)?;
            if read.contains(&element) {
                return at.refuse(name, &format!("must not name {} twice", (self.name)(element)));
            }
            read.push(element);
        }
        Some(read)
    }
}

/// An e-mail address: something, `@`, something, and no white space. Only a message can prove that it exists.
pub(crate) fn email() -> impl Rule<Read = String> {
    let read = |value: &Value| match value.as_str() {
        Some(text) if !is_email(text) => Err("must be an email".to_owned()),
        Some(text) if text.chars().count() > MAX_EMAIL => Err(too_long(MAX_EMAIL)),
        Some(text) => Ok(text.to_owned()),
        None => Err("must be an email".to_owned()),
    };
    guarded(rule(read, || string().pattern(Some(r"^[^@\s]+@[^@\s]+$")).max_length(Some(MAX_EMAIL))))
}

fn is_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((mailbox, host)) => {
            !mailbox.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
        }
        None => false,
    }
}

/// An address that a browser can be sent to: http or https, without credentials, in ASCII, of at most [`MAX_URL`]
/// characters.
pub(crate) fn web_address() -> impl Rule<Read = String> {
    let read = |value: &Value| match value.as_str() {
        Some(address) if address.len() > MAX_URL => Err(too_long(MAX_URL)),
        Some(address) if is_web_address(address) => Ok(address.to_owned()),
        Some(_) | None => Err("must be a URL address of http or https without credentials".to_owned()),
    };
    guarded(rule(read, schema::web_address))
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
