//! Which format a text is in, and how it holds its conversations.

use super::elements::{Break, Element, Elements, is_binary};
use super::{FORMATS, Format, ImportError, Unit, broken_read, container, element_bytes, parse, words_bytes};
use crate::conversation::{Limits, text};
use serde_json::Value;
use std::io::Read;

/// What a text is.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// The row of [`FORMATS`].
    pub(super) format: usize,
    pub(super) holds: Holds,
}

/// How a text holds its conversations.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    /// Each value is one.
    Each,
    /// Each value of the array under this key is one.
    Within(&'static str),
    /// The text is one: an array.
    Array,
    /// All values are one: the lines of a session.
    Lines,
    /// The values with one key are one.
    Rows(fn(&Value) -> Option<String>),
    /// The text is one, and no JSON.
    Text,
}

/// What looking at the beginning of a text told.
pub(super) enum Sniffed {
    Kind(Kind),
    /// JSON, or meant to be, but nothing that can be read.
    None(ImportError),
    /// Perhaps a text for people.
    NoJson,
}

/// Values looked at before a text counts as unknown; exports begin with a broken conversation now and then.
const SNIFFED: usize = 50;
/// Bytes of them that are looked at together.
const TOGETHER: usize = 1 << 20;

/// Finds the format of a JSON text. The error is the reader's.
pub(super) fn sniff(mut reader: impl Read, limits: &Limits) -> Result<Sniffed, ImportError> {
    let mut head = Vec::new();
    if let Err(error) = reader.by_ref().take(container::HEAD).read_to_end(&mut head) {
        // A broken picture keeps nobody from the conversations beside it.
        let nothing = !head.is_empty() && is_binary(&head);
        return if nothing { Ok(Sniffed::None(ImportError::UnknownFormat)) } else { Err(broken_read(error)) };
    }
    if let Some(kind) = contained(&head) {
        return Ok(Sniffed::Kind(kind));
    }
    let mut elements = Elements::new(head.chain(reader), element_bytes(limits));
    let mut looked = Looked::default();
    while looked.seen < SNIFFED {
        match elements.next() {
            Ok(Some(element)) => looked.take(element, elements.is_array(), limits),
            Ok(None) if looked.seen == 0 && elements.is_array() => return Ok(Sniffed::None(ImportError::Empty)),
            Ok(None) => break,
            // A file that breaks off in its first conversation can still be called by its name.
            Err(Break::Truncated) if looked.seen == 0 && elements.began() => return Ok(Sniffed::None(ImportError::Truncated)),
            Err(Break::Truncated | Break::Malformed(_)) => break,
            Err(Break::Io(error)) => return Err(broken_read(error)),
        }
        let is_alone = |kind: &Kind| !matches!(kind.holds, Holds::Array | Holds::Lines);
        // Lines have to show that they are more than a few among others.
        if let Some(kind) = looked.found.filter(|kind| is_alone(kind) && !elements.is_lines()) {
            return Ok(Sniffed::Kind(kind));
        }
    }
    let is_json = if elements.is_lines() { looked.objects * 2 >= looked.seen } else { looked.read > 0 || looked.too_large };
    if !is_json {
        return Ok(Sniffed::NoJson);
    }
    Ok(looked.verdict(limits))
}

/// The values looked at.
#[derive(Default)]
struct Looked {
    seen: usize,
    /// Of them, those that are JSON, and objects.
    read: usize,
    objects: usize,
    too_large: bool,
    found: Option<Kind>,
    /// As many as fit in [`TOGETHER`] bytes.
    together: Vec<Value>,
    held: usize,
}

