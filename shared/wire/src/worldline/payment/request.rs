//! What is asked: a payment, or that one is approved.

use domain::{
    card::{Brand, CardData, Pan},
    charge::{CvvOrder, Order, SourceOrder},
    client_session::ClientSession,
    ids::{CardId, MerchantId},
    limits::{MAX_INSTALLMENTS, MAX_TEXT},
    method::Method,
    money::{Amount, Currency, Money},
    refusal::{InputFault, Refusal},
    time::Timestamp,
};
use serde_json::Value;

use crate::worldline::{
    amount::{least_hundredths, minor_units, most_hundredths},
    card,
    jwe::{self, CustomerInput, Jwe},
    part,
    product::{CARDS, Product},
    values::{flag, needed, number, required, whole, within},
};
use crate::{
    reader::{self, Fields},
    rules::{Rule, currency, rule, string},
    texts::text,
};

/// The field of a card payment.
const CARD: &str = "cardPaymentMethodSpecificInput";
/// The fields of other payment methods.
const OTHER_INPUTS: [&str; 9] = [
    "bankTransferPaymentMethodSpecificInput",
    "cashPaymentMethodSpecificInput",
    "directDebitPaymentMethodSpecificInput",
    "eInvoicePaymentMethodSpecificInput",
    "invoicePaymentMethodSpecificInput",
    "mobilePaymentMethodSpecificInput",
    "nonSepaDirectDebitPaymentMethodSpecificInput",
    "redirectPaymentMethodSpecificInput",
    "sepaDirectDebitPaymentMethodSpecificInput",
];

/// A payment that a merchant orders.
#[derive(Debug)]
pub struct CreatePayment {
    /// What a shopper's page encrypted, where that pays.
    pub encrypted: Option<Box<Jwe>>,
    /// A card in the clear or a stored one, where that pays.
    plain: Option<SourceOrder>,
    /// The payment product that the merchant names.
    product: Option<u32>,
    money: Money,
    capture: bool,
    tokenize: bool,
    installments: u8,
    merchant_reference: Option<String>,
    descriptor: Option<String>,
    /// The customer's name: it is the name on a card that has none.
    customer: Option<String>,
}

