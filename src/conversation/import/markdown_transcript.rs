//! Transcripts in Markdown (FORMATS 4.14): texts in which lines say who speaks.

mod speaker;

use super::plain_text::is_page;
use super::{Format, Reading, Unit, gemini_cli};
use crate::conversation::text::one_line;
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, json, markers};
use serde_json::Value;
use speaker::{Line, Speakers};
use std::collections::BTreeSet;
use time::OffsetDateTime;

pub(super) const FORMAT: Format = Format { name: "markdown", unit: Unit::Text, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !is_page(text) && Speakers::of(front_matter(text).1).is_some())
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let text = value.as_str().unwrap_or_default().replace("\r\n", "\n");
    let (about, body) = front_matter(&text);
    let Some(speakers) = Speakers::of(body) else { return Err("It names no two speakers.".to_owned()) };
    let mut messages: Vec<Message> = Vec::new();
    let mut before = String::new();
    for line in speakers.lines(body) {
        match line {
            // Some of them say nothing; a flood would take far more memory than its text.
            Line::Speaker { .. } if messages.len() > 2 * limits.messages => {
                return Err(format!("It has more than {} messages.", limits.messages));
            }
            Line::Speaker { role, author, model, created_at, said } => {
                let parts = vec![Part::Text { text: said.to_owned(), citations: vec![] }];
                messages.push(Message { role, author, model, created_at, parts, ..Message::default() });
            }
            Line::Words(words) => {
                let whole = match messages.last_mut().and_then(|message| message.parts.last_mut()) {
                    Some(Part::Text { text, .. }) => text,
                    _ => &mut before,
                };
                whole.push('\n');
                whole.push_str(words);
            }
        }
    }
    let told = |keys: &[&str]| about.iter().find(|(key, _)| keys.contains(&key.as_str())).map(|(_, value)| value.as_str());
    // Our own twin has none between its messages: there they are what somebody said.
    let divides = told(&["messages"]).is_none() || told(&["source"]).is_none();
    for message in &mut messages {
        let role = message.role;
        for part in &mut message.parts {
            if let Part::Text { text, .. } = part {
                *text = said(text, role, divides);
            }
        }
    }
    // What Gemini CLI tells the model before the person says anything.
    let introduces =
        |message: &Message| matches!(&message.parts[..], [Part::Text { text, .. }] if gemini_cli::typed(text).is_none());
    if messages.first().is_some_and(introduces) {
        messages.remove(0);
    }
    let (title, before) = title(before.trim());
    if !before.is_empty() {
        let parts = vec![Part::Text { text: before.to_owned(), citations: vec![] }];
        // A header that was written for the file, not by anybody in the conversation.
        messages.insert(0, Message { role: Role::System, parts, ..Message::default() });
    }
    let conversation = Conversation {
        title: told(&["title"]).map(one_line).or(title).unwrap_or_default(),
        created_at: told(&["date", "created", "created_at", "create_time"]).and_then(moment),
        model: told(&["model"]).map(one_line).filter(|model| !model.is_empty()),
        source: Some(Source { format: FORMAT.name.to_owned(), id: told(&["id", "conversation_id"]).map(str::to_owned), app: None }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: 0 })
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    json::moment(&Value::String(text.to_owned()))
}

/// One speaker's text, without the rule that divides it from the next.
fn said(text: &str, role: Role, divides: bool) -> String {
    let mut text = text.trim_matches('\n').trim_end();
    while let Some((rest, last)) = text.rsplit_once('\n').filter(|(_, last)| divides && is_divider(last)) {
        // Under a line without one between, dashes make a heading of it.
        if last.trim().starts_with('-') && !rest.ends_with('\n') {
            break;
        }
        text = rest.trim_end();
    }
    if divides && is_divider(text) {
        return String::new();
    }
    if role == Role::Assistant { markers::strip(text) } else { text.to_owned() }
}

fn is_rule(line: &str) -> bool {
    let marks = || line.chars().filter(|c| !c.is_whitespace());
    ['-', '*', '_'].iter().any(|mark| marks().count() >= 3 && marks().all(|c| c == *mark))
}

/// A rule as programs write it. Of other marks than dashes more than three are a line to sign on, or to fill in.
fn is_divider(line: &str) -> bool {
    is_rule(line) && (line.contains('-') || line.chars().filter(|c| !c.is_whitespace()).count() == 3)
}

/// The heading at the beginning of what stands before the first speaker, and the rest.
fn title(before: &str) -> (Option<String>, &str) {
    let (first, rest) = before.split_once('\n').unwrap_or((before, ""));
    let (title, rest) = match first.strip_prefix("# ") {
        Some(title) => (Some(one_line(title)), rest.trim()),
        None => (None, before),
    };
    (title, if is_rule(rest) { "" } else { rest })
}

/// What a block between two lines of three dashes says about the text, and the text.
fn front_matter(text: &str) -> (Vec<(String, String)>, &str) {
    /// More than anybody writes there.
    const LINES: usize = 200;
    let mut lines = text.split_inclusive('\n');
    if lines.next().is_none_or(|line| line.trim_end() != "---") {
        return (Vec::new(), text);
    }
    let mut about = Vec::new();
    let mut passed = text.find('\n').map_or(text.len(), |end| end + 1);
    for line in lines.take(LINES) {
        passed += line.len();
        if line.trim_end() == "---" {
            return (about, &text[passed..]);
        }
        if let Some((key, value)) = line.split_once(':') {
            // A double-quoted scalar of YAML, whose common escapes are JSON's.
            let quoted = serde_json::from_str::<String>(value.trim()).ok();
            let value = quoted.unwrap_or_else(|| value.trim().trim_matches(['"', '\'']).to_owned());
            about.push((key.trim().to_ascii_lowercase(), value));
        }
    }
    (Vec::new(), text)
}
