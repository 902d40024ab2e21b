//! The list of messages: who speaks, with which model, when, and what they say.

use super::excerpt::{Place, Room};
use super::sheet::Turn;
use super::{LINK_OUT, icon, part, render, tongue, twin, words};
use crate::conversation::transcript::Shown;
use crate::conversation::{Message as Said, Role, markdown};
use sailfish::TemplateSimple;
use std::ops::Range;
use std::time::{Duration, Instant};
use time::{Date, OffsetDateTime, UtcOffset};

/// From here on articles off screen are not laid out until they come near (see `.long` in prose.css).
const LONG: usize = 40;

/// What all messages together may cost. Past it the rest is shown as its source: to be read, if not as nicely.
const BUDGET: Duration = Duration::from_secs(5);

#[derive(TemplateSimple)]
#[template(path = "messages.stpl")]
struct Messages {
    class: &'static str,
    lang: String,
    messages: Vec<Message>,
}

struct Message {
    number: u32,
    /// `m12`; of a continuation `m12-2`.
    id: String,
    is_continued: bool,
    class: &'static str,
    height: &'static str,
    icon: &'static str,
    name: String,
    model: Option<String>,
    /// A new day begins with it, for machines and as shown.
    day: Option<(String, String)>,
    at: Option<At>,
    body: String,
    /// Where it is to be found, where pages offer that.
    href: Option<String>,
}

/// A moment: for machines, as shown, and in full for a pointer's tip.
struct At {
    machine: String,
    text: String,
    full: String,
}

/// Where messages and sheets are, relative to the page: what is written into links works without script, wherever it is pasted.
pub(super) struct Addresses<'a> {
    /// The share's code, which is its page's last segment.
    pub code: &'a str,
    /// The sheet that the messages are on, from 1 on; 0 where all are on one page.
    pub sheet: usize,
}

impl Addresses<'_> {
    /// Of a message on this page.
    pub(super) fn of(&self, number: u32) -> String {
        match self.sheet {
            0 => format!("#m{number}"),
            1 => format!("{}#m{number}", self.code),
            sheet => format!("?page={sheet}#m{number}"),
        }
    }

    /// Of a sheet.
    pub(super) fn page(&self, sheet: usize) -> String {
        format!("?page={sheet}")
    }
}

