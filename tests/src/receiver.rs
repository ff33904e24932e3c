//! Webhook endpoints of merchants: they record their requests, and behave as a test says.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use flows::Clock;
use ring::signature::{ED25519, UnparsedPublicKey};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What an endpoint does with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers with this status and text.
    Answer(u16, String),
    /// Answers with this status and the body of the request.
    Echo(u16),
    /// Redirects to another path of this receiver.
    Redirect(String),
    /// Answers 200 as soon as so many requests have come in all.
    Together(usize),
    /// Accepts the request and never answers.
    Hang,
    /// Closes the connection.
    Close,
    /// Answers 200, and a gigabyte.
    Gigabyte,
    /// Answers 200, and a gigabyte of headers.
    GigabyteHead,
    /// Answers 200, a byte of the status line and the headers every second.
    DripHead,
    /// Answers 200, and then a byte of the body every second.
    DripBody,
}

impl Behaviour {
    /// Answers with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(status, "{\"received\":true}".to_owned())
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Post {
    /// `/1`.
    pub path: String,
    /// By their names in lower case.
    pub headers: HashMap<String, String>,
    /// Byte for byte.
    pub body: String,
}

impl Post {
    /// A header; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Which keys have signed a request: positions in a list of public keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Signers {
    /// By `X-Plug-Signature`.
    pub plug: Vec<usize>,
    /// By the asymmetric signatures of Standard Webhooks.
    pub standard: Vec<usize>,
}

impl Post {
    /// Which of these keys, in PEM, have signed it.
    #[must_use]
    pub fn signers(&self, keys: &[&str]) -> Signers {
        let plug = format!("{}\n{}", self.header("x-plug-date"), self.body);
        let standard = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let signature = hex::decode(self.header("x-plug-signature")).unwrap();
        let listed = self.header("webhook-signature").split(' ').filter_map(|one| one.strip_prefix("v1a,"));
        let listed: Vec<Vec<u8>> = listed.map(|signature| STANDARD.decode(signature).unwrap()).collect();
        let by = |holds: &dyn Fn(&str) -> bool| (0..keys.len()).filter(|at| holds(keys[*at])).collect();
        Signers {
            plug: by(&|key| has_signed(key, &plug, &signature)),
            standard: by(&|key| listed.iter().any(|signature| has_signed(key, &standard, signature))),
        }
    }
}

/// Whether this key, in PEM, has made the signature.
fn has_signed(pem: &str, signed: &str, signature: &[u8]) -> bool {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let spki = STANDARD.decode(base64).unwrap();
    UnparsedPublicKey::new(&ED25519, spki.last_chunk::<32>().unwrap()).verify(signed.as_bytes(), signature).is_ok()
}

/// Endpoints on loopback, one for each path.
#[derive(Clone, Debug)]
pub struct Receiver {
    url: String,
    clock: Clock,
    books: Arc<Mutex<Books>>,
    happened: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Books {
    posts: Vec<Post>,
    behaviours: HashMap<String, VecDeque<Behaviour>>,
    written: HashMap<String, usize>,
}

impl Receiver {
    /// Opens a receiver that has the time of `clock`.
    pub async fn open(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let receiver = Self { url, clock, books: Arc::default(), happened: watch::Sender::new(()) };
        let open = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let receiver = open.clone();
                tokio::spawn(async move {
                    // The error is a caller that has closed the connection.
                    let _ = receiver.serve(stream).await;
                });
            }
        });
        receiver
    }

    /// The endpoint at `path`.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Sets what the endpoint at `path` does with the next requests, one behaviour each; the last one is for all later
    /// requests. Without this, the endpoint answers 200.
    pub fn expect(&self, path: &str, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.lock().behaviours.insert(path.to_owned(), behaviours.into_iter().collect());
    }

    /// Every request, the oldest first.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        self.lock().posts.clone()
    }

    /// The requests to `path`, the oldest first.
    #[must_use]
    pub fn posts_to(&self, path: &str) -> Vec<Post> {
        self.posts().into_iter().filter(|post| post.path == path).collect()
    }

    /// How many bytes the endpoint at `path` has written.
    #[must_use]
    pub fn written(&self, path: &str) -> usize {
        self.lock().written.get(path).copied().unwrap_or_default()
    }

    /// Waits until `count` requests in all have arrived.
    pub async fn has_seen(&self, count: usize) {
        self.until(|books| books.posts.len() >= count).await;
    }

    /// Waits until the endpoint at `path` has written `count` bytes.
    pub async fn has_written(&self, path: &str, count: usize) {
        self.until(|books| books.written.get(path).is_some_and(|written| *written >= count)).await;
    }

    async fn until(&self, holds: impl Fn(&Books) -> bool) {
        let mut happened = self.happened.subscribe();
        while !holds(&self.lock()) {
            happened.changed().await.unwrap();
        }
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        while let Some(post) = read(&mut stream).await? {
            let behaviour = {
                let mut books = self.lock();
                books.posts.push(post.clone());
                let planned = books.behaviours.entry(post.path.clone()).or_default();
                let next = if planned.len() > 1 { planned.pop_front() } else { planned.front().cloned() };
                next.unwrap_or_else(|| Behaviour::status(200))
            };
            self.happened.send_replace(());
            if !self.behave(&mut stream, &post, behaviour).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the connection can be used again.
    async fn behave(&self, to: &mut BufReader<TcpStream>, post: &Post, behaviour: Behaviour) -> std::io::Result<bool> {
        let length = |length: usize| format!("content-length: {length}\r\n\r\n");
        let answer = |status: u16, text: &str| format!("HTTP/1.1 {status} Received\r\n{}{text}", length(text.len()));
        let path = &post.path;
        match behaviour {
            Behaviour::Answer(204, _) => self.write(to, path, b"HTTP/1.1 204 No Content\r\n\r\n").await?,
            Behaviour::Answer(status, text) => self.write(to, path, answer(status, &text).as_bytes()).await?,
            Behaviour::Echo(status) => self.write(to, path, answer(status, &post.body).as_bytes()).await?,
            Behaviour::Together(count) => {
                self.has_seen(count).await;
                self.write(to, path, format!("HTTP/1.1 200 Received\r\n{}", length(0)).as_bytes()).await?;
            }
            Behaviour::Redirect(elsewhere) => {
                let elsewhere = self.endpoint(&elsewhere);
                let answer = format!("HTTP/1.1 307 Elsewhere\r\nlocation: {elsewhere}\r\n{}", length(0));
                self.write(to, path, answer.as_bytes()).await?;
            }
            Behaviour::Hang => std::future::pending().await,
            Behaviour::Close => return Ok(false),
            Behaviour::Gigabyte => {
                self.write(to, path, format!("HTTP/1.1 200 OK\r\n{}", length(1 << 30)).as_bytes()).await?;
                self.write_gigabyte(to, path).await?;
            }
            Behaviour::GigabyteHead => {
                self.write(to, path, b"HTTP/1.1 200 OK\r\nserver: ").await?;
                self.write_gigabyte(to, path).await?;
            }
            Behaviour::DripHead => {
                let answer = format!("HTTP/1.1 200 OK\r\nserver: {}\r\n{}", "slow".repeat(100), length(0));
                self.drip(to, path, answer.as_bytes()).await?;
            }
            Behaviour::DripBody => {
                self.write(to, path, format!("HTTP/1.1 200 OK\r\n{}", length(1000)).as_bytes()).await?;
                self.drip(to, path, &[b'x'; 1000]).await?;
            }
        }
        Ok(true)
    }

    async fn drip(&self, to: &mut BufReader<TcpStream>, path: &str, bytes: &[u8]) -> std::io::Result<()> {
        for byte in bytes {
            let next = self.clock.now().plus(Duration::from_secs(1));
            self.write(to, path, &[*byte]).await?;
            self.clock.reaches(next).await;
        }
        Ok(())
    }

    async fn write_gigabyte(&self, to: &mut BufReader<TcpStream>, path: &str) -> std::io::Result<()> {
        let some = vec![b'x'; 1 << 16];
        for _ in 0..1 << 14 {
            self.write(to, path, &some).await?;
        }
        Ok(())
    }

    async fn write(&self, to: &mut BufReader<TcpStream>, path: &str, bytes: &[u8]) -> std::io::Result<()> {
        to.write_all(bytes).await?;
        *self.lock().written.entry(path.to_owned()).or_default() += bytes.len();
        self.happened.send_replace(());
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next request of a connection; none where it has ended.
async fn read(from: &mut BufReader<TcpStream>) -> std::io::Result<Option<Post>> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some("POST"), "{line}");
    let path = words.next().unwrap().to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    Ok(Some(Post { path, headers, body: String::from_utf8(body).unwrap() }))
}
