//! The conversations of one run by their ids, so that no second one of an id replaces the first unseen.

use super::ImportError;
use crate::conversation::transcript::Packed;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, hash_map::Entry};

/// Conversations of one run: those of a million take 50 MiB here.
const MOST: usize = 1_000_000;

/// Half of each id's hash, and a quarter of its transcript's.
#[derive(Default)]
pub(super) struct Seen(HashMap<[u8; 16], [u8; 8]>);

impl Seen {
    /// Remembers a conversation; false if another transcript has had its id.
    pub(super) fn is_first(&mut self, id: &str, packed: &Packed) -> Result<bool, ImportError> {
        let full = self.0.len() >= MOST;
        let transcript = beginning(&packed.hash.0);
        match self.0.entry(beginning(&Sha256::digest(id))) {
            Entry::Occupied(seen) => Ok(*seen.get() == transcript),
            Entry::Vacant(_) if full => Err(ImportError::TooLarge(format!("The file holds more than {MOST} conversations."))),
            Entry::Vacant(place) => {
                place.insert(transcript);
                Ok(true)
            }
        }
    }
}

/// So many bytes of a longer hash.
fn beginning<const N: usize>(hash: &[u8]) -> [u8; N] {
    std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default())
}
