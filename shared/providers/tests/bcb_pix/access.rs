//! How the hub identifies itself, and where each bank is.

use domain::merchant::{Environment, ProviderType, order::SecretText};
use providers::{Authorization, BuildError, Operation, adapter};

use crate::samples::{ALL, SECRETS, account, account_in, create, question, secrets};

use ProviderType::{Bb, BcbPix, Bs2};

#[test]
fn each_bank_is_called_where_its_environment_is() {
    for (kind, environment, base, token) in [
        (BcbPix, Environment::Sandbox, "https://pix.bank.example/api/pix/v2", "https://auth.bank.example/oauth/token"),
        (
            BcbPix,
            Environment::Production,
            "https://pix.bank.example/api/pix/v2",
            "https://auth.bank.example/oauth/token",
        ),
        (Bb, Environment::Sandbox, "https://api-pix.hm.bb.com.br/pix/v2", "https://oauth.hm.bb.com.br/oauth/token"),
        (Bb, Environment::Production, "https://api-pix.bb.com.br/pix/v2", "https://oauth.bb.com.br/oauth/token"),
        (
            Bs2,
            Environment::Sandbox,
            "https://apihmz.bancobonsucesso.com.br/pix/direto/forintegration/v1",
            "https://apihmz.bancobonsucesso.com.br/auth/oauth/v2/token",
        ),
        (
            Bs2,
            Environment::Production,
            "https://api.bs2.com/pix/direto/forintegration/v1",
            "https://api.bs2.com/auth/oauth/v2/token",
        ),
    ] {
        let account = account_in(kind, environment);
        let asked = adapter(&account).begin(&account, &Operation::Query(question())).unwrap().request;
        assert!(
            crate::golden_files::printed(&asked)["url"].as_str().unwrap().starts_with(&format!("{base}/cob/")),
            "{kind}"
        );
        let access = adapter(&account).access(&account, &secrets());
        let Authorization::ClientCredentials(oauth) = access.authorization else { panic!("{kind} has no token") };
        assert_eq!(format!("{}{}", oauth.base, oauth.path), token);
        assert_eq!((oauth.id.as_str(), oauth.secret.as_str()), ("eyJpZCI6ImxvamEifQ", SECRETS[0]));
        assert_eq!(oauth.scope, "cob.write cob.read pix.write pix.read webhook.write webhook.read");
        assert_eq!(oauth.user_agent.as_deref(), (kind == Bs2).then_some("Loja da Maria/1.0"), "{kind}");
        assert_eq!(oauth.is_single, kind == Bs2, "only BS2's new token ends the one before");
        let certificate = access.certificate.unwrap();
        assert_eq!((certificate.chain.as_str(), certificate.key.as_str()), (SECRETS[1], SECRETS[2]));
    }
}

#[test]
fn an_account_has_an_address_to_which_paths_can_be_appended_and_no_private_key_in_its_certificate() {
    let pem = |label: &str| format!("-----BEGIN {label}-----\nMIIB\n-----END {label}-----\n");
    let faults = |name: &str, text: &str| {
        let fields = [(name.to_owned(), SecretText::from(text))].into_iter().collect();
        let faults = adapter(&account(BcbPix)).account_faults(Environment::Sandbox, &fields);
        faults.iter().map(|fault| fault.name).collect::<Vec<_>>()
    };
    for (name, text, is_right) in [
        ("baseUrl", "https://pix.bank.example/api/pix/v2", true),
        ("baseUrl", "https://pix.bank.example/api/pix/v2/", true),
        ("baseUrl", "https://pix.bank.example/api?to=/pix/v2", false),
        ("baseUrl", "https://pix.bank.example/pix/v2?", false),
        ("baseUrl", "https://pix.bank.example/pix/v2#", false),
        ("tokenUrl", "https://auth.bank.example/token?realm=pix", true),
        ("certificate", &pem("CERTIFICATE").repeat(2), true),
        ("certificate", &(pem("CERTIFICATE") + &pem("PRIVATE KEY")), false),
        ("certificate", &(pem("CERTIFICATE") + &pem("RSA PRIVATE KEY") + &pem("CERTIFICATE")), false),
        ("privateKey", &pem("PRIVATE KEY"), true),
    ] {
        let expected = if is_right { vec![] } else { vec![name] };
        assert_eq!(faults(name, text), expected, "{text}");
    }
}

#[test]
fn one_part_of_a_client_certificate_is_not_left_out() {
    for left_out in ["certificate", "privateKey"] {
        let given = [("clientSecret", SECRETS[0]), ("certificate", SECRETS[1]), ("privateKey", SECRETS[2])];
        let given = given.into_iter().filter(|(name, _)| *name != left_out);
        let secrets = given.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        let account = account(BcbPix);
        let certificate = adapter(&account).access(&account, &secrets).certificate.unwrap();
        let (lacks_chain, lacks_key) = (certificate.chain.is_empty(), certificate.key.is_empty());
        assert_eq!((lacks_chain, lacks_key), (left_out == "certificate", left_out == "privateKey"));
    }
}

#[test]
fn scopes_are_asked_for_as_the_account_says() {
    let mut account = account(BcbPix);
    if let domain::merchant::Credentials::Account { fields, .. } = &mut account.credentials {
        fields.insert("scopes".to_owned(), "cob.write cob.read".to_owned());
    }
    let Authorization::ClientCredentials(oauth) = adapter(&account).access(&account, &secrets()).authorization else {
        panic!("no token")
    };
    assert_eq!(oauth.scope, "cob.write cob.read");
}

#[test]
fn an_account_without_a_field_that_its_bank_needs_asks_for_nothing() {
    let lacking = |kind: ProviderType, name: &str| {
        let mut account = account(kind);
        if let domain::merchant::Credentials::Account { fields, .. } = &mut account.credentials {
            fields.remove(name).unwrap();
        }
        adapter(&account).begin(&account, &Operation::Create(create(None))).map(drop)
    };
    for (kind, name) in [(BcbPix, "baseUrl"), (BcbPix, "pixKey"), (Bb, "appKey"), (Bb, "pixKey"), (Bs2, "pixKey")] {
        let error = lacking(kind, name).unwrap_err();
        assert!(matches!(error, BuildError::NoField(missing) if missing == name), "{kind}, {name}: {error}");
    }
}

#[test]
fn what_an_account_needs_is_said_and_secrets_are_sealed() {
    for (kind, required, optional) in [
        (BcbPix, "baseUrl tokenUrl clientId clientSecret pixKey", "scopes certificate privateKey"),
        (Bb, "clientId clientSecret appKey pixKey certificate privateKey", ""),
        (Bs2, "clientId clientSecret pixKey", "scopes userAgent"),
    ] {
        let account = account(kind);
        let fields = adapter(&account).credentials();
        let names = |is_required: bool| {
            let some = fields.iter().filter(|field| field.is_required == is_required);
            some.map(|field| field.name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((names(true).as_str(), names(false).as_str()), (required, optional));
        for field in fields {
            let is_secret = ["clientSecret", "certificate", "privateKey"].contains(&field.name);
            assert_eq!(field.is_secret, is_secret, "{kind}, {}", field.name);
        }
    }
}

#[test]
fn nothing_of_a_secret_is_printed() {
    for kind in ALL {
        let account = account(kind);
        let call = adapter(&account).begin(&account, &Operation::Create(create(Some(&crate::samples::MARIA)))).unwrap();
        let debug = format!("{call:?}");
        for secret in SECRETS.into_iter().chain(["72912053013", "Maria", "Loja da Maria"]) {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
}
