//! Argon2id on a bounded pool of dedicated threads.
//!
//! Each thread owns the memory of one hash and uses it again and again, so that the pool takes
//! the same memory under any load. Permits are given out for the threads and for the places in
//! the queue before them; whoever comes in excess is refused before anything is hashed. Of those
//! who have a permit, [`Argon2Settings::turns`] have their turn at a time: the threads always find
//! work, and who has a turn soon has a thread. Who that is, is a matter of shares (`shares.rs`).

mod memory;
mod pace;
mod queue;
mod settings;
mod shares;
mod stored;

use std::panic::resume_unwind;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use argon2::Params;
use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_core::domain::PasswordHash;
use warifu_core::ports::{
    HashCheck, HashClaimant, HashJudge, HashPermit, Overloaded, PasswordHasher, Randomness,
    UncheckableHash,
};
use zeroize::{Zeroize, Zeroizing};

use crate::memory::Memory;
use crate::pace::{Cost, Pace};
use crate::queue::{Queue, Task};
use crate::settings::OUTPUT_LENGTH;
pub use crate::settings::{Argon2Caps, Argon2Settings, Argon2SetupError};
use crate::shares::{Place, Shares, Turn};
use crate::stored::StoredHash;

/// The hasher. Its threads end when it is dropped.
pub struct Argon2Pool {
    parameters: Params,
    caps: Argon2Caps,
    dummy: StoredHash,
    pace: Arc<Pace>,
    randomness: Arc<dyn Randomness>,
    shares: Arc<Shares>,
    queue: Arc<Queue>,
    workers: Vec<JoinHandle<()>>,
}

impl Argon2Pool {
    /// Starts the threads. Salts come from `randomness`.
    pub fn new(
        settings: &Argon2Settings,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, Argon2SetupError> {
        let parameters = settings.parameters()?;
        let dummy = StoredHash::dummy(&parameters, randomness.as_ref())
            .ok_or(Argon2SetupError::Parameters(argon2::Error::SaltTooShort))?;
        let capacity = settings.workers.saturating_add(settings.queue);
        let mut pool = Self {
            parameters,
            caps: settings.caps,
            dummy,
            pace: Arc::default(),
            randomness,
            shares: Shares::new(capacity, settings.turns()),
            queue: Arc::new(Queue::new(capacity)),
            workers: Vec::with_capacity(settings.workers),
        };
        for number in 0..settings.workers {
            let queue = Arc::clone(&pool.queue);
            let niceness = settings.niceness;
            let worker = thread::Builder::new()
                .name(format!("argon2-{number}"))
                .spawn(move || work(&queue, niceness))?;
            pool.workers.push(worker);
        }
        Ok(pool)
    }

    /// How many hashes a second the threads make when they do nothing else, measured for
    /// `seconds`. Blocks meanwhile; for sizing a machine, not for a server at work.
    pub fn bare_rate(&self, seconds: u64) -> f64 {
        let (report, reports) = mpsc::channel();
        let mut answers = Vec::with_capacity(self.workers.len());
        for _ in &self.workers {
            let (parameters, dummy, report) =
                (self.parameters.clone(), self.dummy.clone(), report.clone());
            let (task, answer) = Task::new(move |memory: &mut Memory| {
                let length = Duration::from_secs(seconds);
                let mut output = [0; OUTPUT_LENGTH];
                let mut hashes = 0_u32;
                let begin = Instant::now();
                while hashes == 0 || begin.elapsed() < length {
                    if memory
                        .hash(&parameters, b"bare", &dummy.salt, &mut output)
                        .is_err()
                    {
                        return;
                    }
                    hashes += 1;
                }
                // Nobody listens only if the measurement was given up.
                let _ = report.send(f64::from(hashes) / begin.elapsed().as_secs_f64());
            });
            self.queue.push(task);
            answers.push(answer);
        }
        drop(report);
        reports.iter().sum()
    }

    /// Has `work` done by one of the threads, in the turn of `permit`.
    async fn run<T: Send + 'static>(
        &self,
        permit: &HashPermit,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> T {
        let held = permit.guard::<Held>();
        let turn = held.and_then(|held| held.turn.lock().take());
        let _turn = match (turn, held) {
            (None, Some(held)) => held.place.turn_in_any_case().await,
            (turn, _) => turn,
        };
        let (task, answer) = Task::new(work);
        self.queue.push(task);
        match answer.await {
            Ok(Ok(value)) => value,
            // The panic belongs to this request; the thread goes on with the next one.
            Ok(Err(panic)) => resume_unwind(panic),
            // Threads drop a job only when the pool is dropped, and that is borrowed here.
            Err(_) => resume_unwind(Box::new("the password hasher has ended")),
        }
    }

    /// Makes one hash of this cost where none was ever made, to know how long that takes.
    async fn measure(&self, permit: &HashPermit, stored: StoredHash) {
        let cost = Cost::from(&stored.parameters);
        if self.pace.knows(cost) {
            return;
        }
        let took = self.run(permit, move |memory| {
            let begun = Instant::now();
            let mut output = Zeroizing::new(vec![0; stored.output_length()]);
            let made = memory.hash(&stored.parameters, b"measured", &stored.salt, &mut output);
            made.is_ok().then(|| begun.elapsed())
        });
        if let Some(took) = took.await {
            self.pace.note(cost, took);
        }
    }

    fn stored(&self, hash: Option<&PasswordHash>) -> Option<StoredHash> {
        StoredHash::read(hash?, self.caps)
            .inspect_err(|unusable| {
                tracing::warn!(
                    reason = %unusable,
                    "a stored password hash cannot be used and never matches"
                );
            })
            .ok()
    }
}

/// What a permit holds: a place in the queue, and a turn from when it was waited for until the hash
/// is made.
struct Held {
    turn: Mutex<Option<Turn>>,
    place: Place,
}

/// What each thread does.
fn work(queue: &Queue, niceness: i32) {
    // On Linux this is the priority of the calling thread alone.
    if let Err(error) = rustix::process::nice(niceness) {
        tracing::warn!(%error, niceness, "a hashing thread could not lower its priority");
    }
    let mut memory = Memory::default();
    while let Some(job) = queue.next() {
        if !job.is_abandoned() {
            job.run(&mut memory);
        }
    }
}

impl Drop for Argon2Pool {
    fn drop(&mut self) {
        self.queue.close();
        for worker in self.workers.drain(..) {
            // A thread never panics: its jobs catch theirs.
            let _ = worker.join();
        }
    }
}

impl HashJudge for Argon2Pool {
    fn judge(&self, hash: &PasswordHash) -> Result<(), UncheckableHash> {
        self.caps.judge(hash)
    }
}

#[async_trait]
impl PasswordHasher for Argon2Pool {
    fn permit(&self, claimant: HashClaimant) -> Result<HashPermit, Overloaded> {
        Ok(HashPermit::new(Held {
            turn: Mutex::new(None),
            place: self.shares.place(claimant)?,
        }))
    }

