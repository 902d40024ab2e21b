//! What leads elsewhere: links, citations, pictures, footnote references.

use super::{Step, Writer};
use crate::conversation::Citation;
use crate::conversation::highlight::escape::push_text;
use crate::conversation::markdown::links::Target;
use comrak::nodes::{Node, NodeFootnoteReference, NodeLink, NodeValue};
use std::fmt::Write;

impl<'a> Writer<'a, '_> {
    pub(super) fn link(&mut self, node: Node<'a>, link: &NodeLink) {
        if let Some(id) = link.url.strip_prefix("cite:") {
            return self.citation(node, id);
        }
        let url = self.formulas.restored(&link.url);
        let Some(target) = Target::parse(&url).filter(|_| self.links == 0) else {
            return self.children(node, true);
        };
        target.push_open(&mut self.out, None, Some(&self.formulas.restored(&link.title)));
        if node.first_child().is_none() {
            push_text(&mut self.out, &url);
        }
        self.links += 1;
        self.close_after_children(node, Step::CloseLink("</a>"));
    }

    /// The number of a source in the list that stands behind the text, leading to the source itself, or to its line in that list. A label
    /// of words stays before it. An id that nobody declared leaves its label alone.
    pub(super) fn citation(&mut self, node: Node<'a>, id: &str) {
        let Some(&(number, citation)) = self.citations.get(id) else {
            return self.children(node, true);
        };
        if words(node).contains(char::is_alphabetic) {
            self.steps.push(Step::Cited(number, citation));
            return self.children(node, true);
        }
        self.cited(number, citation);
    }

    pub(super) fn cited(&mut self, number: usize, citation: &Citation) {
        self.out.push_str("<sup class=\"cite\">");
        let target = citation.url.as_deref().and_then(Target::parse);
        match target {
            _ if self.links > 0 => {}
            Some(target) => target.push_open(&mut self.out, None, citation.title.as_deref()),
            None => {
                self.out.push_str("<a href=\"#");
                self.push_id(format_args!("source{number}"));
                self.out.push_str("\">");
            }
        }
        let _ = write!(self.out, "{number}");
        self.out.push_str(if self.links > 0 { "</sup>" } else { "</a></sup>" });
    }

    /// A picture from elsewhere is never loaded: that would tell its host who reads. It is a link that says where it leads.
    pub(super) fn image(&mut self, node: Node<'a>, image: &NodeLink) {
        let target = Target::parse(&self.formulas.restored(&image.url));
        let link = target.as_ref().filter(|_| self.links == 0);
        match link {
            Some(target) => {
                target.push_open(&mut self.out, Some("remote-image"), Some(&self.formulas.restored(&image.title)));
            }
            None => self.out.push_str("<span class=\"remote-image\">"),
        }
        self.out.push_str("Image");
        let alternative = words(node);
        if !alternative.trim().is_empty() {
            self.out.push_str(": ");
            push_text(&mut self.out, self.formulas.restored(&alternative).trim());
        }
        if let Some(host) = target.as_ref().and_then(Target::host) {
            self.out.push_str(" — ");
            push_text(&mut self.out, host);
        }
        self.out.push_str(if link.is_some() { "</a>" } else { "</span>" });
    }

    /// Ids are made of our prefix and numbers, never of a footnote's name.
    pub(super) fn footnote_reference(&mut self, reference: &NodeFootnoteReference) {
        let NodeFootnoteReference { ix: number, ref_num, .. } = *reference;
        self.out.push_str("<sup class=\"footnote\" id=\"");
        self.push_id(format_args!("fnref{number}-{ref_num}"));
        self.out.push_str("\">");
        if self.links == 0 {
            self.out.push_str("<a href=\"#");
            self.push_id(format_args!("fn{number}"));
            let _ = write!(self.out, "\" role=\"doc-noteref\" aria-label=\"Footnote {number}\">{number}</a></sup>");
        } else {
            let _ = write!(self.out, "{number}</sup>");
        }
    }
}

/// A picture's alternative text: the words of its description, whatever their markup.
fn words(image: Node<'_>) -> String {
    let mut words = String::new();
    for node in image.descendants() {
        match &node.data().value {
            NodeValue::Text(text) => words.push_str(text),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::HtmlInline(html) => words.push_str(html),
            NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
            _ => {}
        }
    }
    words
}
