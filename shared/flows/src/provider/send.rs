//! One request to a provider, as the account that it belongs to proves itself.

use domain::{ids::ClientId, time::Timestamp};
use providers::{Access, Authorization, HttpRequest, Target, adapter};
use zeroize::Zeroizing;

use crate::{
    hub::Hub,
    provider::{
        cause::Cause,
        connection::Sent,
        executor::Outgoing,
        line::Line,
        oauth::{self, Grant},
    },
    vault,
};

/// Puts a request to the provider of the line's account, as this account's owner, and waits until `until`.
pub(crate) async fn send(hub: &Hub, client: ClientId, line: Line<'_>, request: &HttpRequest, until: Timestamp) -> Sent {
    match vault::provider_secrets(hub, client, line.account).await {
        Ok(secrets) => {
            let access = adapter(line.account).access(line.account, &secrets);
            send_by(hub, client, line, request, &access, until).await
        }
        Err(refusal) => {
            tracing::error!(?refusal, %client, provider_account = %line.account.id, "a provider's key cannot be opened; nothing was sent");
            Sent::Never(Cause::KeysNotOpened)
        }
    }
}

/// The same, where the account proves itself by this `access`.
async fn send_by(
    hub: &Hub,
    client: ClientId,
    line: Line<'_>,
    request: &HttpRequest,
    access: &Access,
    until: Timestamp,
) -> Sent {
    let certificate = access.certificate.as_ref();
    let authorization = match (&access.authorization, &request.target) {
        (Authorization::ClientCredentials(credentials), Target::Provider { .. }) => {
            let grant = Grant { client, line, credentials, certificate };
            return send_by_token(hub, &grant, request, until).await;
        }
        (Authorization::Header { name, value }, _) => Some((*name, value.as_str())),
        (Authorization::Lacking, _) => return Sent::Never(Cause::KeysUnusable),
        (Authorization::None | Authorization::ClientCredentials(_), _) => None,
    };
    send_until(hub, &Outgoing { client, account: line.account, request, authorization, certificate }, until).await
}

/// The same with a token; once more with another one, where the provider refuses the first before it does anything.
async fn send_by_token(hub: &Hub, grant: &Grant<'_>, request: &HttpRequest, until: Timestamp) -> Sent {
    let mut refused = None;
    loop {
        let token = match oauth::token(hub, grant, refused.as_ref(), until).await {
            Ok(token) => token,
            Err(cause) => return Sent::Never(cause),
        };
        let bearer = Zeroizing::new(format!("Bearer {}", token.value.as_str()));
        let outgoing = Outgoing {
            client: grant.client,
            account: grant.line.account,
            request,
            authorization: Some(("authorization", &bearer)),
            certificate: grant.certificate,
        };
        match send_until(hub, &outgoing, until).await {
            Sent::Answered(answer) if answer.status == 401 && refused.is_none() => refused = Some(token),
            end => return end,
        }
    }
}

async fn send_until(hub: &Hub, outgoing: &Outgoing<'_>, until: Timestamp) -> Sent {
    let now = hub.now();
    if now >= until {
        return Sent::Never(Cause::Timeout);
    }
    hub.executor.send(outgoing, until.since(now), now).await
}

