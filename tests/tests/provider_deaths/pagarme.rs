//! Pagar.me: the order by its code, or the charge by its id, says what became of a lost call. No operator is needed.

use domain::method::PaymentType::{Boleto, Credit, Pix};
use tests::{
    fakes::pagarme::Pagarme,
    shop::interrupted::Operation::{Capture, CapturePart, Charge, Pay, Refund, RefundPart, Release, Reserve},
};

use crate::interrupts;

interrupts! {
    Pagarme;
    a_card_charge: Charge(Credit), false;
    a_reservation: Reserve, false;
    a_session_paid_by_card: Pay(Credit), false;
    a_pix: Charge(Pix), false;
    a_session_with_a_pix: Pay(Pix), false;
    a_boleto: Charge(Boleto), false;
    a_capture: Capture, false;
    a_capture_of_a_part: CapturePart, false;
    a_release: Release, false;
    a_refund: Refund(Credit), false;
    a_refund_of_a_part: RefundPart(Credit), false;
    a_refund_of_a_pix: Refund(Pix), false;
    a_refund_of_a_part_of_a_pix: RefundPart(Pix), false;
}
