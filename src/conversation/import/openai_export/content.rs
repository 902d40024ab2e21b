//! What one message of an OpenAI export says, by its `content_type`.

use super::{Thread, references, writing};
use crate::conversation::attachment::{ASSET, carried};
use crate::conversation::text::{append_text, cut, one_line, sources, web_url};
use crate::conversation::{Citation, NoticeKind, Part, json, push};
use serde_json::Value;
use std::collections::HashSet;

impl Thread {
    pub(super) fn content(&mut self, message: &Value) -> Vec<Part> {
        let (content, metadata) = (&message["content"], &message["metadata"]);
        let text = content["text"].as_str().unwrap_or_default();
        match content["content_type"].as_str().unwrap_or("text") {
            "text" | "multimodal_text" => self.multimodal(message),
            "code" => {
                let language = content["language"].as_str().filter(|language| !matches!(*language, "unknown" | ""));
                vec![Part::Code { code: text.to_owned(), language: language.map(str::to_owned), filename: None }]
            }
            "execution_output" => {
                let mut parts = vec![];
                if !text.trim().is_empty() {
                    parts.push(Part::Code { code: text.to_owned(), language: None, filename: None });
                }
                let drawn =
                    json::items(&metadata["aggregate_result"], "messages").iter().filter(|drawn| drawn["image_url"].is_string());
                parts.extend(drawn.map(|drawn| image(drawn, &Value::Null)));
                parts
            }
            "tether_browsing_display" => browsed(content, metadata),
            "tether_quote" => quoted(content),
            "system_error" => {
                let said = [json::first_str(content, &["name"]), json::first_str(content, &["text"])];
                let text = said.into_iter().flatten().collect::<Vec<_>>().join(": ");
                vec![Part::Notice { kind: NoticeKind::Error, text }]
            }
            other => vec![self.unsupported(other)],
        }
    }

    fn unsupported(&mut self, kind: &str) -> Part {
        let kind = cut(&one_line(kind), 60);
        let notice = push::unsupported(&kind);
        self.unsupported.insert(kind);
        notice
    }

    /// Strings, pictures and recordings in their order, attached files before them as the origin shows them.
    fn multimodal(&mut self, message: &Value) -> Vec<Part> {
        let (content, metadata) = (&message["content"], &message["metadata"]);
        let attached = &metadata["attachments"];
        let pieces = match &content["parts"] {
            Value::Array(pieces) => pieces.as_slice(),
            _ => std::slice::from_ref(&content["text"]),
        };
        let mut parts = attachments(attached, pieces);
        let mut lines: Vec<&str> = Vec::new();
        for piece in pieces {
            let spoken = piece["text"].as_str().filter(|_| matches!(kind(piece), "audio_transcription" | "text"));
            match (piece.as_str().or(spoken), kind(piece)) {
                (Some(line), _) => lines.push(line),
                (None, other) => {
                    self.say(message, &mut lines, &mut parts);
                    match other {
                        "image_asset_pointer" => parts.push(image(piece, attached)),
                        "audio_asset_pointer" => parts.push(recording(piece)),
                        "real_time_user_audio_video_asset_pointer" => parts.push(recording(&piece["audio_asset_pointer"])),
                        _ if piece.is_null() => {}
                        other => parts.push(self.unsupported(other)),
                    }
                }
            }
        }
        self.say(message, &mut lines, &mut parts);
        parts
    }

    /// Joins what was gathered; an answer's markers become anchors, and its links into the sandbox, which died with it, files.
    fn say(&mut self, message: &Value, lines: &mut Vec<&str>, parts: &mut Vec<Part>) {
        let text = std::mem::take(lines).join("\n");
        if text.trim().is_empty() {
            return;
        }
        if message["author"]["role"] == "user" {
            return parts.push(Part::Text { text, citations: vec![] });
        }
        let referenced = references::read(&message["metadata"], &text);
        let (text, citations) = referenced.resolve(&text);
        let (text, files) = sandbox_files(&writing::unwrapped(&text), self.most_parts);
        parts.push(Part::Text { text, citations });
        parts.extend(files);
        parts.extend(referenced.images);
        parts.extend(sources(referenced.sources));
    }
}

