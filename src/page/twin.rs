//! The Markdown twin of a page: for people who keep notes and for programs that read, this importer among them.
//!
//! Facts stand in front matter, each message under a heading of the second level that begins with its role. Headings of that level in
//! a message's own text get a space before them: Markdown reads them as before, and nobody takes them for a speaker.

mod contained;

use super::{messages, title, words};
use crate::conversation::transcript::Shown;
use crate::conversation::{Citation, Message, Part, Role, Status};
use contained::contained;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// The conversation as a clean Markdown transcript.
pub fn markdown_twin(shown: &Shown, url: &str) -> String {
    let mut out = format!("---\ntitle: {}\n", quoted_scalar(title(shown)));
    if let Some(began) = messages::began(shown) {
        let _ = writeln!(out, "date: {}", words::machine_time(began));
    }
    if let Some(model) = &shown.model {
        let _ = writeln!(out, "model: {}", quoted_scalar(model));
    }
    let _ = write!(out, "messages: {}\nsource: {url}\n---\n", shown.messages.len());
    for message in &shown.messages {
        let _ = write!(out, "\n## {}\n\n{}\n", heading(&message.message, shown), said(&message.message, contained));
    }
    out
}

/// One message as Markdown, as it would be pasted elsewhere: without its heading, its texts as they were written. None where there is no such message.
pub fn message_markdown(shown: &Shown, number: u32) -> Option<String> {
    let found = shown.messages.iter().find(|message| message.number == number)?;
    Some(said(&found.message, str::to_owned) + "\n")
}

/// What a message says, a block after the other; its texts as `written` puts them.
fn said(message: &Message, written: fn(&str) -> String) -> String {
    let mut blocks = written_blocks(&message.parts, written);
    match message.status {
        Status::Complete => {}
        Status::Incomplete => blocks.push("*(cut off)*".to_owned()),
        Status::Error => blocks.push("*(ended with an error)*".to_owned()),
    }
    blocks.join("\n\n")
}

/// "User · Emily · 2026-11-23T10:14:00Z": the role first, for programs.
fn heading(message: &Message, shown: &Shown) -> String {
    // A dot of the name's own would divide it.
    let name = |name: &str| in_line(name).replace('·', "&middot;");
    let mut parts = vec![messages::role_name(message.role).to_owned()];
    let author = messages::author(message);
    parts.extend(author.as_deref().map(name));
    match messages::model_of(message, shown) {
        // Front matter has named the one that speaks where nothing else is said.
        Some(model) if author.is_some() || Some(model) != shown.model.as_deref() => parts.push(name(model)),
        // Without it, a name would be taken for the model's.
        None if author.is_some() && message.role == Role::Assistant => parts.push("—".to_owned()),
        _ => {}
    }
    parts.extend(message.created_at.map(words::machine_time));
    parts.join(" · ")
}

/// A double-quoted YAML scalar on one line; its escapes are JSON's.
fn quoted_scalar(text: &str) -> String {
    Value::String(words::line(text)).to_string()
}

/// A message's parts as Markdown, one block each, their texts as they were written.
pub(super) fn blocks(parts: &[Part]) -> impl Iterator<Item = String> {
    written_blocks(parts, str::to_owned).into_iter()
}

fn written_blocks(parts: &[Part], written: fn(&str) -> String) -> Vec<String> {
    let texts = parts.iter().filter_map(|part| if let Part::Text { citations, .. } = part { Some(citations) } else { None });
    let cited: HashSet<&str> = texts.flatten().filter_map(|source| source.url.as_deref()).collect();
    let blocks = parts.iter().map(|part| match part {
        // As on the page, without those that a text lists already.
        Part::Sources { items } => sources(items.iter().filter(|item| !item.url.as_deref().is_some_and(|url| cited.contains(url)))),
        _ => block(part, written),
    });
    blocks.filter(|block| !block.is_empty()).collect()
}

