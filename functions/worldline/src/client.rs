//! The client API: what a shopper's page asks for before it pays. Each call reads its client session, and nothing else
//! that is not in a cache.

use domain::{method::PaymentType, money::Currency, refusal::Refusal};
use edge::{ClientCall, Reply, Request};
use flows::{key_pair, worldline::products::served};
use wire::worldline::{
    context::{Context, ProductQuery},
    iin::{IinDetails, IinRequest},
    image::{IMAGE_TYPE, image},
    product::{Offer, Product},
    product_groups::{PaymentProductGroup, PaymentProductGroups},
    products::{PaymentProduct, PaymentProducts},
    public_key::PublicKey,
};

/// Every product that the session offers.
pub(crate) async fn products(call: ClientCall<'_>) -> Result<Reply, Refusal> {
    let (query, served) = asked(&call).await?;
    Ok(Reply::ok(&PaymentProducts::new(&offer(&call, &query.context, &served), &query, &call.session)))
}

/// One product that the session offers.
pub(crate) async fn product(call: ClientCall<'_>) -> Result<Reply, Refusal> {
    let (query, served) = asked(&call).await?;
    let number = call.request.parameter("productId")?;
    let product = offer(&call, &query.context, &served).named(number).ok_or(Refusal::UnknownProduct)?;
    Ok(Reply::ok(&PaymentProduct::new(product, &query, &call.session)))
}

/// Every group of which the session offers a product.
pub(crate) async fn groups(call: ClientCall<'_>) -> Result<Reply, Refusal> {
    let (query, served) = asked(&call).await?;
    Ok(Reply::ok(&PaymentProductGroups::new(&offer(&call, &query.context, &served), &query, &call.session)))
}

/// One group of which the session offers a product.
pub(crate) async fn group(call: ClientCall<'_>) -> Result<Reply, Refusal> {
    let (query, served) = asked(&call).await?;
    let (name, offer) = (call.request.parameter("groupId")?, offer(&call, &query.context, &served));
    let group = PaymentProductGroup::new(name, &offer, &query, &call.session);
    Ok(Reply::ok(&group.ok_or(Refusal::UnknownProduct)?))
}

/// What the BIN of a card says of it.
pub(crate) async fn iin_details(call: ClientCall<'_>) -> Result<Reply, Refusal> {
    let IinRequest { brand, context } = IinRequest::read(&call.request.json()?)?;
    let product = Product::of_brand(brand).ok_or(Refusal::UnknownProduct)?;
    let is_allowed = match &context {
        None => None,
        Some(context) => {
            let served = methods(&call, context.currency).await?;
            Some(offer(&call, context, &served).has(product))
        }
    };
    Ok(Reply::ok(&IinDetails::new(product, is_allowed)))
}

/// The key with which a page encrypts a card.
pub(crate) async fn public_key(call: ClientCall<'_>) -> Result<Reply, Refusal> {
    let pair = key_pair::current(call.hub).await?;
    Ok(Reply::ok(&PublicKey { key_id: pair.id, public_key: pair.public }))
}

/// An image, which anyone may see.
pub(crate) fn asset(request: &Request) -> Result<Reply, Refusal> {
    let drawn = image(request.parameter("file")?).ok_or_else(|| Refusal::NoRoute(request.asked()))?;
    Ok(Reply::image(IMAGE_TYPE, drawn.into_bytes()))
}

/// The question about products in the query, and the payment methods that are served in its currency.
async fn asked(call: &ClientCall<'_>) -> Result<(ProductQuery, Vec<PaymentType>), Refusal> {
    let query = ProductQuery::read(&call.request.query())?;
    let served = methods(call, query.context.currency).await?;
    Ok((query, served))
}

/// What the session offers in this context, of the payment methods that are served.
const fn offer<'a>(call: &'a ClientCall<'_>, context: &'a Context, served: &'a [PaymentType]) -> Offer<'a> {
    Offer { context, filters: &call.session.filters, served }
}

/// The payment methods that the session's merchant is served in this currency.
async fn methods(call: &ClientCall<'_>, currency: Currency) -> Result<Vec<PaymentType>, Refusal> {
    served(call.hub, &call.session, currency).await
}
