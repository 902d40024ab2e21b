//! Sheets: a long conversation is read a bounded page at a time, `?page=2`, so that it opens as fast as a short one and needs no
//! script to be read to its end.

use super::excerpt::{self, Excerpt};
use super::pairs;
use crate::conversation::transcript::{Shown, ShownMessage};
use crate::conversation::{Citation, Message, Part};
use serde_json::Value;
use std::ops::Range;

/// Messages of a sheet.
const MESSAGES: usize = 100;
/// Bytes of text at which a sheet is full.
const BYTES: usize = 128 << 10;
/// A last sheet of fewer messages is no page of its own: they stay with those before.
const REST: usize = 20;

/// What a share page shows of its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sheet {
    /// This one, from 1 on.
    Number(u32),
    /// Everything on one page, for print and for those who like it so.
    Whole,
}

/// A message; of one that would fill several sheets, as much as stands on one.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    pub number: u32,
    pub message: &'a Message,
    /// Those of its parts that stand here, and how many stand before them.
    pub parts: &'a [Part],
    pub before: usize,
    /// Of a single part that no sheet could hold, as much as stands here.
    pub excerpt: Option<Excerpt<'a>>,
    /// 0 where the message begins, then 1, 2, …
    pub piece: usize,
    /// Whether it ends here.
    pub is_last: bool,
}

impl Turn<'_> {
    /// Bytes of its text, and something for each part.
    pub(super) fn weight(&self) -> usize {
        self.excerpt.map_or_else(|| self.parts.iter().map(weight).sum(), |excerpt| excerpt.text.len() + PART)
    }
}

/// All messages in reading order, none of them much longer than a sheet.
pub(super) fn turns(shown: &Shown) -> Vec<Turn<'_>> {
    shown.messages.iter().flat_map(pieces).collect()
}

/// All messages, each in one piece.
pub(super) fn whole(shown: &Shown) -> Vec<Turn<'_>> {
    shown.messages.iter().map(|message| turn(message, 0..message.message.parts.len(), 0, None)).collect()
}

/// Which turns each sheet holds: at least one sheet, and none without turns unless there are none at all.
pub(super) fn divide(turns: &[Turn<'_>]) -> Vec<Range<usize>> {
    let mut sheets: Vec<Range<usize>> = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, turn) in turns.iter().enumerate() {
        let weight = turn.weight();
        if at > start && (at - start == MESSAGES || bytes + weight > BYTES) {
            sheets.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += weight;
    }
    match sheets.last_mut() {
        Some(last) if turns.len() - start < REST && bytes < BYTES / 4 => last.end = turns.len(),
        _ => sheets.push(start..turns.len()),
    }
    sheets
}

/// The numbers of the messages that begin on each sheet, in order.
pub fn sheets(shown: &Shown) -> Vec<Vec<u32>> {
    let turns = turns(shown);
    let begun = |range: Range<usize>| turns[range].iter().filter(|turn| turn.piece == 0).map(|turn| turn.number).collect();
    divide(&turns).into_iter().map(begun).collect()
}

fn turn<'a>(shown: &'a ShownMessage, parts: Range<usize>, piece: usize, excerpt: Option<Excerpt<'a>>) -> Turn<'a> {
    let message = &shown.message;
    let is_last = parts.end == message.parts.len() && excerpt.is_none_or(|excerpt| excerpt.is_end);
    Turn { number: shown.number, message, before: parts.start, parts: &message.parts[parts], excerpt, piece, is_last }
}

/// Cuts a message that no sheet could hold: between its parts, and inside those that are too large alone.
fn pieces(shown: &ShownMessage) -> Vec<Turn<'_>> {
    let parts = &shown.message.parts;
    let (mut turns, mut from) = (Vec::new(), 0);
    for (at, part) in parts.iter().enumerate() {
        let excerpts = excerpt::of(part, BYTES - PART);
        if excerpts.is_empty() {
            continue;
        }
        if at > from {
            between(&mut turns, shown, from..at);
        }
        for excerpt in excerpts {
            turns.push(turn(shown, at..at + 1, turns.len(), Some(excerpt)));
        }
        from = at + 1;
    }
    if from < parts.len() || turns.is_empty() {
        between(&mut turns, shown, from..parts.len());
    }
    turns
}

