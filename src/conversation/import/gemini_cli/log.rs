//! A session as newer versions write it: a line about the session, a line a message, and lines that change what was written before.

use crate::conversation::json;
use serde_json::Value;
use std::collections::HashMap;

/// What a session's lines come to.
pub(super) struct Log<'a> {
    pub(super) head: &'a Value,
    /// What was written later in its stead, as far as it names the session.
    pub(super) newer: &'a Value,
    /// Each in its newest version, where its first one stood.
    pub(super) messages: Vec<&'a Value>,
    /// Messages that were taken back.
    pub(super) left_out: usize,
    places: HashMap<&'a str, usize>,
}

/// Whether a line tells which session it is.
pub(super) fn is_head(line: &Value) -> bool {
    // A whole session in one line has its messages too.
    line["sessionId"].is_string() && line["projectHash"].is_string() && json::items(line, "messages").is_empty()
}

pub(super) fn speaks(message: &Value) -> bool {
    matches!(message["type"].as_str(), Some("user" | "gemini"))
}

impl<'a> Log<'a> {
    /// Of the older form, in which all is one object.
    pub(super) fn of_document(session: &'a Value) -> Self {
        let messages = json::items(session, "messages").iter().collect();
        Log { head: session, newer: &Value::Null, messages, left_out: 0, places: HashMap::new() }
    }

    pub(super) fn of_lines(lines: &'a [Value]) -> Self {
        let head = lines.iter().find(|line| is_head(line)).unwrap_or(&Value::Null);
        let mut log = Log { head, newer: &Value::Null, messages: vec![], left_out: 0, places: HashMap::new() };
        for line in lines {
            let set = &line["$set"];
            if let Some(id) = line["$rewindTo"].as_str() {
                log.rewind(id);
            } else if set.is_object() {
                log.newer = if set["summary"].is_string() { set } else { log.newer };
                // They repeat the lines, where there were any.
                if log.messages.is_empty() {
                    json::items(set, "messages").iter().for_each(|message| log.upsert(message));
                }
            } else if line["type"].is_string() && line["sessionId"].is_null() {
                log.upsert(line);
            }
        }
        log
    }

    fn upsert(&mut self, message: &'a Value) {
        let id = message["id"].as_str();
        if let Some(at) = id.and_then(|id| self.places.get(id)) {
            self.messages[*at] = message;
            return;
        }
        if let Some(id) = id {
            self.places.insert(id, self.messages.len());
        }
        self.messages.push(message);
    }

    /// Takes back a message and what followed it; all of them for one that is not there.
    fn rewind(&mut self, id: &str) {
        let from = self.places.get(id).copied().unwrap_or_default();
        for message in self.messages.drain(from..) {
            self.left_out += usize::from(speaks(message));
            if let Some(id) = message["id"].as_str() {
                self.places.remove(id);
            }
        }
    }
}
