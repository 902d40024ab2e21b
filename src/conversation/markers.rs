//! Citation and widget markers that OpenAI's models write into their text, for a page of theirs to replace. They leak into every
//! product built on the API, so that every way in passes here.
//!
//! Three generations: private-use characters (`U+E200 cite U+E202 turn0search1 U+E201`), brackets (`【3:0†source】`), and what a copy
//! through the clipboard leaves of the first (`citeturn0search1`).

use super::Citation;
use super::text::anchor;
use std::cell::OnceCell;
use std::collections::HashMap;

/// What the origin says a marker stands for.
pub(super) enum Meaning {
    /// Nothing a reader saw.
    Nothing,
    /// Sources.
    Cites(Vec<Citation>),
    /// Markdown.
    Markdown(String),
}

/// The markers of one text and their meanings.
#[derive(Default)]
pub(super) struct Markers {
    meanings: HashMap<String, Meaning>,
    /// In the order of the alphabet, made when the first is looked for.
    sorted: OnceCell<Vec<Sorted>>,
}

struct Sorted {
    marker: String,
    /// The place of the longest other marker that this one begins with.
    shorter: Option<usize>,
}

impl Markers {
    /// Takes a marker in; what does not look like one would replace the text's own words (a footnote's is a single space).
    pub(super) fn insert(&mut self, marker: &str, meaning: Meaning) {
        let marker = marker.trim();
        if marker.len() > LONGEST || !is_marker(marker) || self.meanings.contains_key(marker) {
            return;
        }
        self.sorted.take();
        self.meanings.insert(marker.to_owned(), meaning);
    }

    /// The longest marker that `rest` begins with. It is the last one not behind `rest` in the alphabet, or begins that one; so many
    /// markers cost hardly more than one, for a hostile text begins one at every character.
    fn at<'a>(&self, rest: &'a str) -> Option<(&'a str, &Meaning)> {
        let sorted = self.sorted.get_or_init(|| sorted(self.meanings.keys()));
        let mut found = sorted.partition_point(|known| known.marker.as_str() <= rest).checked_sub(1)?;
        let common = sorted[found].marker.bytes().zip(rest.bytes()).take_while(|(one, other)| one == other).count();
        while sorted[found].marker.len() > common {
            found = sorted[found].shorter?;
        }
        let marker = &rest[..sorted[found].marker.len()];
        Some((marker, self.meanings.get(marker)?))
    }
}

fn sorted<'a>(markers: impl Iterator<Item = &'a String>) -> Vec<Sorted> {
    let mut markers: Vec<&String> = markers.collect();
    markers.sort_unstable();
    let mut sorted: Vec<Sorted> = Vec::with_capacity(markers.len());
    for marker in markers {
        let mut shorter = sorted.len().checked_sub(1);
        while let Some(at) = shorter.filter(|at| !marker.starts_with(&sorted[*at].marker)) {
            shorter = sorted[at].shorter;
        }
        sorted.push(Sorted { marker: marker.clone(), shorter });
    }
    sorted
}

/// Text without its markers, and what the anchors in it point to.
pub(super) fn resolve(text: &str, markers: &Markers) -> (String, Vec<Citation>) {
    if !may_hold_markers(text) {
        return (text.to_owned(), Vec::new());
    }
    let room = text.len() + INSERTED;
    let mut writer = Writer { text: String::with_capacity(text.len()), citations: Vec::new(), removed: false, room };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (length, meaning) = match starts_marker(c).then(|| markers.at(rest)).flatten() {
            Some((marker, Meaning::Cites(cited))) => (marker.len(), Found::Cites(cited)),
            Some((marker, Meaning::Markdown(markdown))) => (marker.len(), Found::Markdown(markdown.clone())),
            Some((marker, Meaning::Nothing)) => (marker.len(), Found::Nothing),
            None => match leftover(c, rest) {
                Some((length, markdown)) if markdown.is_empty() => (length, Found::Nothing),
                Some((length, markdown)) => (length, Found::Markdown(markdown)),
                None => (c.len_utf8(), Found::Word(c)),
            },
        };
        writer.write(meaning);
        rest = &rest[length..];
    }
    (writer.text, writer.citations)
}

/// Text without markers, where no meanings came with it.
pub(super) fn strip(text: &str) -> String {
    resolve(text, &Markers::default()).0
}

enum Found<'a> {
    Word(char),
    Nothing,
    Cites(&'a [Citation]),
    Markdown(String),
}

struct Writer {
    text: String,
    citations: Vec<Citation>,
    /// The last thing met was a marker that left nothing.
    removed: bool,
    /// Bytes that markers may still insert.
    room: usize,
}

