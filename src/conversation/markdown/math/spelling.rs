//! TeX as models write it, in the words that math-core knows.

use super::chemistry;

/// The colour that stands for a box around a formula; nobody's text is of it.
pub(super) const BOX: u32 = 0xb0_ced0;

/// Environments under other names. Numbers of equations would begin anew in each formula, so none are drawn.
const ENVIRONMENTS: &[(&str, &str)] = &[
    ("align", "aligned"),
    ("align*", "aligned"),
    ("alignat", "aligned"),
    ("alignat*", "aligned"),
    ("alignedat", "aligned"),
    ("eqnarray", "aligned"),
    ("eqnarray*", "aligned"),
    ("equation", "gathered"),
    ("equation*", "gathered"),
    ("flalign", "aligned"),
    ("flalign*", "aligned"),
    ("gather", "gathered"),
    ("gather*", "gathered"),
    ("multline", "gathered"),
    ("multline*", "gathered"),
    ("smallmatrix", "matrix"),
    ("split", "aligned"),
];

/// A longer bracket behind `\\` is no length.
const LONGEST_LENGTH: usize = 16;

/// The formula respelled; nothing where its groups do not balance.
pub(super) fn known(tex: &str) -> Option<String> {
    let mut out = String::with_capacity(tex.len() + 32);
    let is_bare = !tex.contains("\\begin") && tex.contains("\\\\");
    let wrapped = match (is_bare, tex.contains('&')) {
        (false, _) => None,
        (true, true) => Some("aligned"),
        (true, false) => Some("gathered"),
    };
    if let Some(environment) = wrapped {
        out.push_str(&format!("\\begin{{{environment}}}"));
    }
    respell(&mut out, tex, 0)?;
    if let Some(environment) = wrapped {
        out.push_str(&format!("\\end{{{environment}}}"));
    }
    Some(out)
}

/// Groups that are respelled inside one another.
const MAX_DEPTH: usize = 30;

fn respell(out: &mut String, tex: &str, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut rest = tex;
    while let Some(at) = rest.find(['\\', '<', '>', '%']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.as_bytes()[0] {
            // As operators they are the same, and no converter can take them for tags.
            b'<' => (out.push_str("\\lt "), rest = &rest[1..]),
            b'>' => (out.push_str("\\gt "), rest = &rest[1..]),
            // A comment of TeX, up to the end of its line.
            b'%' => ((), rest = rest.split_once('\n').map_or("", |(_, after)| after)),
            _ => ((), rest = command(out, rest, depth)?),
        };
    }
    out.push_str(rest);
    Some(())
}

/// Respells the command that `rest` begins with, and says what follows.
fn command<'t>(out: &mut String, rest: &'t str, depth: usize) -> Option<&'t str> {
    let length = rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, after) = rest.split_at(1 + length);
    match word {
        "\\" => {
            let width = after.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..1 + width]);
            let after = &after[width..];
            Some(if rest.starts_with("\\\\") { without_length(after) } else { after })
        }
        "\\begin" | "\\end" => {
            let (name, after) = group(after)?;
            let known = ENVIRONMENTS.iter().find(|(other, _)| *other == name);
            let known_name = known.map_or(name, |(_, known)| known);
            out.push_str(word);
            out.push('{');
            out.push_str(known_name);
            out.push('}');
            Some(match (word, name) {
                ("\\begin", "alignat" | "alignat*" | "alignedat") => group(after)?.1,
                ("\\begin", _) if known.is_some() || name == "aligned" || name == "gathered" => without_option(after),
                _ => after,
            })
        }
        "\\substack" => {
            let (body, after) = group(after)?;
            out.push_str("\\begin{subarray}{c}");
            respell(out, body, depth + 1)?;
            out.push_str("\\end{subarray}");
            Some(after)
        }
        "\\boxed" | "\\fbox" => {
            let (body, after) = group(after)?;
            out.push_str(&format!("{{\\color[HTML]{{{BOX:06X}}}"));
            respell(out, body, depth + 1)?;
            out.push('}');
            Some(after)
        }
        "\\textcolor" => {
            let (colour, after) = group(after)?;
            let (body, after) = group(after)?;
            match colour.strip_prefix('#') {
                Some(hex) => out.push_str(&format!("{{\\color[HTML]{{{hex}}}")),
                None => out.push_str(&format!("{{\\color{{{colour}}}")),
            }
            respell(out, body, depth + 1)?;
            out.push('}');
            Some(after)
        }
        "\\tag" => {
            let (text, after) = group(after.strip_prefix('*').unwrap_or(after))?;
            out.push_str(&format!("\\qquad\\text{{({text})}}"));
            Some(after)
        }
        "\\label" => Some(group(after)?.1),
        "\\nonumber" | "\\notag" | "\\allowbreak" => Some(after),
        "\\text" | "\\textrm" | "\\textnormal" | "\\mbox" | "\\hbox" => {
            let (text, after) = group(after)?;
            words(out, text, depth)?;
            Some(after)
        }
        "\\ce" => {
            let (formula, after) = group(after)?;
            out.push('{');
            chemistry::push_tex(out, formula)?;
            out.push('}');
            Some(after)
        }
        "\\left" | "\\right" | "\\middle" => {
            out.push_str(word);
            let after = after.trim_ascii_start();
            let bracket = [("<", "\\langle "), (">", "\\rangle ")].into_iter().find(|(bracket, _)| after.starts_with(bracket));
            out.push_str(bracket.map_or("", |(_, spelled)| spelled));
            Some(if bracket.is_some() { &after[1..] } else { after })
        }
        _ => {
            out.push_str(word);
            Some(after)
        }
    }
}

/// Words among which dollar signs hold formulas again. `<` and `>` are text there.
fn words(out: &mut String, text: &str, depth: usize) -> Option<()> {
    let holds_formulas = text.contains('$') && !text.contains("\\$") && text.matches('$').count().is_multiple_of(2);
    if !holds_formulas {
        out.push_str("\\text{");
        out.push_str(text);
        out.push('}');
        return Some(());
    }
    for (number, piece) in text.split('$').enumerate() {
        match number % 2 {
            _ if piece.is_empty() => {}
            0 => out.push_str(&format!("\\text{{{piece}}}")),
            _ => respell(out, piece, depth + 1)?,
        }
    }
    Some(())
}

/// What stands in the braces that follow, and what stands behind them.
fn group(text: &str) -> Option<(&str, &str)> {
    let inside = text.trim_ascii_start().strip_prefix('{')?;
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some((&inside[..at], &inside[at + 1..])),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Behind `\\` may stand a star and a length: `\\[4pt]`.
fn without_length(text: &str) -> &str {
    let text = text.strip_prefix('*').unwrap_or(text);
    let Some((length, after)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) else { return text };
    let is_length = length.len() <= LONGEST_LENGTH && length.ends_with(|c: char| c.is_ascii_alphabetic());
    if is_length && length.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.')) { after } else { text }
}

/// Behind `\begin{aligned}` may stand `[t]`.
fn without_option(text: &str) -> &str {
    ["[t]", "[b]", "[c]"].iter().find_map(|option| text.strip_prefix(option)).unwrap_or(text)
}