/// Calls that need a token, of a provider that is played by a small server.
#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use aws_local::{
        engine::{Engine, HUB_TABLE, TOKENS_TABLE},
        folder::Folder,
        template::{TEXT, Template},
    };
    use domain::{
        ids::ProviderAccountId,
        limits::UNSAVED_CARD_DAYS,
        merchant::{Credentials, Environment, ProviderAccount, ProviderType},
    };
    use futures::future::join_all;
    use providers::{ClientCredentials, Verb};
    use seal::KeyService;
    use store::Store;
    use tokio::{
        io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
        net::{TcpListener, TcpStream},
        sync::Notify,
    };

    use super::*;
    use crate::{
        Clock, Executor, Outbound, Parts, Stage,
        account::provision,
        provider::stand_in::{Roots, StandIns},
        vault::random_id,
    };

    const LIMIT: Duration = Duration::from_secs(20);
    /// Whichever provider.
    const KIND: ProviderType = ProviderType::ALL[0];
    const TOKEN_PATH: &str = "/oauth/token";

    /// A provider that gives tokens and knows the last one.
    #[derive(Default)]
    struct Played {
        given: usize,
        /// Every request: its first line, its authorization, its body and its user agent.
        asked: Vec<[String; 4]>,
        /// What the next calls for a token answer, in place of a token.
        refusals: Vec<&'static str>,
        revoked: bool,
    }

    struct World {
        parts: Parts,
        client: ClientId,
        account: ProviderAccount,
        played: Arc<Mutex<Played>>,
        /// A call for a token waits for this, where there is one.
        held: Arc<Mutex<Option<Arc<Notify>>>>,
        url: String,
        _engine: Engine,
        _folder: Folder,
    }

    impl World {
        async fn new() -> Self {
            let folder = Folder::in_memory().unwrap();
            let engine = Engine::open(&folder.file("hub.db"), &Template::parse(TEXT).unwrap()).unwrap();
            let store = Store::new(engine.tables().client(), HUB_TABLE, TOKENS_TABLE);
            let key_service = KeyService::file(&folder.file("master.key")).unwrap();
            let secrets = provision::hub_secrets(&store, &key_service).await.unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let parts = Parts {
                store,
                key_service: key_service.into(),
                secrets: secrets.into(),
                clock: Clock::system(),
                executor: executor(&url).into(),
                outbound: Outbound::local(Stage::Sandbox).unwrap().into(),
                queue: None,
                dead_letters: None,
                unsaved_card_life: Duration::from_hours(24 * u64::from(UNSAVED_CARD_DAYS)),
                public_url: None,
            };
            let made = provision::create_client(&Hub::from(parts.clone()), "Loja", &[]).await.unwrap();
            let account = ProviderAccount {
                id: ProviderAccountId::new(random_id().unwrap()),
                kind: KIND,
                priority: 1,
                methods: Vec::new(),
                currencies: None,
                credentials: Credentials::Account {
                    environment: Environment::Sandbox,
                    fields: BTreeMap::new(),
                    sealed: String::new(),
                },
            };
            let (played, held) = (Arc::<Mutex<Played>>::default(), Arc::<Mutex<Option<Arc<Notify>>>>::default());
            let serving = (Arc::clone(&played), Arc::clone(&held));
            #[expect(clippy::disallowed_methods, reason = "the server of a test")]
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (played, held) = serving.clone();
                    tokio::spawn(async move { serve(stream, &played, &held).await });
                }
            });
            Self { parts, client: made.client, account, played, held, url, _engine: engine, _folder: folder }
        }

        /// A function over the same table, with a memory of its own.
        fn function(&self) -> Hub {
            Hub::from(Parts { executor: executor(&self.url).into(), ..self.parts.clone() })
        }

        async fn call(&self, hub: &Hub, is_single: bool) -> Sent {
            self.call_as(hub, &self.account, credentials("secret", is_single), LIMIT).await
        }

        async fn call_as(
            &self,
            hub: &Hub,
            account: &ProviderAccount,
            credentials: ClientCredentials,
            limit: Duration,
        ) -> Sent {
            let request = HttpRequest::bare(Verb::Get, "https://api.bank.example/pix/v2", "/cob".to_owned());
            let access = Access { authorization: Authorization::ClientCredentials(credentials), certificate: None };
            let (client, started) = (self.client, hub.now());
            let line = Line { client, account, operation: "create", reference: "r001", started };
            send_by(hub, self.client, line, &request, &access, hub.now().plus(limit)).await
        }

        /// Calls for a token, and other calls, so far.
        fn counts(&self) -> (usize, usize) {
            let asked = &self.played.lock().unwrap().asked;
            let tokens = asked.iter().filter(|[line, ..]| line.contains(TOKEN_PATH)).count();
            (tokens, asked.len() - tokens)
        }

        async fn stored(&self) -> Option<store::provider_tokens::SharedToken> {
            let hub = self.function();
            let (client, account, started) = (self.client, &self.account, hub.now());
            let line = Line { client, account, operation: "create", reference: "r001", started };
            let credentials = credentials("secret", true);
            let grant = Grant { client: self.client, line, credentials: &credentials, certificate: None };
            self.parts.store.shared_token(&grant.key(&hub)).await.unwrap()
        }
    }

    fn credentials(secret: &str, is_single: bool) -> ClientCredentials {
        ClientCredentials {
            base: "https://oauth.bank.example".to_owned(),
            path: TOKEN_PATH.to_owned(),
            id: "client".to_owned().into(),
            secret: secret.to_owned().into(),
            scope: "cob.write pix.read".to_owned(),
            user_agent: Some("Loja da Maria/1.0".to_owned()),
            is_single,
        }
    }

    fn executor(url: &str) -> Executor {
        let stand_ins = StandIns::new(vec![format!("{KIND}={url}").parse().unwrap()], Roots::default()).unwrap();
        Executor::on_one_machine(None, stand_ins).unwrap()
    }

    /// Answers the requests of one connection.
    async fn serve(stream: TcpStream, played: &Mutex<Played>, held: &Mutex<Option<Arc<Notify>>>) {
        let mut stream = BufReader::new(stream);
        while let Some(asked) = read(&mut stream).await {
            played.lock().unwrap().asked.push(asked.clone());
            let waits_for = held.lock().unwrap().clone().filter(|_| asked[0].contains(TOKEN_PATH));
            if let Some(end) = waits_for {
                end.notified().await;
            }
            let answer = answer(&mut played.lock().unwrap(), &asked);
            let _ = stream.write_all(answer.as_bytes()).await;
            if !answer.starts_with("HTTP") {
                return;
            }
        }
    }

    async fn read(stream: &mut BufReader<TcpStream>) -> Option<[String; 4]> {
        let (mut head, mut length, mut authorization, mut agent) = (Vec::new(), 0, String::new(), String::new());
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok()?;
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("authorization", value)) => value.clone_into(&mut authorization),
                Some(("user-agent", value)) => value.clone_into(&mut agent),
                _ => {}
            }
            head.push(line);
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        Some([head.first()?.clone(), authorization, String::from_utf8(body).unwrap(), agent])
    }

    fn answer(played: &mut Played, [line, authorization, ..]: &[String; 4]) -> String {
        let said =
            |status: u16, body: &str| format!("HTTP/1.1 {status} So\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if line.contains(TOKEN_PATH) {
            if let Some(refusal) = played.refusals.pop() {
                return refusal
                    .split_once(' ')
                    .map_or_else(String::new, |(status, body)| said(status.parse().unwrap(), body));
            }
            (played.given, played.revoked) = (played.given + 1, false);
            let body = format!(r#"{{"access_token":"token-{}","expires_in":"300","scope":"pix.read"}}"#, played.given);
            return said(200, &body);
        }
        let is_known = *authorization == format!("Bearer token-{}", played.given) && !played.revoked;
        said(if is_known { 200 } else { 401 }, "{}")
    }

    fn status(sent: &Sent) -> Result<u16, Cause> {
        match sent {
            Sent::Answered(answer) => Ok(answer.status),
            Sent::Never(cause) => Err(*cause),
            Sent::Lost(cause) => panic!("lost: {cause:?}"),
        }
    }

    #[tokio::test]
    async fn a_token_is_asked_for_once_and_again_shortly_before_its_end() {
        let world = World::new().await;
        let hub = world.function();
        for _ in 0..3 {
            assert_eq!(status(&world.call(&hub, false).await), Ok(200));
        }
        assert_eq!(world.counts(), (1, 3));
        let [line, authorization, body, agent] = world.played.lock().unwrap().asked[0].clone();
        assert_eq!(agent, "Loja da Maria/1.0");
        assert_eq!(line, "POST /oauth/token HTTP/1.1");
        assert_eq!(authorization, "Basic Y2xpZW50OnNlY3JldA==");
        assert_eq!(body, "grant_type=client_credentials&scope=cob.write+pix.read");
        assert!(world.played.lock().unwrap().asked[1][0].starts_with("GET /pix/v2/cob "));
        hub.clock.advance(Duration::from_secs(260));
        assert_eq!(status(&world.call(&hub, false).await), Ok(200));
        assert_eq!(world.counts(), (1, 4));
        hub.clock.advance(Duration::from_secs(15));
        assert_eq!(status(&world.call(&hub, false).await), Ok(200));
        assert_eq!(world.counts(), (2, 5));
        assert_eq!(world.stored().await, None);
    }

    #[tokio::test]
    async fn calls_at_once_in_one_process_ask_for_one_token_whether_it_is_given_or_not() {
        let world = World::new().await;
        let hub = world.function();
        world.played.lock().unwrap().refusals = vec!["401 {}"];
        let sent = join_all((0..50).map(|_| world.call(&hub, false))).await;
        assert!(sent.iter().all(|sent| status(sent) == Err(Cause::KeyRefused)));
        assert_eq!(world.counts(), (1, 0));
        let sent = join_all((0..50).map(|_| world.call(&hub, false))).await;
        assert!(sent.iter().all(|sent| status(sent) == Ok(200)));
        assert_eq!(world.counts(), (2, 50));
    }

    #[tokio::test]
    async fn functions_at_once_ask_for_one_shared_token_of_each_life() {
        let world = World::new().await;
        let functions: Vec<Hub> = (0..50).map(|_| world.function()).collect();
        for life in 1..=3 {
            let sent = join_all(functions.iter().map(|hub| world.call(hub, true))).await;
            assert!(sent.iter().all(|sent| status(sent) == Ok(200)), "{life}");
            assert_eq!(world.counts(), (life, life * 50));
            world.parts.clock.advance(Duration::from_mins(5));
        }
        let stored = world.stored().await.unwrap().token.unwrap().sealed;
        assert!(!stored.contains("token-3"));
    }

    #[tokio::test]
    async fn a_revoked_shared_token_is_renewed_once() {
        let world = World::new().await;
        let functions: Vec<Hub> = (0..50).map(|_| world.function()).collect();
        join_all(functions.iter().map(|hub| world.call(hub, true))).await;
        world.played.lock().unwrap().revoked = true;
        let sent = join_all(functions.iter().map(|hub| world.call(hub, true))).await;
        assert!(sent.iter().all(|sent| status(sent) == Ok(200)));
        assert_eq!(world.counts().0, 2);
    }

    /// A merchant has one account for each Pix key, and the bank knows one client.
    #[tokio::test]
    async fn accounts_that_are_one_client_share_the_token_that_ends_the_one_before() {
        let world = World::new().await;
        let other = ProviderAccount { id: ProviderAccountId::new(random_id().unwrap()), ..world.account.clone() };
        for is_single in [true, false] {
            let before = world.counts();
            let one = || credentials("secret", is_single);
            if is_single {
                for _ in 0..6 {
                    let narrow = ClientCredentials { scope: "pix.read".to_owned(), ..one() };
                    assert_eq!(status(&world.call_as(&world.function(), &world.account, one(), LIMIT).await), Ok(200));
                    assert_eq!(status(&world.call_as(&world.function(), &other, narrow, LIMIT).await), Ok(200));
                }
                assert_eq!(world.counts(), (before.0 + 1, before.1 + 12));
            } else {
                // Elsewhere each account has tokens of its own, as its certificate may be part of them.
                let hub = world.function();
                world.call_as(&hub, &world.account, one(), LIMIT).await;
                world.call_as(&hub, &other, one(), LIMIT).await;
                assert_eq!(world.counts().0, before.0 + 2);
            }
        }
    }

    #[tokio::test]
    async fn another_secret_finds_no_token_that_the_one_before_was_given() {
        for is_single in [true, false] {
            let world = World::new().await;
            let hub = world.function();
            assert_eq!(status(&world.call(&hub, is_single).await), Ok(200));
            world.played.lock().unwrap().refusals = vec!["401 {}"];
            let wrong = world.call_as(&hub, &world.account, credentials("other", is_single), LIMIT).await;
            assert_eq!(status(&wrong), Err(Cause::KeyRefused));
            assert_eq!(status(&world.call(&hub, is_single).await), Ok(200), "the right one goes on");
        }
    }

    #[tokio::test]
    async fn no_shared_token_is_asked_for_with_little_time_left_and_no_other_call_fails_for_that() {
        let (world, little) = (World::new().await, Duration::from_secs(3));
        let hub = world.function();
        let hurried = async || status(&world.call_as(&hub, &world.account, credentials("secret", true), little).await);
        assert_eq!(hurried().await, Err(Cause::Timeout));
        assert_eq!(world.counts(), (0, 0));
        assert_eq!(status(&world.call(&hub, true).await), Ok(200));
        // One that is there is used.
        assert_eq!(hurried().await, Ok(200));
        assert_eq!(world.counts(), (1, 2));
    }

    #[tokio::test]
    async fn a_token_that_is_refused_again_is_not_renewed_a_second_time() {
        for is_single in [false, true] {
            let world = World::new().await;
            let hub = world.function();
            assert_eq!(status(&world.call(&hub, is_single).await), Ok(200));
            world.played.lock().unwrap().given = 100;
            // The next token is the 101st, and the provider takes the 102nd alone.
            world.played.lock().unwrap().refusals = vec![r#"200 {"access_token":"another"}"#];
            assert_eq!(status(&world.call(&hub, is_single).await), Ok(401));
            assert_eq!(world.counts(), (2, 3));
        }
    }

    #[tokio::test]
    async fn without_a_token_nothing_is_sent_and_the_cause_is_named() {
        for is_single in [false, true] {
            let world = World::new().await;
            for (refusal, cause) in [
                ("400 {\"error\":\"invalid_client\"}", Cause::KeyRefused),
                ("403 {}", Cause::KeyRefused),
                ("429 {}", Cause::Throttled),
                ("503 {}", Cause::ProviderFailed),
                ("404 {}", Cause::NoToken),
                ("200 <html>", Cause::NoToken),
                ("200 {\"access_token\":\"\"}", Cause::NoToken),
                ("close", Cause::NoAnswer),
            ] {
                world.played.lock().unwrap().refusals = vec![refusal];
                assert_eq!(status(&world.call(&world.function(), is_single).await), Err(cause), "{refusal}");
                // The failure counts for a while, and the calls of a minute are few.
                world.parts.clock.advance(Duration::from_mins(1));
            }
            assert_eq!(world.counts(), (8, 0));
        }
    }

    #[tokio::test]
    async fn a_failure_to_fetch_the_shared_token_counts_for_every_function_and_calls_are_few() {
        let world = World::new().await;
        world.played.lock().unwrap().refusals = vec!["401 {}"; 50];
        let calls = async || {
            let functions: Vec<Hub> = (0..10).map(|_| world.function()).collect();
            let sent = join_all(functions.iter().map(|hub| world.call(hub, true))).await;
            sent.iter().map(|sent| status(sent).unwrap_err()).collect::<Vec<_>>()
        };
        for round in 1..=5 {
            assert_eq!(calls().await, [Cause::KeyRefused; 10]);
            assert_eq!(world.counts(), (round, 0));
            world.parts.clock.advance(Duration::from_secs(7));
        }
        assert_eq!(calls().await, [Cause::Throttled; 10]);
        world.parts.clock.advance(Duration::from_mins(1));
        assert_eq!(calls().await, [Cause::KeyRefused; 10]);
        assert_eq!(world.counts(), (6, 0));
    }

    #[tokio::test]
    async fn another_function_fetches_the_token_of_one_that_died_once_its_lease_is_over() {
        let world = World::new().await;
        let hold = Arc::new(Notify::new());
        *world.held.lock().unwrap() = Some(Arc::clone(&hold));
        let first = world.function();
        tokio::select! {
            _ = world.call(&first, true) => panic!("the call for a token is held"),
            () = async { while world.counts().0 == 0 { tokio::task::yield_now().await } } => {}
        }
        assert!(world.stored().await.unwrap().leased_until.is_some());
        *world.held.lock().unwrap() = None;
        let second = world.function();
        world.parts.clock.advance(Duration::from_secs(11));
        assert_eq!(status(&world.call(&second, true).await), Ok(200));
        assert_eq!(world.counts(), (2, 1));
    }

    #[tokio::test]
    async fn a_function_waits_for_the_lease_of_another_no_longer_than_its_own_deadline() {
        let world = World::new().await;
        *world.held.lock().unwrap() = Some(Arc::default());
        let (first, second) = (world.function(), world.function());
        let waiting = async {
            while world.counts().0 == 0 {
                tokio::task::yield_now().await;
            }
            let late = async {
                while world.stored().await.unwrap().leased_until.is_none() {}
                world.parts.clock.advance(LIMIT);
            };
            tokio::join!(world.call(&second, true), late).0
        };
        tokio::select! {
            sent = world.call(&first, true) => panic!("{:?}", status(&sent)),
            sent = waiting => assert_eq!(status(&sent), Err(Cause::Timeout)),
        }
        assert_eq!(world.counts(), (1, 0));
    }
}
