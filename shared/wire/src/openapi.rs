//! The OpenAPI document of the routes that this crate speaks for, committed as `shared/wire/openapi.json`.

use domain::{
    charge::status::Status,
    limits::{DEFAULT_PAGE, MAX_IDEMPOTENCY_KEY, MAX_PAGE, MAX_WALK},
    merchant::ProviderType,
    method::PaymentType,
    session::SessionStatus,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, Header, Info, Object, OpenApi, Paths, Ref, RefOr, Required, ResponseBuilder, Schema,
        path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{ComponentsBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type},
        security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
    },
};

use crate::malga::{
    errors::{ErrorBody, ForbiddenBody},
    requests::{CreateCharge, CreateSession, CreateToken, PatchSession, PaySession},
    responses::{ActiveBody, CanceledBody, ChargeBody, Page, PaidSessionBody, SessionBody, TokenBody},
};

const JSON: &str = "application/json";

/// Every error that an answer can have, by status code.
const ERRORS: [(&str, &str); 8] = [
    ("400", "The request is not what the route takes, or cannot be done."),
    ("403", "The key is missing, unknown, or does not open this."),
    ("404", "There is no such thing."),
    ("409", "Something else is under way or done already; nothing was done."),
    ("413", "The request body is too large."),
    ("422", "The idempotency key was used with another request."),
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
            header_key("X-Api-Key", "The account's secret key, or a session's public key for that session."),
        );
    for (code, description) in ERRORS {
        let content = if code == "403" { schemas.content::<ForbiddenBody>() } else { schemas.content::<ErrorBody>() };
        let response = ResponseBuilder::new().description(description).content(JSON, content).build();
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

    /// JSON of a page of `T`.
    fn page<T: ToSchema>(&mut self) -> Content {
        T::schemas(&mut self.0);
        self.0.push((T::name().into_owned(), T::schema()));
        Page::<T>::schemas(&mut self.0);
        Content::new(Some(Page::<T>::schema()))
    }
}

/// One operation, in the making.
struct Route(OperationBuilder);

impl Route {
    fn new(id: &str, summary: &str) -> Self {
        let route = Self(OperationBuilder::new().operation_id(Some(id)).summary(Some(summary)));
        route.fails(&["400", "403", "500", "503"])
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

    fn of_id(self) -> Self {
        let id = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(uuid()));
        self.parameter(id.build()).fails(&["404"])
    }

    fn takes<T: ToSchema>(self, schemas: &mut Schemas) -> Self {
        let body = RequestBodyBuilder::new().required(Some(Required::True)).content(JSON, schemas.content::<T>());
        Self(self.0.request_body(Some(body.build()))).fails(&["413"])
    }

    /// A request that can be repeated safely under one key.
    fn keyed(self) -> Self {
        let key = ParameterBuilder::new()
            .name("X-Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some("A repeat of a request with the same key and body gets the first request's answer."))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(MAX_IDEMPOTENCY_KEY)),
            ));
        self.parameter(key.build()).fails(&["409", "422"])
    }

    fn filtered(self, name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        let filter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Query)
            .description(Some(description))
            .schema(Some(schema));
        self.parameter(filter.build())
    }

    fn answers(self, code: &str, description: &str, content: Content) -> Operation {
        let mut response = ResponseBuilder::new().description(description).content(JSON, content);
        if code == "201" {
            let mut replayed = Header::new(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"])));
            replayed.description = Some("Only on the answer to a repeat.".to_owned());
            response = response.header("Idempotent-Replayed", replayed);
        }
        self.0.response(code, response.build()).build()
    }
}

fn paths(schemas: &mut Schemas) -> Paths {
    let mut paths = Paths::new();
    sessions(&mut paths, schemas);
    charges(&mut paths, schemas);
    paths
}

