//! Connections to providers: one pool for all accounts without a client certificate, and one for each certificate.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    ids::{ClientId, ProviderAccountId},
    merchant::ProviderAccount,
    time::Timestamp,
};
use providers::{ClientCertificate, HttpAnswer, HttpRequest, Verb};
use reqwest::{Client, ClientBuilder, redirect};
use rustls::{ClientConfig, ConfigBuilder, client::WantsClientCert, pki_types::CertificateDer};
use seal::digest;

use crate::{
    address::{Guard, IDLE, SystemNames},
    provider::{
        cause::Cause,
        certificate::{self, Loaded, Validity},
    },
    tls,
};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A process that lives long looks so often at the end of a certificate that it uses.
const WATCH_PAUSE: Duration = Duration::from_hours(24);
/// So many pools with a certificate are kept at once. Each has connections and a key.
const CAPACITY: usize = 1_000;
/// More bytes than any provider answers.
const MAX_ANSWER: usize = 256 * 1024;

/// The answer to one request.
pub(crate) enum Sent {
    /// It came, and is whole.
    Answered(HttpAnswer),
    /// The connection was made; the outcome is unknown.
    Lost(Cause),
    /// The provider cannot have seen the request.
    Never(Cause),
}

/// Which addresses are called, and whom they must be certified by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach<'a> {
    /// Public ones.
    Public,
    /// Loopback too, also certified by these roots: servers that stand in for providers.
    StandIns(&'a [CertificateDer<'static>]),
}

/// The pools, each made when it is first used. A provider has a stand-in or has none, so that its accounts keep theirs.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    public: OnceLock<Client>,
    stand_ins: OnceLock<Client>,
    certified: Mutex<HashMap<ProviderAccountId, Certified>>,
}

/// The pool of an account that has a client certificate.
#[derive(Clone, Debug)]
struct Certified {
    /// The digest of the certificate.
    digest: String,
    client: Client,
    /// When the certificate is valid.
    validity: Option<Validity>,
    /// When its end was looked at last.
    watched_at: Timestamp,
}

impl Connections {
    /// The pool of an account with this certificate, or of all accounts that have none.
    pub(crate) fn client(
        &self,
        reach: Reach<'_>,
        owner: ClientId,
        account: &ProviderAccount,
        certificate: Option<&ClientCertificate>,
        now: Timestamp,
    ) -> Result<Client, Cause> {
        if let Some(certificate) = certificate {
            return self.certified(reach, owner, account, certificate, now);
        }
        let pool = match reach {
            Reach::Public => &self.public,
            Reach::StandIns(_) => &self.stand_ins,
        };
        if let Some(client) = pool.get() {
            return Ok(client.clone());
        }
        let client = open(reach, reach.tls()?.with_no_client_auth())?;
        Ok(pool.get_or_init(|| client).clone())
    }

    fn certified(
        &self,
        reach: Reach<'_>,
        owner: ClientId,
        account: &ProviderAccount,
        certificate: &ClientCertificate,
        now: Timestamp,
    ) -> Result<Client, Cause> {
        let digest = digest(&certificate.chain);
        let mut pools = self.certified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get_mut(&account.id).filter(|pool| pool.digest == digest) {
            if now.since(pool.watched_at) >= WATCH_PAUSE {
                pool.watched_at = now;
                certificate::watch(owner, account, pool.validity, now);
            }
            return Ok(pool.client.clone());
        }
        let Loaded { tls, validity } =
            certificate::load(reach.tls()?, certificate).map_err(|_| Cause::CertificateUnusable)?;
        certificate::watch(owner, account, validity, now);
        let client = open(reach, tls)?;
        if pools.len() >= CAPACITY {
            pools.clear();
        }
        pools.insert(account.id, Certified { digest, client: client.clone(), validity, watched_at: now });
        Ok(client)
    }
}

impl Reach<'_> {
    fn tls(self) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Cause> {
        let roots = match self {
            Self::Public => &[],
            Self::StandIns(roots) => roots,
        };
        tls::trusting(roots).map_err(|_| Cause::NoConnection)
    }
}

fn open(reach: Reach<'_>, tls: ClientConfig) -> Result<Client, Cause> {
    let local = match reach {
        Reach::Public => false,
        Reach::StandIns(_) => true,
    };
    let names = Guard { names: Arc::new(SystemNames), local };
    builder(tls).dns_resolver(Arc::new(names)).build().map_err(|_| Cause::NoConnection)
}

/// What every client has: rustls with ring, no proxy, no redirects, and a limit for connecting.
pub(crate) fn builder(tls: ClientConfig) -> ClientBuilder {
    Client::builder()
        .use_preconfigured_tls(tls)
        .http1_only()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .pool_idle_timeout(IDLE)
        .connect_timeout(CONNECT_LIMIT)
}

/// Sends `request` to `url` with one more header, and waits for the whole answer no longer than `limit`.
pub(crate) async fn exchange(
    client: &Client,
    url: &str,
    request: &HttpRequest,
    authorization: Option<(&'static str, &str)>,
    limit: Duration,
) -> Sent {
    let mut call = match request.verb {
        Verb::Get => client.get(url),
        Verb::Post => client.post(url),
        Verb::Put => client.put(url),
        Verb::Patch => client.patch(url),
        Verb::Delete => client.delete(url),
    }
    .timeout(limit);
    if let Some((name, value)) = authorization {
        call = call.header(name, value);
    }
    for (name, value) in &request.headers {
        call = call.header(*name, value);
    }
    // The copy that is sent is wiped too, once it is sent.
    match call.body(Bytes::from_owner(request.body.clone())).send().await {
        Ok(answer) => read(answer).await,
        Err(error) => match Cause::of_error(&error) {
            (cause, true) => Sent::Never(cause),
            (cause, false) => Sent::Lost(cause),
        },
    }
}

/// The whole answer.
async fn read(mut answer: reqwest::Response) -> Sent {
    let status = answer.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(None) => return Sent::Answered(HttpAnswer { status, headers, body }),
            Ok(Some(_)) => return Sent::Lost(Cause::AnswerTooLarge),
            Err(error) => return Sent::Lost(Cause::of_error(&error).0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::merchant::{Credentials, Environment, ProviderType};

    use super::*;
    use crate::{provider::certificate::samples::Authority, vault::random_id};

    #[test]
    fn pools_with_a_certificate_are_kept_until_there_are_too_many() {
        let (pools, certificate) = (Connections::default(), Authority::new().client(2099));
        let (fields, sealed) = (BTreeMap::new(), String::new());
        let credentials = Credentials::Account { environment: Environment::Production, fields, sealed };
        let account = |_| ProviderAccount {
            id: ProviderAccountId::new(random_id().unwrap()),
            kind: ProviderType::BcbPix,
            priority: 1,
            methods: Vec::new(),
            currencies: None,
            credentials: credentials.clone(),
        };
        let owner = ClientId::new(random_id().unwrap());
        let kept = || pools.certified.lock().unwrap().len();
        let accounts: Vec<_> = (0..=CAPACITY).map(account).collect();
        for (count, account) in (1..).zip(&accounts) {
            for _ in 0..2 {
                let now = Timestamp::from_millis(0);
                assert!(pools.client(Reach::Public, owner, account, Some(&certificate), now).is_ok());
            }
            assert_eq!(kept(), if count > CAPACITY { 1 } else { count });
        }
    }
}
