//! From messages as a product stored them to turns as people read them.

use super::{Message, Part, Role};
use std::collections::HashMap;

/// Puts results behind their calls and neighbouring assistant messages together, and drops what says nothing. Order stays the
/// origin's; folding twice changes nothing. A turn of more than `max_parts` begins a new message.
pub(super) fn fold(messages: Vec<Message>, max_parts: usize) -> Vec<Message> {
    let mut path = Path::default();
    for mut message in messages {
        message.parts.retain(says_something);
        path.pair(&mut message);
        if message.role != Role::Assistant {
            path.deliver(&mut message, max_parts);
        }
        if !message.parts.is_empty() {
            path.append(message, max_parts);
        }
    }
    path.messages
}

fn says_something(part: &Part) -> bool {
    match part {
        Part::Text { text, .. } => !text.trim().is_empty(),
        Part::Code { code, .. } => !code.trim().is_empty(),
        Part::Reasoning { text, duration_sec, redacted } => *redacted || duration_sec.is_some() || !text.trim().is_empty(),
        Part::Sources { items } => !items.is_empty(),
        Part::ToolCall { .. } | Part::ToolResult { .. } | Part::Image { .. } | Part::File { .. } | Part::Notice { .. } => true,
    }
}

#[derive(Default)]
struct Path {
    messages: Vec<Message>,
    /// In which message the call with an id stands.
    calls: HashMap<String, usize>,
    /// Ids given to calls that came without one.
    given: usize,
}

impl Path {
    /// Gives an id to results that name no call and to the calls they answer: the first one open with the tool's name, else the
    /// first one open, in this message or the turn before it.
    fn pair(&mut self, message: &mut Message) {
        for at in 0..message.parts.len() {
            let (before, rest) = message.parts.split_at_mut(at);
            let Some(Part::ToolResult { name, call_id: result_id @ None, .. }) = rest.first_mut() else { continue };
            let turn = self.messages.last_mut().filter(|turn| turn.role == Role::Assistant);
            let earlier = turn.map(|turn| turn.parts.as_mut_slice()).unwrap_or_default();
            let mut open: Vec<(&str, &mut Option<String>)> = [earlier, before].into_iter().flat_map(open_calls).collect();
            let named = name.as_deref().and_then(|name| open.iter().position(|(call, _)| *call == name));
            // A result that says its tool's name answers no other tool's call.
            let chosen = named.or_else(|| (name.is_none() && !open.is_empty()).then_some(0));
            let Some(at) = chosen else { continue };
            let (_, call_id) = open.swap_remove(at);
            self.given += 1;
            let id = format!("call-{}", self.given);
            *call_id = Some(id.clone());
            *result_id = Some(id.clone());
            // Harmless for a call in `message` itself, whose results stand there too.
            self.calls.insert(id, self.messages.len().saturating_sub(1));
        }
    }

    /// Moves results to the messages that hold their calls; what is left of a message of results has no call anywhere.
    fn deliver(&mut self, message: &mut Message, max_parts: usize) {
        let mut left = Vec::with_capacity(message.parts.len());
        for part in message.parts.drain(..) {
            let called = match &part {
                Part::ToolResult { call_id: Some(id), .. } => self.calls.get(id).map(|&at| (at, id.clone())),
                _ => None,
            };
            let turn = called.and_then(|(at, id)| Some((self.messages.get_mut(at)?, id)));
            // A full turn takes no more: a flood of results for one call would make this quadratic.
            let turn = turn.filter(|(turn, _)| turn.parts.len() < max_parts);
            match turn.and_then(|(turn, id)| Some((place_after(&turn.parts, &id)?, turn))) {
                Some((place, turn)) => turn.parts.insert(place, part),
                None => left.push(part),
            }
        }
        message.parts = left;
        if !message.parts.is_empty() && message.parts.iter().all(|part| matches!(part, Part::ToolResult { .. })) {
            message.role = Role::Tool;
        }
    }

    fn append(&mut self, mut message: Message, max_parts: usize) {
        let parts = std::mem::take(&mut message.parts);
        // Half, because each call may still get its result.
        let fits = |turn: &Message| turn.parts.len() + parts.len() <= max_parts / 2;
        let joins =
            |turn: &Message| turn.role == Role::Assistant && message.role == Role::Assistant && turn.author == message.author;
        if !self.messages.last().is_some_and(|turn| joins(turn) && fits(turn)) {
            self.messages.push(message.clone());
        }
        let at = self.messages.len() - 1;
        for part in &parts {
            if let Part::ToolCall { call_id: Some(id), .. } = part {
                self.calls.insert(id.clone(), at);
            }
        }
        if let Some(turn) = self.messages.last_mut() {
            turn.parts.extend(parts);
            turn.status = message.status;
            turn.model = turn.model.take().or(message.model);
            turn.created_at = turn.created_at.or(message.created_at);
        }
    }
}

fn open_calls(parts: &mut [Part]) -> impl Iterator<Item = (&str, &mut Option<String>)> {
    parts.iter_mut().filter_map(|part| match part {
        Part::ToolCall { name, call_id: call_id @ None, .. } => Some((name.as_str(), call_id)),
        _ => None,
    })
}

