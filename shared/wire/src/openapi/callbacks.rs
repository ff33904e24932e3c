//! What providers call, and what their pages send a buyer's browser back to. No key opens these: the last part of the
//! path is a secret that each account of a merchant at a provider has for itself, and what is told there is signed by
//! the provider or asked for again.

use utoipa::openapi::{
    Content, Header, Object, Paths, RefOr, Required, ResponseBuilder, Schema,
    path::{HttpMethod, Operation, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
    security::SecurityRequirement,
};

use super::{JSON, Route, text};

const PATH: &str = "/v1/callbacks/{provider}/{token}";

pub(super) fn paths(paths: &mut Paths) {
    let mut add = |path: &str, method, operation| paths.add_path_operation(path, vec![method], operation);
    add(PATH, HttpMethod::Post, update("tellOfPayments", "Tell what happened to payments"));
    // The banks' Pix API appends this to the address that it is given.
    add(&format!("{PATH}/pix"), HttpMethod::Post, update("tellOfPix", "Tell what happened to payments by Pix"));
    add(PATH, HttpMethod::Get, way_back());
}

/// A call of a provider.
fn update(id: &str, summary: &str) -> Operation {
    let told = Content::new(Some(Schema::from(ObjectBuilder::new().description(Some("In the provider's own words.")))));
    let nothing = Content::new(Some(RefOr::T(Schema::from(ObjectBuilder::new().schema_type(Type::Object)))));
    let taken = ResponseBuilder::new().description("Taken: it need not be told again.").content(JSON, nothing);
    without_key(at_token(Route::new(id, summary)).body(Required::True, told).0.response("200", taken.build()).build())
}

/// A browser that comes back from the provider's page.
fn way_back() -> Operation {
    let mut address = Header::new(ObjectBuilder::new().schema_type(Type::String));
    address.description = Some("`successRedirectUrl` or `cancelRedirectUrl` of the payment.".to_owned());
    let sent_on = ResponseBuilder::new().description("Go on at the merchant's.").header("Location", address);
    let route = at_token(Route::new("returnFromPayment", "Come back from a provider's page")).0;
    let mut operation = without_key(route.response("302", sent_on.build()).build());
    for code in ["400", "403"] {
        operation.responses.responses.remove(code);
    }
    operation
}

fn at_token(route: Route) -> Route {
    let part = |name: &str, schema: Object| {
        let part = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        part.schema(Some(schema)).build()
    };
    route.parameter(part("provider", text())).parameter(part("token", text())).fails(&["404"])
}

fn without_key(mut operation: Operation) -> Operation {
    operation.security = Some(vec![SecurityRequirement::default()]);
    operation
}
