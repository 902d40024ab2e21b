//! The session logs of Claude Code (FORMATS 4.13): messages of Anthropic's API, each in one line or several, among what the program
//! notes for itself.

mod words;

use super::{Format, Reading, Unit};
use crate::conversation::text::one_line;
use crate::conversation::{Conversation, Limits, Message, NoticeKind, Part, Role, Source, Status, json, push};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};
use words::Said;

pub(super) const FORMAT: Format = Format {
    name: "claude-code",
    unit: Unit::All,
    recognises,
    read,
    warning: Some("It may hold names, paths and files of the computer it ran on: read it before you share it."),
};

fn recognises(value: &Value) -> bool {
    let in_session = |line: &Value| json::first_str(line, &["sessionId", "session_id"]).is_some();
    let ours = |line: &Value| (in_session(line) && !line["message"].is_null()) || line["type"] == "file-history-snapshot";
    value["loglines"].is_array() || value.as_array().is_some_and(|lines| lines.iter().any(ours))
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let lines = value.as_array().map_or_else(|| json::items(value, "loglines"), Vec::as_slice);
    let abandoned = abandoned(lines);
    let mut session = Session { limits, room: limits.memory(), messages: vec![], unsupported: BTreeSet::new() };
    let (mut seen, mut left_out) = (HashMap::new(), 0);
    for line in lines.iter().filter(|line| is_shown(line)) {
        let id = line["uuid"].as_str();
        if id.is_some_and(|id| abandoned.contains(id)) {
            left_out += 1;
            continue;
        }
        // A session that was continued repeats its lines; a damaged one gives two lines the same name.
        if id.is_some_and(|id| seen.insert(id, &line["message"]) == Some(&line["message"])) {
            continue;
        }
        session.line(line);
    }
    let source = |key| lines.iter().find_map(|line| line[key].as_str()).map(str::to_owned);
    let conversation = Conversation {
        title: json::first_str(value, &["title", "name"]).map(one_line).or_else(|| title(lines)).unwrap_or_default(),
        created_at: lines.iter().find_map(|line| json::moment(&line["timestamp"])),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: source("sessionId").or_else(|| source("session_id")),
            app: Some("Claude Code".to_owned()),
        }),
        messages: session.messages,
    };
    Ok(Reading { conversation, unsupported: session.unsupported, left_out })
}

/// Whether a person at the screen saw the line; what goes on inside of sub-agents is not shown there.
fn is_shown(line: &Value) -> bool {
    line["isMeta"] != true && line["isSidechain"] != true && line["parent_tool_use_id"].is_null()
}

/// What a person typed, not what a tool or the program said in her name.
fn is_prompt(line: &Value) -> bool {
    let content = &line["message"]["content"];
    let blocks = || content.as_array().into_iter().flatten();
    let typed = |text: &str| matches!(words::said(text), Said::Words(_));
    let texts = content.as_str().into_iter().chain(blocks().filter_map(|block| block["text"].as_str()));
    line["type"] == "user"
        && is_shown(line)
        && !blocks().any(|block| block["type"] == "tool_result")
        && texts.into_iter().any(typed)
}

/// The lines of branches that were left by going back to an earlier prompt: of prompts that follow the same line, the last counts.
fn abandoned(lines: &[Value]) -> HashSet<&str> {
    let mut last: HashMap<&str, &str> = HashMap::new();
    let mut gone = HashSet::new();
    for line in lines.iter().filter(|line| is_prompt(line)) {
        let (Some(parent), Some(id)) = (line["parentUuid"].as_str(), line["uuid"].as_str()) else { continue };
        if let Some(earlier) = last.insert(parent, id).filter(|earlier| *earlier != id) {
            gone.insert(earlier);
        }
    }
    gone.extend(abandoned_roots(lines));
    if gone.is_empty() {
        return gone;
    }
    for line in lines {
        if let (Some(parent), Some(id)) = (line["parentUuid"].as_str(), line["uuid"].as_str())
            && gone.contains(parent)
        {
            gone.insert(id);
        }
    }
    gone
}

/// The first prompts that were left by going back to the very beginning, where no line before them tells: the session goes on from a
/// later one. A prompt that nothing followed may be one of a log that names no parents, and before a compaction all was read.
fn abandoned_roots(lines: &[Value]) -> Vec<&str> {
    let ends = lines.iter().rev().find(|line| is_shown(line) && line["uuid"].is_string());
    let Some(at) = ends.and_then(|end| root(lines, end)).filter(|at| is_prompt(&lines[*at])) else { return vec![] };
    let session = &lines[at]["sessionId"];
    let answered: HashSet<&str> = lines.iter().filter_map(|line| line["parentUuid"].as_str()).collect();
    let compacts = |line: &&Value| line["isCompactSummary"] == true || line["subtype"] == "compact_boundary";
    let since = lines[..at].iter().rev().take_while(|line| !compacts(line));
    let roots = since.filter(|line| line["parentUuid"].is_null() && line["sessionId"] == *session && is_prompt(line));
    roots.filter_map(|line| line["uuid"].as_str()).filter(|id| answered.contains(id)).collect()
}