impl Writer {
    fn write(&mut self, found: Found<'_>) {
        match found {
            Found::Word(c) => {
                // "as said <marker>." would end in a lonely full stop.
                if self.removed && matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ' ' | '\n') && self.text.ends_with(' ') {
                    self.text.pop();
                }
                self.text.push(c);
            }
            Found::Nothing => {}
            Found::Cites(cited) => {
                for citation in cited {
                    if self.room > 0 {
                        let anchor = anchor(&mut self.citations, citation.clone());
                        self.insert(&anchor);
                    }
                }
            }
            Found::Markdown(ref markdown) => self.insert(markdown),
        }
        self.removed = matches!(found, Found::Nothing);
    }

    fn insert(&mut self, markdown: &str) {
        match self.room.checked_sub(markdown.len()) {
            Some(room) => {
                self.room = room;
                self.text.push_str(markdown);
            }
            None => self.room = 0,
        }
    }
}

const OPEN: char = '\u{e200}';
const CLOSE: char = '\u{e201}';
const FIELD: char = '\u{e202}';
/// As LibreChat stores them: six letters, the first a backslash.
const LITERAL_OPEN: &str = r"\ue200";
const LITERAL_CLOSE: &str = r"\ue201";
const LITERAL_FIELD: &str = r"\ue202";
/// Bytes of a marker with a meaning; what is longer holds a whole widget, which tells itself what to show.
const LONGEST: usize = 2_000;
/// Longer than any marker in brackets; prose between two far brackets is no marker.
const BRACKETS: usize = 300;
/// The same for one written out in letters, which may be a whole widget.
const ESCAPED: usize = 2_000;
/// What markers may insert beyond the length of their text: a short marker of long meaning, repeated, would grow without bound.
const INSERTED: usize = 64 << 10;

fn is_private(c: char) -> bool {
    matches!(c, '\u{e200}'..='\u{e2ff}')
}

fn starts_marker(c: char) -> bool {
    is_private(c) || matches!(c, '【' | 'c' | 'f' | '\\')
}

fn is_marker(text: &str) -> bool {
    text.starts_with(|c| is_private(c) || c == '【')
        || copied(text) > 0
        || text.starts_with(LITERAL_OPEN)
        || text.starts_with(LITERAL_FIELD)
}

fn may_hold_markers(text: &str) -> bool {
    text.contains(|c| is_private(c) || c == '†') || text.contains("citeturn") || text.contains(r"\ue20")
}

/// The length of the marker without a known meaning that `rest` begins with, and the Markdown it leaves.
fn leftover(c: char, rest: &str) -> Option<(usize, String)> {
    match c {
        OPEN => Some(span(rest)),
        FIELD => Some((FIELD.len_utf8() + reference(&rest[FIELD.len_utf8()..]), String::new())),
        c if is_private(c) => Some((c.len_utf8(), String::new())),
        '【' => {
            let window = rest.char_indices().take_while(|(at, _)| *at < BRACKETS);
            let end = window.skip(1).find(|(_, c)| matches!(c, '】' | '【' | '\n'))?;
            let length = end.0 + end.1.len_utf8();
            (end.1 == '】' && rest[..length].contains('†')).then(|| (length, String::new()))
        }
        'c' | 'f' => Some(copied(rest)).filter(|length| *length > 0).map(|length| (length, String::new())),
        '\\' => literal(rest).map(|length| (length, String::new())),
        _ => None,
    }
}

/// A span of private-use characters, whose widget may hold words that readers saw.
fn span(rest: &str) -> (usize, String) {
    let body = &rest[OPEN.len_utf8()..];
    let Some(end) = body.find([OPEN, CLOSE]).filter(|end| body[*end..].starts_with(CLOSE)) else {
        // An answer cut off inside a marker: the marker's letters end at the next space.
        let length = body.find(|c: char| c.is_whitespace() || c == OPEN).unwrap_or(body.len());
        return (OPEN.len_utf8() + length, String::new());
    };
    let mut fields = body[..end].split(FIELD);
    let kind = fields.next().unwrap_or_default();
    let value = fields.next().unwrap_or_default();
    let json = || serde_json::from_str::<serde_json::Value>(value).unwrap_or_default();
    let markdown = match kind {
        "genui" => json().as_object().into_iter().flatten().find(|(widget, _)| widget.contains("math")).and_then(|(_, widget)| {
            let formula = widget["content"].as_str()?.trim();
            Some(format!("\n\n$$\n{formula}\n$$\n\n"))
        }),
        // ["city", "Paris", "capital of France"]: a name in the sentence, with a card behind it.
        "entity" | "product_entity" => json()[1].as_str().map(str::to_owned),
        "video" | "link_title" => Some(value.to_owned()),
        "url" => Some(match fields.next().and_then(super::text::web_url) {
            Some(url) => format!("[{value}](<{url}>)"),
            None => value.to_owned(),
        }),
        _ => None,
    };
    (OPEN.len_utf8() + end + CLOSE.len_utf8(), markdown.unwrap_or_default())
}

