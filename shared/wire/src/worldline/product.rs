//! The payment products that the hub serves: the cards that are sold in Brazil, Pix, and boleto.

use domain::{card::Brand, client_session::ProductFilters, method::PaymentType, money::Currency};

use super::context::Context;

/// The one group of products.
pub const CARDS: &str = "cards";
/// Where Pix and boletos are paid, and where the cards of local brands are good.
const BRAZIL: &str = "BR";

/// A payment product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// Elo, of Brazil.
    Elo,
    /// American Express.
    AmericanExpress,
    /// Hipercard, of Brazil.
    HiperCard,
    /// Diners Club.
    Diners,
    /// Discover.
    Discover,
    /// JCB.
    Jcb,
    /// Pix.
    Pix,
    /// Boleto.
    Boleto,
}

impl Product {
    /// Every product, in the order in which a page shows them.
    pub const ALL: [Self; 10] = [
        Self::Visa,
        Self::Mastercard,
        Self::Elo,
        Self::AmericanExpress,
        Self::HiperCard,
        Self::Diners,
        Self::Discover,
        Self::Jcb,
        Self::Pix,
        Self::Boleto,
    ];

    /// Its number in Worldline's API.
    #[must_use]
    pub const fn id(self) -> u32 {
        match self {
            Self::Visa => 1,
            Self::AmericanExpress => 2,
            Self::Mastercard => 3,
            Self::Jcb => 125,
            Self::Discover => 128,
            Self::Diners => 132,
            Self::Elo => 147,
            Self::HiperCard => 148,
            Self::Boleto => 1503,
            Self::Pix => 6105,
        }
    }

    /// The product that cards of `brand` are; none of a brand that is not known.
    #[must_use]
    pub const fn of_brand(brand: Brand) -> Option<Self> {
        match brand {
            Brand::Visa => Some(Self::Visa),
            Brand::Mastercard => Some(Self::Mastercard),
            Brand::AmericanExpress => Some(Self::AmericanExpress),
            Brand::Elo => Some(Self::Elo),
            Brand::Discover => Some(Self::Discover),
            Brand::Jcb => Some(Self::Jcb),
            Brand::Diners => Some(Self::Diners),
            Brand::HiperCard => Some(Self::HiperCard),
            Brand::Unknown => None,
        }
    }

    /// The payment method that it is.
    #[must_use]
    pub const fn method(self) -> PaymentType {
        match self {
            Self::Visa
            | Self::Mastercard
            | Self::Elo
            | Self::AmericanExpress
            | Self::HiperCard
            | Self::Diners
            | Self::Discover
            | Self::Jcb => PaymentType::Credit,
            Self::Pix => PaymentType::Pix,
            Self::Boleto => PaymentType::Boleto,
        }
    }

    /// Whether it is a card.
    #[must_use]
    pub fn is_card(self) -> bool {
        self.method() == PaymentType::Credit
    }

    /// The group that it is in.
    #[must_use]
    pub fn group(self) -> Option<&'static str> {
        self.is_card().then_some(CARDS)
    }

    /// What a shopper knows it as.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
            Self::Elo => "Elo",
            Self::AmericanExpress => "American Express",
            Self::HiperCard => "Hipercard",
            Self::Diners => "Diners Club",
            Self::Discover => "Discover",
            Self::Jcb => "JCB",
            Self::Pix => "Pix",
            Self::Boleto => "Boleto Bancário",
        }
    }

    /// Whether it can be used in the context at all. Pix and boleto are payments of something, once, in BRL.
    fn fits(self, context: &Context) -> bool {
        let is_in_brazil = context.country == BRAZIL;
        match self {
            Self::Pix | Self::Boleto => {
                let is_once = !context.is_recurring && !context.is_installments;
                is_in_brazil && context.currency == Currency::BRL && is_once && context.amount != Some(0)
            }
            Self::Elo | Self::HiperCard => is_in_brazil,
            Self::Visa | Self::Mastercard | Self::AmericanExpress | Self::Diners | Self::Discover | Self::Jcb => true,
        }
    }
}

/// What a client session offers in a context.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The context.
    pub context: &'a Context,
    /// What the session's filters leave.
    pub filters: &'a ProductFilters,
    /// The payment methods that the merchant's providers serve in the currency of the context.
    pub served: &'a [PaymentType],
}

