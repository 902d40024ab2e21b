//! Rows of a file in which several conversations are mixed, gathered by the conversation they belong to.
//!
//! The first reading counts every conversation's rows and gathers as many conversations as there is room for. If that were not all,
//! further readings gather the others, and let each go as soon as its last row is there: so a file whose conversations stand one
//! behind the other is read twice, however large it is. Each reading finishes one at least, so that the readings end.

use super::elements::Element;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a row takes beside its bytes.
const ROW: usize = 64;
/// A gigabyte of rows takes fewer; what takes more was built to keep us busy.
const READINGS: usize = 40;
/// Of a conversation that is too large, for its title.
const BEGINNING: usize = 4 << 10;
/// Conversations of one file: counting the rows of a million takes 50 MiB.
const MOST: usize = 1_000_000;

/// Stands for a row's key, which may be of any length.
type Key = [u8; 16];

fn short(key: &str) -> Key {
    let hash = Sha256::digest(key);
    std::array::from_fn(|at| hash[at])
}

/// The conversations gathered in one reading of the file.
pub(super) struct Rows {
    /// Bytes that may be held at once.
    most: usize,
    held: usize,
    /// In the order of their first rows.
    groups: BTreeMap<usize, Group>,
    /// Conversations of which this reading has met a row.
    begun: usize,
    places: HashMap<Key, usize>,
    /// Conversations that there was no room for in this reading.
    missed: HashSet<Key>,
    /// The rows of every conversation that was not taken yet.
    waiting: HashMap<Key, usize>,
    readings: usize,
}

struct Group {
    key: Key,
    /// A JSON array without its end.
    array: Vec<u8>,
    rows: usize,
    /// It outgrew all the room by itself: only its beginning is held.
    overflowed: bool,
}

impl Group {
    fn held(&self) -> usize {
        if self.overflowed { 0 } else { self.array.len() + self.rows * ROW }
    }

    fn end(mut self) -> Element {
        self.array.push(b']');
        if self.overflowed { Element::TooLarge(self.array) } else { Element::Whole(self.array) }
    }
}

impl Rows {
    pub(super) fn new(most: usize) -> Self {
        let (groups, places, missed, waiting) = (BTreeMap::new(), HashMap::new(), HashSet::new(), HashMap::new());
        Rows { most, held: 0, groups, begun: 0, places, missed, waiting, readings: 0 }
    }

    /// Begins a reading. True from the second on.
    pub(super) fn begin(&mut self) -> bool {
        let again = self.is_unfinished();
        if !again {
            self.waiting.clear();
            self.readings = 0;
        }
        self.readings += 1;
        (self.held, self.begun) = (0, 0);
        self.missed.clear();
        again
    }

    /// Whether conversations wait for the next reading.
    pub(super) fn is_unfinished(&self) -> bool {
        !self.missed.is_empty()
    }

    /// Whether the file was read so often, or mixes so many conversations, that it is built to be hard.
    pub(super) fn is_hopeless(&self) -> bool {
        (self.is_unfinished() && self.readings == READINGS) || self.waiting.len() > MOST
    }

    /// Takes in one row, which is JSON; gives its conversation where this is known to be the last.
    pub(super) fn insert(&mut self, key: &str, row: &[u8]) -> Option<Element> {
        let key = short(key);
        if self.readings == 1 && self.waiting.len() <= MOST {
            *self.waiting.entry(key).or_default() += 1;
        }
        let last = self.waiting.get(&key).filter(|_| !self.missed.contains(&key)).copied()?;
        let place = *self.places.entry(key).or_insert_with(|| {
            self.begun += 1;
            self.begun
        });
        let group = self.groups.entry(place).or_insert_with(|| Group { key, array: Vec::new(), rows: 0, overflowed: false });
        let before = group.held();
        if !group.overflowed {
            group.array.push(if group.rows == 0 { b'[' } else { b',' });
            group.array.extend_from_slice(row);
        }
        group.rows += 1;
        self.held += group.held() - before;
        if self.readings > 1 && group.rows == last {
            self.waiting.remove(&key);
            return self.let_go(place).map(Group::end);
        }
        self.make_room();
        None
    }

