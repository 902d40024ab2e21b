//! One pushed part: the canonical types and those of the OpenAI and Anthropic APIs, told apart by what they carry.

use super::Reader;
use super::item::compacted;
use super::message::cited;
use crate::conversation::attachment::attach;
use crate::conversation::blob::Blob;
use crate::conversation::text::{self, append_text, data_url_mime, web_url};
use crate::conversation::{Citation, NoticeKind, Part, json};
use serde_json::Value;

impl Reader {
    pub(super) fn part(&mut self, part: &Value, path: &str) -> Option<Part> {
        let Some(kind) = part["type"].as_str() else {
            self.refuse(format!("{path}.type"), "must be a string that names the part's type");
            return None;
        };
        let at = format!("{path}.");
        match kind {
            "text" | "input_text" | "output_text" => {
                let text = self.required(part, "text", &at)?;
                Some(Part::Text { text, citations: self.citations(part, "citations", &at) })
            }
            "code" => Some(Part::Code {
                code: self.required(part, "code", &at)?,
                language: self.string(part, &["language"], &at),
                filename: self.string(part, &["filename"], &at),
            }),
            "reasoning" | "thinking" => {
                let text = self.string(part, &["text", "thinking"], &at).unwrap_or_default();
                let redacted = self.flag(part, &["redacted"], &at) || text.is_empty();
                let text = if redacted { String::new() } else { text };
                Some(Part::Reasoning { text, duration_sec: self.seconds(part, &at), redacted })
            }
            "redacted_thinking" => Some(Part::Reasoning { text: String::new(), duration_sec: None, redacted: true }),
            "tool_call" | "tool_use" | "server_tool_use" | "mcp_tool_use" => Some(Part::ToolCall {
                name: text::one_line(&self.required(part, "name", &at)?),
                input: part["input"].clone(),
                call_id: self.string(part, &["callId", "id"], &at),
            }),
            "image" | "image_url" | "input_image" | "computer_screenshot" => Some(self.image(part, &at)),
            "file" | "input_file" | "document" | "container_upload" | "input_audio" => Some(self.file(part, kind, &at)),
            "sources" => Some(Part::Sources { items: self.citations(part, "items", &at) }),
            "search_result" => text::sources(cited(part)),
            "refusal" => Some(Part::Notice { kind: NoticeKind::Refusal, text: self.required(part, "refusal", &at)? }),
            "notice" => self.notice(part, &at),
            "compaction" => Some(compacted()),
            kind if kind == "tool_result" || kind.ends_with("_tool_result") => Some(self.result(part, kind, path)),
            kind => Some(self.unsupported(kind)),
        }
    }

    pub(super) fn unsupported(&mut self, kind: &str) -> Part {
        let kind = text::cut(&text::one_line(kind), 60);
        let notice = unsupported(&kind);
        self.unsupported.insert(kind);
        notice
    }

    fn required(&mut self, part: &Value, key: &str, prefix: &str) -> Option<String> {
        let text = part[key].as_str().map(str::to_owned);
        if text.is_none() {
            self.refuse(format!("{prefix}{key}"), "must be a string");
        }
        text
    }

    fn seconds(&mut self, part: &Value, prefix: &str) -> Option<f64> {
        let (field, value) = self.field(part, &["durationSec"], prefix)?;
        let seconds = value.as_f64().filter(|seconds| *seconds >= 0.0);
        if seconds.is_none() {
            self.refuse(field, "must be a number of seconds");
        }
        seconds
    }

    fn citations(&mut self, part: &Value, key: &str, prefix: &str) -> Vec<Citation> {
        let items = match &part[key] {
            Value::Null => return vec![],
            Value::Array(items) => items,
            _ => {
                self.refuse(format!("{prefix}{key}"), "must be an array of citations");
                return vec![];
            }
        };
        // Anthropic's have no id, and are anchored where the message is put together.
        let ours = items.iter().enumerate().filter(|(_, item)| !item["id"].is_null() || key == "items");
        ours.filter_map(|(at, item)| {
            let prefix = format!("{prefix}{key}[{at}].");
            Some(Citation {
                id: self.required(item, "id", &prefix)?,
                title: self.string(item, &["title"], &prefix).map(|title| text::one_line(&title)),
                url: self.string(item, &["url"], &prefix).and_then(|url| web_url(&url)),
                snippet: self.string(item, &["snippet"], &prefix),
                site: self.string(item, &["site"], &prefix).map(|site| text::one_line(&site)),
            })
        })
        .collect()
    }

    pub(super) fn image(&mut self, part: &Value, prefix: &str) -> Part {
        let source = &part["source"];
        let places = [
            ("url", &part["url"]),
            ("image_url", &part["image_url"]),
            ("image_url.url", &part["image_url"]["url"]),
            ("source.url", &source["url"]),
            ("source.data", &source["data"]),
        ];
        let blob = self.inline(part, &places, prefix);
        let address = places[..4].iter().find_map(|(_, value)| value.as_str());
        let inline = address.and_then(data_url_mime).or_else(|| source["media_type"].as_str().map(str::to_owned));
        let image = Part::Image {
            url: address.and_then(web_url),
            mime: self.string(part, &["mime", "mimeType"], prefix).or(inline),
            width: self.pixels(part, "width", prefix),
            height: self.pixels(part, "height", prefix),
            alt: self.string(part, &["alt"], prefix),
            name: self.string(part, &["name"], prefix).map(|name| text::one_line(&name)),
            blob: None,
        };
        with_bytes(image, blob)
    }