impl CreatePayment {
    /// The payment in `body`; a card must be good at `now`. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, now: Timestamp) -> Result<Self, Refusal> {
        reader::read(body, typed_card(body).as_ref(), |fields| Self::fields(fields, now))
    }

    /// That no text of `body`, which was read at `now`, holds the number of `card`, which was encrypted or is stored,
    /// and that the payment product that `body` names is one of it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every text that does, or with the product.
    pub fn fits(card: &Pan, body: &Value, now: Timestamp) -> Result<(), Refusal> {
        let payment = reader::read(body, Some(card), |fields| Self::fields(fields, now))?;
        payment.product(None, Some(card.brand())).map(drop)
    }

    /// `refusal` of the payment in `body`: a stored card that cannot pay is named by the field that chose it.
    #[must_use]
    pub fn refused(refusal: Refusal, body: &Value) -> Refusal {
        let is_encrypted = || body.get(jwe::FIELD).is_some_and(|input| !input.is_null());
        match refusal {
            Refusal::UnusableCard | Refusal::CardExpired if is_encrypted() => {
                Refusal::EncryptedInput(InputFault::StoredCard)
            }
            other => other,
        }
    }

    fn fields(fields: &mut Fields<'_>, now: Timestamp) -> Option<Self> {
        let is_paid_otherwise = refuse_other_inputs(fields);
        let order = required(fields, "order", OrderFields::read);
        let customer = order.as_ref().and_then(|order| order.customer.clone());
        let encrypted = fields.optional(jwe::jwe(), jwe::FIELD);
        let card = within(fields, CARD, |card| CardFields::read(card, customer.as_deref(), now));
        let (card, encrypted) = (card?.unwrap_or_default(), encrypted?);
        match (&encrypted, &card.source) {
            (Some(_), None) | (None, Some(_)) => {}
            (Some(_), Some(_)) => fields.problem(jwe::FIELD, "must not come together with a card or a token"),
            (None, None) if is_paid_otherwise || card.names_source || fields.value(jwe::FIELD).is_some() => {}
            (None, None) => fields.problem(jwe::FIELD, "should not be empty"),
        }
        let order = order?;
        Some(Self {
            encrypted: encrypted.map(Box::new),
            plain: card.source,
            product: card.product,
            money: order.money,
            capture: card.captures,
            tokenize: card.tokenize,
            installments: order.installments,
            merchant_reference: order.merchant_reference,
            descriptor: order.descriptor,
            customer,
        })
    }

    /// The card that was typed into a shopper's page, of what the page encrypted; none where it chose a stored one. A
    /// card without a name on it has that of the customer; it must be good at `now`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn typed_in(&self, input: &CustomerInput, now: Timestamp) -> Result<Option<CardData>, Refusal> {
        input.card(self.customer.as_deref(), now)
    }

    /// The order that it is to `merchant`, of a payment that no page encrypted.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where the merchant named another payment product than that of the card.
    pub fn order(mut self, merchant: MerchantId) -> Result<Order, Refusal> {
        let source = self.plain.take().ok_or(Refusal::Internal)?;
        let brand = if let SourceOrder::Card(card) = &source { Some(card.pan.brand()) } else { None };
        self.product(None, brand)?;
        let keeps_card = self.tokenize;
        Ok(self.paid_from(merchant, source, keeps_card))
    }

    /// The order that it is to `merchant`, of a payment from the card that a page encrypted in `session`: the one that
    /// was [typed in](Self::typed_in), or one of the session's.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where another payment product was named, or no card of the session;
    /// [`InputFault::LeftOut`] where the session leaves its product out.
    pub fn encrypted_order(
        self,
        merchant: MerchantId,
        input: &CustomerInput,
        typed: Option<CardData>,
        session: &ClientSession,
    ) -> Result<Order, Refusal> {
        let (source, brand) = match typed {
            Some(card) => {
                let brand = card.pan.brand();
                (SourceOrder::Card(card), brand)
            }
            None => input.on_file(&session.cards)?,
        };
        let named = self.product(input.product, Some(brand))?;
        // A page names what it likes, such as a debit product: the brand's own must be admitted too. A card of no known
        // brand has none, and is in the group alone.
        let own = Product::of_brand(brand).map_or(0, Product::id);
        if ![own, named.unwrap_or(own)].iter().all(|product| session.filters.admit(*product, Some(CARDS))) {
            return Err(Refusal::EncryptedInput(InputFault::LeftOut));
        }
        let keeps_card = self.tokenize || input.tokenize;
        Ok(self.paid_from(merchant, source, keeps_card))
    }

    /// The payment product: the one that was named, by the merchant or in a shopper's page, or that of the brand.
    fn product(&self, chosen: Option<u32>, brand: Option<Brand>) -> Result<Option<u32>, Refusal> {
        let fits = |product: &u32| brand.is_none_or(|brand| card::is_of(*product, brand));
        let of_another_card = |input: &str| {
            Err(Refusal::Invalid(vec![format!("{input}.paymentProductId must be the product of the card")]))
        };
        if !chosen.iter().all(fits) {
            return of_another_card(jwe::FIELD);
        }
        if !self.product.iter().all(fits) || chosen.is_some_and(|chosen| self.product.is_some_and(|own| own != chosen))
        {
            return of_another_card(CARD);
        }
        Ok(self.product.or(chosen).or_else(|| brand.and_then(Product::of_brand).map(Product::id)))
    }

    fn paid_from(self, merchant: MerchantId, source: SourceOrder, keeps_card: bool) -> Order {
        Order {
            merchant,
            money: self.money,
            capture: self.capture,
            order_id: self.merchant_reference,
            description: None,
            statement_descriptor: self.descriptor,
            method: Method::Credit { installments: self.installments },
            customer: None,
            fraud: None,
            keeps_card: keeps_card && matches!(source, SourceOrder::Card(_)),
            source,
        }
    }
}

/// The card whose number `body` holds in the clear.
#[must_use]
pub fn typed_card(body: &Value) -> Option<Pan> {
    card::number_in(body.get(CARD)?.get("card")?)
}

/// What is paid otherwise than by card is not offered here: whether the payment is.
fn refuse_other_inputs(fields: &mut Fields<'_>) -> bool {
    let others: Vec<&str> = OTHER_INPUTS.into_iter().filter(|name| fields.value(name).is_some()).collect();
    for name in &others {
        fields.problem(name, "is not offered by this hub");
    }
    !others.is_empty()
}

