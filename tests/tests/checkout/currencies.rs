//! What a shopper reads is what the hub charges: both count the decimals of a currency alike.

use domain::money::Currency;

const SCRIPT: &str = include_str!("../../../functions/checkout/web/form/money.js");

/// The codes of the list `name` of the script.
fn listed(name: &str) -> Vec<&'static str> {
    let start = format!("\nconst {name} = \"");
    let (_, rest) = SCRIPT.split_once(&start).expect(name);
    let (codes, _) = rest.split_once("\";\n").expect(name);
    codes.split(' ').collect()
}

/// Every currency of the hub.
fn currencies() -> Vec<Currency> {
    let letters = || 'A'..='Z';
    let pairs = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    pairs.flat_map(|pair| letters().filter_map(move |third| format!("{pair}{third}").parse().ok())).collect()
}

#[test]
fn a_shopper_reads_every_currency_with_the_decimals_that_the_hub_counts() {
    let (none, three) = (listed("NO_DECIMALS"), listed("THREE_DECIMALS"));
    let currencies = currencies();
    assert!(currencies.len() > 140, "{}", currencies.len());
    for currency in currencies {
        let code = currency.code();
        let shown = match (none.contains(&code), three.contains(&code)) {
            (true, false) => 0,
            (false, true) => 3,
            (false, false) => 2,
            (true, true) => panic!("{code} is in both lists"),
        };
        assert_eq!(shown, currency.exponent(), "{code}");
    }
}