    async fn turn(&self, permit: &HashPermit) -> Result<(), Overloaded> {
        let Some(held) = permit.guard::<Held>() else {
            return Ok(());
        };
        let has_turn = held.turn.lock().is_some();
        if !has_turn {
            let turn = held.place.turn().await?;
            *held.turn.lock() = Some(turn);
        }
        Ok(())
    }

    async fn expect(&self, hash: &PasswordHash) {
        let permit = self.permit(HashClaimant::Bank);
        if let (Some(stored), Ok(permit)) = (self.stored(Some(hash)), permit) {
            self.measure(&permit, stored).await;
        }
    }

    async fn check(
        &self,
        permit: &HashPermit,
        hash: Option<&PasswordHash>,
        password: Zeroizing<Vec<u8>>,
    ) -> HashCheck {
        // What a hash of today takes is known from the first entry on.
        self.measure(permit, self.dummy.clone()).await;
        let stored = self.stored(hash);
        let real = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.clone());
        let outdated = real && stored.is_outdated(&self.parameters);
        let pace = Arc::clone(&self.pace);
        let (is_right, took) = self
            .run(permit, move |memory| {
                let begun = Instant::now();
                let mut output = Zeroizing::new(vec![0; stored.output_length()]);
                let is_right = memory
                    .hash(&stored.parameters, &password, &stored.salt, &mut output)
                    .is_ok_and(|()| stored.is(&output));
                let took = begun.elapsed();
                pace.note((&stored.parameters).into(), took);
                (is_right, took)
            })
            .await;
        let matches = real && is_right;
        if !matches {
            // Nobody's turn is held meanwhile.
            tokio::time::sleep(self.pace.floor().saturating_sub(took)).await;
        }
        HashCheck { matches, outdated }
    }

    async fn hash(&self, permit: &HashPermit, password: Zeroizing<Vec<u8>>) -> PasswordHash {
        let parameters = self.parameters.clone();
        let salt = stored::fresh_salt(self.randomness.as_ref());
        let hash = self.run(permit, move |memory| {
            let salt = salt?;
            let mut output = [0; OUTPUT_LENGTH];
            memory
                .hash(&parameters, &password, &salt, &mut output)
                .ok()?;
            let hash = stored::write(&parameters, salt, &output);
            output.zeroize();
            hash
        });
        // The parameters were checked when the pool was made, and the lengths are constants.
        hash.await
            .unwrap_or_else(|| unreachable!("checked parameters always yield a hash"))
    }
}

#[cfg(test)]
mod tests;
