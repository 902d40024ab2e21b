//! The OpenAI data export (FORMATS 4.1): a tree of messages a conversation, of which one path is shown.

mod canvas;
mod content;
mod references;
mod writing;

use super::{Format, Reading, Unit};
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, Status, json, long_message};
use canvas::Canvas;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashSet};

pub(super) const FORMAT: Format = Format { name: "openai-export", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    // DeepSeek's export has a mapping as well, with fragments for content.
    let nodes = value["mapping"].as_object();
    let theirs = |nodes: &Map<String, Value>| nodes.values().any(|node| !node["message"]["fragments"].is_null());
    value["inserted_at"].is_null() && nodes.is_some_and(|nodes| !theirs(nodes))
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let Some(nodes) = value["mapping"].as_object() else { return Err("It has no messages.".to_owned()) };
    let path = path(nodes, value["current_node"].as_str());
    let shown: HashSet<&str> = path.iter().copied().collect();
    let beside = nodes.iter().filter(|(id, node)| !shown.contains(id.as_str()) && is_readable(&node["message"])).count();
    let path: Vec<&Value> = path.iter().map(|id| &nodes[*id]["message"]).collect();
    let (messages, unsupported) = turns(&path, limits);
    let conversation = Conversation {
        title: value["title"].as_str().unwrap_or_default().to_owned(),
        created_at: json::moment(&value["create_time"]),
        model: model(&value["default_model_slug"]),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["conversation_id", "id"]).map(str::to_owned),
            app: Some("ChatGPT".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported, left_out: beside })
}

/// The messages of one path, and the types of content that notices stand for.
pub(super) fn turns(path: &[&Value], limits: &Limits) -> (Vec<Message>, BTreeSet<String>) {
    let mut thread = Thread { room: limits.memory(), most_parts: long_message::most(limits), ..Thread::default() };
    for (at, message) in path.iter().enumerate() {
        thread.read(message, path.get(at + 1).copied().unwrap_or(&Value::Null));
    }
    thread.canvas.place(&mut thread.messages);
    (thread.messages, thread.unsupported)
}

/// The ids from the first message to the one last looked at.
fn path<'a>(nodes: &'a Map<String, Value>, current: Option<&'a str>) -> Vec<&'a str> {
    let mut next = current.filter(|id| nodes.contains_key(*id)).or_else(|| newest_leaf(nodes));
    let mut path = Vec::new();
    // Parents form a circle in damaged files.
    let mut seen = HashSet::new();
    while let Some((id, node)) = next.and_then(|id| nodes.get_key_value(id)) {
        if !seen.insert(id.as_str()) {
            break;
        }
        path.push(id.as_str());
        next = node["parent"].as_str();
    }
    path.reverse();
    path
}

/// The newest message without an answer: children may be named that the file does not hold.
fn newest_leaf(nodes: &Map<String, Value>) -> Option<&str> {
    let is_leaf =
        |node: &Value| !json::items(node, "children").iter().filter_map(Value::as_str).any(|child| nodes.contains_key(child));
    let time = |node: &Value| json::moment(&node["message"]["create_time"]);
    let leaves = nodes.iter().filter(|(_, node)| !node["message"].is_null() && is_leaf(node));
    leaves.max_by_key(|(_, node)| time(node)).map(|(id, _)| id.as_str())
}

/// Whether the origin keeps a message from its reader's eyes. `weight: 0` does not say so.
fn is_hidden(message: &Value) -> bool {
    let metadata = &message["metadata"];
    let flags = ["is_visually_hidden_from_conversation", "is_user_system_message"];
    let context = matches!(
        message["content"]["content_type"].as_str(),
        Some("user_editable_context" | "model_editable_context" | "app_pairing_content")
    );
    context || flags.iter().any(|flag| metadata[*flag] == true)
}

/// Whether a reader of another branch would have seen words here; for the count of what is left out.
fn is_readable(message: &Value) -> bool {
    let speaks = matches!(message["author"]["role"].as_str(), Some("user" | "assistant")) && is_addressed_to_all(message);
    let content = &message["content"];
    let says = |part: &Value| part.as_str().map_or(part.is_object(), |text| !text.trim().is_empty());
    speaks
        && !is_hidden(message)
        && (json::items(content, "parts").iter().any(says) || json::first_str(content, &["text"]).is_some())
}

fn is_addressed_to_all(message: &Value) -> bool {
    message["recipient"].as_str().is_none_or(|recipient| recipient == "all")
}

pub(super) fn model(slug: &Value) -> Option<String> {
    slug.as_str().filter(|slug| !slug.is_empty() && *slug != "auto").map(str::to_owned)
}

fn status(message: &Value) -> Status {
    let stopped = matches!(message["metadata"]["finish_details"]["type"].as_str(), Some("interrupted" | "max_tokens"));
    if stopped || message["status"] == "in_progress" { Status::Incomplete } else { Status::Complete }
}

/// Calls of one turn that a result is looked for among; the search is linear.
const OPEN_CALLS: usize = 500;

/// A call of the turn, for its results to find it.
struct Call {
    id: String,
    tool: String,
    answered: bool,
}

