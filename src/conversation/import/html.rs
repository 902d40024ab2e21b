//! Markdown from the HTML that some products export. Only words and their structure pass: what the HTML would do or load is left out,
//! and nothing of it is kept as HTML.

mod tokens;
mod writer;

use crate::conversation::text::web_url;
use tokens::{Token, Tokens, attribute};
use writer::Writer;

/// Open elements that are told apart; what nests deeper is only words.
const DEPTH: usize = 64;

/// The Markdown that looks as the HTML does.
pub(super) fn to_markdown(html: &str) -> String {
    let mut reader = Reader { writers: vec![Writer::default()], ..Reader::default() };
    let mut tokens = Tokens::new(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => reader.writer().text(&text),
            Token::Open(name, attributes) => reader.open(&name, attributes, &mut tokens),
            Token::Close(name) => reader.close(&name),
        }
    }
    while let Some(element) = reader.open.pop() {
        reader.end(element);
    }
    reader.writers.into_iter().next().unwrap_or_default().finish()
}

#[derive(Default)]
struct Reader {
    /// The text's, and one for the cell that is being read.
    writers: Vec<Writer>,
    open: Vec<Element>,
    /// The rows of the table that is being read, each of its cells.
    table: Option<Vec<Vec<String>>>,
}

struct Element {
    name: String,
    kind: Kind,
}

enum Kind {
    Paragraph,
    Heading,
    List { ordered: bool, items: u64 },
    Item,
    Quote,
    Mark(&'static str),
    Link(Option<String>),
    Table,
    Cell,
    Other,
}

impl Reader {
    fn writer(&mut self) -> &mut Writer {
        if self.writers.is_empty() {
            self.writers.push(Writer::default());
        }
        let last = self.writers.len() - 1;
        &mut self.writers[last]
    }

    fn open(&mut self, name: &str, attributes: &str, tokens: &mut Tokens<'_>) {
        match name {
            "br" => return self.writer().line_break(),
            "hr" => return self.writer().rule(),
            "img" => return self.picture(attributes),
            "pre" => {
                let (text, language) = preformatted(&tokens.inside("pre"));
                return self.writer().code_block(&text, &language);
            }
            "code" | "tt" | "kbd" | "samp" => {
                let text = words(&tokens.inside(name));
                return self.writer().code(&text);
            }
            "script" | "style" | "template" | "title" | "svg" | "iframe" | "object" | "noscript" => {
                tokens.inside(name);
                return;
            }
            _ => {}
        }
        if self.open.len() >= DEPTH {
            return;
        }
        let kind = self.begin(name, attributes);
        self.open.push(Element { name: name.to_owned(), kind });
    }

    fn begin(&mut self, name: &str, attributes: &str) -> Kind {
        let in_table = self.table.is_some();
        match name {
            "p" | "div" | "section" | "article" | "header" | "footer" | "figure" | "dl" | "dt" | "dd" => {
                self.writer().gap(2);
                Kind::Paragraph
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = usize::from(name.as_bytes()[1] - b'0');
                self.writer().gap(2);
                self.writer().begin_heading(level);
                Kind::Heading
            }
            "ul" | "ol" => {
                self.list_gap();
                let start = attribute(attributes, "start").and_then(|start| start.parse().ok()).unwrap_or(1_u64);
                Kind::List { ordered: name == "ol", items: start.clamp(1, 1_000_000) - 1 }
            }
            "li" => {
                self.close_implied("li", &["ul", "ol"]);
                let marker = self.open.iter_mut().rev().find_map(|element| match &mut element.kind {
                    Kind::List { ordered, items } => {
                        *items += 1;
                        Some(if *ordered { format!("{items}. ") } else { "- ".to_owned() })
                    }
                    _ => None,
                });
                self.writer().gap(1);
                self.writer().begin_item(marker.as_deref().unwrap_or("- "));
                Kind::Item
            }
            "blockquote" => {
                self.writer().gap(2);
                self.writer().begin_quote();
                Kind::Quote
            }
            "strong" | "b" => self.mark("**"),
            "em" | "i" => self.mark("*"),
            "del" | "s" | "strike" => self.mark("~~"),
            "a" => {
                let url = attribute(attributes, "href").and_then(|url| web_url(&url));
                if url.is_some() {
                    self.writer().mark("[");
                }
                Kind::Link(url)
            }
            "table" if !in_table => {
                self.table = Some(Vec::new());
                Kind::Table
            }
            "tr" if self.writers.len() == 1 => {
                if let Some(rows) = &mut self.table {
                    rows.push(Vec::new());
                }
                Kind::Other
            }
            "td" | "th" if in_table && self.writers.len() == 1 => {
                self.writers.push(Writer::default());
                Kind::Cell
            }
            _ => Kind::Other,
        }
    }

