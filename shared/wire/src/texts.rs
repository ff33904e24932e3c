//! What a text of a request may hold: how long it is, in which characters, and where card numbers are refused.
//!
//! A shopper types a card number into a wrong field now and then, and texts are stored, listed and sent in the clear.

use domain::card::holds_card_number;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use crate::{
    reader::Fields,
    rules::{Described, Rule, SchemasByName, short, string},
};

/// The problem of a text that holds a card number. It never repeats the number.
pub(crate) const CARD_NUMBER: &str = "must not contain a card number";

/// One line: no line breaks, no other control characters, and nothing that turns the direction of what follows.
const ONE_LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$";

/// Lines without the marks that override the direction in which what follows is written.
const LINES: &str = r"^[^\u202d\u202e]*$";

/// The rule of a text of so many characters. It is one line without the number of a card in the same request, where
/// its methods do not say otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    least: usize,
    most: usize,
    is_one_line: bool,
    refused: Numbers,
    pattern: Option<&'static str>,
}

/// Which card numbers are refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// None: documents, telephones, postal codes and ids are digits, and may look like a card number.
    None,
    /// That of the card in the same request.
    OfTheRequest,
    /// That one, and what is a card number in all likelihood.
    Any,
}

/// A text of at most `most` characters.
pub(crate) const fn text(most: usize) -> Text {
    Text { least: 0, most, is_one_line: true, refused: Numbers::OfTheRequest, pattern: None }
}

/// A text of 1 to `most` characters.
pub(crate) const fn filled(most: usize) -> Text {
    Text { least: 1, ..text(most) }
}

impl Text {
    /// Of several lines, in any characters but those that override the direction of writing.
    pub(crate) const fn of_lines(self) -> Self {
        Self { is_one_line: false, ..self }
    }

    /// Without any card number.
    pub(crate) const fn without_card_numbers(self) -> Self {
        Self { refused: Numbers::Any, ..self }
    }

    /// With any digits.
    pub(crate) const fn of_any_digits(self) -> Self {
        Self { refused: Numbers::None, ..self }
    }

    /// Described by a pattern, which a later check holds.
    pub(crate) const fn as_pattern(self, pattern: &'static str) -> Self {
        Self { pattern: Some(pattern), ..self }
    }

    fn problem(self, text: &str, at: &Fields<'_>) -> Option<&'static str> {
        if text.is_empty() && self.least > 0 {
            Some("should not be empty")
        } else if self.is_one_line && text.chars().any(breaks_a_line) {
            Some("must not contain control characters")
        } else if text.chars().any(overrides_direction) {
            Some("must not override the direction of writing")
        } else if self.refused != Numbers::None && at.is_card_in(text)
            || self.refused == Numbers::Any && holds_card_number(text)
        {
            Some(CARD_NUMBER)
        } else {
            None
        }
    }
}

impl Described for Text {
    fn schema(&self) -> RefOr<Schema> {
        let schema = string().min_length(Some(self.least).filter(|least| *least > 0)).max_length(Some(self.most));
        schema.pattern(self.pattern.or(Some(if self.is_one_line { ONE_LINE } else { LINES }))).into()
    }
}

impl Rule for Text {
    type Read = String;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<String> {
        let text = match short(value, self.most) {
            Ok(text) => text,
            Err(problem) => return at.refuse(name, &problem),
        };
        match self.problem(&text, at) {
            Some(problem) => at.refuse(name, problem),
            None => Some(text),
        }
    }
}

/// Line breaks and other control characters, and the marks that embed, override or isolate a direction of writing.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A number between them is read backwards. Texts of scripts that are written from right to left need no override.
const fn overrides_direction(c: char) -> bool {
    matches!(c, '\u{202d}' | '\u{202e}')
}

/// A text that `rule` reads, without the number of a card in the same request.
pub(crate) fn guarded<R: Rule<Read = String>>(rule: R) -> impl Rule<Read = String> {
    Guarded(rule)
}

struct Guarded<R>(R);

impl<R: Described> Described for Guarded<R> {
    fn schema(&self) -> RefOr<Schema> {
        self.0.schema()
    }

    fn inside(&self, schemas: &mut SchemasByName) {
        self.0.inside(schemas);
    }
}

impl<R: Rule<Read = String>> Rule for Guarded<R> {
    type Read = String;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<String> {
        let text = self.0.read(value, at, name)?;
        if at.is_card_in(&text) { at.refuse(name, CARD_NUMBER) } else { Some(text) }
    }
}

/// That a text holds nothing that is a card number in all likelihood.
pub(crate) fn has_no_card_number(text: &str) -> Result<(), String> {
    if holds_card_number(text) { Err(CARD_NUMBER.to_owned()) } else { Ok(()) }
}
