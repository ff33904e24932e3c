//! A refusal as a page: a shopper's browser opens the address of an image, or returns from a provider's page.

use domain::refusal::Refusal;

use super::table::{Line, line};

/// The status code and the page for `refusal`: HTML in UTF-8 that needs no other file. A shopper reads it, so it says in
/// Portuguese what to do, and then what the message of the API says.
#[must_use]
pub fn page(refusal: &Refusal) -> (u16, String) {
    let Line { code, message, .. } = line(refusal);
    let html = format!(
        "<!doctype html>\n\
         <html lang=\"pt-BR\">\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Página indisponível</title>\n\
         <h1>Esta página não está disponível</h1>\n\
         <p>Volte à loja para ver o estado do seu pagamento.</p>\n\
         <p lang=\"en\">{code}: {}</p>\n\
         </html>\n",
        escaped(&message)
    );
    (code, html)
}

/// The text as HTML shows it. A message repeats nothing of a request but the path of a route that does not exist.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
