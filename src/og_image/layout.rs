//! Where each block goes: sizes in, boxes out, in pixels.

/// Width of every card.
pub const WIDTH: i32 = 1200;
/// Height of every card.
pub const HEIGHT: i32 = 630;

/// Free on every side.
pub(super) const PADDING: i32 = 60;
/// Side of the mark, and height of the head row.
pub(super) const MARK: i32 = 48;
/// Radius of the mark's corners.
pub(super) const MARK_CORNER: f64 = 12.0;
/// Between the mark and the brand's name.
const MARK_GAP: i32 = 16;
/// Between the head row, the body and the foot row, at least.
const ROW_GAP: i32 = 32;
/// Between title and preview.
pub(super) const BODY_GAP: i32 = 24;
/// Between the two ends of the foot row, at least.
const FOOT_GAP: i32 = 48;
/// The foot row keeps this height free of the body even when its script stands taller.
const FOOT_MAX: i32 = 44;

/// What the text between the paddings may be wide.
pub(super) const MEASURE: i32 = WIDTH - 2 * PADDING;
/// What the brand's name may be wide.
pub(super) const BRAND_MEASURE: i32 = MEASURE - MARK - MARK_GAP;
/// What either end of the foot row may be wide.
pub(super) const FOOT_MEASURE: i32 = (MEASURE - FOOT_GAP) / 2;

/// What a block of text takes, as measured; nothing for a block that is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Extent {
    pub width: i32,
    pub height: i32,
    /// From the top to the first line's baseline.
    pub baseline: i32,
}

/// The measured blocks of a card.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extents {
    pub brand: Extent,
    pub title: Extent,
    pub preview: Extent,
    pub foot_start: Extent,
    pub foot_end: Extent,
}

/// A box on the card.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// The boxes of a card.
#[derive(Clone, Copy, Debug)]
pub(super) struct Boxes {
    pub mark: Rect,
    pub brand: Rect,
    pub title: Rect,
    pub preview: Rect,
    pub foot_start: Rect,
    pub foot_end: Rect,
}

/// What title, gap and preview may be high above a foot row of these extents.
pub(super) fn body_height(foot_start: Extent, foot_end: Extent) -> i32 {
    foot_top(foot_start, foot_end) - ROW_GAP - BODY_TOP
}

const BODY_TOP: i32 = PADDING + MARK + ROW_GAP;

/// The row's two ends stand on one baseline although their scripts may differ in height.
fn foot_baseline(start: Extent, end: Extent) -> i32 {
    let descent = |extent: Extent| extent.height - extent.baseline;
    HEIGHT - PADDING - descent(start).max(descent(end))
}

fn foot_top(start: Extent, end: Extent) -> i32 {
    (foot_baseline(start, end) - start.baseline.max(end.baseline)).max(HEIGHT - PADDING - FOOT_MAX)
}

/// Gives every block its box; `mirrored` puts what starts a row on the right.
pub(super) fn place(extents: &Extents, mirrored: bool) -> Boxes {
    let Extents { brand, title, preview, foot_start, foot_end } = *extents;
    let at = |start: i32, y: i32, extent: Extent| {
        let x = if mirrored { WIDTH - PADDING - start - extent.width } else { PADDING + start };
        Rect { x, y, width: extent.width, height: extent.height }
    };

    let mark = Extent { width: MARK, height: MARK, baseline: 0 };
    let brand_y = PADDING + (MARK - brand.height) / 2;

    let gap = if title.height > 0 && preview.height > 0 { BODY_GAP } else { 0 };
    let body = title.height + gap + preview.height;
    let title_y = BODY_TOP + (body_height(foot_start, foot_end) - body) / 2;
    let preview_y = title_y + title.height + gap;

    let baseline = foot_baseline(foot_start, foot_end);
    Boxes {
        mark: at(0, PADDING, mark),
        brand: at(MARK + MARK_GAP, brand_y, brand),
        title: at(0, title_y, title),
        preview: at(0, preview_y, preview),
        foot_start: at(0, baseline - foot_start.baseline, foot_start),
        foot_end: at(MEASURE - foot_end.width, baseline - foot_end.baseline, foot_end),
    }
}