/// `order`.
struct OrderFields {
    money: Money,
    installments: u8,
    merchant_reference: Option<String>,
    descriptor: Option<String>,
    customer: Option<String>,
}

impl OrderFields {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let money = required(fields, "amountOfMoney", money);
        let installments = within(fields, "additionalInput", installments);
        let references = within(fields, "references", |references| {
            let reference = references.optional(text(MAX_TEXT).without_card_numbers(), "merchantReference");
            let descriptor = references.optional(text(MAX_TEXT).without_card_numbers(), "descriptor");
            Some((reference?, descriptor?))
        });
        let customer = within(fields, "customer", customer);
        let (merchant_reference, descriptor) = references?.unwrap_or_default();
        Some(Self {
            money: money?,
            installments: installments?.unwrap_or(1),
            merchant_reference,
            descriptor,
            customer: customer?.flatten(),
        })
    }
}

/// `amountOfMoney`.
pub(in crate::worldline) fn money(fields: &mut Fields<'_>) -> Option<Money> {
    let currency = needed(fields, currency(), "currencyCode");
    let amount = needed(fields, amount(currency), "amount");
    Some(Money { amount: amount?, currency: currency? })
}

/// An amount of this currency, in hundredths, above zero.
pub(in crate::worldline) fn amount(currency: Option<Currency>) -> impl Rule<Read = Amount> {
    let read = move |value: &Value| {
        let hundredths =
            whole(value).ok_or_else(|| "must be a whole number, in hundredths of the currency".to_owned())?;
        let currency = currency.unwrap_or(Currency::BRL);
        let (least, most) = (least_hundredths(currency), most_hundredths(currency));
        match minor_units(hundredths, currency).filter(|amount| *amount > Amount::ZERO) {
            Some(amount) => Ok(amount),
            None if hundredths > most => Err(format!("must be at most {most}, in hundredths of the currency")),
            None if hundredths == 0 => Err(format!("must be at least {least}, in hundredths of the currency")),
            None => Err(format!(
                "must be a multiple of {least}: it is in hundredths, and {} has larger units",
                currency.code()
            )),
        }
    };
    rule(read, string)
}

/// `numberOfInstallments`, in either of its two places.
fn installments(fields: &mut Fields<'_>) -> Option<u8> {
    let of = |fields: &mut Fields<'_>| {
        let number = fields.optional(number(1..=MAX_INSTALLMENTS.into()), "numberOfInstallments")?;
        Some(number.and_then(|number| u8::try_from(number).ok()))
    };
    let own = of(fields);
    let nested = within(fields, "installments", of);
    match (own?, nested?.flatten()) {
        (Some(own), Some(nested)) if own != nested => {
            fields.refuse("numberOfInstallments", "must be the same in both of its places")
        }
        (own, nested) => Some(own.or(nested).unwrap_or(1)),
    }
}

