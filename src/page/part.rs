//! The pieces inside a message: prose, code, thoughts, tool calls with their results, pictures, files, sources, notices.

use super::excerpt::{Excerpt, Place, Room};
use super::sheet::Turn;
use super::{document, icon, pairs, render, words};
use crate::conversation::markdown::{self, Context};
use crate::conversation::{Citation, NoticeKind, Part, Role, Status, highlight};
use sailfish::TemplateSimple;
use serde_json::Value;
use std::collections::HashSet;

/// Above this, a tool's answer is not tried as JSON: parsing it again would cost more than the colours give.
const JSON_OUTPUT_BYTES: usize = 64 << 10;

#[derive(TemplateSimple)]
#[template(path = "parts.stpl")]
struct Parts<'a> {
    pieces: Vec<Piece<'a>>,
}

/// What `parts.stpl` draws. Every `String` named `html` or `body` is safe HTML; everything else is text.
enum Piece<'a> {
    Html(String),
    Thought {
        label: String,
        body: String,
        rest: Rest,
    },
    Withheld {
        label: String,
    },
    Tool {
        verb: &'static str,
        name: String,
        hint: String,
        failed: bool,
        input: String,
        output: String,
        has_result: bool,
        rest: Rest,
    },
    Picture {
        label: String,
        facts: String,
        link: Option<(&'a str, String)>,
    },
    /// One whose bytes we have. Its sides stand in the markup, so that nothing moves when they come.
    Shown {
        url: &'a str,
        width: u32,
        height: u32,
        alt: String,
    },
    File {
        name: String,
        facts: String,
        link: Option<(&'a str, String)>,
        body: String,
        rest: Rest,
    },
    /// The lines, and what their ids begin with: empty for none.
    Sources(Vec<SourceLine<'a>>, String),
    Notice {
        class: &'static str,
        html: String,
    },
}

/// Of a card that is too large to be written out on a sheet.
#[derive(Default)]
struct Rest {
    /// Where all of it is.
    href: Option<String>,
    /// On the page that has it: what those links lead to. Inside the card, which browsers then unfold.
    anchor: Option<String>,
}

impl Rest {
    fn of(room: &Room<'_>) -> Rest {
        Rest { href: room.rest(), anchor: room.anchor() }
    }
}

struct SourceLine<'a> {
    title: String,
    url: Option<&'a str>,
    site: String,
    snippet: String,
}

/// All parts of one turn as HTML. `prefix` keeps the ids of footnotes apart on a page of many messages.
pub(super) fn html(turn: &Turn<'_>, prefix: &str, place: Place<'_>) -> String {
    let status = if turn.is_last { turn.message.status } else { Status::Complete };
    let (parts, role) = (turn.parts, turn.message.role);
    let mut pieces = match turn.excerpt {
        Some(excerpt) => excerpt_pieces(&parts[0], excerpt, role, prefix),
        None => whole_pieces(turn, role, prefix, place),
    };
    pieces.extend(ending(parts, status));
    render(Parts { pieces })
}

/// Lines of one part that goes on from sheet to sheet: looking as it would look whole.
fn excerpt_pieces<'a>(part: &'a Part, excerpt: Excerpt<'a>, role: Role, prefix: &str) -> Vec<Piece<'a>> {
    let Excerpt { text, is_end } = excerpt;
    match part {
        Part::Code { language, filename, .. } => {
            vec![Piece::Html(highlight::code_block(text, language.as_deref(), filename.as_deref()))]
        }
        Part::Notice { kind, .. } => vec![Piece::Notice { class: notice_class(*kind), html: words::marked(text) }],
        Part::Text { citations, .. } if is_end && role != Role::User && !citations.is_empty() => {
            let lines = citations.iter().map(source_line).collect();
            vec![Piece::Html(markdown::source(text)), Piece::Sources(lines, format!("{prefix}-0-"))]
        }
        _ => vec![Piece::Html(markdown::source(text))],
    }
}

fn whole_pieces<'a>(turn: &Turn<'a>, role: Role, prefix: &str, place: Place<'_>) -> Vec<Piece<'a>> {
    let parts = turn.parts;
    let mut pieces = Vec::with_capacity(parts.len() + 1);
    let results = pairs::results(parts);
    let answered: HashSet<usize> = results.iter().flatten().copied().collect();
    let cited = cited(parts);
    for (at, part) in parts.iter().enumerate() {
        let mut room = Room::new(place, turn.before + at);
        let id_prefix = format!("{prefix}-{at}-");
        match part {
            Part::Text { text, citations } => {
                let context = Context { id_prefix: &id_prefix, citations };
                pieces.push(Piece::Html(match role {
                    Role::User => markdown::user(text, &context),
                    Role::Assistant | Role::System | Role::Tool => markdown::assistant(text, &context),
                }));
                if !citations.is_empty() && role != Role::User {
                    pieces.push(Piece::Sources(citations.iter().map(source_line).collect(), id_prefix));
                }
            }
            Part::Reasoning { text, duration_sec, redacted } => {
                let text = room.take_thought(text);
                pieces.push(thought(text, *duration_sec, *redacted, &id_prefix, Rest::of(&room)));
            }
            Part::ToolCall { name, input, .. } => {
                let result = results[at].map(|found| &parts[found]);
                tool(&mut pieces, Some((name, input)), result, &id_prefix, room);
            }
            Part::Sources { items } if role != Role::User => {
                let more: Vec<_> = items
                    .iter()
                    .filter(|item| !item.url.as_deref().is_some_and(|url| cited.contains(url)))
                    .map(source_line)
                    .collect();
                pieces.extend((!more.is_empty()).then_some(Piece::Sources(more, String::new())));
            }
            Part::ToolResult { .. } if answered.contains(&at) => {}
            Part::ToolResult { .. } => tool(&mut pieces, None, Some(part), &id_prefix, room),
            _ => pieces.extend(plain_piece(part, &id_prefix, &mut room)),
        }
    }
    pieces
}

/// The parts that look the same inside a message and inside a tool's answer.
fn plain_piece<'a>(part: &'a Part, id_prefix: &str, room: &mut Room<'_>) -> Option<Piece<'a>> {
    Some(match part {
        Part::Code { code, language, filename } => {
            Piece::Html(highlight::code_block(code, language.as_deref(), filename.as_deref()))
        }
        Part::Image { url: Some(url), width: Some(width), height: Some(height), alt, name, blob: Some(_), .. } => {
            let (width, height) = sides(*width, *height);
            Piece::Shown { url, width, height, alt: label_of(alt, name) }
        }
        Part::Image { url, mime, width, height, alt, name, .. } => {
            let pixels = width.zip(*height).map(|(width, height)| format!("{width} × {height}"));
            Piece::Picture {
                label: label_of(alt, name),
                facts: pixels.or_else(|| mime.as_deref().and_then(kind_of)).unwrap_or_default(),
                link: link(url.as_deref()),
            }
        }
        Part::File { name, mime, size, url, text, blob } => {
            let facts: Vec<String> = [mime.as_deref().and_then(kind_of), size.map(words::size)].into_iter().flatten().collect();
            let text = text.as_deref().filter(|text| !text.trim().is_empty());
            let text = text.map(|text| room.take(text)).filter(|text| !text.is_empty());
            let html = text.map(|text| document::html(text, name, mime.as_deref(), id_prefix));
            let name = words::cut(name, 200, usize::MAX);
            Piece::File {
                facts: facts.join(" · "),
                link: match blob {
                    Some(_) => url.as_deref().map(|url| (url, "Download".to_owned())),
                    None if html.is_some() => link(url.as_deref()).map(|(url, host)| (url, format!("Original on {host}"))),
                    None => link(url.as_deref()),
                },
                body: html.unwrap_or_default(),
                name: if name.is_empty() { "File".to_owned() } else { name },
                rest: Rest::of(room),
            }
        }
        Part::Sources { items } => Piece::Sources(items.iter().map(source_line).collect(), String::new()),
        Part::Notice { kind, text } => Piece::Notice { class: notice_class(*kind), html: words::marked(text) },
        Part::Text { .. } | Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => return None,
    })
}

/// A picture in words.
fn label_of(alt: &Option<String>, name: &Option<String>) -> String {
    let label = [alt, name].into_iter().flatten().map(|text| words::cut(text, 200, usize::MAX)).find(|text| !text.is_empty());
    label.unwrap_or_else(|| "Image".to_owned())
}

fn thought(text: &str, duration: Option<f64>, redacted: bool, prefix: &str, rest: Rest) -> Piece<'static> {
    let time = duration.and_then(words::duration);
    if redacted || text.trim().is_empty() {
        let label = time.map_or_else(|| "Thought".to_owned(), |time| format!("Thought for {time}"));
        return Piece::Withheld { label: format!("{label} · the steps were not disclosed") };
    }
    let label = time.map_or_else(|| "Thought process".to_owned(), |time| format!("Thought for {time}"));
    let body = markdown::assistant(text, &Context { id_prefix: prefix, citations: &[] });
    Piece::Thought { label, body, rest }
}

