//! Chats of SillyTavern and TavernAI (FORMATS 4.11): a line about the chat, then a message a line.

use super::{Format, Reading, Unit};
use crate::conversation::attachment::carried;
use crate::conversation::text::one_line;
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, json};
use serde_json::Value;
use std::collections::BTreeSet;
use time::{Date, Month, OffsetDateTime, Time};

pub(super) const FORMAT: Format = Format { name: "sillytavern", unit: Unit::All, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let head = |line: &Value| line["user_name"].is_string() && line["character_name"].is_string();
    let message = |line: &Value| line["mes"].is_string() && line["is_user"].is_boolean();
    value.as_array().is_some_and(|lines| lines.iter().any(|line| head(line) || message(line)))
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let lines = value.as_array().map_or(&[][..], Vec::as_slice);
    let head = lines.iter().find(|line| line["mes"].is_null()).unwrap_or(&Value::Null);
    let said = lines.iter().filter(|line| !line["mes"].is_null() || line["swipes"].is_array());
    let messages: Vec<Message> = said.clone().map(message).collect();
    // A newer version no longer says whom the chat is with.
    let character = json::first_str(head, &["character_name"]).filter(|name| *name != "unused").map(one_line);
    let other = || messages.iter().find(|message| message.role == Role::Assistant).and_then(|message| message.author.clone());
    let conversation = Conversation {
        title: character.or_else(other).unwrap_or_default(),
        created_at: moment(&head["create_date"]),
        model: None,
        source: Some(Source { format: FORMAT.name.to_owned(), id: None, app: Some("SillyTavern".to_owned()) }),
        messages,
    };
    // Answers that somebody swiped past.
    let left_out = said.map(|line| json::items(line, "swipes").len().saturating_sub(1)).sum();
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out })
}

fn message(line: &Value) -> Message {
    let extra = &line["extra"];
    let role = if line["is_user"] == true {
        Role::User
    } else if line["is_system"] == true && is_remark(line) {
        Role::System
    } else {
        Role::Assistant
    };
    let mut parts = Vec::new();
    if let Some(thought) = json::first_str(extra, &["reasoning"]) {
        let duration_sec =
            extra["reasoning_duration"].as_f64().filter(|took| *took >= 0.0).map(|took| (took / 100.0).round() / 10.0);
        parts.push(Part::Reasoning { text: thought.to_owned(), duration_sec, redacted: false });
    }
    let swiped = || {
        let at = line["swipe_id"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
        json::items(line, "swipes").get(at)?.as_str()
    };
    let text =
        json::first_str(extra, &["display_text"]).or_else(|| json::first_str(line, &["mes"])).or_else(swiped).unwrap_or_default();
    let text = if role == Role::User { text.to_owned() } else { with_hard_breaks(text) };
    parts.push(Part::Text { text, citations: vec![] });
    parts.extend(media(extra));
    Message {
        role,
        author: json::first_str(line, &["name"]).map(one_line),
        model: json::first_str(extra, &["model"]).filter(|_| role == Role::Assistant).map(str::to_owned),
        created_at: moment(&line["send_date"]),
        parts,
        ..Message::default()
    }
}

/// Whether the program says it, or somebody beside the play. Words that are only hidden from the model are shown like others.
fn is_remark(line: &Value) -> bool {
    let kind = json::first_str(&line["extra"], &["type"]);
    kind.is_some_and(|kind| kind != "narrator") || matches!(line["name"].as_str(), Some("Note" | "SillyTavern System"))
}

/// Pictures and files, which lie beside the chat: their names.
fn media(extra: &Value) -> Vec<Part> {
    let base = |path: &str| one_line(path.split(['?', '#']).next().unwrap_or(path).rsplit(['/', '\\']).next().unwrap_or(path));
    let name = |path: &str| (!path.starts_with("data:")).then(|| base(path)).filter(|name| !name.is_empty());
    let image = |address: &str, alt: Option<&str>| Part::Image {
        url: carried(address),
        mime: None,
        width: None,
        height: None,
        alt: alt.map(str::to_owned),
        name: name(address),
        blob: None,
    };
    let file = |about: &Value, named: &str| Part::File {
        name: json::first_str(about, &["name", "title"]).map(one_line).or_else(|| name(named)).unwrap_or_else(|| "file".to_owned()),
        mime: None,
        size: about["size"].as_u64(),
        url: None,
        text: json::first_str(about, &["text"]).map(str::to_owned),
        blob: None,
    };
    let mut parts = Vec::new();
    // An older version's only picture; the newer list repeats it.
    let only = json::first_str(extra, &["image"]).filter(|_| json::items(extra, "media").is_empty());
    parts.extend(only.map(|address| image(address, json::first_str(extra, &["title"]))));
    for item in json::items(extra, "media") {
        let address = json::first_str(item, &["url"]).unwrap_or_default();
        let is_image = item["type"].as_str().is_none_or(|kind| kind == "image");
        parts.push(if is_image { image(address, json::first_str(item, &["title"])) } else { file(item, address) });
    }
    let one = std::slice::from_ref(&extra["file"]).iter().filter(|file| file.is_object());
    parts.extend(
        one.chain(json::items(extra, "files")).map(|about| file(about, json::first_str(about, &["url"]).unwrap_or("file"))),
    );
    parts
}

/// Every line break of a role-play counts; Markdown would join the lines. Not inside code.
fn with_hard_breaks(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut fenced = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        fenced ^= fence;
        broken.push_str(line);
        let next = lines.peek().map(|next| next.trim());
        if !fenced && !fence && !line.trim().is_empty() && next.is_some_and(|next| !next.is_empty()) && !line.ends_with("  ") {
            broken.push_str("  ");
        }
        if next.is_some() {
            broken.push('\n');
        }
    }
    broken
}

