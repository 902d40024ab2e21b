//! Raw HTML in a message: text, but for the few tags that balance.

use super::{Step, Writer};
use crate::conversation::markdown::html_tags::{self, Tag, Token, Use};
use comrak::nodes::{Node, NodeHtmlBlock, NodeValue};

pub(super) fn is_among_children(node: Node<'_>) -> bool {
    node.children().any(|child| matches!(child.data().value, NodeValue::HtmlInline(_) | NodeValue::HtmlBlock(_)))
}

/// The steps through the children, in order, once it is known which tags among them balance.
pub(super) fn steps<'a, 'c>(node: Node<'a>, inline: bool) -> Vec<Step<'a, 'c>> {
    let data: Vec<_> = node.children().map(|child| child.data()).collect();
    let stretches: Vec<_> = data
        .iter()
        .map(|data| match &data.value {
            NodeValue::HtmlInline(html) => Some(vec![Token::read(html)]),
            NodeValue::HtmlBlock(html) => Some(block_tokens(html)),
            _ => None,
        })
        .collect();
    let uses = html_tags::balance(&stretches, inline);
    let steps = node.children().zip(&stretches).zip(uses);
    steps.map(|((child, tokens), uses)| if tokens.is_some() { Step::Html(child, uses) } else { Step::Node(child) }).collect()
}

/// Blocks of kind 6 and 7 (CommonMark 4.6) are tags among text; the others are scripts, styles, comments and such, text altogether.
fn block_tokens(html: &NodeHtmlBlock) -> Vec<Token<'_>> {
    if html.block_type >= 6 { Token::split(&html.literal) } else { vec![Token::Text(&html.literal)] }
}

impl<'a> Writer<'a, '_> {
    pub(super) fn html(&mut self, node: Node<'a>, uses: &[Use]) {
        match &node.data().value {
            NodeValue::HtmlInline(html) => self.token(Token::read(html), uses.first().copied().unwrap_or(Use::Text)),
            NodeValue::HtmlBlock(html) => self.html_block(&block_tokens(html), uses),
            _ => {}
        }
    }

    /// Details and summary stand for themselves, all else in paragraphs between them.
    fn html_block(&mut self, tokens: &[Token<'_>], uses: &[Use]) {
        let mut in_paragraph = false;
        let mut in_summary = false;
        // Line ends waiting for something to come after them.
        let mut line_ends = 0;
        for (&token, &used) in tokens.iter().zip(uses) {
            let block = match token {
                Token::Open(tag, _) | Token::Close(tag, _) if used != Use::Text && tag.is_block() => Some(tag),
                _ => None,
            };
            if block.is_some() && std::mem::take(&mut in_paragraph) {
                self.out.push_str("</p>");
            }
            if block.is_none() && !in_summary && !in_paragraph && !token.is_blank() {
                self.out.push_str("<p class=\"typed\" dir=\"auto\">");
                in_paragraph = true;
                line_ends = 0;
                if let Token::Text(text) = token {
                    self.lines(text.trim_start_matches(['\r', '\n']), &mut line_ends);
                    continue;
                }
            }
            match token {
                Token::Text(text) if in_paragraph => self.lines(text, &mut line_ends),
                Token::Text(text) if in_summary => self.text(text),
                Token::Text(_) => {}
                _ => {
                    if block.is_none() {
                        self.line_ends(&mut line_ends);
                    }
                    self.token(token, used);
                }
            }
            in_summary ^= block == Some(Tag::Summary);
        }
        if in_paragraph {
            self.out.push_str("</p>");
        }
    }

    fn token(&mut self, token: Token<'_>, used: Use) {
        match token {
            Token::Text(source) => self.text(source),
            Token::Break => self.out.push_str("<br>"),
            Token::Open(_, source) | Token::Close(_, source) if used == Use::Text => self.text(source),
            Token::Open(tag, _) => {
                self.depth += 1;
                self.out.push_str(tag.opening());
                if used == Use::DetailsAlone {
                    self.out.push_str("<summary>Details</summary>");
                }
            }
            Token::Close(tag, _) => {
                self.depth -= 1;
                self.out.push_str(tag.closing());
            }
        }
    }

    fn lines(&mut self, text: &str, line_ends: &mut usize) {
        for (number, line) in text.split('\n').enumerate() {
            *line_ends += usize::from(number > 0);
            if !line.trim().is_empty() {
                self.line_ends(line_ends);
                self.text(line);
            }
        }
    }

    fn line_ends(&mut self, line_ends: &mut usize) {
        for _ in 0..std::mem::take(line_ends) {
            self.out.push_str("<br>");
        }
    }
}
