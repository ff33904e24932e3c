//! The picture of a Pix code.

use fast_qr::{ECL, QRBuilder, QRCode};

use super::picture;

/// Light modules around the code, so that readers find it (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
/// Pixels of a module's side.
const SCALE: usize = 4;

/// A PNG with the QR code of `text`; none for a text longer than a QR code holds.
pub(super) fn image(text: &str) -> Option<Vec<u8>> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size.checked_add(QUIET_ZONE * 2)?.checked_mul(SCALE)?;
    picture::png(side, side, |x, y| is_dark(&code, x, y))
}

/// Whether the pixel belongs to a dark module; the quiet zone is light.
fn is_dark(code: &QRCode, x: usize, y: usize) -> bool {
    let module = |pixel: usize| (pixel / SCALE).checked_sub(QUIET_ZONE).filter(|module| *module < code.size);
    match (module(x), module(y)) {
        (Some(x), Some(y)) => code.data.get(y * code.size + x).is_some_and(|module| module.value()),
        (Some(_) | None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::picture::tests::pixels, *};

    #[test]
    fn the_picture_is_the_code_in_dark_pixels_within_a_light_margin() {
        let text = "00020101021126510014BR.GOV.BCB.PIX0129K89VdiUgWN1B3p0IHrgHkNHg9tX5F";
        let pixels = pixels(&image(text).unwrap());
        let code = QRBuilder::new(text).ecl(ECL::M).build().unwrap();
        let side = (code.size + 8) * 4;
        assert_eq!((pixels.len(), pixels[0].len()), (side, side));
        for (y, row) in pixels.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let (column, line) = ((x / 4).wrapping_sub(4), (y / 4).wrapping_sub(4));
                let inside = column < code.size && line < code.size;
                assert_eq!(*dark, inside && code[line][column].value(), "{x},{y}");
            }
        }
    }

    #[test]
    fn a_text_longer_than_a_qr_code_has_no_picture() {
        assert_eq!(image(&"x".repeat(3000)), None);
    }
}
