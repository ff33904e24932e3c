//! The tables of docs/providers/README.md, printed from the adapters. `CATRACA_BLESS=1` writes them.

use std::fmt::Write as _;
use std::{env, fs, path::PathBuf};

use domain::{
    charge::PartialRelease,
    limits::MAX_INSTALLMENTS,
    merchant::{ProviderType, field::Form},
    method::PaymentType,
};
use providers::{
    Registration,
    capabilities::{Capability, Currencies, Descriptor, abilities, capability},
    registry,
};

const BEGIN: &str = "<!-- printed from the adapters -->\n";
const END: &str = "<!-- end -->\n";

const DAY: u64 = 24 * 60 * 60;

const fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn row(provider: ProviderType) -> String {
    let own = if registry::real(provider).is_some() { "yes" } else { "sandbox only" };
    let Capability {
        methods,
        currencies,
        can_refund_pix,
        can_cancel,
        can_read,
        analyses_fraud,
        can_capture_part,
        partial_release,
        one_refund_at_a_time,
        hold_life,
        pix_expiry,
        boleto_clearing,
        boleto_past_due,
        descriptor: _, // the table of refunds and cards says it
    } = capability(provider);
    let methods: Vec<_> = methods.iter().map(|method| method.name()).collect();
    let currencies = match currencies {
        Currencies::Any => "any".to_owned(),
        Currencies::AnyBut(others) => format!("any but {}", others.join(", ")),
        Currencies::Brl => "BRL".to_owned(),
    };
    let release = match partial_release {
        PartialRelease::Real => "released",
        PartialRelease::LowersCapture => "captured less",
        PartialRelease::Refused => "refused",
    };
    let days = hold_life.as_secs() / DAY;
    let clearing = if *boleto_clearing == 0 { "–".to_owned() } else { boleto_clearing.to_string() };
    format!(
        "| {provider} | {own} | {} | {currencies} | {} | {} | {} | {} | {} | {release} | {} | {days} | {} to {} | {clearing} | {} |\n",
        methods.join(", "),
        yes(*can_refund_pix),
        yes(*can_cancel),
        yes(*can_read),
        yes(*analyses_fraud),
        yes(*can_capture_part),
        yes(*one_refund_at_a_time),
        pix_expiry.least,
        pix_expiry.most,
        yes(*boleto_past_due),
    )
}

/// For how many days a provider refunds each method, how many installments a card takes, and what becomes of its
/// statement descriptor.
fn refunds_and_cards() -> String {
    let mut text = String::from(
        "\nFor how many days after the payment a refund is possible, and what a card payment may say:\n\n\
         | provider | refunds credit | refunds Pix | refunds boleto | refunds Drip | card installments | statement \
         descriptor of a card |\n|---|---|---|---|---|---|---|\n",
    );
    for provider in ProviderType::ALL {
        let able = capability(*provider);
        let has = |method| able.methods.contains(&method);
        let window = |method| match abilities(*provider, method).refund_window {
            Some(window) => (window.as_secs() / DAY).to_string(),
            None => if has(method) { "never" } else { "–" }.to_owned(),
        };
        let [credit, pix, boleto, drip] = PaymentType::ALL.map(window);
        let has_cards = has(PaymentType::Credit);
        let installments = if has_cards { format!("1 to {MAX_INSTALLMENTS}") } else { "–".to_owned() };
        let descriptor = match able.descriptor {
            Descriptor::Whole => "as it is".to_owned(),
            Descriptor::CutTo(most) => format!("cut to {most} characters"),
            Descriptor::NotSent => "–".to_owned(),
        };
        assert_eq!(has_cards, able.descriptor != Descriptor::NotSent, "{provider}");
        writeln!(text, "| {provider} | {credit} | {pix} | {boleto} | {drip} | {installments} | {descriptor} |")
            .unwrap();
    }
    text
}

