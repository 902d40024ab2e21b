//! Passwords: argon2id on blocking threads, a few at a time, each in memory that is kept and used again.
//!
//! Allocating per hash took memory from 57 to 458 MiB in a flood, because freed blocks stay with the threads that had them; so the
//! owned permit and the blocks that go with it move into the blocking task together.

use crate::share::settings::Password;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rand::Rng;
use std::sync::{Arc, Mutex, PoisonError};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// More are waiting than can be served soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password.
    Wrong,
    /// The password, and the hash is up to date.
    Right,
    /// The password; its hash is weaker than what is asked for now, and this is a better one.
    RightRehashed(String),
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Hasher {
    params: Params,
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
}

/// Those who may wait while others are hashed; at 20 ms each, the last waits about a second.
const QUEUE: usize = 64;
const SALT: usize = 16;
const OUTPUT: usize = 32;

impl Hasher {
    /// `parallel` hashes at once, each of `memory_kib` KiB and `passes` passes, one lane (RFC 9106).
    ///
    /// # Errors
    /// When argon2 does not take the parameters.
    pub fn new(memory_kib: u32, passes: u32, parallel: usize) -> Result<Self, argon2::Error> {
        Ok(Hasher {
            params: Params::new(memory_kib, passes, 1, Some(OUTPUT))?,
            running: Arc::new(Semaphore::new(parallel)),
            waiting: Arc::new(Semaphore::new(parallel + QUEUE)),
            memory: Arc::default(),
        })
    }

    /// A PHC string (<https://github.com/P-H-C/phc-string-format>) with a fresh salt.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    pub async fn hash(&self, password: Password) -> Result<String, Busy> {
        let params = self.params.clone();
        self.run(move |memory| fresh(&params, &password, memory)).await?.ok_or(Busy)
    }

    /// Whether `password` is the one that `phc` was made from.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    pub async fn verify(&self, password: Password, phc: String) -> Result<Verdict, Busy> {
        let params = self.params.clone();
        self.run(move |memory| {
            let Some(stored) = Stored::parse(&phc) else { return Verdict::Wrong };
            let output = derive(&stored.params, &password, &stored.salt, memory);
            if !output.is_some_and(|output| bool::from(output.ct_eq(&stored.output))) {
                return Verdict::Wrong;
            }
            let weaker = stored.params.m_cost() < params.m_cost() || stored.params.t_cost() < params.t_cost();
            let better = weaker.then(|| fresh(&params, &password, memory)).flatten();
            better.map_or(Verdict::Right, Verdict::RightRehashed)
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static) -> Result<T, Busy> {
        let place = self.waiting.clone().try_acquire_owned().map_err(|_| Busy)?;
        let permit = self.running.clone().acquire_owned().await.map_err(|_| Busy)?;
        let memory = self.memory.clone();
        let done = tokio::task::spawn_blocking(move || {
            let taken = memory.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut blocks = taken.unwrap_or_default();
            let result = work(&mut blocks);
            memory.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
            // Held until here also when the asker has gone: what it asked for still costs.
            drop((permit, place));
            result
        });
        done.await.map_err(|_| Busy)
    }
}

fn derive(params: &Params, password: &Password, salt: &[u8], memory: &mut Vec<Block>) -> Option<[u8; OUTPUT]> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut output = [0; OUTPUT];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory[..params.block_count()]).ok()?;
    Some(output)
}

fn fresh(params: &Params, password: &Password, memory: &mut Vec<Block>) -> Option<String> {
    let mut salt = [0; SALT];
    rand::rng().fill_bytes(&mut salt);
    let output = derive(params, password, &salt, memory)?;
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    Some(format!("$argon2id$v=19$m={m},t={t},p={p}${}${}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output)))
}

/// A PHC string of ours, taken apart.
struct Stored {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    fn parse(phc: &str) -> Option<Self> {
        let ["", "argon2id", "v=19", costs, salt, output] = phc.split('$').collect::<Vec<_>>()[..] else { return None };
        let number = |pair: &str, name: &str| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok();
        let [m, t, p] = costs.split(',').collect::<Vec<_>>()[..] else { return None };
        Some(Stored {
            params: Params::new(number(m, "m")?, number(t, "t")?, number(p, "p")?, Some(OUTPUT)).ok()?,
            salt: STANDARD_NO_PAD.decode(salt).ok()?,
            output: STANDARD_NO_PAD.decode(output).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[tokio::test]
    async fn right_wrong_and_rehashed() {
        let weak = Hasher::new(64, 1, 1).unwrap();
        let strong = Hasher::new(128, 2, 1).unwrap();
        let phc = weak.hash(password("correct horse")).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(weak.verify(password("correct horse"), phc.clone()).await, Ok(Verdict::Right));
        assert_eq!(weak.verify(password("correct horsf"), phc.clone()).await, Ok(Verdict::Wrong));
        let Ok(Verdict::RightRehashed(better)) = strong.verify(password("correct horse"), phc).await else { panic!("rehashed") };
        assert_eq!(weak.verify(password("correct horse"), better).await, Ok(Verdict::Right));
        assert_eq!(weak.verify(password("correct horse"), "$argon2i$rubbish".to_owned()).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_known_answer_of_the_reference_implementation() {
        // echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1, as in the reference implementation's test.c.
        let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let hasher = Hasher::new(64, 1, 1).unwrap();
        assert_eq!(hasher.verify(password("password"), phc.to_owned()).await, Ok(Verdict::Right));
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let hasher = Hasher::new(64, 1, 1).unwrap();
        let all = hasher.waiting.clone().try_acquire_many_owned(1 + QUEUE as u32).unwrap();
        assert_eq!(hasher.hash(password("correct horse")).await, Err(Busy));
        drop(all);
        assert!(hasher.hash(password("correct horse")).await.is_ok());
    }
}
