//! Words set in type: blocks of the right font, size, language and length.

use pango::{
    Alignment, AttrLanguage, AttrList, Context, EllipsizeMode, FontDescription, Language, Layout, SCALE, Weight, WrapMode,
};

use super::block::Block;
use super::layout::{self, BODY_GAP, BRAND_MEASURE, Extents, FOOT_MEASURE, MEASURE};
use super::{Card, script, text};

const TITLE_GRAPHEMES: usize = 300;
const PREVIEW_GRAPHEMES: usize = 120;
const ROW_GRAPHEMES: usize = 80;

/// How a kind of text is set.
#[derive(Clone, Copy)]
struct Style {
    /// Pixels to the em.
    size: i32,
    weight: Weight,
    /// Ems from line to line, for Latin.
    leading: f64,
    /// Pixels a line may be wide.
    measure: i32,
    /// Lines there may be.
    lines: i32,
    /// A last line shorter than this part of the longest looks lost: the lines are evened out.
    lost: f64,
}

const TITLE: Style = Style { size: 56, weight: Weight::Bold, leading: 1.2, measure: MEASURE, lines: 3, lost: 0.6 };
/// A long title is set smaller before it is cut.
const LONG_TITLES: [Style; 2] = [Style { size: 48, ..TITLE }, Style { size: 40, lines: 4, ..TITLE }];
const PREVIEW: Style = Style { size: 24, weight: Weight::Normal, leading: 1.4, measure: MEASURE, lines: 3, lost: 0.2 };
const BRAND: Style = Style { size: 24, weight: Weight::Medium, leading: 1.2, measure: BRAND_MEASURE, lines: 1, lost: 0.0 };
const MARK: Style = Style { size: 28, weight: Weight::Bold, leading: 1.2, measure: MEASURE, lines: 1, lost: 0.0 };
const FOOT: Style = Style { size: 20, weight: Weight::Normal, leading: 1.2, measure: FOOT_MEASURE, lines: 1, lost: 0.0 };

/// Measures tried when evening out, as parts of the mean line.
const EVENED: [f64; 3] = [1.04, 1.12, 1.25];

/// A card's blocks; `None` where there is nothing to say, or no room to say it.
pub(super) struct Set {
    pub mark: Option<Block>,
    pub brand: Option<Block>,
    pub title: Option<Block>,
    pub preview: Option<Block>,
    pub foot_start: Option<Block>,
    pub foot_end: Option<Block>,
    /// The card reads from right to left.
    pub mirrored: bool,
}

impl Set {
    /// Sets a card's words.
    pub(super) fn new(context: &Context, card: &Card) -> Set {
        let mut title = text::fold(&card.title, TITLE_GRAPHEMES);
        let mut preview = text::fold(&card.preview, PREVIEW_GRAPHEMES);
        if title.is_empty() {
            title = std::mem::take(&mut preview);
        }
        // The headline decides; one of digits or emoji alone leaves it to the next text.
        let mirrored =
            [&title, &preview, &card.brand].into_iter().find_map(|words| script::is_right_to_left(words)).unwrap_or(false);
        let setter = Setter { context, mirrored, language: script::language(&[&title, &preview]) };

        let row = |words: &str, style| setter.cut(&text::fold(words, ROW_GRAPHEMES), style);
        let foot_start = row(&card.foot_start, FOOT);
        let foot_end = row(&card.foot_end, FOOT);
        let room = layout::body_height(Block::extent(foot_start.as_ref()), Block::extent(foot_end.as_ref()));
        let title = setter.title(&title, room);
        let above = title.as_ref().map_or(0, |title| Block::extent(Some(title)).height + BODY_GAP);
        let preview = setter.shortened(&preview, PREVIEW, room - above);
        let mark = setter.cut(&text::first_grapheme(&card.mark), MARK);
        Set { mark, brand: row(&card.brand, BRAND), title, preview, foot_start, foot_end, mirrored }
    }

    /// What the blocks take.
    pub(super) fn extents(&self) -> Extents {
        let of = |block: &Option<Block>| Block::extent(block.as_ref());
        Extents {
            brand: of(&self.brand),
            title: of(&self.title),
            preview: of(&self.preview),
            foot_start: of(&self.foot_start),
            foot_end: of(&self.foot_end),
        }
    }
}

struct Setter<'a> {
    context: &'a Context,
    mirrored: bool,
    language: &'static str,
}

