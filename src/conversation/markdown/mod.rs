//! Untrusted Markdown into safe HTML.
//!
//! comrak parses; the HTML is written here, by `writer`, which knows every element and attribute it can ever emit. Nothing of a
//! message becomes a tag, an attribute's name, an id or a class; addresses pass one door (`links`); whatever is too large, too deep,
//! too slow or breaks a parser shows as its source. So no sanitiser comes after, and none is missing.

pub(crate) mod fence;
mod html_tags;
mod links;
mod math;
mod plain;
pub(crate) mod prepass;
mod seek;
#[cfg(test)]
mod tests;
mod user;
mod writer;

use super::Citation;
use super::highlight;
use super::highlight::escape::{push_code, push_text};
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options};
use prepass::Formulas;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A longer message shows as its source.
const MAX_BYTES: usize = 256 * 1024;
/// HTML may be this many times its source, above a floor that lets short messages be all markup.
const MAX_GROWTH: usize = 20;
const GROWTH_FLOOR: usize = 64 * 1024;
/// What one message may cost. Everything is linear as far as we know; this is for what we do not know.
const BUDGET: Duration = Duration::from_secs(1);

/// What a message brings along to its rendering.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Begins every id, so that ids stay unique on the page: `m12-`, or `m12-3-` for the third part of a message.
    pub id_prefix: &'a str,
    /// What `cite:` links mean.
    pub citations: &'a [Citation],
}

/// HTML of what a model wrote: all of Markdown.
pub fn assistant(text: &str, context: &Context<'_>) -> String {
    guarded(text, |limit, deadline| {
        let arena = Arena::new();
        let (root, formulas) = parse(&arena, text, deadline)?;
        writer::write(root, &formulas, context, limit, Instant::now() + highlight::BUDGET)
    })
}

/// HTML of what a person typed: lines as they are, with fences, inline code and links.
pub fn user(text: &str, _context: &Context<'_>) -> String {
    guarded(text, |_, _| {
        let mut out = String::with_capacity(text.len() + text.len() / 4);
        user::write(&mut out, text, Instant::now() + highlight::BUDGET);
        Some(out)
    })
}

/// One line of plain text, at most so many graphemes long, an ellipsis where it was cut.
pub fn plain(text: &str, max_graphemes: usize) -> String {
    let excerpt = plain::excerpt(text, max_graphemes);
    let words = catch_unwind(AssertUnwindSafe(|| {
        let arena = Arena::new();
        parse(&arena, excerpt, Instant::now() + BUDGET).map(|(root, formulas)| plain::words(root, &formulas))
    }));
    let words = words.ok().flatten();
    plain::one_line(words.as_deref().unwrap_or(excerpt), max_graphemes, excerpt.len() < text.len())
}

/// Renders within all bounds, or shows the source.
fn guarded(text: &str, render: impl FnOnce(usize, Instant) -> Option<String>) -> String {
    let limit = text.len() * MAX_GROWTH + GROWTH_FLOOR;
    let render = || render(limit, Instant::now() + BUDGET).filter(|html| html.len() <= limit);
    let html = if text.len() <= MAX_BYTES { catch_unwind(AssertUnwindSafe(render)).ok().flatten() } else { None };
    html.unwrap_or_else(|| source(text))
}

/// Text as it is, escaped, for what cannot be rendered within its bounds, and a line that says so.
pub fn source(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8 + 256);
    out.push_str("<p class=\"notice\"><span>Too large or too intricate to format: shown as it was written.</span></p>");
    out.push_str("<pre class=\"plain\" dir=\"auto\" tabindex=\"0\" role=\"group\" aria-label=\"Source\">");
    push_text(&mut out, text);
    out.push_str("</pre>");
    out
}

/// Parses with the extensions that models use; nothing if it takes too long. Formulas are one character each in the document.
fn parse<'a, 't>(arena: &'a Arena<'a>, text: &'t str, deadline: Instant) -> Option<(Node<'a>, Formulas<'t>)> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    // Takes single tildes, which strikethrough alone would pair as well, for what they are not; `as_typed` puts them back.
    options.extension.subscript = true;
    options.extension.autolink = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.cjk_friendly_emphasis = true;
    // comrak's time for quotes in quotes is quadratic, and what is so deep could not be shown anyway.
    if prepass::deepest_quote(text) > writer::MAX_DEPTH {
        return None;
    }
    let (text, formulas) = prepass::prepare(text);
    let root = comrak::try_parse_document(arena, &text, &options, &|| Instant::now() >= deadline).ok()?;
    single_tildes_as_typed(arena, root);
    Some((root, formulas))
}

/// "5~10元，100~200元" are prices, and nothing of them is struck out or set lower.
fn single_tildes_as_typed<'a>(arena: &'a Arena<'a>, root: Node<'a>) {
    let pairs: Vec<_> = root.descendants().filter(|node| matches!(node.data().value, NodeValue::Subscript)).collect();
    let tilde = || arena.alloc(NodeValue::Text("~".into()).into());
    for pair in pairs {
        pair.insert_before(tilde());
        while let Some(child) = pair.first_child() {
            pair.insert_before(child);
        }
        pair.insert_before(tilde());
        pair.detach();
    }
}

fn push_code_span(out: &mut String, code: &str) {
    out.push_str("<code dir=\"ltr\">");
    push_code(out, code);
    out.push_str("</code>");
}
