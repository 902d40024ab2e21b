//! What a page writes out of one part that is larger than any page should be. What stands open goes on from sheet to sheet; what is
//! folded is begun, and a plain link leads to its place on the page with everything.

use crate::conversation::Part;

/// From here on Markdown shows as its source, so that it can be cut at any line without changing how it looks.
const LARGEST: usize = 256 << 10;
/// Bytes that are written out of the text inside a card.
const CARD: usize = 64 << 10;

/// Lines of a part that alone would fill more than a sheet.
#[derive(Clone, Copy)]
pub(super) struct Excerpt<'a> {
    pub text: &'a str,
    /// Whether the part ends with them.
    pub is_end: bool,
}

/// The part in excerpts of so many bytes; none where it is small enough to stand whole, or folds.
pub(super) fn of(part: &Part, bytes: usize) -> Vec<Excerpt<'_>> {
    let (Part::Text { text, .. } | Part::Code { code: text, .. } | Part::Notice { text, .. }) = part else { return Vec::new() };
    let (mut excerpts, mut rest) = (Vec::new(), text.as_str());
    while text.len() > LARGEST && !rest.is_empty() {
        let (text, after) = rest.split_at(beginning(rest, bytes).len());
        excerpts.push(Excerpt { text, is_end: after.is_empty() });
        rest = after;
    }
    excerpts
}

/// Bytes that a page writes out of a thought.
pub(super) fn thought_bytes(length: usize) -> usize {
    if length > LARGEST { CARD } else { length }
}

/// Bytes that a page writes out of what else folds.
pub(super) fn card_bytes(length: usize) -> usize {
    length.min(CARD)
}

/// As many whole lines as fit; of a single long line as many characters, and at least one.
fn beginning(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let start = &text[..text.floor_char_boundary(bytes.max(4))];
    start.rfind('\n').map_or(start, |end| &start[..=end])
}

/// Where the folded parts of a message are to be found whole.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The message.
    pub number: u32,
    /// The page with everything; none on that page itself.
    pub everything: Option<&'a str>,
}

/// What is left of the room that one card has for its text.
pub(super) struct Room<'a> {
    place: Place<'a>,
    /// Of the part, in the whole message.
    part: usize,
    left: usize,
    is_short: bool,
}

impl<'a> Room<'a> {
    /// For the part that is the message's `part`th.
    pub(super) fn new(place: Place<'a>, part: usize) -> Room<'a> {
        Room { place, part, left: CARD, is_short: false }
    }

    /// As much room again, for what follows.
    pub(super) fn refill(&mut self) {
        self.left = CARD;
    }

    /// As much of the text as there is room for; on the page with everything all of it.
    pub(super) fn take<'t>(&mut self, text: &'t str) -> &'t str {
        let start = if self.left == 0 { "" } else { beginning(text, self.left) };
        self.left -= start.len().min(self.left);
        self.is_short |= start.len() < text.len();
        if self.place.everything.is_some() { start } else { text }
    }

    /// The same for a thought, which is Markdown up to a much larger size.
    pub(super) fn take_thought<'t>(&mut self, text: &'t str) -> &'t str {
        if text.len() > LARGEST { self.take(text) } else { text }
    }

    /// Where all of it is, if it is not here.
    pub(super) fn rest(&self) -> Option<String> {
        self.place.everything.filter(|_| self.is_short).map(|page| format!("{page}#{}", self.id()))
    }

    /// What the link of a shortened card leads to, on the page with everything.
    pub(super) fn anchor(&self) -> Option<String> {
        (self.place.everything.is_none() && self.is_short).then(|| self.id())
    }

    fn id(&self) -> String {
        format!("m{}-part{}", self.place.number, self.part + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_end_with_lines_and_lose_nothing() {
        let text: String = (0..60_000).map(|line| format!("line {line}\n")).collect();
        let part = Part::Code { code: text.clone(), language: None, filename: None };
        let excerpts = of(&part, 100_000);
        assert_eq!(excerpts.iter().map(|excerpt| excerpt.text).collect::<String>(), text);
        assert!(excerpts.iter().all(|excerpt| excerpt.text.len() <= 100_000 && excerpt.text.ends_with('\n')));
        assert_eq!(excerpts.iter().filter(|excerpt| excerpt.is_end).count(), 1);
        let line = Part::Text { text: "é".repeat(200_000), citations: Vec::new() };
        assert_eq!(of(&line, 99_999).iter().map(|excerpt| excerpt.text.len()).max(), Some(99_998), "never inside a character");
        assert!(of(&Part::Text { text: "x".repeat(LARGEST), citations: Vec::new() }, 9).is_empty());
    }

    #[test]
    fn what_is_cut_is_shown_as_source_by_markdown_too() {
        use crate::conversation::markdown::{Context, assistant};
        let html = |bytes: usize| assistant(&"word ".repeat(bytes / 5 + 1), &Context::default());
        assert!(html(LARGEST).contains("<pre class=\"plain\"") && !html(LARGEST - 9).contains("<pre"));
    }

    #[test]
    fn a_card_says_where_its_rest_is() {
        let text = "0123456\n".repeat(10_000);
        let mut room = Room::new(Place { number: 12, everything: Some("?all") }, 2);
        assert_eq!((room.take("short"), room.rest()), ("short", None));
        let begun = room.take(&text).len();
        assert!(begun <= CARD - 5 && begun > CARD - 20 && begun.is_multiple_of(8), "{begun}");
        assert_eq!((room.rest().as_deref(), room.anchor()), (Some("?all#m12-part3"), None));
        let mut whole = Room::new(Place { number: 12, everything: None }, 2);
        assert_eq!((whole.take(&text).len(), whole.rest(), whole.anchor().as_deref()), (80_000, None, Some("m12-part3")));
    }
}
