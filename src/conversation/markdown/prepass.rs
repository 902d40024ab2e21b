//! Mends, before CommonMark reads it, what models write and CommonMark takes apart: fences inside Markdown fences, pipes inside
//! code in table rows, and TeX, whose backslashes it would eat.
//!
//! TeX is not typeset here; it reaches the reader as it was written. One pass over the lines, each paragraph looked at on its own.

use super::fence::{self, Fence};
use super::seek::{Needle, Ticks, run};
use std::borrow::Cow;
use std::ops::Range;

/// A longer formula is none.
const MAX_FORMULA_BYTES: usize = 8_192;
/// Searches for the end of nested fences that may fail before nesting is no longer believed in.
const NESTED_SCANS: usize = 8;

/// The text as CommonMark should read it.
pub(super) fn prepare(text: &str) -> Cow<'_, str> {
    let markdown_in_fence =
        || text.match_indices("```").any(|(at, _)| text[at..].trim_start_matches('`').trim_start().starts_with(['m', 'M']));
    if !text.contains(['\\', '$', '|']) && !markdown_in_fence() {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut scans = NESTED_SCANS;
    let mut in_list = false;
    let mut at = 0;
    while at < lines.len() {
        if let Some(open) = opening_fence(lines[at]) {
            at = copy_fenced(&mut out, &lines, at, &open, &mut scans);
            continue;
        }
        let length = lines[at..].iter().position(|line| line.trim().is_empty() || opening_fence(line).is_some());
        let end = length.map_or(lines.len(), |length| (at + length).max(at + 1));
        in_list = lines[at..end].iter().any(|line| container(line).has_marker)
            || in_list && lines[at].starts_with([' ', '\t', '\r', '\n']);
        let indented_code = !in_list && (lines[at].starts_with("    ") || lines[at].starts_with('\t'));
        if indented_code {
            out.extend(lines[at..end].iter().copied());
        } else {
            paragraph(&mut out, &lines[at..end]);
        }
        at = end;
    }
    Cow::Owned(out)
}

/// How many quote signs a line begins with, at most.
pub(super) fn deepest_quote(text: &str) -> usize {
    let depth =
        |line: &str| line.bytes().take_while(|byte| matches!(byte, b'>' | b' ' | b'\t')).filter(|&byte| byte == b'>').count();
    text.lines().map(depth).max().unwrap_or(0)
}

/// What a line stands in.
struct Container {
    /// Bytes of indentation, quote signs and list markers.
    width: usize,
    /// Whether a list item begins.
    has_marker: bool,
}

fn container(line: &str) -> Container {
    let bytes = line.as_bytes();
    let skip = |from: usize| from + bytes[from..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'>')).count();
    let mut width = skip(0);
    let mut has_marker = false;
    loop {
        let digits = bytes[width..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let marker = match bytes.get(width + digits) {
            Some(b'-' | b'*' | b'+') if digits == 0 => 1,
            Some(b'.' | b')') if (1..10).contains(&digits) => digits + 1,
            _ => break,
        };
        if !matches!(bytes.get(width + marker), Some(b' ' | b'\t')) {
            break;
        }
        has_marker = true;
        width = skip(width + marker);
    }
    Container { width, has_marker }
}

fn opening_fence(line: &str) -> Option<Fence<'_>> {
    Fence::read(line, container(line).width)
}

/// A closing line stands behind indentation and quote signs, but begins no list item.
fn inner_fence(line: &str) -> Option<Fence<'_>> {
    Some(container(line)).filter(|container| !container.has_marker).and_then(|container| Fence::read(line, container.width))
}

/// Copies fenced code to behind its end, with longer fences where shorter ones are inside, and says where that is.
fn copy_fenced(out: &mut String, lines: &[&str], at: usize, open: &Fence<'_>, scans: &mut usize) -> usize {
    let end = fence::end(&lines[at + 1..], open, scans, inner_fence);
    let close = end.line.map(|line| at + 1 + line);
    let after = close.map_or(lines.len(), |line| line + 1);
    let lengthened = if end.longest >= open.length { end.longest + 1 - open.length } else { 0 };
    for (number, line) in (at..after).zip(&lines[at..after]) {
        let is_fence = number == at || Some(number) == close;
        let (marks, rest) = line.split_at(if is_fence { container(line).width } else { 0 });
        out.push_str(marks);
        if is_fence {
            out.extend(std::iter::repeat_n(char::from(open.mark), lengthened));
        }
        out.push_str(rest);
    }
    after
}