fn kind(piece: &Value) -> &str {
    piece["content_type"].as_str().unwrap_or("object")
}

/// The words of a call, whichever field holds them.
pub(super) fn plain_text(content: &Value) -> String {
    match content["text"].as_str() {
        Some(text) => text.to_owned(),
        None => json::items(content, "parts").iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
    }
}

/// What the model thought, each step under its summary.
pub(super) fn thoughts(content: &Value) -> String {
    let steps = json::items(content, "thoughts").iter().map(|thought| {
        let summary = thought["summary"].as_str().unwrap_or_default().trim();
        let chunks = || json::items(thought, "chunks").iter().filter_map(Value::as_str).collect();
        let body = json::first_str(thought, &["content"]).map_or_else(chunks, str::to_owned);
        match (summary, body.trim()) {
            ("", body) => body.to_owned(),
            (summary, "") => format!("**{summary}**"),
            (summary, body) => format!("**{summary}**\n\n{body}"),
        }
    });
    // Files of other tools, and the analysis channel, have plain parts.
    let plain = plain_text(content);
    steps.chain([plain]).filter(|step| !step.trim().is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// How long the model thought: a number, or the words "Thought for 1m 14s".
pub(super) fn recap_seconds(message: &Value) -> Option<f64> {
    let told = message["metadata"]["finished_duration_sec"].as_f64().filter(|seconds| *seconds >= 0.0);
    told.or_else(|| {
        let words = message["content"]["content"].as_str()?;
        let mut total = None;
        let mut rest = words;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            rest = &rest[start..];
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let number = rest[..digits].parse::<u32>().ok()?;
            rest = &rest[digits..];
            let unit = match rest.trim_start().chars().next() {
                Some('h') => 3_600.0,
                Some('m') => 60.0,
                Some('s') => 1.0,
                _ => continue,
            };
            total = Some(total.unwrap_or_default() + f64::from(number) * unit);
        }
        total
    })
}

/// Whether a tool's pictures are its answer; others (a browser's screenshots, pages of a file) are what it looked at.
pub(super) fn draws(tool: &str) -> bool {
    ["dalle", "t2uay3k", "image_gen", "python", "ImageGen"].iter().any(|name| tool.starts_with(name))
}

/// Whether a message's pictures say themselves that they were drawn.
pub(super) fn is_drawn(message: &Value) -> bool {
    let made = |piece: &Value| ["dalle", "generation"].iter().any(|key| !piece["metadata"][*key].is_null());
    json::items(&message["content"], "parts").iter().any(made)
}

/// `file-service://file-AbC` and `sediment://file_00ab#p_1` name an asset of the archive by its id.
fn asset_id(pointer: &str) -> &str {
    let id = pointer.split_once("://").map_or(pointer, |(_, id)| id);
    id.split('#').next().unwrap_or(id)
}

/// Where a pointer's bytes are: in the archive, unless it says otherwise.
fn address(pointer: &str) -> String {
    carried(pointer).unwrap_or_else(|| format!("{ASSET}{}", asset_id(pointer)))
}

fn pixels(value: &Value) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float out of range saturates")]
    let rounded = value.as_f64().map(|pixels| pixels.round() as u32);
    rounded.filter(|pixels| (1..=100_000).contains(pixels))
}

fn image(piece: &Value, attached: &Value) -> Part {
    let pointer = json::first_str(piece, &["asset_pointer", "image_url"]);
    let id = pointer.map(asset_id);
    let attachment = attached.as_array().into_iter().flatten().find(|attachment| attachment["id"].as_str() == id && id.is_some());
    let metadata = &piece["metadata"];
    let alt = json::first_str(&metadata["dalle"], &["prompt"]).or_else(|| json::first_str(metadata, &["alt", "caption"]));
    Part::Image {
        url: pointer.map(address),
        mime: attachment.and_then(mime),
        width: pixels(&piece["width"]),
        height: pixels(&piece["height"]),
        alt: alt.map(str::to_owned),
        name: attachment.and_then(|attachment| attachment["name"].as_str()).map(one_line),
        blob: None,
    }
}

