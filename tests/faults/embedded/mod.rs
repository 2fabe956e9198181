//! The embedded store, in processes that die, race and run out of disk.

mod acknowledged;
mod disk;
mod kill;
mod race;
#[path = "worker/samples.rs"]
mod samples;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use warifu_embedded::{EmbeddedSettings, EmbeddedStore};
use warifu_system::{OsRandomness, SystemClock};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const WORKER: &str = env!("CARGO_BIN_EXE_warifu-embedded-worker");

fn open(path: &Path) -> EmbeddedStore {
    let settings = EmbeddedSettings::new(path);
    EmbeddedStore::open(&settings, Arc::new(SystemClock), &OsRandomness)
        .expect("the store can be opened")
}

/// Starts a worker whose output the test reads.
fn worker(task: &str, path: &Path, name: &str) -> Child {
    Command::new(WORKER)
        .args([task.as_ref(), path.as_os_str(), name.as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the worker can be started")
}

/// A random number below `end`.
fn random_below(end: u32) -> u32 {
    use warifu_core::ports::Randomness;
    let mut bytes = [0; 4];
    OsRandomness.fill(&mut bytes);
    u32::from_be_bytes(bytes) % end
}
