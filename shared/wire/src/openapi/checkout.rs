//! The checkout: the pages at which a shopper pays a session, what they load, and how far the payment is.

use utoipa::openapi::{
    Content, Object, Paths, RefOr, Required, ResponseBuilder, Schema,
    path::{HttpMethod, Operation, ParameterBuilder, ParameterIn},
    request_body::RequestBodyBuilder,
    schema::{ObjectBuilder, Type},
    security::SecurityRequirement,
};

use super::{Described, Schemas};
use crate::{
    checkout::Integrity,
    malga::responses::{PaidSessionBody, ProgressBody},
    rules::string,
};

const HTML: &str = "text/html";
const SCRIPT: &str = "text/javascript";

pub(super) fn paths(paths: &mut Paths, schemas: &mut Schemas) {
    let status = Described::new("readSessionStatus", "Read how far the payment of a session is").of_id();
    let status = status.answers("200", "How far it is.", schemas.content::<ProgressBody>());
    let payment = Described::new("readSessionPayment", "Read the payment of a session").of_id().answers(
        "200",
        "The payment as it is now: the one that paid the session, or the active one, or else the last attempt.",
        schemas.content::<PaidSessionBody>(),
    );
    let page = document("openPage", "Open the page at which a session is paid");
    let frame = document("openFrame", "Open the form that pays a session, in a frame of a merchant's page");
    let file = ParameterBuilder::new().name("file").parameter_in(ParameterIn::Path).required(Required::True);
    let file = file.schema(Some(string().build())).build();
    let component = script(Described::new("readComponent", "Load the element <catraca-checkout>"));
    let asset = Described::new("readAsset", "Load what a page of the checkout runs").parameter(file);
    let asset = script(asset.fails(&["404"]));
    let integrity = Described::new("readIntegrity", "Read the hashes of what the checkout runs and shows");
    let integrity = open(integrity.answers("200", "The hashes.", schemas.content::<Integrity<'_>>()));

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    add("/v1/sessions/{id}/status", HttpMethod::Get, status);
    add("/v1/sessions/{id}/charge", HttpMethod::Get, payment);
    for (path, get, id) in [
        ("/pay/{id}", page, "checkPage"),
        ("/checkout/frame/{id}", frame, "checkFrame"),
        ("/checkout/catraca-checkout.js", component, "checkComponent"),
        ("/checkout/assets/{file}", asset, "checkAsset"),
    ] {
        add(path, HttpMethod::Head, head(id, &get));
        add(path, HttpMethod::Get, get);
    }
    add("/checkout/integrity.json", HttpMethod::Get, integrity);
    add("/checkout/reports", HttpMethod::Post, report());
}

/// A page, which says by itself that a session does not exist.
fn document(id: &str, summary: &str) -> Operation {
    let text = || Content::new(Some(Schema::from(text())));
    let page = ResponseBuilder::new().description("The page. It holds nothing secret.").content(HTML, text());
    let missing = ResponseBuilder::new().description("There is no such session.").content(HTML, text());
    let Described(operation) = Described::new(id, summary).of_id();
    open(operation.response("200", page.build()).response("404", missing.build()).build())
}

fn script(route: Described) -> Operation {
    let script = ResponseBuilder::new().description("The script.").content(SCRIPT, Content::new(Some(text())));
    let known = ResponseBuilder::new().description("The script is the one that `If-None-Match` names.");
    open(route.0.response("200", script.build()).response("304", known.build()).build())
}

/// The HEAD of a path: what its GET answers, without a body.
fn head(id: &str, get: &Operation) -> Operation {
    let mut head = get.clone();
    head.operation_id = Some(id.to_owned());
    head.summary = get.summary.as_ref().map(|summary| format!("{summary}: the headers alone"));
    for answer in head.responses.responses.values_mut() {
        if let RefOr::T(answer) = answer {
            answer.content.clear();
        }
    }
    head
}

fn report() -> Operation {
    let any = || Content::new(Some(Schema::from(ObjectBuilder::new())));
    let body =
        RequestBodyBuilder::new().content("application/csp-report", any()).content("application/reports+json", any());
    let taken = ResponseBuilder::new().description("The report may have been logged.");
    let Described(operation) = Described::new("reportPolicy", "Report what broke the policy of a page");
    open(operation.request_body(Some(body.build())).response("204", taken.build()).build())
}

/// The operation of a route that needs no key and reads nothing of a request.
fn open(mut operation: Operation) -> Operation {
    for code in ["400", "403"] {
        operation.responses.responses.remove(code);
    }
    operation.security = Some(vec![SecurityRequirement::default()]);
    operation
}

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}
