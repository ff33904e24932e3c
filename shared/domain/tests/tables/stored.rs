//! Charges as they are stored.

use domain::charge::Charge;

use crate::states::states;

#[test]
fn a_charge_is_read_as_it_was_written_in_every_state() {
    for state in states() {
        let text = serde_json::to_string(&state.life.charge).unwrap();
        assert_eq!(serde_json::from_str::<Charge>(&text).unwrap(), state.life.charge, "{}", state.name);
    }
}
