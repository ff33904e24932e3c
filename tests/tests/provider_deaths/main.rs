//! The hub with accounts at real providers, whose places fakes take, is interrupted at every step of every operation:
//! it dies, or the provider's answers are lost.

mod adyen;
mod news;
mod pagarme;

/// One test of each operation of a provider. The last word says whether only an operator can end an operation that the
/// provider has never received.
macro_rules! interrupts {
    ($fake:ty; $($name:ident: $operation:expr, $end:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            tests::shop::interrupted::interrupt_everywhere::<$fake>($operation, $end).await;
        }
    )*};
}
pub(crate) use interrupts;