/// Lines without a blank one between them: prose, and perhaps a table.
fn paragraph(out: &mut String, lines: &[&str]) {
    let text_of = |range: Range<usize>| lines[range].concat();
    let Some(delimiter) = lines.iter().position(|line| is_delimiter_row(line)).filter(|&row| row > 0) else {
        return inline(out, &text_of(0..lines.len()), false);
    };
    inline(out, &text_of(0..delimiter - 1), false);
    let columns = cells(lines[delimiter]);
    for (number, line) in lines.iter().enumerate().skip(delimiter - 1) {
        if number == delimiter {
            out.push_str(line);
        } else {
            inline(out, line, cells(line) > columns);
        }
    }
}

/// `|---|:-:|`, the line that makes the line before it a table's head.
fn is_delimiter_row(line: &str) -> bool {
    let row = line.trim().trim_start_matches(['>', ' ']);
    row.contains('-') && row.contains('|') && row.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' ' | b'\t'))
}

/// The cells a row has for GFM, which splits at every pipe without a backslash, in code too.
fn cells(row: &str) -> usize {
    let row = row.trim().trim_start_matches(['>', ' ']).trim_start_matches('|');
    let row = row.strip_suffix('|').unwrap_or(row);
    let (mut cells, mut escaped) = (1, false);
    for byte in row.bytes() {
        cells += usize::from(byte == b'|' && !escaped);
        escaped = byte == b'\\' && !escaped;
    }
    cells
}

/// What stands ahead of the place where [`inline`] reads.
struct Seek {
    ticks: Ticks,
    round: Needle,
    square: Needle,
    dollar: Needle,
    dollars: Needle,
}

/// Copies text whose code spans and formulas belong together; `pipes` escapes the pipes in its code spans.
fn inline(out: &mut String, text: &str, pipes: bool) {
    let bytes = text.as_bytes();
    let mut seek = Seek {
        ticks: Ticks::default(),
        round: Needle::new("\\)"),
        square: Needle::new("\\]"),
        dollar: Needle::new("$"),
        dollars: Needle::new("$$"),
    };
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| matches!(byte, b'\\' | b'`' | b'$')) {
        out.push_str(&text[at..at + found]);
        at += found;
        at = match bytes[at] {
            b'`' => code_span(out, text, at, &mut seek, pipes),
            b'$' => dollars(out, text, at, &mut seek, pipes),
            _ => backslash(out, text, at, &mut seek),
        };
    }
    out.push_str(&text[at..]);
}

/// Copies a code span, or backticks that open none, and says where it ends.
fn code_span(out: &mut String, text: &str, at: usize, seek: &mut Seek, pipes: bool) -> usize {
    let length = run(text, at, b'`');
    let end = seek.ticks.next(text, at, length).map_or(at + length, |close| close + length);
    match pipes && end > at + length {
        true => out.push_str(&text[at..end].replace("\\|", "|").replace('|', "\\|")),
        false => out.push_str(&text[at..end]),
    }
    end
}

/// `\(…\)` and `\[…\]` survive as they are; so does any of the four alone.
fn backslash(out: &mut String, text: &str, at: usize, seek: &mut Seek) -> usize {
    let bracket = text.as_bytes().get(at + 1).copied().unwrap_or(b' ');
    let close = match bracket {
        b'(' => seek.round.next(text, at + 2),
        b'[' => seek.square.next(text, at + 2),
        _ => None,
    };
    match close.filter(|close| close - at <= MAX_FORMULA_BYTES) {
        Some(close) => {
            push_literally(out, text, at..close + 2);
            close + 2
        }
        None if matches!(bracket, b'(' | b')' | b'[' | b']') => {
            push_literally(out, text, at..at + 2);
            at + 2
        }
        None => {
            let end = if bracket.is_ascii() { (at + 2).min(text.len()) } else { at + 1 };
            out.push_str(&text[at..end]);
            end
        }
    }
}

