//! What an account at a bank needs, where the bank is, and how the hub identifies itself.

use std::collections::BTreeMap;

use domain::merchant::{Credentials, Environment, ProviderAccount, field::FieldFault, order::SecretText};
use zeroize::Zeroizing;

use super::Profile;
use crate::{
    Access, Authorization, ClientCertificate, ClientCredentials, Field, Form, Secrets, credentials::base_fault,
};

pub(super) const BASE_URL: &str = "baseUrl";
const TOKEN_URL: &str = "tokenUrl";
const SCOPES: &str = "scopes";
const CLIENT_ID: &str = "clientId";
const CLIENT_SECRET: &str = "clientSecret";
pub(super) const APP_KEY: &str = "appKey";
pub(super) const PIX_KEY: &str = "pixKey";
pub(super) const USER_AGENT: &str = "userAgent";
const CERTIFICATE: &str = "certificate";
const PRIVATE_KEY: &str = "privateKey";

/// What a token is asked for, where the account does not say.
const ALL_SCOPES: &str = "cob.write cob.read pix.write pix.read webhook.write webhook.read";

const CLIENT_ID_FIELD: Field = Field {
    name: CLIENT_ID,
    is_secret: false,
    is_required: true,
    is_where: true,
    form: Form::Word,
    help: "The client_id of your application at the bank",
};
const CLIENT_SECRET_FIELD: Field = Field {
    name: CLIENT_SECRET,
    is_secret: true,
    is_required: true,
    is_where: false,
    form: Form::Word,
    help: "The client_secret of your application at the bank",
};
const PIX_KEY_FIELD: Field = Field {
    name: PIX_KEY,
    is_secret: false,
    is_required: true,
    is_where: true,
    form: Form::Word,
    help: "Your Pix key (DICT) at this bank, to which shoppers pay",
};
const SCOPES_FIELD: Field = Field {
    name: SCOPES,
    is_secret: false,
    is_required: false,
    is_where: false,
    form: Form::Text,
    help: "The scopes that a token is asked for, separated by blanks; without, cob.write cob.read pix.write pix.read \
           webhook.write webhook.read",
};
/// Sealed although it is public, like the private key, with which it changes.
const CERTIFICATE_FIELD: Field = Field {
    name: CERTIFICATE,
    is_secret: true,
    is_required: true,
    is_where: false,
    form: Form::Certificate,
    help: "The client certificate that the bank knows, with its chain, in PEM",
};
const PRIVATE_KEY_FIELD: Field = Field {
    name: PRIVATE_KEY,
    is_secret: true,
    is_required: true,
    is_where: false,
    form: Form::PrivateKey,
    help: "The private key of the client certificate, in PEM",
};

const STANDARD: &[Field] = &[
    Field {
        name: BASE_URL,
        is_secret: false,
        is_required: true,
        is_where: true,
        form: Form::Url,
        help: "The address of the bank's API Pix, up to the part before /cob",
    },
    Field {
        name: TOKEN_URL,
        is_secret: false,
        is_required: true,
        is_where: true,
        form: Form::Url,
        help: "The address of the bank's OAuth token endpoint",
    },
    SCOPES_FIELD,
    CLIENT_ID_FIELD,
    CLIENT_SECRET_FIELD,
    PIX_KEY_FIELD,
    Field { is_required: false, ..CERTIFICATE_FIELD },
    Field { is_required: false, ..PRIVATE_KEY_FIELD },
];

const BANCO_DO_BRASIL: &[Field] = &[
    CLIENT_ID_FIELD,
    CLIENT_SECRET_FIELD,
    // Banco do Brasil has it in the address of every call: it names the application, and proves nothing.
    Field {
        name: APP_KEY,
        is_secret: false,
        is_required: true,
        is_where: false,
        form: Form::Word,
        help: "The developer_application_key of your application (gw-dev-app-key)",
    },
    PIX_KEY_FIELD,
    CERTIFICATE_FIELD,
    PRIVATE_KEY_FIELD,
];

const BS2: &[Field] = &[
    CLIENT_ID_FIELD,
    CLIENT_SECRET_FIELD,
    PIX_KEY_FIELD,
    SCOPES_FIELD,
    Field {
        name: USER_AGENT,
        is_secret: false,
        is_required: false,
        is_where: false,
        form: Form::Text,
        help: "The User-Agent that the bank gave you for production",
    },
];

