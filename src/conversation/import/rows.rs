//! Rows of a file in which several conversations are mixed, gathered by the conversation they belong to.
//!
//! Memory holds as many conversations at once as there is room for; for the others the file is read again. Each reading finishes one
//! at least, so that the readings end.

use super::elements::Element;
use std::collections::{HashMap, HashSet};

/// What a row takes beside its bytes.
const ROW: usize = 64;
/// A gigabyte of rows takes fewer; what takes more was built to keep us busy.
const READINGS: usize = 40;
/// Of a conversation that is too large, for its title.
const BEGINNING: usize = 4 << 10;

/// The conversations gathered in one reading of the file.
pub(super) struct Rows {
    /// Bytes that may be held at once.
    most: usize,
    held: usize,
    /// In the order of their first rows.
    groups: Vec<Group>,
    places: HashMap<String, usize>,
    /// The first conversation outgrew all the room: only its beginning is held.
    overflowed: bool,
    /// Conversations wait for the next reading.
    unfinished: bool,
    /// The keys of those that were taken.
    done: HashSet<String>,
    readings: usize,
}

struct Group {
    key: String,
    /// A JSON array without its end.
    array: Vec<u8>,
    rows: usize,
}

impl Group {
    fn held(&self) -> usize {
        self.array.len() + self.rows * ROW
    }
}

impl Rows {
    pub(super) fn new(most: usize) -> Self {
        let (groups, places, done) = (Vec::new(), HashMap::new(), HashSet::new());
        Rows { most, held: 0, groups, places, overflowed: false, unfinished: false, done, readings: 0 }
    }

    /// Begins a reading. True from the second on.
    pub(super) fn begin(&mut self) -> bool {
        let again = self.unfinished;
        if !again {
            self.done.clear();
            self.readings = 0;
        }
        self.readings += 1;
        (self.held, self.overflowed, self.unfinished) = (0, false, false);
        again
    }

    pub(super) fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Whether the file was read so often that it is built to be.
    pub(super) fn is_hopeless(&self) -> bool {
        self.unfinished && self.readings == READINGS
    }

    /// Takes in one row, which is JSON.
    pub(super) fn insert(&mut self, key: String, row: &[u8]) {
        if self.done.contains(&key) {
            return;
        }
        let place = match self.places.get(&key) {
            Some(place) => *place,
            // Its earlier rows may have been given up.
            None if self.unfinished => return,
            None => {
                self.places.insert(key.clone(), self.groups.len());
                self.groups.push(Group { key, array: Vec::new(), rows: 0 });
                self.groups.len() - 1
            }
        };
        if self.overflowed && place == 0 {
            return;
        }
        let group = &mut self.groups[place];
        let before = group.held();
        group.array.push(if group.rows == 0 { b'[' } else { b',' });
        group.array.extend_from_slice(row);
        group.rows += 1;
        self.held += group.held() - before;
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.held > self.most && self.groups.len() > 1 {
            self.unfinished = true;
            if let Some(group) = self.groups.pop() {
                self.places.remove(&group.key);
                self.held -= group.held();
            }
        }
        if self.held > self.most && !self.overflowed {
            self.overflowed = true;
            self.held = 0;
            if let Some(group) = self.groups.first_mut() {
                group.array.truncate(BEGINNING);
                group.array.shrink_to_fit();
            }
        }
    }

    /// The conversations whose rows are all gathered, each as a JSON array.
    pub(super) fn take(&mut self) -> Vec<Element> {
        self.places.clear();
        let overflowed = std::mem::take(&mut self.overflowed);
        let groups = std::mem::take(&mut self.groups).into_iter().enumerate();
        groups
            .map(|(at, Group { key, mut array, .. })| {
                self.done.insert(key);
                array.push(b']');
                if overflowed && at == 0 { Element::TooLarge(array) } else { Element::Whole(array) }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of the conversations that one reading of the rows gives.
    fn reading(rows: &mut Rows, file: &[(&str, usize)]) -> Vec<String> {
        rows.begin();
        for (key, size) in file {
            rows.insert((*key).to_owned(), " ".repeat(*size).as_bytes());
        }
        let shape = |element: Element| match element {
            Element::Whole(array) => format!("{}", array.len()),
            Element::TooLarge(_) => "large".to_owned(),
        };
        rows.take().into_iter().map(shape).collect()
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
    fn readings_end() {
        let mut rows = Rows::new(400);
        let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let file: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 300)).collect();
        let mut readings = 0;
        while readings == 0 || (rows.is_unfinished() && !rows.is_hopeless()) {
            assert_eq!(reading(&mut rows, &file).len(), 1);
            readings += 1;
        }
        assert_eq!((readings, rows.is_hopeless()), (READINGS, true));
    }

    #[test]
    fn one_that_never_fits_does_not_keep_the_others() {
        let mut rows = Rows::new(400);
        let file = [("a", 300), ("b", 10), ("a", 300), ("c", 10), ("b", 10)];
        assert_eq!(reading(&mut rows, &file), ["large"]);
        assert_eq!(reading(&mut rows, &file), ["23", "12"]);
        assert!(!rows.is_unfinished());
    }
}
