//! Whether a text between delimiters is TeX, or money, a shell's variable, or an escaped bracket.

use std::ops::Range;

/// How far back a word is read, to see whether it is an address.
const LONGEST_WORD: usize = 300;
/// What is no longer than this may be a formula without any sign of TeX.
const SHORT: usize = 12;
/// In a short formula, letters in a row: `AB`, `xyz`, but no word.
const LETTERS_IN_A_ROW: usize = 3;

/// Whether the text between two single dollar signs is a formula. `row` says that it stands in a row of a table.
///
/// Money is common and has dollar signs too: `$5 to $10`, `US$5 and US$`, `$740 for $5 million`.
pub(super) fn is_between_dollars(text: &str, body: Range<usize>, row: bool) -> bool {
    let before = text[..body.start - 1].chars().next_back();
    let after = text[body.end + 1..].chars().next();
    let inside = &text[body.clone()];
    let opens = !before.is_some_and(|c| is_of_a_word(c) || c == '$' || c == '\\');
    let closes = match after {
        Some(c) if c.is_ascii_digit() || c == '$' => false,
        // `$n$th`, but no `$HOME/bin:$PATH`.
        Some(c) if is_of_a_word(c) => longest_run(inside, |c| c.is_ascii_alphabetic()) < 2,
        _ => true,
    };
    let spaced = inside.starts_with(char::is_whitespace) || inside.ends_with(char::is_whitespace);
    let splits = row && inside.matches('|').count() % 2 == 1;
    let wraps = inside.contains('\n') && !has_command(inside);
    // `$10, R$ 12`
    let follows = text[body.end + 1..].trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit());
    let is_money = follows && inside.starts_with(|c: char| c.is_ascii_digit());
    opens && closes && !spaced && !splits && !wraps && !is_money && is_tex(inside) && !in_an_address(&text[..body.start - 1])
}

/// Whether the text between `$$` and `$$` is a formula.
pub(super) fn is_between_double_dollars(inside: &str) -> bool {
    !inside.trim().is_empty() && is_tex(inside.trim())
}

/// Whether the text between `\(` and `\)`, or `\[` and `\]`, is a formula and no escaped brackets around words: `\[options\]`.
pub(super) fn is_between_brackets(inside: &str) -> bool {
    let is_prose = |c: char| c.is_alphabetic() || c.is_whitespace() || matches!(c, '.' | ',' | ';' | '\'' | '-' | '…');
    let words = inside.chars().all(is_prose) && longest_run(inside, char::is_alphabetic) > LETTERS_IN_A_ROW;
    !inside.trim().is_empty() && !inside.contains('`') && !words
}

/// Whether a formula that goes on behind a blank line is one: there its end is less certain.
pub(super) fn is_over_blank_lines(inside: &str) -> bool {
    let prose = |line: &str| line.trim_start().starts_with(['#', '`', '~']);
    is_tex(inside.trim()) && !inside.contains("\\[") && !inside.lines().any(prose)
}

fn is_tex(inside: &str) -> bool {
    if inside.is_empty() || inside.contains(['`', '$']) && !inside.contains("\\$") || inside.contains("**") {
        return false;
    }
    if has_command(inside) {
        return true;
    }
    if has_two_words(inside) {
        return false;
    }
    inside.contains(['\\', '^', '_', '{', '}', '=', '<', '>', '+', '*', '/']) || is_short(inside)
}

/// A backslash and a letter.
fn has_command(inside: &str) -> bool {
    inside.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_alphabetic())
}

/// `x`, `2n`, `a, b`, `f(x)`, `-1`
fn is_short(inside: &str) -> bool {
    let fits =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | ',' | '.' | '(' | ')' | '[' | ']' | '|' | '\'' | '!' | '-' | '−' | ':');
    inside.chars().count() <= SHORT
        && inside.chars().all(fits)
        && inside.chars().any(char::is_alphanumeric)
        && longest_run(inside, char::is_alphabetic) <= LETTERS_IN_A_ROW
}