impl Looked {
    fn take(&mut self, element: Element, in_array: bool, limits: &Limits) {
        self.seen += 1;
        let bytes = match element {
            Element::Whole(bytes) => bytes,
            Element::TooLarge(start) => {
                self.too_large = true;
                self.objects += usize::from(start.starts_with(b"{"));
                return;
            }
        };
        let Ok(value) = parse(&bytes, limits) else { return };
        self.read += 1;
        self.objects += usize::from(value.is_object());
        let one = Value::Array(vec![value]);
        self.found = self.found.or_else(|| recognise(&one, in_array));
        self.held += bytes.len();
        if let Value::Array(mut one) = one
            && self.held <= TOGETHER
        {
            self.together.append(&mut one);
        }
    }

    fn verdict(self, limits: &Limits) -> Sniffed {
        match self.found {
            Some(kind) => Sniffed::Kind(Kind { format: more_exactly(kind, self.together), ..kind }),
            None if self.too_large => {
                let most = text::size(element_bytes(limits) as u64);
                Sniffed::None(ImportError::TooLarge(format!("A conversation in the file takes more than {most}.")))
            }
            None => Sniffed::None(ImportError::UnknownFormat),
        }
    }
}

/// The kind of a backup that is one object around its conversations.
fn contained(head: &[u8]) -> Option<Kind> {
    let container = container::find(head)?;
    let format = FORMATS.iter().position(|format| format.name == container.format)?;
    Some(Kind { format, holds: Holds::Within(container.key) })
}

/// The first format that a text's value shows, which comes as the only element of an array.
fn recognise(one: &Value, in_array: bool) -> Option<Kind> {
    let all = if in_array { Holds::Array } else { Holds::Lines };
    FORMATS.iter().enumerate().find_map(|(row, format)| {
        let alone = || (format.recognises)(&one[0]).then_some(Holds::Each);
        let together = |holds| (format.recognises)(one).then_some(holds);
        let holds = match format.unit {
            Unit::Value => alone(),
            // In an array of messages each would be taken for a conversation of one; a line may be one.
            Unit::All if in_array => together(all).or_else(alone),
            Unit::All => alone().or_else(|| together(all)),
            Unit::Rows(key) => together(Holds::Rows(key)),
            Unit::Text => None,
        };
        holds.map(|holds| Kind { format: row, holds })
    })
}

/// What tells the messages of one API from those of another may not stand in the first of them.
fn more_exactly(kind: Kind, values: Vec<Value>) -> usize {
    if !matches!(kind.holds, Holds::Array | Holds::Lines) {
        return kind.format;
    }
    let together = Value::Array(values);
    let shows = |format: &Format| matches!(format.unit, Unit::All) && (format.recognises)(&together);
    FORMATS[..kind.format].iter().position(shows).unwrap_or(kind.format)
}

/// Finds the format of a text that is no JSON; `None` where it is no text either. The error is the reader's, or that it is too large.
pub(super) fn sniff_text(reader: impl Read, limits: &Limits) -> Result<Option<Kind>, ImportError> {
    let Some(text) = read_text(reader, limits)? else { return Ok(None) };
    let text = Value::String(text);
    let format = FORMATS.iter().position(|format| matches!(format.unit, Unit::Text) && (format.recognises)(&text));
    Ok(format.map(|format| Kind { format, holds: Holds::Text }))
}

/// A whole text; `None` where it is none.
pub(super) fn read_text(mut reader: impl Read, limits: &Limits) -> Result<Option<String>, ImportError> {
    /// Enough to tell a picture from a text without reading all of it.
    const BEGINNING: u64 = 64 << 10;
    let most = words_bytes(limits);
    let mut bytes = Vec::new();
    reader.by_ref().take(BEGINNING).read_to_end(&mut bytes).map_err(broken_read)?;
    if is_binary(&bytes) {
        return Ok(None);
    }
    reader.take((most as u64).saturating_sub(BEGINNING) + 1).read_to_end(&mut bytes).map_err(broken_read)?;
    if bytes.len() > most {
        return Err(ImportError::TooLarge(format!("The text takes more than {}.", text::size(most as u64))));
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !is_binary(text.as_bytes()));
    Ok(text.map(|text| text.trim_start_matches('\u{feff}').to_owned()))
}
