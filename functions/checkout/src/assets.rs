//! What browsers load, as `build/` made it of `web/`.

use edge::Asset;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The style sheet of both pages, which each has in itself.
pub(crate) const STYLE: &str = include_str!(concat!(env!("OUT_DIR"), "/style.css"));
