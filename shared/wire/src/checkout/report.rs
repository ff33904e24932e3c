//! A browser's report of what broke the policy of a page, in both forms that browsers send
//! (<https://www.w3.org/TR/CSP3/#reporting>).

use serde_json::Value;

/// The directives that the policy of a page has, and those that browsers report in their place.
const DIRECTIVES: [&str; 21] = [
    "base-uri",
    "child-src",
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "object-src",
    "require-trusted-types-for",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "trusted-types",
    "worker-src",
];
/// What browsers name in place of an address.
const WORDS: [&str; 8] =
    ["inline", "eval", "wasm-eval", "self", "data", "blob", "trusted-types-policy", "trusted-types-sink"];
/// What is said of every other address.
const OTHER: &str = "other";
/// A name with more digits may hold the number of a card, one with a longer label a key: a script that sends what it
/// stole to a name of its own is what a policy blocks.
const MOST_DIGITS: usize = 12;
const LONGEST_LABEL: usize = 30;
const LONGEST_HOST: usize = 100;
/// The most reports that are read of one list.
const MOST_REPORTS: usize = 10;

/// What a report says, of which nothing but the origin is in the browser's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The directive that was broken.
    pub directive: &'static str,
    /// The origin that was not loaded, or a word for what it was.
    pub blocked: String,
}

impl Report {
    /// The reports of directives of the checkout in `body`, which is one report, or a list of which the first ten are
    /// read.
    #[must_use]
    pub fn read(body: &[u8]) -> Vec<Self> {
        match serde_json::from_slice(body) {
            Ok(Value::Array(list)) => list.iter().filter_map(Self::of_list).take(MOST_REPORTS).collect(),
            Ok(one) => one.get("csp-report").and_then(Self::alone).into_iter().collect(),
            Err(_) => Vec::new(),
        }
    }

    fn of_list(report: &Value) -> Option<Self> {
        let report = report.get("body")?;
        Self::of(text(report, "effectiveDirective")?, text(report, "blockedURL"))
    }

    fn alone(report: &Value) -> Option<Self> {
        let directive = text(report, "effective-directive").or_else(|| text(report, "violated-directive"))?;
        Self::of(directive, text(report, "blocked-uri"))
    }

    fn of(directive: &str, blocked: Option<&str>) -> Option<Self> {
        let named = directive.split(' ').next().unwrap_or_default();
        let directive = DIRECTIVES.into_iter().find(|known| *known == named)?;
        Some(Self { directive, blocked: origin(blocked.unwrap_or_default()) })
    }
}

fn text<'a>(report: &'a Value, name: &str) -> Option<&'a str> {
    report.get(name).and_then(Value::as_str)
}

/// The origin of an address, where it can hold no secret.
fn origin(blocked: &str) -> String {
    if WORDS.contains(&blocked) {
        return blocked.to_owned();
    }
    let Some((scheme, rest)) = blocked.split_once("://") else { return OTHER.to_owned() };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let is_known = matches!(scheme, "http" | "https" | "ws" | "wss") && (1..=LONGEST_HOST).contains(&host.len());
    let is_host = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    let holds_no_secret = host.split('.').all(|label| label.len() <= LONGEST_LABEL)
        && host.bytes().filter(u8::is_ascii_digit).count() <= MOST_DIGITS;
    if is_known && is_host && holds_no_secret { format!("{scheme}://{host}") } else { OTHER.to_owned() }
}
