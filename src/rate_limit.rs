//! How often anybody may do anything (SPEC section 6). Per node, in memory; what guards a secret is counted in PostgreSQL instead
//! ([`crate::reader::store`]).

mod turns;

pub use turns::{Turn, Turns};

use crate::reader::address::ClientAddress;
use governor::{Quota, RateLimiter, clock::Clock, clock::DefaultClock, state::keyed::DashMapStateStore};
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So many a minute, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// A minute.
    pub per_minute: NonZeroU32,
    /// At once, after a pause.
    pub burst: NonZeroU32,
}

impl Rate {
    /// From two numbers; zero counts as one.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Rate { per_minute: at_least_one(per_minute), burst: at_least_one(burst) }
    }

    fn quota(self) -> Quota {
        Quota::per_minute(self.per_minute).allow_burst(self.burst)
    }
}

/// `300/100`: 300 a minute, 100 at once.
impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = || "is a number a minute and a burst, such as 300/100".to_owned();
        let (per_minute, burst) = text.split_once('/').ok_or_else(rule)?;
        Ok(Rate { per_minute: per_minute.parse().map_err(|_| rule())?, burst: burst.parse().map_err(|_| rule())? })
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.per_minute, self.burst)
    }
}

/// What is limited, and by what it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Any reader surface, by client.
    Read(ClientAddress),
    /// Attachments, by client: a page may show two hundred.
    Attachment(ClientAddress),
    /// Anything of the owner API, by API key.
    Manage(i64),
}

/// What a client may be guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guess {
    /// A short code.
    Code,
    /// An API key or owner token.
    Credential,
}

/// The quotas of a node.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// [`Action::Read`]
    pub read: Rate,
    /// [`Action::Attachment`]
    pub attachment: Rate,
    /// Codes that name nothing, and credentials that do not hold, by client.
    pub unknown_code: Rate,
    /// [`Action::Manage`]
    pub manage: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            read: Rate::new(300, 100),
            attachment: Rate::new(1200, 600),
            unknown_code: Rate::new(30, 30),
            manage: Rate::new(3000, 200),
        }
    }
}

/// Too often; worth trying again after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Whole seconds, at least 1.
    pub retry_after: u64,
}

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Counts and refuses.
pub struct RateLimits {
    clock: DefaultClock,
    read: Keyed<ClientAddress>,
    attachment: Keyed<ClientAddress>,
    manage: Keyed<i64>,
    guess: Keyed<(Guess, ClientAddress)>,
    /// Clients that guessed too often, until when. While it lasts every code or credential is refused unseen, or a guesser could tell
    /// a hit by its not being refused.
    guessing: Mutex<HashMap<(Guess, ClientAddress), Instant>>,
    /// Digests of API keys that held when they were last asked about.
    held: Mutex<HashSet<[u8; 32]>>,
    /// Imports that run, by API key.
    imports: Arc<Mutex<HashMap<i64, u32>>>,
}

/// Imports of one API key at once.
const IMPORTS: u32 = 2;
/// Seconds after which another import may be tried.
const IMPORT_AGAIN: u64 = 10;

/// A running import's place among those of its key; given back when dropped.
pub struct ImportPlace {
    imports: Arc<Mutex<HashMap<i64, u32>>>,
    key: i64,
}

impl Drop for ImportPlace {
    fn drop(&mut self) {
        let mut imports = self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = imports.get_mut(&self.key) {
            *running -= 1;
            if *running == 0 {
                imports.remove(&self.key);
            }
        }
    }
}

/// API keys remembered at most; beyond it they are remembered anew.
const HELD: usize = 10_000;

impl RateLimits {
    /// Limits at these rates.
    pub fn new(rates: Rates) -> Self {
        RateLimits {
            clock: DefaultClock::default(),
            read: RateLimiter::dashmap(rates.read.quota()),
            attachment: RateLimiter::dashmap(rates.attachment.quota()),
            manage: RateLimiter::dashmap(rates.manage.quota()),
            guess: RateLimiter::dashmap(rates.unknown_code.quota()),
            guessing: Mutex::default(),
            held: Mutex::default(),
            imports: Arc::default(),
        }
    }

    /// Counts one, or refuses it.
    ///
    /// # Errors
    /// [`TooMany`] when the quota is used up.
    pub fn check(&self, action: Action) -> Result<(), TooMany> {
        match action {
            Action::Read(client) => self.count(&self.read, &client),
            Action::Attachment(client) => self.count(&self.attachment, &client),
            Action::Manage(key) => self.count(&self.manage, &key),
        }
    }

    /// Refuses a client that has guessed too often.
    ///
    /// # Errors
    /// [`TooMany`] while it lasts.
    pub fn check_guessing(&self, what: Guess, client: ClientAddress) -> Result<(), TooMany> {
        let guessing = self.guessing.lock().unwrap_or_else(PoisonError::into_inner);
        match guessing.get(&(what, client)).and_then(|until| until.checked_duration_since(Instant::now())) {
            Some(left) => Err(too_many(left)),
            None => Ok(()),
        }
    }

    /// Counts a guess that named nothing.
    ///
    /// # Errors
    /// [`TooMany`] when this was one too many.
    pub fn count_guess(&self, what: Guess, client: ClientAddress) -> Result<(), TooMany> {
        self.count(&self.guess, &(what, client)).inspect_err(|too_many| {
            let until = Instant::now() + Duration::from_secs(too_many.retry_after);
            self.guessing.lock().unwrap_or_else(PoisonError::into_inner).insert((what, client), until);
        })
    }

    /// Whether an API key of this digest has held before. No proof that it still does: only a reason to ask the database.
    pub fn has_held(&self, digest: &[u8; 32]) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).contains(digest)
    }

    /// Remembers that an API key of this digest holds.
    pub fn holds(&self, digest: [u8; 32]) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD {
            held.clear();
        }
        held.insert(digest);
    }

    /// Takes a place for an import of this key.
    ///
    /// # Errors
    /// [`TooMany`] when as many run as may.
    pub fn begin_import(&self, key: i64) -> Result<ImportPlace, TooMany> {
        let mut imports = self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        let running = imports.entry(key).or_default();
        if *running == IMPORTS {
            return Err(TooMany { retry_after: IMPORT_AGAIN });
        }
        *running += 1;
        Ok(ImportPlace { imports: self.imports.clone(), key })
    }

    fn count<K: Hash + Eq + Clone>(&self, limiter: &Keyed<K>, key: &K) -> Result<(), TooMany> {
        limiter.check_key(key).map_err(|not_until| too_many(not_until.wait_time_from(self.clock.now())))
    }

    /// Forgets clients whose quota is full again; without it the stores grow for ever.
    pub fn forget_idle(&self) {
        self.read.retain_recent();
        self.read.shrink_to_fit();
        self.attachment.retain_recent();
        self.attachment.shrink_to_fit();
        self.manage.retain_recent();
        self.guess.retain_recent();
        self.guess.shrink_to_fit();
        self.guessing.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > Instant::now());
    }
}

fn too_many(wait: Duration) -> TooMany {
    TooMany { retry_after: wait.as_secs() + 1 }
}
