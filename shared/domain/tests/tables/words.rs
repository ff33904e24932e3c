//! The words of the public API and of stored items. Whoever changes one of them changes what callers read and what the
//! tables hold.

use std::{collections::BTreeSet, fmt::Write as _};

use domain::{
    card::{Brand, CardStatus},
    charge::{
        decline::DeclineCode,
        event::EventName,
        fraud::Verdict,
        request::{RequestKind, RequestStatus},
        status::Status,
    },
    merchant::{MerchantStatus, ProviderType},
    method::PaymentType,
    scope::Scope,
    session::SessionStatus,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{from_value, json};
use strum::VariantArray as _;

/// One line: the words of an enum. They differ, and each is stored as it is printed.
fn words<T: Copy + PartialEq + Serialize + DeserializeOwned>(
    name: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> String {
    let mut line = format!("{name}:");
    for variant in all {
        let word = word(*variant);
        assert_eq!(json!(variant), json!(word), "{name}");
        assert!(from_value::<T>(json!(word)).unwrap() == *variant, "{name}: {word} is read as another variant");
        write!(line, " {word:?}").unwrap();
    }
    let different: BTreeSet<_> = all.iter().map(|variant| word(*variant)).collect();
    assert_eq!(different.len(), all.len(), "two variants of {name} have one word");
    line + "\n"
}

#[test]
fn every_word() {
    let all = [
        words("Brand", Brand::VARIANTS, Brand::name),
        words("CardStatus", CardStatus::ALL, CardStatus::name),
        words("DeclineCode", DeclineCode::ALL, DeclineCode::name),
        words("EventName", EventName::ALL, EventName::name),
        words("MerchantStatus", MerchantStatus::ALL, MerchantStatus::name),
        words("PaymentType", &PaymentType::ALL, PaymentType::name),
        words("ProviderType", ProviderType::ALL, ProviderType::name),
        words("RequestStatus", RequestStatus::VARIANTS, RequestStatus::name),
        words("Scope", Scope::ALL, Scope::name),
        words("SessionStatus", SessionStatus::ALL, SessionStatus::name),
        words("Status", Status::ALL, Status::name),
        words("Verdict", Verdict::ALL, Verdict::name),
    ];
    insta::assert_snapshot!(all.concat());
}

/// A cancel is printed as a void, and a credited chargeback as the end of its dispute; they are stored apart.
#[test]
fn every_kind_of_request_as_printed_and_stored() {
    let mut text = String::new();
    for kind in RequestKind::ALL {
        writeln!(text, "{:?} stored as {}", kind.name(), json!(kind)).unwrap();
    }
    insta::assert_snapshot!(text);
}
