//! Values that must not be seen by accident.

use std::fmt;

use zeroize::Zeroize;

/// A value that prints as `Secret(..)`, cannot be serialised and is overwritten in memory when it is dropped.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps `value`.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself: every place that looks at it says so.
    #[must_use]
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    pub(crate) const fn reveal_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Witness<'a>(&'a Cell<u32>);

    impl Zeroize for Witness<'_> {
        fn zeroize(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn a_secret_is_overwritten_when_dropped() {
        let overwritten = Cell::new(0);
        drop(Secret::new(Witness(&overwritten)));
        assert_eq!(overwritten.get(), 1);
    }

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        let secret = Secret::new("4111111111111111".to_owned());
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(..) Secret(..)");
        assert_eq!(secret.reveal(), "4111111111111111");
    }
}
