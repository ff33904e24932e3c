//! The picture of a Pix code.

use base64::{Engine, engine::general_purpose::STANDARD};
use fast_qr::{ECL, QRBuilder, QRCode};

/// Light modules around the code, so that readers find it (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
/// Pixels of a module's side.
const SCALE: usize = 4;

/// A `data:` URL of a PNG with the QR code of `text`; none for a text longer than a QR code holds.
///
/// It is drawn for the answer and not stored, so that the code has one home.
pub(super) fn image_url(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png(&code)?)))
}

fn png(code: &QRCode) -> Option<Vec<u8>> {
    let width = code.size.checked_add(QUIET_ZONE * 2)?.checked_mul(SCALE)?;
    let side = u32::try_from(width).ok()?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    let rows: Vec<u8> = (0..width).flat_map(|y| row(code, y, width)).collect();
    writer.write_image_data(&rows).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// One row of pixels, eight to a byte, the leftmost in the highest bit; 1 is light.
fn row(code: &QRCode, y: usize, width: usize) -> impl Iterator<Item = u8> {
    (0..width.div_ceil(8))
        .map(move |byte| (0..8).fold(0, |bits, bit| (bits << 1) | u8::from(!is_dark(code, byte * 8 + bit, y))))
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
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot unwrap has failed")]

    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_picture_is_the_code_in_dark_pixels_within_a_light_margin() {
        let text = "00020101021126510014BR.GOV.BCB.PIX0129K89VdiUgWN1B3p0IHrgHkNHg9tX5F";
        let url = image_url(text).unwrap();
        let file = STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let code = QRBuilder::new(text).ecl(ECL::M).build().unwrap();
        let side = (code.size + 8) * 4;
        assert_eq!((frame.width as usize, frame.height as usize), (side, side));
        let dark = |x: usize, y: usize| pixels[y * frame.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
        for y in 0..side {
            for x in 0..side {
                let (column, line) = ((x / 4).wrapping_sub(4), (y / 4).wrapping_sub(4));
                let inside = column < code.size && line < code.size;
                assert_eq!(dark(x, y), inside && code[line][column].value(), "{x},{y}");
            }
        }
    }

    #[test]
    fn a_text_longer_than_a_qr_code_has_no_picture() {
        assert_eq!(image_url(&"x".repeat(3000)), None);
    }
}