/// A moment in any of the ways that versions of the program write it: milliseconds, ISO 8601, `2023-6-2 @21h 09m 51s 363ms` or
/// `June 2, 2023 9:09pm`. The last two are in the writer's own time, which the file does not name.
fn moment(value: &Value) -> Option<OffsetDateTime> {
    json::moment(value).or_else(|| {
        let text = value.as_str()?.trim();
        at_sign(text).or_else(|| in_words(text))
    })
}

fn numbers(text: &str) -> Vec<u16> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

fn at_sign(text: &str) -> Option<OffsetDateTime> {
    let (date, time) = text.split_once('@')?;
    let (date, time) = (numbers(date), numbers(time));
    let byte = |numbers: &[u16], at: usize| numbers.get(at).map_or(Some(0), |number| u8::try_from(*number).ok());
    let month = Month::try_from(byte(&date, 1)?).ok()?;
    let date = Date::from_calendar_date(i32::from(*date.first()?), month, byte(&date, 2)?).ok()?;
    let time = Time::from_hms(byte(&time, 0)?, byte(&time, 1)?, byte(&time, 2)?).ok()?;
    Some(date.with_time(time).assume_utc())
}

fn in_words(text: &str) -> Option<OffsetDateTime> {
    let (month, rest) = text.split_once(' ')?;
    let month = month.parse::<Month>().ok()?;
    let [day, year, hour, minute] = numbers(rest)[..] else { return None };
    let half = rest.trim_end().to_ascii_lowercase();
    let hour = match (hour, half.ends_with("am"), half.ends_with("pm")) {
        (12, true, _) => 0,
        (1..=11, _, true) => hour + 12,
        _ => hour,
    };
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    let time = Time::from_hms(u8::try_from(hour).ok()?, u8::try_from(minute).ok()?, 0).ok()?;
    Some(date.with_time(time).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::format_description::well_known::Rfc3339;

    #[test]
    fn moments_of_every_version() {
        let at = |value: Value| moment(&value).map(|moment| moment.format(&Rfc3339).unwrap());
        for (value, expected) in [
            (json!(1_685_740_191_363_i64), Some("2023-06-02T21:09:51.363Z")),
            (json!("1685740191363"), Some("2023-06-02T21:09:51.363Z")),
            (json!("2023-06-02T21:09:51Z"), Some("2023-06-02T21:09:51Z")),
            (json!("2023-6-2 @21h 09m 51s 363ms"), Some("2023-06-02T21:09:51Z")),
            (json!("2023-6-2@21h09m51s"), Some("2023-06-02T21:09:51Z")),
            (json!("June 2, 2023 9:09pm"), Some("2023-06-02T21:09:00Z")),
            (json!("June 2, 2023 12:05am"), Some("2023-06-02T00:05:00Z")),
            (json!("June 2, 2023 12:05 PM"), Some("2023-06-02T12:05:00Z")),
            (json!("June 31, 2023 1:05pm"), None),
            (json!("Junk 2, 2023 1:05pm"), None),
            (json!("99999-99-99 @99h"), None),
            (json!("@"), None),
            (json!(null), None),
        ] {
            assert_eq!(at(value.clone()).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn line_breaks_of_prose_are_hard() {
        assert_eq!(
            with_hard_breaks("*waves*\n\"Hi\"\n\nEnd\n```\na\nb\n```\nafter\n"),
            "*waves*  \n\"Hi\"\n\nEnd  \n```\na\nb\n```\nafter"
        );
    }
}
