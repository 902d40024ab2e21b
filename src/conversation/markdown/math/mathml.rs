//! Reads MathML that nobody vouches for and writes it anew.
//!
//! Strict: every tag is one of the list, opened and closed in order; every attribute is known and its value of a known form. What is
//! written is made of our own strings and of escaped text, never copied. Whatever else is there, the whole is refused.

use crate::conversation::highlight::escape::push_text;

/// Elements inside one another.
const MAX_DEPTH: usize = 60;
/// Longer lengths are no typography. In em, or what else they are counted in.
const MAX_LENGTH: f32 = 40.0;

/// MathML without its outermost element, safe to stand in a page.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::conversation::markdown) struct Mathml {
    /// The markup.
    pub(in crate::conversation::markdown) html: String,
    /// How many characters it shows.
    pub(in crate::conversation::markdown) width: usize,
}

/// What may stand in an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Elements,
    Text,
    /// Text, and in it the few elements that style text.
    StyledText,
    Nothing,
}

/// Names, what becomes of each, and what it may hold.
const ELEMENTS: &[(&str, &str, Holds)] = &[
    ("mi", "mi", Holds::Text),
    ("mn", "mn", Holds::Text),
    ("mo", "mo", Holds::Text),
    ("mtext", "mtext", Holds::StyledText),
    ("mspace", "mspace", Holds::Nothing),
    ("mrow", "mrow", Holds::Elements),
    ("mfrac", "mfrac", Holds::Elements),
    ("msqrt", "msqrt", Holds::Elements),
    ("mroot", "mroot", Holds::Elements),
    ("msub", "msub", Holds::Elements),
    ("msup", "msup", Holds::Elements),
    ("msubsup", "msubsup", Holds::Elements),
    ("munder", "munder", Holds::Elements),
    ("mover", "mover", Holds::Elements),
    ("munderover", "munderover", Holds::Elements),
    ("mmultiscripts", "mmultiscripts", Holds::Elements),
    ("mprescripts", "mprescripts", Holds::Elements),
    ("mtable", "mtable", Holds::Elements),
    ("mtr", "mtr", Holds::Elements),
    ("mtd", "mtd", Holds::Elements),
    ("mpadded", "mpadded", Holds::Elements),
    ("mphantom", "mphantom", Holds::Elements),
    // No part of MathML Core: a row, which a style sheet strikes through.
    ("menclose", "mrow", Holds::Elements),
];
const IN_TEXT: &[&str] = &["b", "i", "em", "s", "u", "code", "span"];

