//! Preview cards: words in, a 1200×630 PNG out. Imports nothing of ours.
//!
//! A [`Card`] goes through four rooms: `text` makes its words safe to set, `typeset` sets them and `layout` finds each block its
//! box, `paint` draws them in true colour, `encode` turns the drawing into a small indexed PNG. [`Painters`] runs all of it in
//! threads that keep their fonts warm.

mod encode;
mod layout;
mod paint;
mod painters;
mod palette;
mod text;
mod typeset;

use sha2::{Digest, Sha256};

pub use layout::{HEIGHT, WIDTH};
pub use painters::{PaintError, Painters};

/// Part of every [`Card::digest`]: raise it whenever the same words come out as another picture.
const RENDERER_VERSION: u32 = 1;

/// The accent of an operator who has chosen none: #3b82f6.
pub const ACCENT: [u8; 3] = [0x3b, 0x82, 0xf6];

/// The words of one preview card. They may hold anything: drawing folds, caps and neutralises them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Card {
    /// The operator's name, beside the mark.
    pub brand: String,
    /// One grapheme, drawn inside the mark.
    pub mark: String,
    /// The colour of the mark, as red, green, blue.
    pub accent: [u8; 3],
    /// The headline; when it is empty the preview takes its place.
    pub title: String,
    /// The first words of the conversation; cut to 120 graphemes.
    pub preview: String,
    /// Where the foot row starts, "12 messages" for example, or empty.
    pub foot_start: String,
    /// Where the foot row ends, a date for example, or empty.
    pub foot_end: String,
}

impl Card {
    /// Names the picture by its content: equal digests are equal pictures, on every node and after every restart.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(RENDERER_VERSION.to_le_bytes());
        hash.update(self.accent);
        for words in [&self.brand, &self.mark, &self.title, &self.preview, &self.foot_start, &self.foot_end] {
            // The length keeps "ab" + "c" apart from "a" + "bc".
            hash.update((words.len() as u64).to_le_bytes());
            hash.update(words);
        }
        hash.finalize().into()
    }
}

#[allow(missing_docs)]
pub fn proto(cards: &[(&str, Card)]) {
    let only = std::env::args().nth(1);
    let mut painter = paint::Painter::new().unwrap();
    for card in painters::warming() { painter.paint(&card).unwrap(); }
    std::fs::create_dir_all("/tmp/cards").unwrap();
    for (name, card) in cards {
        if only.as_ref().is_some_and(|o| o != name) { continue; }
        let start = std::time::Instant::now();
        let first_png = painter.paint(card).unwrap();
        let first = start.elapsed();
        std::fs::write(format!("/tmp/cards/{name}.png"), &first_png).unwrap();
        let mut t = vec![]; let mut d = vec![];
        for _ in 0..40 {
            let s = std::time::Instant::now(); painter.draw(card).unwrap(); d.push(s.elapsed());
            let s = std::time::Instant::now(); painter.paint(card).unwrap(); t.push(s.elapsed());
        }
        t.sort(); d.sort();
        let truth = painter.canvas.data().unwrap().to_vec();
        let (idx, pal) = { let r = png::Decoder::new(std::io::Cursor::new(&first_png)); let mut r = r.read_info().unwrap(); let mut b = vec![0; 1200*630*4]; let pal = r.info().palette.clone().unwrap().to_vec(); r.next_frame(&mut b[..]).unwrap(); (b, pal) };
        let rgb = true;
        let mut sse = 0f64;
        for (i, p) in truth.chunks_exact(4).enumerate() {
            let q = &pal[idx[i] as usize*3..][..3];
            for c in 0..3 { sse += (f64::from(p[2-c]) - f64::from(q[c])).powi(2); }
        }
        let _ = rgb;
        let psnr = 10.0*(65025.0/(sse/(1200.0*630.0*3.0))).log10();
        println!("{name:12} first {:6.2} med {:5.2} p95 {:5.2} draw {:5.2} bytes {:6} pal {:3} psnr {psnr:.1}", first.as_secs_f64()*1e3, t[20].as_secs_f64()*1e3, t[37].as_secs_f64()*1e3, d[20].as_secs_f64()*1e3, first_png.len(), pal.len()/3);
    }
}
