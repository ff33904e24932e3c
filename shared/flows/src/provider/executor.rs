//! The executor: the only client that calls providers.

use std::time::Duration;

use domain::{ids::ClientId, merchant::ProviderAccount, time::Timestamp};
use providers::{ClientCertificate, HttpRequest, Target, sandbox::bank};
use reqwest::Client;

use crate::{
    address::check_url,
    provider::{
        cause::Cause,
        connection::{self, Connections, Reach, Sent},
        stand_in::StandIns,
        token::Tokens,
    },
    stage::Stage,
    tls,
};

/// The client that calls providers.
#[derive(Debug)]
pub struct Executor {
    stage: Stage,
    bank: Bank,
    stand_ins: StandIns,
    connections: Connections,
    tokens: Tokens,
}

/// Where the sandbox's bank is.
#[derive(Debug)]
enum Bank {
    InProcess,
    Nowhere,
    At { url: String, client: Client },
}

/// The executor could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct NoClient(String);

/// One request of an account, and how it proves who asks.
pub(crate) struct Outgoing<'a> {
    /// The account of the hub.
    pub(crate) client: ClientId,
    /// Whose it is.
    pub(crate) account: &'a ProviderAccount,
    /// What is sent.
    pub(crate) request: &'a HttpRequest,
    /// The header that proves who asks.
    pub(crate) authorization: Option<(&'static str, &'a str)>,
    /// The certificate of the connection.
    pub(crate) certificate: Option<&'a ClientCertificate>,
}

impl Executor {
    /// The executor of `stage`, with the sandbox's bank in this process or at `sandbox_bank`.
    ///
    /// # Errors
    /// [`NoClient`] where TLS cannot be set up.
    pub fn new(stage: Stage, sandbox_bank: Option<String>) -> Result<Self, NoClient> {
        let bank = match sandbox_bank {
            None => Bank::InProcess,
            Some(url) => Bank::At { url: url.trim_end_matches('/').to_owned(), client: client_of_bank()? },
        };
        Ok(Self { bank, ..Self::without_providers(stage) })
    }

    /// The same for a hub on one machine, where servers may stand in for providers.
    ///
    /// # Errors
    /// [`NoClient`] where TLS cannot be set up.
    pub fn on_one_machine(sandbox_bank: Option<String>, stand_ins: StandIns) -> Result<Self, NoClient> {
        Ok(Self { stand_ins, ..Self::new(Stage::Sandbox, sandbox_bank)? })
    }

    /// One that calls no provider: that is left to another hub over the same table.
    #[must_use]
    pub fn without_providers(stage: Stage) -> Self {
        let (stand_ins, connections, tokens) = Default::default();
        Self { stage, bank: Bank::Nowhere, stand_ins, connections, tokens }
    }

    /// Whether it calls providers.
    pub(crate) const fn calls_providers(&self) -> bool {
        match self.bank {
            Bank::InProcess | Bank::At { .. } => true,
            Bank::Nowhere => false,
        }
    }

    /// The tokens that providers gave to this process.
    pub(crate) const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What the hub is run for.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// The host that is called at `base` of an account, or that of the server that stands in for it.
    pub(crate) fn host(&self, account: &ProviderAccount, base: &str) -> Option<String> {
        let stand_in = self.stand_ins.base(account.kind, base);
        let url = check_url(stand_in.as_deref().unwrap_or(base), stand_in.is_some()).ok()?;
        url.host_str().map(ToOwned::to_owned)
    }

    /// Sends a request, and waits for its answer no longer than `limit`. Where real payments are served nothing is sent
    /// to the sandbox, whatever was sent before.
    pub(crate) async fn send(&self, outgoing: &Outgoing<'_>, limit: Duration, now: Timestamp) -> Sent {
        let Outgoing { request, authorization, .. } = outgoing;
        match &request.target {
            Target::Provider { base, path } => self.call(outgoing, base, path, limit, now).await,
            Target::Sandbox { .. } if self.stage == Stage::Production => Sent::Never(Cause::NotCalled),
            Target::Sandbox { path } => match &self.bank {
                Bank::Nowhere => Sent::Never(Cause::NotCalled),
                Bank::InProcess => Sent::Answered(bank::answer(request, now)),
                Bank::At { url, client } => {
                    connection::exchange(client, &format!("{url}{path}"), request, *authorization, limit).await
                }
            },
        }
    }

