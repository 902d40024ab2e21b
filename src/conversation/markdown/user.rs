//! What a person typed: its lines as they are, with code and links found and nothing else guessed. A pasted log stays a log.

use super::super::highlight::{escape::push_text, push_code_block};
use super::fence::{self, Fence, Info};
use super::links::{Target, push_link};
use super::seek::{Needle, Ticks, run};
use std::time::Instant;

/// A longer label or address is no link.
const MAX_LABEL_BYTES: usize = 300;
const MAX_ADDRESS_BYTES: usize = 1_024;
/// As in the pre-pass.
const NESTED_SCANS: usize = 8;

/// Appends the HTML of a typed message.
pub(super) fn write(out: &mut String, text: &str, deadline: Instant) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut scans = NESTED_SCANS;
    let mut at = 0;
    while at < lines.len() {
        if let Some(open) = Fence::at_margin(lines[at]) {
            let end =
                fence::end(&lines[at + 1..], &open, &mut scans, Fence::at_margin).line.map_or(lines.len(), |line| at + 1 + line);
            let Info { language, filename } = Info::parse(open.info);
            push_code_block(out, &lines[at + 1..end].concat(), language, filename, deadline);
            at = end + 1;
            continue;
        }
        let ends = |line: &&str| line.trim().is_empty() || Fence::at_margin(line).is_some();
        let end = lines[at..].iter().position(ends).map_or(lines.len(), |length| at + length);
        if end > at {
            paragraph(out, &lines[at..end]);
        }
        at = end.max(at + usize::from(end == at));
    }
}

/// The class lets the style sheet keep runs of spaces (`white-space: pre-wrap`); the breaks hold without it.
fn paragraph(out: &mut String, lines: &[&str]) {
    out.push_str("<p class=\"typed\" dir=\"auto\">");
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            out.push_str("<br>");
        }
        inline(out, line.trim_end());
    }
    out.push_str("</p>");
}

fn inline(out: &mut String, line: &str) {
    let bytes = line.as_bytes();
    let mut ticks = Ticks::default();
    let (mut middle, mut close) = (Needle::new("]("), Needle::new(")"));
    let (mut written, mut at) = (0, 0);
    while let Some(found) = bytes[at..].iter().position(|byte| matches!(byte, b'`' | b'[' | b'h')) {
        at += found;
        let item = match bytes[at] {
            b'`' => code_span(line, at, &mut ticks),
            b'[' => link(line, at, &mut middle, &mut close),
            _ => address(line, at),
        };
        match item {
            Ok((end, item)) => {
                push_text(out, &line[written..at]);
                item.push(out);
                (written, at) = (end, end);
            }
            Err(end) => at = end,
        }
    }
    push_text(out, &line[written..]);
}

enum Item<'a> {
    Code(&'a str),
    Link { label: &'a str, address: &'a str },
}

impl Item<'_> {
    fn push(&self, out: &mut String) {
        match *self {
            Item::Code(code) => super::push_code_span(out, code),
            Item::Link { label, address } => push_link(out, address, |out| push_text(out, label)),
        }
    }
}

/// An item and where it ends, or where to read on if there is none.
type Found<'a> = Result<(usize, Item<'a>), usize>;

fn code_span<'a>(line: &'a str, at: usize, ticks: &mut Ticks) -> Found<'a> {
    let length = run(line, at, b'`');
    let start = at + length;
    let close = ticks.next(line, at, length).ok_or(start)?;
    Ok((close + length, Item::Code(line[start..close].trim())))
}

/// `[label](address)`
fn link<'a>(line: &'a str, at: usize, middle: &mut Needle, close: &mut Needle) -> Found<'a> {
    let none = at + 1;
    let middle = middle.next(line, none).filter(|middle| middle - at <= MAX_LABEL_BYTES).ok_or(none)?;
    let label = &line[none..middle];
    close.next(line, middle).filter(|close| close - middle <= MAX_ADDRESS_BYTES).ok_or(none)?;
    let rest = &line[middle + 2..];
    let mut depth = 0;
    let close = rest.bytes().take(MAX_ADDRESS_BYTES).position(|byte| {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        depth < 0 || byte == b' '
    });
    let address = &rest[..close.filter(|&close| rest.as_bytes()[close] == b')').ok_or(none)?];
    let is_link = !label.trim().is_empty() && !label.contains('[') && Target::parse(address).is_some();
    if is_link { Ok((middle + 2 + address.len() + 1, Item::Link { label, address })) } else { Err(none) }
}

/// `https://…` by itself, without the punctuation of the sentence it stands in.
fn address(line: &str, at: usize) -> Found<'_> {
    let rest = &line[at..];
    let begins_a_word = !line[..at].ends_with(|before: char| before.is_alphanumeric());
    if !begins_a_word || !(rest.starts_with("https://") || rest.starts_with("http://")) {
        return Err(at + 1);
    }
    let length = rest.find(|c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '"' | '`' | '|' | '\u{ff08}'..='\u{ff0c}' | '\u{3001}' | '\u{3002}')
    });
    let mut address = &rest[..length.unwrap_or(rest.len())];
    let end = at + address.len();
    let mut unopened = address.matches(')').count().saturating_sub(address.matches('(').count());
    loop {
        address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', ']', '}']);
        if unopened == 0 || !address.ends_with(')') {
            break;
        }
        unopened -= 1;
        address = &address[..address.len() - 1];
    }
    match Target::parse(address) {
        Some(_) => Ok((at + address.len(), Item::Link { label: address, address })),
        None => Err(end),
    }
}
