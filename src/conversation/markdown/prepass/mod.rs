//! Mends, before CommonMark reads it, what models write and CommonMark takes apart: fences inside Markdown fences, pipes inside
//! code in table rows, and formulas, which it does not know.
//!
//! One pass over the lines, each paragraph looked at on its own.

mod formulas;
mod looks;
mod spans;

pub(super) use formulas::Formulas;

use super::fence::{self, Fence};
use super::seek::Needle;
use std::borrow::Cow;
use std::ops::Range;

/// A longer formula is none.
const MAX_FORMULA_BYTES: usize = 8_192;
/// Searches for the end of nested fences that may fail before nesting is no longer believed in.
const NESTED_SCANS: usize = 8;
/// The same for formulas with blank lines in them.
const BLANK_LINE_SCANS: usize = 1_000;

/// The text as CommonMark should read it, and the formulas that are one character each in it.
pub(super) fn prepare(text: &str) -> (Cow<'_, str>, Formulas<'_>) {
    let formulas = Formulas::new(text);
    // Each run once, from its beginning: a run may be the whole text.
    let begins = |at: usize| !text[..at].ends_with('`');
    let names_markdown = |at: usize| text[at..].trim_start_matches('`').trim_start().starts_with(['m', 'M']);
    let markdown_in_fence = || text.match_indices("```").any(|(at, _)| begins(at) && names_markdown(at));
    if !text.contains(['\\', '$', '|']) && !markdown_in_fence() {
        return (Cow::Borrowed(text), formulas);
    }
    let mut prepass = Prepass {
        text,
        lines: text.split_inclusive('\n').collect(),
        out: String::with_capacity(text.len() + text.len() / 8),
        formulas,
        nested_scans: NESTED_SCANS,
        blank_line_scans: BLANK_LINE_SCANS,
        far_square: Needle::new("\\]"),
        far_dollars: Needle::new("$$"),
        line: (0, 0),
    };
    prepass.blocks();
    (Cow::Owned(prepass.out), prepass.formulas)
}

struct Prepass<'a> {
    text: &'a str,
    lines: Vec<&'a str>,
    out: String,
    formulas: Formulas<'a>,
    nested_scans: usize,
    blank_line_scans: usize,
    /// Ends of display formulas, wherever in the text.
    far_square: Needle,
    far_dollars: Needle,
    /// Where the line of the last formula begins, and how far line ends were looked for.
    line: (usize, usize),
}

impl<'a> Prepass<'a> {
    fn blocks(&mut self) {
        let mut in_list = false;
        let (mut at, mut offset) = (0, 0);
        while at < self.lines.len() {
            let line = self.lines[at];
            if let Some(open) = opening_fence(line) {
                let after = copy_fenced(&mut self.out, &self.lines, at, &open, &mut self.nested_scans);
                offset += bytes(&self.lines[at..after]);
                at = after;
                continue;
            }
            let ahead = &self.lines[at..];
            let length = ahead.iter().position(|line| line.trim().is_empty() || opening_fence(line).is_some());
            let end = length.map_or(self.lines.len(), |length| (at + length).max(at + 1));
            in_list = self.lines[at..end].iter().any(|line| container(line).has_marker)
                || in_list && line.starts_with([' ', '\t', '\r', '\n']);
            let indented_code = !in_list && (line.starts_with("    ") || line.starts_with('\t'));
            let stop = offset + bytes(&self.lines[at..end]);
            let reached = match indented_code {
                true => {
                    self.out.push_str(&self.text[offset..stop]);
                    stop
                }
                false => self.paragraph(at..end, offset..stop),
            };
            // A formula may have reached over blank lines, to the end of a line.
            (at, offset) = (end, stop);
            while offset < reached {
                offset += self.lines[at].len();
                at += 1;
            }
            self.out.push_str(self.text.get(reached..offset).unwrap_or_default());
        }
    }

    /// Lines without a blank one between them: prose, and perhaps a table. Says where it ends.
    fn paragraph(&mut self, lines: Range<usize>, range: Range<usize>) -> usize {
        let delimiter = lines.clone().find(|&line| is_delimiter_row(self.lines[line])).filter(|&row| row > lines.start);
        let Some(delimiter) = delimiter else { return self.spans(range, None) };
        let table = range.start + bytes(&self.lines[lines.start..delimiter - 1]);
        self.spans(range.start..table, None);
        let columns = cells(self.lines[delimiter]);
        let mut start = table;
        for number in delimiter - 1..lines.end {
            let line = self.lines[number];
            let end = start + line.len();
            if number == delimiter {
                self.out.push_str(line);
            } else {
                self.spans(start..end, Some(Row { has_surplus: cells(line) > columns }));
            }
            start = end;
        }
        range.end
    }
}

/// A row of a table.
#[derive(Clone, Copy)]
struct Row {
    /// It has more cells than the table; some of its pipes must be meant otherwise.
    has_surplus: bool,
}

fn bytes(lines: &[&str]) -> usize {
    lines.iter().map(|line| line.len()).sum()
}

/// How many quote signs a line begins with, at most.
pub(super) fn deepest_quote(text: &str) -> usize {
    let depth =
        |line: &str| line.bytes().take_while(|byte| matches!(byte, b'>' | b' ' | b'\t')).filter(|&byte| byte == b'>').count();
    text.lines().map(depth).max().unwrap_or(0)
}