impl Mathml {
    /// Reads what the converter wrote.
    pub(super) fn read(source: &str) -> Option<Mathml> {
        let inside = source.strip_prefix("<math>").or_else(|| source.strip_prefix("<math display=\"block\">"))?;
        let inside = inside.strip_suffix("</math>")?;
        let mut mathml = Mathml { html: String::with_capacity(inside.len()), width: 0 };
        // The names as they were read, with what is written and what may stand inside.
        let mut open: Vec<(&str, &str, Holds)> = Vec::new();
        let mut rest = inside;
        loop {
            let holds = open.last().map_or(Holds::Elements, |(_, _, holds)| *holds);
            let start = rest.find('<').unwrap_or(rest.len());
            let (text, tag) = rest.split_at(start);
            mathml.text(text, holds)?;
            let Some(tag) = tag.strip_prefix('<') else { break };
            let (tag, after) = tag.split_once('>')?;
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                let (opened, written, _) = open.pop()?;
                if opened != name {
                    return None;
                }
                mathml.close(written);
                continue;
            }
            let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            if holds == Holds::StyledText {
                let name = IN_TEXT.iter().find(|known| **known == name)?;
                let written = if *name == "span" { "" } else { *name };
                // A span has only a class or a style, both ours to leave out.
                if is_empty || !attributes.is_empty() && *name != "span" {
                    return None;
                }
                mathml.open(written, None);
                open.push((name, written, Holds::StyledText));
            } else {
                let (known, written, inner) = ELEMENTS.iter().find(|(known, ..)| *known == name)?;
                if holds != Holds::Elements || is_empty != (*inner == Holds::Nothing) {
                    return None;
                }
                mathml.open(written, Some((*known == "menclose", attributes)))?;
                if !is_empty {
                    open.push((known, written, *inner));
                } else {
                    mathml.close(written);
                }
            }
            if open.len() > MAX_DEPTH {
                return None;
            }
        }
        open.is_empty().then_some(mathml)
    }

    fn text(&mut self, text: &str, holds: Holds) -> Option<()> {
        if text.is_empty() {
            return Some(());
        }
        if text.contains('>') || matches!(holds, Holds::Elements | Holds::Nothing) {
            return None;
        }
        let text = unescaped(text)?;
        self.width += text.chars().count();
        push_text(&mut self.html, &text);
        Some(())
    }

    fn open(&mut self, name: &'static str, of_math: Option<(bool, &str)>) -> Option<()> {
        if name.is_empty() {
            return Some(());
        }
        self.html.push('<');
        self.html.push_str(name);
        if let Some((is_struck, attributes)) = of_math {
            let mut classes = Vec::new();
            classes.extend(is_struck.then_some("struck"));
            self.attributes(attributes, &mut classes)?;
            if !classes.is_empty() {
                self.html.push_str(" class=\"");
                self.html.push_str(&classes.join(" "));
                self.html.push('"');
            }
        }
        self.html.push('>');
        Some(())
    }

    fn close(&mut self, name: &str) {
        if !name.is_empty() {
            self.html.push_str("</");
            self.html.push_str(name);
            self.html.push('>');
        }
    }

    fn attributes(&mut self, attributes: &str, classes: &mut Vec<&'static str>) -> Option<()> {
        let mut rest = attributes.trim_ascii();
        while !rest.is_empty() {
            let (name, after) = rest.split_once("=\"")?;
            let (value, after) = after.split_once('"')?;
            rest = after.trim_ascii_start();
            let name = match name {
                "lspace" | "rspace" | "width" | "height" | "minsize" | "maxsize" | "linethickness" if is_length(value) => name,
                "accent" | "accentunder" | "displaystyle" | "largeop" | "movablelimits" | "stretchy" | "symmetric"
                    if matches!(value, "true" | "false") =>
                {
                    name
                }
                "form" if matches!(value, "prefix" | "infix" | "postfix") => name,
                "mathvariant" if value == "normal" => name,
                // MathML Core has it on any element, and the Nu checker on none of these: a table in a script is rare and may be small.
                "scriptlevel" if self.html.rfind('<').is_some_and(|at| self.html[at..].starts_with("<mtable")) => continue,
                "scriptlevel" if matches!(value, "0" | "1" | "2") => name,
                "style" => {
                    classes.extend(value.split(';').filter_map(class_of));
                    continue;
                }
                // They name what a style sheet of the converter's would draw.
                "class" | "notation" => continue,
                _ => return None,
            };
            self.html.push(' ');
            self.html.push_str(name);
            self.html.push_str("=\"");
            self.html.push_str(value);
            self.html.push('"');
        }
        Some(())
    }
}

/// Text without the references that the converter writes; nothing where it has others.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split('&');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (name, after) = piece.split_once(';')?;
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "#39" | "#x27" | "apos" => '\'',
            "nbsp" => '\u{a0}',
            _ => return None,
        });
        out.push_str(after);
    }
    Some(out)
}

/// A number with at most one point, and a unit.
fn is_length(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let unit = &value[number.len()..];
    let digits = number.strip_prefix('-').unwrap_or(number);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain
        && matches!(unit, "" | "em" | "ex" | "rem" | "%")
        && number.parse::<f32>().is_ok_and(|number| number.abs() <= MAX_LENGTH || unit == "%" && number == 100.0)
}

/// The class that stands for a declaration, since our pages have no inline styles. Those without one change little.
fn class_of(declaration: &str) -> Option<&'static str> {
    let (property, value) = declaration.split_once(':')?;
    Some(match (property.trim(), value.trim()) {
        ("text-align", "left") => "l",
        ("text-align", "right") => "r",
        ("padding-left", "0") => "pl",
        ("padding-right", "0") => "pr",
        ("padding-left", "1em") => "g",
        ("padding-top", "0") => "pt",
        ("border-left", _) => "bl",
        ("border-right", _) => "br",
        ("border-top", _) => "bt",
        ("margin-left", "-0.16666667em") => "neg",
        ("color", colour) => tone(colour)?,
        _ => return None,
    })
}

/// A colour of the page's own palette, so that it can be read in light and in dark. Grey, black and white stay the text's colour.
fn tone(colour: &str) -> Option<&'static str> {
    let hex = colour.strip_prefix('#').filter(|hex| hex.len() == 6)?;
    let value = u32::from_str_radix(hex, 16).ok()?;
    if value == super::spelling::BOX {
        return Some("boxed");
    }
    let [_, red, green, blue] = value.to_be_bytes().map(i32::from);
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    if most - least < 48 {
        return None;
    }
    Some(match () {
        () if most == red && green > blue && green - least > (most - least) / 3 => "orange",
        () if most == red && blue - least > (most - least) / 2 => "violet",
        () if most == red => "red",
        () if most == green => "green",
        () if red - least > (most - least) / 3 => "violet",
        () => "blue",
    })
}
