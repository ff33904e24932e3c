//! The OpenAPI document of the public API, committed as `shared/wire/openapi.json`.

mod account;
mod callbacks;
mod checkout;
mod events;
mod webhooks;

use domain::limits::MAX_IDEMPOTENCY_KEY;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, Header, Info, Object, OpenApi, Paths, Ref, RefOr, Required, ResponseBuilder, Schema,
        path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{ArrayBuilder, ComponentsBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type},
        security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
    },
};

use crate::malga::{
    errors::{ErrorBody, ForbiddenBody},
    requests::{
        CaptureCharge, CardsQuery, ChangeAntifraud, ChangeStatus, ChargesQuery, CreateCard, CreateCharge,
        CreateCustomer, CreateCustomerQuery, CreateSession, CreateSessionCard, CreateToken, CustomersQuery, LinkCard,
        PatchCustomer, PatchSession, PaySession, SessionsQuery, VoidCharge,
    },
    responses::{
        ActiveBody, CanceledBody, CardBody, ChargeBody, CustomerBody, ErasedBody, HistoryEntry, IMAGE_TYPE,
        LinkedSessionBody, Page, PaidSessionBody, SessionBody, TokenBody,
    },
};

const JSON: &str = "application/json";

/// Every error that an answer can have, by status code.
const ERRORS: [(&str, &str); 10] = [
    ("400", "The request is not what the route takes, or cannot be done."),
    ("403", "The key is missing, unknown, or does not open this."),
    ("404", "There is no such thing."),
    ("409", "Something else is under way or done already; nothing was done."),
    ("413", "The request body is too large."),
    ("422", "The idempotency key was used with another request."),
    ("424", "A provider did not do its part; the message says what was done."),
    ("429", "Cards were tried too often; the message says until when, and nothing was done."),
    ("500", "A defect of the hub."),
    ("503", "The hub cannot reach its storage."),
];

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let mut schemas = Schemas::default();
    let paths = paths(&mut schemas);
    let mut components = ComponentsBuilder::new()
        .security_scheme("clientId", header_key("X-Client-Id", "The account's id."))
        .security_scheme(
            "apiKey",
            header_key(
                "X-Api-Key",
                "The account's secret key, a public key within its scopes, or the session key of a session.",
            ),
        );
    for (code, description) in ERRORS {
        let content = if code == "403" { schemas.content::<ForbiddenBody>() } else { schemas.content::<ErrorBody>() };
        let page = Content::new(Some(ObjectBuilder::new().schema_type(Type::String)));
        let response = ResponseBuilder::new().description(description).content(JSON, content);
        let response = response.content("text/html", page).build(); // to a browser that opens the address as a page
        components = components.response(error_name(code), response);
    }
    let mut document = OpenApi::new(Info::new("Catraca", env!("CARGO_PKG_VERSION")), paths);
    document.components = Some(components.schemas_from_iter(schemas.0).build());
    document.security = Some(vec![SecurityRequirement::new("clientId", none()).add("apiKey", none())]);
    document
}

fn none() -> [&'static str; 0] {
    []
}

fn header_key(name: &str, description: &str) -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, description)))
}

fn error_name(code: &str) -> String {
    format!("Error{code}")
}

/// The bytes of a file.
fn file() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("binary".to_owned())))
}

/// The schemas that operations refer to.
#[derive(Default)]
struct Schemas(Vec<(String, RefOr<Schema>)>);

impl Schemas {
    /// JSON of a `T`, whose schema is kept under its name.
    fn content<T: ToSchema>(&mut self) -> Content {
        let name = T::name().into_owned();
        T::schemas(&mut self.0);
        self.0.push((name.clone(), T::schema()));
        Content::new(Some(Ref::from_schema_name(name)))
    }

    /// JSON of a bare list of `T`.
    fn list<T: ToSchema>(&mut self) -> Content {
        T::schemas(&mut self.0);
        self.0.push((T::name().into_owned(), T::schema()));
        Content::new(Some(ArrayBuilder::new().items(Ref::from_schema_name(T::name())).build()))
    }

    /// JSON of a page of `T`.
    fn page<T: ToSchema>(&mut self) -> Content {
        T::schemas(&mut self.0);
        self.0.push((T::name().into_owned(), T::schema()));
        Page::<T>::schemas(&mut self.0);
        Content::new(Some(Page::<T>::schema()))
    }
}

