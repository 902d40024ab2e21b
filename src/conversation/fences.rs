//! What of a Markdown text is code, for those who look for something in its words. One pass over its lines, which reads nothing else.

/// Lines with their ends, and whether each belongs to a fenced block.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut fence: Option<(char, usize)> = None;
    text.split_inclusive('\n').map(move |line| {
        let trimmed = line.trim_start();
        let mark = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = trimmed.chars().take_while(|c| Some(*c) == mark).count();
        match (fence, mark) {
            // Backticks after backticks are code within a line.
            (None, Some(mark)) if length >= 3 && !(mark == '`' && trimmed[length..].contains('`')) => {
                fence = Some((mark, length));
                (line, true)
            }
            (Some((open, least)), Some(mark)) if open == mark && length >= least && trimmed[length..].trim().is_empty() => {
                fence = None;
                (line, true)
            }
            _ => (line, fence.is_some()),
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
