//! Citations by number, such as `[1]`, `[2, 3]` and `[citation:4]`: the way retrieval and search products mark their sources.

use crate::conversation::Citation;
use crate::conversation::text::anchor;

/// Numbers of one marker that are looked at.
const NUMBERS: usize = 16;
/// What anchors may add to a text: a short marker, repeated, would grow it without bound.
const INSERTED: usize = 64 << 10;

/// The text with anchors in place of the markers whose number `source` knows, and what they point to. A marker is `[`, `label`,
/// numbers and `]`, outside code.
pub(super) fn resolve(text: &str, label: &str, source: impl Fn(usize) -> Option<Citation>) -> (String, Vec<Citation>) {
    let mut resolved = String::with_capacity(text.len());
    let (mut citations, mut room) = (Vec::new(), INSERTED);
    let mut code = Code::default();
    let mut at = 0;
    while let Some(place) = text[at..].find(['[', '`', '~']).map(|place| at + place) {
        resolved.push_str(&text[at..place]);
        code.pass(text, at, place);
        let rest = &text[place..];
        let skipped = code.length(text, place);
        if skipped > 0 {
            resolved.push_str(&rest[..skipped]);
            at = place + skipped;
            code.pass(text, place, at);
            continue;
        }
        let anchors = marker(rest, label).and_then(|(length, numbers)| {
            let cited: Option<Vec<Citation>> = numbers.into_iter().map(&source).collect();
            let anchors: String = cited?.into_iter().map(|citation| anchor(&mut citations, citation)).collect();
            room = room.checked_sub(anchors.len())?;
            Some((length, anchors))
        });
        let (length, words) = anchors.unwrap_or_else(|| (1, rest[..1].to_owned()));
        resolved.push_str(&words);
        at = place + length;
    }
    resolved.push_str(&text[at..]);
    (resolved, citations)
}

/// The length of the marker that `rest` begins with, and its numbers. What is followed by `(` or `:` is a link of the text's own.
fn marker(rest: &str, label: &str) -> Option<(usize, Vec<usize>)> {
    let body = rest.strip_prefix('[')?.strip_prefix(label)?;
    let end = body.find(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | ' '))?;
    let after = body[end..].strip_prefix(']')?;
    if after.starts_with(['(', ':']) {
        return None;
    }
    let numbers: Option<Vec<usize>> = body[..end].split(',').take(NUMBERS).map(|number| number.trim().parse().ok()).collect();
    Some((1 + label.len() + end + 1, numbers?))
}

/// Spans and fences of code in a text.
#[derive(Default)]
struct Code {
    /// Where the current line begins.
    line: usize,
    /// Lengths of runs of backticks that are known to have no second one, so that a flood of them stays linear.
    lonely: [bool; 16],
}

impl Code {
    fn pass(&mut self, text: &str, from: usize, to: usize) {
        if let Some(end) = text[from..to].rfind('\n') {
            self.line = from + end + 1;
        }
    }

    /// Bytes of code from `place` on; nothing where none begins.
    fn length(&mut self, text: &str, place: usize) -> usize {
        let rest = &text[place..];
        let sign = match rest.chars().next() {
            Some(sign @ ('`' | '~')) => sign,
            _ => return 0,
        };
        let run = rest.len() - rest.trim_start_matches(sign).len();
        if run >= 3 && text[self.line..place].bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'>')) {
            return fence(rest, sign, run);
        }
        if sign == '~' || self.lonely.get(run).copied().unwrap_or(true) {
            return run;
        }
        let mut from = run;
        while let Some(start) = rest[from..].find('`').map(|start| from + start) {
            let other = rest.len() - start - rest[start..].trim_start_matches('`').len();
            if other == run {
                return start + run;
            }
            from = start + other;
        }
        self.lonely[run] = true;
        run
    }
}

/// A fence to the line that closes it, or to the end.
fn fence(rest: &str, sign: char, run: usize) -> usize {
    let mut length = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        length += line.len();
        let bare = line.trim_matches(|c: char| c.is_whitespace() || c == '>');
        if number > 0 && bare.len() >= run && bare.chars().all(|c| c == sign) {
            break;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, label: &str) -> (String, usize) {
        let page = |n: usize| (1..=3).contains(&n).then(|| Citation { title: Some(format!("p{n}")), ..Citation::default() });
        let (text, citations) = resolve(text, label, page);
        (text, citations.len())
    }

    #[test]
    fn known_numbers_become_anchors_in_the_order_they_are_cited() {
        assert_eq!(resolved("A[2]. B [1, 2] [3][2]", "").0, "A[1](cite:1). B [2](cite:2)[1](cite:1) [3](cite:3)[1](cite:1)");
        assert_eq!(resolved("A[citation:3] [3]", "citation:"), ("A[1](cite:1) [3]".to_owned(), 1));
    }

    #[test]
    fn what_is_no_marker_stays() {
        for text in ["[4] [0] [x] [] [ ]", "[1](https://e.org) [1]: x", "[1", "[1, 9]", "[99999999999999999999999]", "é[é]"] {
            assert_eq!(resolved(text, ""), (text.to_owned(), 0));
        }
    }

    #[test]
    fn code_stays_as_it_is() {
        for text in ["`a[1]` ``b`[2]``", "```\na[1]\n```", "~~~\n[1]\n``` [2]", "> ```\n> [1]\n> ```", "- x\n  ```\n  [1]\n  ```"] {
            assert_eq!(resolved(text, ""), (text.to_owned(), 0), "{text}");
        }
        assert_eq!(resolved("```\n[1]\n```\n[1] ` [2]", "").1, 2, "after a fence, and behind a lonely backtick");
        assert_eq!(resolved("~~gone~~ [1]", "").1, 1);
    }

    #[test]
    fn floods_stay_linear_and_do_not_grow() {
        for flood in ["[1]", "`", "` ``", "[", "~", "``` "] {
            let text = flood.repeat(60_000);
            assert!(resolved(&text, "").0.len() <= text.len() + 20 * INSERTED);
        }
    }
}
