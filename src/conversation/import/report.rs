//! Reads the conversations of a text and tells the caller about each.

use super::container::Within;
use super::elements::{self, Break, Element, Elements};
use super::rows::Rows;
use super::sniff::{Holds, Kind, read_text};
use super::{
    FORMATS, Format, Found, ImportError, Name, Outcome, Reading, Summary, Unit, broken_read, check, element_bytes, parse,
    words_bytes,
};
use crate::conversation::attachment::{Assets, Lost, OVER_A_LIMIT, take_in};
use crate::conversation::{Conversation, Limits, Part, Role, json, text};
use serde_json::Value;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// Reads conversations and tells the caller about each.
pub(super) struct Report<'a> {
    format: &'static Format,
    limits: Limits,
    /// What the file holds besides.
    assets: Box<dyn Assets + 'a>,
    each: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    pub(super) summary: Summary,
    pub(super) stopped: bool,
    /// What ended the reading from within.
    failed: Option<io::Error>,
    rows: Rows,
    /// Bytes of mixed rows that may still be read, however often.
    readings_left: u64,
}

/// All readings of mixed rows together, so that a small ZIP does not unpack to forty times what it may.
const READINGS: u64 = 8 << 30;
const TOO_MIXED: &str = "The file mixes more conversations than can be sorted out.";

/// Refuses to read on when there were too many readings.
struct Counted<'a, R> {
    reader: R,
    left: &'a mut u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        *self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, TOO_MIXED))?;
        Ok(read)
    }
}

