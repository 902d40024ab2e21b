//! The drawing, in true colour.

use std::error::Error;
use std::f64::consts::FRAC_PI_2;

use cairo::{Antialias, Context, FontOptions, Format, HintMetrics, HintStyle, ImageSurface};
use pango::prelude::*;

use super::block::Block;
use super::encode::{Encoder, rgb};
use super::layout::{self, HEIGHT, MARK_CORNER, Rect, WIDTH};
use super::typeset::Set;
use super::{Card, fidelity};

const GROUND: [u8; 3] = [0x0f, 0x17, 0x2a];
const TITLE: [u8; 3] = [0xff, 0xff, 0xff];
const QUIET: [u8; 3] = [0x94, 0xa3, 0xb8];
const FOOT: [u8; 3] = [0x64, 0x74, 0x8b];

/// Ink may leave its box by this much, for overhangs and stacked marks, and no further: half of the smallest gap.
const BLEED: i32 = layout::BODY_GAP / 2;

/// Draws cards one after the other, with its own canvas and buffers and its thread's fonts. A server draws with [`super::Painters`].
pub struct Painter {
    context: pango::Context,
    canvas: ImageSurface,
    encoder: Encoder,
}

impl Painter {
    /// A painter for this thread, where the first card of each script still has to load its fonts.
    pub fn new() -> Result<Painter, cairo::Error> {
        let canvas = ImageSurface::create(Format::Rgb24, WIDTH, HEIGHT)?;
        let context = pangocairo::FontMap::default().create_context();
        let mut options = FontOptions::new()?;
        // The same picture on every machine, whatever its desktop settings say.
        options.set_antialias(Antialias::Gray);
        options.set_hint_style(HintStyle::None);
        options.set_hint_metrics(HintMetrics::Off);
        pangocairo::functions::context_set_font_options(&context, Some(&options));
        context.set_language(Some(&pango::Language::from_string("en")));
        Ok(Painter { context, canvas, encoder: Encoder::new() })
    }

    /// Draws a card and encodes it as PNG.
    pub fn paint(&mut self, card: &Card) -> Result<Vec<u8>, Box<dyn Error>> {
        self.draw(card)?;
        let pinned = [GROUND, TITLE, QUIET, FOOT, card.accent];
        Ok(self.encoder.encode(&self.canvas.data()?, &pinned)?)
    }

    /// How true a PNG is to the drawing it was made from, which must be this painter's last: decibels of peak signal to noise.
    pub fn psnr(&mut self, png: &[u8]) -> Option<f64> {
        let canvas = self.canvas.data().ok()?;
        let pixels: Vec<[u8; 3]> = canvas.chunks_exact(4).map(rgb).collect();
        fidelity::psnr(png, &pixels)
    }

    fn draw(&self, card: &Card) -> Result<(), cairo::Error> {
        let cairo = Context::new(&self.canvas)?;
        ink(&cairo, GROUND);
        cairo.paint()?;

        let set = Set::new(&self.context, card);
        let boxes = layout::place(&set.extents(), set.mirrored);

        rounded_square(&cairo, boxes.mark);
        ink(&cairo, card.accent);
        cairo.fill()?;
        if let Some(letter) = &set.mark {
            draw_mark(&cairo, letter, boxes.mark, card.accent)?;
        }
        let blocks = [
            (&set.brand, boxes.brand, QUIET),
            (&set.title, boxes.title, TITLE),
            (&set.preview, boxes.preview, QUIET),
            (&set.foot_start, boxes.foot_start, FOOT),
            (&set.foot_end, boxes.foot_end, FOOT),
        ];
        for (block, place, colour) in blocks {
            if let Some(block) = block {
                draw_block(&cairo, block, place, colour)?;
            }
        }
        Ok(())
    }
}

fn draw_block(cairo: &Context, block: &Block, place: Rect, colour: [u8; 3]) -> Result<(), cairo::Error> {
    cairo.save()?;
    clip(cairo, place, BLEED);
    ink(cairo, colour);
    draw_lines(cairo, block, f64::from(place.x), f64::from(place.y));
    cairo.restore()
}

/// Centres the letter by its ink: the eye measures the letter, not its line.
fn draw_mark(cairo: &Context, letter: &Block, place: Rect, accent: [u8; 3]) -> Result<(), cairo::Error> {
    cairo.save()?;
    clip(cairo, place, 0);
    ink(cairo, letter_colour(accent));
    let (left, top, width, height) = letter.ink();
    let x = f64::from(place.x) + (f64::from(place.width) - width) / 2.0 - left;
    let y = f64::from(place.y) + (f64::from(place.height) - height) / 2.0 - top;
    draw_lines(cairo, letter, x, y);
    cairo.restore()
}

fn draw_lines(cairo: &Context, block: &Block, x: f64, y: f64) {
    for (line, left, baseline) in block.lines() {
        cairo.move_to(x + left, y + baseline);
        pangocairo::functions::show_layout_line(cairo, &line);
    }
}

/// White, unless the accent is too light to carry it.
fn letter_colour([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let luma = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    if luma > 160_000 { GROUND } else { TITLE }
}

fn ink(cairo: &Context, [red, green, blue]: [u8; 3]) {
    cairo.set_source_rgb(f64::from(red) / 255.0, f64::from(green) / 255.0, f64::from(blue) / 255.0);
}

fn clip(cairo: &Context, place: Rect, bleed: i32) {
    let (x, y) = (place.x - bleed, place.y - bleed);
    cairo.rectangle(f64::from(x), f64::from(y), f64::from(place.width + 2 * bleed), f64::from(place.height + 2 * bleed));
    cairo.clip();
}

fn rounded_square(cairo: &Context, place: Rect) {
    let (left, top) = (f64::from(place.x) + MARK_CORNER, f64::from(place.y) + MARK_CORNER);
    let (right, bottom) = (f64::from(place.x + place.width) - MARK_CORNER, f64::from(place.y + place.height) - MARK_CORNER);
    cairo.new_sub_path();
    for (x, y, turn) in [(right, top, -1.0), (right, bottom, 0.0), (left, bottom, 1.0), (left, top, 2.0)] {
        cairo.arc(x, y, MARK_CORNER, turn * FRAC_PI_2, (turn + 1.0) * FRAC_PI_2);
    }
    cairo.close_path();
}
