//! A small HTTP server on a free port of loopback.

use std::{convert::Infallible, io, time::Duration};

use aws_local::beside;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::watch};

/// The largest request, in bytes.
const MOST_BODY: usize = 1024 * 1024;

/// A server; it stops when this value is dropped.
#[derive(Debug)]
pub struct Loopback {
    url: String,
    _open: watch::Sender<()>,
}

impl Loopback {
    /// Answers every request by `answer`.
    ///
    /// # Errors
    /// What the system says, where no port is free.
    pub async fn open<A>(answer: impl Fn(Parts, Bytes) -> A + Clone + Send + Sync + 'static) -> io::Result<Self>
    where
        A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (open, closed) = watch::channel(());
        beside(accept(listener, closed, answer));
        Ok(Self { url, _open: open })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn accept<A>(
    listener: TcpListener,
    mut closed: watch::Receiver<()>,
    answer: impl Fn(Parts, Bytes) -> A + Clone + Send + Sync + 'static,
) where
    A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = closed.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Most likely out of file descriptors: a later attempt may succeed.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (answer, mut closed) = (answer.clone(), closed.clone());
        beside(async move {
            let service = service_fn(|request| {
                let answer = answer.clone();
                async move { Ok::<_, Infallible>(whole(request, answer).await) }
            });
            tokio::select! {
                _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service) => {}
                _ = closed.changed() => {}
            }
        });
    }
}

async fn whole<A>(request: Request<Incoming>, answer: impl Fn(Parts, Bytes) -> A) -> Response<Full<Bytes>>
where
    A: Future<Output = Response<Full<Bytes>>>,
{
    let (parts, body) = request.into_parts();
    if let Ok(body) = Limited::new(body, MOST_BODY).collect().await {
        return answer(parts, body.to_bytes()).await;
    }
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    answer
}