/// Cuts these parts of an agent's long day, which holds hundreds of calls, between them; never a call from its result.
fn between<'a>(turns: &mut Vec<Turn<'a>>, shown: &'a ShownMessage, range: Range<usize>) {
    let ends = pair_ends(&shown.message.parts[range.clone()]);
    let mut awaited = range.start;
    // From `start` on parts are gathered; `bytes` of them up to `whole`, where a cut may be, then `more`.
    let (mut start, mut whole, mut bytes, mut more) = (range.start, range.start, 0, 0);
    for (at, end) in range.clone().zip(ends) {
        if at > awaited || at == range.start {
            (whole, bytes, more) = (at, bytes + more, 0);
        }
        more += weight(&shown.message.parts[at]);
        if whole > start && bytes + more > BYTES {
            turns.push(turn(shown, start..whole, turns.len(), None));
            (start, bytes) = (whole, 0);
        }
        awaited = awaited.max(range.start + end);
    }
    turns.push(turn(shown, start..range.end, turns.len(), None));
}

/// For every part, where the pair of call and result ends that begins with it; itself where none does.
fn pair_ends(parts: &[Part]) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..parts.len()).collect();
    for (call, result) in pairs::results(parts).into_iter().enumerate().filter_map(|(call, result)| Some((call, result?))) {
        let (first, last) = (call.min(result), call.max(result));
        ends[first] = ends[first].max(last);
    }
    ends
}

/// What a part weighs besides its text: its markup.
const PART: usize = 200;

/// Bytes of text that a page shows of a part, and something for its markup.
fn weight(part: &Part) -> usize {
    let cited = |items: &[Citation]| -> usize {
        let texts = items.iter().flat_map(|item| [&item.title, &item.url, &item.snippet]).flatten();
        texts.map(String::len).sum()
    };
    PART + match part {
        Part::Text { text, citations } => text.len() + cited(citations),
        Part::Code { code, .. } => code.len(),
        Part::Notice { text, .. } => text.len(),
        Part::Reasoning { text, .. } => excerpt::thought_bytes(text.len()),
        Part::ToolCall { input, .. } => excerpt::card_bytes(value_weight(input)),
        Part::ToolResult { output, .. } => excerpt::card_bytes(output.iter().map(weight).sum()) + PART * output.len(),
        Part::File { text, .. } => excerpt::card_bytes(text.as_deref().map_or(0, str::len)),
        Part::Sources { items } => cited(items),
        Part::Image { .. } => 0,
    }
}

