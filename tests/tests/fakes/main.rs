//! The fakes of real providers: each decides by what its provider publishes, and its books agree with what it says.

mod adyen;
