//! Payments: `POST /v1/{merchantId}/payments` and what follows one (Worldline, "Create payment", "Get payment",
//! "Approve payment", "Cancel payment").

mod answer;
mod request;

pub(super) use answer::digits_of;
pub use answer::{
    CardOutput, ChangedPayment, CreatePaymentResponse, CreationOutput, PaymentBody, PaymentErrorResponse,
    PaymentOutput, References, ShownCard, VoidOutput,
};
pub(super) use request::money;
pub use request::{CreatePayment, approved_amount, cancels_whole, typed_card};
