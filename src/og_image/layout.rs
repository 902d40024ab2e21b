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

const BODY_TOP: i32 = PADDING + MARK + ROW_GAP;

/// What title, gap and preview may be high above a foot row of these extents.
pub(super) fn body_height(foot_start: Extent, foot_end: Extent) -> i32 {
    let foot_top = foot_baseline(foot_start, foot_end) - foot_start.baseline.max(foot_end.baseline);
    foot_top - ROW_GAP - BODY_TOP
}

/// The row's two ends stand on one baseline although their scripts may differ in height.
fn foot_baseline(start: Extent, end: Extent) -> i32 {
    let descent = |extent: Extent| extent.height - extent.baseline;
    HEIGHT - PADDING - descent(start).max(descent(end))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(width: i32, height: i32) -> Extent {
        Extent { width, height, baseline: height * 4 / 5 }
    }

    fn full() -> Extents {
        let (foot_start, foot_end) = (extent(FOOT_MEASURE, 24), extent(FOOT_MEASURE, 34));
        let title = extent(MEASURE, 200);
        let preview = extent(MEASURE, body_height(foot_start, foot_end) - title.height - BODY_GAP);
        Extents { brand: extent(BRAND_MEASURE, MARK), title, preview, foot_start, foot_end }
    }

    fn list(boxes: &Boxes) -> [Rect; 6] {
        [boxes.mark, boxes.brand, boxes.title, boxes.preview, boxes.foot_start, boxes.foot_end]
    }

    #[test]
    fn a_full_card_keeps_padding_and_gaps() {
        for mirrored in [false, true] {
            let boxes = list(&place(&full(), mirrored));
            for (number, a) in boxes.iter().enumerate() {
                let inside =
                    a.x >= PADDING && a.y >= PADDING && a.x + a.width <= WIDTH - PADDING && a.y + a.height <= HEIGHT - PADDING;
                assert!(inside, "{a:?}");
                for b in &boxes[number + 1..] {
                    let across = (b.x - a.x - a.width).max(a.x - b.x - b.width);
                    let down = (b.y - a.y - a.height).max(a.y - b.y - b.height);
                    assert!(across >= MARK_GAP || down >= BODY_GAP, "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn right_to_left_is_the_mirror_image() {
        let extents = full();
        for (left, right) in list(&place(&extents, false)).into_iter().zip(list(&place(&extents, true))) {
            assert_eq!(right, Rect { x: WIDTH - left.x - left.width, ..left });
        }
    }

    #[test]
    fn the_foot_stands_on_one_baseline() {
        let boxes = place(&full(), false);
        assert_eq!(boxes.foot_start.y + full().foot_start.baseline, boxes.foot_end.y + full().foot_end.baseline);
        assert_eq!(boxes.foot_end.y + boxes.foot_end.height, HEIGHT - PADDING);
    }

    #[test]
    fn a_title_alone_stands_in_the_middle_of_the_body() {
        let boxes = place(&Extents { title: extent(400, 68), ..Extents::default() }, false);
        assert_eq!(boxes.title.y - BODY_TOP, BODY_TOP + body_height(Extent::default(), Extent::default()) - boxes.title.y - 68);
    }
}
