//! The HTML of a parsed message, written without recursion: nesting is data here, and data has a limit.

mod direction;
mod formula;
mod inline;
mod raw_html;

use super::html_tags::Use;
use super::prepass::Formulas;
use super::{Context, fence::Info, math, push_code_span};
use crate::conversation::Citation;
use crate::conversation::highlight::escape::{push_attribute, push_text};
use crate::conversation::highlight::push_code_block;
use comrak::nodes::{ListType, Node, NodeAlert, NodeList, NodeValue, TableAlignment};
use direction::is_right_to_left;
use formula::Allowance;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;

/// Elements inside one another.
pub(super) const MAX_DEPTH: usize = 100;

/// The document as HTML, or nothing where it nests too deeply or grows beyond `limit`. What is
/// not coloured at the deadline stays plain.
pub(super) fn write<'a>(
    root: Node<'a>,
    formulas: &Formulas<'_>,
    context: &Context<'_>,
    limit: usize,
    deadline: Instant,
) -> Option<String> {
    let citations =
        context.citations.iter().enumerate().map(|(index, citation)| (citation.id.as_str(), (index + 1, citation))).collect();
    let mut writer = Writer {
        out: String::with_capacity(limit.min(16 * 1024)),
        steps: vec![Step::Node(root)],
        id_prefix: context.id_prefix,
        citations,
        formulas,
        allowance: Allowance::new(limit, Instant::now() + math::BUDGET),
        deadline,
        depth: 0,
        links: 0,
        footnotes: 0,
        outline: Vec::new(),
    };
    while let Some(step) = writer.steps.pop() {
        if writer.depth > MAX_DEPTH || writer.out.len() > limit {
            return None;
        }
        writer.step(step);
    }
    Some(writer.out)
}

struct Writer<'a, 'c> {
    out: String,
    /// What is left to do, the next last.
    steps: Vec<Step<'a, 'c>>,
    id_prefix: &'c str,
    citations: HashMap<&'c str, (usize, &'c Citation)>,
    formulas: &'c Formulas<'c>,
    allowance: Allowance,
    deadline: Instant,
    depth: usize,
    /// Links we are inside of; a link in a link is no HTML.
    links: usize,
    footnotes: usize,
    /// Levels of the headings we are below of, as the author wrote them.
    outline: Vec<u8>,
}

