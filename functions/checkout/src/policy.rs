//! What a page of the checkout may load, and who may have it in a frame: its Content-Security-Policy
//! (<https://www.w3.org/TR/CSP3/>).

use crate::assets::STYLE_HASH;

/// Where browsers report what broke the policy.
pub(crate) const REPORTS: &str = "/checkout/reports";

/// No page may have it in a frame.
pub(crate) const NO_PAGE: &str = "'none'";

/// The pages that may have the checkout in a frame: those of `origins`, or else every `https` page. Where the hub
/// `is_local`, so may pages of this machine.
pub(crate) fn ancestors(origins: &[String], is_local: bool) -> String {
    match (origins, is_local) {
        ([], true) => "https: http://localhost:* http://127.0.0.1:*".to_owned(),
        ([], false) => "https:".to_owned(),
        (named, _) => named.join(" "),
    }
}

/// The policy of a page in frames of `ancestors`. An empty image is the page's icon, so that the browser asks for none.
pub(crate) fn of_page(ancestors: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src '{STYLE_HASH}'; img-src 'self' data:; \
         connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors {ancestors}; \
         require-trusted-types-for 'script'; trusted-types 'none'; report-uri {REPORTS}; report-to checkout"
    )
}
