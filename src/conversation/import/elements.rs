//! The values of a JSON text, one at a time: the elements of an array, lines (JSON Lines), or objects one after another.
//!
//! They are cut out by their brackets or line breaks before anything parses them, so that one that is broken inside, or too large,
//! costs only itself, and memory holds one element whatever the file's size.

use std::io::{self, Read};

/// One element's JSON.
pub(super) enum Element {
    /// All of it.
    Whole(Vec<u8>),
    /// Its beginning, for its title; the rest was passed over.
    TooLarge(Vec<u8>),
}

/// Why there are no further elements.
#[derive(Debug)]
pub(super) enum Break {
    /// The text ends inside an element or before the array does.
    Truncated,
    /// Something stands between elements that cannot, at this byte.
    Malformed(u64),
    /// Reading failed.
    Io(io::Error),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Unknown,
    Array,
    /// Objects, until the first shows whether they are lines.
    Sequence,
    /// One a line, also such as are cut short or no JSON at all.
    Lines,
    Ended,
}

/// Cuts a JSON text into elements.
pub(super) struct Elements<R> {
    reader: R,
    chunk: Box<[u8]>,
    at: usize,
    end: usize,
    /// Bytes of the text before `chunk`.
    passed: u64,
    largest: usize,
    frame: Frame,
    began: bool,
    /// Looking at the first object of a sequence.
    first: bool,
}

impl<R: Read> Elements<R> {
    pub(super) fn new(reader: R, largest: usize) -> Self {
        let chunk = vec![0; 64 << 10].into_boxed_slice();
        Elements { reader, chunk, at: 0, end: 0, passed: 0, largest, frame: Frame::Unknown, began: false, first: true }
    }

    /// Whether the text is an array.
    pub(super) fn is_array(&self) -> bool {
        self.frame == Frame::Array || (self.frame == Frame::Ended && self.began)
    }

    /// Whether the text is JSON Lines, or so little JSON that its lines are looked at.
    pub(super) fn is_lines(&self) -> bool {
        self.frame == Frame::Lines
    }

    /// Whether an array or object began at all.
    pub(super) fn began(&self) -> bool {
        self.began
    }

    /// The next element.
    pub(super) fn next(&mut self) -> Result<Option<Element>, Break> {
        if self.frame == Frame::Unknown {
            self.open()?;
        }
        match self.frame {
            Frame::Ended => return Ok(None),
            Frame::Lines => return self.line(),
            _ => {}
        }
        match self.skip_to(|byte| !byte.is_ascii_whitespace() && byte != b',')? {
            None if self.frame == Frame::Array => Err(Break::Truncated),
            None => Ok(None),
            Some(b']') if self.frame == Frame::Array => {
                self.at += 1;
                self.frame = Frame::Ended;
                match self.skip_to(|byte| !byte.is_ascii_whitespace())? {
                    None => Ok(None),
                    Some(_) => Err(Break::Malformed(self.place())),
                }
            }
            Some(b'{' | b'[') => self.bracketed().map(Some),
            Some(b']' | b'}' | b':') => Err(Break::Malformed(self.place())),
            Some(_) if self.frame == Frame::Sequence => Err(Break::Malformed(self.place())),
            Some(_) => self.scalar().map(Some),
        }
    }

    fn open(&mut self) -> Result<(), Break> {
        // The bytes of the byte order mark, which a read may split.
        const MARK: [u8; 3] = *b"\xef\xbb\xbf";
        self.frame = match self.skip_to(|byte| !byte.is_ascii_whitespace() && !MARK.contains(&byte))? {
            Some(b'[') => {
                self.at += 1;
                Frame::Array
            }
            Some(b'{') => Frame::Sequence,
            Some(_) if is_binary(&self.chunk[..self.end]) => return Err(Break::Malformed(self.place())),
            Some(_) => Frame::Lines,
            None => return Err(Break::Truncated),
        };
        self.began = self.frame != Frame::Lines;
        Ok(())
    }

