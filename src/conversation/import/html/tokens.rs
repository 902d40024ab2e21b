//! HTML cut into words and tags, as leniently as browsers do it.

use crate::conversation::import::entities::unescape;

/// A piece of HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Words, without their escapes.
    Text(String),
    /// The element's name in small letters, and what stands behind it in the tag.
    Open(String, &'a str),
    Close(String),
}

/// The pieces of a text, one at a time.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Tokens { rest: html }
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest;
            if rest.is_empty() {
                return None;
            }
            let Some(tag) = rest.strip_prefix('<') else {
                let end = rest.find('<').unwrap_or(rest.len());
                self.rest = &rest[end..];
                return Some(Token::Text(unescape(&rest[..end])));
            };
            let (is_close, named) = tag.strip_prefix('/').map_or((false, tag), |named| (true, named));
            if named.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let name = &named[..named.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(named.len())];
                let behind = &named[name.len()..];
                let end = tag_end(behind);
                self.rest = behind.get(end + 1..).unwrap_or_default();
                let name = name.to_ascii_lowercase();
                return Some(if is_close { Token::Close(name) } else { Token::Open(name, &behind[..end]) });
            }
            let skipped = if let Some(comment) = tag.strip_prefix("!--") {
                comment.split_once("-->").map_or("", |(_, after)| after)
            } else if is_close || tag.starts_with(['!', '?']) {
                tag.split_once('>').map_or("", |(_, after)| after)
            } else {
                self.rest = tag;
                return Some(Token::Text("<".to_owned()));
            };
            self.rest = skipped;
        }
    }

    /// What stands before the end tag of the element that was just opened, which is passed.
    pub(super) fn inside(&mut self, name: &str) -> String {
        let bytes = self.rest.as_bytes();
        let is_end = |at: usize| {
            let tag = &bytes[at + 2..];
            tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
                && !tag.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        };
        let end = self.rest.match_indices("</").map(|(at, _)| at).find(|at| is_end(*at));
        let inside = self.rest[..end.unwrap_or(self.rest.len())].to_owned();
        self.rest = end.map_or("", |end| self.rest[end..].split_once('>').map_or("", |(_, after)| after));
        inside
    }
}

/// Where the tag ends; a `>` in quotes belongs to it.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            // Elsewhere than behind `=` it is a letter of a name.
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (None, b'>') => return at,
            (None, _) => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    tag.len()
}

/// An attribute's value, without its escapes.
pub(super) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        // The first character belongs to the name whatever it is, so that the loop ends.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end =
            rest[first..].find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/')).map_or(rest.len(), |end| first + end);
        let (key, behind) = rest.split_at(end);
        let Some(value) = behind.trim_start().strip_prefix('=').map(str::trim_start) else {
            rest = behind;
            continue;
        };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(unescape(value));
        }
        rest = after;
    }
}
