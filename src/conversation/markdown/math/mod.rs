//! TeX into MathML, which browsers typeset by themselves.
//!
//! math-core does the typesetting, and is not trusted with anything: it lets some text through as markup
//! (`\operatorname{<img src=x>}`), it can panic, and its recursion has no limit. So what it may read is bounded here, and what it wrote is
//! read again by `mathml`, which writes it anew from the elements and attributes it knows, or refuses.

mod chemistry;
mod mathml;
mod spelling;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
pub(super) use mathml::Mathml;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::time::Duration;

/// What the formulas of one message may cost.
pub(super) const BUDGET: Duration = Duration::from_millis(400);
/// Longer TeX is shown as its source.
const MAX_BYTES: usize = 8 * 1024;
/// Commands and groups that may stand inside one another. math-core takes up to 2 KiB of stack for each.
const MAX_NESTING: usize = 250;

/// Commands that models use and math-core does not know.
const MACROS: &[(&str, &str)] = &[
    ("C", r"\mathbb{C}"),
    ("Q", r"\mathbb{Q}"),
    ("abs", r"\left|#1\right|"),
    ("argmax", r"\operatorname*{arg\,max}"),
    ("argmin", r"\operatorname*{arg\,min}"),
    ("dotsb", r"\cdots"),
    ("dotsc", r"\ldots"),
    ("hdots", r"\ldots"),
    ("mathbbm", r"\mathbb{#1}"),
    ("mathds", r"\mathbb{#1}"),
    ("norm", r"\left\|#1\right\|"),
    ("pmb", r"\bm{#1}"),
    ("smash", r"#1"),
    ("strut", r"\mathstrut"),
    ("varliminf", r"\liminf"),
    ("varlimsup", r"\limsup"),
    ("widetilde", r"\tilde{#1}"),
];

/// A formula as MathML, or nothing where it cannot be had safely and whole.
pub(super) fn mathml(tex: &str, is_display: bool) -> Option<Mathml> {
    if tex.len() > MAX_BYTES || tex.contains('\0') {
        return None;
    }
    let tex = spelling::known(tex)?;
    if tex.len() > 2 * MAX_BYTES || nesting(&tex) > MAX_NESTING {
        return None;
    }
    let display = if is_display { MathDisplay::Block } else { MathDisplay::Inline };
    let converted = catch_unwind(AssertUnwindSafe(|| converter()?.convert_with_local_state(&tex, display).ok()));
    Mathml::read(&converted.ok()??.mathml)
}

/// The one converter of the process.
fn converter() -> Option<&'static LatexToMathML> {
    static CONVERTER: OnceLock<Option<LatexToMathML>> = OnceLock::new();
    let made = || {
        let macros = MACROS.iter().map(|&(name, meaning)| (name.to_owned(), meaning.to_owned())).collect();
        LatexToMathML::new(MathCoreConfig { macros, ..MathCoreConfig::default() }).ok()
    };
    CONVERTER.get_or_init(made).as_ref()
}

/// How deep TeX can nest, at most: every open group counts, and every command in it, for each may take what follows as its argument.
fn nesting(tex: &str) -> usize {
    let bytes = tex.as_bytes();
    // Commands in each open group; the sum of all.
    let (mut groups, mut sum, mut deepest) = (vec![0_usize], 0_usize, 0_usize);
    let mut at = 0;
    while at < bytes.len() {
        let rest = &tex[at..];
        let name = rest.strip_prefix('\\').map(|rest| rest.bytes().take_while(u8::is_ascii_alphabetic).count());
        let word = name.map_or("", |length| &rest[1..=length]);
        match (bytes[at], word) {
            (b'\\', "begin" | "left") | (b'{', _) => {
                groups.push(1);
                sum += 1;
            }
            (b'\\', "end" | "right") | (b'}', _) => sum -= groups.pop().unwrap_or(0),
            (b'&', _) => {
                if let Some(group) = groups.last_mut() {
                    sum -= std::mem::take(group);
                }
            }
            (b'\\', "") if rest.starts_with("\\\\") => {
                if let Some(group) = groups.last_mut() {
                    sum -= std::mem::take(group);
                }
            }
            (b'\\' | b'^' | b'_' | b'\'', _) => {
                match groups.last_mut() {
                    Some(group) => *group += 1,
                    None => groups.push(1),
                }
                sum += 1;
            }
            _ => {}
        }
        deepest = deepest.max(sum);
        let width = |text: &str| text.chars().next().map_or(1, char::len_utf8);
        at += match name {
            Some(0) => 1 + width(&rest[1..]),
            Some(length) => 1 + length,
            None => width(rest),
        };
    }
    deepest
}

#[cfg(test)]
mod tests;