/// Where the line stands that all lines before `end` lead back to.
fn root(lines: &[Value], end: &Value) -> Option<usize> {
    let places: HashMap<&str, usize> =
        lines.iter().enumerate().filter_map(|(at, line)| Some((line["uuid"].as_str()?, at))).collect();
    let place = |line: &Value, key: &str| line[key].as_str().and_then(|id| places.get(id).copied());
    let mut at = place(end, "uuid")?;
    // Parents form a circle in damaged files.
    for _ in 0..lines.len() {
        match place(&lines[at], "parentUuid") {
            Some(above) => at = above,
            None => return lines[at]["parentUuid"].is_null().then_some(at),
        }
    }
    None
}

/// A person's own title, else the program's; summaries of other sessions stand in the file too.
fn title(lines: &[Value]) -> Option<String> {
    let ids: HashSet<&str> = lines.iter().filter_map(|line| line["uuid"].as_str()).collect();
    let named = |kind: &str, keys: &[&str]| {
        lines.iter().rev().filter(|line| line["type"] == kind).find_map(|line| json::first_str(line, keys))
    };
    let summaries = || lines.iter().filter(|line| line["type"] == "summary");
    let own = |line: &&Value| line["leafUuid"].as_str().is_some_and(|leaf| ids.contains(leaf));
    let summary =
        || summaries().rfind(own).or_else(|| summaries().next_back()).and_then(|line| json::first_str(line, &["summary"]));
    let title =
        named("custom-title", &["customTitle", "title"]).or_else(|| named("ai-title", &["aiTitle", "title"])).or_else(summary);
    title.map(one_line)
}

struct Session<'a> {
    limits: &'a Limits,
    /// Bytes of memory left for JSON inside strings.
    room: usize,
    messages: Vec<Message>,
    unsupported: BTreeSet<String>,
}

impl Session<'_> {
    fn line(&mut self, line: &Value) {
        let message = &line["message"];
        match line["type"].as_str() {
            Some("user") if line["isCompactSummary"] == true => self.compacted(line),
            Some("user") => self.user(line, &message["content"]),
            Some("assistant") => self.assistant(line, message),
            Some("system") if line["subtype"] == "compact_boundary" => self.compacted(line),
            // Typed while the model was at work.
            Some("attachment") if line["attachment"]["type"] == "queued_command" => self.user(line, &line["attachment"]["prompt"]),
            _ => {}
        }
    }

    fn push(&mut self, line: &Value, message: Message) {
        self.messages.push(Message { created_at: json::moment(&line["timestamp"]), ..message });
    }

    fn notice(&mut self, line: &Value, kind: NoticeKind, text: String) {
        let status = if kind == NoticeKind::Error { Status::Error } else { Status::Complete };
        self.push(line, Message { role: Role::Assistant, status, parts: vec![Part::Notice { kind, text }], ..Message::default() });
    }

    fn compacted(&mut self, line: &Value) {
        let notice = push::compacted();
        // The boundary and the summary behind it.
        if self.messages.last().and_then(|message| message.parts.last()) != Some(&notice) {
            self.push(line, Message { role: Role::Assistant, parts: vec![notice], ..Message::default() });
        }
    }

    fn user(&mut self, line: &Value, content: &Value) {
        let whole;
        let blocks = match content {
            Value::Array(blocks) => blocks.as_slice(),
            text => {
                whole = [text.clone()];
                &whole
            }
        };
        let mut kept = Vec::new();
        for block in blocks {
            match block.as_str().or_else(|| block["text"].as_str()) {
                Some(text) => match words::said(text) {
                    Said::Nothing => {}
                    Said::Words(words) => kept.push(Value::String(words)),
                    Said::Printed(code) => {
                        let output = vec![Part::Code { code, language: None, filename: None }];
                        let result = Part::ToolResult { output, name: None, call_id: None, is_error: false };
                        self.push(line, Message { role: Role::Tool, parts: vec![result], ..Message::default() });
                    }
                    Said::Interrupted => self.notice(line, NoticeKind::Interrupted, "The turn was interrupted.".to_owned()),
                    Said::Summary => self.compacted(line),
                },
                None if block["type"] == "tool_result" => kept.push(words::without_reminders(block)),
                None => kept.push(block.clone()),
            }
        }
        let message = json!({ "role": "user", "content": kept });
        if let Some(message) = push::read_one(&message, self.limits, &mut self.room, &mut self.unsupported) {
            self.push(line, message);
        }
    }

    fn assistant(&mut self, line: &Value, message: &Value) {
        let synthetic = message["model"] == "<synthetic>";
        let text = json::items(message, "content").iter().find_map(|block| block["text"].as_str()).unwrap_or_default();
        match text.trim() {
            said if line["isApiErrorMessage"] == true => return self.notice(line, NoticeKind::Error, said.to_owned()),
            "(no content)" => return,
            "No response requested." if synthetic => return,
            _ => {}
        }
        let Some(mut message) = push::read_one(message, self.limits, &mut self.room, &mut self.unsupported) else { return };
        message.model = message.model.filter(|_| !synthetic);
        self.push(line, message);
    }
}
