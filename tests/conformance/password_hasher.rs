//! The adapters of the password hasher.

use std::sync::Arc;

use warifu_argon2::{Argon2Pool, Argon2Settings};
use warifu_contracts::password_hasher::Hasher;
use warifu_system::OsRandomness;

async fn argon2() -> Hasher {
    let settings = Argon2Settings {
        workers: 2,
        queue: 6,
        ..Argon2Settings::default()
    };
    let pool = Argon2Pool::new(&settings, Arc::new(OsRandomness));
    Hasher {
        port: Arc::new(pool.expect("good settings")),
        places: 8,
    }
}

warifu_contracts::password_hasher_conformance!(argon2);
