//! The sandbox account of one machine.
//!
//! The table has only a digest of the secret key, so a file keeps the key. Only its owner can read that file.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use aws_local::folder::write_private;
use domain::ids::{ClientId, MerchantId};
use flows::account::{provision::NewAccount, server_keys::NewServerKey};
use seal::Secret;
use serde::{Deserialize, Serialize};

/// What the file of variables says of empty keys.
const NO_SERVER_KEY: &str =
    "# Every key for Worldline's API was replaced or revoked: `catraca worldline-key rotate` makes one.\n";

/// An account with its secret key.
#[derive(Debug)]
pub struct SandboxAccount {
    /// `X-Client-Id`.
    pub client: ClientId,
    /// `merchantId`; none where every merchant of the account was deleted.
    pub merchant: Option<MerchantId>,
    /// `X-Api-Key`.
    pub secret_key: Secret<String>,
}

/// The contents of the account's file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
    client_id: ClientId,
    merchant_id: Option<MerchantId>,
    secret_key: std::borrow::Cow<'a, str>,
}

impl SandboxAccount {
    /// The account in the file at `path`; `None` if there is no such file.
    ///
    /// # Errors
    /// What the system says, that others than its owner may use the file, or that it holds no account.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(other) => return Err(other),
        };
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::other(
                "others than its owner may use it, and it holds a secret key; chmod 600 it, and rotate the key if they \
                 may have read it",
            ));
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let text = Secret::new(text);
        // The parser's own message may quote the secret key.
        let kept: Kept<'_> =
            serde_json::from_str(text.reveal()).map_err(|_| io::Error::other("it holds no account"))?;
        Ok(Some(Self {
            client: kept.client_id,
            merchant: kept.merchant_id,
            secret_key: Secret::new(kept.secret_key.into_owned()),
        }))
    }

    /// Keeps the account in the file at `path`.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        let kept = Kept {
            client_id: self.client,
            merchant_id: self.merchant,
            secret_key: self.secret_key.reveal().as_str().into(),
        };
        write_private(path, &serde_json::to_string_pretty(&kept)?)
    }

    /// Writes the variables with which a client calls the hub at `url`: one `KEY=VALUE` a line. `server_key` is the key
    /// with which it signs requests of Worldline's API.
    ///
    /// # Errors
    /// What the system says.
    pub fn write_env_file(&self, path: &Path, url: &str, server_key: Option<&NewServerKey>) -> io::Result<()> {
        let (client, secret_key) = (self.client, self.secret_key.reveal());
        let merchant = self.merchant.map(|id| id.to_string()).unwrap_or_default();
        let key_id = server_key.map(|key| key.id.to_string()).unwrap_or_default();
        let secret = server_key.map_or("", |key| key.secret.reveal());
        let note = if server_key.is_some() { "" } else { NO_SERVER_KEY };
        let variables = Secret::new(format!(
            "HUB_URL={url}\nHUB_CLIENT_ID={client}\nHUB_SECRET_KEY={secret_key}\nHUB_MERCHANT_ID={merchant}\n\
             {note}HUB_WORLDLINE_KEY_ID={key_id}\nHUB_WORLDLINE_SECRET={secret}\n"
        ));
        write_private(path, variables.reveal())
    }
}

impl From<NewAccount> for SandboxAccount {
    fn from(made: NewAccount) -> Self {
        Self { client: made.client, merchant: Some(made.merchant), secret_key: made.secret_key }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use aws_local::folder::Folder;
    use domain::ids::ServerKeyId;
    use uuid::Uuid;

    use super::*;

    fn account() -> SandboxAccount {
        SandboxAccount {
            client: ClientId::new(Uuid::from_u128(1)),
            merchant: Some(MerchantId::new(Uuid::from_u128(2))),
            secret_key: Secret::new("sk_test".to_owned()),
        }
    }

    #[test]
    fn an_account_is_found_as_it_was_kept() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("account.json");
        assert!(SandboxAccount::read(&path).unwrap().is_none());
        account().keep(&path).unwrap();
        let found = SandboxAccount::read(&path).unwrap().unwrap();
        assert_eq!((found.client, found.merchant), (account().client, account().merchant));
        assert_eq!(found.secret_key.reveal(), "sk_test");
    }

    #[test]
    fn a_damaged_file_is_refused_without_quoting_it() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("account.json");
        fs::write(&path, r#"{"clientId":"sk_test"}"#).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(SandboxAccount::read(&path).unwrap_err().to_string(), "it holds no account");
    }

    #[test]
    fn a_file_that_others_may_use_is_refused() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("account.json");
        account().keep(&path).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let refused = SandboxAccount::read(&path).unwrap_err().to_string();
            assert!(
                refused.starts_with("others than its owner may use it") && refused.contains("chmod 600"),
                "{refused}"
            );
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        assert!(SandboxAccount::read(&path).unwrap().is_some());
    }

    #[test]
    fn the_env_file_has_one_variable_a_line() {
        let folder = Folder::in_memory().unwrap();
        let path = folder.file("hub.env");
        let key = NewServerKey { id: ServerKeyId::new(Uuid::from_u128(3)), secret: Secret::new("wl_test".to_owned()) };
        for (key, note, id, secret) in
            [(Some(&key), "", "00000000-0000-0000-0000-000000000003", "wl_test"), (None, NO_SERVER_KEY, "", "")]
        {
            account().write_env_file(&path, "http://127.0.0.1:3000", key).unwrap();
            assert_eq!(
                fs::read_to_string(&path).unwrap(),
                format!(
                    "HUB_URL=http://127.0.0.1:3000\n\
                     HUB_CLIENT_ID=00000000-0000-0000-0000-000000000001\n\
                     HUB_SECRET_KEY=sk_test\n\
                     HUB_MERCHANT_ID=00000000-0000-0000-0000-000000000002\n\
                     {note}HUB_WORLDLINE_KEY_ID={id}\n\
                     HUB_WORLDLINE_SECRET={secret}\n"
                )
            );
        }
    }
}
