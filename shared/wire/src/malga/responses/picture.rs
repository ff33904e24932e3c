//! Pictures of dark and light pixels.

/// A PNG of `width` times `height` pixels, each of which is dark or light.
pub(super) fn png(width: usize, height: usize, is_dark: impl Fn(usize, usize) -> bool) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    let rows: Vec<u8> = (0..height).flat_map(|y| row(width, |x| is_dark(x, y)).collect::<Vec<_>>()).collect();
    writer.write_image_data(&rows).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// One row of pixels, eight to a byte, the leftmost in the highest bit; 1 is light, and so is what fills the last byte.
fn row(width: usize, is_dark: impl Fn(usize) -> bool) -> impl Iterator<Item = u8> {
    (0..width.div_ceil(8)).map(move |byte| {
        (0..8).fold(0, |bits, bit| {
            let x = byte * 8 + bit;
            (bits << 1) | u8::from(x >= width || !is_dark(x))
        })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use super::*;

    /// The pixels of a PNG, row by row: whether each is dark.
    pub(in super::super) fn pixels(file: &[u8]) -> Vec<Vec<bool>> {
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bytes).unwrap();
        let row = |y: usize| &bytes[y * frame.line_size..(y + 1) * frame.line_size];
        let dark = |y: usize, x: usize| row(y)[x / 8] >> (7 - x % 8) & 1 == 0;
        (0..frame.height as usize).map(|y| (0..frame.width as usize).map(|x| dark(y, x)).collect()).collect()
    }

    #[test]
    fn a_picture_shows_the_pixels_that_are_dark() {
        let is_dark = |x: usize, y: usize| (x + 3 * y).is_multiple_of(5);
        let pixels = pixels(&png(13, 4, is_dark).unwrap());
        let drawn: Vec<Vec<bool>> = (0..4).map(|y| (0..13).map(|x| is_dark(x, y)).collect()).collect();
        assert_eq!(pixels, drawn);
    }
}
