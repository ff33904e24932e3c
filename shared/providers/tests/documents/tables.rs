//! The tables of docs/providers/README.md, printed from the adapters. `CATRACA_BLESS=1` writes them.

use std::fmt::Write as _;
use std::{env, fs, path::PathBuf};

use domain::{
    charge::PartialRelease,
    merchant::{ProviderType, field::Form},
};
use providers::{
    Registration,
    capabilities::{Capability, Currencies, capability},
    registry,
};

const BEGIN: &str = "<!-- printed from the adapters -->\n";
const END: &str = "<!-- end -->\n";

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
    let days = hold_life.as_secs() / (24 * 60 * 60);
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

fn tables() -> String {
    let mut text = String::from(
        "| provider | own accounts | methods | card currencies | refunds Pix | cancels unpaid | can be read | analyses \
         fraud | captures a part | part of a release | one refund at a time | days reserved | seconds of a Pix code | boleto clears in days | \
         boleto past due |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    text.extend(ProviderType::ALL.iter().map(|provider| row(*provider)));
    text.push_str("\nFields of `credentials.fields`, by provider:\n\n");
    text.push_str("| provider | field | secret | required | form | what it is |\n|---|---|---|---|---|---|\n");
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
            let (secret, required) = (yes(field.is_secret), yes(field.is_required));
            writeln!(text, "| {provider} | `{}` | {secret} | {required} | {form} | {} |", field.name, field.help)
                .unwrap();
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