/// The description of the operation of one route.
struct Described(OperationBuilder);

impl Described {
    fn new(id: &str, summary: &str) -> Self {
        let described = Self(OperationBuilder::new().operation_id(Some(id)).summary(Some(summary)));
        described.fails(&["400", "403", "500", "503"])
    }

    fn fails(self, codes: &[&str]) -> Self {
        let add = |operation: OperationBuilder, code: &&str| {
            operation.response(*code, Ref::from_response_name(error_name(code)))
        };
        Self(codes.iter().fold(self.0, add))
    }

    fn parameter(self, parameter: Parameter) -> Self {
        Self(self.0.parameter(parameter))
    }

    /// The operation that answers an image, of one of these media types. It needs no key.
    fn shows(self, media_types: &[&str]) -> Operation {
        let mut response = ResponseBuilder::new().description("The image.");
        for media_type in media_types {
            response = response.content(*media_type, Content::new(Some(Schema::from(file()))));
        }
        let known = ResponseBuilder::new().description("The image is the one that `If-None-Match` names.");
        let mut operation = self.0.response("200", response.build()).response("304", known.build()).build();
        operation.responses.responses.remove("403");
        operation.security = Some(vec![SecurityRequirement::default()]);
        operation
    }

    fn of_id(self) -> Self {
        let id = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(uuid()));
        self.parameter(id.build()).fails(&["404"])
    }

    fn takes<T: ToSchema>(self, schemas: &mut Schemas) -> Self {
        self.body(Required::True, schemas.content::<T>())
    }

    /// A body may be absent: each field then has its default.
    fn may_take<T: ToSchema>(self, schemas: &mut Schemas) -> Self {
        self.body(Required::False, schemas.content::<T>())
    }

    fn body(self, required: Required, content: Content) -> Self {
        let body = RequestBodyBuilder::new().required(Some(required)).content(JSON, content);
        Self(self.0.request_body(Some(body.build()))).fails(&["413"])
    }

    /// A request that can be repeated safely under one key.
    fn keyed(self) -> Self {
        let key = ParameterBuilder::new()
            .name("X-Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some(
                "A request with the same key and body gets the first request's answer. ASCII characters \
                 without a comma, because a header that is sent twice arrives joined by one. `Idempotency-Key` is the \
                 same header; where both come, they must be equal.",
            ))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some("^[^,]*$"))
                    .min_length(Some(1))
                    .max_length(Some(MAX_IDEMPOTENCY_KEY)),
            ));
        self.parameter(key.build()).fails(&["409", "422"])
    }

    fn filtered(self, filters: Vec<Parameter>) -> Self {
        filters.into_iter().fold(self, Self::parameter)
    }

    /// An answer without a body.
    fn done(self, code: &str, description: &str) -> Operation {
        self.0.response(code, ResponseBuilder::new().description(description).build()).build()
    }

    fn answers(self, code: &str, description: &str, content: Content) -> Operation {
        let mut response = ResponseBuilder::new().description(description).content(JSON, content);
        if code == "201" {
            let mut replayed = Header::new(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"])));
            replayed.description = Some("Only on an idempotent replay.".to_owned());
            response = response.header("Idempotent-Replayed", replayed);
        }
        self.0.response(code, response.build()).build()
    }
}

fn paths(schemas: &mut Schemas) -> Paths {
    let mut paths = Paths::new();
    sessions(&mut paths, schemas);
    charges(&mut paths, schemas);
    changes(&mut paths, schemas);
    checkout::paths(&mut paths, schemas);
    callbacks::paths(&mut paths);
    events::paths(&mut paths, schemas);
    account::paths(&mut paths, schemas);
    webhooks::paths(&mut paths, schemas);
    cards(&mut paths, schemas);
    customers(&mut paths, schemas);
    paths
}