impl Offer<'_> {
    /// Whether the product is offered.
    #[must_use]
    pub fn has(&self, product: Product) -> bool {
        self.served.contains(&product.method())
            && product.fits(self.context)
            && self.filters.admit(product.id(), product.group())
    }

    /// The product whose number this is, where it is offered.
    #[must_use]
    pub fn named(&self, number: &str) -> Option<Product> {
        self.products().find(|product| product.id().to_string() == number)
    }

    /// Every product that is offered, in its order.
    pub fn products(&self) -> impl Iterator<Item = Product> {
        Product::ALL.into_iter().filter(|product| self.has(*product))
    }
}

#[cfg(test)]
mod tests {
    use domain::client_session::ProductFilter;

    use super::*;

    /// The context of a page in Brazil.
    fn in_brazil() -> Context {
        Context {
            country: BRAZIL.to_owned(),
            currency: Currency::BRL,
            amount: Some(1000),
            is_recurring: false,
            is_installments: false,
        }
    }

    fn offered(context: &Context, filters: &ProductFilters, served: &[PaymentType]) -> Vec<u32> {
        Offer { context, filters, served }.products().map(Product::id).collect()
    }

    const CARDS_ABROAD: [u32; 6] = [1, 3, 2, 132, 128, 125];

    #[test]
    fn a_product_is_known_by_its_number_and_a_card_by_its_brand() {
        let (context, filters) = (in_brazil(), ProductFilters::default());
        let offer = Offer { context: &context, filters: &filters, served: &PaymentType::ALL };
        for product in Product::ALL {
            assert_eq!(offer.named(&product.id().to_string()), Some(product));
        }
        // 866 is Alipay+, which is no Pix.
        for other in ["866", "01", "+1", " 1", "1.0", "visa", ""] {
            assert_eq!(offer.named(other), None, "{other}");
        }
        let brands = [Brand::Visa, Brand::Elo, Brand::HiperCard, Brand::Unknown].map(Product::of_brand);
        assert_eq!(brands, [Some(Product::Visa), Some(Product::Elo), Some(Product::HiperCard), None]);
    }

    #[test]
    fn products_are_those_that_a_provider_serves_in_the_country_and_the_currency() {
        let (all, none) = (PaymentType::ALL, ProductFilters::default());
        let brazil = in_brazil();
        assert_eq!(offered(&brazil, &none, &all), [1, 3, 147, 2, 148, 132, 128, 125, 6105, 1503]);
        assert_eq!(offered(&brazil, &none, &[PaymentType::Pix]), [6105]);
        assert!(offered(&brazil, &none, &[PaymentType::Drip]).is_empty());
        let elsewhere = Context { country: "NL".to_owned(), ..in_brazil() };
        assert_eq!(offered(&elsewhere, &none, &all), CARDS_ABROAD);
        let in_dollars = Context { currency: "USD".parse().unwrap(), ..in_brazil() };
        assert_eq!(offered(&in_dollars, &none, &all), [1, 3, 147, 2, 148, 132, 128, 125]);
    }

    #[test]
    fn a_payment_of_nothing_in_parts_or_again_and_again_is_by_card() {
        let none = ProductFilters::default();
        for context in [
            Context { amount: Some(0), ..in_brazil() },
            Context { is_recurring: true, ..in_brazil() },
            Context { is_installments: true, ..in_brazil() },
        ] {
            assert_eq!(
                offered(&context, &none, &[PaymentType::Credit, PaymentType::Pix, PaymentType::Boleto]).len(),
                8
            );
        }
        assert_eq!(offered(&Context { amount: None, ..in_brazil() }, &none, &PaymentType::ALL).len(), 10);
    }

    #[test]
    fn the_filters_of_the_session_hold() {
        let filters = ProductFilters {
            restrict_to: ProductFilter { groups: vec![CARDS.to_owned()], products: vec![6105] },
            exclude: ProductFilter { groups: Vec::new(), products: vec![2, 3] },
        };
        assert_eq!(offered(&in_brazil(), &filters, &PaymentType::ALL), [1, 147, 148, 132, 128, 125, 6105]);
    }
}
