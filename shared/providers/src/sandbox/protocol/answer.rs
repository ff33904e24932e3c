use domain::{charge::decline::DeclineCode, money::Amount};
use serde::{Deserialize, Serialize};

/// What the bank answers, with status 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Answer {
    /// Done: the money was taken, reserved, refunded or released, the payment canceled; of a verify, the card is good.
    Approved {
        /// The bank's own id of the transaction.
        transaction_id: String,
        /// The issuer's authorization code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization_code: Option<String>,
        /// The acquirer's sequence number (NSU).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization_nsu: Option<String>,
        /// The bank's response code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response_code: Option<String>,
        /// The card network's response code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network_code: Option<String>,
    },
    /// Nothing was done, and nothing will be; of a verify, the card is not good.
    Declined {
        /// Why.
        code: DeclineCode,
        /// The card network's response code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network_code: Option<String>,
    },
    /// The payment is registered and waits to be paid, with the one text of its method.
    Pending {
        /// The bank's own id of the transaction.
        transaction_id: String,
        /// Of Drip: its code of the registration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization_code: Option<String>,
        /// Of a Pix: the BR Code that pays it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pix_code: Option<String>,
        /// Of a boleto: the 44 digits of the barcode that pays it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        barcode: Option<String>,
        /// Of Drip: the page where it is paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment_url: Option<String>,
    },
    /// Only to a void, and to a query of one: it is accepted and under way.
    Processing {
        /// The bank's own id of the refund.
        transaction_id: String,
    },
    /// Only to a query of a registered payment: its shopper has paid.
    Paid {
        /// How much, in minor units, which may differ from what was asked for.
        amount: Amount,
        /// The bank's own id of the transaction.
        transaction_id: String,
    },
    /// Only to a query of a registered or reserved payment: it was canceled or released.
    Canceled,
    /// Only to a query, and only by a bank that keeps books: it never received the reference.
    NotFound,
}

impl Answer {
    /// The answer that a body holds; none when it holds anything else.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        super::read(body)
    }
}
