use std::thread::available_parallelism;

use argon2::Params;
use thiserror::Error;

/// The weakest parameters that new hashes may be made with (ASVS 11.4.2).
const LEAST_MEMORY_KIB: u32 = 19_456;
const LEAST_TIME: u32 = 2;
const LEAST_LANES: u32 = 1;

/// Bytes of a new hash.
pub(crate) const OUTPUT_LENGTH: usize = 32;

/// How passwords are hashed, and with how much of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argon2Settings {
    /// Threads that hash. By default as many as there are cores.
    pub workers: usize,
    /// Places in the queue before them; what comes in excess is refused at once.
    pub queue: usize,
    /// Memory of a new hash.
    pub memory_kib: u32,
    /// Passes of a new hash.
    pub time: u32,
    /// Lanes of a new hash.
    pub lanes: u32,
    /// The most that a stored hash may ask for.
    pub caps: Argon2Caps,
    /// By how much the threads yield to everything else (0 to 19), so that refusals and health
    /// checks stay fast while all of them hash.
    pub niceness: i32,
}

/// The most that a stored hash may ask for. One that asks for more never matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Caps {
    /// Memory, for each worker.
    pub memory_kib: u32,
    /// Passes.
    pub time: u32,
    /// Lanes.
    pub lanes: u32,
}

/// A parameter that asks for more than is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    pub(crate) what: &'static str,
    pub(crate) asked: u32,
    pub(crate) most: u32,
}

impl Default for Argon2Settings {
    fn default() -> Self {
        Self {
            workers: available_parallelism().map_or(1, Into::into),
            queue: 256,
            memory_kib: LEAST_MEMORY_KIB,
            time: LEAST_TIME,
            lanes: LEAST_LANES,
            caps: Argon2Caps::default(),
            niceness: 5,
        }
    }
}

impl Default for Argon2Caps {
    fn default() -> Self {
        Self {
            memory_kib: 65_536,
            time: 10,
            lanes: 4,
        }
    }
}

/// Why the hasher could not be set up.
#[derive(Debug, Error)]
pub enum Argon2SetupError {
    /// There must be a thread to hash.
    #[error("the password hasher needs at least one worker")]
    NoWorkers,
    /// New hashes would be weaker than they may be.
    #[error(
        "password hashes need at least {LEAST_MEMORY_KIB} KiB of memory, {LEAST_TIME} passes and \
         {LEAST_LANES} lane"
    )]
    TooWeak,
    /// New hashes would be refused when they are checked.
    #[error("the parameters of new password hashes exceed the cap for stored ones")]
    AboveCaps,
    /// The threads' priority is not one that exists.
    #[error("the niceness of the hashing threads must be 0 to 19")]
    Niceness,
    /// The parameters contradict one another.
    #[error("the password hashing parameters do not fit together: {0}")]
    Parameters(argon2::Error),
    /// The operating system refused a thread.
    #[error("a hashing thread could not be started")]
    Thread(#[from] std::io::Error),
}

/// No fewer have their turn at a time: as many as are checked of one identifier at once under usual
/// limits, and one more, so that who comes in excess learns so without waiting for their hashes.
const FEWEST_TURNS: usize = 6;

impl Argon2Settings {
    /// How many have their turn at a time: one for each thread, and one that is made ready
    /// meanwhile.
    pub fn turns(&self) -> usize {
        self.workers.saturating_mul(2).max(FEWEST_TURNS)
    }

    /// The parameters of new hashes.
    pub(crate) fn parameters(&self) -> Result<Params, Argon2SetupError> {
        if self.workers == 0 {
            return Err(Argon2SetupError::NoWorkers);
        }
        if self.memory_kib < LEAST_MEMORY_KIB || self.time < LEAST_TIME || self.lanes < LEAST_LANES
        {
            return Err(Argon2SetupError::TooWeak);
        }
        let granted = self.caps.grant(self.memory_kib, self.time, self.lanes);
        if granted.is_err() {
            return Err(Argon2SetupError::AboveCaps);
        }
        if !(0..=19).contains(&self.niceness) {
            return Err(Argon2SetupError::Niceness);
        }
        Params::new(self.memory_kib, self.time, self.lanes, Some(OUTPUT_LENGTH))
            .map_err(Argon2SetupError::Parameters)
    }
}

impl Argon2Caps {
    /// Names the first parameter that asks for too much.
    pub(crate) fn grant(self, memory_kib: u32, time: u32, lanes: u32) -> Result<(), Excess> {
        let parameters = [
            ("m", memory_kib, self.memory_kib),
            ("t", time, self.time),
            ("p", lanes, self.lanes),
        ];
        let above = parameters.into_iter().find(|(_, asked, most)| asked > most);
        above.map_or(Ok(()), |(what, asked, most)| {
            Err(Excess { what, asked, most })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good() {
        assert!(Argon2Settings::default().parameters().is_ok());
    }

    #[test]
    fn settings_that_cannot_work_or_are_too_weak_are_refused() {
        let refused = |change: fn(&mut Argon2Settings)| {
            let mut settings = Argon2Settings::default();
            change(&mut settings);
            settings.parameters().map(|_| ()).unwrap_err()
        };
        assert!(matches!(
            refused(|s| s.workers = 0),
            Argon2SetupError::NoWorkers
        ));
        assert!(matches!(
            refused(|s| s.memory_kib -= 1),
            Argon2SetupError::TooWeak
        ));
        assert!(matches!(refused(|s| s.time = 1), Argon2SetupError::TooWeak));
        assert!(matches!(
            refused(|s| s.lanes = 0),
            Argon2SetupError::TooWeak
        ));
        assert!(matches!(
            refused(|s| s.lanes = 5),
            Argon2SetupError::AboveCaps
        ));
        assert!(matches!(
            refused(|s| s.memory_kib = 65_537),
            Argon2SetupError::AboveCaps
        ));
        assert!(matches!(
            refused(|s| s.niceness = -1),
            Argon2SetupError::Niceness
        ));
        assert!(matches!(
            refused(|s| s.niceness = 20),
            Argon2SetupError::Niceness
        ));
    }
}