    /// Gives up the newest conversations; the oldest only where it has all the room to itself.
    fn make_room(&mut self) {
        while self.held > self.most {
            let mut whole = self.groups.iter().rev().filter(|(_, group)| !group.overflowed).map(|(place, _)| *place);
            let (Some(newest), older) = (whole.next(), whole.next()) else { return };
            if older.is_some() {
                let given_up = self.let_go(newest).map(|group| group.key);
                self.missed.extend(given_up);
            } else if let Some(group) = self.groups.get_mut(&newest) {
                self.held -= group.held();
                group.overflowed = true;
                group.array.truncate(BEGINNING);
                group.array.shrink_to_fit();
            }
        }
    }

    fn let_go(&mut self, place: usize) -> Option<Group> {
        let group = self.groups.remove(&place)?;
        self.held -= group.held();
        self.places.remove(&group.key);
        Some(group)
    }

    /// The conversations that are whole at the end of a reading, each as a JSON array.
    pub(super) fn take(&mut self) -> Vec<Element> {
        self.places.clear();
        for group in self.groups.values() {
            self.waiting.remove(&group.key);
        }
        std::mem::take(&mut self.groups).into_values().map(Group::end).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of the conversations that one reading of the rows gives.
    fn reading(rows: &mut Rows, file: &[(&str, usize)]) -> Vec<String> {
        rows.begin();
        let mut given: Vec<Element> =
            file.iter().filter_map(|(key, size)| rows.insert(key, " ".repeat(*size).as_bytes())).collect();
        given.append(&mut rows.take());
        let shape = |element: Element| match element {
            Element::Whole(array) => format!("{}", array.len()),
            Element::TooLarge(_) => "large".to_owned(),
        };
        given.into_iter().map(shape).collect()
    }

    #[test]
    fn what_was_given_up_waits_whole_for_the_next_reading() {
        let mut rows = Rows::new(400);
        let file = [("a", 10), ("b", 150), ("c", 150), ("c", 1), ("a", 10), ("d", 1)];
        assert_eq!(reading(&mut rows, &file), ["23", "152"], "a and b, and not the end of c");
        assert!(rows.is_unfinished());
        assert_eq!(reading(&mut rows, &file), ["154", "3"], "c whole, and d");
        assert!(!rows.is_unfinished());
        // Another file of the same archive begins anew.
        assert_eq!(reading(&mut rows, &[("a", 1)]), ["3"]);
    }

    #[test]
    fn conversations_one_behind_the_other_are_read_twice_however_many() {
        let mut rows = Rows::new(400);
        let names: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
        let file: Vec<(&str, usize)> = names.iter().flat_map(|name| [(name.as_str(), 100), (name.as_str(), 50)]).collect();
        let first = reading(&mut rows, &file).len();
        assert!(rows.is_unfinished() && (1..5).contains(&first), "{first}");
        assert_eq!((reading(&mut rows, &file).len(), rows.is_unfinished()), (1_000 - first, false));
    }

    #[test]
    fn readings_end() {
        let mut rows = Rows::new(400);
        let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        // All begin before one ends.
        let file: Vec<(&str, usize)> = names.iter().chain(&names).map(|name| (name.as_str(), 150)).collect();
        let mut readings = 0;
        while readings == 0 || (rows.is_unfinished() && !rows.is_hopeless()) {
            assert!(!reading(&mut rows, &file).is_empty());
            readings += 1;
        }
        assert_eq!((readings, rows.is_hopeless()), (READINGS, true));
    }

    #[test]
    fn one_that_never_fits_does_not_keep_the_others() {
        let mut rows = Rows::new(400);
        let file = [("a", 300), ("b", 10), ("a", 300), ("c", 10), ("b", 10)];
        let mut given = reading(&mut rows, &file);
        while rows.is_unfinished() {
            given.append(&mut reading(&mut rows, &file));
        }
        given.sort();
        assert_eq!(given, ["12", "23", "large"]);
    }

    #[test]
    fn a_key_takes_no_more_memory_than_any_other() {
        let mut rows = Rows::new(400);
        let long = ["x".repeat(1 << 20), "y".repeat(1 << 20)];
        assert_eq!(reading(&mut rows, &[(&long[0], 1), (&long[1], 2), (&long[0], 3)]), ["7", "4"]);
        assert_eq!(size_of::<Key>(), 16);
    }
}
