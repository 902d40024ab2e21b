//! `\ce{…}` of the mhchem package as plain TeX: the part of its notation that equations of reactions use.

/// Arrows, the longer before those they begin with.
const ARROWS: &[(&str, &str)] =
    &[("<=>", "\\rightleftharpoons "), ("<->", "\\leftrightarrow "), ("->", "\\rightarrow "), ("<-", "\\leftarrow ")];

/// Appends the TeX of a formula such as `2H2O + SO4^2- -> X v`; nothing where it holds TeX of its own.
pub(super) fn push_tex(out: &mut String, formula: &str) -> Option<()> {
    if formula.contains(['\\', '$', '&', '#', '%', '~']) {
        return None;
    }
    let mut rest = formula;
    // Whether a digit would count atoms of what stands before it.
    let mut counts = false;
    while let Some(c) = rest.chars().next() {
        if let Some((arrow, tex)) = ARROWS.iter().find(|(arrow, _)| rest.starts_with(arrow)) {
            rest = over(out, &rest[arrow.len()..], tex)?;
            counts = false;
            continue;
        }
        let after = &rest[c.len_utf8()..];
        match c {
            'A'..='Z' | 'a'..='z' => {
                let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                out.push_str(&format!("\\mathrm{{{}}}", &rest[..length]));
                rest = &rest[length..];
                counts = true;
                continue;
            }
            '0'..='9' => {
                let length = rest.bytes().take_while(|byte| byte.is_ascii_digit()).count();
                let number = &rest[..length];
                out.push_str(&if counts { format!("_{{{number}}}") } else { format!("{number}\\,") });
                rest = &rest[length..];
                continue;
            }
            '^' | '_' => {
                let (script, after) = script(after)?;
                out.push_str(&format!("{c}{{{script}}}"));
                rest = after;
                continue;
            }
            // A charge stands close to its ion, and nothing close behind it.
            '+' | '-' if counts && !after.starts_with(|c: char| c.is_alphanumeric()) => out.push_str(&format!("^{{{c}}}")),
            ' ' => counts = false,
            '+' => out.push_str(" + "),
            '-' => out.push('-'),
            '=' => out.push('='),
            '(' | '[' => out.push(c),
            ')' | ']' => {
                out.push(c);
                counts = true;
            }
            '*' | '.' | '·' => {
                out.push_str("\\cdot ");
                counts = false;
            }
            '/' | ',' => out.push(c),
            _ => return None,
        }
        rest = after;
    }
    Some(())
}

/// An arrow, and the words that may stand over it in brackets.
fn over<'t>(out: &mut String, rest: &'t str, arrow: &str) -> Option<&'t str> {
    let Some(inside) = rest.strip_prefix('[') else {
        out.push_str(arrow);
        return Some(rest);
    };
    let (words, after) = inside.split_once(']')?;
    let words: String = words.chars().filter(|c| !matches!(c, '{' | '}')).collect();
    out.push_str(&format!("\\overset{{\\text{{{words}}}}}{{{}}}", arrow.trim_end()));
    Some(after)
}

/// `{2-}`, `2-`, `+`, `x`
fn script(text: &str) -> Option<(&str, &str)> {
    if let Some(inside) = text.strip_prefix('{') {
        return inside.split_once('}');
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text[digits..].starts_with(['+', '-']));
    let length = if digits + sign > 0 { digits + sign } else { text.chars().next().map_or(0, char::len_utf8) };
    (length > 0).then(|| text.split_at(length))
}
