//! States the filters of a list once, as [`fields!`](crate::object) does the fields of a body: [`query!`] makes of them
//! the struct, its reader with all its problems, and the parameters of the OpenAPI document.

use std::{str::FromStr, time::Duration};

use domain::{
    limits::{DEFAULT_PAGE, MAX_AMOUNT, MAX_PAGE, MAX_WALK},
    money::Amount,
    refusal::Refusal,
    time::{Timestamp, is_before_first},
};
use utoipa::openapi::{
    Object, RefOr, Schema,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
};

use super::list::{Created, NotASort, Paging, Sort};
use crate::{
    malga::schema,
    rules::{NOT_AN_INSTANT, first_instant, instant_or_day, string, too_long},
};

/// States a query once: `"name" => field: Type = how(…),`, where `how` is a method of [`Query`], which reads, and of
/// [`Parameters`], which describes. After the filters, `=> unserved("name")` refuses one that is not served.
macro_rules! query {
    (
        $(#[doc = $about:literal])* $(#[derive($($derive:ident),+)])?
        $vis:vis struct $name:ident {
            $($(#[doc = $doc:literal])* $($json:literal =>)? $field:ident: $of:ty = $how:ident($($with:expr),*),)+
        } $(=> $check:ident($unserved:literal))?
    ) => {
        $(#[doc = $about])*
        $(#[derive($($derive),+)])?
        $vis struct $name {
            $($(#[doc = $doc])* pub $field: $of,)+
        }

        impl $name {
            /// The query in these decoded `name=value` pairs.
            ///
            /// # Errors
            /// [`Refusal::Invalid`](domain::refusal::Refusal::Invalid) with every problem.
            pub fn read(pairs: &[(String, String)]) -> Result<Self, domain::refusal::Refusal> {
                let mut query = $crate::malga::requests::query::Query::new(pairs);
                let read = Self { $($field: query.$how($($with,)* $($json)?),)+ };
                $(query.$check($unserved);)?
                query.finish(read)
            }

            /// The parameters of the query.
            pub(crate) fn parameters() -> Vec<utoipa::openapi::path::Parameter> {
                $crate::malga::requests::query::Parameters::default()
                    $(.$how(concat!($($doc),*).trim(), $($with,)* $($json)?))+
                    .0
            }
        }
    };
}
pub(super) use query;

/// The filters in a query, and their problems.
pub(super) struct Query<'a> {
    pairs: Vec<(String, &'a str)>,
    known: Vec<&'static str>,
    problems: Vec<String>,
}

impl<'a> Query<'a> {
    /// Empty values do not count.
    pub(super) fn new(pairs: &'a [(String, String)]) -> Self {
        let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
        let pairs = filled.map(|(name, value)| (plain(name), value.as_str())).collect();
        Self { pairs, known: Vec::new(), problems: Vec::new() }
    }

    /// What was read. A filter that is hardly another one of the list is a problem: without it, the list would show
    /// what was to be left out. Any other name is ignored.
    pub(super) fn finish<T>(mut self, read: T) -> Result<T, Refusal> {
        for (name, _) in &self.pairs {
            let base = base(name);
            let related: Vec<_> = self.known.iter().copied().filter(|known| self::base(known) == base).collect();
            if !related.is_empty() && !related.contains(&name.as_str()) {
                self.problems.push(format!("{base} must be one of the following filters: {}", related.join(", ")));
            }
        }
        if self.problems.is_empty() { Ok(read) } else { Err(Refusal::Invalid(self.problems)) }
    }

    /// Every value of `name`.
    fn values(&mut self, name: &'static str) -> Vec<&'a str> {
        self.known.push(name);
        self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| *value).collect()
    }

    fn problem(&mut self, name: &str, problem: &str) {
        self.problems.push(format!("{name} {problem}"));
    }

    /// The last value of `name`: clients add the page that they want to a query that names one.
    fn last(&mut self, name: &'static str) -> Option<&'a str> {
        self.values(name).last().copied()
    }

    /// The values of `name`, each perhaps several that are separated by commas.
    fn list(&mut self, name: &'static str) -> Vec<&'a str> {
        self.values(name).into_iter().flat_map(|value| value.split(',')).filter(|value| !value.is_empty()).collect()
    }

    /// The one value of `name`.
    fn value(&mut self, name: &'static str) -> Option<&'a str> {
        let values = self.values(name);
        let first = values.first().copied()?;
        if values.iter().all(|value| *value == first) {
            return Some(first);
        }
        self.problem(name, "must not come twice");
        None
    }

    /// The id in `name`.
    pub(super) fn uuid<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        let text = self.value(name)?;
        self.one(text, name, "must be a UUID")
    }

    /// The text of at most `max` characters in `name`.
    pub(super) fn text(&mut self, max: usize, name: &'static str) -> Option<String> {
        let text = self.value(name)?;
        if text.chars().count() > max {
            self.problem(name, &too_long(max));
        }
        Some(text.to_owned())
    }

    /// The text in `name`, in lower case.
    pub(super) fn any_case(&mut self, name: &'static str) -> Option<String> {
        self.value(name).map(str::to_ascii_lowercase)
    }

    /// Whether `name` says so.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        let said = self.value(name).and_then(|text| self.one(text, name, "must be a boolean value"));
        said.unwrap_or(false)
    }

    /// A problem where `name` says so.
    pub(super) fn unserved(&mut self, name: &'static str) {
        if self.flag(name) {
            self.problem(name, "is not served by this hub");
        }
    }

    /// The amount in `name`, in minor units.
    pub(super) fn amount(&mut self, name: &'static str) -> Option<Amount> {
        let digits = self.value(name)?;
        self.number(digits, name, MAX_AMOUNT).and_then(|minor| Amount::new(minor).ok())
    }

    fn one<T: FromStr>(&mut self, text: &str, name: &str, problem: &str) -> Option<T> {
        let read = text.parse().ok();
        if read.is_none() {
            self.problem(name, problem);
        }
        read
    }

    /// A whole number from 1 to `max`: `100.0` is one, as in a body.
    fn number(&mut self, written: &str, name: &str, max: u64) -> Option<u64> {
        let digits = match written.split_once('.') {
            Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => digits,
            Some(_) | None => written,
        };
        match digits.parse() {
            Ok(0) => self.problem(name, "must be a positive number"),
            Ok(number) if number <= max => return Some(number),
            Err(_) if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.problem(name, "must be an integer number");
            }
            Ok(_) | Err(_) => self.problem(name, &format!("must not be greater than {max}")),
        }
        None
    }

    fn size(&mut self, name: &'static str, max: usize) -> Option<usize> {
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        let digits = self.last(name)?;
        self.number(digits, name, max).and_then(|number| usize::try_from(number).ok())
    }

    /// Words separated by commas or in values of their own, each as `spelled`; none where the query has no word. Nothing
    /// in the list has a word that the hub does not know: such words alone are an empty list of words.
    pub(super) fn words<T: Copy>(
        &mut self,
        words: &[T],
        spelled: fn(T) -> &'static str,
        name: &'static str,
    ) -> Option<Vec<T>> {
        let asked = self.list(name);
        let known = |word: &&str| words.iter().copied().find(|known| spelled(*known) == *word);
        Some(asked.iter().filter_map(known).collect()).filter(|_| !asked.is_empty())
    }

    /// `true`, `false`, or both; none where the query does not say.
    pub(super) fn flags(&mut self, name: &'static str) -> Option<Vec<bool>> {
        let read: Result<Vec<bool>, _> = self.list(name).into_iter().map(str::parse).collect();
        if read.is_err() {
            self.problem(name, "must be one of the following values: true, false");
        }
        read.ok().filter(|flags| !flags.is_empty())
    }

    /// The part of the list, in the order `sort` where the query does not say.
    pub(super) fn paging(&mut self, sort: Sort) -> Paging {
        Paging {
            page: self.size("page", MAX_WALK).unwrap_or(1),
            limit: self.size("limit", MAX_PAGE).unwrap_or(DEFAULT_PAGE),
            sort: self.last("sort").and_then(|word| self.one(word, "sort", &NotASort.to_string())).unwrap_or(sort),
        }
    }

    /// When what is listed was created.
    pub(super) fn created(&mut self) -> Created {
        let (exact, after, before) = (self.span("created"), self.span("created.gt"), self.span("created.lt"));
        Created {
            from: [exact.map(|span| span.0), after.map(|span| next(span.0))].into_iter().flatten().max(),
            until: [exact.map(|span| span.1), before.map(|span| span.0)].into_iter().flatten().min(),
        }
    }

    /// An instant or a day: its first instant, and the first one after it.
    fn span(&mut self, name: &'static str) -> Option<(Timestamp, Timestamp)> {
        let text = self.value(name)?;
        let read = match text.parse::<Timestamp>() {
            Ok(instant) => Some((instant, next(instant))),
            Err(_) if is_before_first(text) => Some((Timestamp::FIRST, Timestamp::FIRST)),
            Err(_) => first_instant(text).map(|midnight| (midnight, midnight.plus(DAY))),
        };
        if read.is_none() {
            self.problem(name, NOT_AN_INSTANT);
        }
        read
    }
}

/// The name of a filter as the API spells it: `status[]` and `status[0]` are `status`, `created[gt]` is `created.gt`.
fn plain(name: &str) -> String {
    let is_index = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    match name.split_once('[') {
        Some((first, rest)) => {
            let inner = rest.split(['[', ']']).filter(|part| !is_index(part));
            std::iter::once(first).chain(inner).collect::<Vec<_>>().join(".")
        }
        None => name.to_owned(),
    }
}

/// The part of a filter's name before its comparison.
fn base(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

const DAY: Duration = Duration::from_hours(24);

fn next(instant: Timestamp) -> Timestamp {
    instant.plus(Duration::from_millis(1))
}

/// The parameters of a query in the OpenAPI document: each method describes what the method of the same name of
/// [`Query`] reads.
#[derive(Default)]
pub(super) struct Parameters(pub Vec<Parameter>);

impl Parameters {
    fn with(mut self, about: &str, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
        self.0.push(parameter.description(Some(about)).schema(Some(schema)).build());
        self
    }

    pub(super) fn uuid(self, about: &str, name: &str) -> Self {
        self.with(about, name, string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))))
    }

    pub(super) fn text(self, about: &str, max: usize, name: &str) -> Self {
        self.with(about, name, string().max_length(Some(max)))
    }

    pub(super) fn any_case(self, about: &str, name: &str) -> Self {
        self.with(about, name, string())
    }

    pub(super) fn flag(self, about: &str, name: &str) -> Self {
        self.with(about, name, ObjectBuilder::new().schema_type(Type::Boolean).default(Some(false.into())))
    }

    pub(super) fn amount(self, about: &str, name: &str) -> Self {
        self.with(about, name, schema::amount())
    }

    pub(super) fn words<T: Copy>(self, about: &str, words: &[T], spelled: fn(T) -> &'static str, name: &str) -> Self {
        let all = words.iter().map(|word| format!("`{}`", spelled(*word))).collect::<Vec<_>>().join(", ");
        self.with(&format!("{about} They are {all}; no entry has another."), name, string())
    }

    pub(super) fn flags(self, about: &str, name: &str) -> Self {
        self.with(about, name, string().pattern(Some("^(true|false)(,(true|false))*$")))
    }

    pub(super) fn paging(self, _: &str, sort: Sort) -> Self {
        let order: Object = schema::words(Sort::ALL.into_iter().map(Sort::name));
        self.with("The page, from 1.", "page", number(MAX_WALK, 1))
            .with("Entries of a page.", "limit", number(MAX_PAGE, DEFAULT_PAGE))
            .with("Oldest or newest first.", "sort", ObjectBuilder::from(order).default(Some(sort.name().into())))
    }

    pub(super) fn created(self, _: &str) -> Self {
        self.with("Created in this instant, or on this day in UTC (`YYYY-MM-DD`).", "created", instant_or_day())
            .with("Created after this instant.", "created.gt", instant_or_day())
            .with("Created before this instant.", "created.lt", instant_or_day())
    }
}

fn number(max: usize, usual: usize) -> ObjectBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(max));
    schema.default(Some(usual.into()))
}
