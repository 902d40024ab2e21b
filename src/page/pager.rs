//! The way from sheet to sheet, by plain links.

use super::messages::Addresses;
use super::outline::range_of;
use super::sheet::Turn;
use std::ops::Range;

/// What stands at the ends of a sheet.
pub(super) struct Pager {
    /// "Page 2 of 50"
    pub place: String,
    /// Where it is, and which messages are there.
    pub previous: Option<(String, String)>,
    pub next: Option<(String, String)>,
}

impl Pager {
    pub(super) fn new(turns: &[Turn<'_>], sheets: &[Range<usize>], at: usize, addresses: &Addresses<'_>) -> Pager {
        let link = |at: usize| Some((addresses.page(at + 1), range_of(&turns[sheets.get(at)?.clone()])));
        Pager {
            place: format!("Page {} of {}", at + 1, sheets.len()),
            previous: at.checked_sub(1).and_then(link),
            next: link(at + 1),
        }
    }
}
