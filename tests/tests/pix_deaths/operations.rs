//! Every operation that a bank or Drip has. All of them end by themselves: no operator is needed.

use domain::method::PaymentType::{Drip as InInstallments, Pix};
use tests::{
    fakes::drip::Drip,
    shop::{
        bcb_pix::{BancoDoBrasil, Bank, Bs2, Standard},
        interrupted::{
            News::{Paid, Refunded, SessionPaid},
            Operation::{Charge, Pay, Refund, RefundPart},
            interrupt_everywhere, interrupt_news,
        },
    },
};

macro_rules! interrupts {
    ($($name:ident: $fake:ty, $operation:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            interrupt_everywhere::<$fake>($operation, false).await;
        }
    )*};
}

interrupts! {
    a_pix_at_any_bank: Bank<Standard>, Charge(Pix);
    a_session_with_a_pix_at_any_bank: Bank<Standard>, Pay(Pix);
    a_refund_at_any_bank: Bank<Standard>, Refund(Pix);
    a_refund_of_a_part_at_any_bank: Bank<Standard>, RefundPart(Pix);
    a_pix_at_banco_do_brasil: Bank<BancoDoBrasil>, Charge(Pix);
    a_session_with_a_pix_at_banco_do_brasil: Bank<BancoDoBrasil>, Pay(Pix);
    a_refund_at_banco_do_brasil: Bank<BancoDoBrasil>, Refund(Pix);
    a_refund_of_a_part_at_banco_do_brasil: Bank<BancoDoBrasil>, RefundPart(Pix);
    a_pix_at_bs2: Bank<Bs2>, Charge(Pix);
    a_session_with_a_pix_at_bs2: Bank<Bs2>, Pay(Pix);
    a_page_of_drip: Drip, Charge(InInstallments);
    a_session_with_a_page_of_drip: Drip, Pay(InInstallments);
    a_cancellation_at_drip: Drip, Refund(InInstallments);
}

/// What the bank notifies of.
#[tokio::test(flavor = "multi_thread")]
async fn notifications_of_any_bank() {
    for news in [Paid, SessionPaid, Refunded] {
        interrupt_news::<Bank<Standard>>(news).await;
    }
}