/// Two words of prose beside each other.
fn has_two_words(inside: &str) -> bool {
    let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut words = inside.split(char::is_whitespace).map(|word| is_word(&word.trim_matches([',', '.', ';', ':'])));
    let mut last = false;
    words.any(|word| std::mem::replace(&mut last, word) && word)
}

/// Letters and digits of the alphabets whose words stand between spaces. A formula in Chinese stands between letters.
fn is_of_a_word(c: char) -> bool {
    c.is_ascii_digit() || c.is_alphabetic() && c < '\u{530}'
}

fn longest_run(text: &str, counts: impl Fn(char) -> bool) -> usize {
    let mut run = 0;
    let runs = text.chars().map(|c| {
        run = if counts(c) { run + 1 } else { 0 };
        run
    });
    runs.max().unwrap_or(0)
}

/// Whether the word that a text ends with is an address, whose dollar signs are its own.
fn in_an_address(text: &str) -> bool {
    let start = text.floor_char_boundary(text.len().saturating_sub(LONGEST_WORD));
    let word = text[start..].rsplit(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default();
    word.contains("://") || word.starts_with("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the first two single dollar signs hold a formula.
    fn holds(text: &str) -> bool {
        let open = text.find('$').unwrap();
        let close = open + 1 + text[open + 1..].find('$').unwrap();
        is_between_dollars(text, open + 1..close, text.starts_with('|'))
    }

    #[test]
    fn formulas_between_dollars() {
        for text in [
            "$x$",
            "$2n$",
            "$a, b$",
            "$f(x)$",
            "$x_1$",
            "$E = mc^2$",
            "($n$)",
            "the $n$th",
            "$5$",
            "$-1$",
            "设$x$为",
            "$\\alpha$",
            "$a+b$",
            "$\\text{mean squared error}$",
            "$|x|$",
            "$AB$",
            "$O(n)$",
            "$n!$",
            "**$x$**",
            "“$x$”",
            "$x = 5$.",
            "$\\{1, 2\\}$",
            "$x<y$",
            "$3.14$",
            "$1{,}000$",
            "$\\frac{a}\n{b}$",
            "| $|x|$ |",
            "$α$",
            "$a \\mid b$",
            "$50\\%$",
            "$x'$",
            "$p/q$",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn money_and_variables_between_dollars() {
        for text in [
            "costs $5 to $10",
            "$10, R$ 12,29",
            "US$5 and US$",
            "$740 for $5 million",
            "R$ 12,29 and R$ 5",
            "**$1.50** and **$4**",
            "from $5-$10",
            "$5/$10",
            "$HOME/bin:$PATH",
            "$PATH and $HOME",
            "$A_B and $C_D",
            "`$x` $",
            "$5 (or $6)",
            "|$5|$6|",
            "|$x|$y|",
            "$100k, $200k",
            "$1,000/$2,000",
            "$ x$",
            "$x $",
            "$$x$",
            "A$AP and A$AP",
            "https://a.example/?a=$b&c=$d ",
            "[x](https://a.example/$x$)",
            "$20 vs. $30",
            "$5,$6",
            "$word here and$",
            "$1.2M (+$300k)",
            "pay $12/mo or $",
            "a\\$b$",
            "$PATH$",
            "$5\n$x$",
            "$**$",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn brackets_and_double_dollars() {
        for text in ["x", "a_1", "ABC", "x + y", "speed = v", "\\text{if}", "5", "f(x)"] {
            assert!(is_between_brackets(text), "{text}");
            assert!(is_between_double_dollars(text), "{text}");
        }
        for text in ["", " ", "options", "the rest of it", "a `b` c"] {
            assert!(!is_between_brackets(text), "{text}");
            assert!(!is_between_double_dollars(text), "{text}");
        }
        assert!(!is_between_double_dollars(" fast, more "));
    }
}