/// Those of `turns` in `range` as HTML; the ones before tell which day it is. With addresses, each has its link and its button.
/// `everything` is the address of the page that has what is too large for this one; none on that page itself.
pub(super) fn html(
    shown: &Shown,
    turns: &[Turn<'_>],
    range: Range<usize>,
    is_long: bool,
    addresses: Option<&Addresses<'_>>,
    everything: Option<&str>,
) -> String {
    let before = turns[..range.start].iter().rev().find_map(|turn| turn.message.created_at);
    let mut day = before.or_else(|| began(shown)).map(utc_day);
    let deadline = Instant::now() + BUDGET;
    let messages = turns[range].iter().map(|turn| {
        let place = Place { number: turn.number, everything };
        let body = if Instant::now() < deadline { part::html(turn, &id(turn), place) } else { unformatted(turn, place) };
        view(turn, shown, &mut day, body, addresses)
    });
    let messages = messages.collect();
    let class = if is_long { "messages long" } else { "messages" };
    render(Messages { class, lang: tongue::of(shown).attribute(), messages })
}

/// Whether so many messages are too many to be laid out at once.
pub(super) fn is_long(count: usize) -> bool {
    count > LONG
}

/// When the conversation began, or else its first dated message was written.
pub(super) fn began(shown: &Shown) -> Option<OffsetDateTime> {
    shown.created_at.or_else(|| shown.messages.iter().find_map(|message| message.message.created_at))
}

/// The models that answered, in the order they first speak.
pub(super) fn models(shown: &Shown) -> Vec<&str> {
    let mut models = Vec::new();
    for model in shown.messages.iter().filter_map(|message| model_of(&message.message, shown)) {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models
}

/// The model of an answer; people have none.
pub(super) fn model_of<'a>(message: &'a Said, shown: &'a Shown) -> Option<&'a str> {
    match message.role {
        Role::Assistant => message.model.as_deref().or(shown.model.as_deref()).filter(|model| !model.trim().is_empty()),
        Role::User | Role::System | Role::Tool => None,
    }
}

/// The name the origin has for who speaks.
pub(super) fn author(message: &Said) -> Option<String> {
    message.author.as_deref().map(|name| words::cut(name, 80, usize::MAX)).filter(|name| !name.is_empty())
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "User",
        Role::Assistant => "Assistant",
        Role::System => "System",
        Role::Tool => "Tool",
    }
}

fn view(turn: &Turn<'_>, shown: &Shown, day: &mut Option<Date>, body: String, addresses: Option<&Addresses<'_>>) -> Message {
    let Turn { number, message: said, piece, .. } = turn;
    let (class, icon) = match said.role {
        Role::User => ("user", icon::USER),
        Role::Assistant => ("assistant", icon::ASSISTANT),
        Role::System | Role::Tool => ("tool", icon::TOOL),
    };
    // How tall it will be, as far as a page can guess that does not lay it out yet.
    let height = match turn.weight() {
        0..350 => " brief",
        350..3_000 => "",
        _ => " lengthy",
    };
    let is_new_day = said.created_at.is_some_and(|at| day.replace(utc_day(at)) != Some(utc_day(at)));
    Message {
        number: *number,
        is_continued: *piece > 0,
        class,
        height,
        icon,
        name: author(said).unwrap_or_else(|| role_name(said.role).to_owned()),
        model: model_of(said, shown).map(|model| words::cut(model, 80, usize::MAX)),
        day: said.created_at.filter(|_| is_new_day).map(|at| (utc_day(at).to_string(), words::date(at))),
        at: said.created_at.map(moment),
        body,
        href: addresses.filter(|_| *piece == 0).map(|addresses| addresses.of(*number)),
        id: id(turn),
    }
}

/// `m12`; of a continuation `m12-2`.
fn id(turn: &Turn<'_>) -> String {
    match turn.piece {
        0 => format!("m{}", turn.number),
        piece => format!("m{}-{}", turn.number, piece + 1),
    }
}

/// A turn as its source, cut where it is larger than a page should be.
fn unformatted(turn: &Turn<'_>, place: Place<'_>) -> String {
    let source = || twin::blocks(turn.parts).collect::<Vec<_>>().join("\n\n");
    let source = turn.excerpt.map_or_else(source, |excerpt| excerpt.text.to_owned());
    let mut room = Room::new(place, turn.before);
    let mut html = markdown::source(room.take(&source));
    if let Some(href) = room.rest() {
        html.push_str(&format!("<p class=\"cut\"><a href=\"{}\"{LINK_OUT}Read it to the end</a></p>", words::marked(&href)));
    }
    html
}

fn moment(at: OffsetDateTime) -> At {
    let full = format!("{}, {} UTC", words::date(at), words::clock(at));
    At { machine: words::machine_time(at), text: words::clock(at), full }
}

fn utc_day(at: OffsetDateTime) -> Date {
    at.to_offset(UtcOffset::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Part;
    use crate::conversation::transcript::ShownMessage;

    #[test]
    fn what_there_is_no_time_to_format_is_bounded_too() {
        let text = Part::Text { text: "words ".repeat(1 << 20), citations: Vec::new() };
        let result = Part::ToolResult { output: vec![text], name: None, call_id: None, is_error: false };
        let message = Said { role: Role::Assistant, parts: vec![result], ..Said::default() };
        let messages = vec![ShownMessage { number: 7, message }];
        let shown = Shown { title: String::new(), created_at: None, model: None, messages };
        let turns = super::super::sheet::whole(&shown);
        let html = |everything| unformatted(&turns[0], Place { number: 7, everything });
        assert!(html(Some("?all")).len() < 100_000 && html(Some("?all")).contains("href=\"?all#m7-part1\""));
        assert!(html(None).len() > 6 << 20 && !html(None).contains("?all"));
    }
}