impl Setter<'_> {
    /// Sets a title as large as its steps and the room allow.
    fn title(&self, words: &str, room: i32) -> Option<Block> {
        let layout = self.layout(words, TITLE)?;
        let full_size = length(&layout);
        for style in [TITLE].into_iter().chain(LONG_TITLES) {
            // Widths grow with the size, so a hopeless size shows without being set.
            let lines = full_size * f64::from(style.size) / f64::from(TITLE.size * style.measure);
            if lines > f64::from(style.lines) {
                continue;
            }
            layout.set_font_description(Some(&self.font(style)));
            if layout.line_count() <= style.lines {
                even_out(&layout, style);
                let block = block(layout.clone(), words, style);
                if Block::extent(Some(&block)).height <= room {
                    return Some(block);
                }
                layout.set_width(style.measure * SCALE);
            }
        }
        self.shortened(words, LONG_TITLES[LONG_TITLES.len() - 1], room)
    }

    /// Takes lines away until the block fits; scripts with tall lines may fit fewer than Latin, or none.
    fn shortened(&self, words: &str, style: Style, room: i32) -> Option<Block> {
        (1..=style.lines)
            .rev()
            .map_while(|lines| self.cut(words, Style { lines, ..style }))
            .find(|block| Block::extent(Some(block)).height <= room)
    }

    /// Sets words in the lines there may be, the last ending in an ellipsis where they do not suffice.
    fn cut(&self, words: &str, style: Style) -> Option<Block> {
        let layout = self.layout(words, style)?;
        layout.set_ellipsize(EllipsizeMode::End);
        layout.set_height(-style.lines);
        if !layout.is_ellipsized() {
            even_out(&layout, style);
        }
        Some(block(layout, words, style))
    }

    fn layout(&self, words: &str, style: Style) -> Option<Layout> {
        if words.is_empty() {
            return None;
        }
        let layout = Layout::new(self.context);
        layout.set_font_description(Some(&self.font(style)));
        layout.set_width(style.measure * SCALE);
        layout.set_wrap(WrapMode::WordChar);
        // Pango's "left" is where the paragraph's own script starts: turn it for a block that reads against its card.
        let against = script::is_right_to_left(words).unwrap_or(false) != self.mirrored;
        layout.set_alignment(if against { Alignment::Right } else { Alignment::Left });
        // Not the context's language: a change there sets every layout of the card anew.
        let attributes = AttrList::new();
        attributes.insert(AttrLanguage::new(&Language::from_string(self.language)));
        layout.set_attributes(Some(&attributes));
        layout.set_text(words);
        Some(layout)
    }

    /// Text families only: with the emoji font in the list, digits and spaces would come from it. Pango finds emoji by itself.
    fn font(&self, style: Style) -> FontDescription {
        let han = match self.language {
            "ja" => "JP",
            "ko" => "KR",
            _ => "SC",
        };
        let mut font = FontDescription::new();
        font.set_family(&format!("Inter,Noto Sans,Noto Sans CJK {han},{SANS},sans-serif"));
        font.set_weight(style.weight);
        font.set_absolute_size(f64::from(style.size * SCALE));
        font
    }
}

/// The lines' widths, together, in pixels.
fn length(layout: &Layout) -> f64 {
    widths(layout).iter().sum()
}

fn widths(layout: &Layout) -> Vec<f64> {
    layout.lines_readonly().iter().map(|line| f64::from(line.extents().1.width()) / f64::from(SCALE)).collect()
}

/// Narrows a layout whose last line is lost, as long as it needs no more lines for it.
fn even_out(layout: &Layout, style: Style) {
    let widths = widths(layout);
    let longest = widths.iter().copied().fold(0.0, f64::max);
    if widths.len() == 1 || widths.last().is_some_and(|last| *last >= style.lost * longest) {
        return;
    }
    let mean = widths.iter().sum::<f64>() / widths.len() as f64;
    for part in EVENED {
        let narrower = mean * part;
        if narrower > f64::from(style.measure) {
            break;
        }
        layout.set_width((narrower * f64::from(SCALE)) as i32);
        if layout.line_count() as usize == widths.len() {
            return;
        }
    }
    layout.set_width(style.measure * SCALE);
}

fn block(layout: Layout, words: &str, style: Style) -> Block {
    Block::new(layout, style.size, style.leading + script::extra_leading(words))
}

/// Left to itself fontconfig takes the serif faces of some of these.
const SANS: &str = "Noto Sans Arabic,Noto Sans Hebrew,Noto Sans Devanagari,Noto Sans Bengali,Noto Sans Gurmukhi,Noto Sans Gujarati,\
    Noto Sans Oriya,Noto Sans Tamil,Noto Sans Telugu,Noto Sans Kannada,Noto Sans Malayalam,Noto Sans Sinhala,Noto Sans Thai,\
    Noto Sans Lao,Noto Sans Khmer,Noto Sans Myanmar,Noto Sans Armenian,Noto Sans Georgian,Noto Sans Ethiopic";
