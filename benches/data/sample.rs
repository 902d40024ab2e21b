use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Counts what was seen, and says when it has seen enough.
#[derive(Debug, Default, Clone)]
pub struct Counter<K: Ord> {
    seen: Arc<Mutex<BTreeMap<K, u64>>>,
    enough: u64,
}

impl<K: Ord + Clone> Counter<K> {
    pub const fn limit() -> u64 {
        1_000
    }

    // The lock is held for one insertion only.
    pub fn add(&self, key: &K) -> Result<u64, String> {
        let mut seen = self.seen.lock().map_err(|error| format!("poisoned: {error}"))?;
        let count = seen.entry(key.clone()).or_insert(0);
        *count += 1;
        match *count {
            0 => unreachable!(),
            n if n > self.enough => Err(format!("{n} is more than {}", self.enough)),
            n => Ok(n),
        }
    }

    pub fn most(&self) -> Option<(K, u64)> {
        let seen = self.seen.lock().ok()?;
        seen.iter().max_by_key(|&(_, count)| *count).map(|(key, count)| (key.clone(), *count))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let counter = Counter { enough: 3, ..Counter::default() };
    for word in "the quick brown fox jumps over the lazy dog".split(' ') {
        let n = counter.add(&word.to_owned())?;
        println!("{word:>8} {n:03} {:?}", 'x');
    }
    if let Some((word, 2..)) = counter.most() {
        assert_eq!(word, "the");
    }
    Ok(())
}