/// The fields of an account at a bank of this profile.
pub(super) const fn fields(profile: Profile) -> &'static [Field] {
    match profile {
        Profile::Standard => STANDARD,
        Profile::BancoDoBrasil => BANCO_DO_BRASIL,
        Profile::Bs2 => BS2,
    }
}

/// What is wrong with the fields of an account.
pub(super) fn faults(fields: &BTreeMap<String, SecretText>) -> Vec<FieldFault> {
    let has_key = |chain: &SecretText| chain.reveal().contains("PRIVATE KEY-----");
    let certificate = FieldFault {
        name: CERTIFICATE,
        problem: "must hold certificates alone, and it has a private key: give that as privateKey, once",
    };
    let certificate = fields.get(CERTIFICATE).is_some_and(has_key).then_some(certificate);
    base_fault(BASE_URL, fields).into_iter().chain(certificate).collect()
}

/// The scheme, the host and the part before `/cob`; none where the account does not say.
pub(super) fn base(profile: Profile, account: &ProviderAccount) -> Option<String> {
    let base = match (profile, environment(account)?) {
        (Profile::Standard, Environment::Sandbox | Environment::Production) => {
            account.credentials.field(BASE_URL)?.trim_end_matches('/')
        }
        (Profile::BancoDoBrasil, Environment::Sandbox) => "https://api-pix.hm.bb.com.br/pix/v2",
        (Profile::BancoDoBrasil, Environment::Production) => "https://api-pix.bb.com.br/pix/v2",
        (Profile::Bs2, Environment::Sandbox) => "https://apihmz.bancobonsucesso.com.br/pix/direto/forintegration/v1",
        (Profile::Bs2, Environment::Production) => "https://api.bs2.com/pix/direto/forintegration/v1",
    };
    Some(base.to_owned())
}

/// Where a token is fetched: the host, and the path.
fn token_address(profile: Profile, account: &ProviderAccount) -> Option<(&str, &'static str)> {
    Some(match (profile, environment(account)?) {
        (Profile::Standard, Environment::Sandbox | Environment::Production) => {
            (account.credentials.field(TOKEN_URL)?, "")
        }
        (Profile::BancoDoBrasil, Environment::Sandbox) => ("https://oauth.hm.bb.com.br", "/oauth/token"),
        (Profile::BancoDoBrasil, Environment::Production) => ("https://oauth.bb.com.br", "/oauth/token"),
        (Profile::Bs2, Environment::Sandbox) => ("https://apihmz.bancobonsucesso.com.br", "/auth/oauth/v2/token"),
        (Profile::Bs2, Environment::Production) => ("https://api.bs2.com", "/auth/oauth/v2/token"),
    })
}

const fn environment(account: &ProviderAccount) -> Option<Environment> {
    match account.credentials {
        Credentials::Sandbox { .. } => None,
        Credentials::Account { environment, .. } => Some(environment),
    }
}

/// The `User-Agent` of every request; none where the bank demands none.
pub(super) fn user_agent(profile: Profile, account: &ProviderAccount) -> Option<&str> {
    account.credentials.field(USER_AGENT).filter(|_| profile == Profile::Bs2)
}

/// `OAuth2` client credentials, and the client certificate where the account has one.
pub(super) fn access(profile: Profile, account: &ProviderAccount, secrets: &Secrets) -> Access {
    let own = |name: &str| secrets.get(name).map(|text| Zeroizing::new(text.to_owned()));
    // One without the other is a certificate that cannot be used: the bank is never called without it.
    let certificate = match (own(CERTIFICATE), own(PRIVATE_KEY)) {
        (None, None) => None,
        (chain, key) => Some(ClientCertificate { chain: chain.unwrap_or_default(), key: key.unwrap_or_default() }),
    };
    let credentials = || {
        let (base, path) = token_address(profile, account)?;
        Some(ClientCredentials {
            base: base.to_owned(),
            path: path.to_owned(),
            id: Zeroizing::new(account.credentials.field(CLIENT_ID)?.to_owned()),
            secret: own(CLIENT_SECRET)?,
            scope: account.credentials.field(SCOPES).unwrap_or(ALL_SCOPES).to_owned(),
            user_agent: user_agent(profile, account).map(str::to_owned),
            is_single: profile == Profile::Bs2,
        })
    };
    let authorization = credentials().map_or(Authorization::Lacking, Authorization::ClientCredentials);
    Access { authorization, certificate }
}