    /// Calls a provider, or the server that stands in for it. A base may be a merchant's own word.
    async fn call(&self, outgoing: &Outgoing<'_>, base: &str, path: &str, limit: Duration, now: Timestamp) -> Sent {
        let Outgoing { client, account, request, authorization, certificate } = outgoing;
        if !self.calls_providers() {
            return Sent::Never(Cause::NotCalled);
        }
        let stand_in = self.stand_ins.base(account.kind, base);
        let reach = if stand_in.is_some() { Reach::StandIns(self.stand_ins.roots()) } else { Reach::Public };
        let url = format!("{}{path}", stand_in.as_deref().unwrap_or(base));
        if check_url(&url, stand_in.is_some()).is_err() {
            return Sent::Never(Cause::AddressNotPublic);
        }
        match self.connections.client(reach, *client, account, *certificate, now) {
            Ok(client) => connection::exchange(&client, &url, request, *authorization, limit).await,
            Err(cause) => Sent::Never(cause),
        }
    }
}

/// The client of the sandbox's bank, which may be anywhere.
fn client_of_bank() -> Result<Client, NoClient> {
    let tls = tls::public_roots().map_err(|error| NoClient(error.to_string()))?;
    connection::builder(tls).build().map_err(|error| NoClient(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use domain::{
        ids::ProviderAccountId,
        merchant::{Credentials, Environment, ProviderType},
    };
    use providers::{HttpAnswer, Verb};
    use rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, pem::PemObject},
        server::WebPkiClientVerifier,
    };
    use tokio::{
        io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::{
        provider::{
            certificate::{certificates, samples::Authority},
            stand_in::Roots,
        },
        vault::random_id,
    };

    const LIMIT: Duration = Duration::from_secs(20);
    fn account() -> ProviderAccount {
        ProviderAccount {
            id: ProviderAccountId::new(random_id().unwrap()),
            kind: ProviderType::Bb,
            priority: 1,
            methods: Vec::new(),
            currencies: None,
            credentials: Credentials::Account {
                environment: Environment::Sandbox,
                fields: BTreeMap::new(),
                sealed: String::new(),
            },
        }
    }

    /// The executor of a hub on one machine where `origin` stands in for the account's provider.
    fn beside(origin: &str, roots: Roots) -> Executor {
        let server = format!("BB={origin}").parse().unwrap();
        Executor::on_one_machine(None, StandIns::new(vec![server], roots).unwrap()).unwrap()
    }

    fn request(base: &str) -> HttpRequest {
        HttpRequest::bare(Verb::Post, base, "/cob?a=b%20c".to_owned()).with_header("x-own", "1")
    }

    async fn put(executor: &Executor, base: &str, certificate: Option<&ClientCertificate>, limit: Duration) -> Sent {
        let (account, request) = (account(), request(base));
        let outgoing = Outgoing {
            client: ClientId::new(account.id.uuid()),
            account: &account,
            request: &request,
            authorization: Some(("authorization", "Bearer one")),
            certificate,
        };
        executor.send(&outgoing, limit, Timestamp::from_millis(1_790_000_000_000)).await
    }

    /// What became of a call of a server that answers `answer`, byte for byte, and what it was sent.
    async fn answered(answer: &'static str) -> (Sent, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let executor = beside(&format!("http://{}", listener.local_addr().unwrap()), Roots::default());
        let serving = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            serve(&mut stream, answer.as_bytes()).await
        };
        tokio::join!(put(&executor, "https://api.bank.example/pix/v2", None, LIMIT), serving)
    }

    /// Reads the head of one request, and answers it.
    async fn serve(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: &[u8]) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { break };
            head.push(byte);
        }
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
        String::from_utf8(head).unwrap()
    }

    fn cause(sent: &Sent) -> (&'static str, Option<Cause>) {
        match sent {
            Sent::Answered(_) => ("answered", None),
            Sent::Lost(cause) => ("lost", Some(*cause)),
            Sent::Never(cause) => ("never", Some(*cause)),
        }
    }

    #[tokio::test]
    async fn a_provider_is_called_at_its_path_and_the_whole_answer_is_kept() {
        let (sent, asked) =
            answered("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 2\r\nX-Two: a\r\n\r\nok").await;
        let Sent::Answered(HttpAnswer { status, headers, body }) = sent else { panic!("{:?}", cause(&sent)) };
        assert_eq!((status, body.as_slice()), (429, b"ok".as_slice()));
        assert!(headers.contains(&("retry-after".to_owned(), "7".to_owned())), "{headers:?}");
        assert!(asked.starts_with("POST /pix/v2/cob?a=b%20c HTTP/1.1\r\n"), "{asked}");
        for header in ["authorization: Bearer one\r\n", "x-own: 1\r\n"] {
            assert!(asked.contains(header), "{asked}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer() {
        let (sent, _) =
            answered("HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n").await;
        assert!(matches!(sent, Sent::Answered(HttpAnswer { status: 307, .. })));
    }

    #[tokio::test]
    async fn what_is_no_whole_answer_is_lost() {
        for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "no HTTP at all\r\n\r\n"] {
            assert_eq!(cause(&answered(answer).await.0), ("lost", Some(Cause::NoAnswer)), "{answer}");
        }
        let large = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(300 * 1024));
        let sent = answered(large.leak()).await.0;
        assert_eq!(cause(&sent), ("lost", Some(Cause::AnswerTooLarge)));
    }

    #[tokio::test]
    async fn silence_is_lost_at_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let executor = beside(&format!("http://{}", listener.local_addr().unwrap()), Roots::default());
        let sent = put(&executor, "https://api.bank.example", None, Duration::from_millis(50)).await;
        assert_eq!(cause(&sent), ("lost", Some(Cause::Timeout)));
    }

    #[tokio::test]
    async fn without_a_connection_nothing_was_sent() {
        let refused =
            put(&beside("http://127.0.0.1:1", Roots::default()), "https://api.bank.example", None, LIMIT).await;
        assert_eq!(cause(&refused), ("never", Some(Cause::ConnectionRefused)));
        let public = Executor::new(Stage::Production, None).unwrap();
        for base in ["http://api.bank.example", "https://127.0.0.1", "https://10.0.0.1", "https://localhost", "word"] {
            let sent = put(&public, base, None, LIMIT).await;
            assert_eq!(cause(&sent), ("never", Some(Cause::AddressNotPublic)), "{base}");
        }
        let unknown = put(&public, "https://api.bank.invalid", None, LIMIT).await;
        assert_eq!(cause(&unknown), ("never", Some(Cause::UnknownHost)));
        let none = put(&Executor::without_providers(Stage::Production), "https://8.8.8.8", None, LIMIT).await;
        assert_eq!(cause(&none), ("never", Some(Cause::NotCalled)));
    }

    /// What became of a call with this certificate of a server with TLS that wants one of `authority`, where the hub
    /// trusts `roots`.
    async fn certified(authority: &Authority, roots: Roots, certificate: Option<&ClientCertificate>) -> Sent {
        let (provider, own) = (Arc::new(ring::default_provider()), authority.server());
        let mut accepted = RootCertStore::empty();
        accepted.add(certificates(authority.root().as_bytes()).unwrap().remove(0)).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(accepted), Arc::clone(&provider));
        let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(certificates(own.chain.as_bytes()).unwrap(), key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let executor = beside(&format!("https://{}", listener.local_addr().unwrap()), roots);
        let serving = async {
            let (stream, _) = listener.accept().await.unwrap();
            match TlsAcceptor::from(Arc::new(config)).accept(stream).into_fallible().await {
                Ok(mut stream) => {
                    serve(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                }
                // A connection that is closed before it is read takes its last words back.
                Err((_, mut stream)) => drop(stream.read_to_end(&mut Vec::new()).await),
            }
        };
        let calling = put(&executor, "https://api.bank.example", certificate, LIMIT);
        tokio::pin!(calling, serving);
        tokio::select! {
            sent = &mut calling => sent,
            () = serving => calling.await,
        }
    }

    #[tokio::test]
    async fn a_client_certificate_is_shown_and_one_that_is_not_accepted_is_named() {
        let (authority, other) = (Authority::new(), Authority::new().client(2099));
        let (good, ended) = (authority.client(2099), authority.client(2020));
        let roots = || authority.root().parse::<Roots>().unwrap();
        assert_eq!(cause(&certified(&authority, roots(), Some(&good)).await), ("answered", None));
        for refused in [None, Some(&ended), Some(&other)] {
            let sent = certified(&authority, roots(), refused).await;
            assert_eq!(cause(&sent), ("never", Some(Cause::ClientCertificateRefused)), "{}", refused.is_some());
        }
        for (chain, key) in [(&good.chain, &other.key), (&good.key, &good.key), (&good.chain, &good.chain)] {
            let unusable = ClientCertificate { chain: chain.clone(), key: key.clone() };
            let sent = certified(&authority, roots(), Some(&unusable)).await;
            assert_eq!(cause(&sent), ("never", Some(Cause::CertificateUnusable)));
        }
    }

    #[tokio::test]
    async fn a_server_that_no_root_certifies_is_not_trusted() {
        let authority = Authority::new();
        let sent = certified(&authority, Roots::default(), Some(&authority.client(2099))).await;
        assert_eq!(cause(&sent), ("never", Some(Cause::ProviderCertificate)));
    }
}