fn recording(pointer: &Value) -> Part {
    let format = pointer["format"].as_str().filter(|format| format.chars().all(char::is_alphanumeric) && format.len() < 10);
    Part::File {
        name: format.map_or_else(|| "Voice recording".to_owned(), |format| format!("Voice recording.{format}")),
        mime: format.map(|format| format!("audio/{format}")),
        size: pointer["size_bytes"].as_u64(),
        url: json::first_str(pointer, &["asset_pointer"]).map(address),
        text: None,
        blob: None,
    }
}

fn mime(attachment: &Value) -> Option<String> {
    json::first_str(attachment, &["mime_type", "mimeType"]).map(one_line)
}

/// Attached files, less the pictures that `pieces` show.
fn attachments(attached: &Value, pieces: &[Value]) -> Vec<Part> {
    let shown: HashSet<&str> = pieces.iter().filter_map(|piece| piece["asset_pointer"].as_str()).map(asset_id).collect();
    let attached = attached.as_array().into_iter().flatten();
    let others = attached.filter(|attachment| !attachment["id"].as_str().is_some_and(|id| shown.contains(id)));
    let named = others.filter_map(|attachment| Some((attachment, one_line(json::first_str(attachment, &["name", "id"])?))));
    named
        .map(|(attachment, name)| match mime(attachment) {
            Some(mime) if mime.starts_with("image/") => Part::Image {
                url: json::first_str(attachment, &["id"]).map(address),
                mime: Some(mime),
                width: pixels(&attachment["width"]),
                height: pixels(&attachment["height"]),
                alt: None,
                name: Some(name),
                blob: None,
            },
            mime => Part::File {
                name,
                mime,
                size: attachment["size"].as_u64(),
                url: json::first_str(attachment, &["id"]).map(address),
                text: None,
                blob: None,
            },
        })
        .collect()
}

/// A list of pages: words with markers that name each, and the list itself.
fn browsed(content: &Value, metadata: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(result) = json::first_str(content, &["result", "summary"]) {
        append_text(&mut parts, &name_pages(result), vec![]);
    }
    // The search itself stands among the pages, without an address.
    let pages = json::items(&metadata["_cite_metadata"], "metadata_list").iter().filter_map(references::citation);
    parts.extend(sources(pages.filter(|page| page.url.is_some())));
    parts
}

/// `【0†Title†site】` → `Title`, which is what the marker shows.
fn name_pages(text: &str) -> String {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once('【') {
        named.push_str(before);
        match marked.split_once('】') {
            Some((marker, after)) if marker.contains('†') => {
                named.push_str(marker.split('†').nth(1).unwrap_or_default());
                rest = after;
            }
            _ => {
                named.push('【');
                rest = marked;
            }
        }
    }
    named.push_str(rest);
    named
}

fn quoted(content: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(text) = json::first_str(content, &["text"]) {
        append_text(&mut parts, &name_pages(text), vec![]);
    }
    let url = json::first_str(content, &["url"]).and_then(web_url);
    let title = json::first_str(content, &["title", "domain", "url"]).map(one_line);
    let site = json::first_str(content, &["domain"]).map(one_line);
    parts.extend(sources(title.map(|title| Citation { title: Some(title), url, site, ..Citation::default() })));
    parts
}

