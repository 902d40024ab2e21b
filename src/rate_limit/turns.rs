//! Requests that take much memory wait for each other: for those of their own key, and then for those of all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Who may begin.
pub struct Turns {
    all: Arc<Semaphore>,
    /// One at a time of each key, so that no host app keeps the others out.
    keys: Mutex<HashMap<i64, Weak<Semaphore>>>,
}

/// A request whose turn it is, until it is dropped.
pub struct Turn {
    _key: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at once.
    pub fn new(at_once: usize) -> Self {
        Turns { all: Arc::new(Semaphore::new(at_once)), keys: Mutex::default() }
    }

    /// Waits until it is this key's turn.
    ///
    /// # Errors
    /// Never: nobody closes the semaphores.
    pub async fn take(&self, key: i64) -> Result<Turn, AcquireError> {
        let own = self.own(key).acquire_owned().await?;
        Ok(Turn { _key: own, _all: self.all.clone().acquire_owned().await? })
    }

    fn own(&self, key: i64) -> Arc<Semaphore> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = keys.get(&key).and_then(Weak::upgrade) {
            return own;
        }
        keys.retain(|_, own| own.strong_count() > 0);
        let own = Arc::new(Semaphore::new(1));
        keys.insert(key, Arc::downgrade(&own));
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_key_waits_for_itself_before_it_waits_for_others() {
        let turns = Turns::new(2);
        let first = turns.take(1).now_or_never().expect("its turn").expect("open");
        assert!(turns.take(1).now_or_never().is_none());
        let other = turns.take(2).now_or_never().expect("its turn").expect("open");
        assert!(turns.take(3).now_or_never().is_none(), "two at once");
        drop((first, other));
        let again = turns.take(1).now_or_never();
        assert!(again.is_some() && turns.keys.lock().unwrap().len() == 1, "who is gone is forgotten");
    }
}
