//! The words of a decline.

use domain::charge::decline::{Decline, DeclineCode};
use wire::malga::responses::ProviderError;

#[test]
fn every_decline_of_a_card_has_a_text_of_the_network() {
    for code in DeclineCode::ALL {
        for network_code in [None, Some("05".to_owned())] {
            let decline = Decline::new(*code, network_code);
            let error = ProviderError::of_card(&decline);
            assert_eq!(error.network_denied_message, Some(error.message));
            assert_eq!(error.network_denied_reason, decline.network_code);
            assert_eq!(ProviderError::from(&decline).network_denied_message, None);
        }
    }
}

#[test]
fn every_decline_has_its_words() {
    let printed = DeclineCode::ALL.iter().map(|code| ProviderError::from(&Decline::from(*code)));
    let printed: Vec<_> = printed.map(|error| (error.declined_code, error.message, error.retryable)).collect();
    assert_eq!(
        printed,
        [
            ("generic", "The card has been declined for a unknown reason", false),
            ("insufficient_funds", "The card has insufficient funds", true),
            ("expired_card", "The card expiration date is invalid", false),
            ("invalid_number", "The card number is invalid", false),
            ("invalid_cvv", "The security code is invalid", false),
            ("invalid_amount", "The charge amount is not valid or exceeded maximum allowed", false),
            ("card_not_supported", "The card does not support this type of purchase", false),
            ("blocked_card", "The card is blocked", false),
            ("canceled_card", "The card is canceled", true),
            ("timeout", "The issuer did not answer in time", true),
            ("try_again", "The payment was not processed; it may be tried again", true),
            ("expired", "The payment was not made in time", false),
            ("processing_error", "The provider has no record of this payment", true),
            ("fraud_confirmed", "The card has been declined for confirmed fraud", false),
            ("fraud_suspect", "The card has been declined for suspicion of fraud", false),
            ("invalid_data", "The data of the payment are invalid", false),
            ("invalid_installment", "The number of installments is not allowed", false),
            ("invalid_merchant", "The merchant cannot take this payment", false),
            ("invalid_pin", "The password of the card is invalid", false),
            ("issuer_not_available", "The issuer of the card is not available", true),
            ("lost_card", "The card was reported as lost", false),
            ("not_permitted", "The payment is not permitted for this card", false),
            ("pickup_card", "The card must not be used", false),
            ("pin_try_exceeded", "The password of the card was invalid too often", false),
            ("restricted_card", "The card is restricted", false),
            ("security_violation", "The card has been declined for a security violation", false),
            ("service_not_allowed", "The card does not have this service", false),
            ("stolen_card", "The card was reported as stolen", false),
            ("transaction_not_allowed", "The card does not allow this transaction", false),
        ]
    );
}
