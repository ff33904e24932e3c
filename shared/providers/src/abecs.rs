//! The decline codes that issuers in Brazil answer, by card brand: one table of facts.
//!
//! Source: ABECS, *Normativo 21*, with the codes of Visa, Mastercard, Elo and American Express; `HiperCard` answers as
//! Mastercard does. The table says of each code whether a payment may be retried: an irreversible one may not, at any
//! provider. American Express has a second set of codes at some acquirers.

use domain::{
    card::Brand,
    charge::decline::{
        Decline,
        DeclineCode::{
            self, CardNotSupported, ExpiredCard, FraudConfirmed, FraudSuspect, Generic, InsufficientFunds,
            InvalidAmount, InvalidCvv, InvalidData, InvalidInstallment, InvalidMerchant, InvalidNumber, InvalidPin,
            IssuerNotAvailable, LostCard, NotPermitted, PickupCard, PinTryExceeded, RestrictedCard, StolenCard,
            TransactionNotAllowed, TryAgain,
        },
        Retry::{self, Irreversible, Soft},
    },
};

/// A word, whether its codes may be retried, and these codes without leading zeros.
type Row = (DeclineCode, Retry, &'static [&'static str]);

const VISA: &[Row] = &[
    (Generic, Soft, &["5"]),
    (Generic, Irreversible, &["19", "76", "94"]),
    (InsufficientFunds, Soft, &["51"]),
    (InvalidPin, Soft, &["55", "86"]),
    (InvalidPin, Irreversible, &["74", "81"]),
    (PinTryExceeded, Soft, &["75"]),
    (TransactionNotAllowed, Irreversible, &["57"]),
    (InvalidNumber, Irreversible, &["14", "15"]),
    (InvalidCvv, Irreversible, &["N7"]),
    (FraudSuspect, Soft, &["59"]),
    (FraudConfirmed, Irreversible, &["7"]),
    (InvalidMerchant, Irreversible, &["3"]),
    (InvalidData, Irreversible, &["6", "12", "82", "6P"]),
    (InvalidAmount, Soft, &["61", "N4"]),
    (InvalidAmount, Irreversible, &["13", "N8"]),
    (LostCard, Irreversible, &["41"]),
    (StolenCard, Irreversible, &["43"]),
    (PickupCard, Irreversible, &["4"]),
    (ExpiredCard, Irreversible, &["54"]),
    (NotPermitted, Soft, &["65", "B1", "B2"]),
    (NotPermitted, Irreversible, &["46", "58", "64", "93", "N3", "R0", "R1", "R2", "R3"]),
    (RestrictedCard, Soft, &["78"]),
    (RestrictedCard, Irreversible, &["62"]),
    (CardNotSupported, Irreversible, &["39", "52", "53"]),
    (IssuerNotAvailable, Soft, &["91"]),
    (IssuerNotAvailable, Irreversible, &["92"]),
    (TryAgain, Soft, &["96", "N0"]),
];

const MASTERCARD: &[Row] = &[
    (Generic, Soft, &["5"]),
    (Generic, Irreversible, &["25", "28", "30", "94"]),
    (InsufficientFunds, Soft, &["51"]),
    (InvalidPin, Soft, &["55", "86"]),
    (InvalidPin, Irreversible, &["88"]),
    (PinTryExceeded, Soft, &["75"]),
    (TransactionNotAllowed, Irreversible, &["57"]),
    (InvalidNumber, Irreversible, &["1", "14", "15"]),
    (FraudSuspect, Soft, &["63"]),
    (InvalidMerchant, Irreversible, &["3"]),
    (InvalidInstallment, Irreversible, &["12"]),
    (InvalidAmount, Soft, &["61"]),
    (InvalidAmount, Irreversible, &["13"]),
    (LostCard, Irreversible, &["41"]),
    (StolenCard, Irreversible, &["43"]),
    (PickupCard, Irreversible, &["4"]),
    (ExpiredCard, Irreversible, &["54"]),
    (NotPermitted, Soft, &["65"]),
    (NotPermitted, Irreversible, &["58"]),
    (RestrictedCard, Irreversible, &["62"]),
    (IssuerNotAvailable, Soft, &["91"]),
    (IssuerNotAvailable, Irreversible, &["92"]),
    (TryAgain, Soft, &["96"]),
];