/// One card for a call and its result; pictures among the result stand open below it, they are what the reader came for.
fn tool<'a>(pieces: &mut Vec<Piece<'a>>, call: Option<(&str, &Value)>, result: Option<&'a Part>, prefix: &str, mut room: Room<'_>) {
    let (output, result_name, failed) = match result {
        Some(Part::ToolResult { output, name, is_error, .. }) => (output.as_slice(), name.as_deref(), *is_error),
        _ => (&[][..], None, false),
    };
    let name = words::cut(call.map(|(name, _)| name).or(result_name).unwrap_or_default(), 80, usize::MAX);
    let (pictures, folded): (Vec<&Part>, Vec<&Part>) = output.iter().partition(|part| matches!(part, Part::Image { .. }));
    let input = call.map(|(_, input)| input_html(input, &mut room)).unwrap_or_default();
    // A long input, a file that was written, leaves its result as much room as it had.
    room.refill();
    let answers = folded.into_iter().enumerate().filter_map(|(at, part)| answer(part, &format!("{prefix}{at}-"), &mut room));
    let output = render(Parts { pieces: answers.collect() });
    pieces.push(Piece::Tool {
        verb: if call.is_some() { "Used" } else { "Result of" },
        name: if name.is_empty() { "a tool".to_owned() } else { name },
        hint: call.map(|(_, input)| hint(input)).unwrap_or_default(),
        failed,
        input,
        output,
        has_result: result.is_some(),
        rest: Rest::of(&room),
    });
    pieces.extend(pictures.into_iter().filter_map(|picture| plain_piece(picture, prefix, &mut room)));
}

