//! Canvas: documents that the model writes by calling `canmore` tools. Each becomes one file, where its last version was written.

use crate::conversation::text::one_line;
use crate::conversation::{Message, Part, json};
use serde_json::Value;

/// Calls of one conversation that are followed: each may copy a whole document.
const FOLLOWED: usize = 2_000;

/// The documents of one conversation.
#[derive(Default)]
pub(super) struct Canvas {
    documents: Vec<Document>,
    followed: usize,
}

struct Document {
    /// Told with the result of the call that made it.
    id: Option<String>,
    name: String,
    mime: Option<String>,
    text: String,
    /// The message of its last version.
    message: usize,
}

impl Canvas {
    /// Follows one call; `answer` is what its result says of the canvas, `message` where the call will stand.
    pub(super) fn write(&mut self, tool: &str, input: &Value, answer: &Value, message: usize) {
        let id = answer["textdoc_id"].as_str();
        if !tool.starts_with("canmore.") || self.followed == FOLLOWED {
            return;
        }
        self.followed += 1;
        match tool {
            "canmore.create_textdoc" => {
                let Some(text) = input["content"].as_str().map(str::to_owned) else { return };
                let name = json::first_str(input, &["name"]).map_or_else(|| "Canvas".to_owned(), one_line);
                let mime = match input["type"].as_str() {
                    Some("document") => Some("text/markdown".to_owned()),
                    Some(kind) => kind.strip_prefix("code/").map(|language| format!("text/x-{}", one_line(language))),
                    None => None,
                };
                self.documents.push(Document { id: id.map(str::to_owned), name, mime, text, message });
            }
            "canmore.update_textdoc" => {
                let known = self.documents.iter().rposition(|document| id.is_some() && document.id.as_deref() == id);
                let Some(at) = known.or(self.documents.len().checked_sub(1)) else { return };
                // What cannot be followed stays a call, and the document as it was.
                if let Some(text) = updated(&self.documents[at].text, json::items(input, "updates")) {
                    self.documents[at].text = text;
                    self.documents[at].message = message;
                }
            }
            _ => {}
        }
    }

    /// Puts the files where their last versions were written.
    pub(super) fn place(&mut self, messages: &mut [Message]) {
        for document in self.documents.drain(..) {
            if let Some(message) = messages.get_mut(document.message) {
                let size = Some(document.text.len() as u64);
                message.parts.push(Part::File {
                    name: document.name,
                    mime: document.mime,
                    size,
                    url: None,
                    text: Some(document.text),
                    blob: None,
                });
            }
        }
    }
}

/// A replacement for each letter would grow a document without bound.
const LARGEST: usize = 4 << 20;

/// Updates are regular expressions; nearly all are `.*` for a rewrite, or the escaped words they replace.
fn updated(text: &str, updates: &[Value]) -> Option<String> {
    let mut text = text.to_owned();
    for update in updates {
        let (pattern, replacement) = (update["pattern"].as_str()?, update["replacement"].as_str()?);
        if matches!(pattern, ".*" | "^.*$" | "(?s).*" | "(?s)^.*$" | r"[\s\S]*") {
            replacement.clone_into(&mut text);
            continue;
        }
        let words = literal(pattern).filter(|words| !words.is_empty() && text.contains(words.as_str()))?;
        let times = if update["multiple"] == true { text.matches(words.as_str()).count() } else { 1 };
        if times.saturating_mul(replacement.len()).saturating_add(text.len()) > LARGEST {
            return None;
        }
        text = text.replacen(&words, replacement, times);
    }
    (!updates.is_empty()).then_some(text)
}

/// The words a pattern stands for, if it stands for just these.
fn literal(pattern: &str) -> Option<String> {
    let mut words = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next()? {
                'n' => words.push('\n'),
                't' => words.push('\t'),
                escaped if escaped.is_alphanumeric() => return None,
                escaped => words.push(escaped),
            },
            '.' | '^' | '$' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => return None,
            c => words.push(c),
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn updates_replace_all_or_the_words_named() {
        let update =
            |pattern: &str, replacement: &str| updated("a (b) c b", &[json!({"pattern": pattern, "replacement": replacement})]);
        assert_eq!(update(".*", "new"), Some("new".to_owned()));
        assert_eq!(update(r"\(b\)", "$1"), Some("a $1 c b".to_owned()));
        assert_eq!(update("b", "x"), Some("a (x) c b".to_owned()));
        assert_eq!(update("(b|c)", "x"), None);
        assert_eq!(update(r"\d", "x"), None);
        assert_eq!(update("not there", "x"), None);
        assert_eq!(updated("a", &[]), None);
    }
}