/// The length of `turn0search12` at the start.
fn reference(text: &str) -> usize {
    let run = |text: &str, is: fn(&u8) -> bool| text.bytes().take_while(is).count();
    let Some(rest) = text.strip_prefix("turn") else { return 0 };
    let turn = run(rest, u8::is_ascii_digit);
    let kind = run(&rest[turn..], u8::is_ascii_lowercase);
    let number = run(&rest[turn + kind..], u8::is_ascii_digit);
    if turn * kind * number > 0 { 4 + turn + kind + number } else { 0 }
}

/// The length of `citeturn0search1turn0news2` at the start: a marker copied as text.
fn copied(text: &str) -> usize {
    let Some(name) = ["cite", "filecite"].iter().find(|name| text.starts_with(**name)) else { return 0 };
    let mut length = name.len();
    loop {
        match reference(&text[length..]) {
            0 => return if length > name.len() { length } else { 0 },
            more => length += more,
        }
    }
}

/// The length of a marker whose private-use characters were written out as escapes.
fn literal(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix(LITERAL_FIELD) {
        return Some(reference(rest)).filter(|length| *length > 0).map(|length| LITERAL_FIELD.len() + length);
    }
    let rest = text.strip_prefix(LITERAL_OPEN).filter(|rest| rest.starts_with("cite") || rest.starts_with(LITERAL_FIELD))?;
    let window = &rest[..rest.floor_char_boundary(ESCAPED)];
    let line = window.lines().next().unwrap_or_default();
    line.find(LITERAL_CLOSE).map(|end| LITERAL_OPEN.len() + end + LITERAL_CLOSE.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(n: u8) -> Citation {
        Citation { url: Some(format!("https://example.org/{n}")), ..Citation::default() }
    }

    #[test]
    fn known_markers_become_anchors_longest_first() {
        let mut markers = Markers::default();
        markers.insert("\u{e200}cite\u{e202}turn0search1\u{e201}", Meaning::Cites(vec![page(1), page(2)]));
        markers.insert("【3:0†source】", Meaning::Cites(vec![page(2)]));
        markers.insert("【3:0†source】【3:1†source】", Meaning::Cites(vec![page(3)]));
        markers.insert("\u{e200}i\u{e202}turn0image0\u{e201}", Meaning::Nothing);
        let text = "A\u{e200}cite\u{e202}turn0search1\u{e201}. B【3:0†source】【3:1†source】 C【3:0†source】 D \u{e200}i\u{e202}turn0image0\u{e201}.";
        let (text, citations) = resolve(text, &markers);
        assert_eq!(text, "A[1](cite:1)[2](cite:2). B[3](cite:3) C[2](cite:2) D.");
        assert_eq!(citations.len(), 3);
    }

    #[test]
    fn a_marker_of_blanks_or_words_replaces_nothing() {
        let mut markers = Markers::default();
        for marker in [" ", "", "\n", "word", "cite", "【"] {
            markers.insert(marker, Meaning::Markdown("!".to_owned()));
        }
        // The trailing marker lets the text through to the replacing at all.
        assert_eq!(resolve("a word, cite it\u{e206}", &markers).0, "a word, cite it");
    }

    #[test]
    fn what_nobody_explains_is_removed_but_only_that() {
        for (text, expected) in [
            ("said \u{e200}cite\u{e202}turn0search1\u{e202}turn0news2\u{e201}.", "said."),
            ("\u{e203}a passage\u{e204}\u{e206} on", "a passage on"),
            ("end \u{e200}cite\u{e202}turn0sear", "end "),
            ("a \u{e200}cite\u{e202}x and \u{e200}cite\u{e202}y\u{e201}, b", "a and, b"),
            ("page【12†L1-L3】.", "page."),
            ("【注意】 and 【no end† and\n】", "【注意】 and 【no end† and\n】"),
            ("textciteturn0search0turn12view3 more", "text more"),
            ("see fileciteturn0file1.", "see."),
            ("to cite turn or citeturn, filecite", "to cite turn or citeturn, filecite"),
            (r"x \ue202turn0search0 y", "x y"),
            (r"x\ue200cite\ue202turn0search0\ue201.", "x."),
            (r"the escape \ue202 and \ue2 and \ue200 stay", r"the escape \ue202 and \ue2 and \ue200 stay"),
            ("other \u{e300}\u{f8ff} private use", "other \u{e300}\u{f8ff} private use"),
        ] {
            assert_eq!(strip(text), expected, "{text:?}");
        }
    }

    #[test]
    fn widgets_keep_the_words_that_readers_saw() {
        for (text, expected) in [
            ("\u{e200}entity\u{e202}[\"city\",\"Paris\",\"capital\"]\u{e201} is", "Paris is"),
            ("the \u{e200}product_entity\u{e202}[\"turn0product1\",\"Anvil 3\"]\u{e201} is", "the Anvil 3 is"),
            ("\u{e200}video\u{e202}Forging\u{e202}turn0video1\u{e201}", "Forging"),
            ("\u{e200}link_title\u{e202}Anvils\u{e202}turn0search1\u{e201}", "Anvils"),
            ("\u{e200}url\u{e202}Docs\u{e202}https://example.org/a\u{e201}", "[Docs](<https://example.org/a>)"),
            ("\u{e200}url\u{e202}Docs\u{e202}turn0search1\u{e201}", "Docs"),
            ("\u{e200}genui\u{e202}{\"math_block_widget\":{\"content\":\"x^2\"}}\u{e201}", "\n\n$$\nx^2\n$$\n\n"),
            ("a\u{e200}image_group\u{e202}{\"query\":[\"cats\"]}\u{e201}b", "ab"),
            ("a\u{e200}entity\u{e202}broken\u{e201}b", "ab"),
        ] {
            assert_eq!(strip(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_marker_that_begins_others_is_found_behind_them() {
        let mut markers = Markers::default();
        let mark = |number: &str| format!("\u{e202}turn0search{number}");
        for number in ["1", "10", "102", "11", "2"] {
            markers.insert(&mark(number), Meaning::Markdown(format!("<{number}>")));
        }
        let text: String = ["1", "100", "102", "103", "109", "12", "2", "0"].map(|number| mark(number) + " ").concat();
        assert_eq!(resolve(&text, &markers).0, "<1> <10>0 <102> <10>3 <10>9 <1>2 <2> ");
    }

    #[test]
    fn a_marker_as_long_as_a_page_has_no_meaning() {
        let marker = |length: usize| format!("【{}】", "x".repeat(length - 6));
        let mut markers = Markers::default();
        for length in [LONGEST, LONGEST + 1] {
            markers.insert(&marker(length), Meaning::Markdown("!".to_owned()));
        }
        assert_eq!(resolve(&format!("†{}", marker(LONGEST)), &markers).0, "†!");
        let longer = format!("†{}", marker(LONGEST + 1));
        assert_eq!(resolve(&longer, &markers).0, longer);
    }

    #[test]
    fn many_markers_cost_hardly_more_than_one() {
        let long = |length: usize| "\u{e200}".repeat(length);
        let spent = |markers_of: std::ops::RangeInclusive<usize>, flood: &str| {
            let mut markers = Markers::default();
            markers_of.for_each(|n| markers.insert(&(long(n / 2) + &"x".repeat(n)), Meaning::Nothing));
            let flood = flood.repeat(30_000);
            let began = std::time::Instant::now();
            resolve(&flood, &markers);
            began.elapsed()
        };
        spent(1..=600, "f\u{e200}");
        for flood in ["f\u{e200}", "\u{e200}", "citeturn0search\u{e206}"] {
            let (one, many) = (spent(600..=600, flood), spent(1..=600, flood));
            assert!(many < 30 * one, "{flood:?}: {one:?} became {many:?}");
        }
    }

    #[test]
    fn floods_stay_linear_and_do_not_grow() {
        // Quadratic work on any of these would take minutes, not the tests' patience.
        for flood in ["\u{e200}", "【a†", r"\ue200cite", "citeturn0", "\u{e200}cite\u{e202}", "filecite"] {
            let flood = flood.repeat(30_000);
            assert!(strip(&flood).len() <= flood.len());
        }
        let mut markers = Markers::default();
        markers.insert("\u{e200}a\u{e201}", Meaning::Markdown("x".repeat(10_000)));
        let flood = "\u{e200}a\u{e201}".repeat(10_000);
        assert!(resolve(&flood, &markers).0.len() <= 2 * flood.len() + INSERTED);
    }
}