/// What a tool's answer shows of one of its parts; nothing of those that come when its room is used up.
fn answer<'a>(part: &'a Part, prefix: &str, room: &mut Room<'_>) -> Option<Piece<'a>> {
    match part {
        Part::Text { text, .. } => Some(room.take(text)).filter(|text| !text.trim().is_empty()).map(tool_text).map(Piece::Html),
        Part::Code { code, language, filename } => Some(room.take(code))
            .filter(|code| !code.is_empty())
            .map(|code| Piece::Html(highlight::code_block(code, language.as_deref(), filename.as_deref()))),
        Part::Reasoning { text, duration_sec, redacted } => {
            let begun = room.take(text);
            // A thought without text says that it was withheld, which is not what happened to this one.
            let is_left_out = begun.is_empty() && !text.is_empty() && !redacted;
            (!is_left_out).then(|| thought(begun, *duration_sec, *redacted, prefix, Rest::default()))
        }
        Part::File { .. } => plain_piece(part, prefix, room).map(|piece| match piece {
            // The card around it says it.
            Piece::File { name, facts, link, body, .. } => Piece::File { name, facts, link, body, rest: Rest::default() },
            other => other,
        }),
        _ => plain_piece(part, prefix, room),
    }
}

/// What a tool says is not Markdown: shown to the letter, in colours where it is JSON.
fn tool_text(text: &str) -> String {
    let is_json = text.len() <= JSON_OUTPUT_BYTES
        && text.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    highlight::code_block(text, is_json.then_some("json"), None)
}

