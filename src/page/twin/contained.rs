//! Text that stays inside its message, for every reader of Markdown and for our own import: no heading of it looks like a speaker's, and
//! each fence it opens is closed where it stands.

use crate::conversation::markdown::fence::{self, Fence};
use crate::conversation::markdown::prepass::{container, inner_fence, opening_fence};

/// Searches for the end of nested fences that may fail before nesting is no longer believed in.
const NESTED_SCANS: usize = 8;

pub(super) fn contained(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::with_capacity(text.len() + 8);
    let (mut at, mut scans) = (0, NESTED_SCANS);
    while let Some(&line) = lines.get(at) {
        if let Some(open) = opening_fence(line) {
            at += push_fenced(&mut out, &lines[at..], &open, &mut scans);
            continue;
        }
        if line.starts_with("##") && !line.starts_with("###") {
            out.push(' ');
        }
        out.push_str(line);
        at += 1;
    }
    out
}

/// Copies the fenced block that `lines` begin with and says how many of them it has. Around fences of its own length it grows, as on
/// the page; where the text or its list item ends first, it gets an end.
fn push_fenced(out: &mut String, lines: &[&str], open: &Fence<'_>, scans: &mut usize) -> usize {
    let place = Place::of(&lines[0][..open.indent]);
    let inside = lines[1..].iter().copied().take_while(|line| place.holds(line));
    let end = fence::end_among(inside.clone(), open, scans, inner_fence);
    let longer = if end.longest >= open.length { end.longest + 1 - open.length } else { 0 };
    let marks = |count: usize| std::iter::repeat_n(char::from(open.mark), count);
    let lengthened = |line: &str| {
        let (before, rest) = line.split_at(container(line).width);
        before.chars().chain(marks(longer)).chain(rest.chars()).collect::<String>()
    };
    out.push_str(&lengthened(lines[0]));
    if let Some(close) = end.line.map(|line| line + 1) {
        out.extend(lines[1..close].iter().copied());
        out.push_str(&lengthened(lines[close]));
        return close + 1;
    }
    let count = 1 + inside.map(|line| out.push_str(line)).count();
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&place.continued);
    out.extend(marks(open.length));
    if count < lines.len() {
        out.push('\n');
    }
    count
}

/// What a fence stands in, as far as its own line tells.
struct Place {
    quotes: usize,
    /// How far in its lines have to stand to belong to the list item that begins in its line.
    columns: usize,
    /// What its further lines begin with.
    continued: String,
}

impl Place {
    fn of(before: &str) -> Place {
        let continued: String = before.chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect();
        let quotes = before.matches('>').count();
        let columns = if container(before).has_marker { before_text(&continued, quotes).1 } else { 0 };
        Place { quotes, columns, continued }
    }

    fn holds(&self, line: &str) -> bool {
        let (quotes, columns, rest) = before_text(line, self.quotes);
        quotes == self.quotes && (columns >= self.columns || rest.trim().is_empty())
    }
}

/// How many quote signs, at most `most`, and how many columns stand before a line's text, and the text.
fn before_text(line: &str, most: usize) -> (usize, usize, &str) {
    let (mut quotes, mut columns) = (0, 0);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 4 - columns % 4,
            b'>' if quotes < most => (quotes, columns) = (quotes + 1, columns + 1),
            _ => return (quotes, columns, &line[at..]),
        }
    }
    (quotes, columns, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_behind_a_list_marker_or_a_quote_sign_ends_where_it_stands() {
        for (text, expected) in [
            ("1. ```bash\n   ## in\n   ```\n## Two", "1. ```bash\n   ## in\n   ```\n ## Two"),
            ("1. ```bash\n   ls", "1. ```bash\n   ls\n   ```"),
            ("- a\n\n  ```\n  ls", "- a\n\n  ```\n  ls\n  ```"),
            ("> - ```\n>   x\n\n## Two", "> - ```\n>   x\n>   ```\n\n ## Two"),
            ("> ```\n> x\nlazy\n## Two", "> ```\n> x\n> ```\nlazy\n ## Two"),
            // CommonMark ends the item, and its code, before `ls`.
            ("1. ```bash\nls\n```\n## Two", "1. ```bash\n   ```\nls\n```\n## Two\n```"),
            ("- ```\n\n  x\n- ```\n  y\n  ```", "- ```\n\n  x\n  ```\n- ```\n  y\n  ```"),
            ("\t- ```\n\t  x\n\ty", "\t- ```\n\t  x\n\t  ```\n\ty"),
        ] {
            assert_eq!(contained(text), expected, "{text:?}");
            assert_eq!(contained(expected), expected, "{text:?}, a second time");
        }
    }

    #[test]
    fn a_fence_around_fences_grows() {
        let text = "```markdown\n## in\n```bash\nls\n```\n## in\n```\n## Two";
        assert_eq!(contained(text), "````markdown\n## in\n```bash\nls\n```\n## in\n````\n ## Two");
        let listed = "1. ```md\n   ```js\n   x\n   ```\n   ```\nend";
        assert_eq!(contained(listed), "1. ````md\n   ```js\n   x\n   ```\n   ````\nend");
        let cut_off = "```markdown\n```bash\nls\n```";
        assert_eq!(contained(cut_off), cut_off, "the first end is the end if there is no better");
    }

    /// The lines looked at for one fence are copied with it, or its search was one of the few that may fail.
    #[test]
    fn many_fences_cost_no_more_than_length() {
        let spent = |count: usize| {
            ["> ```\n> ```\n", "> ```\n> ```\n>> ```\n>> ```\n", "- ```\n  ```md\n", "1. ```md\n", "```md\n"].map(|unit| {
                let text = unit.repeat(count);
                let began = std::time::Instant::now();
                assert!(contained(&text).len() < 4 * text.len() + 100);
                began.elapsed()
            })
        };
        spent(1_000);
        for (few, many) in spent(4_000).into_iter().zip(spent(64_000)) {
            // Sixteen times the text; quadratic work would be 256 times the time.
            assert!(many < 100 * few.max(std::time::Duration::from_micros(500)), "{few:?} became {many:?}");
        }
    }
}