fn value_weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(value_weight).sum::<usize>() + items.len(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + value_weight(value) + 8).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Role;

    fn text(bytes: usize) -> Part {
        Part::Text { text: "x".repeat(bytes), citations: Vec::new() }
    }

    fn shown(messages: Vec<Vec<Part>>) -> Shown {
        let message = |parts| Message { role: Role::Assistant, parts, ..Message::default() };
        let messages = messages.into_iter().zip(1..).map(|(parts, number)| ShownMessage { number, message: message(parts) });
        Shown { title: String::new(), created_at: None, model: None, messages: messages.collect() }
    }

    fn short(count: usize) -> Shown {
        shown(vec![vec![text(100)]; count])
    }

    fn lengths(shown: &Shown) -> Vec<usize> {
        sheets(shown).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_sheet_holds_a_hundred_messages_and_no_few_stand_alone() {
        assert_eq!(lengths(&short(0)), [0]);
        assert_eq!(lengths(&short(100)), [100]);
        assert_eq!(lengths(&short(119)), [119]);
        assert_eq!(lengths(&short(120)), [100, 20]);
        assert_eq!(lengths(&short(5000)), [100; 50]);
        assert_eq!(sheets(&short(250))[2], (201..=250).collect::<Vec<u32>>());
    }

    #[test]
    fn long_messages_fill_a_sheet_sooner() {
        assert_eq!(lengths(&shown(vec![vec![text(50 << 10)]; 5])), [2, 2, 1]);
        let one_giant = shown(vec![vec![text(10)], vec![text(1 << 20)], vec![text(10)]]);
        let turns = turns(&one_giant);
        assert!(turns.iter().all(|turn| turn.weight() <= BYTES), "no sheet is a megabyte");
        let text: usize = turns.iter().filter_map(|turn| turn.excerpt).map(|excerpt| excerpt.text.len()).sum();
        assert_eq!(text, 1 << 20);
        let ends: Vec<(u32, usize)> = turns.iter().filter(|turn| turn.is_last).map(|turn| (turn.number, turn.piece)).collect();
        assert_eq!(ends, [(1, 0), (2, 8), (3, 0)]);
        assert_eq!(lengths(&one_giant).iter().sum::<usize>(), 3, "each message begins once");
    }

    #[test]
    fn what_folds_weighs_what_is_shown_of_it() {
        let result = || Part::ToolResult { output: vec![text(3 << 20)], name: None, call_id: None, is_error: false };
        let file =
            || Part::File { name: "a".into(), mime: None, size: None, url: None, text: Some("x".repeat(3 << 20)), blob: None };
        assert_eq!(lengths(&shown(vec![vec![result()], vec![file()], vec![text(10)]])), [1, 2]);
    }

    #[test]
    fn a_giant_between_others_keeps_their_order() {
        let shown = shown(vec![vec![text(10), text(300 << 10), text(20), text(30)]]);
        let turns = turns(&shown);
        let seen: Vec<(usize, usize, bool)> =
            turns.iter().map(|turn| (turn.before, turn.parts.len(), turn.excerpt.is_some())).collect();
        assert_eq!(seen, [(0, 1, false), (1, 1, true), (1, 1, true), (1, 1, true), (2, 2, false)]);
        assert!(turns.iter().map(|turn| turn.piece).eq(0..5) && turns[4].is_last);
    }

    #[test]
    fn ids_used_again_in_each_turn_keep_no_message_whole() {
        let call = Part::ToolCall { name: "f".into(), input: Value::Null, call_id: Some("call_0".into()) };
        let result = Part::ToolResult { output: vec![text(40 << 10)], name: None, call_id: Some("call_0".into()), is_error: false };
        let shown = shown(vec![(0..10).flat_map(|_| [call.clone(), result.clone()]).collect()]);
        let pieces: Vec<usize> = turns(&shown).iter().map(|turn| turn.parts.len()).collect();
        assert_eq!(pieces, [6, 6, 6, 2]);
    }

    #[test]
    fn a_message_of_many_parts_goes_on_over_sheets_with_its_calls_whole() {
        let call = |id: usize| Part::ToolCall { name: "f".into(), input: Value::Null, call_id: Some(id.to_string()) };
        let result = |id: usize| Part::ToolResult {
            output: vec![text(40 << 10)],
            name: None,
            call_id: Some(id.to_string()),
            is_error: false,
        };
        // Calls in pairs, each answered after the other was made.
        let parts: Vec<Part> = (0..10).flat_map(|n| [call(2 * n), call(2 * n + 1), result(2 * n), result(2 * n + 1)]).collect();
        let shown = shown(vec![parts.clone(), vec![text(10)]]);
        let turns = turns(&shown);
        assert_eq!(
            turns.iter().map(|turn| (turn.number, turn.piece, turn.parts.len() % 4)).take(2).collect::<Vec<_>>(),
            [(1, 0, 0), (1, 1, 0)]
        );
        let again: Vec<Part> = turns.iter().filter(|turn| turn.number == 1).flat_map(|turn| turn.parts).cloned().collect();
        assert_eq!(again, parts, "nothing is lost and nothing said twice");
        assert_eq!(turns.iter().filter(|turn| turn.is_last).count(), 2);
        let sheets = sheets(&shown);
        assert_eq!((sheets.concat(), sheets[0].as_slice()), (vec![1, 2], &[1][..]), "a message begins once");
        assert_eq!(sheets.len(), 10);
    }
}
