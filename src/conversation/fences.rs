//! What of a Markdown text is code, for those who look for something in its words. One pass over its lines, which reads nothing else.

use super::markdown::fence::Fence;
use super::markdown::prepass::{inner_fence, opening_fence};

/// Lines with their ends, and whether each belongs to a fenced block, which may begin behind quote signs and list markers.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut open: Option<Fence<'_>> = None;
    let mut is_quoted = false;
    text.split_inclusive('\n').map(move |line| {
        // A quote takes its fence with it. A list does not: models seldom count how far in their code has to stand.
        if is_quoted && !line.trim_start().starts_with('>') {
            open = None;
        }
        match &open {
            None => {
                open = opening_fence(line);
                is_quoted = open.is_some_and(|open| line[..open.indent].trim_start().starts_with('>'));
                (line, open.is_some())
            }
            Some(opened) => {
                if inner_fence(line).is_some_and(|fence| fence.closes(opened)) {
                    (open, is_quoted) = (None, false);
                }
                (line, true)
            }
        }
    })
}

/// Where `needle`, which holds no backtick, stands in words: outside of fenced blocks, and of what backticks hold within a line.
pub(super) fn in_words<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut start = 0;
    lines(text).flat_map(move |(line, fenced)| {
        let begin = start;
        start += line.len();
        let bytes = line.as_bytes();
        let opens = move |at: &usize| bytes[*at] == b'`' && (*at == 0 || bytes[*at - 1] != b'`');
        let (mut passed, mut runs) = (0, 0);
        let found = line.match_indices(needle).filter(move |_| !fenced);
        found.filter_map(move |(at, _)| {
            runs += (passed..at).filter(opens).count();
            passed = at;
            // Behind an odd number of them code goes on.
            (runs % 2 == 0).then_some(begin + at)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fenced lines, by their numbers.
    fn fenced(text: &str) -> Vec<usize> {
        lines(text).enumerate().filter(|(_, (_, fenced))| *fenced).map(|(at, _)| at).collect()
    }

    #[test]
    fn a_fence_may_begin_behind_a_list_marker_or_a_quote_sign() {
        assert_eq!(fenced("1. ```bash\n   ls\n   ```\nx"), [0, 1, 2]);
        assert_eq!(fenced("1) ```bash\nls\n```\nx"), [0, 1, 2], "not as far in as it should be");
        assert_eq!(fenced("- * ~~~\n- ~~~\n    ~~~\nx"), [0, 1, 2], "a line that begins an item ends none");
        assert_eq!(fenced("> ```\n> x\n> ```\nx"), [0, 1, 2]);
        assert_eq!(fenced("> - ```\n> x\n\n## User\n```\nx\n```"), [0, 1, 4, 5, 6], "the quote ends, and its fence with it");
        assert!(fenced("- not ```\nx").is_empty());
    }

    #[test]
    fn words_are_what_is_no_code() {
        let text = "x a `x` ``x`` `\n```x\nx\n``` \nx\n~~~\nx\n```\nx";
        let found: Vec<&str> = in_words(text, "x").map(|at| &text[at.saturating_sub(1)..at + 1]).collect();
        assert_eq!(found, ["x", "\nx"]);
        assert_eq!(in_words("`` a` x ``x", "x").collect::<Vec<_>>(), [6], "runs of other lengths are not told apart");
        assert_eq!(
            lines("a\r\n```\nb").map(|(line, fenced)| (line.len(), fenced)).collect::<Vec<_>>(),
            [(3, false), (4, true), (1, true)]
        );
    }
}
