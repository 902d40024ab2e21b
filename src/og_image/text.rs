//! Words made safe to set: what Pango is slow at, or what would lie to the reader, is gone before Pango sees it.
//!
//! Pango is quadratic in unbroken words and in combining marks, and some emoji sequences have aborted the process, so everything
//! is bounded here rather than trusted there.

use unicode_segmentation::UnicodeSegmentation;

/// Only this many scalar values of a text are looked at, so that megabytes cost no more than a page.
const SCALARS: usize = 4096;
/// Scalar values a grapheme may have on average: enough for pointed Arabic and Indic, not for rows of emoji couples.
const DENSITY: usize = 2;
/// Short lines may hold a couple or a flag all the same.
const LEAST_SCALARS: usize = 64;
/// Scalar values in a word; the rest of the word becomes an ellipsis.
const WORD: usize = 100;
/// A base and eight marks.
const CLUSTER: usize = 9;
/// Families and couples with skin tones are joined from up to eleven scalar values.
const JOINED_CLUSTER: usize = 12;

const ELLIPSIS: char = '…';
const ZERO_WIDTH_JOINER: char = '\u{200D}';
const BLACK_FLAG: char = '\u{1F3F4}';

/// One line of at most `limit` graphemes, ending in an ellipsis on a grapheme where something was cut.
pub(super) fn fold(text: &str, limit: usize) -> String {
    let mut scalars = text.chars();
    let folded = fold_scalars(scalars.by_ref().take(SCALARS));
    let unseen = scalars.next().is_some();

    let mut line = String::with_capacity(folded.len());
    // Where the word in hand begins in the line, its graphemes and scalar values, and whether it has been cut.
    let (mut start, mut graphemes, mut scalars, mut cut) = (0, 0, 0, false);
    let mut room = (DENSITY * limit).max(LEAST_SCALARS);
    for (taken, cluster) in folded.graphemes(true).enumerate() {
        if taken == limit || room == 0 {
            // Rather a word less than half a word, unless it is a good part of the line.
            line.truncate(if start > 0 && graphemes * 4 <= limit { start } else { line.len() });
            return ellipsised(line);
        }
        if cluster.starts_with(ends_word) {
            (start, graphemes, scalars, cut) = (line.len(), 0, 0, false);
        } else if scalars >= WORD {
            if !cut {
                line.push(ELLIPSIS);
            }
            cut = true;
            continue;
        }
        let before = line.len();
        push_cluster(&mut line, cluster);
        graphemes += 1;
        let pushed = line[before..].chars().count();
        scalars += pushed;
        room = room.saturating_sub(pushed);
    }
    if unseen { ellipsised(line) } else { line }
}

/// Space, and what lines may break at everywhere: scripts written without spaces, and emoji.
fn ends_word(scalar: char) -> bool {
    matches!(scalar, ' ' | '\u{0E00}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{1AAF}' | '\u{2E80}'..='\u{A4CF}')
        || matches!(scalar, '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{1F000}'..='\u{3FFFF}')
}

/// The first grapheme of `text`, as [`fold`] would leave it.
pub(super) fn first_grapheme(text: &str) -> String {
    let line = fold(text, 2);
    line.graphemes(true).next().unwrap_or_default().to_owned()
}

fn ellipsised(mut line: String) -> String {
    line.truncate(line.trim_end_matches([' ', ELLIPSIS]).len());
    line.push(ELLIPSIS);
    line
}

/// White space runs become one space, what misleads becomes a visible mark, what cannot be seen goes.
fn fold_scalars(scalars: impl Iterator<Item = char>) -> String {
    let mut folded = String::new();
    for scalar in scalars {
        match fate(scalar) {
            Fate::Kept => folded.push(scalar),
            Fate::Space if folded.is_empty() || folded.ends_with(' ') => {}
            Fate::Space => folded.push(' '),
            Fate::Marked => folded.push(char::REPLACEMENT_CHARACTER),
            Fate::Dropped => {}
        }
    }
    folded.truncate(folded.trim_end().len());
    // Joiners and variation selectors alone are no words.
    if folded.chars().all(|scalar| matches!(scalar, ' ' | '\u{200C}' | ZERO_WIDTH_JOINER | '\u{FE0E}' | '\u{FE0F}')) {
        folded.clear();
    }
    folded
}

/// What becomes of a scalar value.
enum Fate {
    Kept,
    Space,
    Marked,
    Dropped,
}

