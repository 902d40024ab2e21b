//! Any other text: one message of a person, as it stands.

use super::{Format, Reading, Unit};
use crate::conversation::{Conversation, Limits, Message, Part, Source};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format {
    name: "text",
    unit: Unit::Text,
    recognises,
    read,
    warning: Some("It is in no known format: the whole text became one message."),
};

fn recognises(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty() && !is_broken_json(text))
}

/// Whether a text begins as JSON does: what is hidden in an export or a log would be shown with it.
fn is_broken_json(text: &str) -> bool {
    let mut marks = text.chars().filter(|c| !c.is_whitespace());
    matches!((marks.next(), marks.next()), (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | '[' | ']')))
}

/// Whether a text is a page: products export conversations as pages too, with all that they hide from their readers.
pub(super) fn is_page(text: &str) -> bool {
    let begins = |with: &str| text.trim_start().get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    begins("<!doctype html") || begins("<html")
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    if value.as_str().is_some_and(is_page) {
        return Err("It is a page of HTML. Import the whole ZIP it came in, or export again and choose JSON.".to_owned());
    }
    let text = value.as_str().unwrap_or_default().replace("\r\n", "\n");
    let parts = vec![Part::Text { text: text.trim().to_owned(), citations: vec![] }];
    let source = Some(Source { format: FORMAT.name.to_owned(), id: None, app: None });
    let conversation = Conversation { source, messages: vec![Message { parts, ..Message::default() }], ..Conversation::default() };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: 0 })
}
