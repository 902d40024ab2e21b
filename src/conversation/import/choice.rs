//! Which of an archive's files are the export. A person's uploads lie beside it and may be exports of another product, or messages.

use super::sniff::Kind;
use super::{FORMATS, Unit};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// An entry that holds conversations.
pub(super) struct Recognised {
    /// Its place in the archive.
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Unpacked, as the archive says.
    pub(super) bytes: u64,
}

impl Recognised {
    fn base(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// ChatGPT calls what somebody uploaded by its id and the name it had.
    fn is_upload(&self) -> bool {
        ["file-", "file_"].iter().any(|start| self.base().starts_with(start))
    }

    fn is_document(&self) -> bool {
        self.is_upload() && matches!(FORMATS[self.kind.format].unit, Unit::All | Unit::Text)
    }
}

/// The format of the export: that of a product before messages and texts, then the one whose files stand highest, then the one of most
/// bytes.
pub(super) fn format(entries: &[Recognised]) -> Option<usize> {
    let mut bytes: BTreeMap<usize, u64> = BTreeMap::new();
    for entry in entries {
        *bytes.entry(entry.kind.format).or_default() += entry.bytes;
    }
    let rank = |entry: &Recognised| {
        let format = entry.kind.format;
        let unit = match FORMATS[format].unit {
            Unit::Value | Unit::Rows(_) => 0,
            Unit::All => 1,
            Unit::Text => 2,
        };
        let depth = entry.name.matches('/').count();
        (unit, entry.is_upload(), depth, Reverse(bytes.get(&format).copied()), format)
    };
    entries.iter().map(rank).min().map(|(.., format)| format)
}

/// For each other format the first file in it, and why it was left out: a row a format, however many were uploaded. `taken` went with
/// the conversations they belong to.
pub(super) fn left_out(entries: &[Recognised], chosen: usize, taken: &HashSet<usize>) -> Vec<(String, String)> {
    let mut others: BTreeMap<usize, Vec<&Recognised>> = BTreeMap::new();
    // A text that somebody asked about is no conversation of theirs, though it may read like one.
    let is_theirs = |entry: &&Recognised| entry.kind.format != chosen && !taken.contains(&entry.at) && !entry.is_document();
    for entry in entries.iter().filter(is_theirs) {
        others.entry(entry.kind.format).or_default().push(entry);
    }
    let (main, mut rows) = (FORMATS[chosen].name, Vec::new());
    for (format, files) in others {
        let Some(first) = files.first() else { continue };
        let name = FORMATS[format].name;
        let who = match files.len() {
            1 => "This file is".to_owned(),
            2 => "This file and another are".to_owned(),
            many => format!("This file and {} others are", many - 1),
        };
        let each = if files.len() == 1 { "Import it by itself" } else { "Import each by itself" };
        let reason = format!("{who} in another format ({name}) than the rest of the ZIP ({main}). {each}.");
        rows.push((first.base().to_owned(), reason));
    }
    rows
}
