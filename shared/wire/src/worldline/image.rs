//! The images of a page: drawn for this hub, with the names of products in plain letters, and no mark of another's.

use super::product::Product;

/// What they are.
pub const IMAGE_TYPE: &str = "image/svg+xml";
/// The address of the image of a card's back, after that of the assets.
pub(super) const SECURITY_CODE: &str = "client/assets/security-code.svg";
/// The address of the image of all cards, after that of the assets.
pub(super) const CARDS_PATH: &str = "client/assets/cards.svg";

const FOLDER: &str = "client/assets/";
const INK: &str = "#334155";

/// The address of a product's logo, after that of the assets.
pub(super) fn logo_path(product: Product) -> String {
    format!("{FOLDER}product-{}.svg", product.id())
}

/// The image in the file of this name.
#[must_use]
pub fn image(file: &str) -> Option<String> {
    let path = format!("{FOLDER}{file}");
    if path == SECURITY_CODE {
        return Some(drawn("Security code", &format!("{}{}", stripe(), code())));
    }
    if path == CARDS_PATH {
        return Some(drawn("Cards", &format!("{}{}", stripe(), chip())));
    }
    let product = Product::ALL.into_iter().find(|product| logo_path(*product) == path)?;
    let sign = match product {
        Product::Pix => corners(),
        Product::Boleto => bars(),
        Product::Visa
        | Product::Mastercard
        | Product::Elo
        | Product::AmericanExpress
        | Product::HiperCard
        | Product::Diners
        | Product::Discover
        | Product::Jcb => stripe(),
    };
    Some(drawn(product.name(), &format!("{sign}{}", lettered(product.name()))))
}

/// A card of 96 times 60 with `content` on it.
fn drawn(title: &str, content: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"60\" viewBox=\"0 0 96 60\" role=\"img\">\
         <title>{title}</title>\
         <rect x=\"1\" y=\"1\" width=\"94\" height=\"58\" rx=\"7\" fill=\"#fff\" stroke=\"{INK}\" stroke-width=\"2\"/>\
         {content}</svg>"
    )
}

/// The name, made as wide as the card at most.
fn lettered(name: &str) -> String {
    let narrowed = if name.len() > 9 { " textLength=\"80\" lengthAdjust=\"spacingAndGlyphs\"" } else { "" };
    format!(
        "<text x=\"48\" y=\"46\" text-anchor=\"middle\" font-family=\"sans-serif\" font-size=\"15\" fill=\"{INK}\"\
         {narrowed}>{name}</text>"
    )
}

fn block(x: u8, y: u8, width: u8, height: u8) -> String {
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{INK}\"/>")
}

fn stripe() -> String {
    block(2, 12, 92, 10)
}

fn chip() -> String {
    block(12, 32, 16, 12)
}

/// Three of the squares by which a camera finds a code.
fn corners() -> String {
    [(30, 8), (56, 8), (30, 22)].map(|(x, y)| block(x, y, 10, 9)).concat()
}

fn bars() -> String {
    [(14, 3), (20, 1), (24, 5), (32, 2), (37, 1), (42, 4), (50, 1), (54, 3), (60, 2), (66, 1), (70, 5), (79, 3)]
        .map(|(x, width)| block(x, 10, width, 18))
        .concat()
}

/// The three digits on a card's back.
fn code() -> String {
    format!(
        "<rect x=\"56\" y=\"28\" width=\"30\" height=\"18\" rx=\"9\" fill=\"none\" stroke=\"{INK}\"/>\
         <text x=\"71\" y=\"41\" text-anchor=\"middle\" font-family=\"monospace\" font-size=\"12\" fill=\"{INK}\">\
         123</text>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_that_is_handed_out_leads_to_a_image() {
        let handed_out = Product::ALL.map(logo_path).into_iter().chain([SECURITY_CODE, CARDS_PATH].map(str::to_owned));
        for path in handed_out {
            let drawn = image(path.strip_prefix(FOLDER).unwrap()).unwrap();
            assert!(drawn.starts_with("<svg xmlns=") && drawn.ends_with("</svg>"), "{path}: {drawn}");
        }
        for other in ["", "product-866.svg", "product-1.png", "../assets/cards.svg"] {
            assert_eq!(image(other), None, "{other}");
        }
    }

    #[test]
    fn a_image_loads_and_runs_nothing() {
        for product in Product::ALL {
            let drawn = image(&format!("product-{}.svg", product.id())).unwrap();
            assert!(drawn.contains(&format!("<title>{}</title>", product.name())), "{drawn}");
            for active in ["script", "href", "style", "on", "url("] {
                let inside = drawn.split(['<', ' ', '=']).any(|word| word.starts_with(active));
                assert!(!inside, "{active} in {drawn}");
            }
        }
    }
}