/// What a line stands in.
pub(crate) struct Container {
    /// Bytes of indentation, quote signs and list markers.
    pub(crate) width: usize,
    /// Whether a list item begins.
    pub(crate) has_marker: bool,
}

pub(crate) fn container(line: &str) -> Container {
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

pub(crate) fn opening_fence(line: &str) -> Option<Fence<'_>> {
    Fence::read(line, container(line).width)
}

/// A closing line stands behind indentation and quote signs, but begins no list item.
pub(crate) fn inner_fence(line: &str) -> Option<Fence<'_>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with every formula as `⟦tex⟧`, or `⟦⟦tex⟧⟧` on lines of its own.
    fn prepared(text: &str) -> String {
        let (prepared, formulas) = prepare(text);
        let mut shown = String::new();
        for c in prepared.chars() {
            match formulas.get(c) {
                Some(formula) if formula.is_display => shown.push_str(&format!("⟦⟦{}⟧⟧", formula.tex)),
                Some(formula) => shown.push_str(&format!("⟦{}⟧", formula.tex)),
                None => shown.push(c),
            }
        }
        assert!(prepared.chars().any(|c| formulas.get(c).is_some()) || formulas.restored(&prepared) == prepared);
        shown
    }

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
            "    indented \\(x\\) code\n",
            "`\\(x\\)` in code",
            "````markdown\n```bash\nls\n```\n````\n",
        ] {
            assert_eq!(prepared(text), text);
        }
    }

    #[test]
    fn formulas_are_found_in_all_four_delimiters() {
        for (text, expected) in [
            ("\\(a_1 * b\\) and $E = mc^2$.", "⟦a_1 * b⟧ and ⟦E = mc^2⟧."),
            ("$$\n- x\n$$", "⟦⟦- x⟧⟧"),
            ("a $$x$$ b \\[y\\] c", "a ⟦⟦x⟧⟧ b ⟦⟦y⟧⟧ c"),
            ("> \\[\n> x\n> y\n> \\]", "> ⟦⟦x\ny⟧⟧"),
            ("- item\n\n      \\(x\\)", "- item\n\n      ⟦x⟧"),
            ("\\[\nx > 0\n> y\n\\]", "⟦⟦x > 0\n> y⟧⟧"),
            ("$5 and $x$, $y$ and $6", "$5 and ⟦x⟧, ⟦y⟧ and $6"),
            ("$\\$5 = x$", "⟦\\$5 = x⟧"),
            ("alone \\( and \\]", "alone \\\\\\( and \\\\\\]"),
            ("\\[options\\] and \\(the rest\\)", "\\[options\\] and \\(the rest\\)"),
            ("`a $x` y$", "`a $x` y$"),
            ("\\é \\", "\\é \\"),
        ] {
            assert_eq!(prepared(text), expected, "{text}");
        }
    }

    #[test]
    fn display_formulas_reach_over_blank_lines() {
        for (text, expected) in [
            ("a\n\\[\nx = 1\n\n+ y\n\\]\nb\n", "a\n⟦⟦x = 1\n\n+ y⟧⟧\nb\n"),
            ("- a\n  $$\n  x = 1\n\n  y\n  $$\n- b", "- a\n  ⟦⟦x = 1\n\ny⟧⟧\n- b"),
            ("\\[\nx = 1\n\n```\n\\]\n```\n", "\\\\\\[\nx = 1\n\n```\n\\]\n```\n"),
            ("Write \\[ first.\n\nThen x = 1 and \\]\n", "Write \\\\\\[ first.\n\nThen x = 1 and \\\\\\]\n"),
            ("$$\nmoney\n\n$$ x\n", "$$\nmoney\n\n$$ x\n"),
        ] {
            assert_eq!(prepared(text), expected, "{text}");
        }
    }

    #[test]
    fn pipes_in_code_and_formulas_do_not_split_cells() {
        let table = |row| format!("| a | b |\n|---|---|\n{row}\n");
        assert_eq!(prepared(&table("| `x|y` | z |")), table("| `x\\|y` | z |"));
        assert_eq!(prepared(&table("| $|x_1|$ | \\(a|b\\) |")), table("| ⟦|x_1|⟧ | ⟦a|b⟧ |"));
        assert_eq!(prepared(&table("| ` | ` |")), table("| ` | ` |"), "two cells already");
        assert_eq!(prepared(&table("| $5 | $6 |")), table("| $5 | $6 |"));
    }

    #[test]
    fn a_fence_around_fences_grows() {
        let nested = "```markdown\n# Doc\n```bash\nls\n```\nend\n```\nafter\n";
        assert_eq!(prepared(nested), nested.replacen("```markdown", "````markdown", 1).replace("end\n```\n", "end\n````\n"));
        let in_list = "- ```md\n  ~~~x\n  ```js\n  ```\n  ```\n";
        assert_eq!(prepared(in_list), "- ````md\n  ~~~x\n  ```js\n  ```\n  ````\n");
        let unclosed = "```markdown\n```bash\nls\n```\nno more\n";
        assert_eq!(prepared(unclosed), unclosed, "the first end is the end if there is no better");
    }
}