fn sessions(paths: &mut Paths, schemas: &mut Schemas) {
    let create = Described::new("createSession", "Create a session").takes::<CreateSession>(schemas).keyed();
    let list = Described::new("listSessions", "List sessions").filtered(SessionsQuery::parameters());
    let read = Described::new("readSession", "Read a session").of_id();
    let link = Described::new("readSessionLink", "Read a session with its merchant's settings").of_id();
    let change = Described::new("changeSession", "Allow or stop the payment of a session")
        .of_id()
        .takes::<PatchSession>(schemas)
        .fails(&["409"]);
    let pay =
        Described::new("paySession", "Pay a session").of_id().takes::<PaySession>(schemas).keyed().fails(&["429"]);
    let cancel = Described::new("cancelSession", "Cancel a session").of_id().keyed();
    let history = Described::new("readSessionHistory", "Read the history of a session").of_id();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let session = "The session.";
    add("/v1/sessions", HttpMethod::Post, create.answers("201", session, schemas.content::<SessionBody>()));
    add("/v1/sessions", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<SessionBody>()));
    add("/v1/sessions/{id}", HttpMethod::Get, read.answers("200", session, schemas.content::<SessionBody>()));
    let linked = link.answers("200", "The session and the settings.", schemas.content::<LinkedSessionBody>());
    add("/v1/sessions/{id}/link", HttpMethod::Get, linked);
    let changed = "Whether the session may be paid.";
    add("/v1/sessions/{id}", HttpMethod::Patch, change.answers("200", changed, schemas.content::<ActiveBody>()));
    let paid = "The payment; a declined card is answered so too, with status `failed`.";
    add("/v1/sessions/{id}/charge", HttpMethod::Post, pay.answers("201", paid, schemas.content::<PaidSessionBody>()));
    let canceled = "The session is canceled.";
    add(
        "/v1/sessions/{id}/cancel",
        HttpMethod::Post,
        cancel.answers("201", canceled, schemas.content::<CanceledBody>()),
    );
    let happened = history.answers("200", "All that happened to it, oldest first.", schemas.list::<HistoryEntry>());
    add("/v1/sessions/{id}/history", HttpMethod::Get, happened);
}

fn charges(paths: &mut Paths, schemas: &mut Schemas) {
    let create =
        Described::new("createCharge", "Create a charge").takes::<CreateCharge>(schemas).keyed().fails(&["429"]);
    let list = Described::new("listCharges", "List charges").filtered(ChargesQuery::parameters());
    let read = Described::new("readCharge", "Read a charge").of_id();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let made = "The charge; a declined card is answered so too, with status `failed`.";
    add("/v1/charges", HttpMethod::Post, create.answers("201", made, schemas.content::<ChargeBody>()));
    add("/v1/charges", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<ChargeBody>()));
    add("/v1/charges/{id}", HttpMethod::Get, read.answers("200", "The charge.", schemas.content::<ChargeBody>()));
    let signature = ParameterBuilder::new()
        .name("signature")
        .description(Some("What the address in an answer has there."))
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    let image = Described::new("readChargeImage", "Read the image that a shopper scans").of_id();
    let image = image.parameter(signature.build()).shows(&[IMAGE_TYPE]);
    add("/v1/charges/{id}/image/{signature}", HttpMethod::Get, image);
}

/// Changes of a charge. `id` may be the id of a session: then it names the charge that paid the session.
fn changes(paths: &mut Paths, schemas: &mut Schemas) {
    let capture = Described::new("captureCharge", "Capture a charge").of_id();
    let void = Described::new("voidCharge", "Refund or void a charge").of_id();
    let status = Described::new("changeChargeStatus", "Change the status of a charge of the sandbox").of_id();
    let fraud = Described::new("changeChargeAntifraud", "Change the fraud analysis of a charge of the sandbox").of_id();
    let capture = capture.may_take::<CaptureCharge>(schemas).keyed();
    let void = void.may_take::<VoidCharge>(schemas).keyed();
    let status = status.takes::<ChangeStatus>(schemas).fails(&["409", "424"]);
    let fraud = fraud.takes::<ChangeAntifraud>(schemas).fails(&["409"]);

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let asked = "The charge; what the provider refused is answered so too, with a `failed` request first.";
    let captured = capture.answers("201", asked, schemas.content::<ChargeBody>());
    add("/v1/charges/{id}/capture", HttpMethod::Post, captured);
    add("/v1/charges/{id}/void", HttpMethod::Post, void.answers("201", asked, schemas.content::<ChargeBody>()));
    let changed = "The charge.";
    add("/v1/charges/{id}", HttpMethod::Post, status.answers("200", changed, schemas.content::<ChargeBody>()));
    let analysed = fraud.answers("200", changed, schemas.content::<ChargeBody>());
    add("/v1/charges/{id}/antifraud", HttpMethod::Patch, analysed);
}

