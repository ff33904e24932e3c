//! How a charge is paid, with what the shopper needs to pay it.

use domain::{
    barcode::Barcode,
    charge::{request::Receipt, status::Status},
    method::{Boleto, Browser, Drip, Method, PaidItem, Penalty, Percentage, Rate},
    money::Amount,
    time::Date,
};
use serde::{Serialize, Serializer, ser::Error};
use serde_json::Number;
use utoipa::ToSchema;

use super::view::View;
use crate::malga::schema;

/// How a charge is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "paymentType", rename_all = "lowercase")]
#[schema(as = ChargeMethod)]
pub enum MethodBody {
    /// By credit card.
    Credit {
        /// In how many parts.
        #[schema(schema_with = schema::installments)]
        installments: u8,
    },
    /// By Pix. The code is shown while it can be paid.
    Pix(PixBody),
    /// By boleto. The barcode is shown while it can be paid.
    Boleto(BoletoBody),
    /// By Drip.
    Drip(DripBody),
}

impl MethodBody {
    /// Once a Pix is paid its code is in a transaction request, and the page at Drip stays (Malga, "Pix" and "Drip").
    pub(super) fn seen(method: &Method, view: &View<'_>) -> Self {
        let known = view.charge.payable();
        let payable = known.filter(|_| view.charge.status() == Status::Pending);
        match method {
            Method::Credit { installments } => Self::Credit { installments: *installments },
            Method::Pix { expires_in } => Self::Pix(PixBody::new(*expires_in, payable, &|| view.image())),
            Method::Boleto(boleto) => Self::Boleto(BoletoBody::new(boleto, payable, &|| view.image())),
            Method::Drip(drip) => Self::Drip(DripBody::new(drip, known)),
        }
    }
}

/// A Pix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pix)]
pub struct PixBody {
    /// How many seconds the code can be paid.
    #[schema(schema_with = schema::pix_expiry)]
    pub expires_in: u32,
    /// The code to be copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qr_code_data: Option<String>,
    /// The code to be scanned: the address of a PNG, which a browser shows without a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qr_code_image_url: Option<String>,
}

impl PixBody {
    pub(crate) fn new(expires_in: u32, receipt: Option<&Receipt>, image: &dyn Fn() -> String) -> Self {
        let code = receipt.and_then(|receipt| receipt.pix_code.as_deref());
        Self { expires_in, qr_code_data: code.map(str::to_owned), qr_code_image_url: code.map(|_| image()) }
    }
}

/// A boleto.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Boleto)]
pub struct BoletoBody {
    /// Its due date.
    #[schema(value_type = String, format = Date)]
    pub expires_date: Date,
    /// For how many days after its due date it can be paid, as it was sent; without, 30 where interest or a fine is
    /// set, and otherwise none.
    #[schema(minimum = 0, maximum = 365, required)]
    pub max_days_past_due: Option<u16>,
    /// The instructions to the cashier, printed on the boleto.
    #[schema(required)]
    pub instructions: Option<String>,
    /// What is added for each day of delay as an amount, or for each month as a percentage.
    #[schema(required)]
    pub interest: Option<PenaltyBody>,
    /// What is added once for a delay.
    #[schema(required)]
    pub fine: Option<PenaltyBody>,
    /// What is bought.
    pub items: Vec<PaidItemBody>,
    /// The line to be typed ("linha digitável"), 47 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub barcode_data: Option<String>,
    /// The barcode to be scanned: the address of a PNG, which a browser shows without a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub barcode_image_url: Option<String>,
}

impl BoletoBody {
    pub(super) fn new(boleto: &Boleto, receipt: Option<&Receipt>, image: &dyn Fn() -> String) -> Self {
        let barcode = receipt.and_then(|receipt| Barcode::parse(receipt.barcode.as_deref()?).ok());
        Self {
            expires_date: boleto.expires_date,
            max_days_past_due: boleto.max_days_past_due,
            instructions: boleto.instructions.clone(),
            interest: boleto.interest.map(PenaltyBody::from),
            fine: boleto.fine.map(PenaltyBody::from),
            items: boleto.items.iter().map(PaidItemBody::from).collect(),
            barcode_data: barcode.as_ref().map(Barcode::line),
            barcode_image_url: barcode.map(|_| image()),
        }
    }
}

/// What a delay costs: an amount or a percentage, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = PenaltyOfBoleto)]
pub enum PenaltyBody {
    /// A sum.
    Amount {
        /// Days after the last day on which it begins.
        #[schema(schema_with = schema::penalty_days)]
        days: u16,
        /// How much.
        #[schema(schema_with = schema::amount)]
        amount: Amount,
    },
    /// A share.
    Percentage {
        /// Days after the last day on which it begins.
        #[schema(schema_with = schema::penalty_days)]
        days: u16,
        /// Which share of the amount.
        #[serde(serialize_with = "as_number")]
        #[schema(schema_with = schema::percentage)]
        percentage: Percentage,
    },
}

/// Its text is a number of JSON.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_number<S: Serializer>(share: &Percentage, serializer: S) -> Result<S::Ok, S::Error> {
    share.to_string().parse::<Number>().map_err(S::Error::custom)?.serialize(serializer)
}

impl From<Penalty> for PenaltyBody {
    fn from(Penalty { days, rate }: Penalty) -> Self {
        match rate {
            Rate::Amount(amount) => Self::Amount { days, amount },
            Rate::Percentage(percentage) => Self::Percentage { days, percentage },
        }
    }
}

/// One thing that is bought, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BoughtItem)]
pub struct PaidItemBody {
    /// The merchant's id of it.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How many.
    #[schema(schema_with = schema::quantity)]
    pub quantity: u32,
    /// The price of one.
    #[schema(schema_with = schema::price)]
    pub unit_price: Amount,
}

impl From<&PaidItem> for PaidItemBody {
    fn from(item: &PaidItem) -> Self {
        let PaidItem { id, title, quantity, unit_price } = item.clone();
        Self { id, title, quantity, unit_price }
    }
}

/// A payment on Drip's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Drip)]
pub struct DripBody {
    /// The page where the shopper pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub payment_url: Option<String>,
    /// What is bought.
    pub items: Vec<PaidItemBody>,
    /// The shopper's browser.
    pub browser: BrowserBody,
    /// Where the browser goes after a payment.
    pub success_redirect_url: String,
    /// Where the browser goes when the shopper cancels.
    pub cancel_redirect_url: String,
    /// In how many installments the shopper may pay at most.
    #[schema(required)]
    pub max_installments: Option<u8>,
}

impl DripBody {
    pub(super) fn new(drip: &Drip, receipt: Option<&Receipt>) -> Self {
        Self {
            payment_url: receipt.and_then(|receipt| receipt.payment_url.clone()),
            items: drip.items.iter().map(PaidItemBody::from).collect(),
            browser: BrowserBody::from(&drip.browser),
            success_redirect_url: drip.success_redirect_url.clone(),
            cancel_redirect_url: drip.cancel_redirect_url.clone(),
            max_installments: drip.max_installments,
        }
    }
}

/// The shopper's browser, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BrowserOfShopper)]
pub struct BrowserBody {
    /// Its IP address.
    pub ip_address: String,
    /// The fingerprint that Drip's script made of it.
    pub browser_fingerprint: String,
}

impl From<&Browser> for BrowserBody {
    fn from(browser: &Browser) -> Self {
        let Browser { ip_address, browser_fingerprint } = browser.clone();
        Self { ip_address, browser_fingerprint }
    }
}
