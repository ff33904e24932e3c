//! A service of AWS in this process: the client of an SDK calls it without a socket and without a signature.

use std::fmt::Debug;

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;

/// The address of every service, which no connection is made to.
pub(crate) const ENDPOINT: &str = "http://in-process.invalid";
/// The region of every service.
pub(crate) const REGION: &str = "local";

/// The answer of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON of the body.
    pub body: String,
}

/// A service that names its operations in the header `X-Amz-Target`, as `DynamoDB` and `SQS` do.
pub(crate) trait Service: Clone + Debug + Send + Sync + 'static {
    /// Carries out the operation `target`.
    fn serve(self, target: String, body: Vec<u8>) -> impl Future<Output = Answer> + Send;
}

/// The HTTP client of an SDK's client of the service.
#[derive(Clone, Debug)]
pub(crate) struct InProcess<S>(pub(crate) S);

impl<S: Service> HttpClient for InProcess<S> {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl<S: Service> HttpConnector for InProcess<S> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.0.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
            let body = request.body().bytes().unwrap_or_default().to_vec();
            let answer = service.serve(target, body).await;
            let status = answer.status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
            Ok(HttpResponse::new(status, SdkBody::from(answer.body)))
        })
    }
}
