//! Messages that hold the messages that answer them, written flat: LibreChat nests as deep as a conversation is long, deeper than any
//! parser should follow what comes from outside.

use std::ops::Range;

/// Messages within messages; longer conversations are refused anyway.
const DEPTH: usize = 10_000;
/// Messages of one conversation, on all its branches.
const MESSAGES: usize = 100_000;

/// The same document with every message in the list of the first ones, behind the one it answers; `None` where none is nested. One
/// pass that remembers where things stand and moves nothing, so that hostile nesting costs no more than length.
pub(super) fn flat(json: &[u8]) -> Option<Vec<u8>> {
    let mut pass = Pass { json, level: 0, open: vec![], elements: vec![Element::default()], pieces: vec![] };
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        at = if byte == b'"' { pass.string(at)? } else { pass.sign(byte, at)? };
    }
    let rest = pass.open.first().filter(|_| pass.open.len() == 1)?;
    pass.pieces.push((rest.element, rest.since..json.len()));
    pass.elements.iter().any(|element| element.answers.is_some()).then(|| pass.written())
}

/// What is written together: the document as far as a list of messages, one message, and the document behind the list.
#[derive(Default)]
struct Element {
    is_message: bool,
    /// The message that it stood in.
    answers: Option<usize>,
    /// The value of its `messageId`, in its quotes.
    id: Option<Range<usize>>,
    /// It says itself what it answers.
    names_parent: bool,
}

/// An object whose keys are looked at: the document, or a message.
struct Open {
    element: usize,
    level: usize,
    /// Where the piece begins that is not yet kept.
    since: usize,
    /// The last string, and the key that it was if a colon followed.
    string: Range<usize>,
    key: Option<Range<usize>>,
    /// In its list of messages, where only objects are kept.
    in_list: bool,
}

struct Pass<'a> {
    json: &'a [u8],
    level: usize,
    open: Vec<Open>,
    elements: Vec<Element>,
    /// In the order of the text; of the elements they belong to, in the order in which those are written.
    pieces: Vec<(usize, Range<usize>)>,
}

