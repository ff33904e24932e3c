//! The money of one payment in the books of its bank. Every amount is in minor units.

/// What was reserved and paid, and what went back. The sums never say more than there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// What was reserved on a card.
    pub reserved: u64,
    /// The part of `reserved` that was released.
    pub released: u64,
    /// What was captured, or what the shopper paid; none before that.
    pub taken: Option<u64>,
    /// The refunds that were accepted or begun and have not ended.
    pub promised: u64,
    /// The refunds that are done.
    pub refunded: u64,
    /// The part of `refunded` that came back to the merchant.
    pub reverted: u64,
    /// What disputes have debited and not credited again.
    pub charged_back: u64,
}

impl Ledger {
    /// What the merchant has, or may still capture.
    #[must_use]
    pub const fn left(&self) -> u64 {
        match self.taken {
            Some(taken) => (taken + self.reverted).saturating_sub(self.refunded),
            None => self.reserved.saturating_sub(self.released),
        }
    }

    /// What of it is neither in a refund under way nor debited.
    #[must_use]
    pub const fn free(&self) -> u64 {
        self.left().saturating_sub(self.promised + self.charged_back)
    }

    /// Whether this amount can be captured: once, and no more than is reserved.
    #[must_use]
    pub const fn can_capture(&self, amount: u64) -> bool {
        self.taken.is_none() && 1 <= amount && amount <= self.left()
    }

    /// Whether this amount can be refunded, or released before the capture.
    #[must_use]
    pub const fn can_void(&self, amount: u64) -> bool {
        1 <= amount && amount <= self.free()
    }

    /// Whether this amount of the refunds can come back.
    #[must_use]
    pub const fn can_revert(&self, amount: u64) -> bool {
        1 <= amount && amount <= self.refunded - self.reverted
    }

    /// A refund, or a release before the capture, is done at once.
    pub const fn void(&mut self, amount: u64) {
        match self.taken {
            Some(_) => self.refunded += amount,
            None => self.released += amount,
        }
    }

    /// A refund of `promised` ends: `refunded` of it is done.
    pub const fn end_refund(&mut self, promised: u64, refunded: u64) {
        self.promised -= promised;
        self.refunded += refunded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_released_in_part_and_captured_once() {
        let mut ledger = Ledger { reserved: 100, ..Ledger::default() };
        assert!(ledger.can_capture(100) && ledger.can_void(100) && !ledger.can_capture(101) && !ledger.can_capture(0));
        ledger.void(30);
        assert_eq!((ledger.left(), ledger.can_capture(71), ledger.can_capture(70)), (70, false, true));
        ledger.taken = Some(60);
        assert_eq!((ledger.left(), ledger.can_capture(1)), (60, false), "the rest is not kept");
    }

    #[test]
    fn what_is_paid_is_refunded_only_as_far_as_nothing_else_takes_it() {
        let mut ledger = Ledger { taken: Some(100), promised: 20, charged_back: 30, ..Ledger::default() };
        assert_eq!((ledger.left(), ledger.free()), (100, 50));
        assert!(ledger.can_void(50) && !ledger.can_void(51) && !ledger.can_revert(1));
        ledger.end_refund(20, 20);
        assert_eq!((ledger.left(), ledger.free()), (80, 50));
        assert!(ledger.can_revert(20) && !ledger.can_revert(21));
        ledger.reverted = 20;
        assert_eq!((ledger.left(), ledger.can_revert(1)), (100, false));
    }
}
