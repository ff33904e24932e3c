//! Adyen: nothing can be read there. Notifications end what has arrived; a payment that has not arrived is ended by an
//! operator.

use domain::method::PaymentType::{Boleto, Credit, Pix};
use tests::{
    fakes::adyen::Adyen,
    shop::interrupted::Operation::{Capture, CapturePart, Charge, Pay, Refund, RefundPart, Release, Reserve},
};

use crate::interrupts;

interrupts! {
    Adyen;
    a_card_charge: Charge(Credit), true;
    a_reservation: Reserve, true;
    a_session_paid_by_card: Pay(Credit), true;
    a_pix: Charge(Pix), true;
    a_session_with_a_pix: Pay(Pix), true;
    a_boleto: Charge(Boleto), true;
    a_capture: Capture, false;
    a_capture_of_a_part: CapturePart, false;
    a_release: Release, false;
    a_refund: Refund(Credit), false;
    a_refund_of_a_part: RefundPart(Credit), false;
    a_refund_of_a_pix: Refund(Pix), false;
    a_refund_of_a_part_of_a_pix: RefundPart(Pix), false;
}