/// The messages read so far.
#[derive(Default)]
struct Thread {
    messages: Vec<Message>,
    /// Of the assistant's turn.
    calls: Vec<Call>,
    made: usize,
    canvas: Canvas,
    /// Bytes of memory left for JSON inside strings.
    room: usize,
    /// Parts of one message that are read.
    most_parts: usize,
    unsupported: BTreeSet<String>,
}

impl Thread {
    fn read(&mut self, message: &Value, next: &Value) {
        if message.is_null() || is_hidden(message) {
            return;
        }
        let (role, parts) = match message["author"]["role"].as_str() {
            Some("user") => {
                self.calls.clear();
                (Role::User, self.content(message))
            }
            Some("assistant") if is_thought(message) => return self.think(message),
            Some("assistant") if !is_addressed_to_all(message) => (Role::Assistant, self.call(message, next)),
            Some("assistant") => (Role::Assistant, self.content(message)),
            Some("tool") => return self.result(message),
            // The system's too: a link must not publish instructions that its sender never saw.
            _ => return,
        };
        self.push(role, message, parts);
    }

    fn push(&mut self, role: Role, message: &Value, parts: Vec<Part>) {
        let model = (role == Role::Assistant).then(|| model(&message["metadata"]["model_slug"])).flatten();
        let (created_at, status) = (json::moment(&message["create_time"]), status(message));
        self.messages.push(Message { role, author: None, model, created_at, status, parts });
    }

    /// The recap says how long the thoughts before it took; in most models it is all that is shown of them.
    fn think(&mut self, message: &Value) {
        let content = &message["content"];
        // One train of thought comes in several messages.
        let continues = matches!(self.messages.last().and_then(|message| message.parts.last()), Some(Part::Reasoning { .. }));
        let turn = self.messages.iter_mut().rev().take_while(|message| message.role != Role::User);
        let last = turn.flat_map(|message| message.parts.iter_mut().rev()).find_map(|part| match part {
            Part::Reasoning { text, duration_sec, .. } => Some((text, duration_sec)),
            _ => None,
        });
        if content["content_type"] == "reasoning_recap" {
            let seconds = content::recap_seconds(message);
            match last {
                Some((_, duration @ None)) => *duration = seconds,
                _ => {
                    let redacted = Part::Reasoning { text: String::new(), duration_sec: seconds, redacted: true };
                    self.push(Role::Assistant, message, vec![redacted]);
                }
            }
            return;
        }
        let text = content::thoughts(content);
        match last.filter(|(_, duration)| continues && duration.is_none()) {
            Some((whole, _)) if !text.is_empty() => {
                whole.push_str("\n\n");
                whole.push_str(&text);
            }
            Some(_) => {}
            None => self.push(Role::Assistant, message, vec![Part::Reasoning { text, duration_sec: None, redacted: false }]),
        }
    }

    /// Any assistant message that is not addressed to everybody.
    fn call(&mut self, message: &Value, next: &Value) -> Vec<Part> {
        let tool = message["recipient"].as_str().unwrap_or_default().to_owned();
        let input = json::unwrap_text(&content::plain_text(&message["content"]), &mut self.room);
        self.canvas.write(&tool, &input, &next["metadata"]["canvas"], self.messages.len());
        self.made += 1;
        let id = format!("call-{}", self.made);
        if self.calls.len() == OPEN_CALLS {
            self.calls.remove(0);
        }
        self.calls.push(Call { id: id.clone(), tool: tool.clone(), answered: false });
        vec![Part::ToolCall { name: tool, input, call_id: Some(id) }]
    }

    fn result(&mut self, message: &Value) {
        let tool = message["author"]["name"].as_str();
        let content = self.content(message);
        let is_drawn = content::is_drawn(message);
        let (shown, mut output): (Vec<_>, Vec<_>) = content.into_iter().partition(|part| match part {
            Part::Notice { .. } => true,
            Part::Image { .. } => is_drawn || tool.is_some_and(content::draws),
            _ => false,
        });
        output.extend(references::searched(&message["metadata"]));
        if !output.is_empty() {
            let call_id = self.called(tool);
            let is_error = !message["metadata"]["aggregate_result"]["in_kernel_exception"].is_null();
            let result = Part::ToolResult { output, name: tool.map(str::to_owned), call_id, is_error };
            self.push(Role::Tool, message, vec![result]);
        }
        // Pictures made for the reader stand in the answer, whether its tools are shown or not.
        self.push(Role::Assistant, message, shown);
    }

    /// The call a result of `tool` belongs to: the first unanswered one of that tool, else its last, else any of the turn.
    fn called(&mut self, tool: Option<&str>) -> Option<String> {
        let within =
            |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let same = |call: &Call| tool.is_some_and(|tool| within(&call.tool, tool) || within(tool, &call.tool));
        let calls = &mut self.calls;
        let at = (calls.iter().position(|call| !call.answered && same(call)))
            .or_else(|| calls.iter().rposition(same))
            .or_else(|| calls.iter().position(|call| !call.answered))?;
        calls[at].answered = true;
        Some(calls[at].id.clone())
    }
}

fn is_thought(message: &Value) -> bool {
    let analysis = message["channel"] == "analysis" && is_addressed_to_all(message);
    analysis || matches!(message["content"]["content_type"].as_str(), Some("thoughts" | "reasoning_recap"))
}
