//! Artifacts: documents that Claude writes beside its answer, by a tool or, in older text, in tags. Each becomes one file, where its
//! last version was written.

use crate::conversation::text::one_line;
use crate::conversation::{Message, Part, json};
use serde_json::Value;

/// One version of an artifact.
pub(super) struct Written {
    id: String,
    title: Option<String>,
    mime: Option<String>,
    text: String,
}

struct Artifact {
    written: Written,
    /// Message and part of its last version.
    place: (usize, usize),
}

/// The artifacts of one conversation, followed through their versions.
#[derive(Default)]
pub(super) struct Artifacts {
    artifacts: Vec<Artifact>,
    followed: usize,
}

/// Versions of one conversation that are followed: each may copy a whole document.
const FOLLOWED: usize = 2_000;
/// Where Claude puts the files that it gives to the person.
const OUTPUTS: &str = "/mnt/user-data/outputs/";

impl Artifacts {
    /// Follows a call of the `artifacts` tool that stands as `part` of `message`.
    pub(super) fn write(&mut self, input: &Value, message: usize, part: usize) {
        if self.is_full() {
            return;
        }
        // Behind the call itself.
        let place = (message, part + 1);
        let id = input["id"].as_str().unwrap_or_default();
        if let Some(text) = input["content"].as_str().filter(|_| input["command"] != "update") {
            let written = Written {
                id: id.to_owned(),
                title: json::first_str(input, &["title"]).map(one_line),
                mime: mime(json::first_str(input, &["type"]).map(one_line), json::first_str(input, &["language"])),
                text: text.to_owned(),
            };
            return self.insert_at(written, place);
        }
        self.update(id, input, place);
    }

    /// Follows a call of a tool that writes files, of which those in one directory are given to the person.
    pub(super) fn write_file(&mut self, input: &Value, message: usize, part: usize) {
        let Some(path) = json::first_str(input, &["path"]).filter(|path| path.starts_with(OUTPUTS)) else { return };
        if self.is_full() {
            return;
        }
        let place = (message, part + 1);
        match input["file_text"].as_str() {
            Some(text) => {
                let title = path.rsplit('/').next().map(one_line).filter(|name| !name.is_empty());
                self.insert_at(Written { id: path.to_owned(), title, mime: None, text: text.to_owned() }, place);
            }
            None => self.update(path, input, place),
        }
    }

    fn update(&mut self, id: &str, input: &Value, place: (usize, usize)) {
        let artifact = self.artifacts.iter_mut().find(|artifact| artifact.written.id == id);
        let (Some(artifact), Some(old), Some(new)) = (artifact, json::first_str(input, &["old_str"]), input["new_str"].as_str())
        else {
            return;
        };
        // What cannot be followed stays a call, and the document as it was.
        if artifact.written.text.contains(old) {
            artifact.written.text = artifact.written.text.replacen(old, new, 1);
            artifact.place = place;
        }
    }

    /// Takes a version from the text, where `part` holds its place.
    pub(super) fn insert(&mut self, written: Written, message: usize, part: usize) {
        if !self.is_full() {
            self.insert_at(written, (message, part));
        }
    }

    fn is_full(&mut self) -> bool {
        self.followed += 1;
        self.followed > FOLLOWED
    }

    fn insert_at(&mut self, written: Written, place: (usize, usize)) {
        match self.artifacts.iter_mut().find(|artifact| artifact.written.id == written.id) {
            Some(artifact) => {
                let (title, mime) = (artifact.written.title.take(), artifact.written.mime.take());
                artifact.written = Written { title: written.title.or(title), mime: written.mime.or(mime), ..written };
                artifact.place = place;
            }
            None => self.artifacts.push(Artifact { written, place }),
        }
    }

    /// Puts the files where their last versions were written.
    pub(super) fn place(&mut self, messages: &mut [Message]) {
        // From the last place to the first, so that a place stays where it was.
        self.artifacts.sort_by_key(|artifact| std::cmp::Reverse(artifact.place));
        for Artifact { written, place: (message, part) } in self.artifacts.drain(..) {
            let Some(message) = messages.get_mut(message) else { continue };
            let name = written.title.or(Some(written.id).filter(|id| !id.is_empty())).unwrap_or_else(|| "Artifact".to_owned());
            let size = Some(written.text.len() as u64);
            let file = Part::File { name, mime: written.mime, size, url: None, text: Some(written.text), blob: None };
            message.parts.insert(part.min(message.parts.len()), file);
        }
    }
}

/// A piece of an answer that holds artifacts.
pub(super) enum Piece<'a> {
    Words(&'a str),
    Artifact(Written),
}

const ARTIFACT: &str = "<antArtifact";
const THINKING: &str = "<antThinking>";

pub(super) fn may_hold(text: &str) -> bool {
    text.contains(ARTIFACT) || text.contains(THINKING)
}

/// Cuts an answer at its artifacts, and drops the thoughts about them, which readers never saw.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let is_tag = |(at, _): &(usize, &str), text: &str| [ARTIFACT, THINKING].iter().any(|tag| text[*at..].starts_with(tag));
    while let Some((at, _)) = rest.match_indices("<ant").find(|found| is_tag(found, rest)) {
        pieces.push(Piece::Words(&rest[..at]));
        let tag = &rest[at..];
        rest = if let Some(thought) = tag.strip_prefix(THINKING) {
            thought.split_once("</antThinking>").map_or("", |(_, after)| after.trim_start_matches('\n'))
        } else {
            let (attributes, body) = tag.split_once('>').unwrap_or((tag, ""));
            let (body, after) = body.split_once("</antArtifact>").unwrap_or((body, ""));
            let written = Written {
                id: attribute(attributes, "identifier").unwrap_or_default(),
                title: attribute(attributes, "title"),
                mime: mime(attribute(attributes, "type"), attribute(attributes, "language").as_deref()),
                text: body.trim_matches('\n').to_owned(),
            };
            pieces.push(Piece::Artifact(written));
            after
        };
    }
    pieces.push(Piece::Words(rest));
    pieces
}

/// Claude's type of code says nothing of the language, which it names beside it.
fn mime(mime: Option<String>, language: Option<&str>) -> Option<String> {
    match (mime.as_deref(), language.map(one_line).filter(|language| !language.is_empty())) {
        (Some("application/vnd.ant.code"), Some(language)) => Some(format!("text/x-{language}")),
        _ => mime,
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| one_line(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn code_keeps_its_language() {
        let mut artifacts = Artifacts::default();
        artifacts.write(&json!({"id": "a", "type": "application/vnd.ant.code", "language": "python", "content": "1"}), 0, 0);
        artifacts.write(&json!({"id": "a", "command": "rewrite", "content": "2"}), 0, 0);
        let text = "<antArtifact identifier=\"b\" type=\"application/vnd.ant.code\" language=\"rust\">3</antArtifact>\
                    <antArtifact identifier=\"c\" type=\"text/html\" language=\"rust\">4</antArtifact>";
        for piece in pieces(text) {
            if let Piece::Artifact(written) = piece {
                artifacts.insert(written, 0, 0);
            }
        }
        let mimes: Vec<_> = artifacts.artifacts.iter().map(|artifact| artifact.written.mime.as_deref()).collect();
        assert_eq!(mimes, [Some("text/x-python"), Some("text/x-rust"), Some("text/html")]);
    }
}
