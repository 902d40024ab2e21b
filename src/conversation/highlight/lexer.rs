//! Colours for the languages we know, in one pass from left to right: comments, strings, numbers, words. It does not parse; where a
//! language is subtler than [`Dialect`] says, a word has the wrong colour, and nothing else is wrong.

use super::class::Class;
use super::dialect::{Dialect, Quote};
use super::spans::Spans;
use std::collections::HashMap;

/// A longer stretch between slashes is no regular expression.
const MAX_REGEX_BYTES: usize = 200;
const LONGEST_WORD: usize = 24;

/// Appends code in spans.
pub(super) fn push_spans(out: &mut String, code: &str, (dialect, words): (&Dialect, &HashMap<&'static str, Class>)) {
    let mut lexer = Lexer {
        spans: Spans::new(out, code),
        code,
        bytes: code.as_bytes(),
        dialect,
        words,
        at: 0,
        said: 0,
        line_begins: true,
        unclosed: vec![0; dialect.quotes.len()],
        ends_operand: false,
        templates: Vec::new(),
    };
    if let Some(class_of) = dialect.habits.lines {
        lexer.lines(class_of);
    }
    while lexer.at < code.len() {
        lexer.token();
    }
    lexer.spans.finish();
}

struct Lexer<'a> {
    spans: Spans<'a>,
    code: &'a str,
    bytes: &'a [u8],
    dialect: &'a Dialect,
    words: &'a HashMap<&'static str, Class>,
    /// Where we are, and up to where the spans know.
    at: usize,
    said: usize,
    /// Nothing but white space stands before us in the line.
    line_begins: bool,
    /// For each quote, up to where it is known to open nothing. Without that, a line of escaped quotes would be read once for each.
    unclosed: Vec<usize>,
    /// What stands before us ends an operand, so that a slash divides.
    ends_operand: bool,
    /// The strings whose inner code we are in, and the braces open there.
    templates: Vec<(&'a Quote, usize)>,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b'\n' => {
                self.at += 1;
                self.line_begins = true;
                return;
            }
            b' ' | b'\t' | b'\r' => {
                self.at += 1;
                return;
            }
            _ => {}
        }
        let line_begins = std::mem::take(&mut self.line_begins);
        if !(self.comment() || self.special(byte, line_begins) || self.string()) {
            match byte {
                b'0'..=b'9' => self.number(),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.word(line_begins),
                _ => self.punctuation(byte),
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.code[self.at..]
    }

    /// Colours up to `end` and goes there.
    fn say(&mut self, end: usize, class: Class) {
        self.spans.add(self.said, self.at, None);
        self.spans.add(self.at, end, Some(class));
        self.at = end;
        self.said = end;
    }

    fn end_of_line(&self) -> usize {
        self.rest().find('\n').map_or(self.code.len(), |length| self.at + length)
    }

    fn comment(&mut self) -> bool {
        let rest = self.rest();
        if let Some((open, close)) = self.dialect.block_comment.filter(|(open, _)| rest.starts_with(open)) {
            let end = self.end_of_block_comment(self.at + open.len(), open, close);
            self.say(end, Class::Comment);
            return true;
        }
        let needs_space = self.dialect.habits.shell && self.at > 0 && !self.bytes[self.at - 1].is_ascii_whitespace();
        let is_comment = !needs_space && self.dialect.line_comments.iter().any(|mark| rest.starts_with(mark));
        if is_comment {
            self.say(self.end_of_line(), Class::Comment);
        }
        is_comment
    }

    fn end_of_block_comment(&self, start: usize, open: &str, close: &str) -> usize {
        let mut end = start;
        let mut depth = 1;
        // Sought once for all that opens before it.
        let mut closing = None;
        while depth > 0 {
            let next = closing.filter(|&next| next >= end).or_else(|| self.code[end..].find(close).map(|length| end + length));
            let Some(next) = next else { return self.code.len() };
            closing = Some(next);
            match self.code[end..next].find(open).filter(|_| self.dialect.nested_comments) {
                Some(opening) => {
                    depth += 1;
                    end += opening + open.len();
                }
                None => {
                    depth -= 1;
                    end = next + close.len();
                }
            }
        }
        end
    }

    /// What only some languages have.
    fn special(&mut self, byte: u8, line_begins: bool) -> bool {
        let habits = self.dialect.habits;
        let end = match byte {
            b'#' if habits.preprocessor && line_begins => return self.preprocessor(),
            b'#' if habits.rust && (self.rest().starts_with("#[") || self.rest().starts_with("#![")) => {
                (self.bracketed(self.at + self.rest().find('[').unwrap_or(0)), Class::Meta)
            }
            b'\'' if habits.rust => self.quote_of_rust(),
            b'r' | b'b' if habits.rust => match self.raw_string() {
                Some(end) => (end, Class::String),
                None => return false,
            },
            b'@' if habits.annotations => (self.end_of_word(self.at + 1), Class::Meta),
            b'/' if habits.ecma && !self.ends_operand => match self.regex() {
                Some(end) => (end, Class::String),
                None => return false,
            },
            b'<' if habits.ecma && (!self.ends_operand || self.rest().starts_with("</")) => return self.tag(),
            b'<' if habits.markup => return self.markup(),
            b'$' if habits.shell || habits.dollar_words => match self.variable() {
                Some(end) => (end, Class::Attribute),
                None => return false,
            },
            b'[' if habits.sections && line_begins => (self.end_of_line(), Class::Heading),
            _ => return false,
        };
        self.ends_operand = true;
        self.say(end.0.max(self.at + 1), end.1);
        true
    }

    /// `#include <x>`: the directive is ours, the rest of the line is code.
    fn preprocessor(&mut self) -> bool {
        let word = self.at + 1 + self.bytes[self.at + 1..].iter().take_while(|&&byte| byte == b' ').count();
        self.say(self.end_of_word(word), Class::Meta);
        if self.code[..self.at].ends_with("include") && self.rest().trim_start_matches(' ').starts_with('<') {
            self.say(self.end_of_line(), Class::String);
        }
        true
    }

    fn bracketed(&self, open: usize) -> usize {
        let mut depth = 0;
        let close = self.bytes[open..].iter().position(|byte| {
            depth += i32::from(*byte == b'[') - i32::from(*byte == b']');
            depth == 0 || *byte == b'\n'
        });
        close.map_or(self.code.len(), |length| open + length + 1)
    }

    /// `'a'` is a character, `'a` a lifetime.
    fn quote_of_rust(&self) -> (usize, Class) {
        let after = &self.bytes[self.at + 1..];
        if after.first() == Some(&b'\\') {
            let close = after.iter().take(12).skip(2).position(|&byte| byte == b'\'');
            return (self.at + close.map_or(1, |close| close + 4), Class::String);
        }
        let width = self.code[self.at + 1..].chars().next().map_or(0, char::len_utf8);
        if after.get(width) == Some(&b'\'') {
            (self.at + width + 2, Class::String)
        } else {
            (self.end_of_word(self.at + 1), Class::Attribute)
        }
    }

    /// `r"…"`, `r##"…"##`, and with a `b` before.
    fn raw_string(&self) -> Option<usize> {
        let rest = self.rest();
        let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
        let hashes = after.bytes().take_while(|&byte| byte == b'#').count();
        after[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let start = self.at + (rest.len() - after.len()) + hashes + 1;
        Some(self.code[start..].find(&close).map_or(self.code.len(), |length| start + length + close.len()))
    }

    fn regex(&self) -> Option<usize> {
        let (mut in_class, mut escaped) = (false, false);
        for (offset, &byte) in self.bytes[self.at..].iter().enumerate().take(MAX_REGEX_BYTES).skip(1) {
            match byte {
                b'\n' => return None,
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return (offset > 1).then(|| self.end_of_word(self.at + offset + 1)),
                _ => {}
            }
        }
        None
    }

    /// The name after `<` or `</`, where an expression could begin.
    fn tag(&mut self) -> bool {
        let name = self.at + if self.rest().starts_with("</") { 2 } else { 1 };
        if !self.bytes.get(name).is_some_and(u8::is_ascii_alphabetic) {
            return false;
        }
        self.at = name;
        self.say(self.end_of_word(name), Class::Keyword);
        true
    }

    /// `$word`, `${…}`, `$1`, `$?`
    fn variable(&self) -> Option<usize> {
        let start = self.at + 1;
        match *self.bytes.get(start)? {
            b'{' => {
                let length = self.bytes[start..].iter().position(|&byte| byte == b'}' || byte == b'\n')?;
                Some(start + length + 1)
            }
            b'?' | b'#' | b'@' | b'*' | b'!' | b'0'..=b'9' => Some(start + 1),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Some(self.end_of_word(start)),
            _ => None,
        }
    }

    fn string(&mut self) -> bool {
        let rest = self.rest();
        let Some(index) = self.dialect.quotes.iter().position(|quote| rest.starts_with(quote.open)) else { return false };
        let quote = &self.dialect.quotes[index];
        if self.at < self.unclosed[index] {
            return false;
        }
        let Some((end, is_open)) = self.end_of_string(quote, self.at + quote.open.len()) else {
            self.unclosed[index] = self.end_of_line();
            return false;
        };
        let is_key =
            self.dialect.habits.keys.is_some_and(|mark| self.code[end..].trim_start_matches(' ').as_bytes().first() == Some(&mark));
        self.say(end, if is_key { Class::Attribute } else { Class::String });
        self.ends_operand = !is_open;
        if is_open {
            self.templates.push((quote, 0));
        }
        true
    }

    /// Where a string ends, and whether it ends in code of its own; nothing where a quote opens no string.
    fn end_of_string(&self, quote: &Quote, start: usize) -> Option<(usize, bool)> {
        let mut at = start;
        while at < self.code.len() {
            match self.bytes[at] {
                b'\\' if quote.escapes => at += 1,
                b'\n' if !quote.spans_lines => return None,
                b'$' if quote.holds_code && self.bytes.get(at + 1) == Some(&b'{') => return Some((at + 2, true)),
                byte if byte == quote.close.as_bytes()[0] && self.bytes[at..].starts_with(quote.close.as_bytes()) => {
                    return Some((at + quote.close.len(), false));
                }
                _ => {}
            }
            at += 1;
        }
        quote.spans_lines.then_some((self.code.len(), false))
    }

    fn number(&mut self) {
        let mut end = self.at;
        while let Some(&byte) = self.bytes.get(end) {
            let next_is_digit = self.bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            let is_exponent =
                matches!(byte, b'+' | b'-') && matches!(self.bytes[end - 1], b'e' | b'E') && !self.rest().starts_with("0x");
            if !(byte.is_ascii_alphanumeric() || byte == b'_' || (byte == b'.' || is_exponent) && next_is_digit) {
                break;
            }
            end += 1;
        }
        self.say(end, Class::Number);
        self.ends_operand = true;
    }

    fn end_of_word(&self, start: usize) -> usize {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        start + self.bytes[start..].iter().take_while(|byte| is_word(byte)).count()
    }

    fn word(&mut self, line_begins: bool) {
        let mut end = self.end_of_word(self.at);
        // Words of shells and keys of data go on after a hyphen or a dot.
        let (shell, keys) = (self.dialect.habits.shell, self.dialect.habits.keys);
        if self.dialect.habits.hyphens {
            end += self.bytes[end..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-?!*_".contains(byte)).count();
        }
        while (shell || keys.is_some()) && matches!(self.bytes.get(end), Some(b'-' | b'.')) {
            let next = self.end_of_word(end + 1);
            if next == end + 1 {
                break;
            }
            end = next;
        }
        let word = &self.code[self.at..end];
        self.ends_operand = true;
        let class = self.class(word, end, line_begins);
        match class {
            Some(class) => {
                // After `return` or `case` comes an operand, after `this` or `super` a call.
                self.ends_operand = class != Class::Keyword || matches!(word, "this" | "super" | "self");
                self.say(end, class);
            }
            None => self.at = end,
        }
    }

    fn class(&self, word: &str, end: usize, line_begins: bool) -> Option<Class> {
        let habits = self.dialect.habits;
        let next = self.bytes.get(end).copied();
        let follows = |mark: u8| self.code[end..].trim_start_matches(' ').as_bytes().first() == Some(&mark);
        if habits.keys.is_some_and(follows) && (line_begins || self.code[..self.at].ends_with(['{', ' ', ','])) {
            return Some(Class::Attribute);
        }
        let after_dot = self.at > 0 && self.bytes[self.at - 1] == b'.';
        if word.len() <= LONGEST_WORD && !after_dot {
            let known = if habits.ignores_case { self.words.get(word.to_ascii_lowercase().as_str()) } else { self.words.get(word) };
            if let Some(&class) = known {
                return Some(class);
            }
        }
        if habits.rust && next == Some(b'!') && self.bytes.get(end + 1) != Some(&b'=') || habits.calls && next == Some(b'(') {
            return Some(Class::Function);
        }
        let capital = habits.capital_types && word.as_bytes()[0].is_ascii_uppercase();
        match capital {
            true if word.len() > 1 && !word.bytes().any(|byte| byte.is_ascii_lowercase()) => Some(Class::Number),
            true => Some(Class::Type),
            false => None,
        }
    }

    /// A byte of no colour. Braces count inside templates, whose string goes on after the last.
    fn punctuation(&mut self, byte: u8) {
        self.at += 1;
        self.ends_operand = matches!(byte, b')' | b']' | b'}');
        match (self.templates.last_mut(), byte) {
            (Some((_, braces)), b'{') => *braces += 1,
            (Some((_, braces)), b'}') if *braces > 0 => *braces -= 1,
            (Some(&mut (quote, _)), b'}') => {
                self.templates.pop();
                self.at -= 1;
                let (end, is_open) = self.end_of_string(quote, self.at + 1).unwrap_or((self.at + 1, false));
                self.say(end, Class::String);
                self.ends_operand = !is_open;
                if is_open {
                    self.templates.push((quote, 0));
                }
            }
            _ => {}
        }
    }

    fn lines(&mut self, class_of: fn(&str) -> Option<Class>) {
        for line in self.code.split_inclusive('\n') {
            let end = self.at + line.len();
            match class_of(line) {
                Some(class) => self.say(end, class),
                None => self.at = end,
            }
        }
    }

    /// `<name attribute="value">`, and after `<script>` and `<style>` the code up to their end.
    fn markup(&mut self) -> bool {
        let start = self.at + if self.rest().starts_with("</") || self.rest().starts_with("<!") { 2 } else { 1 };
        let name_end = self.end_of_name(start);
        if name_end == start {
            return false;
        }
        let name = &self.code[start..name_end];
        self.at = start;
        self.say(name_end, Class::Keyword);
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'>' | b'<' => break,
                b'"' | b'\'' => {
                    let length = self.code[self.at + 1..].find(char::from(byte));
                    self.say(length.map_or(self.code.len(), |length| self.at + length + 2), Class::String);
                }
                _ => match self.end_of_name(self.at) {
                    end if end > self.at => self.say(end, Class::Attribute),
                    _ => self.at += 1,
                },
            }
        }
        let inner = match name {
            _ if self.code[..start].ends_with('/') => None,
            "script" => Dialect::of("JavaScript"),
            "style" => Dialect::of("CSS"),
            _ => None,
        };
        if let Some((dialect, words)) = inner {
            self.inner_code(&format!("</{name}"), dialect, words);
        }
        true
    }

    fn end_of_name(&self, start: usize) -> usize {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'@' | b'.') || *byte >= 0x80;
        start + self.bytes[start..].iter().take_while(|byte| is_name(byte)).count()
    }

    /// Another language up to `close`.
    fn inner_code(&mut self, close: &str, dialect: &'a Dialect, words: &'a HashMap<&'static str, Class>) {
        let outer = (self.code, self.bytes, self.dialect, self.words);
        let end = self.rest().find(close).map_or(self.code.len(), |length| self.at + length);
        (self.code, self.bytes, self.dialect, self.words) = (&outer.0[..end], &outer.1[..end], dialect, words);
        self.unclosed = vec![0; dialect.quotes.len()];
        while self.at < end {
            self.token();
        }
        (self.code, self.bytes, self.dialect, self.words) = outer;
        self.unclosed.clear();
        self.templates.clear();
    }
}