/// The name of the customer.
#[expect(clippy::option_option, reason = "the outer one is that of every field")]
fn customer(fields: &mut Fields<'_>) -> Option<Option<String>> {
    let part = || text(MAX_TEXT).without_card_numbers();
    let names = within(fields, "personalInformation", |person| {
        let parts = within(person, "name", |name| {
            let first = name.optional(part(), "firstName");
            let last = name.optional(part(), "surname");
            Some([first?, last?].into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
        });
        let name = parts?.filter(|name| !name.is_empty());
        // It may become the name on the card, and the number of one may be split over its parts.
        Some(name.and_then(|name| card::name().read(&Value::from(name), person, "name")))
    });
    Some(names?.flatten())
}

/// `cardPaymentMethodSpecificInput`.
#[derive(Default)]
struct CardFields {
    source: Option<SourceOrder>,
    /// Whether there is a card or a token, which may be wrong.
    names_source: bool,
    product: Option<u32>,
    /// Whether the payment needs no approval. Money that was not asked for is never captured.
    captures: bool,
    tokenize: bool,
}

impl CardFields {
    fn read(fields: &mut Fields<'_>, customer: Option<&str>, now: Timestamp) -> Option<Self> {
        let product = fields.optional(number(0..=u32::MAX.into()), "paymentProductId");
        let captures = captures(fields);
        let tokenize = fields.optional(flag(), "tokenize");
        let token = fields.optional(token(), "token");
        let (own, nested) = (refuse_authentication(fields), within(fields, "threeDSecure", refuse_authentication));
        let source = match (fields.value("card"), token?) {
            (Some(_), Some(_)) => return fields.refuse("token", "must not come together with a card"),
            (Some(_), None) => {
                within(fields, "card", |fields| card::read(fields, customer, now))?.map(SourceOrder::Card)
            }
            (None, Some(card)) => Some(SourceOrder::StoredCard { card, cvv: CvvOrder::None }),
            (None, None) => None,
        };
        let names_source = ["card", "token"].iter().any(|name| fields.value(name).is_some());
        own.and(nested)?;
        Some(Self {
            source,
            names_source,
            product: product?.and_then(|product| u32::try_from(product).ok()),
            captures: captures?,
            tokenize: tokenize?.unwrap_or(false),
        })
    }
}

/// Refuses a shopper's authentication that is asked for: in `threeDSecure`, or in the deprecated place beside it.
fn refuse_authentication(fields: &mut Fields<'_>) -> Option<()> {
    const FIELD: &str = "skipAuthentication";
    match fields.optional(flag(), FIELD)? {
        Some(false) => fields.refuse(FIELD, "must not be false: this hub authenticates no shopper"),
        Some(true) | None => Some(()),
    }
}

/// Whether the payment is captured at once. Money that was not asked for is never captured.
fn captures(fields: &mut Fields<'_>) -> Option<bool> {
    let requires_approval = fields.optional(flag(), "requiresApproval");
    let mode = fields.optional(authorization_mode(), "authorizationMode");
    match (requires_approval?, mode? == Some(SALE)) {
        (Some(true), true) => fields.refuse("authorizationMode", "must not be SALE where requiresApproval is true"),
        (Some(requires_approval), _) => Some(!requires_approval),
        (None, is_sale) => Some(is_sale),
    }
}

/// The mode that captures. The others reserve alike.
const SALE: &str = "SALE";

fn authorization_mode() -> impl Rule<Read = &'static str> {
    const MODES: [&str; 3] = ["FINAL_AUTHORIZATION", "PRE_AUTHORIZATION", SALE];
    let read = |value: &Value| {
        let mode = MODES.into_iter().find(|mode| value == *mode);
        mode.ok_or_else(|| format!("must be one of {}", MODES.join(", ")))
    };
    rule(read, string)
}

/// A stored card.
fn token() -> impl Rule<Read = CardId> {
    let read = |value: &Value| {
        let card = value.as_str().and_then(|text| text.parse().ok());
        card.ok_or_else(|| "must be a token of this account".to_owned())
    };
    rule(read, string)
}

/// The amount in the `body` of an approval, of a payment in this currency; none approves all of it.
///
/// # Errors
/// [`Refusal::Invalid`] with every problem.
pub fn approved_amount(body: &Value, currency: Currency) -> Result<Option<Amount>, Refusal> {
    reader::read(body, None, |fields| {
        part::amount(fields, "amount", &KNOWN, |fields| {
            let is_known = within(fields, "order", |order| Some(order.are_all_of(&KNOWN_OF_ORDER)))?;
            if !fields.has("amount") && is_known == Some(false) {
                let known = KNOWN_OF_ORDER.join(", ");
                return fields.refuse("order", &format!("must have no field but {known}: the whole is meant"));
            }
            fields.optional(amount(Some(currency)), "amount")
        })
    })
}

/// The fields of an approval without an amount.
const KNOWN: [&str; 3] =
    ["directDebitPaymentMethodSpecificInput", "order", "sepaDirectDebitPaymentMethodSpecificInput"];

/// Those of its order.
const KNOWN_OF_ORDER: [&str; 3] = ["additionalInput", "customer", "references"];

/// That the `body` of a cancel says nothing: a cancel releases the whole.
///
/// # Errors
/// [`Refusal::Invalid`] with the first amount, or with the body.
pub fn cancels_whole(body: &Value) -> Result<(), Refusal> {
    reader::read(body, None, part::none)
}
