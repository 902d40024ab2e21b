//! Source code into HTML: a figure with its label, and short class spans in place of a grammar's scopes.
//!
//! The languages that conversations are full of have a `lexer` of our own; all others go through syntect's grammars. Those are
//! truer, but run at 0.05 to 0.5 MB/s and compile for hundreds of milliseconds, where the lexer takes microseconds for both.

mod class;
mod dialect;
pub(in crate::conversation) mod escape;
mod language;
mod lexer;
mod spans;

use class::Stack;
use escape::{push_attribute, push_code, push_text};
use language::{Grammars, Syntax};
use spans::Spans;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use syntect::parsing::{ParseState, SyntaxReference};

/// Code beyond these stays plain: nobody reads its colours, and everybody would wait for them.
const MAX_BYTES: usize = 200_000;
const MAX_LINES: usize = 5_000;
/// A longer line stays plain: grammars run hundreds of patterns over each line, some of them more than once.
const MAX_LINE_BYTES: usize = 2_000;
/// The clock is read once in so many lines.
const LINES_BETWEEN_LOOKS_AT_THE_CLOCK: usize = 16;
/// What a grammar's colours may cost at most; its patterns can backtrack on input made for them.
pub(in crate::conversation) const BUDGET: Duration = Duration::from_millis(250);
/// Longer labels are cut.
const MAX_LABEL_CHARS: usize = 40;
const MAX_FILENAME_CHARS: usize = 120;

/// A whole `<figure class="code">`: label, file name, buttons to wrap and to copy (hidden until script shows them), and the code in
/// spans. It scrolls in itself, and the keyboard can reach it.
pub fn code_block(code: &str, language: Option<&str>, filename: Option<&str>) -> String {
    let block = |language| {
        let mut out = String::with_capacity(code.len() * 3 + 256);
        push_code_block(&mut out, code, language, filename, Instant::now() + BUDGET);
        out
    };
    // Code that breaks a grammar is plain.
    catch_unwind(AssertUnwindSafe(|| block(language))).unwrap_or_else(|_| block(Some("text")))
}

/// Text that is no code: it wraps, and runs in its own direction.
pub fn text_block(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8 + 128);
    out.push_str("<pre class=\"plain\" dir=\"auto\" tabindex=\"0\" role=\"group\" aria-label=\"Text\">");
    push_text(&mut out, text);
    out.push_str("</pre>");
    out
}

/// Whether code in a language of that name gets colours.
pub fn is_language(name: &str) -> bool {
    Syntax::find(Some(name), None).is_some()
}

/// Unpacks the grammars' index (a few milliseconds), so that the first page does not pay for it.
pub fn warm() {
    code_block("let a = 1;\n", Some("rust"), None);
}

/// [`code_block`] into a buffer; what is not coloured at the deadline stays plain.
pub(in crate::conversation) fn push_code_block(
    out: &mut String,
    code: &str,
    language: Option<&str>,
    filename: Option<&str>,
    deadline: Instant,
) {
    let language = language.map(str::trim).filter(|language| !language.is_empty());
    let filename = filename.map(str::trim).filter(|filename| !filename.is_empty());
    out.push_str("<figure class=\"code\"><figcaption>");
    if language.is_some() || filename.is_none() {
        out.push_str("<span class=\"language\">");
        push_text(out, cut(language.unwrap_or("text"), MAX_LABEL_CHARS));
        out.push_str("</span>");
    }
    if let Some(filename) = filename {
        out.push_str("<span class=\"filename\" dir=\"auto\">");
        push_text(out, cut(filename, MAX_FILENAME_CHARS));
        out.push_str("</span>");
    }
    out.push_str(
        "<button type=\"button\" class=\"wrap\" aria-pressed=\"false\" hidden>Wrap</button>\
         <button type=\"button\" class=\"copy\" hidden>Copy</button></figcaption>\
         <pre dir=\"ltr\" tabindex=\"0\" role=\"group\" aria-label=\"Code",
    );
    if let Some(name) = filename.map(|name| cut(name, MAX_FILENAME_CHARS)).or(language.map(|name| cut(name, MAX_LABEL_CHARS))) {
        out.push_str(": ");
        push_attribute(out, name);
    }
    out.push_str("\"><code>");
    match Syntax::find(language, filename).filter(|_| is_worth_it(code)) {
        Some(Syntax::Ours(dialect, words)) => lexer::push_spans(out, code, (dialect, words)),
        Some(Syntax::Theirs(grammar)) => push_spans(out, code, grammar, deadline),
        None => push_code(out, code),
    }
    out.push_str("</code></pre></figure>");
}

fn is_worth_it(code: &str) -> bool {
    code.len() <= MAX_BYTES && code.bytes().filter(|&byte| byte == b'\n').count() <= MAX_LINES
}

fn cut(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}

/// Colours by a grammar of syntect's.
fn push_spans(out: &mut String, code: &str, syntax: &SyntaxReference, deadline: Instant) {
    let set = &Grammars::get().set;
    let mut parser = ParseState::new(syntax);
    let mut stack = Stack::new();
    let mut spans = Spans::new(out, code);
    let mut start = 0;
    for (number, line) in code.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        if line.len() <= MAX_LINE_BYTES {
            if number % LINES_BETWEEN_LOOKS_AT_THE_CLOCK == 0 && Instant::now() >= deadline {
                break;
            }
            let Ok(ops) = parser.parse_line(line, set) else { break };
            let mut at = start;
            for (offset, op) in &ops {
                let next = start + offset;
                if next > at {
                    spans.add(at, next, stack.class());
                    at = next;
                }
                stack.apply(op);
            }
            spans.add(at, end, stack.class());
        } else {
            spans.add(start, end, None);
        }
        start = end;
    }
    spans.finish();
}

#[cfg(test)]
mod languages_test;
#[cfg(test)]
mod tests;