enum Step<'a, 'c> {
    Node(Node<'a>),
    /// A cell: head or body, and its column's alignment.
    Cell(Node<'a>, bool, TableAlignment),
    /// Raw HTML, and what becomes of its tokens.
    Html(Node<'a>, Vec<Use>),
    /// Markup of ours between siblings.
    Between(&'static str),
    /// The end of an element.
    Close(&'static str),
    CloseLink(&'static str),
    /// The end of a footnote: its number, and how often it was referred to.
    CloseFootnote(usize, u32),
    /// The number of a source behind the words that name it.
    Cited(usize, &'c Citation),
}

impl<'a, 'c> Writer<'a, 'c> {
    fn step(&mut self, step: Step<'a, 'c>) {
        match step {
            Step::Node(node) => self.node(node),
            Step::Cell(node, is_head, alignment) => self.cell(node, is_head, alignment),
            Step::Html(node, uses) => self.html(node, &uses),
            Step::Between(markup) => self.out.push_str(markup),
            Step::Close(tag) => {
                self.depth -= 1;
                self.out.push_str(tag);
            }
            Step::CloseLink(tag) => {
                self.depth -= 1;
                self.links -= 1;
                self.out.push_str(tag);
            }
            Step::CloseFootnote(number, references) => self.close_footnote(number, references),
            Step::Cited(number, citation) => self.cited(number, citation),
        }
    }

    fn node(&mut self, node: Node<'a>) {
        match &node.data().value {
            NodeValue::Document => self.document(node),
            NodeValue::BlockQuote => self.directed(node, "<blockquote", "</blockquote>"),
            NodeValue::List(list) => self.list(node, list),
            NodeValue::Item(_) => self.element(node, "<li dir=\"auto\">", "</li>"),
            NodeValue::TaskItem(item) => self.task(node, item.symbol.is_some()),
            NodeValue::CodeBlock(block) => {
                let (info, code) = (self.formulas.restored(&block.info), self.formulas.restored(&block.literal));
                let Info { language, filename } = Info::parse(&info);
                let is_math = language.is_some_and(|language| language.eq_ignore_ascii_case("math"));
                if !is_math || !self.math_block(&code) {
                    push_code_block(&mut self.out, &code, language, filename, self.deadline);
                }
            }
            NodeValue::Paragraph if is_tight(node) => self.children(node, true),
            NodeValue::Paragraph => self.element(node, "<p dir=\"auto\">", "</p>"),
            NodeValue::Heading(heading) => self.heading(node, heading.level),
            NodeValue::ThematicBreak => self.out.push_str("<hr>"),
            NodeValue::FootnoteDefinition(definition) => self.footnote(node, definition.total_references),
            NodeValue::Table(_) => self.table(node),
            NodeValue::TableRow(is_head) => self.row(node, *is_head),
            NodeValue::Alert(alert) => self.alert(node, alert),
            NodeValue::Text(text) => self.text(text),
            // Models break a line where they want it broken, and the products they write in show it so.
            NodeValue::SoftBreak => self.out.push_str("<br>\n"),
            NodeValue::LineBreak => self.out.push_str("<br>"),
            NodeValue::Code(code) => push_code_span(&mut self.out, &self.formulas.restored(&code.literal)),
            NodeValue::Emph => self.element(node, "<em>", "</em>"),
            NodeValue::Strong => self.element(node, "<strong>", "</strong>"),
            NodeValue::Strikethrough => self.element(node, "<del>", "</del>"),
            NodeValue::Link(link) => self.link(node, link),
            NodeValue::Image(image) => self.image(node, image),
            NodeValue::FootnoteReference(reference) => self.footnote_reference(reference),
            // Extensions that are not asked for; were one to come, its words would still show.
            _ => self.children(node, !node.data().value.block()),
        }
    }

    fn element(&mut self, node: Node<'a>, open: &str, close: &'static str) {
        self.out.push_str(open);
        self.close_after_children(node, Step::Close(close));
    }

    fn close_after_children(&mut self, node: Node<'a>, close: Step<'a, 'c>) {
        self.depth += 1;
        self.steps.push(close);
        let inline = node.data().value.contains_inlines() || !node.data().value.block();
        self.children(node, inline);
    }

    /// A container. Its own direction is that of its first letter, which `dir="auto"` would not see behind children that have a `dir`;
    /// markers, quote bars and columns follow it.
    fn directed(&mut self, node: Node<'a>, open: &str, close: &'static str) {
        self.out.push_str(open);
        self.out.push_str(if is_right_to_left(node) { " dir=\"rtl\">" } else { " dir=\"auto\">" });
        self.close_after_children(node, Step::Close(close));
    }

    fn children(&mut self, node: Node<'a>, inline: bool) {
        if raw_html::is_among_children(node) {
            let first = self.steps.len();
            self.steps.extend(raw_html::steps(node, inline));
            self.steps[first..].reverse();
        } else {
            self.steps.extend(node.reverse_children().map(Step::Node));
        }
    }

    fn document(&mut self, node: Node<'a>) {
        self.children(node, false);
        // comrak puts the footnotes last.
        let is_footnote =
            |step: &Step<'_, '_>| matches!(step, Step::Node(node) if matches!(node.data().value, NodeValue::FootnoteDefinition(_)));
        let footnotes = self.steps.iter().take_while(|step| is_footnote(step)).count();
        if footnotes > 0 {
            self.steps.insert(footnotes, Step::Between("<div class=\"footnotes\"><ol dir=\"auto\">"));
            self.steps.insert(0, Step::Between("</ol></div>"));
        }
    }

    fn list(&mut self, node: Node<'a>, list: &NodeList) {
        let class = if list.is_task_list { " class=\"tasks\"" } else { "" };
        match list.list_type {
            ListType::Bullet => self.directed(node, &format!("<ul{class}"), "</ul>"),
            ListType::Ordered if list.start == 1 => self.directed(node, &format!("<ol{class}"), "</ol>"),
            ListType::Ordered => self.directed(node, &format!("<ol{class} start=\"{}\"", list.start), "</ol>"),
        }
    }

    fn task(&mut self, node: Node<'a>, is_done: bool) {
        let open = match is_done {
            true => "<li dir=\"auto\"><input type=\"checkbox\" disabled checked aria-label=\"Done\"> ",
            false => "<li dir=\"auto\"><input type=\"checkbox\" disabled aria-label=\"To do\"> ",
        };
        self.element(node, open, "</li>");
    }

    /// Authors skip levels, and start anywhere. The page's outline goes on from the message's own heading, an `h2`, one level at a
    /// time.
    fn heading(&mut self, node: Node<'a>, level: u8) {
        while self.outline.last().is_some_and(|above| *above >= level) {
            self.outline.pop();
        }
        self.outline.push(level);
        let (open, close) = match self.outline.len() {
            ..=1 => ("<h3 dir=\"auto\">", "</h3>"),
            2 => ("<h4 dir=\"auto\">", "</h4>"),
            3 => ("<h5 dir=\"auto\">", "</h5>"),
            _ => ("<h6 dir=\"auto\">", "</h6>"),
        };
        self.element(node, open, close);
    }

    fn alert(&mut self, node: Node<'a>, alert: &NodeAlert) {
        let kind = alert.alert_type.default_title();
        let mut open = format!("<div class=\"alert {}\"><p class=\"title\" dir=\"auto\">", kind.to_ascii_lowercase());
        push_text(&mut open, &self.formulas.restored(alert.title.as_deref().unwrap_or(kind)));
        open.push_str("</p>");
        self.element(node, &open, "</div>");
    }

    /// A table scrolls by itself; the keyboard can reach it.
    fn table(&mut self, node: Node<'a>) {
        self.out.push_str("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">");
        let body = node.children().nth(1).is_some();
        let close = if body { "</tbody></table></div>" } else { "</table></div>" };
        self.directed(node, "<table", close);
        if body {
            let head = self.steps.len() - 1;
            self.steps.insert(head, Step::Between("<tbody>"));
        }
    }

    fn row(&mut self, node: Node<'a>, is_head: bool) {
        let (open, close) = if is_head { ("<thead><tr>", "</tr></thead>") } else { ("<tr>", "</tr>") };
        self.out.push_str(open);
        self.depth += 1;
        self.steps.push(Step::Close(close));
        let table = node.parent().map(|table| table.data());
        let alignments = match table.as_ref().map(|table| &table.value) {
            Some(NodeValue::Table(table)) => table.alignments.as_slice(),
            _ => &[],
        };
        let first = self.steps.len();
        let alignments = alignments.iter().copied().chain(std::iter::repeat(TableAlignment::None));
        self.steps.extend(node.children().zip(alignments).map(|(cell, alignment)| Step::Cell(cell, is_head, alignment)));
        self.steps[first..].reverse();
    }

    fn cell(&mut self, node: Node<'a>, is_head: bool, alignment: TableAlignment) {
        self.out.push_str(if is_head { "<th scope=\"col\" dir=\"auto\"" } else { "<td dir=\"auto\"" });
        let alignment = match alignment {
            TableAlignment::None => "",
            TableAlignment::Left => "left",
            TableAlignment::Center => "center",
            TableAlignment::Right => "right",
        };
        let _ = match (alignment, room_of(node)) {
            ("", "") => write!(self.out, ">"),
            (class, "") | ("", class) => write!(self.out, " class=\"{class}\">"),
            (alignment, room) => write!(self.out, " class=\"{alignment} {room}\">"),
        };
        self.close_after_children(node, Step::Close(if is_head { "</th>" } else { "</td>" }));
    }

    fn footnote(&mut self, node: Node<'a>, references: u32) {
        self.footnotes += 1;
        let number = self.footnotes;
        self.out.push_str("<li id=\"");
        self.push_id(format_args!("fn{number}"));
        self.out.push_str("\" dir=\"auto\">");
        self.close_after_children(node, Step::CloseFootnote(number, references));
    }

    fn close_footnote(&mut self, number: usize, references: u32) {
        self.depth -= 1;
        self.out.push_str("<p class=\"back\">");
        for reference in 1..=references {
            self.out.push_str("<a href=\"#");
            self.push_id(format_args!("fnref{number}-{reference}"));
            let _ = write!(self.out, "\" role=\"doc-backlink\" aria-label=\"Back to reference {number}-{reference}\">↩</a>");
        }
        self.out.push_str("</p></li>");
    }

    fn push_id(&mut self, id: std::fmt::Arguments<'_>) {
        push_attribute(&mut self.out, self.id_prefix);
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(id);
    }
}

/// What a cell needs of a narrow screen: a sentence squeezed into a column of single words is no reading, a scroll is.
fn room_of(cell: Node<'_>) -> &'static str {
    let mut length = 0;
    for node in cell.descendants() {
        length += match &node.data().value {
            NodeValue::Text(text) => text.len(),
            NodeValue::Code(code) => code.literal.len(),
            _ => 0,
        };
        if length > 60 {
            return "long";
        }
    }
    if length > 24 { "middling" } else { "" }
}

/// A paragraph in a list without blank lines, which is no element of its own.
fn is_tight(paragraph: Node<'_>) -> bool {
    let list = paragraph.parent().and_then(|item| item.parent());
    list.is_some_and(|list| matches!(&list.data().value, NodeValue::List(list) if list.tight))
}
