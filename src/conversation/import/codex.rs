//! The session logs of Codex (FORMATS 4.13): items of the Responses API, one a line, among what the program notes for itself.

mod words;

use super::{Format, Reading, Unit};
use crate::conversation::{Conversation, Limits, Message, NoticeKind, Part, Role, Source, json, push};
use serde_json::Value;
use std::collections::BTreeSet;
use time::OffsetDateTime;
pub(super) use words::is_context;

pub(super) const FORMAT: Format = Format {
    name: "codex",
    unit: Unit::All,
    recognises,
    read,
    warning: Some("It may hold names, paths and files of the computer it ran on: read it before you share it."),
};

fn recognises(value: &Value) -> bool {
    let ours = |line: &Value| match line["type"].as_str() {
        Some("session_meta" | "turn_context" | "response_item" | "event_msg") => line["payload"].is_object(),
        _ if is_context(line) => true,
        Some(_) => false,
        // The first lines of a log of 2025.
        None => line["record_type"] == "state" || (line["instructions"] != Value::Null || line["git"].is_object()) && is_head(line),
    };
    value.as_array().is_some_and(|lines| lines.iter().any(ours))
}

fn is_head(line: &Value) -> bool {
    line["id"].is_string() && line["timestamp"].is_string()
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let mut session = Session {
        limits,
        room: limits.memory(),
        id: None,
        created_at: None,
        model: None,
        messages: vec![],
        turns: vec![],
        left_out: 0,
        unsupported: BTreeSet::new(),
    };
    for line in value.as_array().into_iter().flatten() {
        session.line(line);
    }
    let conversation = Conversation {
        title: String::new(),
        created_at: session.created_at,
        model: None,
        source: Some(Source { format: FORMAT.name.to_owned(), id: session.id, app: Some("Codex".to_owned()) }),
        messages: session.messages,
    };
    Ok(Reading { conversation, unsupported: session.unsupported, left_out: session.left_out })
}

struct Session<'a> {
    limits: &'a Limits,
    /// Bytes of memory left for JSON inside strings.
    room: usize,
    id: Option<String>,
    created_at: Option<OffsetDateTime>,
    /// Of the turn.
    model: Option<String>,
    messages: Vec<Message>,
    /// Where in them the person's turns begin.
    turns: Vec<usize>,
    /// Messages of turns that were taken back.
    left_out: usize,
    unsupported: BTreeSet<String>,
}

impl Session<'_> {
    fn line(&mut self, line: &Value) {
        let payload = &line["payload"];
        let at = json::moment(&line["timestamp"]).or_else(|| json::moment(&payload["timestamp"]));
        match line["type"].as_str() {
            Some("session_meta") => self.head(payload),
            Some("turn_context") => {
                let model = json::first_str(payload, &["model"]).or_else(|| json::first_str(&payload["turn_context"], &["model"]));
                self.model = model.map(str::to_owned).or(self.model.take());
            }
            Some("compacted") => self.compacted(at),
            Some("response_item") => self.item(payload, at),
            Some("event_msg") if payload["type"] == "thread_rolled_back" => self.roll_back(&payload["num_turns"]),
            // The others repeat what the items say, for the screen.
            Some("event_msg") => {}
            Some(_) if payload.is_null() => self.item(line, at),
            None if is_head(line) => self.head(line),
            None if line["role"].is_string() => self.item(line, at),
            _ => {}
        }
    }

    /// The first of them: a session that was continued holds those before it too.
    fn head(&mut self, head: &Value) {
        if self.id.is_none() {
            self.id = json::first_str(head, &["id"]).map(str::to_owned);
            self.created_at = json::moment(&head["timestamp"]);
        }
    }

    fn compacted(&mut self, at: Option<OffsetDateTime>) {
        let notice = push::compacted();
        // Told by the program and by the model.
        if self.messages.last().and_then(|message| message.parts.last()) != Some(&notice) {
            self.push(Message { role: Role::Assistant, parts: vec![notice], ..Message::default() }, at);
        }
    }

    /// Takes back the person's last turns and all that followed the first of them.
    fn roll_back(&mut self, turns: &Value) {
        let turns = turns.as_u64().and_then(|turns| usize::try_from(turns).ok()).unwrap_or_default();
        let first = self.turns.len().saturating_sub(turns);
        let from = self.turns.get(first).copied().unwrap_or(self.messages.len());
        self.turns.truncate(first);
        let says = |message: &Message| message.role != Role::Tool && !message.parts.is_empty();
        self.left_out += self.messages.drain(from..).filter(says).count();
    }

    fn push(&mut self, message: Message, at: Option<OffsetDateTime>) {
        let model = self.model.clone().filter(|_| message.role == Role::Assistant);
        self.messages.push(Message { model, created_at: message.created_at.or(at), ..message });
    }

    fn item(&mut self, item: &Value, at: Option<OffsetDateTime>) {
        let mut item = item.clone();
        let mut failed = false;
        match (item["type"].as_str().unwrap_or_default(), item["role"].as_str()) {
            ("ghost_snapshot" | "token_count" | "other", _) | (_, Some("developer" | "system")) => return,
            ("compaction" | "compaction_summary" | "context_compaction", _) => return self.compacted(at),
            ("function_call_output" | "custom_tool_call_output", _) => failed = self.unwrap(&mut item["output"]),
            (_, Some("user")) => {
                if let Some((command, printed)) = words::shell_command(&item["content"]) {
                    return self.shell(command, printed, at);
                }
                if words::is_aborted(&item["content"]) {
                    let text = "The turn was interrupted.".to_owned();
                    let parts = vec![Part::Notice { kind: NoticeKind::Interrupted, text }];
                    return self.push(Message { role: Role::Assistant, parts, ..Message::default() }, at);
                }
                item["content"] = words::asked(&item["content"]);
            }
            _ => {}
        }
        let Some(mut message) = push::read_one(&item, self.limits, &mut self.room, &mut self.unsupported) else { return };
        for part in &mut message.parts {
            if let Part::ToolResult { is_error, .. } = part {
                *is_error |= failed;
            }
        }
        if message.role == Role::User && !message.parts.is_empty() {
            self.turns.push(self.messages.len());
        }
        self.push(message, at);
    }

    /// A command that the person ran herself, which is no turn of hers.
    fn shell(&mut self, command: String, printed: Option<String>, at: Option<OffsetDateTime>) {
        let parts = vec![Part::Text { text: format!("! {command}"), citations: vec![] }];
        self.push(Message { parts, ..Message::default() }, at);
        if let Some(code) = printed {
            let output = vec![Part::Code { code, language: None, filename: None }];
            let result = Part::ToolResult { output, name: None, call_id: None, is_error: false };
            self.push(Message { role: Role::Tool, parts: vec![result], ..Message::default() }, at);
        }
    }

    /// What a command printed comes as JSON in a string, with its exit code; true when that says it failed.
    fn unwrap(&mut self, output: &mut Value) -> bool {
        let whole = match &*output {
            Value::String(text) => json::unwrap_text(text, &mut self.room),
            other => other.clone(),
        };
        let failed = whole["metadata"]["exit_code"].as_i64().is_some_and(|code| code != 0) || whole["success"] == false;
        if let Some(printed) = ["output", "content"].iter().find_map(|key| whole[*key].as_str()) {
            *output = Value::String(printed.to_owned());
        }
        failed
    }
}
