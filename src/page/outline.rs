//! The outline of a long conversation: what was asked, each question a link to its place.

use super::messages::Addresses;
use super::sheet::Turn;
use super::words;
use crate::conversation::{Part, Role, markdown};
use std::ops::Range;

/// A conversation of fewer questions is its own outline.
const WORTH_IT: usize = 4;
/// On one page with everything there may be thousands; such a list is no outline.
const MOST: usize = 300;
/// Characters of a question.
const LENGTH: usize = 80;

/// What the share page lists beside the conversation.
pub(super) struct Outline {
    /// The questions of this page.
    pub questions: Vec<Question>,
    /// Of a conversation on several sheets, all of them in order; one of them is this page's.
    pub sheets: Vec<SheetLine>,
}

pub(super) struct Question {
    pub href: String,
    pub text: String,
}

/// A sheet in the outline: its messages, and what is asked there first.
pub(super) struct SheetLine {
    pub number: usize,
    pub href: String,
    /// "101–200"
    pub range: String,
    pub text: String,
    pub is_here: bool,
}

impl Outline {
    /// Of the turns in `here`; `sheets` holds all of them, or one alone where everything is on one page. None for a short conversation.
    pub(super) fn new(
        turns: &[Turn<'_>],
        sheets: &[Range<usize>],
        here: Range<usize>,
        addresses: &Addresses<'_>,
    ) -> Option<Outline> {
        let asked = |range: Range<usize>| turns[range].iter().filter(|turn| turn.message.role == Role::User && turn.piece == 0);
        let is_long = sheets.len() > 1;
        if !is_long && !(WORTH_IT..=MOST).contains(&asked(here.clone()).count()) {
            return None;
        }
        let questions = asked(here.clone()).map(|turn| Question { href: addresses.of(turn.number), text: question(turn) });
        let line = |(at, range): (usize, &Range<usize>)| SheetLine {
            number: at + 1,
            href: addresses.page(at + 1),
            range: range_of(&turns[range.clone()]),
            text: asked(range.clone()).next().map(question).unwrap_or_default(),
            is_here: *range == here,
        };
        let lines = if is_long { sheets.iter().enumerate().map(line).collect() } else { Vec::new() };
        Some(Outline { questions: questions.collect(), sheets: lines })
    }
}

/// "101–200", by the numbers the messages have; of a message that fills a sheet after another, "3, continued".
pub(super) fn range_of(turns: &[Turn<'_>]) -> String {
    match turns {
        [] => String::new(),
        [first, .., last] if first.number != last.number => format!("{}–{}", first.number, last.number),
        [only, ..] if only.piece > 0 => format!("{}, continued", only.number),
        [only, ..] => only.number.to_string(),
    }
}

/// The first words, or else the name of what was sent: attachments stand before the words that ask about them.
fn question(turn: &Turn<'_>) -> String {
    let parts = &turn.message.parts;
    let words = parts.iter().filter_map(|part| match part {
        Part::Text { text, .. } => Some(markdown::plain(text, LENGTH)),
        _ => None,
    });
    let names = parts.iter().flat_map(|part| match part {
        Part::File { name, .. } => [Some(name), None],
        Part::Image { alt, name, .. } => [alt.as_ref(), name.as_ref()],
        _ => [None, None],
    });
    let names = names.flatten().map(|name| words::cut(name, LENGTH, usize::MAX));
    words.chain(names).find(|text| !text.is_empty()).unwrap_or_else(|| format!("Message {}", turn.number))
}