fn block(part: &Part, written: fn(&str) -> String) -> String {
    match part {
        Part::Text { text, citations } if citations.is_empty() => written(&with_references(text, [].iter())),
        Part::Text { text, citations } => {
            format!("{}\n\n{}", written(&with_references(text, citations.iter())), sources(citations.iter()))
        }
        Part::Code { code, language, filename } => {
            let name = filename.as_deref().map(|name| format!("`{}`\n\n", in_line(name).replace('`', "'"))).unwrap_or_default();
            format!("{name}{}", fenced(code, language.as_deref().unwrap_or_default()))
        }
        Part::Reasoning { redacted: true, .. } => "*Thought, without showing the steps.*".to_owned(),
        Part::Reasoning { text, duration_sec, .. } => {
            let time = duration_sec.and_then(words::duration).map(|time| format!(" for {time}")).unwrap_or_default();
            format!("> **Thought{time}**\n>\n{}", quoted(&with_references(text, [].iter())))
        }
        Part::ToolCall { name, input, .. } => {
            let head = format!("**Used {}**", in_line(name));
            match input {
                Value::Null => head,
                Value::String(text) => format!("{head}\n\n{}", fenced(text, "")),
                _ => format!("{head}\n\n{}", fenced(&serde_json::to_string_pretty(input).unwrap_or_default(), "json")),
            }
        }
        Part::ToolResult { output, is_error, .. } => {
            let mut said = vec![if *is_error { "**Result (failed)**".to_owned() } else { "**Result**".to_owned() }];
            said.extend(output.iter().map(|part| match part {
                Part::Text { text, .. } => fenced(text, ""),
                _ => block(part, written),
            }));
            said.join("\n\n")
        }
        Part::Image { alt, name, url, .. } => {
            let label = [alt, name].into_iter().flatten().map(|text| in_line(text)).find(|text| !text.is_empty());
            named("Image", label.as_deref(), url.as_deref())
        }
        Part::File { name, url, text, .. } => {
            let head = named("File", Some(&in_line(name)), url.as_deref());
            match text {
                Some(text) if !text.trim().is_empty() => format!("{head}\n\n{}", fenced(text, "")),
                _ => head,
            }
        }
        Part::Sources { items } => sources(items.iter()),
        Part::Notice { text, .. } => format!("*{}*", in_line(text)),
    }
}

