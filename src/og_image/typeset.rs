//! Words set in type: Pango layouts of the right font, size, language and length.

use pango::{Alignment, EllipsizeMode, FontDescription, Language, Layout, Weight, WrapMode};

use super::Card;
use super::layout::{self, BODY_GAP, BRAND_MEASURE, Extent, Extents, FOOT_MEASURE, MEASURE};
use super::text;

const TITLE_GRAPHEMES: usize = 300;
const PREVIEW_GRAPHEMES: usize = 120;
const ROW_GRAPHEMES: usize = 80;

/// A long title is set smaller before it is cut: pixels, and the lines it may take.
const TITLE_STEPS: [(i32, i32); 3] = [(56, 3), (48, 3), (40, 4)];
const PREVIEW_SIZE: i32 = 24;
const PREVIEW_LINES: i32 = 3;
/// Inter's own line is 1.21 times its size, which is the title's line height; this makes the preview's 1.4.
const PREVIEW_LEADING: f64 = 0.19;
const BRAND_SIZE: i32 = 24;
const FOOT_SIZE: i32 = 20;
const MARK_SIZE: i32 = 28;

/// A card's blocks, set and measured; `None` where there is nothing to say.
pub(super) struct Set {
    pub mark: Option<Layout>,
    pub brand: Option<Layout>,
    pub title: Option<Layout>,
    pub preview: Option<Layout>,
    pub foot_start: Option<Layout>,
    pub foot_end: Option<Layout>,
    pub extents: Extents,
    /// The card reads from right to left.
    pub mirrored: bool,
}

/// Sets a card's words.
pub(super) fn set(context: &pango::Context, card: &Card) -> Set {
    let mut title = text::fold(&card.title, TITLE_GRAPHEMES);
    let mut preview = text::fold(&card.preview, PREVIEW_GRAPHEMES);
    if title.is_empty() {
        title = std::mem::take(&mut preview);
    }
    // The headline decides; one of digits or emoji alone leaves it to the next text.
    let mirrored = [&title, &preview, &card.brand].into_iter().find_map(|words| text::is_right_to_left(words)).unwrap_or(false);
    let setter = Setter { context, mirrored };

    let row = |words: &str, size, weight, measure| setter.block(&text::fold(words, ROW_GRAPHEMES), size, weight, measure, 1);
    let brand = row(&card.brand, BRAND_SIZE, Weight::Medium, BRAND_MEASURE);
    let foot_start = row(&card.foot_start, FOOT_SIZE, Weight::Normal, FOOT_MEASURE);
    let foot_end = row(&card.foot_end, FOOT_SIZE, Weight::Normal, FOOT_MEASURE);
    let mark = setter.block(&text::first_grapheme(&card.mark), MARK_SIZE, Weight::Bold, MEASURE, 1);

    let room = layout::body_height(extent(foot_start.as_ref()), extent(foot_end.as_ref()));
    let title = setter.title(&title, room);
    let above = extent(title.as_ref()).height;
    let preview = setter.preview(&preview, if above > 0 { room - above - BODY_GAP } else { room });

    let extents = Extents {
        brand: extent(brand.as_ref()),
        title: extent(title.as_ref()),
        preview: extent(preview.as_ref()),
        foot_start: extent(foot_start.as_ref()),
        foot_end: extent(foot_end.as_ref()),
    };
    Set { mark, brand, title, preview, foot_start, foot_end, extents, mirrored }
}

struct Setter<'a> {
    context: &'a pango::Context,
    mirrored: bool,
}

impl Setter<'_> {
    fn title(&self, words: &str, room: i32) -> Option<Layout> {
        let mut smallest = None;
        for (size, lines) in TITLE_STEPS {
            let block = self.block(words, size, Weight::Bold, MEASURE, lines)?;
            if !block.is_ellipsized() && extent(Some(&block)).height <= room {
                return Some(block);
            }
            smallest = Some((block, lines));
        }
        let (block, lines) = smallest?;
        shorten(block, lines, room)
    }

    fn preview(&self, words: &str, room: i32) -> Option<Layout> {
        let block = self.block(words, PREVIEW_SIZE, Weight::Normal, MEASURE, PREVIEW_LINES)?;
        block.set_spacing((PREVIEW_LEADING * f64::from(PREVIEW_SIZE * pango::SCALE)) as i32);
        shorten(block, PREVIEW_LINES, room)
    }

    fn block(&self, words: &str, size: i32, weight: Weight, measure: i32, lines: i32) -> Option<Layout> {
        if words.is_empty() {
            return None;
        }
        let language = language(words);
        self.context.set_language(Some(&Language::from_string(language)));
        let layout = Layout::new(self.context);
        layout.set_font_description(Some(&font(size, weight, language)));
        layout.set_width(measure * pango::SCALE);
        layout.set_height(-lines);
        layout.set_wrap(WrapMode::WordChar);
        layout.set_ellipsize(EllipsizeMode::End);
        // Pango's "left" is where the paragraph's own script starts: turn it for a block that reads against its card.
        let against = text::is_right_to_left(words).unwrap_or(false) != self.mirrored;
        layout.set_alignment(if against { Alignment::Right } else { Alignment::Left });
        layout.set_text(words);
        Some(layout)
    }
}

/// Takes lines away until the block fits; scripts with tall lines may fit fewer than Latin, or none.
fn shorten(block: Layout, lines: i32, room: i32) -> Option<Layout> {
    for lines in (1..=lines).rev() {
        block.set_height(-lines);
        if extent(Some(&block)).height <= room {
            return Some(block);
        }
    }
    None
}

fn extent(block: Option<&Layout>) -> Extent {
    let Some(block) = block else { return Extent::default() };
    let (_, logical) = block.pixel_extents();
    Extent { width: logical.width(), height: logical.height(), baseline: pango::units_to_double(block.baseline()).round() as i32 }
}

/// Han characters are drawn differently in Chinese, Japanese and Korean: kana and Hangul tell which is meant. The server's locale
/// must have no say.
fn language(words: &str) -> &'static str {
    if words.chars().any(|scalar| matches!(scalar, '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9D}')) {
        "ja"
    } else if words.chars().any(|scalar| matches!(scalar, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7AF}')) {
        "ko"
    } else if words.chars().any(|scalar| matches!(scalar, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')) {
        "zh-cn"
    } else {
        "en"
    }
}

/// Text families only: with the emoji font in the list, digits and spaces would come from it. Pango finds emoji by itself.
fn font(size: i32, weight: Weight, language: &str) -> FontDescription {
    let han = match language {
        "ja" => "Noto Sans CJK JP",
        "ko" => "Noto Sans CJK KR",
        _ => "Noto Sans CJK SC",
    };
    let mut font = FontDescription::new();
    font.set_family(&format!("Inter,Noto Sans,{han},Noto Sans Arabic,Noto Sans Hebrew,Noto Sans Devanagari,Noto Sans Thai,sans-serif"));
    font.set_weight(weight);
    font.set_absolute_size(f64::from(size * pango::SCALE));
    font
}
