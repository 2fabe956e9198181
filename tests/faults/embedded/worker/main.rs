//! A process that works on an embedded store, for the fault tests to start and kill. It prints one
//! line for what the store has answered, after it has.

mod disk;
mod load;
mod race;
mod samples;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use warifu_embedded::{EmbeddedSettings, EmbeddedStore};
use warifu_system::{OsRandomness, SystemClock};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: warifu-embedded-worker load|race|full-disk|file-limit STORE NAME";

fn open(path: &Path) -> Outcome<EmbeddedStore> {
    let settings = EmbeddedSettings::new(path);
    Ok(EmbeddedStore::open(
        &settings,
        Arc::new(SystemClock),
        &OsRandomness,
    )?)
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, path, name] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let path = Path::new(path);
    match task.as_str() {
        "load" => load::work(Arc::new(open(path)?), name).await,
        "race" => race::take_part(Arc::new(open(path)?), name).await,
        "full-disk" => disk::fill(&open(path)?, path).await,
        "file-limit" => disk::limit(&open(path)?).await,
        _ => Err(USAGE.into()),
    }
}
