//! Classed stretches of code into the fewest spans.

use super::class::Class;
use super::escape::push_code;

/// Joins neighbours of one class across white space, which has no colour of its own.
pub(super) struct Spans<'a> {
    out: &'a mut String,
    code: &'a str,
    class: Option<Class>,
    /// Where the unwritten stretch begins, and where its last visible character ends.
    from: usize,
    to: usize,
}

impl<'a> Spans<'a> {
    pub(super) fn new(out: &'a mut String, code: &'a str) -> Self {
        Spans { out, code, class: None, from: 0, to: 0 }
    }

    /// Says what stands from `start` to `end`, which is behind everything said before.
    pub(super) fn add(&mut self, start: usize, end: usize, class: Option<Class>) {
        let text = self.code[start..end].trim_ascii_end();
        let (start, end) = (end - self.code[start..end].trim_ascii_start().len(), start + text.len());
        if text.is_empty() {
            return;
        }
        if class != self.class {
            self.flush();
            push_code(self.out, &self.code[self.to..start]);
            (self.class, self.from) = (class, start);
        }
        self.to = end;
    }

    fn flush(&mut self) {
        let text = &self.code[self.from..self.to];
        match self.class {
            Some(class) if !text.is_empty() => {
                self.out.push_str("<span class=\"");
                self.out.push_str(class.name());
                self.out.push_str("\">");
                push_code(self.out, text);
                self.out.push_str("</span>");
            }
            _ => push_code(self.out, text),
        }
    }

    /// Writes the rest, which is plain.
    pub(super) fn finish(mut self) {
        self.flush();
        push_code(self.out, &self.code[self.to..]);
    }
}
