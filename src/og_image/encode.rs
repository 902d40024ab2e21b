//! The drawing as a small indexed PNG.

use png::{BitDepth, ColorType, DeflateCompression, Filter};

use super::layout::{HEIGHT, WIDTH};
use super::palette::{Colour, Palette};

/// On flat ground with a palette, filters only add noise and higher levels only time.
const LEVEL: u8 = 3;

/// Bytes compared at once when looking for flat ground.
const BLOCK: usize = 64;
const PIXEL: usize = 4;

/// Turns drawings into PNG, one after the other, in memory of its own.
pub(super) struct Encoder {
    palette: Palette,
    runs: Vec<Run>,
    indices: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Encoder {
        Encoder { palette: Palette::new(), runs: Vec::new(), indices: Vec::with_capacity((WIDTH * HEIGHT) as usize) }
    }

    /// Encodes `pixels`, Cairo's Rgb24 (a native-endian 0x??RRGGBB each, rows unpadded at this width); `pinned` colours come out exactly.
    pub(super) fn encode(&mut self, pixels: &[u8], pinned: &[[u8; 3]]) -> Result<Vec<u8>, png::EncodingError> {
        let pinned: Vec<Colour> = pinned.iter().copied().map(colour).collect();
        collect(pixels, &mut self.runs);
        self.palette.fit(&pinned, &self.runs);
        self.indices.clear();
        for &(colour, length) in &self.runs {
            let index = self.palette.index(colour);
            self.indices.resize(self.indices.len() + length as usize, index);
        }
        self.write()
    }

    fn write(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::with_capacity(48 * 1024);
        let mut encoder = png::Encoder::new(&mut file, WIDTH as u32, HEIGHT as u32);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder
            .set_palette(self.palette.colours().iter().flat_map(|colour| colour.to_be_bytes()[1..].to_vec()).collect::<Vec<u8>>());
        encoder.set_deflate_compression(DeflateCompression::Level(LEVEL));
        encoder.set_filter(Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.indices)?;
        writer.finish()?;
        Ok(file)
    }
}

/// One pixel of Cairo's Rgb24 as red, green, blue.
pub(super) fn rgb(pixel: &[u8]) -> [u8; 3] {
    let bytes = [pixel[0], pixel[1], pixel[2], pixel[3]];
    let [_, red, green, blue] = u32::from_ne_bytes(bytes).to_be_bytes();
    [red, green, blue]
}

fn colour([red, green, blue]: [u8; 3]) -> Colour {
    Colour::from_be_bytes([0, red, green, blue])
}

/// A colour and how many neighbouring pixels have it: most of a card is ground.
pub(super) type Run = (Colour, u32);

/// Collects the runs of a drawing.
fn collect(pixels: &[u8], runs: &mut Vec<Run>) {
    runs.clear();
    let mut rest = pixels;
    while let Some((&first, _)) = rest.split_first_chunk::<PIXEL>() {
        let mut length = equal(rest, &first, BLOCK / PIXEL);
        if length == BLOCK {
            // Flat ground: go on in whole blocks, which the compiler compares wide.
            let (block, beyond) = rest.split_at(BLOCK);
            length += equal(beyond, block, usize::MAX);
            length += equal(&rest[length..], &first, BLOCK / PIXEL);
        }
        runs.push((colour(rgb(&first)), (length / PIXEL) as u32));
        rest = &rest[length..];
    }
}

/// How many bytes at the start of `bytes` repeat `pattern`, counted up to `limit` times.
fn equal(bytes: &[u8], pattern: &[u8], limit: usize) -> usize {
    pattern.len() * bytes.chunks_exact(pattern.len()).take(limit).take_while(|chunk| *chunk == pattern).count()
}
