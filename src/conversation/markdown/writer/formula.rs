//! Formulas: MathML where it can be had, the source where not.

use super::Writer;
use crate::conversation::highlight::escape::{push_attribute, push_code, push_text};
use crate::conversation::markdown::math::{self, Mathml};
use std::time::Instant;

/// Formulas typeset in one message; the rest of them show as source.
const MAX_FORMULAS: usize = 2_000;
/// A formula within a line that shows more characters than this may be wider than a phone; it scrolls in itself.
const LONG: usize = 24;

/// What formulas may still cost.
pub(super) struct Allowance {
    formulas: usize,
    bytes: usize,
    deadline: Instant,
}

impl Allowance {
    /// For a message whose HTML may have `limit` bytes.
    pub(super) fn new(limit: usize, deadline: Instant) -> Self {
        Allowance { formulas: MAX_FORMULAS, bytes: limit / 5 * 3, deadline }
    }

    fn typeset(&mut self, tex: &str, is_display: bool) -> Option<Mathml> {
        self.formulas = self.formulas.checked_sub(1)?;
        if Instant::now() >= self.deadline {
            return None;
        }
        let mathml = math::mathml(tex, is_display)?;
        self.bytes = self.bytes.checked_sub(mathml.html.len() + tex.len())?;
        Some(mathml)
    }
}

impl<'a> Writer<'a, '_> {
    /// Appends text with its formulas.
    pub(super) fn text(&mut self, text: &str) {
        let formulas = self.formulas;
        let mut rest = text;
        while let Some((at, c)) = formulas.next(rest) {
            push_text(&mut self.out, &rest[..at]);
            rest = &rest[at + c.len_utf8()..];
            let Some(formula) = formulas.get(c) else { continue };
            if !self.formula(&formula.tex, formula.is_display) {
                push_source(&mut self.out, formula.source);
            }
        }
        push_text(&mut self.out, rest);
    }

    /// A `math` fence. Says whether it could be typeset.
    pub(super) fn math_block(&mut self, tex: &str) -> bool {
        let start = self.out.len();
        self.out.push_str("<p>");
        let is_typeset = self.formula(tex.trim(), true);
        match is_typeset {
            true => self.out.push_str("</p>"),
            false => self.out.truncate(start),
        }
        is_typeset
    }

    /// Typeset, with its source as the alternative text. What could be wider than the page scrolls by itself, and the keyboard can
    /// reach it, but not within a link.
    fn formula(&mut self, tex: &str, is_display: bool) -> bool {
        let Some(Mathml { html, width }) = self.allowance.typeset(tex, is_display) else { return false };
        let scrolls = self.links == 0 && (is_display || width > LONG);
        if scrolls {
            let class = if is_display { "formula" } else { "formula line" };
            self.out.push_str("<span class=\"");
            self.out.push_str(class);
            self.out.push_str("\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\">");
        }
        self.out.push_str(if is_display { "<math display=\"block\" alttext=\"" } else { "<math alttext=\"" });
        push_attribute(&mut self.out, tex);
        self.out.push_str("\">");
        self.out.push_str(&html);
        self.out.push_str("</math>");
        if scrolls {
            self.out.push_str("</span>");
        }
        true
    }
}

fn push_source(out: &mut String, source: &str) {
    out.push_str("<code class=\"tex\" dir=\"ltr\">");
    push_code(out, source);
    out.push_str("</code>");
}
