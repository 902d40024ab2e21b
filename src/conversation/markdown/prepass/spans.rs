//! Code spans and formulas within a paragraph.

use super::formulas::Formula;
use super::looks::{is_between_brackets, is_between_dollars, is_between_double_dollars, is_over_blank_lines};
use super::{MAX_FORMULA_BYTES, Prepass, Row, container};
use crate::conversation::markdown::seek::{Needle, Ticks, run};
use std::borrow::Cow;
use std::ops::Range;

/// Indentation, quote signs and list markers before a display formula that begins its line.
const LONGEST_PREFIX: usize = 200;

/// What stands ahead, up to the end of the paragraph.
struct Seek {
    /// Where the paragraph begins in the text; the searches count from there.
    start: usize,
    ticks: Ticks,
    round: Needle,
    square: Needle,
    dollar: Needle,
    dollars: Needle,
    /// The end of brackets that hold words; like their beginning it is an escape, and no formula's.
    escaped: usize,
}

impl<'a> Prepass<'a> {
    /// Copies a stretch of text, its formulas as one character each, and says where it ends: behind `range` where a formula does.
    pub(super) fn spans(&mut self, range: Range<usize>, row: Option<Row>) -> usize {
        let bytes = self.text.as_bytes();
        let mut seek = Seek {
            start: range.start,
            ticks: Ticks::default(),
            round: Needle::new("\\)"),
            square: Needle::new("\\]"),
            dollar: Needle::new("$"),
            dollars: Needle::new("$$"),
            escaped: usize::MAX,
        };
        let mut at = range.start;
        while at < range.end {
            let rest = &bytes[at..range.end];
            let Some(found) = rest.iter().position(|byte| matches!(byte, b'\\' | b'`' | b'$')) else { break };
            self.out.push_str(&self.text[at..at + found]);
            at += found;
            at = match bytes[at] {
                b'`' => self.code_span(at, range.end, &mut seek, row),
                b'$' => self.dollars(at, range.end, &mut seek, row),
                _ => self.backslash(at, range.end, &mut seek, row),
            };
        }
        self.out.push_str(self.text.get(at..range.end).unwrap_or_default());
        at.max(range.end)
    }

    /// Copies a code span, or backticks that open none, and says where it ends. In a row with too many cells its pipes are escaped.
    fn code_span(&mut self, at: usize, end: usize, seek: &mut Seek, row: Option<Row>) -> usize {
        let text = &self.text[seek.start..end];
        let length = run(text, at - seek.start, b'`');
        let close = seek.ticks.next(text, at - seek.start, length).map(|close| seek.start + close + length);
        let end = close.unwrap_or(at + length);
        match close.is_some() && row.is_some_and(|row| row.has_surplus) {
            true => self.out.push_str(&self.text[at..end].replace("\\|", "|").replace('|', "\\|")),
            false => self.out.push_str(&self.text[at..end]),
        }
        end
    }

    /// `\(…\)` and `\[…\]`. Any of the four alone stays as it is, backslash and all.
    fn backslash(&mut self, at: usize, end: usize, seek: &mut Seek, row: Option<Row>) -> usize {
        let text = &self.text[seek.start..end];
        let bracket = self.text.as_bytes()[at + 1..end].first().copied().unwrap_or(b' ');
        let from = at - seek.start + 2;
        let close = match bracket {
            b'(' => seek.round.next(text, from),
            b'[' => seek.square.next(text, from),
            _ => None,
        };
        if let Some(close) = close.map(|close| seek.start + close).filter(|close| close - at <= MAX_FORMULA_BYTES) {
            if is_between_brackets(&self.text[at + 2..close]) {
                return self.formula(at, at + 2..close, close + 2, bracket == b'[');
            }
            seek.escaped = close;
        } else if bracket == b'['
            && row.is_none()
            && let Some(close) = self.far_end(at, 2)
        {
            return self.formula(at, at + 2..close, close + 2, true);
        } else if matches!(bracket, b'(' | b')' | b'[' | b']') && at != seek.escaped {
            self.push_literally(&self.text[at..at + 2]);
            return at + 2;
        }
        let after = if bracket.is_ascii() { (at + 2).min(end) } else { at + 1 };
        self.out.push_str(&self.text[at..after]);
        after
    }