    fn mark(&mut self, mark: &'static str) -> Kind {
        self.writer().mark(mark);
        Kind::Mark(mark)
    }

    /// Around a list in an item there is no blank line.
    fn list_gap(&mut self) {
        if self.is_in_item() {
            self.writer().next_line();
        } else {
            self.writer().gap(2);
        }
    }

    fn is_in_item(&self) -> bool {
        self.open
            .iter()
            .rev()
            .take_while(|element| !matches!(element.kind, Kind::Cell))
            .any(|element| matches!(element.kind, Kind::Item))
    }

    /// Closes an element that a new one ends, unless one of `within` stands between them.
    fn close_implied(&mut self, name: &str, within: &[&str]) {
        let above = self.open.iter().rev().take_while(|element| !within.contains(&element.name.as_str()));
        if above.into_iter().any(|element| element.name == name) {
            self.close(name);
        }
    }

    /// Ends the last open element of this name and what was left open in it.
    fn close(&mut self, name: &str) {
        if !self.open.iter().any(|element| element.name == name) {
            return;
        }
        while let Some(element) = self.open.pop() {
            let last = element.name == name;
            self.end(element);
            if last {
                return;
            }
        }
    }

    fn end(&mut self, element: Element) {
        match element.kind {
            Kind::Paragraph => self.writer().gap(2),
            Kind::Heading => {
                self.writer().end_heading();
                self.writer().gap(2);
            }
            Kind::List { .. } => self.list_gap(),
            Kind::Item => {
                self.writer().end_block();
                self.writer().next_line();
            }
            Kind::Quote => {
                self.writer().end_block();
                self.writer().gap(2);
            }
            Kind::Mark(mark) => self.writer().unmark(mark, mark),
            Kind::Link(Some(url)) => {
                let url = url.replace('<', "%3C").replace('>', "%3E");
                self.writer().unmark("[", &format!("](<{url}>)"));
            }
            Kind::Cell => {
                let cell = self.writers.pop().unwrap_or_default().finish();
                if let Some(rows) = &mut self.table {
                    let cell =
                        cell.replace('|', "\\|").split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>().join("<br>");
                    match rows.last_mut() {
                        Some(row) => row.push(cell),
                        None => rows.push(vec![cell]),
                    }
                }
            }
            Kind::Table => {
                let rows = self.table.take().unwrap_or_default();
                self.writer().table(&rows);
            }
            Kind::Link(None) | Kind::Other => {}
        }
    }

    /// A picture as Markdown has it, which is shown as a link; only its words where it is not on the web.
    fn picture(&mut self, attributes: &str) {
        let words = attribute(attributes, "alt").unwrap_or_default();
        match attribute(attributes, "src").and_then(|url| web_url(&url)) {
            Some(url) => {
                let url = url.replace('<', "%3C").replace('>', "%3E");
                let words: String = words.chars().filter(|c| !matches!(c, '[' | ']' | '\\' | '\n')).collect();
                self.writer().markdown(&format!("![{words}](<{url}>)"));
            }
            None => self.writer().text(&words),
        }
    }
}

/// The words of a piece of HTML, white space as it is.
fn words(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut tokens = Tokens::new(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(words) => text.push_str(&words),
            Token::Open(name, _) if name == "br" => text.push('\n'),
            Token::Open(..) | Token::Close(_) => {}
        }
    }
    text
}

/// The code in a `pre` and its language, which the class of a `code` in it names. Beside a `code` stand the page's own buttons.
fn preformatted(html: &str) -> (String, String) {
    let mut tokens = Tokens::new(html);
    let mut language = String::new();
    while let Some(token) = tokens.next() {
        if let Token::Open(_, attributes) = token {
            let class = attribute(attributes, "class").unwrap_or_default();
            let named = class.split_whitespace().find_map(|class| class.strip_prefix("language-").or(class.strip_prefix("lang-")));
            let plain = |name: &&str| name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-#._".contains(c));
            if let Some(named) = named.filter(plain) {
                language = named.to_owned();
                break;
            }
        }
    }
    (only_code(html).map_or_else(|| words(html), |code| words(&code)), language)
}

/// What the only `code` in a `pre` holds; pages that have one for each line have no buttons among them.
fn only_code(html: &str) -> Option<String> {
    let mut codes = Vec::new();
    let mut tokens = Tokens::new(html);
    while let Some(token) = tokens.next() {
        if matches!(&token, Token::Open(name, _) if name == "code") {
            codes.push(tokens.inside("code"));
        }
    }
    codes.pop().filter(|_| codes.is_empty())
}

#[cfg(test)]
mod tests;