impl Pass<'_> {
    /// Passes a string.
    fn string(&mut self, start: usize) -> Option<usize> {
        let mut end = start + 1;
        while *self.json.get(end)? != b'"' {
            end += if self.json[end] == b'\\' { 2 } else { 1 };
        }
        let level = self.level;
        if let Some(open) = self.open.last_mut().filter(|open| open.level == level && !open.in_list) {
            let element = &mut self.elements[open.element];
            match open.key.take().map(|key| &self.json[key]) {
                Some(br#""messageId""#) => element.id = Some(start..end + 1),
                Some(br#""parentMessageId""#) => element.names_parent = true,
                _ => open.string = start..end + 1,
            }
        }
        Some(end + 1)
    }

    /// Passes any other byte; nothing where there is too much of everything.
    fn sign(&mut self, byte: u8, at: usize) -> Option<usize> {
        match byte {
            b'{' => self.object(at)?,
            b'[' => self.list(at),
            b'}' => self.end_object(at),
            b']' => self.end_list(at),
            b':' | b',' => {
                let level = self.level;
                if let Some(open) = self.open.last_mut().filter(|open| open.level == level) {
                    open.key = (byte == b':').then(|| open.string.clone());
                }
            }
            _ => {}
        }
        Some(at + 1)
    }

    fn object(&mut self, at: usize) -> Option<()> {
        let above = self.open.last().filter(|open| open.in_list && open.level + 1 == self.level).map(|open| open.element);
        self.level += 1;
        let element = match above {
            None if self.level == 1 && self.open.is_empty() => 0,
            None => return Some(()),
            Some(above) => {
                let answers = Some(above).filter(|above| self.elements[*above].is_message);
                self.elements.push(Element { is_message: true, answers, ..Element::default() });
                self.elements.len() - 1
            }
        };
        self.open.push(Open { element, level: self.level, since: at, string: 0..0, key: None, in_list: false });
        (self.open.len() <= DEPTH && self.elements.len() <= MESSAGES).then_some(())
    }

    fn list(&mut self, at: usize) {
        let holds_objects = self.json[at + 1..].trim_ascii_start().starts_with(b"{");
        let level = self.level;
        if let Some(open) = self.open.last_mut().filter(|open| holds_objects && open.level == level && !open.in_list) {
            let key = open.key.clone().map(|key| &self.json[key]);
            open.in_list = match key {
                Some(br#""children""#) => self.elements[open.element].is_message,
                Some(br#""messages""# | br#""messagesTree""#) => !self.elements[open.element].is_message,
                _ => false,
            };
            if open.in_list {
                self.pieces.push((open.element, open.since..at + 1));
            }
        }
        self.level += 1;
    }

    fn end_list(&mut self, at: usize) {
        self.level = self.level.saturating_sub(1);
        let level = self.level;
        let Some(open) = self.open.last_mut().filter(|open| open.in_list && open.level == level) else { return };
        (open.in_list, open.since) = (false, at);
        if !self.elements[open.element].is_message {
            // The document goes on behind the messages.
            open.element = self.elements.len();
            self.elements.push(Element::default());
        }
    }

    fn end_object(&mut self, at: usize) {
        let level = self.level;
        self.level = self.level.saturating_sub(1);
        if let Some(open) = self.open.pop_if(|open| open.level == level && !open.in_list && self.elements[open.element].is_message)
        {
            self.pieces.push((open.element, open.since..at));
        }
    }

    fn written(mut self) -> Vec<u8> {
        self.pieces.sort_by_key(|(element, _)| *element);
        let mut flat = Vec::with_capacity(self.json.len() + self.json.len() / 8);
        for pieces in self.pieces.chunk_by(|one, other| one.0 == other.0) {
            let Some((at, _)) = pieces.first() else { continue };
            let element = &self.elements[*at];
            let is_first = !element.is_message || !self.elements[*at - 1].is_message;
            flat.extend_from_slice(if is_first { b"" } else { b"," });
            pieces.iter().for_each(|(_, piece)| flat.extend_from_slice(&self.json[piece.clone()]));
            if element.is_message {
                self.end(element, &mut flat);
            }
        }
        flat
    }

    /// Ends a message, behind what its place told of it.
    fn end(&self, element: &Element, flat: &mut Vec<u8>) {
        let above = element.answers.and_then(|above| self.elements[above].id.clone()).filter(|_| !element.names_parent);
        if let Some(id) = above {
            flat.extend_from_slice(if flat.trim_ascii_end().ends_with(b"{") { b"" } else { b"," });
            flat.extend_from_slice(br#""parentMessageId":"#);
            flat.extend_from_slice(&self.json[id]);
        }
        flat.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::{Duration, Instant};

    fn written(json: &str) -> Option<Value> {
        Some(serde_json::from_slice(&flat(json.as_bytes())?).unwrap())
    }

    #[test]
    fn nested_messages_stand_behind_the_one_they_answer() {
        let nested = r#"{ "conversationId":"c", "children": [{"x":1}], "messagesTree" : [
            { "text": "\"children\":[{", "children": [ {"messageId":"b","parentMessageId":null,"children":[{"messageId":"d"} , {}]},
              {"children":[],"messageId":"c","parentMessageId":"z"} ], "messageId":"a", "content": [{"children":[{"y":2}]}] },
            {"messageId":"e","children":["f"]} ], "title":"T" }"#;
        let expected = json!({ "conversationId": "c", "children": [{ "x": 1 }], "title": "T", "messagesTree": [
            { "messageId": "a", "text": "\"children\":[{", "children": [], "content": [{ "children": [{ "y": 2 }] }] },
            { "messageId": "b", "parentMessageId": "a", "children": [] },
            { "messageId": "d", "parentMessageId": "b" },
            { "parentMessageId": "b" },
            { "messageId": "c", "parentMessageId": "z", "children": [] },
            { "messageId": "e", "children": ["f"] },
        ]});
        assert_eq!(written(nested), Some(expected));
    }

    #[test]
    fn what_is_not_nested_or_not_whole_is_left_alone() {
        for text in [
            "",
            "[]",
            r#"{"messages":[{"messageId":"a"},{"children":[]}]}"#,
            r#"{"mapping":{"a":{"children":[{"b":1}]}}}"#,
            r#"{"messages":[{"children":[{"messageId":"a"}"#,
            r#"{"messages":[{"children":[{"messageId":"a"#,
            r#"]}{"messages":"x"#,
        ] {
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn hostile_nesting_costs_no_more_than_length() {
        let start = Instant::now();
        let deep = |levels: usize| {
            format!(r#"{{"messages":[{}{}]}}"#, r#"{"messageId":"a","children":["#.repeat(levels), "]}".repeat(levels))
        };
        // The innermost list is empty.
        assert_eq!(written(&deep(DEPTH - 1)).unwrap()["messages"].as_array().map(Vec::len), Some(DEPTH - 1));
        assert_eq!(written(&deep(DEPTH + 1)), None);
        let wide = format!(r#"{{"messages":[{{"children":[{}{{}}]}}]}}"#, "{},".repeat(MESSAGES));
        assert_eq!(written(&wide), None);
        assert_eq!(flat(&vec![b'['; 4 << 20]), None);
        assert_eq!(flat(r#"{"messages":["#.repeat(1 << 18).as_bytes()), None);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