    /// `$$…$$` and `$…$`, where they look like TeX.
    fn dollars(&mut self, at: usize, end: usize, seek: &mut Seek, row: Option<Row>) -> usize {
        let text = &self.text[seek.start..end];
        let length = run(text, at - seek.start, b'$');
        let body = at + length;
        let close = match length {
            1 => single_dollar(text, body - seek.start, &mut seek.dollar),
            2 => seek.dollars.next(text, body - seek.start),
            _ => None,
        };
        let close = close.map(|close| seek.start + close).filter(|close| close - at <= MAX_FORMULA_BYTES);
        match close {
            Some(close) if length == 1 && is_between_dollars(&self.text[..end], body..close, row.is_some()) => {
                return self.formula(at, body..close, close + 1, false);
            }
            Some(close) if length == 2 && is_between_double_dollars(&self.text[body..close]) => {
                return self.formula(at, body..close, close + 2, true);
            }
            None if length == 2 && row.is_none() => {
                if let Some(close) = self.far_end(at, 2) {
                    return self.formula(at, body..close, close + 2, true);
                }
            }
            _ => {}
        }
        self.out.push_str(&self.text[at..body]);
        body
    }

    /// The end of a display formula behind a blank line. It has to begin its line and to end one.
    fn far_end(&mut self, at: usize, delimiter: usize) -> Option<usize> {
        let line = self.line_of(at);
        let begins_line = at - line <= LONGEST_PREFIX && line + container(&self.text[line..]).width == at;
        if self.blank_line_scans == 0 || !begins_line {
            return None;
        }
        let needle = if self.text[at..].starts_with('$') { &mut self.far_dollars } else { &mut self.far_square };
        let close = needle.next(self.text, at + delimiter).filter(|close| close - at <= MAX_FORMULA_BYTES)?;
        let next = self.text[close + 2..].chars().find(|c| *c == '\n' || !c.is_whitespace());
        let ends_line = next.is_none_or(|c| c == '\n');
        let found = ends_line && is_over_blank_lines(&self.text[at + delimiter..close]);
        self.blank_line_scans -= usize::from(!found);
        found.then_some(close)
    }

    /// Where the line begins in which `at` stands. Asked from front to back, each byte is looked at once.
    fn line_of(&mut self, at: usize) -> usize {
        let (line, seen) = self.line;
        let line = self.text.get(seen..at).and_then(|new| new.rfind('\n')).map_or(line, |end| seen + end + 1);
        self.line = (line, at.max(seen));
        line
    }

    /// Puts a formula's character in its place; its source where no character is left.
    fn formula(&mut self, start: usize, body: Range<usize>, end: usize, is_display: bool) -> usize {
        let source = &self.text[start..end];
        let line = self.line_of(start);
        let is_quoted = self.text[line..start].trim_start().starts_with('>');
        let tex = body_of(&self.text[body], is_quoted);
        match self.formulas.add(Formula { source, tex, is_display }) {
            Some(c) => self.out.push(c),
            None => self.push_literally(source),
        }
        end
    }

    /// Copies text so that CommonMark shows every character of it and acts on none. After a line's end, what it stands in stays.
    fn push_literally(&mut self, text: &str) {
        let mut line_begins = false;
        for c in text.chars() {
            line_begins = match c {
                '\n' => true,
                ' ' | '\t' | '>' if line_begins => true,
                _ => {
                    if c.is_ascii_punctuation() {
                        self.out.push('\\');
                    }
                    false
                }
            };
            self.out.push(c);
        }
    }
}

/// The next dollar sign without a backslash.
fn single_dollar(text: &str, from: usize, needle: &mut Needle) -> Option<usize> {
    let mut from = from;
    loop {
        let found = needle.next(text, from)?;
        if !text[..found].ends_with('\\') {
            return Some(found);
        }
        from = found + 1;
    }
}

/// TeX without the indentation and quote signs of what it stands in.
fn body_of(body: &str, is_quoted: bool) -> Cow<'_, str> {
    if !body.contains('\n') {
        return Cow::Borrowed(body.trim());
    }
    let bare = |line: &'_ str| line.trim_start_matches(|c: char| c.is_whitespace() || is_quoted && c == '>').trim_end().to_owned();
    let lines: Vec<String> = body.lines().map(bare).collect();
    Cow::Owned(lines.join("\n").trim().to_owned())
}