    /// An object or array, by counting brackets outside strings. The first object of a sequence tells how the others follow.
    fn bracketed(&mut self) -> Result<Element, Break> {
        let mut kept = Vec::new();
        let (mut level, mut quoted, mut escaped) = (0_u64, false, false);
        let mut overflowed = false;
        let tells = std::mem::take(&mut self.first) && self.frame == Frame::Sequence;
        let mut one_line = true;
        loop {
            let rest = &self.chunk[self.at..self.end];
            let mut taken = rest.len();
            let mut closed = false;
            for (place, &byte) in rest.iter().enumerate() {
                if byte == b'\n' {
                    one_line = false;
                    // No string goes on in the next line: this one was cut short.
                    if quoted && tells {
                        (taken, closed, self.frame) = (place + 1, true, Frame::Lines);
                        break;
                    }
                }
                if escaped {
                    escaped = false;
                } else if quoted {
                    match byte {
                        b'\\' => escaped = true,
                        b'"' => quoted = false,
                        _ => {}
                    }
                } else {
                    match byte {
                        b'"' => quoted = true,
                        b'{' | b'[' => level += 1,
                        b'}' | b']' => level -= 1,
                        _ => {}
                    }
                    if level == 0 {
                        (taken, closed) = (place + 1, true);
                        break;
                    }
                }
            }
            keep(&mut kept, &rest[..taken], self.largest, &mut overflowed);
            self.at += taken;
            if closed {
                if tells && one_line && matches!(self.skip_to(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))?, None | Some(b'\n')) {
                    self.frame = Frame::Lines;
                }
                return Ok(if overflowed { Element::TooLarge(kept) } else { Element::Whole(kept) });
            }
            if !self.fill().map_err(Break::Io)? {
                return Err(Break::Truncated);
            }
        }
    }

    /// The next line that is not blank, whatever it holds.
    fn line(&mut self) -> Result<Option<Element>, Break> {
        if self.skip_to(|byte| !byte.is_ascii_whitespace())?.is_none() {
            return Ok(None);
        }
        let (mut kept, mut overflowed) = (Vec::new(), false);
        loop {
            let rest = &self.chunk[self.at..self.end];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(rest.len());
            keep(&mut kept, &rest[..taken], self.largest, &mut overflowed);
            self.at += taken;
            if end.is_some() || !self.fill().map_err(Break::Io)? {
                kept.truncate(kept.trim_ascii_end().len());
                return Ok(Some(if overflowed { Element::TooLarge(kept) } else { Element::Whole(kept) }));
            }
        }
    }

    /// A number, string or word among the elements: no conversation, but no reason to stop either.
    fn scalar(&mut self) -> Result<Element, Break> {
        let mut kept = Vec::new();
        let (mut quoted, mut escaped, mut overflowed) = (false, false, false);
        while let Some(byte) = self.skip_to(|_| true)? {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b',' | b']' if !quoted => return Ok(if overflowed { Element::TooLarge(kept) } else { Element::Whole(kept) }),
                _ => {}
            }
            keep(&mut kept, &[byte], self.largest, &mut overflowed);
            self.at += 1;
        }
        Err(Break::Truncated)
    }

    /// Moves to the next byte that `is`, and looks at it.
    fn skip_to(&mut self, is: impl Fn(u8) -> bool) -> Result<Option<u8>, Break> {
        loop {
            if let Some(place) = self.chunk[self.at..self.end].iter().position(|byte| is(*byte)) {
                self.at += place;
                return Ok(Some(self.chunk[self.at]));
            }
            self.at = self.end;
            if !self.fill().map_err(Break::Io)? {
                return Ok(None);
            }
        }
    }

    /// Reads the next chunk once the last is used up; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at < self.end {
            return Ok(true);
        }
        self.passed += self.end as u64;
        (self.at, self.end) = (0, 0);
        loop {
            match self.reader.read(&mut self.chunk) {
                Ok(read) => {
                    self.end = read;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn place(&self) -> u64 {
        self.passed + self.at as u64
    }
}

/// Whether the beginning of a file is no text.
pub(super) fn is_binary(beginning: &[u8]) -> bool {
    // A character may be cut where the beginning ends.
    let is_text = std::str::from_utf8(beginning).map_or_else(|error| error.error_len().is_none(), |_| true);
    !is_text || beginning.contains(&0)
}

/// Keeps up to `largest` bytes; of what grows beyond, only a beginning.
fn keep(kept: &mut Vec<u8>, bytes: &[u8], largest: usize, overflowed: &mut bool) {
    const BEGINNING: usize = 4 << 10;
    const LARGE: usize = 8 << 20;
    if *overflowed {
        return;
    }
    // Doubling leaves the half, the quarter, … behind it, which the allocator keeps for a while; what nobody has written to is free.
    if kept.len() > LARGE && kept.capacity() <= largest {
        kept.reserve_exact(largest.saturating_sub(kept.len()) + bytes.len());
    }
    kept.extend_from_slice(bytes);
    if kept.len() > largest {
        *overflowed = true;
        kept.truncate(BEGINNING);
        kept.shrink_to_fit();
    }
}

/// The title of an element that cannot be parsed: the first string under `title` or `name` near its beginning.
pub(super) fn title(element: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&element[..element.len().min(4 << 10)]);
    ["\"title\"", "\"name\""].iter().find_map(|key| {
        let rest = start.split_once(key)?.1.trim_start().strip_prefix(':')?.trim_start();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        values.next()?.ok().map(|title| super::text::one_line(&title))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte a read, so that every state is met across a boundary.
    struct Drops<'a>(&'a [u8]);
    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            (buffer[0], self.0) = (*first, rest);
            Ok(1)
        }
    }

    fn cut(text: &str) -> String {
        let mut elements = Elements::new(Drops(text.as_bytes()), 20);
        let mut seen = Vec::new();
        loop {
            match elements.next() {
                Ok(Some(Element::Whole(bytes))) => seen.push(String::from_utf8(bytes).unwrap()),
                Ok(Some(Element::TooLarge(_))) => seen.push("large".to_owned()),
                Ok(None) => break,
                Err(why) => {
                    seen.push(format!("{why:?}"));
                    break;
                }
            }
        }
        seen.join(" ")
    }

    #[test]
    fn elements_of_an_array_and_of_a_sequence() {
        assert_eq!(cut("\n [ {\"a\":\"]}\\\"\"} ,[1,2], 3,\"x,]\"] \n"), "{\"a\":\"]}\\\"\"} [1,2] 3 \"x,]\"");
        assert_eq!(cut("{\"a\":1}\n{\"b\":2}\r\n\n{}"), "{\"a\":1} {\"b\":2} {}");
        assert_eq!(cut("\u{feff}[]"), "");
    }

    #[test]
    fn lines_hold_whatever_they_hold() {
        assert_eq!(cut("{\"a\":1}\n\n \n{\"b\":\n42\n\"x y\"\r\n{}]\n{\"c\":"), "{\"a\":1} {\"b\": 42 \"x y\" {}] {\"c\":");
        assert_eq!(cut("{\"a\":\"cut sh\n{}\n{}"), "{\"a\":\"cut sh\n {} {}");
        assert_eq!(cut("{}\n{\"a\":\"aaaaaaaaaaaaaaaaaaaaa\"}\n{}"), "{} large {}");
        assert_eq!(cut("hello\n\n{}"), "hello {}");
        // Laid out for people, or one behind the other.
        assert_eq!(cut("{\n\"a\":1\n}\n{}"), "{\n\"a\":1\n} {}");
        assert_eq!(cut("{} {}\n[1\n]"), "{} {} [1\n]");
    }

    #[test]
    fn a_broken_or_large_element_costs_only_itself() {
        assert_eq!(cut("[{nonsense},{\"a\":\"aaaaaaaaaaaaaaaaaaaaa\"},{}]"), "{nonsense} large {}");
    }

    #[test]
    fn the_end_is_where_the_text_says() {
        assert_eq!(cut("[{},{\"a\":"), "{} Truncated");
        assert_eq!(cut("[{}"), "{} Truncated");
        assert_eq!(cut("[{},"), "{} Truncated");
        assert_eq!(cut("[{}]x"), "{} Malformed(4)");
        assert_eq!(cut("[{}}"), "{} Malformed(3)");
        assert_eq!(cut("{}]"), "{} Malformed(2)");
        assert_eq!(cut("\0"), "Malformed(0)");
        assert_eq!(cut(""), "Truncated");
    }

    #[test]
    fn the_title_of_what_cannot_be_parsed() {
        assert_eq!(title(br#"{"id":1, "title" : "A \"b\"", "x": {"title": "no"}"#), Some("A \"b\"".to_owned()));
        assert_eq!(title(br#"{"name":"Claude's","chat"#), Some("Claude's".to_owned()));
        assert_eq!(title(br#"{"title":null}"#), None);
        assert_eq!(title(b"\xff"), None);
    }
}
