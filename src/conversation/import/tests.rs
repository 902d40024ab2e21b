use super::*;
use crate::conversation::{Message, Part, Role, Source, Status};
use serde_json::json;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn imported_within(bytes: &[u8], limits: &Limits) -> (Vec<Found>, Result<Summary, ImportError>) {
    let mut found = Vec::new();
    let result = import(&mut Cursor::new(bytes), limits, &mut |one| {
        found.push(one);
        ControlFlow::Continue(())
    });
    (found, result)
}

fn imported(bytes: &[u8]) -> (Vec<Found>, Result<Summary, ImportError>) {
    imported_within(bytes, &Limits::default())
}

/// A line a conversation: its title and what became of it.
fn report(found: &[Found]) -> Vec<String> {
    let line = |one: &Found| match &one.outcome {
        Outcome::Skipped { reason } => format!("{}: {reason}", one.title),
        Outcome::Conversation { unsupported, left_out, conversation, .. } => {
            format!("{}: {} messages, {left_out} left out, {unsupported:?}", one.title, conversation.messages.len())
        }
    };
    found.iter().map(line).collect()
}

fn conversation(found: &[Found], at: usize) -> &Conversation {
    match &found[at].outcome {
        Outcome::Conversation { conversation, .. } => conversation,
        Outcome::Skipped { reason } => panic!("{reason}"),
    }
}

/// What it is called when nobody is named whose it is.
fn conversation_id(conversation: &Conversation) -> String {
    Name::of(conversation).among(None)
}

fn warnings(found: &Found) -> &[String] {
    match &found.outcome {
        Outcome::Conversation { warnings, .. } => warnings,
        Outcome::Skipped { reason } => panic!("{reason}"),
    }
}

/// A conversation as a person would sum it up: a line a part.
fn outline(conversation: &Conversation) -> String {
    let mut lines = String::new();
    for Message { role, author, model, status, parts, .. } in &conversation.messages {
        let about = [author.as_deref(), model.as_deref(), (*status != Status::Complete).then_some("cut off")];
        let about: Vec<_> = about.into_iter().flatten().collect();
        writeln!(lines, "{role:?} {}", about.join(" ")).unwrap();
        for part in parts {
            writeln!(lines, "  {}", line(part)).unwrap();
        }
    }
    lines
}

fn line(part: &Part) -> String {
    let or = |text: &Option<String>| text.clone().unwrap_or_default();
    match part {
        Part::Text { text, citations } => {
            let cited: Vec<_> = citations.iter().map(|cited| or(&cited.url)).collect();
            format!("text {text:?} {}", cited.join(" "))
        }
        Part::Code { code, language, .. } => format!("code {} {code:?}", or(language)),
        Part::Reasoning { text, duration_sec, redacted } => format!("reasoning {duration_sec:?} {redacted} {text:?}"),
        Part::ToolCall { name, input, call_id } => format!("call {name} {} {input}", or(call_id)),
        Part::ToolResult { output, call_id, is_error, .. } => {
            format!(
                "result {}{} [{}]",
                or(call_id),
                if *is_error { "!" } else { "" },
                output.iter().map(line).collect::<Vec<_>>().join(", ")
            )
        }
        Part::Image { url, mime, width, height, alt, name, .. } => {
            format!("image {} {} {}x{} {} {}", or(name), or(mime), width.unwrap_or(0), height.unwrap_or(0), or(alt), or(url))
        }
        Part::File { name, mime, text, .. } => format!("file {name} {} {:?}", or(mime), or(text)),
        Part::Sources { items } => format!("sources {}", items.iter().map(|item| or(&item.url)).collect::<Vec<_>>().join(" ")),
        Part::Notice { kind, text } => format!("notice {kind:?} {text:?}"),
    }
}

fn assert_outline(conversation: &Conversation, expected: &str) {
    let tidy = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    pretty_eq(&tidy(&outline(conversation)), &tidy(expected));
}

fn pretty_eq(left: &str, right: &str) {
    assert!(left == right, "read:\n{left}\n\nexpected:\n{right}");
}

/// The smallest picture, whatever it is called.
const PICTURE: &[u8] = b"GIF89a\x03\0\x02\0\0\0\0;";

mod agents;
mod apis;
mod archives;
mod detection;
mod formats;
mod fuzz;
mod hostile;
mod logs;
mod transcripts;

mod google;
mod products;
mod trees;
