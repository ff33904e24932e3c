use std::time::Duration;

use domain::{
    endpoint::AddressProblem,
    limits::{MAX_KEY_LIFE, MAX_LOGO},
    merchant::{
        Environment, ProviderType, Settings,
        order::{CredentialsOrder, SecretText},
    },
    method::PaymentType,
    refusal::Refusal,
    scope::{Scope, Scopes},
};
use serde_json::{Value, json};
use wire::malga::requests::{ChangeSettings, CreateMerchant, CreatePublicKey, PatchMerchant, logo_type};

fn problems<T: std::fmt::Debug>(read: Result<T, Refusal>) -> Vec<String> {
    match read {
        Err(Refusal::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_scope_of_a_public_key_is_one_word_or_several() {
    for (scope, read) in [
        (json!("charges"), Scopes::One(Scope::Charges)),
        (json!("*"), Scopes::One(Scope::Everything)),
        (json!(["tokens", "charges"]), Scopes::Many(vec![Scope::Tokens, Scope::Charges])),
    ] {
        let new = CreatePublicKey::read(&json!({"scope": scope})).unwrap();
        assert_eq!((new.scopes, new.life), (read, None));
    }
    let lives = |expires: Value| CreatePublicKey::read(&json!({"scope": "*", "expires": expires})).unwrap().life;
    assert_eq!(lives(json!(null)), None);
    assert_eq!(lives(json!(0)), None);
    assert_eq!(lives(json!(3600)), Some(Duration::from_hours(1)));
    assert_eq!(lives(json!(MAX_KEY_LIFE.as_secs())), Some(MAX_KEY_LIFE));
}

#[test]
fn a_public_key_that_makes_no_sense_is_refused_with_every_problem() {
    let scopes = "must be one of the following values: customers, cards, tokens, charges, webhooks, sessions, auth, \
                  reports, flows, sellers, *";
    for (body, expected) in [
        (json!({}), vec![format!("scope {scopes}"), "scope should not be empty".to_owned()]),
        (json!({"scope": "everything"}), vec![format!("scope {scopes}")]),
        (json!({"scope": 7}), vec![format!("scope {scopes}")]),
        (json!({"scope": ["charges", "x"]}), vec![format!("scope {scopes}")]),
        (json!({"scope": []}), vec!["scope should not be empty".to_owned()]),
        (json!({"scope": ["cards", "cards"]}), vec!["scope must not name cards twice".to_owned()]),
        (json!({"scope": "*", "expires": -1}), vec!["expires must not be less than 0".to_owned()]),
        (json!({"scope": "*", "expires": 1.5}), vec!["expires must be an integer number".to_owned()]),
        (json!({"scope": "*", "expires": "60"}), vec!["expires must be an integer number".to_owned()]),
        (
            json!({"scope": "*", "expires": MAX_KEY_LIFE.as_secs() + 1}),
            vec!["expires must not be greater than 315360000".to_owned()],
        ),
        (json!({"scope": "*", "expires": u64::MAX}), vec!["expires must not be greater than 315360000".to_owned()]),
    ] {
        assert_eq!(problems(CreatePublicKey::read(&body)), expected, "{body}");
    }
}

fn merchant(providers: &Value) -> Value {
    json!({"mcc": "5912", "providers": providers})
}

#[test]
fn a_merchant_is_read_with_its_accounts_in_order() {
    let body = json!({
        "mcc": "0742", "status": "active", "retryOnDecline": true,
        "providers": [
            {"name": "ADYEN", "priority": 7, "methods": ["pix", "credit"], "currencies": ["BRL", "USD"],
             "credentials": {"type": "sandbox", "apiKey": "key_1"}, "options": {"ignored": true}},
            {"name": "BS2", "credentials": {"type": "sandbox"}},
        ],
    });
    let new = CreateMerchant::read(&body).unwrap();
    assert_eq!((new.mcc.to_string().as_str(), new.retry_on_decline), ("0742", true));
    let [adyen, bs2] = new.accounts.as_slice() else { panic!("{new:?}") };
    assert_eq!((adyen.kind, adyen.priority), (ProviderType::Adyen, 7));
    assert_eq!(adyen.methods.as_deref(), Some(&[PaymentType::Pix, PaymentType::Credit][..]));
    assert_eq!(adyen.currencies.as_ref().unwrap().len(), 2);
    let Some(CredentialsOrder::Sandbox { api_key: Some(key) }) = &adyen.credentials else { panic!("{adyen:?}") };
    assert_eq!(key.reveal(), "key_1");
    assert_eq!(adyen.id, None);
    // Its place in the list, and all that the provider serves.
    assert_eq!((bs2.kind, bs2.priority, &bs2.methods, &bs2.currencies), (ProviderType::Bs2, 2, &None, &None));
    assert!(!format!("{new:?}").contains("key_1"));
}

#[test]
fn an_account_at_a_provider_is_read_with_its_fields_and_shows_none_of_them() {
    let id = "9a8b7c6d-1111-4222-8333-444455556666";
    let body = json!({"providers": [{"id": id, "name": "ADYEN", "credentials": {
        "type": "account", "environment": "production", "fields": {"apiKey": "AQE-secret", "merchantAccount": "Loja"},
    }}]});
    let change = PatchMerchant::read(&body).unwrap();
    let [adyen] = change.accounts.as_deref().unwrap() else { panic!("{change:?}") };
    assert_eq!(adyen.id.map(|id| id.to_string()).as_deref(), Some(id));
    let Some(CredentialsOrder::Account { environment, fields }) = &adyen.credentials else { panic!("{adyen:?}") };
    assert_eq!(*environment, Environment::Production);
    assert_eq!(fields.get("apiKey").map(SecretText::reveal), Some("AQE-secret"));
    assert!(!format!("{change:?}").contains("AQE-secret"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table is read as a whole")]
fn a_merchant_that_makes_no_sense_is_refused_with_every_problem() {
    let sandbox = json!({"type": "sandbox"});
    for (body, expected) in [
        (
            json!({}),
            vec![
                "mcc must be a merchant category code of 4 digits",
                "mcc should not be empty",
                "providers must be an array",
                "providers should not be empty",
            ],
        ),
        (
            json!({"mcc": 5912, "providers": []}),
            vec!["mcc must be a merchant category code of 4 digits", "providers should not be empty"],
        ),
        (
            json!({
                "mcc": "5912", "status": "deleted", "retryOnDecline": 1,
                "providers": [{"name": "ADYEN", "credentials": sandbox}],
            }),
            vec!["retryOnDecline must be a boolean value", "status can only be active: DELETE deletes a merchant"],
        ),
        (
            merchant(&json!([{}])),
            vec![
                "providers.0.name must be one of the following values: ADYEN, BB, BCB_PIX, BS2, DRIP, GETNET, MERCADO_PAGO, PAGARME, \
                 PAGSEGURO, SAFRAPAY, SANDBOX, STRIPE, ZOOP",
                "providers.0.name should not be empty",
                "providers.0.credentials must be an object",
                "providers.0.credentials should not be empty",
            ],
        ),
        (
            merchant(&json!([{"name": "ADYEN", "credentials": {"type": "adyen", "apiKey": "a b"}}])),
            vec![
                "providers.0.credentials.type must be one of the following values: sandbox, account",
                "providers.0.credentials.apiKey must be 1 to 255 letters, digits and signs of ASCII, without spaces",
            ],
        ),
        (
            merchant(&json!([
                {"name": "ADYEN", "credentials": {"type": "account", "fields": {"apiKey": 1}}},
                {"name": "BB", "credentials": {"type": "account", "environment": "test", "fields": []}},
            ])),
            vec![
                "providers.0.credentials.fields must be an object of strings",
                "providers.0.credentials.environment should not be empty",
                "providers.1.credentials.environment must be one of the following values: sandbox, production",
                "providers.1.credentials.fields must be an object of strings",
            ],
        ),
        (
            merchant(&json!([
                {"name": "ADYEN", "credentials": {"type": "sandbox", "environment": "sandbox", "fields": {"a": "b"}}},
                {"name": "BB", "credentials": {
                    "type": "account", "environment": "sandbox", "fields": {}, "apiKey": "test_9f1c",
                }},
            ])),
            vec![
                "providers.0.credentials.environment can only be given where type is account",
                "providers.0.credentials.fields can only be given where type is account",
                "providers.1.credentials.apiKey can only be given where type is sandbox",
            ],
        ),
        (
            merchant(&json!([{
                "name": "ADYEN", "priority": -1, "methods": [], "currencies": ["brl"], "credentials": sandbox,
            }])),
            vec![
                "providers.0.priority must not be less than 0",
                "providers.0.methods should not be empty",
                "providers.0.currencies must be a valid ISO4217 currency code",
            ],
        ),
        (
            merchant(&json!([{
                "name": "ADYEN", "methods": ["credit", "credit"], "currencies": "BRL", "credentials": sandbox,
            }])),
            vec!["providers.0.methods must not name credit twice", "providers.0.currencies must be an array"],
        ),
        (
            merchant(&json!([
                {"name": "ADYEN", "priority": 2, "credentials": sandbox},
                {"name": "ADYEN", "credentials": sandbox},
            ])),
            vec!["providers must not give priority 2 twice"],
        ),
        (
            merchant(&json!([{"name": "ADYEN", "methods": ["nupay"], "credentials": 7}])),
            vec![
                "providers.0.methods is not served by this hub: it must be one of the following values: credit, pix, \
                 boleto, drip",
                "providers.0.credentials must be an object",
            ],
        ),
    ] {
        assert_eq!(problems(CreateMerchant::read(&body)), expected, "{body}");
    }
}

#[test]
fn a_change_of_a_merchant_says_only_what_changes() {
    let nothing = PatchMerchant::read(&json!({})).unwrap();
    assert!(nothing.mcc.is_none() && nothing.accounts.is_none() && nothing.retry_on_decline.is_none());
    let change = PatchMerchant::read(&json!({"providers": [{"name": "ADYEN"}], "retryOnDecline": false})).unwrap();
    assert!(change.accounts.unwrap().first().unwrap().credentials.is_none());
    assert_eq!(change.retry_on_decline, Some(false));
    for (body, expected) in [
        (json!({"mcc": "12"}), vec!["mcc must be a merchant category code of 4 digits"]),
        (json!({"providers": []}), vec!["providers should not be empty"]),
        (
            json!({"providers": [{"name": "ADYEN", "credentials": {}}]}),
            vec![
                "providers.0.credentials.type must be one of the following values: sandbox, account",
                "providers.0.credentials.type should not be empty",
            ],
        ),
        (json!({"status": "pending"}), vec!["status can only be active: DELETE deletes a merchant"]),
    ] {
        assert_eq!(problems(PatchMerchant::read(&body)), expected, "{body}");
    }
    assert!(PatchMerchant::read(&json!({"status": true})).is_ok());
}

/// The settings after a change, where every https address is an origin.
fn change_settings(body: &Value, before: Settings) -> Result<Settings, Refusal> {
    ChangeSettings::read(body, before, |text| {
        text.strip_prefix("https://").map(str::to_owned).ok_or(AddressProblem::NotHttps)
    })
}

#[test]
fn redirect_origins_are_replaced_as_a_whole() {
    let before = Settings { redirect_origins: vec!["a".to_owned()], ..Settings::default() };
    let origins = |value: Value| change_settings(&json!({"redirectOrigins": value}), before.clone());
    let after = |value: Value| origins(value).unwrap().redirect_origins;
    assert_eq!(after(json!(null)), ["a"]);
    assert_eq!(after(json!([])), [""; 0]);
    assert_eq!(after(json!(["https://b", "https://c"])), ["b", "c"]);
    assert_eq!(after(json!(vec!["https://b"; 20])).len(), 20);
    for (value, expected) in [
        (json!("https://b"), vec!["redirectOrigins must be an array"]),
        (json!(vec!["https://b"; 21]), vec!["redirectOrigins must contain no more than 20 elements"]),
        (
            json!([7, "https://b", "http://c", "x".repeat(2049)]),
            vec![
                "redirectOrigins.0 must be a string",
                "redirectOrigins.2 must be an https URL address",
                "redirectOrigins.3 must be shorter than or equal to 2048 characters",
            ],
        ),
    ] {
        assert_eq!(problems(origins(value)), expected);
    }
}

#[test]
fn settings_change_where_they_are_given_and_go_where_they_are_empty() {
    let before = Settings {
        email: Some("a@loja.example".to_owned()),
        phone: Some("11".to_owned()),
        has_logo: true,
        ..Settings::default()
    };
    let body = json!({"companyName": "Loja", "phone": "", "mainColor": "#0a7E3f", "language": "pt_BR", "email": null});
    let after = change_settings(&body, before.clone()).unwrap();
    assert_eq!(
        after,
        Settings {
            company_name: Some("Loja".to_owned()),
            phone: None,
            main_color: Some("#0a7E3f".to_owned()),
            language: Some("pt_BR".to_owned()),
            ..before
        }
    );
    assert_eq!(
        change_settings(&json!({"language": "en"}), Settings::default()).unwrap().language.as_deref(),
        Some("en")
    );
}

#[test]
fn settings_that_make_no_sense_are_refused_with_every_problem() {
    for (body, expected) in [
        (json!({"mainColor": "red"}), vec!["mainColor must be a colour as #RRGGBB"]),
        (json!({"errorColor": "#12345"}), vec!["errorColor must be a colour as #RRGGBB"]),
        (json!({"successColor": "#12345g"}), vec!["successColor must be a colour as #RRGGBB"]),
        (json!({"language": "pt-BR"}), vec!["language must be a language such as pt_BR, en or es"]),
        (json!({"language": "PT"}), vec!["language must be a language such as pt_BR, en or es"]),
        (json!({"companyName": 7, "email": "loja"}), vec!["companyName must be a string", "email must be an email"]),
        (json!({"phone": "1".repeat(256)}), vec!["phone must be shorter than or equal to 255 characters"]),
        (json!({"logo": "aGk="}), vec!["logo must be a file of a form (multipart/form-data)"]),
    ] {
        assert_eq!(problems(change_settings(&body, Settings::default())), expected, "{body}");
    }
}

#[test]
fn a_logo_is_a_small_picture_that_holds_no_scripts() {
    assert_eq!(logo_type(b"\x89PNG\r\n\x1a\n...").unwrap(), "image/png");
    assert_eq!(logo_type(b"\xff\xd8\xff\xe0...").unwrap(), "image/jpeg");
    assert_eq!(logo_type(b"RIFF\x10\0\0\0WEBPVP8 ").unwrap(), "image/webp");
    for bytes in [&b"<svg onload=alert(1)>"[..], b"GIF89a", b"", b"RIFF\x10\0\0\0WAVE", b"<html>"] {
        assert_eq!(problems(logo_type(bytes)), ["logo must be a PNG, JPEG or WebP picture"]);
    }
    let mut large = b"\x89PNG\r\n\x1a\n".to_vec();
    large.resize(MAX_LOGO, 0);
    assert!(logo_type(&large).is_ok());
    large.push(0);
    assert_eq!(problems(logo_type(&large)), ["logo must not be larger than 102400 bytes"]);
}

#[test]
fn every_example_of_the_document_is_read() {
    let document = serde_json::to_value(wire::openapi::document()).unwrap();
    let example = |name: &str| document["components"]["schemas"][name]["example"].clone();
    assert!(CreatePublicKey::read(&example("CreatePublicKey")).is_ok());
    assert!(CreateMerchant::read(&example("CreateMerchant")).is_ok());
    assert!(PatchMerchant::read(&example("PatchMerchant")).is_ok());
    assert!(change_settings(&example("ChangeSettings"), Settings::default()).is_ok());
    assert_eq!(document["paths"]["/v1/settings/logo/{id}"]["get"]["security"], json!([{}]));
}

#[test]
fn refusals_about_accounts_have_their_status_codes_and_texts() {
    for (refusal, code, kind, message) in [
        (Refusal::MerchantNotFound, 404, "entity_not_found", "merchant not found"),
        (Refusal::NoLogo, 404, "entity_not_found", "logo not found"),
        (Refusal::UnknownPublicKey, 404, "entity_not_found", "public key not found"),
        (
            Refusal::MerchantDeleted,
            400,
            "invalid_request_error",
            "this merchant is deleted; nothing was changed. Create another one",
        ),
    ] {
        let (status, body) = wire::malga::errors::answer(&refusal);
        let body = serde_json::to_value(body).unwrap();
        assert_eq!((status, &body["error"]["type"], &body["error"]["message"]), (code, &json!(kind), &json!(message)));
    }
}