impl<'a> Report<'a> {
    pub(super) fn new(
        format: usize,
        limits: &Limits,
        assets: Box<dyn Assets + 'a>,
        each: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> Self {
        let format = &FORMATS[format];
        let summary = Summary { format: format.name, ..Summary::default() };
        let rows = Rows::new(words_bytes(limits));
        Report { format, limits: *limits, assets, each, summary, stopped: false, failed: None, rows, readings_left: READINGS }
    }

    /// Reads one text. True when it must be read from its beginning once more, for conversations that memory had no room for.
    pub(super) fn read(&mut self, reader: impl Read, kind: Kind) -> Result<bool, ImportError> {
        let read = self.texts(reader, kind);
        self.failed.take().map_or(read, |error| Err(ImportError::Io(error)))
    }

    fn texts(&mut self, reader: impl Read, kind: Kind) -> Result<bool, ImportError> {
        match kind.holds {
            Holds::Each => self.each(reader)?,
            Holds::Within(key) => self.each(Within::new(reader, key))?,
            Holds::Array => self.array(reader)?,
            Holds::Lines => self.lines(reader)?,
            Holds::Rows(key) => return self.rows(reader, key),
            Holds::Text => {
                let text = read_text(reader, &self.limits)?.ok_or(ImportError::UnknownFormat)?;
                self.value(Value::String(text), 0);
            }
        }
        Ok(false)
    }

    fn each(&mut self, reader: impl Read) -> Result<(), ImportError> {
        self.elements(reader, |report, element| match element {
            Element::Whole(bytes) => report.element(bytes, 0),
            Element::TooLarge(start) => report.skip_large(&start),
        })
    }

    fn elements(&mut self, reader: impl Read, mut each: impl FnMut(&mut Self, Element)) -> Result<(), ImportError> {
        let mut elements = Elements::new(reader, element_bytes(&self.limits));
        while !self.stopped {
            match elements.next() {
                Ok(Some(element)) => each(self, element),
                Ok(None) => break,
                Err(Break::Truncated) => return Err(ImportError::Truncated),
                Err(Break::Malformed(at)) => {
                    return Err(ImportError::Damaged(format!("The file is not valid JSON at byte {at}.")));
                }
                Err(Break::Io(error)) => return Err(broken_read(error)),
            }
        }
        Ok(())
    }

    fn array(&mut self, reader: impl Read) -> Result<(), ImportError> {
        let most = element_bytes(&self.limits);
        // All at once: what nobody writes to takes no memory, and what growth leaves behind does.
        let mut bytes = Vec::with_capacity(most + 1);
        reader.take(most as u64 + 1).read_to_end(&mut bytes).map_err(broken_read)?;
        if bytes.len() > most {
            return Err(self.too_large());
        }
        if !bytes.trim_ascii_end().ends_with(b"]") {
            return Err(ImportError::Truncated);
        }
        self.element(bytes, 0);
        Ok(())
    }

    /// A session's log holds lines cut short and lines of other programs; it is worth reading while most are good.
    fn lines(&mut self, reader: impl Read) -> Result<(), ImportError> {
        let most = element_bytes(&self.limits);
        let (mut array, mut good, mut broken) = (Vec::new(), 0, 0);
        self.elements(reader, |report, element| match element {
            Element::Whole(line) if parse(&line, &report.limits).is_ok_and(|value| value.is_object()) => {
                good += 1;
                if array.len() <= most {
                    array.push(if good == 1 { b'[' } else { b',' });
                    array.extend_from_slice(&line);
                }
            }
            Element::Whole(_) | Element::TooLarge(_) => broken += 1,
        })?;
        if array.len() > most {
            return Err(self.too_large());
        }
        if broken > good {
            return Err(ImportError::Damaged("More than half of the lines of the file are broken.".to_owned()));
        }
        array.push(b']');
        self.element(array, broken);
        Ok(())
    }

    fn too_large(&self) -> ImportError {
        let most = text::size(element_bytes(&self.limits) as u64);
        ImportError::TooLarge(format!("The conversation takes more than {most}."))
    }

    fn rows(&mut self, reader: impl Read, key: fn(&Value) -> Option<String>) -> Result<bool, ImportError> {
        let again = self.rows.begin();
        // Taken out while it is counted down, because the reading needs the rest.
        let mut left = self.readings_left;
        let read = self.mixed(Counted { reader, left: &mut left }, key, again);
        self.readings_left = left;
        read?;
        for array in self.rows.take() {
            self.gathered(array);
        }
        if self.stopped {
            return Ok(false);
        }
        if self.rows.is_hopeless() {
            return Err(ImportError::TooLarge(TOO_MIXED.to_owned()));
        }
        Ok(self.rows.is_unfinished())
    }

    /// One reading of mixed rows.
    fn mixed(&mut self, reader: impl Read, key: fn(&Value) -> Option<String>, again: bool) -> Result<(), ImportError> {
        self.elements(reader, |report, element| match element {
            Element::Whole(bytes) => match parse(&bytes, &report.limits).ok().and_then(|value| key(&value)) {
                Some(key) => {
                    if let Some(whole) = report.rows.insert(&key, &bytes) {
                        report.gathered(whole);
                    }
                }
                None if again => {}
                None => report.element([b"[", &bytes[..], b"]"].concat(), 0),
            },
            Element::TooLarge(start) if !again => report.skip_large(&start),
            Element::TooLarge(_) => {}
        })
    }

    fn gathered(&mut self, array: Element) {
        match array {
            _ if self.stopped => {}
            Element::Whole(bytes) => self.element(bytes, 0),
            Element::TooLarge(start) => self.skip_large(&start),
        }
    }

    /// One conversation; of its lines so many were `broken`.
    fn element(&mut self, bytes: Vec<u8>, broken: usize) {
        match parse(&bytes, &self.limits) {
            Ok(value) => {
                // It may be half of all memory there is.
                drop(bytes);
                self.value(value, broken);
            }
            Err(why) => self.skip(elements::title(&bytes), format!("It {why}.")),
        }
    }

    fn value(&mut self, value: Value, broken: usize) {
        let title = json::first_str(&value, &["title", "name"]).map(text::one_line);
        // Of the conversations that an API was asked for, only some show by their content which API it was.
        let akin = |format: &&Format| matches!(format.unit, Unit::All) && (format.recognises)(&value);
        let own = Some(self.format).filter(|format| (format.recognises)(&value));
        let other = || matches!(self.format.unit, Unit::All).then(|| FORMATS.iter().find(akin)).flatten();
        let Some(format) = own.or_else(other) else {
            return self.skip(title, "It is no conversation like the others in the file.".to_owned());
        };
        let read = (format.read)(&value, &self.limits);
        drop(value);
        let taken = read.map(|mut reading| {
            let name = Name::of(&reading.conversation);
            let lost = take_in(&mut reading.conversation, &mut *self.assets, &self.limits);
            (name, lost, reading)
        });
        let checked = match taken {
            Ok((_, Err(error), _)) => return self.give_up(error),
            Ok((name, Ok(lost), reading)) => check(reading, &self.limits).map(|reading| (name, lost, reading)),
            Err(reason) => Err(reason),
        };
        match checked {
            Ok((name, lost, Reading { conversation, mut unsupported, left_out })) => {
                unsupported.extend(lost.over_a_limit.then(|| OVER_A_LIMIT.to_owned()));
                self.summary.conversations += 1;
                let own = Some(conversation.title.clone()).filter(|title| !title.is_empty());
                let title = own.or(title).or_else(|| first_words(&conversation));
                let unsupported = unsupported.into_iter().collect();
                let warnings = warnings(format.warning, broken, lost);
                let conversation = Box::new(conversation);
                self.tell(title, Outcome::Conversation { conversation, name, unsupported, left_out, warnings });
            }
            Err(reason) => self.skip(title, reason),
        }
    }

    /// The file cannot be read any more: what was being read is not told of, and comes with the next import.
    fn give_up(&mut self, error: io::Error) {
        self.failed = Some(error);
        self.stopped = true;
    }

    fn skip_large(&mut self, start: &[u8]) {
        let most = if matches!(self.format.unit, Unit::Rows(_)) { words_bytes(&self.limits) } else { element_bytes(&self.limits) };
        let reason = format!("It takes more than {}.", text::size(most as u64));
        self.skip(elements::title(start), reason);
    }

    pub(super) fn skip(&mut self, title: Option<String>, reason: String) {
        self.summary.skipped += 1;
        self.tell(title, Outcome::Skipped { reason });
    }

    fn tell(&mut self, title: Option<String>, outcome: Outcome) {
        let title = title.filter(|title| !title.is_empty()).map(|title| text::cut(&title, self.limits.title_chars));
        let number = self.summary.conversations + self.summary.skipped;
        let title = title.unwrap_or_else(|| format!("Conversation {number}"));
        self.stopped |= (self.each)(Found { title, outcome }).is_break();
    }
}

/// What whoever imports a conversation should know besides, as sentences.
fn warnings(format: Option<&str>, broken: usize, lost: Lost) -> Vec<String> {
    let mut warnings: Vec<String> = format.map(str::to_owned).into_iter().collect();
    for (count, one, several) in [
        (broken, "One line of the file is broken and was left out.", "lines of the file are broken and were left out."),
        (lost.missing, "One of its attachments is not in the file.", "of its attachments are not in the file."),
        (lost.damaged, "One of its attachments is damaged and was left out.", "of its attachments are damaged and were left out."),
    ] {
        match count {
            0 => {}
            1 => warnings.push(one.to_owned()),
            count => warnings.push(format!("{count} {several}")),
        }
    }
    warnings
}

/// What people call a conversation without a title.
fn first_words(conversation: &Conversation) -> Option<String> {
    let spoken = conversation.messages.iter().filter(|message| message.role != Role::System);
    spoken.flat_map(|message| &message.parts).find_map(|part| match part {
        Part::Text { text, .. } => Some(text::cut(&text::one_line(&text::cut(text, 200)), 60)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_readings_together_have_an_end() {
        let mut left = 10;
        let mut read = || {
            let mut text = String::new();
            Counted { reader: &b"1234"[..], left: &mut left }.read_to_string(&mut text).map_err(broken_read)
        };
        assert!(read().is_ok() && read().is_ok());
        assert!(matches!(read(), Err(ImportError::TooLarge(why)) if why == TOO_MIXED));
    }
}
