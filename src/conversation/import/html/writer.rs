//! Writes Markdown: paragraphs and their gaps, what stands before each line, and words in which nothing is Markdown by accident.

/// The Markdown written so far.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    /// Lines to begin before the next word: one, or two for a blank line between.
    gap: usize,
    /// What stands before each line, from the outermost quote or item on.
    blocks: Vec<Block>,
    /// Marks that wait for a word to mark.
    waiting: Vec<&'static str>,
    /// White space was met since the last word.
    spaced: bool,
    in_heading: bool,
}

struct Block {
    /// Before the first line.
    first: Option<String>,
    /// Before the others.
    others: String,
}

impl Writer {
    /// Ends the line, and with two leaves a blank one.
    pub(super) fn gap(&mut self, lines: usize) {
        self.spaced = false;
        // A heading is one line whatever is in it, and what begins an item stands behind its marker.
        if !self.in_heading && !self.is_behind_marker() {
            self.gap = self.gap.max(lines);
        }
    }

    /// Ends the line and leaves no blank one, whatever was asked for before.
    pub(super) fn next_line(&mut self) {
        if !self.is_behind_marker() {
            self.gap = 1;
        }
    }

    fn is_behind_marker(&self) -> bool {
        self.blocks.last().is_some_and(|block| block.first.is_some())
    }

    pub(super) fn line_break(&mut self) {
        if self.in_heading {
            self.spaced = true;
        } else if !self.is_at_start() {
            self.text.push_str("  ");
            self.gap(1);
        }
    }

    pub(super) fn rule(&mut self) {
        self.gap(2);
        self.markdown("---");
        self.gap(2);
    }

    pub(super) fn begin_heading(&mut self, level: usize) {
        self.markdown(&format!("{} ", "#".repeat(level)));
        self.in_heading = true;
    }

    pub(super) fn end_heading(&mut self) {
        self.in_heading = false;
    }

    pub(super) fn begin_item(&mut self, marker: &str) {
        self.blocks.push(Block { first: Some(marker.to_owned()), others: " ".repeat(marker.len()) });
    }

    pub(super) fn begin_quote(&mut self) {
        self.blocks.push(Block { first: None, others: "> ".to_owned() });
    }

    pub(super) fn end_block(&mut self) {
        // An empty item is one too.
        if self.is_behind_marker() {
            self.begin_line();
        }
        self.blocks.pop();
    }

    /// Marks the words that follow, once there are some.
    pub(super) fn mark(&mut self, mark: &'static str) {
        self.waiting.push(mark);
    }

    /// Ends what `mark` began; a mark without a word leaves nothing.
    pub(super) fn unmark(&mut self, mark: &'static str, end: &str) {
        match self.waiting.iter().rposition(|waiting| *waiting == mark) {
            Some(at) => {
                self.waiting.remove(at);
            }
            // White space before the end stays outside: `spaced` still holds it.
            None => self.text.push_str(end),
        }
    }