fn fate(scalar: char) -> Fate {
    match scalar {
        _ if scalar.is_whitespace() || scalar.is_control() => Fate::Space,
        // The braille blank is a space in all but name.
        '\u{2800}' => Fate::Space,
        // Bidi embeddings and overrides show text in another order than it has: "gpj.exe" for "exe.jpg".
        '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => Fate::Marked,
        // Their closer, bidi isolates and the implicit marks: without them text stands in its natural order.
        '\u{202C}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' => Fate::Dropped,
        // Nothing to see: soft hyphen, grapheme joiner, Hangul fillers, Khmer and Mongolian selectors, zero width spaces, deprecated
        // format characters, text variation selectors, interlinear marks, shorthand and musical formatting.
        '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' => Fate::Dropped,
        '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FFA0}' | '\u{FEFF}' => Fate::Dropped,
        '\u{FE00}'..='\u{FE0D}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' => Fate::Dropped,
        // Tags spell the flags of England, Scotland and Wales; `push_cluster` drops the others.
        '\u{E0020}'..='\u{E007F}' => Fate::Kept,
        '\u{E0000}'..='\u{E0FFF}' => Fate::Dropped,
        _ => Fate::Kept,
    }
}

/// Appends a cluster with no more marks, jamo or joined emoji than any language or vendor uses.
fn push_cluster(line: &mut String, cluster: &str) {
    let flag = cluster.starts_with(BLACK_FLAG);
    let limit = if cluster.contains(ZERO_WIDTH_JOINER) { JOINED_CLUSTER } else { CLUSTER };
    line.extend(cluster.chars().filter(|scalar| flag || !matches!(scalar, '\u{E0020}'..='\u{E007F}')).take(limit));
    if cluster.chars().nth(limit).is_some() {
        line.truncate(line.trim_end_matches(ZERO_WIDTH_JOINER).len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_controls_fold_to_one_space() {
        assert_eq!(fold("  a\r\n\t\u{0}\u{2028}b\u{a0}\u{a0}c \n", 300), "a b c");
    }

    #[test]
    fn nothing_visible_is_nothing() {
        for blank in ["", " \n ", "\u{200B}\u{2060}\u{FEFF}", "\u{200D}\u{200C} \u{FE0F}", "\u{3164}\u{115F}", "\u{2800}"] {
            assert_eq!(fold(blank, 300), "", "{blank:?}");
        }
    }

    #[test]
    fn overrides_are_marked_and_isolates_dropped() {
        assert_eq!(fold("evil\u{202E}gpj.exe\u{202C}", 300), "evil\u{FFFD}gpj.exe");
        assert_eq!(fold("\u{2067}שלום\u{2069}\u{200F}", 300), "שלום");
    }

    #[test]
    fn the_ellipsis_falls_on_a_grapheme() {
        assert_eq!(fold("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}e\u{301}…");
        assert_eq!(fold("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 1), "👨‍👩‍👧‍👦…");
        assert_eq!(fold("ab cd", 3), "ab…");
        assert_eq!(fold("the quick brown fox", 12), "the quick…");
        assert_eq!(fold("a Donaudampfschifffahrt", 12), "a Donaudampf…");
        assert_eq!(fold("abc", 3), "abc");
    }

    #[test]
    fn long_words_are_cut_but_the_sentence_goes_on() {
        let line = fold(&format!("{} end", "x".repeat(100_000)), 300);
        assert_eq!(line, format!("{}…", "x".repeat(100)));
        let line = fold(&format!("{} end", "x".repeat(1000)), 300);
        assert_eq!(line, format!("{}…", "x".repeat(100)));
        let line = fold(&format!("{} end", "x".repeat(200)), 300);
        assert_eq!(line, format!("{}… end", "x".repeat(100)));
        // Chinese and Thai put no spaces between words: no word, no cut.
        assert_eq!(fold(&"漢字".repeat(100), 300), "漢字".repeat(100));
    }

    #[test]
    fn marks_are_capped_and_families_kept_whole() {
        assert_eq!(fold(&format!("e{}f", "\u{301}".repeat(2000)), 300), format!("e{}f", "\u{301}".repeat(8)));
        let kiss = "👩🏽‍❤️‍💋‍👨🏿";
        assert_eq!(fold(kiss, 300), kiss);
        let chain = "👩\u{200D}".repeat(500);
        let folded = fold(&chain, 300);
        assert!(folded.chars().count() <= JOINED_CLUSTER && folded.ends_with('👩'), "{folded}");
        assert_eq!(fold("🏴󠁧󠁢󠁳󠁣󠁴󠁿a\u{E0067}", 300), "🏴󠁧󠁢󠁳󠁣󠁴󠁿a");
    }

    #[test]
    fn the_mark_is_one_grapheme() {
        assert_eq!(first_grapheme("Vitrine"), "V");
        assert_eq!(first_grapheme("🇩🇪🇫🇷"), "🇩🇪");
        assert_eq!(first_grapheme(" \u{200B}"), "");
    }
}