fn sessions(paths: &mut Paths, schemas: &mut Schemas) {
    let create = Route::new("createSession", "Create a session").takes::<CreateSession>(schemas).keyed();
    let list = created(paged(Route::new("listSessions", "List sessions")))
        .filtered("status", "Statuses, separated by commas.", listed(SessionStatus::ALL.map(SessionStatus::name)))
        .filtered("isActive", "`true`, `false`, or both, separated by a comma.", listed(["true", "false"]));
    let read = Route::new("readSession", "Read a session").of_id();
    let change = Route::new("changeSession", "Allow or stop the payment of a session")
        .of_id()
        .takes::<PatchSession>(schemas)
        .fails(&["409"]);
    let pay = Route::new("paySession", "Pay a session").of_id().takes::<PaySession>(schemas).keyed();
    let cancel = Route::new("cancelSession", "Give a session up").of_id().keyed();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let session = "The session.";
    add("/v1/sessions", HttpMethod::Post, create.answers("201", session, schemas.content::<SessionBody>()));
    add("/v1/sessions", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<SessionBody>()));
    add("/v1/sessions/{id}", HttpMethod::Get, read.answers("200", session, schemas.content::<SessionBody>()));
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
}

fn charges(paths: &mut Paths, schemas: &mut Schemas) {
    let create = Route::new("createCharge", "Create a charge").takes::<CreateCharge>(schemas).keyed();
    let list = created(paged(Route::new("listCharges", "List charges")))
        .filtered("id", "The charge itself.", uuid())
        .filtered("merchantId", "Who is paid.", uuid())
        .filtered("originalAmount", "The amount first asked for.", crate::malga::schema::amount())
        .filtered("status", "Statuses, separated by commas.", listed(Status::ALL.iter().map(|status| status.name())))
        .filtered("paymentType", "Ways to pay, separated by commas.", listed(PaymentType::ALL.map(PaymentType::name)))
        .filtered(
            "providerType",
            "Providers, separated by commas.",
            listed(ProviderType::ALL.iter().map(|kind| kind.name())),
        )
        .filtered("orderId", "The merchant's order.", ObjectBuilder::new().schema_type(Type::String))
        .filtered("sessionId", "The session that it pays.", uuid());
    let read = Route::new("readCharge", "Read a charge").of_id();
    let token =
        Route::new("createToken", "Keep a card for one use within two hours").takes::<CreateToken>(schemas).keyed();

    let mut add = |path, method, operation| paths.add_path_operation(path, vec![method], operation);
    let made = "The charge; a declined card is answered so too, with status `failed`.";
    add("/v1/charges", HttpMethod::Post, create.answers("201", made, schemas.content::<ChargeBody>()));
    add("/v1/charges", HttpMethod::Get, list.answers("200", "One page.", schemas.page::<ChargeBody>()));
    add("/v1/charges/{id}", HttpMethod::Get, read.answers("200", "The charge.", schemas.content::<ChargeBody>()));
    add("/v1/tokens", HttpMethod::Post, token.answers("201", "The token.", schemas.content::<TokenBody>()));
}

fn uuid() -> Object {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).build()
}

/// Some of `words`, separated by commas.
fn listed(words: impl IntoIterator<Item = &'static str>) -> Object {
    let any = words.into_iter().collect::<Vec<_>>().join("|");
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(format!("^({any})(,({any}))*$"))).build()
}

fn paged(route: Route) -> Route {
    let number = |max, default: usize| {
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(max));
        schema.default(Some(default.into()))
    };
    let order = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["ASC", "DESC"]));
    route
        .filtered("page", "The page, from 1.", number(MAX_WALK, 1))
        .filtered("limit", "Entries of a page.", number(MAX_PAGE, DEFAULT_PAGE))
        .filtered("sort", "Oldest or newest first.", order.default(Some("ASC".into())))
}

fn created(route: Route) -> Route {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    route
        .filtered("created", "Created in this instant, or on this day in UTC (`YYYY-MM-DD`).", text())
        .filtered("created.gt", "Created after this instant.", text())
        .filtered("created.lt", "Created before this instant.", text())
}