fn cards(paths: &mut Paths, schemas: &mut Schemas) {
    let create =
        Described::new("createCard", "Store a card, and have it verified").takes::<CreateCard>(schemas).keyed();
    let list = Described::new("listCards", "List cards").filtered(CardsQuery::parameters());
    let read = Described::new("readCard", "Read a card").of_id();
    let of_session = Described::new("createCardOfSession", "Store a card").takes::<CreateSessionCard>(schemas).keyed();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    for (path, id) in [("/v1/tokens", "createToken"), ("/v1/sessions/tokens", "createTokenOfSession")] {
        let keep = "Keep a card, or the security code of a stored one, for one use within two hours";
        let token = Described::new(id, keep).takes::<CreateToken>(schemas).keyed();
        add(path, HttpMethod::Post, token.answers("201", "The token.", schemas.content::<TokenBody>()));
    }
    let (card, made) = ("The card.", "The card; one that is not good is answered so too, with status `failed`.");
    let create = create.fails(&["424", "429"]);
    add("/v1/cards", HttpMethod::Post, create.answers("201", made, schemas.content::<CardBody>()));
    add("/v1/cards", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<CardBody>()));
    add("/v1/cards/{id}", HttpMethod::Get, read.answers("200", card, schemas.content::<CardBody>()));
    add("/v1/sessions/cards", HttpMethod::Post, of_session.answers("201", card, schemas.content::<CardBody>()));
}

fn customers(paths: &mut Paths, schemas: &mut Schemas) {
    let list = Described::new("listCustomers", "List customers").filtered(CustomersQuery::parameters());
    let change = Described::new("changeCustomer", "Change a customer").of_id().takes::<PatchCustomer>(schemas);
    let erase = Described::new("eraseCustomer", "Erase a customer").of_id().fails(&["409"]);

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    add("/v1/customers", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<CustomerBody>()));
    let changed = change.fails(&["409"]).answers("200", "The customer.", schemas.content::<CustomerBody>());
    add("/v1/customers/{id}", HttpMethod::Patch, changed);
    let erased = erase.answers("200", "The customer is erased; its id stays.", schemas.content::<ErasedBody>());
    add("/v1/customers/{id}", HttpMethod::Delete, erased);
    let (whole, one) = ("/v1/customers", "/v1/customers/{id}");
    customer_routes(paths, schemas, "", [whole, one, "/v1/customers/{id}/cards"]);
    let of_session = ["/v1/sessions/customers", "/v1/sessions/customers/{id}", "/v1/sessions/customers/{id}/cards"];
    customer_routes(paths, schemas, "OfSession", of_session);
}

/// Routes of a customer that a session's key opens too, under other paths.
fn customer_routes(paths: &mut Paths, schemas: &mut Schemas, of: &str, [all, one, cards]: [&str; 3]) {
    let create = Described::new(&format!("createCustomer{of}"), "Create a customer")
        .filtered(CreateCustomerQuery::parameters())
        .takes::<CreateCustomer>(schemas)
        .keyed()
        .fails(&["404"]); // the customer of an idempotent replay was erased
    let read = Described::new(&format!("readCustomer{of}"), "Read a customer").of_id();
    let link = Described::new(&format!("linkCard{of}"), "Link a card to a customer").of_id().takes::<LinkCard>(schemas);
    let list = Described::new(&format!("listCardsOfCustomer{of}"), "List the cards of a customer").of_id();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let customer = "The customer.";
    add(all, HttpMethod::Post, create.answers("201", customer, schemas.content::<CustomerBody>()));
    add(one, HttpMethod::Get, read.answers("200", customer, schemas.content::<CustomerBody>()));
    add(cards, HttpMethod::Post, link.fails(&["409"]).done("204", "The card is the customer's."));
    add(cards, HttpMethod::Get, list.answers("200", "The cards.", schemas.list::<CardBody>()));
}

fn uuid() -> Object {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).build()
}
