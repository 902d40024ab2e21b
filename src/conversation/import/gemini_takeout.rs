//! Google Takeout's `MyActivity.json` of Gemini (FORMATS 4.6): a record a prompt, newest first. Only newer ones say which conversation
//! they belong to; each of the others becomes a short conversation of its own.

use super::attachment::{Attachment, line};
use super::{Format, Reading, Unit, html};
use crate::conversation::text::{sources, web_url};
use crate::conversation::{Citation, Conversation, Limits, Message, Part, Role, Source, json};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "gemini-takeout", unit: Unit::Rows(key), recognises, read, warning: None };

/// Where conversations are, for whoever had them.
const APP: &str = "https://gemini.google.com/app/";
/// What stands before a prompt, in the person's language; the longer before what it begins with.
const VERBS: [&str; 9] =
    ["Prompted with:", "Prompted", "Asked Gemini:", "Asked Bard:", "Asked", "Answered", "Branched", "Said", "Запит:"];
/// Records of what was done about a conversation.
const NOTES: [&str; 4] = ["Used ", "Gave feedback", "Selected preferred draft", "Viewed "];

fn recognises(value: &Value) -> bool {
    // What was searched, watched or visited lies in files of the same shape.
    let is_ours = |name: &Value| name.as_str().map(str::to_lowercase).is_some_and(|n| n.contains("gemini") || n.contains("bard"));
    let is_record = |row: &Value| {
        ["header", "title", "time"].iter().all(|key| row[*key].is_string())
            && (is_ours(&row["header"]) || json::items(row, "products").iter().any(is_ours))
    };
    value.as_array().is_some_and(|rows| rows.iter().any(is_record))
}

/// The conversation's id, where the record names exactly one.
fn key(row: &Value) -> Option<String> {
    let mut ids = json::items(row, "details").iter().filter_map(|detail| detail["url"].as_str()?.strip_prefix(APP));
    let id = ids.next().filter(|id| !id.is_empty())?;
    ids.all(|other| other == id).then(|| id.split(['?', '#', '/']).next().unwrap_or(id).to_owned())
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let mut rows: Vec<&Value> = value.as_array().into_iter().flatten().collect();
    let time = |row: Option<&&Value>| row.and_then(|row| json::moment(&row["time"]));
    if time(rows.first()) >= time(rows.last()) {
        rows.reverse();
    }
    let messages: Vec<Message> = rows.iter().flat_map(|row| turn(row)).collect();
    if messages.is_empty() {
        return Err("It is a note of what was done, no conversation.".to_owned());
    }
    let conversation = Conversation {
        title: String::new(),
        created_at: messages.iter().find_map(|message| message.created_at),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: rows.iter().find_map(|row| key(row)),
            app: Some("Gemini".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: 0 })
}

/// A prompt and its answer; nothing for a record of another kind.
fn turn(row: &Value) -> Vec<Message> {
    let title = row["title"].as_str().unwrap_or_default().trim();
    let answers = json::items(row, "safeHtmlItem").iter().filter_map(|item| json::first_str(item, &["html"]));
    // Several are regenerations, or pieces of one answer: which of them nobody says.
    let answers: Vec<String> = answers.map(html::to_markdown).filter(|answer| !answer.is_empty()).collect();
    let prompt = VERBS.iter().find_map(|verb| title.strip_prefix(verb).filter(|rest| rest.starts_with(char::is_whitespace)));
    let is_prompt = prompt.is_some() || VERBS.contains(&title);
    if answers.is_empty() && !is_prompt && NOTES.iter().any(|note| title.starts_with(note)) {
        return vec![];
    }
    let mut asked = attached(row);
    asked.push(Part::Text { text: prompt.unwrap_or(title).trim_start().to_owned(), citations: vec![] });
    let mut answered = vec![Part::Text { text: answers.join("\n\n---\n\n"), citations: vec![] }];
    answered.extend(sources(json::items(row, "subtitles").iter().filter_map(page)));
    let created_at = json::moment(&row["time"]);
    let message = |role, parts| Message { role, created_at, parts, ..Message::default() };
    vec![message(Role::User, asked), message(Role::Assistant, answered)]
}

/// Attached files, by the names that the subtitles give them.
fn attached(row: &Value) -> Vec<Part> {
    let image = row["imageFile"].as_str();
    let mut stored: Vec<&str> = json::items(row, "attachedFiles").iter().filter_map(Value::as_str).collect();
    stored.extend(image.filter(|image| !stored.contains(image)));
    let subtitles = json::items(row, "subtitles");
    let part = |file: &str| {
        let subtitle = subtitles.iter().find(|subtitle| subtitle["url"] == file);
        let named = subtitle.and_then(|subtitle| line(subtitle, &["name"]));
        let name = named.as_deref().map(|name| name.trim_start_matches(['-', ' '])).filter(|name| !name.is_empty());
        Attachment { name: name.or(Some(file)), asset: Some(file), is_picture: image == Some(file), ..Attachment::default() }.part()
    };
    stored.into_iter().map(part).collect()
}

/// A page the answer rests on; other subtitles are attachments, or the name of a Gem.
fn page(subtitle: &Value) -> Option<Citation> {
    let url = json::first_str(subtitle, &["url"]).and_then(web_url).filter(|url| !url.starts_with(APP))?;
    Some(Citation { url: Some(url), title: line(subtitle, &["name"]), ..Citation::default() })
}
