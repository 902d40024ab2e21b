//! Citation and widget markers that OpenAI's models write into their text, for a page of theirs to replace. They leak into every
//! product built on the API, so that every way in passes here.
//!
//! Three generations: private-use characters (`U+E200 cite U+E202 turn0search1 U+E201`), brackets (`【3:0†source】`), and what a copy
//! through the clipboard leaves of the first (`citeturn0search1`).

use super::Citation;
use super::text::anchor;
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
    /// Lengths of the keys in bytes, longest first, because one marker may begin another.
    lengths: Vec<usize>,
}

impl Markers {
    /// Takes a marker in; what does not look like one would replace the text's own words (a footnote's is a single space).
    pub(super) fn insert(&mut self, marker: &str, meaning: Meaning) {
        let marker = marker.trim();
        if !is_marker(marker) || self.meanings.contains_key(marker) {
            return;
        }
        if let Err(place) = self.lengths.binary_search_by(|length| marker.len().cmp(length)) {
            self.lengths.insert(place, marker.len());
        }
        self.meanings.insert(marker.to_owned(), meaning);
    }

    fn at<'a>(&self, rest: &'a str) -> Option<(&'a str, &Meaning)> {
        self.lengths.iter().find_map(|&length| {
            let marker = rest.get(..length)?;
            Some((marker, self.meanings.get(marker)?))
        })
    }
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
        let (length, meaning) = match markers.at(rest).filter(|_| starts_marker(c)) {
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