    fn file(&mut self, part: &Value, kind: &str, prefix: &str) -> Part {
        if kind == "input_audio" {
            let format =
                part["input_audio"]["format"].as_str().filter(|format| matches!(*format, "mp3" | "flac" | "opus")).unwrap_or("wav");
            let blob = self.inline(part, &[("input_audio.data", &part["input_audio"]["data"])], prefix);
            return with_bytes(file(format!("audio.{format}"), Some(format!("audio/{format}")), None), blob);
        }
        let source = &part["source"];
        let encoded = if source["type"] == "text" { &Value::Null } else { &source["data"] };
        let places = [
            ("url", &part["url"]),
            ("file_data", &part["file_data"]),
            ("file.file_data", &part["file"]["file_data"]),
            ("source.url", &source["url"]),
            ("source.data", encoded),
        ];
        let blob = self.inline(part, &places, prefix);
        let inner = if part["file"].is_object() { &part["file"] } else { part };
        let name = self.string(inner, &["name", "filename", "title", "file_id"], prefix).unwrap_or_default();
        let name = Some(text::one_line(&name)).filter(|name| !name.is_empty()).unwrap_or_else(|| "file".to_owned());
        let address = [&part["url"], &part["file_url"], &source["url"]].into_iter().find_map(Value::as_str);
        let inline =
            inner["file_data"].as_str().and_then(data_url_mime).or_else(|| source["media_type"].as_str().map(str::to_owned));
        let inline = inline.or_else(|| address.and_then(data_url_mime));
        let written = match source["type"].as_str() {
            Some("text") => source["data"].as_str().map(str::to_owned),
            Some("content") => written_content(&source["content"]),
            _ => None,
        };
        let file = Part::File {
            name,
            mime: self.string(part, &["mime", "mimeType"], prefix).or(inline),
            size: self.count(part, &["size"], prefix),
            url: address.and_then(web_url),
            text: self.string(part, &["text"], prefix).or(written),
            blob: None,
        };
        with_bytes(file, blob)
    }

    fn notice(&mut self, part: &Value, prefix: &str) -> Option<Part> {
        let kind = match part["kind"].as_str() {
            Some("refusal") => NoticeKind::Refusal,
            Some("error") => NoticeKind::Error,
            Some("interrupted") => NoticeKind::Interrupted,
            Some("summary") => NoticeKind::Summary,
            Some("unsupported") => NoticeKind::Unsupported,
            _ => {
                self.refuse(format!("{prefix}kind"), "must be refusal, error, interrupted, summary or unsupported");
                return None;
            }
        };
        Some(Part::Notice { kind, text: self.required(part, "text", prefix)? })
    }

    fn result(&mut self, part: &Value, kind: &str, path: &str) -> Part {
        let at = format!("{path}.");
        let mut output = Vec::new();
        match self.field(part, &["output", "content"], &at) {
            Some((field, Value::Array(items))) => {
                for (place, item) in items.iter().enumerate() {
                    match item {
                        Value::String(text) => append_text(&mut output, text, vec![]),
                        // web_search_result and its kin, which are a line of a list and no part.
                        item if item["url"].is_string() && item["title"].is_string() => output.extend(text::sources(cited(item))),
                        item => output.extend(self.part(item, &format!("{field}[{place}]"))),
                    }
                }
            }
            Some((_, Value::String(text))) => append_text(&mut output, text, vec![]),
            Some((_, other)) => output.push(plain(other)),
            None => {}
        }
        let server = kind.strip_suffix("_tool_result").map(str::to_owned);
        Part::ToolResult {
            output: self::output(output),
            name: self.string(part, &["name"], &at).or(server),
            call_id: self.string(part, &["callId", "tool_use_id"], &at),
            is_error: self.flag(part, &["isError", "is_error"], &at)
                || part["content"]["type"].as_str().is_some_and(|kind| kind.ends_with("_error")),
        }
    }
}

/// The words of a document whose content is a text, or blocks of it.
fn written_content(content: &Value) -> Option<String> {
    let blocks =
        || content.as_array()?.iter().map(|block| block["text"].as_str()).collect::<Option<Vec<_>>>().map(|all| all.concat());
    content.as_str().map(str::to_owned).or_else(blocks)
}

/// The notice for content that Vitrine cannot show.
pub(in crate::conversation) fn unsupported(kind: &str) -> Part {
    Part::Notice { kind: NoticeKind::Unsupported, text: format!("Content of the type “{kind}” cannot be shown here.") }
}

pub(super) fn with_bytes(mut part: Part, blob: Option<Blob>) -> Part {
    if let Some(blob) = blob {
        attach(&mut part, blob);
    }
    part
}

/// A file without bytes.
fn file(name: String, mime: Option<String>, text: Option<String>) -> Part {
    Part::File { name, mime, size: None, url: None, text, blob: None }
}

/// What a tool printed, which is no Markdown.
pub(super) fn plain(value: &Value) -> Part {
    let printed: Vec<&str> = ["stdout", "stderr"].iter().filter_map(|key| json::first_str(value, &[key])).collect();
    if printed.is_empty() {
        return Part::Code { code: format!("{value:#}"), language: Some("json".to_owned()), filename: None };
    }
    Part::Code { code: printed.join("\n"), language: None, filename: None }
}

/// Parts as a result may hold them: neighbouring sources become one list, notices become words. Thoughts stay thoughts, or a share
/// that leaves them out would show them.
pub(in crate::conversation) fn output(parts: Vec<Part>) -> Vec<Part> {
    let mut output: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (part, output.last_mut()) {
            (Part::Sources { items }, Some(Part::Sources { items: listed })) => {
                for item in items {
                    text::anchor(listed, item);
                }
            }
            (Part::Notice { text, .. }, _) => output.push(Part::Text { text, citations: vec![] }),
            (Part::ToolCall { .. } | Part::ToolResult { .. }, _) => {}
            (part, _) => output.push(part),
        }
    }
    output
}
