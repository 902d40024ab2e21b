//! The list of messages: who speaks, with which model, when, and what they say.

use super::{icon, part, render, twin, words};
use crate::conversation::transcript::{Shown, ShownMessage};
use crate::conversation::{Role, markdown};
use sailfish::TemplateSimple;
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
    messages: Vec<Message>,
}

struct Message {
    number: u32,
    class: &'static str,
    icon: &'static str,
    name: String,
    model: Option<String>,
    at: Option<At>,
    body: String,
}

/// A moment: for machines, as shown, and in full for a pointer's tip.
struct At {
    machine: String,
    text: String,
    full: String,
}

/// The messages of a conversation as HTML, the same on the page, in the frame and after an unlock.
pub fn messages_html(shown: &Shown) -> String {
    let mut day = began(shown).map(utc_day);
    let deadline = Instant::now() + BUDGET;
    let messages: Vec<Message> = shown.messages.iter().map(|message| view(message, shown, &mut day, deadline)).collect();
    render(Messages { class: if messages.len() > LONG { "messages long" } else { "messages" }, messages })
}

/// When the conversation began, or else its first dated message was written.
pub(super) fn began(shown: &Shown) -> Option<OffsetDateTime> {
    shown.created_at.or_else(|| shown.messages.iter().find_map(|message| message.message.created_at))
}

/// The models that answered, in the order they first speak.
pub(super) fn models(shown: &Shown) -> Vec<&str> {
    let mut models = Vec::new();
    for model in shown.messages.iter().filter_map(|message| model_of(message, shown)) {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models
}

/// The model of an answer; people have none.
pub(super) fn model_of<'a>(message: &'a ShownMessage, shown: &'a Shown) -> Option<&'a str> {
    match message.message.role {
        Role::Assistant => message.message.model.as_deref().or(shown.model.as_deref()).filter(|model| !model.trim().is_empty()),
        Role::User | Role::System | Role::Tool => None,
    }
}

/// "User", "Assistant", "Tool", or the name the origin has.
pub(super) fn speaker(message: &ShownMessage) -> String {
    let named = message.message.author.as_deref().map(|name| words::cut(name, 80, usize::MAX)).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| role_name(message.message.role).to_owned())
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "User",
        Role::Assistant => "Assistant",
        Role::System => "System",
        Role::Tool => "Tool",
    }
}

fn view(message: &ShownMessage, shown: &Shown, day: &mut Option<Date>, deadline: Instant) -> Message {
    let ShownMessage { number, message: said } = message;
    let (class, icon) = match said.role {
        Role::User => ("user", icon::USER),
        Role::Assistant => ("assistant", icon::ASSISTANT),
        Role::System | Role::Tool => ("tool", icon::TOOL),
    };
    Message {
        number: *number,
        class,
        icon,
        name: speaker(message),
        model: model_of(message, shown).map(|model| words::cut(model, 80, usize::MAX)),
        at: said.created_at.map(|at| moment(at, day)),
        body: if Instant::now() < deadline {
            part::html(&said.parts, said.role, said.status, &format!("m{number}"))
        } else {
            markdown::source(&twin::blocks(&said.parts).collect::<Vec<_>>().join("\n\n"))
        },
    }
}

/// The date stands only where it differs from the last one shown; a conversation of one evening shows times alone.
fn moment(at: OffsetDateTime, day: &mut Option<Date>) -> At {
    let full = format!("{}, {}", words::date(at), words::clock(at));
    let is_new = day.replace(utc_day(at)) != Some(utc_day(at));
    At { machine: words::machine_time(at), text: if is_new { full.clone() } else { words::clock(at) }, full }
}

fn utc_day(at: OffsetDateTime) -> Date {
    at.to_offset(UtcOffset::UTC).date()
}
