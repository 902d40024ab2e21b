//! Preview cards: words in, a 1200×630 PNG out. Imports nothing of ours.
//!
//! A [`Card`] goes through four rooms: `text` makes its words safe to set, `typeset` sets them and `layout` finds each block its
//! box, `paint` draws them in true colour, `encode` turns the drawing into a small indexed PNG. [`Painters`] runs all of it in
//! threads that keep their fonts warm.

mod block;
mod encode;
mod fidelity;
mod layout;
mod paint;
mod painters;
mod palette;
mod samples;
mod script;
mod text;
mod typeset;

use sha2::{Digest, Sha256};

pub use layout::{HEIGHT, WIDTH};
pub use paint::Painter;
pub use painters::{PaintError, Painters};
pub use samples::samples;

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

#[cfg(test)]
mod tests;