/// `$$…$$` and `$…$` survive where they look like TeX; money is left to its emphasis.
fn dollars(out: &mut String, text: &str, at: usize, seek: &mut Seek, pipes: bool) -> usize {
    let length = run(text, at, b'$');
    let close = match length {
        1 => seek.dollar.next(text, at + 1).filter(|&close| is_formula(text, at + 1..close, pipes)),
        2 => seek.dollars.next(text, at + 2),
        _ => None,
    };
    let end = close.filter(|close| close - at <= MAX_FORMULA_BYTES).map(|close| close + length);
    match end {
        Some(end) => push_literally(out, text, at..end),
        None => out.push_str(&text[at..at + length]),
    }
    end.unwrap_or(at + length)
}

/// Whether what stands between two dollar signs is TeX that Markdown could harm. `$5_000 and $6` is money, `$HOME_A` a variable.
fn is_formula(text: &str, body: Range<usize>, pipes: bool) -> bool {
    let before = text[..body.start - 1].chars().next_back();
    let after = text[body.end + 1..].chars().next();
    let inside = &text[body];
    let edges = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '$');
    let harmed = inside.contains(['\\', '^', '_']) || pipes && inside.contains('|');
    let spaced = inside.starts_with(char::is_whitespace) || inside.ends_with(char::is_whitespace);
    !edges(before) && !edges(after) && !spaced && harmed && !inside.contains(['`', '\n'])
}

/// Copies text so that CommonMark shows every character of it and acts on none. After a line's end, what it stands in stays.
fn push_literally(out: &mut String, text: &str, range: Range<usize>) {
    let mut line_begins = false;
    for c in text[range].chars() {
        line_begins = match c {
            '\n' => true,
            ' ' | '\t' | '>' if line_begins => true,
            _ => {
                if c.is_ascii_punctuation() {
                    out.push('\\');
                }
                false
            }
        };
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_no_mending_is_not_touched() {
        for text in [
            "",
            "plain `code` and *emphasis*\n\n```rust\nlet a = 1;\n```\n",
            "costs $5 to $10, R$ 12,29/metro, **$1.50** and **$4**; $740 for $5 million",
            "`$PATH` and `$HOME_A`, $A_B and $C_D, US$5_0 and US$",
            "a \\* b, C:\\\\Users, \\_x\\_",
            "| a | b |\n|---|---|\n| `c` | d |\n",
            "```\n\\( in a fence $x_1$ | `a|b`\n```\n",
            "    indented \\( code\n",
            "`\\(` in code",
            "````markdown\n```bash\nls\n```\n````\n",
        ] {
            assert_eq!(prepare(text), text);
        }
    }

    #[test]
    fn tex_is_made_literal() {
        for (text, prepared) in [
            ("\\(a_1 * b\\)", "\\\\\\(a\\_1 \\* b\\\\\\)"),
            ("alone \\( and \\]", "alone \\\\\\( and \\\\\\]"),
            ("$E = mc^2$.", "\\$E \\= mc\\^2\\$."),
            ("$$\n- x\n$$", "\\$\\$\n\\- x\n\\$\\$"),
            ("> \\[\n> x\n> \\]", "> \\\\\\[\n> x\n> \\\\\\]"),
            ("- item\n\n      \\(x\\)", "- item\n\n      \\\\\\(x\\\\\\)"),
            ("\\é \\", "\\é \\"),
        ] {
            assert_eq!(prepare(text), prepared, "{text}");
        }
    }

    #[test]
    fn pipes_in_code_do_not_split_cells() {
        let table = |row| format!("| a | b |\n|---|---|\n{row}\n");
        assert_eq!(prepare(&table("| `x|y` | z |")), table("| `x\\|y` | z |"));
        assert_eq!(prepare(&table("| $|x_1|$ | z |")), table("| \\$\\|x\\_1\\|\\$ | z |"));
        assert_eq!(prepare(&table("| ` | ` |")), table("| ` | ` |"), "two cells already");
    }

    #[test]
    fn a_fence_around_fences_grows() {
        let nested = "```markdown\n# Doc\n```bash\nls\n```\nend\n```\nafter\n";
        assert_eq!(prepare(nested), nested.replacen("```markdown", "````markdown", 1).replace("end\n```\n", "end\n````\n"));
        let in_list = "- ```md\n  ~~~x\n  ```js\n  ```\n  ```\n";
        assert_eq!(prepare(in_list), "- ````md\n  ~~~x\n  ```js\n  ```\n  ````\n");
        let unclosed = "```markdown\n```bash\nls\n```\nno more\n";
        assert_eq!(prepare(unclosed), unclosed, "the first end is the end if there is no better");
    }
}
