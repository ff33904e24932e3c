//! How the bank says no.

use serde_json::{Value, json};

use super::{Profile, Reply};

/// One field that breaks a rule.
pub(super) struct Violation {
    pub(super) reason: String,
    pub(super) property: String,
    pub(super) value: Option<String>,
}

impl Violation {
    pub(super) fn new(property: &str, reason: &str) -> Self {
        Self { reason: reason.to_owned(), property: property.to_owned(), value: None }
    }
}

/// Why a request is not carried out.
pub(super) enum Refusal {
    /// The credentials do not open the API.
    Unauthorized(&'static str),
    /// The token lacks the scope.
    Forbidden,
    /// An error that the standard names.
    Problem { status: u16, name: &'static str, detail: &'static str, violations: Vec<Violation> },
}

impl Refusal {
    pub(super) const fn not_found(name: &'static str) -> Self {
        Self::Problem { status: 404, name, detail: "Entidade não encontrada.", violations: Vec::new() }
    }

    /// The request does not have the form of its operation.
    pub(super) const fn request(detail: &'static str) -> Self {
        Self::Problem { status: 400, name: "RequisicaoInvalida", detail, violations: Vec::new() }
    }

    /// The operation breaks these rules.
    pub(super) const fn operation(name: &'static str, violations: Vec<Violation>) -> Self {
        Self::Problem { status: 400, name, detail: "A requisição viola regras da operação.", violations }
    }

    pub(super) fn reply(self, profile: Profile) -> Reply {
        match (self, profile) {
            (Self::Unauthorized(why), Profile::Standard) => {
                Reply::json(401, &json!({ "error": "invalid_token", "error_description": why }))
            }
            (Self::Unauthorized(why), Profile::BancoDoBrasil) => gateway(401, "Unauthorized", why),
            (Self::Unauthorized(why), Profile::Bs2) => Reply::json(401, &json!({ "message": why })),
            (Self::Forbidden, Profile::Standard) => problem(403, "AcessoNegado", "Escopo ausente.", &[]),
            (Self::Forbidden, Profile::BancoDoBrasil) => gateway(403, "Forbidden", "insufficient_scope"),
            (Self::Forbidden, Profile::Bs2) => Reply::json(403, &json!({ "message": "insufficient_scope" })),
            (Self::Problem { status, violations, detail, .. }, Profile::Bs2) => of_bs2(status, detail, &violations),
            (Self::Problem { status, name, detail, violations }, Profile::Standard | Profile::BancoDoBrasil) => {
                problem(status, name, detail, &violations)
            }
        }
    }
}

fn problem(status: u16, name: &str, detail: &str, violations: &[Violation]) -> Reply {
    let mut body = json!({
        "type": format!("https://pix.bcb.gov.br/api/v2/error/{name}"),
        "title": name,
        "status": status,
        "detail": detail,
    });
    if !violations.is_empty() {
        body["violacoes"] = violations.iter().map(printed).collect();
    }
    Reply {
        status,
        headers: vec![("content-type", "application/problem+json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

fn printed(violation: &Violation) -> Value {
    let mut printed = json!({ "razao": violation.reason, "propriedade": violation.property });
    if let Some(value) = &violation.value {
        printed["valor"] = json!(value);
    }
    printed
}

/// What the gateway of Banco do Brasil answers before the API is reached.
fn gateway(status: u16, error: &str, message: &str) -> Reply {
    let body = json!({ "statusCode": status, "error": error, "message": message, "attributes": { "error": message } });
    Reply::json(status, &body)
}

fn of_bs2(status: u16, message: &str, violations: &[Violation]) -> Reply {
    if violations.is_empty() {
        return Reply::json(status, &json!({ "message": message }));
    }
    let tagged = violations.iter().map(|one| json!({ "tag": one.property, "descricao": one.reason }));
    Reply::json(status, &tagged.collect())
}
