//! States the fields of a JSON object once: [`fields!`] makes of them what reads the object, with all its problems, and
//! what describes it in the OpenAPI document.
//!
//! A field is its documentation, its JSON name, its Rust name, and whether it must come, by which
//! [rule](crate::rules):
//!
//! ```text
//! /// What it is called.
//! "name" => name: String = required(filled(MAX_TEXT)),
//! ```
//!
//! | it is | absent or null | in the document |
//! |---|---|---|
//! | `required(rule)` | two problems | required |
//! | `optional(rule)` | none | may be null |
//! | `or_nothing(rule)` | none; what the rule reads as none too | may be null |
//! | `optional_not_null(rule)` | none where absent, two problems where null | optional |
//! | `lenient(rule)` | the default of its type; so is what cannot be read | may be null |
//! | `or(rule, default)` | what the rule reads from `default` | optional, with its default |
//! | `part(object::<T>())` | | the fields of `T`, in this same object |
//!
//! `.check(…)` and `.given(…)` after it are for reading alone: a check that needs more than the value, and what an
//! object inside must know. Both see the fields before, each as an option that is none where the field has a problem.
//!
//! Problems come in the order of the fields; what only whole objects can have (fields that exclude one another) comes
//! after those.

use std::{marker::PhantomData, ops::RangeInclusive};

use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
    },
};

use crate::{
    reader::Fields,
    rules::{Described, Rule, SchemasByName},
};

/// A JSON object that is read field by field; the reader knows `Given` besides it.
pub(crate) trait Object<Given = ()>: ToSchema {
    /// What is read.
    type Read;

