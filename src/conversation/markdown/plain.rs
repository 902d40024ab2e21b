//! Markdown as one line of plain text, for a preview or a description.

use super::super::highlight::escape::is_bidi_control;
use super::html_tags::Token;
use super::prepass::Formulas;
use comrak::nodes::{Node, NodeValue};
use unicode_segmentation::UnicodeSegmentation;

/// How much source is read for each grapheme wanted, and at least.
const SOURCE_BYTES_EACH: usize = 32;
const MIN_SOURCE_BYTES: usize = 4_096;
/// A grapheme can be any number of combining marks long; a reader needs no more than the longest emoji.
const MAX_GRAPHEME_BYTES: usize = 64;

/// As much of the text as a line of so many graphemes can need.
pub(super) fn excerpt(text: &str, max_graphemes: usize) -> &str {
    let bytes = max_graphemes.saturating_mul(SOURCE_BYTES_EACH).max(MIN_SOURCE_BYTES);
    &text[..text.floor_char_boundary(bytes)]
}

/// The words of a document, blocks apart by a space; formulas as they were written.
pub(super) fn words(root: Node<'_>, formulas: &Formulas<'_>) -> String {
    let mut words = String::new();
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        let data = node.data();
        if data.value.block() {
            words.push(' ');
        }
        match &data.value {
            NodeValue::Text(text) => words.push_str(text),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::CodeBlock(block) => words.push_str(&block.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
            NodeValue::HtmlInline(html) => push_words(&mut words, html),
            NodeValue::HtmlBlock(html) => push_words(&mut words, &html.literal),
            NodeValue::Link(link) if link.url.starts_with("cite:") => {}
            NodeValue::FootnoteDefinition(_) => {}
            _ => nodes.extend(node.reverse_children()),
        }
    }
    formulas.restored(&words).into_owned()
}

fn push_words(words: &mut String, html: &str) {
    for token in Token::split(html) {
        match token {
            Token::Text(text) => words.push_str(text),
            Token::Break => words.push(' '),
            Token::Open(tag, _) | Token::Close(tag, _) if tag.is_block() => words.push(' '),
            Token::Open(..) | Token::Close(..) => {}
        }
    }
}

/// One line of at most so many graphemes; an ellipsis, which counts, where something is missing.
pub(super) fn one_line(words: &str, max_graphemes: usize, is_cut: bool) -> String {
    let mut line = String::new();
    let visible = |c: &char| !is_bidi_control(*c) && (!c.is_control() || c.is_whitespace());
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(visible));
    }
    let mut kept = String::with_capacity(line.len());
    let mut graphemes = line.graphemes(true);
    for grapheme in graphemes.by_ref().take(max_graphemes) {
        kept.push_str(&grapheme[..grapheme.floor_char_boundary(MAX_GRAPHEME_BYTES)]);
    }
    if graphemes.next().is_some() || is_cut && max_graphemes > 0 {
        if let Some((last, _)) = kept.grapheme_indices(true).nth(max_graphemes.saturating_sub(1)) {
            kept.truncate(last);
        }
        kept.truncate(kept.trim_end().len());
        kept.extend((max_graphemes > 0).then_some('…'));
    }
    kept
}