/// Takes `[label](sandbox:/mnt/data/name)` out of the text: the label stays, the file follows. Of more files than
/// `most`, one more is enough to be refused by.
fn sandbox_files(text: &str, most: usize) -> (String, Vec<Part>) {
    // A label is at most this far before its address.
    const LABEL: usize = 500;
    let (mut kept, mut files, mut rest) = (String::with_capacity(text.len()), Vec::new(), text);
    let mut known = HashSet::new();
    while let Some((before, link)) = rest.split_once("](sandbox:") {
        kept.push_str(before);
        let window = kept.ceil_char_boundary(kept.len().saturating_sub(LABEL));
        let label = kept[window..].rfind('[').map(|at| window + at);
        // Looked for only where it is of use: in a flood of addresses without labels its end is far.
        let Some((label, (path, after))) = label.and_then(|label| Some((label, link.split_once(')')?))) else {
            kept.push_str("](sandbox:");
            rest = link;
            if label.is_some() {
                break;
            }
            continue;
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        let name = one_line(&percent_encoding::percent_decode_str(name).decode_utf8_lossy());
        let words = kept.split_off(label).split_off(1);
        let has_room = files.len() <= most;
        if kept.ends_with('!') {
            kept.pop();
            let alt = (!words.is_empty()).then_some(words);
            files.extend(has_room.then_some(Part::Image {
                url: None,
                mime: None,
                width: None,
                height: None,
                alt,
                name: Some(name),
                blob: None,
            }));
        } else {
            kept.push_str(&words);
            if has_room && known.insert(name.clone()) {
                files.push(Part::File { name, mime: None, size: None, url: None, text: None, blob: None });
            }
        }
        rest = after;
    }
    kept.push_str(rest);
    (kept, files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn recaps_in_numbers_and_words() {
        let seconds = |words: &str| recap_seconds(&json!({"content": {"content": words}}));
        assert_eq!(seconds("Thought for 14s"), Some(14.0));
        assert_eq!(seconds("Thought for 1m 5s"), Some(65.0));
        assert_eq!(seconds("Reasoned for 2 hours and 3 minutes"), Some(7_380.0));
        assert_eq!(seconds("Thought for a couple of seconds"), None);
        assert_eq!(seconds("Thought for 99999999999999s"), None);
        assert_eq!(
            recap_seconds(&json!({"metadata": {"finished_duration_sec": 7}, "content": {"content": "Thought for 9s"}})),
            Some(7.0)
        );
    }

    #[test]
    fn sandbox_links_become_files() {
        let (text, files) =
            sandbox_files("See [the *data*](sandbox:/mnt/data/a%20b.csv), ![chart](sandbox:/mnt/c.png) and [x](https://e.org).", 9);
        assert_eq!(text, "See the *data*,  and [x](https://e.org).");
        assert!(
            matches!(&files[..], [Part::File { name, .. }, Part::Image { alt: Some(alt), .. }] if name == "a b.csv" && alt == "chart")
        );
        let (text, files) = sandbox_files("open](sandbox:/a) [b](sandbox:/never closed", 9);
        assert_eq!((text.as_str(), files.len()), ("open](sandbox:/a) [b](sandbox:/never closed", 0));
    }

    #[test]
    fn sandbox_links_are_read_as_far_as_a_message_may_have_parts() {
        let many: String = (0..100).map(|n| format!("[{n}](sandbox:/{}) ![{n}](sandbox:/{n}.png)", n % 90)).collect();
        assert_eq!(sandbox_files(&many, 500).1.len(), 190, "a file named twice is one");
        assert_eq!(sandbox_files(&many, 7).1.len(), 8);
        assert_eq!(sandbox_files(&many, 7).0.len(), sandbox_files(&many, 500).0.len());
    }

    #[test]
    fn floods_of_sandbox_links_cost_no_more_than_length() {
        let spent = |count: usize| {
            let files: String = (0..count).map(|n| format!("[](sandbox:/{n})")).collect();
            [files, "](sandbox:".repeat(count), "[](sandbox:".repeat(count)].map(|flood| {
                let began = std::time::Instant::now();
                sandbox_files(&flood, usize::MAX - 1);
                began.elapsed()
            })
        };
        spent(1_000);
        for (few, many) in spent(2_000).into_iter().zip(spent(64_000)) {
            // 32 times the links; quadratic work would be 1,024 times the time.
            assert!(many < 200 * few.max(std::time::Duration::from_micros(200)), "{few:?} became {many:?}");
        }
    }

    #[test]
    fn pages_keep_their_titles() {
        assert_eq!(name_pages("# 【0†One†e.org】\ntext【1†Two】 【注】【open"), "# One\ntextTwo 【注】【open");
    }
}
