//! Forms (`multipart/form-data`, RFC 7578): texts, and one file.

use std::{convert::Infallible, future::ready};

use domain::refusal::Unreadable;
use futures::stream;
use multer::{Multipart, bytes::Bytes, parse_boundary};
use serde_json::{Map, Value};

/// What a form holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// Its texts, as the fields of a JSON object.
    pub fields: Value,
    /// Its file, unless it is empty: so a browser sends a file field without a file.
    pub file: Option<Vec<u8>>,
}

/// The boundary that the content type of a form names.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    parse_boundary(content_type).ok()
}

/// The form in `body`, whose file has the name `file`.
pub(crate) async fn read(body: &[u8], boundary: String, file: &str) -> Result<Form, Unreadable> {
    let body = stream::once(ready(Ok::<_, Infallible>(Bytes::copy_from_slice(body))));
    let mut parts = Multipart::new(body, boundary);
    let mut form = Form { fields: Value::Null, file: None };
    let mut fields = Map::new();
    while let Some(part) = parts.next_field().await.map_err(|_| Unreadable::Form)? {
        let name = part.name().ok_or(Unreadable::Form)?.to_owned();
        let bytes = part.bytes().await.map_err(|_| Unreadable::Form)?;
        if name == file {
            form.file = Some(bytes.to_vec()).filter(|bytes| !bytes.is_empty());
        } else {
            let text = String::from_utf8(bytes.to_vec());
            let text = text.map_err(|_| Unreadable::Text(name.clone()))?;
            fields.insert(name, Value::String(text));
        }
    }
    form.fields = Value::Object(fields);
    Ok(form)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PARTS: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"companyName\"\r\n\r\nLoja \xc3\xa9\r\n\
        --x\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
        \x89PNG\r\n\xff\r\n--x--\r\n";

    async fn parsed(body: &[u8]) -> Result<Form, Unreadable> {
        read(body, boundary("multipart/form-data; boundary=x").unwrap(), "logo").await
    }

    #[tokio::test]
    async fn a_form_is_its_texts_and_its_file() {
        let form = parsed(PARTS).await.unwrap();
        assert_eq!(form.fields, json!({"companyName": "Loja é"}));
        assert_eq!(form.file.unwrap(), b"\x89PNG\r\n\xff");
    }

    #[tokio::test]
    async fn a_file_field_without_a_file_is_none() {
        let empty = b"--x\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
        assert_eq!(parsed(empty).await.unwrap().file, None);
    }

    #[tokio::test]
    async fn what_is_cut_or_no_form_is_refused() {
        let cut = |length| PARTS.get(..length).unwrap();
        for body in [cut(60), cut(PARTS.len() - 9), b"{}", b"--x\r\n\r\nno name\r\n--x--\r\n"] {
            assert_eq!(parsed(body).await, Err(Unreadable::Form), "{}", String::from_utf8_lossy(body));
        }
        let bad = b"--x\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n\xff\r\n--x--\r\n";
        assert_eq!(parsed(bad).await, Err(Unreadable::Text("phone".to_owned())));
    }

    #[test]
    fn only_the_content_type_of_a_form_names_a_boundary() {
        assert_eq!(boundary("multipart/form-data; boundary=\"a b\"").as_deref(), Some("a b"));
        for other in ["application/json", "multipart/mixed; boundary=x", "multipart/form-data", ""] {
            assert_eq!(boundary(other), None, "{other}");
        }
    }
}
