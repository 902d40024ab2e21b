//! Backups that are one object around the array of their conversations. The array is read as if it were the file, so that a backup of any
//! size is read one conversation at a time.

use std::io::{self, Read};

/// An object around conversations, and the format of those.
pub(super) struct Container {
    /// The key that the array stands under.
    pub(super) key: &'static str,
    /// As the format's row has it.
    pub(super) format: &'static str,
    /// Whether it is this one, by the text before the array and the text in it.
    is: fn(&[u8], &[u8]) -> bool,
}

/// The known ones.
const CONTAINERS: [Container; 2] = [
    Container {
        key: "history",
        format: super::chatbot_ui::FORMAT.name,
        is: |before, inside| inside.starts_with(b"{") && before.windows(9).any(|key| key == b"\"version\""),
    },
    // ShareGPT has `conversations` as well, whose elements are messages.
    Container {
        key: "conversations",
        format: super::grok::FORMAT.name,
        is: |_, inside| {
            let first = inside.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
            first.starts_with(b"\"conversation\"") || first.starts_with(b"\"responses\"")
        },
    },
];

/// How far into a file its container shows.
pub(super) const HEAD: u64 = 64 << 10;

/// The container that a file begins with.
pub(super) fn find(head: &[u8]) -> Option<&'static Container> {
    const ALL: &[Container] = &CONTAINERS;
    ALL.iter().find(|container| {
        let mut seeker = Seeker::new(container.key);
        let start = head.iter().position(|byte| seeker.enters(*byte));
        start.is_some_and(|start| (container.is)(&head[..start], head[start + 1..].trim_ascii_start()))
    })
}

/// Finds an array under a key of the outermost object.
struct Seeker {
    key: &'static str,
    level: usize,
    quoted: bool,
    escaped: bool,
    /// The last string of the outermost object, as far as it may be the key.
    name: Vec<u8>,
    /// The key and its colon have passed.
    named: bool,
}

impl Seeker {
    fn new(key: &'static str) -> Self {
        Seeker { key, level: 0, quoted: false, escaped: false, name: Vec::new(), named: false }
    }

    /// Takes in a byte; whether it opens the array.
    fn enters(&mut self, byte: u8) -> bool {
        if self.quoted {
            if self.level == 1 && self.name.len() <= self.key.len() {
                self.name.push(byte);
            }
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.quoted = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => {
                self.quoted = true;
                self.named = false;
                self.name.clear();
            }
            b':' if self.level == 1 => {
                let name = self.name.strip_suffix(b"\"");
                self.named = name == Some(self.key.as_bytes());
            }
            b'[' if self.level == 1 && self.named => {
                self.level += 1;
                return true;
            }
            b'{' | b'[' => {
                self.level += 1;
                self.named = false;
            }
            b'}' | b']' => self.level = self.level.saturating_sub(1),
            b',' => self.named = false,
            _ => {}
        }
        false
    }
}

/// The bytes of the array under a key.
pub(super) struct Within<R> {
    reader: R,
    seeker: Seeker,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Inside,
    Behind,
}

impl<R> Within<R> {
    pub(super) fn new(reader: R, key: &'static str) -> Self {
        Within { reader, seeker: Seeker::new(key), place: Place::Before }
    }
}

impl<R: Read> Read for Within<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.place != Place::Behind {
            let read = self.reader.read(buffer)?;
            if read == 0 {
                return Ok(0);
            }
            let mut start = if self.place == Place::Inside { 0 } else { read };
            let mut end = read;
            for (at, byte) in buffer[..read].iter().enumerate() {
                let entered = self.seeker.enters(*byte);
                if self.place == Place::Before && entered {
                    (self.place, start) = (Place::Inside, at);
                } else if self.place == Place::Inside && self.seeker.level < 2 {
                    (self.place, end) = (Place::Behind, at + 1);
                    break;
                }
            }
            if start < end {
                buffer.copy_within(start..end, 0);
                return Ok(end - start);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes a read, so that every state is met across a boundary.
    struct Drops<'a>(&'a [u8], usize);
    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (first, rest) = self.0.split_at(self.1.min(self.0.len()).min(buffer.len()));
            buffer[..first.len()].copy_from_slice(first);
            self.0 = rest;
            Ok(first.len())
        }
    }

    #[test]
    fn the_array_alone_is_read_whatever_stands_around_it() {
        let array = r#"[{"history":["]"]},"}\"",[1]]"#;
        let object = format!(
            r#"{{"a":["history",{{"history":[0]}}],"historyx":[1],"b":"history","\"history":[2], "history" : {array}, "history":[3]}}"#
        );
        for drops in [1, 2, 3, 7, 1000] {
            let mut text = String::new();
            Within::new(Drops(object.as_bytes(), drops), "history").read_to_string(&mut text).unwrap();
            assert_eq!(text, array, "{drops}");
        }
        let mut cut = String::new();
        Within::new(Drops(&object.as_bytes()[..object.find(array).unwrap() + 9], 4), "history").read_to_string(&mut cut).unwrap();
        assert_eq!(cut, array[..9]);
    }

    #[test]
    fn containers_are_known_by_what_is_in_them() {
        let found = |head: &str| find(head.as_bytes()).map(|container| container.format);
        assert_eq!(found(r#"{"version":4,"history":[ {"id""#), Some("chatbot-ui"));
        assert_eq!(found(r#"{"conversations": [{ "conversation":{"#), Some("grok-export"));
        assert_eq!(found(r#"{"projects":[],"conversations":[{"responses":["#), Some("grok-export"));
        for head in [
            r#"{"conversations":[{"from":"human","value":"x"}]}"#,
            r#"{"conversations":["#,
            r#"{"history":[{"id":"x"}]}"#,
            r#"[{"version":4,"history":[{}]}]"#,
            r#"{"version":4,"history":{"a":[{}]}}"#,
            "",
        ] {
            assert_eq!(found(head), None, "{head}");
        }
    }
}
