//! The picture of a boleto's barcode: Interleaved 2 of 5 (ISO/IEC 16390), as Febraban has it printed.
//!
//! Digits go in pairs: the bars of a pair are the first digit, the spaces between them the second. Of the five
//! elements of a digit two are wide.

use super::picture;

/// Modules of a narrow element.
const NARROW: usize = 1;
/// Modules of a wide element.
const WIDE: usize = 3;
/// Light modules at each end, so that readers find it: more than the 5 mm that are asked for.
const QUIET_ZONE: usize = 20;
/// Pixels of a module's width.
const SCALE: usize = 2;
/// Pixels from top to bottom: 13 mm, where 44 digits are 103 mm wide.
const HEIGHT: usize = 102;

/// A PNG with the barcode of `digits`; none for what is not an even number of digits.
pub(super) fn image(digits: &str) -> Option<Vec<u8>> {
    let modules = modules(digits)?;
    let width = modules.len().checked_add(QUIET_ZONE * 2)?.checked_mul(SCALE)?;
    picture::png(width, HEIGHT, |x, _| {
        (x / SCALE).checked_sub(QUIET_ZONE).and_then(|module| modules.get(module)).is_some_and(|dark| *dark)
    })
}

/// The modules from left to right: whether each is dark.
fn modules(digits: &str) -> Option<Vec<bool>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let mut elements = vec![NARROW; 4];
    for [bars, spaces] in pairs {
        elements
            .extend(elements_of(*bars)?.into_iter().zip(elements_of(*spaces)?).flat_map(|(bar, space)| [bar, space]));
    }
    elements.extend([WIDE, NARROW, NARROW]);
    let colours = [true, false].into_iter().cycle();
    Some(elements.into_iter().zip(colours).flat_map(|(width, dark)| std::iter::repeat_n(dark, width)).collect())
}

/// The widths of a digit's elements.
const fn elements_of(digit: u8) -> Option<[usize; 5]> {
    Some(match digit {
        b'0' => [NARROW, NARROW, WIDE, WIDE, NARROW],
        b'1' => [WIDE, NARROW, NARROW, NARROW, WIDE],
        b'2' => [NARROW, WIDE, NARROW, NARROW, WIDE],
        b'3' => [WIDE, WIDE, NARROW, NARROW, NARROW],
        b'4' => [NARROW, NARROW, WIDE, NARROW, WIDE],
        b'5' => [WIDE, NARROW, WIDE, NARROW, NARROW],
        b'6' => [NARROW, WIDE, WIDE, NARROW, NARROW],
        b'7' => [NARROW, NARROW, NARROW, WIDE, WIDE],
        b'8' => [WIDE, NARROW, NARROW, WIDE, NARROW],
        b'9' => [NARROW, WIDE, NARROW, WIDE, NARROW],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::picture::tests::pixels, *};

    /// Reads a row of pixels as a scanner does: runs of one colour, narrow or wide. The weights of a digit's wide
    /// elements are 1, 2, 4 and 7, which add up to 11 for a zero; the fifth element makes their number two.
    fn scanned(row: &[bool]) -> String {
        let runs: Vec<(bool, usize)> = row.chunk_by(|one, next| one == next).map(|run| (run[0], run.len())).collect();
        let (first, last) = (runs[0], runs[runs.len() - 1]);
        assert!(!first.0 && !last.0 && first.1 >= 20 && last.1 >= 20, "quiet zones {first:?} and {last:?}");
        let wide: Vec<bool> = runs[1..runs.len() - 1].iter().map(|(_, length)| *length > 4).collect();
        let (start, rest) = wide.split_at(4);
        let (inner, stop) = rest.split_at(rest.len() - 3);
        assert_eq!((start, stop), (&[false; 4][..], &[true, false, false][..]));
        let digit = |elements: Vec<bool>| {
            let sum: u32 = elements.iter().zip([1, 2, 4, 7, 0]).map(|(wide, weight)| u32::from(*wide) * weight).sum();
            assert_eq!(elements.iter().filter(|wide| **wide).count(), 2, "two wide elements");
            char::from_digit(if sum == 11 { 0 } else { sum }, 10).unwrap()
        };
        let pairs = inner.chunks(10);
        pairs.flat_map(|pair| [0, 1].map(|at| digit(pair.iter().skip(at).step_by(2).copied().collect()))).collect()
    }

    #[test]
    fn the_picture_is_read_as_the_digits_in_every_row() {
        for digits in ["34196166700000123451101234567880057123457000", "0123456789"] {
            let pixels = pixels(&image(digits).unwrap());
            assert_eq!(pixels.len(), HEIGHT);
            for row in pixels {
                assert_eq!(scanned(&row), digits);
            }
        }
    }

    #[test]
    fn what_is_no_row_of_pairs_of_digits_has_no_picture() {
        for text in ["341", "34x6", "３"] {
            assert_eq!(image(text), None, "{text}");
        }
    }
}
