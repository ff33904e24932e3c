//! The two calls to AWS KMS, and what their failures mean.

use aws_sdk_kms::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::DataKeySpec,
};
use zeroize::Zeroizing;

use crate::SealError;

/// The name of a key's context in the encryption context, and so in the audit trail.
const CONTEXT: &str = "catraca";

const GARBLED: SealError = SealError::Unreachable("its answer could not be read");
const INCOMPLETE: SealError = SealError::Unreachable("its answer held no key");

/// A new data key, plain and wrapped.
pub(crate) async fn generate(
    client: &Client,
    key_id: &str,
    context: &str,
) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), SealError> {
    let answer = client
        .generate_data_key()
        .key_id(key_id)
        .key_spec(DataKeySpec::Aes256)
        .encryption_context(CONTEXT, context)
        .send()
        .await
        .map_err(|error| meaning(&error))?;
    let plain = Zeroizing::new(answer.plaintext.ok_or(INCOMPLETE)?.into_inner());
    Ok((plain, answer.ciphertext_blob.ok_or(INCOMPLETE)?.into_inner()))
}

/// The plain data key. The master key is named, so that a blob made under a stranger's key is refused.
pub(crate) async fn decrypt(
    client: &Client,
    key_id: &str,
    wrapped: &[u8],
    context: &str,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let answer = client
        .decrypt()
        .key_id(key_id)
        .ciphertext_blob(Blob::new(wrapped))
        .encryption_context(CONTEXT, context)
        .send()
        .await
        .map_err(|error| meaning(&error))?;
    answer.plaintext.map(|plain| Zeroizing::new(plain.into_inner())).ok_or(INCOMPLETE)
}

/// The SDK's error is not kept as a source: it holds the raw answer, which may hold a plain key.
fn meaning<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> SealError {
    match error {
        SdkError::ServiceError(answer) if answer.raw().status().is_server_error() => {
            SealError::Unreachable("it failed on its side")
        }
        SdkError::ServiceError(answer) => match answer.err().code() {
            Some("ThrottlingException") => SealError::Unreachable("it is called too often"),
            Some("InvalidCiphertextException" | "IncorrectKeyException") => SealError::Unwrappable,
            Some(code) => SealError::Refused { code: code.to_owned() },
            // So the SDK reports an answer, even one of status 200, that is not what the service's model says.
            None => GARBLED,
        },
        SdkError::TimeoutError(_) => SealError::Unreachable("it did not answer in time"),
        SdkError::ResponseError(_) => GARBLED,
        SdkError::ConstructionFailure(_) => SealError::Unreachable("no request could be made: check the region"),
        _ => SealError::Unreachable("no connection: check the network and the credentials"),
    }
}