    /// What the fields hold; none where a problem was found.
    fn read(fields: &mut Fields<'_>, given: Given) -> Option<Self::Read>;
}

/// States an object once: see the [module](self). Three forms:
///
/// - `pub struct Name { "json" => field: Type = …, }` is a struct of its own;
/// - `pub struct Name reads Path { "json" => field = …, }` reads the struct at that path, field for field;
/// - `pub struct Name reads Type { … } => expression` reads what the expression makes of the fields, each an option.
///
/// After the name, `(fields, given: Type)` names the reader and what it must know besides.
macro_rules! fields {
    // A struct of its own.
    (
        $(#[doc = $about:literal])* $(#[example($example:tt)])? $(#[derive($($derive:ident),+)])?
        $vis:vis struct $name:ident $(($($head:tt)+))? { $($body:tt)* }
    ) => {
        $crate::object::fields! { @struct [$(#[doc = $about])* $(#[derive($($derive),+)])?] $vis $name { $($body)* } }
        $crate::object::fields! { @head [$($($head)+)?] $name $name [$($about)*] [$($example)?] { $($body)* } [] }
    };
    // A reader of what is there already.
    (
        $(#[doc = $about:literal])* $(#[example($example:tt)])?
        $vis:vis struct $name:ident $(($($head:tt)+))? reads $read:path { $($body:tt)* } $(=> $made:expr)?
    ) => {
        $(#[doc = $about])*
        $vis struct $name;
        $crate::object::fields! {
            @head [$($($head)+)?] $name $read [$($about)*] [$($example)?] { $($body)* } [$($made)?]
        }
    };
    (@struct [$($attributes:tt)*] $vis:vis $name:ident {
        $(
            $(#[doc = $doc:literal])*
            $($json:literal =>)? $field:ident: $of:ty = $how:ident($($rule:tt)+) $(.$with:ident($also:expr))?,
        )*
    }) => {
        $($attributes)*
        $vis struct $name {
            $($(#[doc = $doc])* pub $field: $of,)*
        }
    };
    // The names of the reader and of what it knows, where they are left out.
    (@head [] $($rest:tt)+) => { $crate::object::fields! { @fields [fields, _given: ()] $($rest)+ } };
    (@head [$fields:ident] $($rest:tt)+) => { $crate::object::fields! { @fields [$fields, _given: ()] $($rest)+ } };
    (@head [$($head:tt)+] $($rest:tt)+) => { $crate::object::fields! { @fields [$($head)+] $($rest)+ } };
    // The reader and the description, each with one call of the same name for each field.
    (@fields [$fields:ident, $given:ident: $type:ty] $name:ident $read:path [$($about:literal)*] [$($example:tt)?] {
        $(
            $(#[doc = $doc:literal])*
            $($json:literal =>)? $field:ident $(: $of:ty)? =
                $how:ident($rule:expr $(, $default:expr)?) $(.$with:ident($also:expr))?,
        )*
    } [$($made:expr)?]) => {
        impl $crate::object::Object<$type> for $name {
            type Read = $read;

            fn read($fields: &mut $crate::reader::Fields<'_>, $given: $type) -> Option<Self::Read> {
                $(let $field = $fields.$how($rule $(.$with($also))? $(, &serde_json::json!($default))? $(, $json)?);)*
                $crate::object::fields! { @made [$($made)?] {
                    type Read = $read;
                    Some(Read { $($field: $field?,)* })
                } }
            }
        }

        impl $name {
            fn described() -> $crate::object::Description {
                $crate::object::Description::new(&[$($about),*])
                    $(.example(serde_json::json!($example)))?
                    $(.$how(&[$($doc),*], &$rule $(, serde_json::json!($default))? $(, $json)?))*
            }
        }
        $crate::object::fields! { @schema $name }
    };
    (@made [] $whole:expr) => { $whole };
    (@made [$made:expr] $whole:expr) => { $made };
    (@schema $name:ident) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                Self::described().schema()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }

            fn schemas(schemas: &mut $crate::rules::SchemasByName) {
                schemas.extend(Self::described().inside());
            }
        }
    };
}
pub(crate) use fields;

/// States which objects a JSON value may be: `Name: method::<Object>(…) …`, each method one of [`Choice`]'s. Reading
/// is written by hand, because it depends on more than the value.
macro_rules! choice {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $name:ident: $kind:ident { $($how:ident::<$of:ty>($($word:expr),*),)+ }
    ) => {
        $(#[doc = $about])*
        $vis struct $name;

        impl $name {
            fn described() -> $crate::object::Choice {
                $crate::object::Choice::$kind(&[$($about),*])$(.$how::<$of>($($word),*))+
            }
        }
        $crate::object::fields! { @schema $name }
    };
}
pub(crate) use choice;

/// The objects of `T`, as a rule.
pub(crate) const fn object<T: ToSchema>() -> Nested<T> {
    Nested { of: PhantomData, given: () }
}

/// The rule of [`object`]: a JSON object that `T` reads.
pub(crate) struct Nested<T, Given = ()> {
    of: PhantomData<T>,
    given: Given,
}

impl<T> Nested<T> {
    /// Reads with what the object must know besides its fields.
    pub(crate) fn given<Given>(self, given: Given) -> Nested<T, Given> {
        Nested { of: self.of, given }
    }
}

impl<T: ToSchema, Given> Described for Nested<T, Given> {
    fn schema(&self) -> RefOr<Schema> {
        Ref::from_schema_name(T::name()).into()
    }

    fn inside(&self, schemas: &mut SchemasByName) {
        T::schemas(schemas);
        schemas.push((T::name().into_owned(), T::schema()));
    }
}

impl<T: Object<Given>, Given> Rule for Nested<T, Given> {
    type Read = T::Read;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<T::Read> {
        T::read(&mut at.inside(name, value)?, self.given)
    }
}

impl<T, Given> Nested<T, Given> {
    /// Reads the fields of `T` in the same object.
    pub(crate) fn part(self, fields: &mut Fields<'_>) -> Option<T::Read>
    where
        T: Object<Given>,
    {
        T::read(fields, self.given)
    }
}

/// A list of as many objects of `T` as `size` says, as a rule. Each object may know its place in the list.
pub(crate) const fn list<T: ToSchema>(size: RangeInclusive<usize>) -> List<T, fn(usize)> {
    List { of: PhantomData, size, given: |_| () }
}

/// The rule of [`list`].
pub(crate) struct List<T, Each> {
    of: PhantomData<T>,
    size: RangeInclusive<usize>,
    given: Each,
}

impl<T, Each> List<T, Each> {
    /// Reads with what each object must know besides its fields, by its place in the list.
    pub(crate) fn given<Given, Other: Fn(usize) -> Given>(self, given: Other) -> List<T, Other> {
        List { of: self.of, size: self.size, given }
    }
}

impl<T: ToSchema, Each> Described for List<T, Each> {
    fn schema(&self) -> RefOr<Schema> {
        let list = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let list = list.min_items(Some(*self.size.start()).filter(|least| *least > 0));
        list.max_items(Some(*self.size.end())).into()
    }

    fn inside(&self, schemas: &mut SchemasByName) {
        object::<T>().inside(schemas);
    }
}

impl<T: Object<Given>, Given, Each: Fn(usize) -> Given> Rule for List<T, Each> {
    type Read = Vec<T::Read>;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<Vec<T::Read>> {
        let Some(elements) = value.as_array() else { return at.refuse(name, "must be an array") };
        if elements.len() < *self.size.start() {
            return at.refuse(name, "should not be empty");
        }
        let most = *self.size.end();
        if elements.len() > most {
            return at.refuse(name, &format!("must contain no more than {most} elements"));
        }
        let mut read = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let name = format!("{name}.{index}");
            read.extend(at.inside(&name, element).and_then(|mut fields| T::read(&mut fields, (self.given)(index))));
        }
        Some(read)
    }
}

/// An object of the OpenAPI document, in the making: each method describes one field, as the method of the same name of
/// [`Fields`] reads it.
pub(crate) struct Description {
    object: ObjectBuilder,
    inside: SchemasByName,
}

impl Description {
    pub(crate) fn new(about: &[&str]) -> Self {
        let object = ObjectBuilder::new().schema_type(Type::Object).description(text(about));
        Self { object, inside: Vec::new() }
    }

    pub(crate) fn schema(self) -> RefOr<Schema> {
        self.object.into()
    }

    /// The schemas that this one refers to.
    pub(crate) fn inside(self) -> SchemasByName {
        self.inside
    }

    #[expect(deprecated, reason = "derived schemas print `example` too, and readers of the document know it")]
    pub(crate) fn example(self, example: Value) -> Self {
        Self { object: self.object.example(Some(example)), ..self }
    }

    fn field(
        mut self,
        about: &[&str],
        rule: &impl Described,
        name: &str,
        shape: impl FnOnce(RefOr<Schema>) -> RefOr<Schema>,
    ) -> Self {
        rule.inside(&mut self.inside);
        let schema = shape(about_it(rule.schema(), about));
        Self { object: self.object.property(name, schema), inside: self.inside }
    }

    pub(crate) fn required(self, about: &[&str], rule: &impl Described, name: &str) -> Self {
        let described = self.field(about, rule, name, |schema| schema);
        Self { object: described.object.required(name), ..described }
    }

    pub(crate) fn optional(self, about: &[&str], rule: &impl Described, name: &str) -> Self {
        self.field(about, rule, name, or_null)
    }

    pub(crate) fn or_nothing(self, about: &[&str], rule: &impl Described, name: &str) -> Self {
        self.field(about, rule, name, or_null)
    }

    pub(crate) fn lenient(self, about: &[&str], rule: &impl Described, name: &str) -> Self {
        self.field(about, rule, name, or_null)
    }

    pub(crate) fn optional_not_null(self, about: &[&str], rule: &impl Described, name: &str) -> Self {
        self.field(about, rule, name, |schema| schema)
    }

    pub(crate) fn or(self, about: &[&str], rule: &impl Described, default: Value, name: &str) -> Self {
        self.field(about, rule, name, |schema| by_default(schema, default))
    }

    pub(crate) fn part<T: ToSchema>(mut self, _: &[&str], _: &Nested<T>) -> Self {
        T::schemas(&mut self.inside);
        let RefOr::T(Schema::Object(part)) = T::schema() else { return self };
        let required = part.required.into_iter().fold(self.object, ObjectBuilder::required);
        let object = part.properties.into_iter().fold(required, |object, (name, schema)| object.property(name, schema));
        Self { object, inside: self.inside }
    }
}

/// One of several objects, in the OpenAPI document.
pub(crate) struct Choice {
    about: Option<String>,
    is_exclusive: bool,
    of: Vec<RefOr<Schema>>,
    inside: SchemasByName,
}

impl Choice {
    /// Exactly one of them.
    pub(crate) fn one_of(about: &[&str]) -> Self {
        Self { about: text(about), is_exclusive: true, of: Vec::new(), inside: Vec::new() }
    }

    /// One of them or more.
    pub(crate) fn any_of(about: &[&str]) -> Self {
        Self { is_exclusive: false, ..Self::one_of(about) }
    }

    fn or(mut self, schema: RefOr<Schema>) -> Self {
        self.of.push(schema);
        self
    }

    /// `T`, under its own name.
    pub(crate) fn named<T: ToSchema>(mut self) -> Self {
        object::<T>().inside(&mut self.inside);
        self.or(object::<T>().schema())
    }

    /// The fields of `T`.
    pub(crate) fn fields<T: ToSchema>(mut self) -> Self {
        T::schemas(&mut self.inside);
        self.or(T::schema())
    }

    /// The fields of `T`, where `tag` is `word`.
    pub(crate) fn tagged<T: ToSchema>(mut self, tag: &str, word: &str) -> Self {
        T::schemas(&mut self.inside);
        let RefOr::T(Schema::Object(object)) = T::schema() else { return self };
        let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word]));
        self.or(ObjectBuilder::from(object).property(tag, word).required(tag).into())
    }

    pub(crate) fn schema(self) -> RefOr<Schema> {
        if self.is_exclusive {
            self.of.into_iter().fold(OneOfBuilder::new().description(self.about), OneOfBuilder::item).into()
        } else {
            self.of.into_iter().fold(AnyOfBuilder::new().description(self.about), AnyOfBuilder::item).into()
        }
    }

    /// The schemas that this one refers to.
    pub(crate) fn inside(self) -> SchemasByName {
        self.inside
    }
}

/// Lines of documentation as one text.
fn text(about: &[&str]) -> Option<String> {
    let lines: Vec<_> = about.iter().map(|line| line.trim()).collect();
    Some(lines.join("\n")).filter(|text| !text.is_empty())
}

fn about_it(mut schema: RefOr<Schema>, about: &[&str]) -> RefOr<Schema> {
    let Some(about) = text(about) else { return schema };
    match &mut schema {
        RefOr::Ref(reference) => reference.description = about,
        RefOr::T(Schema::Object(object)) => object.description = Some(about),
        RefOr::T(Schema::Array(array)) => array.description = Some(about),
        RefOr::T(Schema::OneOf(one)) => one.description = Some(about),
        RefOr::T(Schema::AnyOf(any)) => any.description = Some(about),
        RefOr::T(_) => {}
    }
    schema
}

fn by_default(mut schema: RefOr<Schema>, default: Value) -> RefOr<Schema> {
    match &mut schema {
        RefOr::T(Schema::Object(object)) => object.default = Some(default),
        RefOr::T(_) | RefOr::Ref(_) => {}
    }
    schema
}

/// The same, or null.
fn or_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = nullable(object.schema_type);
            if let Some(words) = &mut object.enum_values {
                words.push(Value::Null);
            }
            object.into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = nullable(array.schema_type);
            array.into()
        }
        other => OneOfBuilder::new().item(other).item(ObjectBuilder::new().schema_type(Type::Null)).into(),
    }
}

fn nullable(of: SchemaType) -> SchemaType {
    match of {
        SchemaType::Type(one) => SchemaType::from_iter([one, Type::Null]),
        other => other,
    }
}