fn input_html(input: &Value, room: &mut Room<'_>) -> String {
    match input {
        Value::Null => String::new(),
        Value::Object(fields) if fields.is_empty() => String::new(),
        Value::String(text) if text.trim().is_empty() => String::new(),
        Value::String(text) => tool_text(room.take(text)),
        _ => highlight::code_block(room.take(&serde_json::to_string_pretty(input).unwrap_or_default()), Some("json"), None),
    }
}

/// The first words of a call's input, so that a closed card says what was looked for.
fn hint(input: &Value) -> String {
    let text = match input {
        Value::Object(fields) => fields.values().find_map(Value::as_str),
        Value::String(text) if !text.trim_start().starts_with(['{', '[']) => Some(text.as_str()),
        _ => None,
    };
    // Cut before cleaning: the input may be a megabyte, and only its first line shows.
    let start: String = text.unwrap_or_default().trim_start().lines().next().unwrap_or_default().chars().take(200).collect();
    words::cut(&start, 80, usize::MAX)
}

fn source_line(source: &Citation) -> SourceLine<'_> {
    let host = source.url.as_deref().and_then(words::web_host);
    let title = [&source.title, &source.site]
        .into_iter()
        .flatten()
        .map(|text| words::cut(text, 160, usize::MAX))
        .find(|text| !text.is_empty());
    SourceLine {
        title: title.or_else(|| host.clone()).unwrap_or_else(|| "Unnamed source".to_owned()),
        url: source.url.as_deref().filter(|_| host.is_some()),
        site: host.unwrap_or_default(),
        snippet: source.snippet.as_deref().map(|text| words::cut(text, 280, usize::MAX)).unwrap_or_default(),
    }
}

/// The addresses that texts of the message list already, with the numbers that lead to them.
fn cited(parts: &[Part]) -> HashSet<&str> {
    let citations = parts.iter().filter_map(|part| match part {
        Part::Text { citations, .. } => Some(citations),
        _ => None,
    });
    citations.flatten().filter_map(|citation| citation.url.as_deref()).collect()
}

/// A link only where it leads into the web, with the host to name it by.
fn link(url: Option<&str>) -> Option<(&str, String)> {
    let url = url?;
    words::web_host(url).map(|host| (url, host))
}

/// "PDF" from `application/pdf`, "text" from `text/plain`: what fits beside a name.
fn kind_of(mime: &str) -> Option<String> {
    let (kind, subtype) = mime.split(';').next()?.trim().split_once('/')?;
    let short = subtype.len() <= 5 && subtype.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (kind, short) {
        ("text", _) if subtype == "plain" => Some("text".to_owned()),
        (_, true) => Some(subtype.to_ascii_uppercase()),
        ("text" | "image" | "audio" | "video", false) => Some(kind.to_owned()),
        _ => None,
    }
}

fn notice_class(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Error | NoticeKind::Refusal => "notice bad",
        NoticeKind::Interrupted | NoticeKind::Summary | NoticeKind::Unsupported => "notice",
    }
}

/// Says that an answer did not end well, unless a notice of the origin says it already.
fn ending(parts: &[Part], status: Status) -> Option<Piece<'static>> {
    let is_said = parts
        .iter()
        .any(|part| matches!(part, Part::Notice { kind: NoticeKind::Error | NoticeKind::Interrupted | NoticeKind::Refusal, .. }));
    match status {
        Status::Incomplete if !is_said => {
            Some(Piece::Notice { class: "notice", html: "This answer stops here: it was cut off.".to_owned() })
        }
        Status::Error if !is_said => {
            Some(Piece::Notice { class: "notice bad", html: "This answer ended with an error.".to_owned() })
        }
        _ => None,
    }
}

/// Pixels that a picture is given: no higher than most screens, in its own proportions.
fn sides(width: u32, height: u32) -> (u32, u32) {
    const HIGHEST: u32 = 576;
    if height <= HIGHEST {
        return (width, height);
    }
    let narrowed = u64::from(width) * u64::from(HIGHEST) / u64::from(height);
    (u32::try_from(narrowed).unwrap_or(width).max(1), HIGHEST)
}
