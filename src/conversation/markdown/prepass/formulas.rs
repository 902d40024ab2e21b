//! The formulas of a message. In the text that CommonMark reads each is one private character, so that nothing in it can be taken for
//! markup and no cell, emphasis or link can be cut by it.

use std::borrow::Cow;
use std::collections::HashMap;

/// The supplementary private use planes, by the first character of each; 65,534 characters in either.
const PLANES: [u32; 2] = [0xf_0000, 0x10_0000];
const PLANE_SIZE: u32 = 0xfffe;

/// TeX between delimiters.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::conversation::markdown) struct Formula<'a> {
    /// As it was written, delimiters included.
    pub(in crate::conversation::markdown) source: &'a str,
    /// What stands between the delimiters, without the quote signs of the quote it stands in.
    pub(in crate::conversation::markdown) tex: Cow<'a, str>,
    /// On lines of its own.
    pub(in crate::conversation::markdown) is_display: bool,
}

/// Which character stands for which formula.
#[derive(Debug)]
pub(in crate::conversation::markdown) struct Formulas<'a> {
    /// The first character of the plane that the message itself leaves free.
    first: Option<u32>,
    found: Vec<Formula<'a>>,
    /// The same source is the same character, so that `[$x$]` and `[$x$]: …` stay one label.
    by_source: HashMap<&'a str, char>,
}

impl<'a> Formulas<'a> {
    pub(super) fn new(text: &str) -> Self {
        let is_free = |plane: &u32| !text.chars().any(|c| u32::from(c) >> 16 == plane >> 16);
        // All these characters begin with one of two bytes, which hardly any text holds.
        let first = match text.bytes().any(|byte| byte == 0xf3 || byte == 0xf4) {
            true => PLANES.into_iter().find(is_free),
            false => Some(PLANES[0]),
        };
        Formulas { first, found: Vec::new(), by_source: HashMap::new() }
    }

    /// The character that stands for a formula from now on; none where characters ran out.
    pub(super) fn add(&mut self, formula: Formula<'a>) -> Option<char> {
        if let Some(&known) = self.by_source.get(formula.source) {
            return Some(known);
        }
        let index = u32::try_from(self.found.len()).ok().filter(|index| *index < PLANE_SIZE)?;
        let c = char::from_u32(self.first? + index)?;
        self.by_source.insert(formula.source, c);
        self.found.push(formula);
        Some(c)
    }

    /// What a character stands for.
    pub(in crate::conversation::markdown) fn get(&self, c: char) -> Option<&Formula<'a>> {
        let index = u32::from(c).checked_sub(self.first?)?;
        self.found.get(usize::try_from(index).ok()?)
    }

    /// Where the next formula stands in a text, and its character.
    pub(in crate::conversation::markdown) fn next(&self, text: &str) -> Option<(usize, char)> {
        if self.found.is_empty() {
            return None;
        }
        text.char_indices().find(|(_, c)| self.get(*c).is_some())
    }

    /// The text as it was written, for places where no formula can be shown.
    pub(in crate::conversation::markdown) fn restored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.next(text).is_none() {
            return Cow::Borrowed(text);
        }
        let mut written = String::with_capacity(text.len() * 2);
        for c in text.chars() {
            match self.get(c) {
                Some(formula) => written.push_str(formula.source),
                None => written.push(c),
            }
        }
        Cow::Owned(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(source: &str) -> Formula<'_> {
        Formula { source, tex: Cow::Borrowed(source), is_display: false }
    }

    #[test]
    fn a_formula_is_one_character_and_comes_back() {
        let mut formulas = Formulas::new("text");
        let (a, b) = (formulas.add(formula("$a$")).unwrap(), formulas.add(formula("$b$")).unwrap());
        assert_eq!(formulas.add(formula("$a$")), Some(a));
        assert_eq!((u32::from(a), u32::from(b)), (0xf_0000, 0xf_0001));
        let text = format!("x{b}y{a}\u{f0002}");
        assert_eq!(formulas.next(&text), Some((1, b)));
        assert_eq!(formulas.restored(&text), "x$b$y$a$\u{f0002}");
        assert_eq!(formulas.restored("none"), "none");
    }

    /// Icons of terminal fonts live on these planes.
    #[test]
    fn characters_that_the_message_uses_stand_for_nothing_else() {
        let mut formulas = Formulas::new("an icon \u{f0042}");
        assert_eq!(formulas.add(formula("$a$")), Some('\u{100000}'));
        let mut formulas = Formulas::new("two \u{f0042}\u{100042}");
        assert_eq!(formulas.add(formula("$a$")), None);
        assert_eq!(Formulas::new("an emoji \u{1f600} and a tag \u{e0041}").first, Some(0xf_0000));
    }
}
