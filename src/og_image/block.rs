//! A block of lines: laid out by Pango, spaced by us.
//!
//! Fonts disagree wildly about how tall their lines are (Inter 1.2 times its size, Noto CJK 1.45, Noto Sans Arabic 2.1), so a
//! fallback font would tear lines apart and push rows off the card. Lines stand at a distance that follows from the script and,
//! where marks stack higher than usual, from the ink itself.

use pango::{Layout, LayoutLine, SCALE};

use super::layout::Extent;

/// Inter's ascent and descent, in ems: where the baseline sits in a line of the common height.
const ASCENT: f64 = 0.969;
const DESCENT: f64 = 0.242;
/// Between the ink of two lines, at least, in ems.
const CLEARANCE: f64 = 0.06;
/// No line takes more than this many ems above and below its baseline, however many marks it stacks.
const TALLEST: f64 = 1.25;
const DEEPEST: f64 = 0.75;

/// A block that is ready to draw.
pub(super) struct Block {
    layout: Layout,
    /// Of each line, from the left edge of the block.
    lefts: Vec<f64>,
    step: i32,
    extent: Extent,
}

/// How far a line's ink reaches from its baseline, in pixels.
#[derive(Clone, Copy)]
struct Ink {
    above: f64,
    below: f64,
}

impl Block {
    /// Measures a layout whose font is `size` pixels and whose lines stand `leading` ems apart where their ink allows.
    pub(super) fn new(layout: Layout, size: i32, leading: f64) -> Block {
        let mut lines = layout.iter();
        let (mut inks, mut spans) = (Vec::new(), Vec::new());
        loop {
            let (ink, logical) = lines.line_extents();
            let baseline = lines.baseline();
            inks.push(Ink { above: pixels(baseline - ink.y()), below: pixels(ink.y() + ink.height() - baseline) });
            spans.push((pixels(logical.x()), pixels(logical.x() + logical.width())));
            if !lines.next_line() {
                break;
            }
        }
        let left = spans.iter().map(|span| span.0).fold(f64::INFINITY, f64::min);
        let right = spans.iter().map(|span| span.1).fold(0.0, f64::max);
        let (step, baseline, height) = stack(&inks, f64::from(size), leading);
        let extent = Extent { width: (right - left).ceil() as i32, height, baseline };
        Block { layout, lefts: spans.iter().map(|span| span.0 - left).collect(), step, extent }
    }

    /// What the block takes on the card; for no block, nothing.
    pub(super) fn extent(block: Option<&Block>) -> Extent {
        block.map(|block| block.extent).unwrap_or_default()
    }

    /// The lines and where each one's baseline begins, seen from the block's top left corner.
    pub(super) fn lines(&self) -> impl Iterator<Item = (LayoutLine, f64, f64)> {
        let baselines = (0..).map(|number| f64::from(self.extent.baseline + number * self.step));
        self.layout.lines_readonly().into_iter().zip(&self.lefts).zip(baselines).map(|((line, left), y)| (line, *left, y))
    }

    /// Left, top, width and height of all ink, seen from the block's top left corner; for a block of one line.
    pub(super) fn ink(&self) -> (f64, f64, f64, f64) {
        let (ink, logical) = self.layout.extents();
        let top = f64::from(self.extent.baseline) + pixels(ink.y() - self.layout.baseline());
        (pixels(ink.x() - logical.x()), top, pixels(ink.width()), pixels(ink.height()))
    }
}

/// Distance of lines, first baseline and height of a block, in whole pixels so that every line meets the pixel grid alike.
fn stack(inks: &[Ink], size: f64, leading: f64) -> (i32, i32, i32) {
    let inks: Vec<Ink> =
        inks.iter().map(|ink| Ink { above: ink.above.min(TALLEST * size), below: ink.below.min(DEEPEST * size) }).collect();
    let closest = inks.windows(2).map(|pair| pair[0].below + pair[1].above + CLEARANCE * size).fold(0.0, f64::max);
    let step = closest.max(leading * size).round();
    let above = |ink: &Ink| ink.above.max((leading - ASCENT - DESCENT) / 2.0 * size + ASCENT * size);
    let below = |ink: &Ink| ink.below.max((leading - ASCENT - DESCENT) / 2.0 * size + DESCENT * size);
    let first = inks.first().map_or(0.0, above).round();
    let last = inks.last().map_or(0.0, below).round();
    let between = step * inks.len().saturating_sub(1) as f64;
    (step as i32, first as i32, (first + between + last) as i32)
}

fn pixels(units: i32) -> f64 {
    f64::from(units) / f64::from(SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATIN: Ink = Ink { above: 42.0, below: 11.0 };

    #[test]
    fn plain_lines_stand_at_their_leading() {
        let (step, first, height) = stack(&[LATIN; 3], 56.0, 1.2);
        assert_eq!((step, first, height), (67, 54, 201));
    }

    #[test]
    fn stacked_marks_push_lines_apart_but_not_off_the_card() {
        let tall = Ink { above: 65.0, below: 20.0 };
        let (step, first, _) = stack(&[LATIN, tall], 56.0, 1.2);
        assert!(f64::from(step) >= LATIN.below + tall.above && first == 54);
        let endless = Ink { above: 4000.0, below: 4000.0 };
        let (step, first, height) = stack(&[endless; 3], 56.0, 1.2);
        assert_eq!((step, first, height), (115, 70, 70 + 2 * 115 + 42));
    }
}