const ELO: &[Row] = &[
    (Generic, Soft, &["5", "6"]),
    (Generic, Irreversible, &["19"]),
    (InsufficientFunds, Soft, &["51"]),
    (InvalidPin, Soft, &["55"]),
    (InvalidPin, Irreversible, &["83", "P5", "P6"]),
    (PinTryExceeded, Soft, &["38", "75"]),
    (TransactionNotAllowed, Irreversible, &["57"]),
    (InvalidNumber, Irreversible, &["14", "56"]),
    (InvalidCvv, Irreversible, &["63"]),
    (FraudSuspect, Soft, &["59"]),
    (InvalidMerchant, Irreversible, &["58"]),
    (InvalidData, Irreversible, &["12", "30", "76", "77", "82"]),
    (InvalidInstallment, Irreversible, &["23"]),
    (InvalidAmount, Soft, &["61"]),
    (InvalidAmount, Irreversible, &["13", "64"]),
    (LostCard, Irreversible, &["41"]),
    (StolenCard, Irreversible, &["43"]),
    (ExpiredCard, Irreversible, &["54"]),
    (NotPermitted, Soft, &["65"]),
    (NotPermitted, Irreversible, &["46"]),
    (RestrictedCard, Soft, &["78"]),
    (RestrictedCard, Irreversible, &["62"]),
    (CardNotSupported, Irreversible, &["AB", "AC", "FM"]),
    (IssuerNotAvailable, Soft, &["91"]),
    (TryAgain, Soft, &["4", "96"]),
];

const AMERICAN_EXPRESS: &[Row] = &[
    (Generic, Soft, &["100", "FA"]),
    (InsufficientFunds, Soft, &["116", "121", "5", "A5"]),
    (InvalidPin, Soft, &["117", "A6"]),
    (InvalidPin, Irreversible, &["180", "A7"]),
    (PinTryExceeded, Soft, &["106", "A4"]),
    (TransactionNotAllowed, Irreversible, &["200", "FD"]),
    (InvalidNumber, Irreversible, &["122", "8"]),
    (InvalidMerchant, Irreversible, &["109", "DA"]),
    (InvalidData, Irreversible, &["115", "181", "A2", "A3"]),
    (InvalidAmount, Irreversible, &["110", "JB"]),
    (ExpiredCard, Irreversible, &["101", "BV"]),
    (IssuerNotAvailable, Soft, &["912", "A1"]),
    (TryAgain, Soft, &["911", "AE"]),
];

const fn codes(brand: Brand) -> &'static [Row] {
    match brand {
        Brand::Visa => VISA,
        Brand::Mastercard | Brand::HiperCard => MASTERCARD,
        Brand::Elo => ELO,
        Brand::AmericanExpress => AMERICAN_EXPRESS,
        Brand::Discover | Brand::Jcb | Brand::Diners | Brand::Unknown => &[],
    }
}

/// What `code` says of a payment by a card of `brand`; none where the table does not have it.
#[must_use]
pub fn decline(brand: Brand, code: &str) -> Option<Decline> {
    // Acquirers write `05` and `5`.
    let known = code.trim_start_matches('0');
    let row = codes(brand).iter().find(|(_, _, codes)| codes.contains(&known));
    row.map(|(word, retry, _)| Decline::new(*word, Some(code.to_owned())).with_retry(*retry))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ISSUERS: [Brand; 4] = [Brand::Visa, Brand::Mastercard, Brand::Elo, Brand::AmericanExpress];

    #[test]
    fn every_code_of_a_brand_has_one_word_and_may_be_retried_or_not() {
        let mut counts = Vec::new();
        for brand in ISSUERS {
            let all: Vec<_> = codes(brand).iter().flat_map(|(_, _, codes)| *codes).collect();
            let different: BTreeSet<_> = all.iter().collect();
            assert_eq!(different.len(), all.len(), "{brand:?}: a code has two words");
            counts.push(all.len());
            for (word, retry, codes) in codes(brand) {
                for code in *codes {
                    let decline = decline(brand, code).unwrap();
                    assert_eq!((decline.code, decline.retry()), (*word, *retry), "{brand:?} {code}");
                    assert_eq!(decline.network_code.as_deref(), Some(*code));
                }
            }
        }
        assert_eq!(counts, [50, 29, 38, 30]);
    }

    #[test]
    fn a_code_means_what_its_brand_means_by_it() {
        let said = |brand, code: &str| decline(brand, code).map(|decline| (decline.code, decline.retry()));
        assert_eq!(said(Brand::Visa, "51"), Some((InsufficientFunds, Soft)));
        assert_eq!(said(Brand::Visa, "05"), Some((Generic, Soft)));
        assert_eq!(said(Brand::Visa, "04"), Some((PickupCard, Irreversible)));
        assert_eq!(said(Brand::Elo, "04"), Some((TryAgain, Soft)));
        assert_eq!(said(Brand::Elo, "63"), Some((InvalidCvv, Irreversible)));
        assert_eq!(said(Brand::Mastercard, "63"), Some((FraudSuspect, Soft)));
        assert_eq!(said(Brand::HiperCard, "92"), Some((IssuerNotAvailable, Irreversible)));
        assert_eq!(said(Brand::AmericanExpress, "5"), Some((InsufficientFunds, Soft)));
        for (brand, code) in [(Brand::Visa, "00"), (Brand::Visa, ""), (Brand::Elo, "N7"), (Brand::Jcb, "51")] {
            assert_eq!(said(brand, code), None, "{brand:?} {code}");
        }
        assert_eq!(decline(Brand::Visa, "05").and_then(|decline| decline.network_code).as_deref(), Some("05"));
    }
}
