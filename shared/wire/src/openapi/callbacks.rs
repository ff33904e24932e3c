//! Provider notifications, and the return of a shopper's browser from a provider's page. These routes need no key: the
//! last part of the path is a secret of each provider account. The provider signs a notification, or the hub asks the
//! provider again.

use utoipa::openapi::{
    Content, Header, Object, Paths, RefOr, Required, ResponseBuilder, Schema,
    path::{HttpMethod, Operation, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
    security::SecurityRequirement,
};

use super::{Described, JSON};
use crate::rules::string;

const PATH: &str = "/v1/callbacks/{provider}/{token}";

pub(super) fn paths(paths: &mut Paths) {
    let mut add = |path: &str, method, operation| paths.add_path_operation(path, vec![method], operation);
    add(PATH, HttpMethod::Post, notification("tellOfPayments", "Send a provider notification"));
    // The banks' Pix API appends this to the address that it is given.
    add(&format!("{PATH}/pix"), HttpMethod::Post, notification("tellOfPix", "Send a provider notification of Pix"));
    add(PATH, HttpMethod::Get, return_from_page());
}

/// A provider notification.
fn notification(id: &str, summary: &str) -> Operation {
    let content =
        Content::new(Some(Schema::from(ObjectBuilder::new().description(Some("In the provider's own format.")))));
    let nothing = Content::new(Some(RefOr::T(Schema::from(ObjectBuilder::new().schema_type(Type::Object)))));
    let taken = ResponseBuilder::new()
        .description("The hub has stored the notification; the provider need not repeat it.")
        .content(JSON, nothing);
    without_key(
        at_token(Described::new(id, summary)).body(Required::True, content).0.response("200", taken.build()).build(),
    )
}

/// A browser that returns from the provider's page.
fn return_from_page() -> Operation {
    let mut address = Header::new(ObjectBuilder::new().schema_type(Type::String));
    address.description = Some("`successRedirectUrl` or `cancelRedirectUrl` of the payment.".to_owned());
    let sent_on = ResponseBuilder::new().description("To the merchant's page.").header("Location", address);
    let route = at_token(Described::new("returnFromPayment", "Return from a provider's page")).0;
    let mut operation = without_key(route.response("302", sent_on.build()).build());
    for code in ["400", "403"] {
        operation.responses.responses.remove(code);
    }
    operation
}

fn at_token(route: Described) -> Described {
    let part = |name: &str, schema: Object| {
        let part = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        part.schema(Some(schema)).build()
    };
    route.parameter(part("provider", string().build())).parameter(part("token", string().build())).fails(&["404"])
}

fn without_key(mut operation: Operation) -> Operation {
    operation.security = Some(vec![SecurityRequirement::default()]);
    operation
}