/// Where a result of the call goes: behind the call and the results it has already.
fn place_after(parts: &[Part], id: &str) -> Option<usize> {
    let belongs = |part: &Part| match part {
        Part::ToolCall { call_id, .. } | Part::ToolResult { call_id, .. } => call_id.as_deref() == Some(id),
        _ => false,
    };
    parts.iter().rposition(belongs).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Status;
    use serde_json::Value;

    fn message(role: Role, parts: Vec<Part>) -> Message {
        Message { role, parts, ..Message::default() }
    }
    fn text(text: &str) -> Part {
        Part::Text { text: text.to_owned(), citations: vec![] }
    }
    fn call(name: &str, id: Option<&str>) -> Part {
        Part::ToolCall { name: name.to_owned(), input: Value::Null, call_id: id.map(str::to_owned) }
    }
    fn result(name: Option<&str>, id: Option<&str>) -> Part {
        Part::ToolResult {
            output: vec![text("out")],
            name: name.map(str::to_owned),
            call_id: id.map(str::to_owned),
            is_error: false,
        }
    }
    /// One letter a part, an id behind calls and results, a bar between messages.
    fn shape(messages: &[Message]) -> String {
        let letter = |part: &Part| match part {
            Part::Text { text, .. } => text.clone(),
            Part::ToolCall { name, call_id, .. } => format!("{name}({})", call_id.as_deref().unwrap_or("")),
            Part::ToolResult { call_id, .. } => format!("={}", call_id.as_deref().unwrap_or("")),
            other => format!("{other:?}"),
        };
        let words =
            |message: &Message| format!("{:?}: {}", message.role, message.parts.iter().map(letter).collect::<Vec<_>>().join(" "));
        messages.iter().map(words).collect::<Vec<_>>().join(" | ")
    }
    fn folded(messages: Vec<Message>) -> String {
        let once = fold(messages, 500);
        assert_eq!(fold(once.clone(), 500), once, "folding twice changes nothing");
        shape(&once)
    }

    #[test]
    fn results_go_behind_their_calls_whatever_their_order() {
        let messages = vec![
            message(Role::User, vec![text("q")]),
            message(Role::Assistant, vec![call("a", Some("1")), call("b", Some("2"))]),
            message(Role::Tool, vec![result(None, Some("2"))]),
            message(Role::User, vec![result(None, Some("1")), result(None, Some("1"))]),
            message(Role::Assistant, vec![text("done")]),
        ];
        assert_eq!(folded(messages), "User: q | Assistant: a(1) =1 =1 b(2) =2 done");
    }

    #[test]
    fn results_without_ids_find_open_calls_by_name() {
        let messages = vec![
            message(Role::Assistant, vec![call("a", None), call("b", None)]),
            message(Role::Tool, vec![result(Some("b"), None)]),
            message(Role::Tool, vec![result(None, None)]),
            message(Role::Tool, vec![result(Some("c"), None)]),
            message(Role::Assistant, vec![call("d", None), result(Some("d"), None), text("x")]),
        ];
        assert_eq!(folded(messages), "Assistant: a(call-2) =call-2 b(call-1) =call-1 | Tool: = | Assistant: d(call-3) =call-3 x");
    }

    #[test]
    fn an_orphan_stays_a_tools_message_and_a_persons_words_stay_hers() {
        let messages = vec![
            message(Role::User, vec![result(None, Some("gone"))]),
            message(Role::Assistant, vec![call("a", Some("1"))]),
            message(Role::User, vec![result(None, Some("1")), text("thanks")]),
        ];
        assert_eq!(folded(messages), "Tool: =gone | Assistant: a(1) =1 | User: thanks");
    }

    #[test]
    fn what_says_nothing_is_dropped_and_neighbours_join() {
        let mut last = message(Role::Assistant, vec![text("b")]);
        last.status = Status::Incomplete;
        last.model = Some("m".to_owned());
        let messages = vec![
            message(Role::Assistant, vec![text("a"), text(" \n")]),
            message(Role::User, vec![text("")]),
            last,
            message(Role::User, vec![text("u")]),
            message(Role::User, vec![text("v")]),
        ];
        let once = fold(messages, 500);
        assert_eq!(shape(&once), "Assistant: a b | User: u | User: v");
        assert_eq!((once[0].status, once[0].model.as_deref()), (Status::Incomplete, Some("m")));
    }

    #[test]
    fn a_turn_of_an_agent_never_outgrows_a_message() {
        let turns = (0..40).flat_map(|n| {
            let id = n.to_string();
            [message(Role::Assistant, vec![call("a", Some(&id))]), message(Role::Tool, vec![result(None, Some(&id))])]
        });
        let once = fold(turns.collect(), 10);
        assert!(once.iter().all(|message| message.parts.len() <= 10), "{}", shape(&once));
        assert_eq!(once.iter().map(|message| message.parts.len()).sum::<usize>(), 80);
    }
}
