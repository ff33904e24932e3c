//! Why a payment was refused: `refusalReasonCode` of an answer, the text of it in a notification, `errorCode` of an
//! error.

use domain::charge::decline::{Decline, DeclineCode};

use DeclineCode::{
    BlockedCard, CardNotSupported, ExpiredCard, Generic, InsufficientFunds, InvalidAmount, InvalidCvv, InvalidNumber,
    Timeout, TryAgain,
};

/// Every published refusal: its code, its text, and the hub's word for it.
pub(super) const REFUSALS: [(&str, &str, DeclineCode); 41] = [
    ("2", "Refused", Generic),
    ("3", "Referral", Generic),
    ("4", "Acquirer Error", TryAgain),
    ("5", "Blocked Card", BlockedCard),
    ("6", "Expired Card", ExpiredCard),
    ("7", "Invalid Amount", InvalidAmount),
    ("8", "Invalid Card Number", InvalidNumber),
    ("9", "Issuer Unavailable", Timeout),
    ("10", "Not supported", CardNotSupported),
    ("11", "3D Not Authenticated", Generic),
    ("12", "Not enough balance", InsufficientFunds),
    ("14", "Acquirer Fraud", Generic),
    ("15", "Cancelled", Generic),
    ("16", "Shopper Cancelled", Generic),
    ("17", "Invalid Pin", Generic),
    ("18", "Pin tries exceeded", Generic),
    ("19", "Pin validation not possible", Generic),
    ("20", "FRAUD", Generic),
    ("21", "Not Submitted", Generic),
    ("22", "FRAUD-CANCELLED", Generic),
    ("23", "Transaction Not Permitted", Generic),
    ("24", "CVC Declined", InvalidCvv),
    ("25", "Restricted Card", BlockedCard),
    ("26", "Revocation Of Auth", Generic),
    ("27", "Declined Non Generic", Generic),
    ("28", "Withdrawal amount exceeded", InvalidAmount),
    ("29", "Withdrawal count exceeded", Generic),
    ("31", "Issuer Suspected Fraud", Generic),
    ("32", "AVS Declined", Generic),
    ("33", "Card requires online pin", Generic),
    ("34", "No checking account available on Card", Generic),
    ("35", "No savings account available on Card", Generic),
    ("36", "Mobile pin required", Generic),
    ("37", "Contactless fallback", Generic),
    ("38", "Authentication required", Generic),
    ("39", "RReq not received from DS", TryAgain),
    ("40", "Current AID is in Penalty Box.", TryAgain),
    ("41", "CVM Required Restart Payment", Generic),
    ("42", "3DS Authentication Error", Generic),
    // Blocked by Adyen itself: another try would cost the networks' fee for retries.
    ("46", "Blocked to prevent excessive retry fees", Generic),
    ("50", "Token revoked", Generic),
];

/// The decline of an answer: by its code, with the network's code before the colon of `refusalReasonRaw`
/// (`51 : Insufficient funds`).
pub(super) fn by_code(code: Option<&str>, raw: Option<&str>) -> Decline {
    let found = REFUSALS.iter().find(|(known, ..)| Some(*known) == code);
    let network = raw.and_then(|raw| raw.split(':').next()).map(str::trim);
    let is_code = |text: &&str| (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Decline::new(found.map_or(Generic, |(.., word)| *word), network.filter(is_code).map(str::to_owned))
}

/// The decline of a notification: by its text.
pub(super) fn by_text(text: Option<&str>) -> Decline {
    let found = REFUSALS.iter().find(|(_, known, _)| text.is_some_and(|text| known.eq_ignore_ascii_case(text)));
    found.map_or(Generic, |(.., word)| *word).into()
}

/// The decline of a request that was refused as it was written.
pub(super) fn of_request(error_code: &str) -> Decline {
    match error_code {
        "101" => InvalidNumber,
        "103" => InvalidCvv,
        "137" | "138" => InvalidAmount,
        _ => Generic,
    }
    .into()
}
