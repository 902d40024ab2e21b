//! How true the palette is to the drawing.

use super::layout::{HEIGHT, WIDTH};

/// Peak signal-to-noise ratio, in decibels, of an encoded card against its pixels before they met the palette; `None` when
/// the PNG is not an indexed picture of a card's size.
pub(super) fn psnr(png: &[u8], pixels: &[[u8; 3]]) -> Option<f64> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().ok()?;
    let palette = reader.info().palette.clone()?;
    let mut indices = vec![0; (WIDTH * HEIGHT) as usize];
    reader.next_frame(&mut indices).ok()?;
    if indices.len() != pixels.len() {
        return None;
    }
    let mut squares = 0;
    for (&index, pixel) in indices.iter().zip(pixels) {
        let entry = palette.chunks_exact(3).nth(usize::from(index))?;
        squares += entry.iter().zip(pixel).map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum::<u64>();
    }
    let mean = squares as f64 / (3 * pixels.len()) as f64;
    Some(10.0 * (255.0 * 255.0 / mean).log10())
}