/// How an unknown outcome ends at the providers that have an adapter.
fn unknown_outcomes() -> String {
    let mut text = String::from(
        "\nHow an unknown outcome ends. What ends in none of these ways raises the alarm `unknown_outcome` after a day:\n\n\
         | provider | a payment | a capture, refund or void |\n|---|---|---|\n",
    );
    for (provider, adapter) in ProviderType::ALL.iter().filter_map(|kind| Some((kind, registry::real(*kind)?))) {
        let payment = match (adapter.answers_queries(), adapter.undoes_payments()) {
            (true, _) => "the hub reads it",
            (false, true) => "a card payment is undone by the hub's reference; a notification says what became of it",
            (false, false) => "a notification",
        };
        let ends = if adapter.answers_queries() { "the hub reads it" } else { "a notification" };
        let retried = match adapter.retries_changes().as_secs() / DAY {
            0 => String::new(),
            days => format!("; else it is retried under its own reference, for {days} days"),
        };
        let has_changes = PaymentType::ALL.iter().any(|method| abilities(*provider, *method).can_refund());
        let change = if has_changes { format!("{ends}{retried}") } else { "–".to_owned() };
        writeln!(text, "| {provider} | {payment} | {change} |").unwrap();
    }
    text
}

fn tables() -> String {
    let mut text = String::from(
        "| provider | own accounts | methods | card currencies | refunds Pix | cancels unpaid | can be read | analyses \
         fraud | captures a part | part of a release | one refund at a time | days reserved | seconds of a Pix code | boleto clears in days | \
         boleto past due |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    text.extend(ProviderType::ALL.iter().map(|provider| row(*provider)));
    text.push_str(&refunds_and_cards());
    text.push_str(&unknown_outcomes());
    text.push_str("\nFields of `credentials.fields`, by provider:\n\n");
    text.push_str(
        "| provider | field | secret | required | never changes | form | what it is |\n|---|---|---|---|---|---|---|\n",
    );
    for provider in ProviderType::ALL {
        for field in registry::real(*provider).map(providers::Provider::credentials).unwrap_or_default() {
            let form = match field.form {
                Form::Word => "one word",
                Form::Text => "text",
                Form::Url => "https address",
                Form::Hex => "hexadecimal",
                Form::Certificate => "certificates in PEM",
                Form::PrivateKey => "private key in PEM",
            };
            assert!(!field.is_where || !field.is_secret, "{provider} {}: a secret may change", field.name);
            let [secret, required, stays] = [field.is_secret, field.is_required, field.is_where].map(yes);
            let (name, help) = (field.name, field.help);
            writeln!(text, "| {provider} | `{name}` | {secret} | {required} | {stays} | {form} | {help} |").unwrap();
        }
    }
    text.push_str("\nNotifications, and where an operator looks a payment up:\n\n");
    text.push_str("| provider | its address of notifications | where a payment is looked up |\n|---|---|---|\n");
    for (provider, adapter) in ProviderType::ALL.iter().filter_map(|kind| Some((kind, registry::real(*kind)?))) {
        let registered = match adapter.registration() {
            Registration::WithPayments => "named by each payment".to_owned(),
            Registration::ByCall { longest } => {
                let longest = longest.map(|most| format!(", at most {most} characters")).unwrap_or_default();
                format!("registered by `catraca provider register-webhook`{longest}")
            }
            Registration::ByPerson(place) => format!("registered by a person: {place}"),
            Registration::Nowhere => "none: the hub asks".to_owned(),
        };
        writeln!(text, "| {provider} | {registered} | {} |", adapter.look_up()).unwrap();
    }
    text
}

#[test]
fn the_tables_say_what_the_adapters_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers/README.md");
    let there = fs::read_to_string(&path).unwrap();
    let (before, rest) = there.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let written = format!("{before}{BEGIN}\n{}\n{END}{after}", tables());
    if env::var_os("CATRACA_BLESS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), written, "CATRACA_BLESS=1 writes it");
}