/// `[1](cite:a)` becomes a link to what it cites, or without an address the number of its line among the sources; one whose source is
/// unknown keeps only its words.
fn with_references<'a>(text: &str, citations: impl Iterator<Item = &'a Citation>) -> String {
    let mut sources: HashMap<&str, (usize, &Citation)> = HashMap::new();
    for (at, source) in citations.enumerate() {
        sources.entry(&source.id).or_insert((at + 1, source));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim_end();
    while let Some(at) = rest.find("](cite:") {
        let (before, after) = (&rest[..at], &rest[at + "](cite:".len()..]);
        let Some((id, tail)) = after.split_once(')') else { break };
        let known = sources.get(id);
        let target = known.and_then(|(_, source)| source.url.as_deref()).filter(|url| words::web_host(url).is_some());
        match (target, before.rfind('[')) {
            (Some(url), _) => {
                let _ = write!(out, "{before}](<{}>)", address(url));
            }
            (None, Some(open)) => {
                out.push_str(&before[..open]);
                let label = &before[open + 1..];
                match known {
                    Some((number, _)) => push_number(&mut out, label, *number, tail),
                    None => out.push_str(label),
                }
            }
            (None, None) => out.push_str(before),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// `[2]`, behind the label where that is more than a number.
fn push_number(out: &mut String, label: &str, number: usize, tail: &str) {
    if label.contains(char::is_alphabetic) {
        out.push_str(label);
        out.push(' ');
    }
    // What follows would make a link or its definition of it.
    let apart = if tail.starts_with(['(', ':']) { " " } else { "" };
    let _ = write!(out, "[{number}]{apart}");
}

/// The list that anchors lead to, each source with the passage that is quoted.
fn sources<'a>(items: impl Iterator<Item = &'a Citation>) -> String {
    let lines = items.enumerate().map(|(at, item)| {
        let snippet = item.snippet.as_deref().map(in_line).filter(|snippet| !snippet.is_empty());
        let snippet = snippet.map(|snippet| format!("\n   > {snippet}")).unwrap_or_default();
        format!("{}. {}{snippet}", at + 1, reference(item))
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { String::new() } else { format!("**Sources**\n\n{}", lines.join("\n")) }
}

fn reference(source: &Citation) -> String {
    let url = source.url.as_deref().filter(|url| words::web_host(url).is_some());
    let title = [&source.title, &source.site].into_iter().flatten().map(|text| in_line(text)).find(|text| !text.is_empty());
    match (title, url) {
        (Some(title), Some(url)) => format!("[{title}](<{}>)", address(url)),
        (None, Some(url)) => format!("<{}>", address(url)),
        (Some(title), None) => title,
        (None, None) => "Unnamed source".to_owned(),
    }
}

fn named(kind: &str, label: Option<&str>, url: Option<&str>) -> String {
    let label = label.map_or_else(|| kind.to_owned(), |label| format!("{kind}: {label}"));
    match url.filter(|url| words::web_host(url).is_some()) {
        Some(url) => format!("[{label}](<{}>)", address(url)),
        None => format!("*[{label}]*"),
    }
}

/// An address that cannot end its own angle brackets.
fn address(url: &str) -> String {
    url.replace('<', "%3C").replace('>', "%3E").replace(char::is_whitespace, "%20")
}

/// One line of a stranger's words in which no character means anything to Markdown.
fn in_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in words::line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn quoted(text: &str) -> String {
    text.trim_end()
        .lines()
        .map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

/// A fence longer than any run of backticks inside, so that the code cannot end it.
fn fenced(code: &str, language: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let language: String =
        language.chars().take_while(|&c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '#' | '.' | '_')).collect();
    format!("{fence}{language}\n{}\n{fence}", code.trim_end_matches('\n'))
}

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::transcript::ShownMessage;

    fn twin_of(parts: Vec<Part>) -> String {
        let message = Message { role: Role::Assistant, model: Some("model_x".into()), parts, ..Message::default() };
        let shown = Shown {
            title: "On *stars* # 1".into(),
            created_at: None,
            model: None,
            messages: vec![ShownMessage { number: 2, message }],
        };
        markdown_twin(&shown, "https://example.org/s/abc")
    }

    #[test]
    fn code_cannot_end_its_fence() {
        let twin =
            twin_of(vec![Part::Code { code: "````\nx\n````\n".into(), language: Some("md\n# evil".into()), filename: None }]);
        assert!(twin.contains("\n`````md\n````\nx\n````\n`````\n"), "{twin}");
    }

    #[test]
    fn names_mean_nothing_to_markdown() {
        let twin = twin_of(vec![Part::Text { text: "Hello.".into(), citations: vec![] }]);
        assert!(
            twin.starts_with(
                "---\ntitle: \"On *stars* # 1\"\nmessages: 1\nsource: https://example.org/s/abc\n---\n\n## Assistant · model\\_x\n\nHello.\n"
            ),
            "{twin}"
        );
    }

    #[test]
    fn citations_become_links_or_words() {
        let known = Citation { id: "a".into(), url: Some("https://example.org/x y>".into()), ..Citation::default() };
        let bad = Citation { id: "b".into(), url: Some("javascript:alert(1)".into()), ..Citation::default() };
        let paper = Citation {
            id: "d".into(),
            title: Some("On *blue*".into()),
            snippet: Some("The sky\nis blue.".into()),
            ..Citation::default()
        };
        let twin = twin_of(vec![Part::Text {
            text: "So [1](cite:a), [2](cite:b), [9](cite:c), [the paper](cite:d), blue[3](cite:d)(sic).".into(),
            citations: vec![known, bad, paper],
        }]);
        assert!(twin.ends_with("So [1](<https://example.org/x%20y%3E>), [2], 9, the paper [3], blue[3] (sic).\n\n**Sources**\n\n1. <https://example.org/x%20y%3E>\n2. Unnamed source\n3. On \\*blue\\*\n   > The sky is blue.\n"), "{twin}");
    }

    #[test]
    fn a_source_is_listed_once() {
        let page = |n: u8| Citation { id: n.to_string(), url: Some(format!("https://example.org/{n}")), ..Citation::default() };
        let text = || Part::Text { text: "So [1](cite:1).".into(), citations: vec![page(1)] };
        let twin = twin_of(vec![text(), Part::Sources { items: vec![page(1), page(2)] }]);
        assert_eq!(twin.matches("<https://example.org/1>\n").count(), 1, "{twin}");
        assert!(twin.ends_with("**Sources**\n\n1. <https://example.org/2>\n"), "{twin}");
        assert_eq!(twin_of(vec![text(), Part::Sources { items: vec![page(1)] }]).matches("**Sources**").count(), 1);
    }

    #[test]
    fn citations_are_read_once_however_many_anchors_there_are() {
        let source =
            |n: usize| Citation { id: n.to_string(), url: Some(format!("https://example.org/{n}")), ..Citation::default() };
        let citations: Vec<Citation> = (0..100).map(source).collect();
        let text: String = (0..300).map(|n| format!("[{n}](cite:{}) ", n % 100)).collect();
        let read = std::cell::Cell::new(0);
        let out = with_references(&text, citations.iter().inspect(|_| read.set(read.get() + 1)));
        assert_eq!(read.get(), citations.len());
        assert_eq!(out.matches("](<https://example.org/").count(), 300);
    }

    #[test]
    fn no_text_looks_like_a_speaker_and_no_fence_outlives_its_message() {
        for (text, expected) in [
            ("## User\nhi\n### Three\n# One", " ## User\nhi\n### Three\n# One"),
            ("a\n##\n", "a\n ##"),
            ("```\n## in code\n```\n## after", "```\n## in code\n```\n ## after"),
            ("~~~~\n```\n~~~\n## in", "~~~~\n```\n~~~\n## in\n~~~~"),
            ("so\n```rust\nfn main() {", "so\n```rust\nfn main() {\n```"),
            ("``` not ` a fence\n## Two", "``` not ` a fence\n ## Two"),
            ("~~~\n## in", "~~~\n## in\n~~~"),
            ("- a\n\n    ```\n## in\n    ```\n## Two", "- a\n\n    ```\n## in\n    ```\n ## Two"),
        ] {
            let twin = twin_of(vec![Part::Text { text: text.into(), citations: vec![] }]);
            assert!(twin.ends_with(&format!("model\\_x\n\n{expected}\n")), "{text:?}: {twin}");
        }
    }

    #[test]
    fn a_message_by_itself_is_as_it_was_written() {
        let said = "## Two\n\n```rust\nfn main() {";
        let parts = vec![Part::Text { text: said.into(), citations: vec![] }];
        let messages = vec![ShownMessage { number: 2, message: Message { parts, ..Message::default() } }];
        let shown = Shown { title: String::new(), created_at: None, model: None, messages };
        assert_eq!(message_markdown(&shown, 2), Some(format!("{said}\n")));
        assert!(markdown_twin(&shown, "https://e.org/s/a").ends_with(" ## Two\n\n```rust\nfn main() {\n```\n"));
    }

    #[test]
    fn a_title_stays_on_its_line() {
        let shown = Shown { title: "a\n---\n\"b\" \\ c".into(), created_at: None, model: None, messages: vec![] };
        assert!(markdown_twin(&shown, "https://e.org/s/a").starts_with("---\ntitle: \"a --- \\\"b\\\" \\\\ c\"\nmessages: 0\n"));
    }

    #[test]
    fn thoughts_stay_inside_their_quote() {
        let twin = twin_of(vec![Part::Reasoning { text: "first\n\n## second".into(), duration_sec: Some(14.0), redacted: false }]);
        assert!(twin.ends_with("> **Thought for 14 s**\n>\n> first\n>\n> ## second\n"), "{twin}");
        let thought = Part::Reasoning { text: "hm".into(), duration_sec: None, redacted: false };
        let output = vec![thought, Part::Text { text: "done".into(), citations: vec![] }];
        let twin = twin_of(vec![Part::ToolResult { output, name: None, call_id: None, is_error: false }]);
        assert!(twin.ends_with("**Result**\n\n> **Thought**\n>\n> hm\n\n```\ndone\n```\n"), "{twin}");
    }
}
