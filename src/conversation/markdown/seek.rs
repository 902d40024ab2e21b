//! Searches ahead that stay linear: they remember what they found and what they did not. Without that, every opener without an end
//! would read on to the end of its paragraph. Positions asked for only ever grow.

use std::collections::{HashMap, VecDeque};

/// How many of `mark` stand at `at`.
pub(super) fn run(text: &str, at: usize, mark: u8) -> usize {
    text.as_bytes()[at..].iter().take_while(|&&byte| byte == mark).count()
}

/// A string and where it stands next: `None` once it stands nowhere ahead.
pub(super) struct Needle {
    needle: &'static str,
    found: Option<usize>,
}

impl Needle {
    pub(super) fn new(needle: &'static str) -> Self {
        Needle { needle, found: Some(0) }
    }

    /// Where the string stands at or after `from`, which is not 0.
    pub(super) fn next(&mut self, text: &str, from: usize) -> Option<usize> {
        if self.found? < from {
            self.found = text[from..].find(self.needle).map(|at| from + at);
        }
        self.found
    }
}

/// Where the runs of backticks begin, by their length; read when the first is asked for.
#[derive(Default)]
pub(super) struct Ticks(Option<HashMap<usize, VecDeque<usize>>>);

impl Ticks {
    /// The next run of exactly `length` behind `at`.
    pub(super) fn next(&mut self, text: &str, at: usize, length: usize) -> Option<usize> {
        let runs = self.0.get_or_insert_with(|| {
            let mut runs: HashMap<usize, VecDeque<usize>> = HashMap::new();
            let mut from = 0;
            while let Some(found) = text[from..].find('`') {
                let length = run(text, from + found, b'`');
                runs.entry(length).or_default().push_back(from + found);
                from += found + length;
            }
            runs
        });
        let runs = runs.get_mut(&length)?;
        while *runs.front()? <= at {
            runs.pop_front();
        }
        runs.front().copied()
    }
}