    /// Words of HTML, in which white space is white space whatever it is.
    pub(super) fn text(&mut self, text: &str) {
        // A no-break space is no white space, but a part of its word.
        for (at, word) in text.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            self.spaced |= at > 0;
            if !word.is_empty() {
                self.word(word);
            }
        }
    }

    fn word(&mut self, word: &str) {
        self.begin_word();
        let starts_line = self.text.is_empty() || self.text.ends_with(['\n']) || self.is_behind_prefix();
        escape(word, starts_line, &mut self.text);
    }

    /// Whether nothing but quotes' and items' signs stands in the line.
    fn is_behind_prefix(&self) -> bool {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        line.len() <= 400 && line.trim_start_matches(|c: char| matches!(c, ' ' | '>' | '-' | '.') || c.is_ascii_digit()).is_empty()
    }

    fn is_at_start(&self) -> bool {
        self.text.is_empty() || self.gap > 0
    }

    /// Markdown of our own, in the line.
    pub(super) fn markdown(&mut self, markdown: &str) {
        self.begin_word();
        self.text.push_str(markdown);
    }

    fn begin_word(&mut self) {
        self.begin_line();
        if std::mem::take(&mut self.spaced) && !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
            self.text.push(' ');
        }
        for mark in std::mem::take(&mut self.waiting) {
            self.text.push_str(mark);
        }
    }

    /// Begins a line where one is due.
    fn begin_line(&mut self) {
        let has_marker = self.blocks.iter().any(|block| block.first.is_some());
        let lines = match std::mem::take(&mut self.gap) {
            _ if self.text.is_empty() => 0,
            // The marker of an item needs a line of its own, but for the first item in an item.
            0 if has_marker && !self.text.ends_with(' ') => 1,
            lines => lines,
        };
        if lines == 0 && !self.text.is_empty() && !has_marker {
            return;
        }
        if lines > 0 && !self.text.ends_with("  ") {
            self.text.truncate(self.text.trim_end_matches(' ').len());
        }
        for line in 0..lines {
            self.text.push('\n');
            if line + 1 < lines {
                let quotes: String = self.blocks.iter().map_while(|block| block.blank()).collect();
                self.text.push_str(quotes.trim_end());
            }
        }
        let whole_line = lines > 0 || self.text.is_empty();
        for block in &mut self.blocks {
            match block.first.take() {
                Some(marker) => self.text.push_str(&marker),
                None if whole_line => self.text.push_str(&block.others),
                None => {}
            }
        }
    }

    /// Code in a line.
    pub(super) fn code(&mut self, code: &str) {
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
        if code.is_empty() {
            return;
        }
        let ticks = "`".repeat(longest_run(&code, '`') + 1);
        let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
        self.markdown(&format!("{ticks}{pad}{code}{pad}{ticks}"));
    }

    /// Code of its own lines.
    pub(super) fn code_block(&mut self, code: &str, language: &str) {
        let fence = "`".repeat((longest_run(code, '`') + 1).max(3));
        let code = code.strip_prefix('\n').unwrap_or(code).trim_end_matches('\n');
        self.gap(2);
        self.markdown(&format!("{fence}{language}"));
        for line in code.lines().chain([fence.as_str()]) {
            self.gap = 1;
            self.begin_line();
            self.text.push_str(line);
        }
        self.gap(2);
    }

    /// A table; the first row is its head, because Markdown has none without.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        if columns == 0 {
            return;
        }
        self.gap(2);
        for (at, row) in rows.iter().filter(|row| !row.is_empty()).enumerate() {
            self.gap(1);
            self.markdown("|");
            for cell in row {
                self.text.push_str(&format!(" {cell} |"));
            }
            if at == 0 {
                self.text.push_str(&"  |".repeat(columns - row.len()));
                self.gap(1);
                self.markdown("|");
                self.text.push_str(&" --- |".repeat(columns));
            }
        }
        self.gap(2);
    }

    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

impl Block {
    /// What stands in a blank line: a quote's sign, without which the quote would end.
    fn blank(&self) -> Option<&str> {
        self.first.is_none().then_some(self.others.as_str())
    }
}

fn longest_run(text: &str, sign: char) -> usize {
    text.split(|c| c != sign).map(str::len).max().unwrap_or_default()
}

/// Writes a word so that Markdown reads it as it stands. Formulas, which products leave to the page, stay formulas.
fn escape(word: &str, starts_line: bool, into: &mut String) {
    let mut before = into.chars().next_back().unwrap_or(' ');
    let mut letters = word.chars().peekable();
    if starts_line {
        let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if (1..10).contains(&digits) && word[digits..].starts_with(['.', ')']) {
            into.push_str(&word[..digits]);
            into.push('\\');
            letters = word[digits..].chars().peekable();
        } else if word.starts_with(['#', '>', '+', '-', '=']) {
            into.push('\\');
        }
    }
    while let Some(letter) = letters.next() {
        let next = letters.peek();
        let is_special = match letter {
            '*' | '`' | '<' | '~' => true,
            // Behind a letter it opens nothing.
            '_' => !before.is_alphanumeric(),
            '\\' => next.is_none_or(|next| next.is_ascii_punctuation() && !matches!(next, '(' | ')' | '[' | ']')),
            ']' => next.is_some_and(|next| matches!(next, '(' | ':' | '[')),
            '&' => next.is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#'),
            _ => false,
        };
        if is_special {
            into.push('\\');
        }
        into.push(letter);
        before = letter;
    }
}
