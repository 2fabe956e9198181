//! The people of `config/users.example.toml`.

use totp_rs::{Algorithm, Builder};
use warifu_core::ports::Clock;
use warifu_system::SystemClock;

/// The contract with admin01, admin02, user01 (no right), user02 (right and card) and user03
/// (disabled).
pub const CONTRACT: &str = "1234567890";
/// Another one, with an admin01 of its own.
pub const OTHER_CONTRACT: &str = "2345678901";

/// The users file.
pub(crate) const USERS: &str = include_str!("../../../config/users.example.toml");

/// The login password of `user`.
pub fn login_password(user: &str) -> String {
    format!("example-login-{user}")
}

/// The transaction password of `user`.
pub fn transaction_password(user: &str) -> String {
    format!("example-trans-{user}")
}

/// Now, as RFC 3339.
pub fn now() -> String {
    SystemClock.now().to_string()
}

/// The code that the card of a user of [`CONTRACT`] shows now.
pub fn current_code(user: &str) -> String {
    code(user, 0)
}

/// The code that the card of a member of staff shows now, or, where it is good for the first of two
/// logins, the one it showed before.
pub fn staff_code(staff: &str, is_first: bool) -> String {
    code(staff, if is_first { 30 } else { 0 })
}

/// What the card of `holder` showed so many seconds ago.
fn code(holder: &str, seconds_ago: u64) -> String {
    let own = USERS
        .split("[[")
        .find(|part| part.contains(&format!("id = \"{holder}\"")))
        .expect("the holder is there");
    let (_, rest) = own
        .split_once("secret = \"")
        .expect("the holder has a card");
    let (secret, _) = rest.split_once('"').expect("the secret ends");
    let secret = data_encoding::BASE32
        .decode(secret.as_bytes())
        .expect("the secret is base 32");
    let card = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret)
        .build()
        .expect("the card can be read");
    let now = u64::try_from(SystemClock.now().as_unix_seconds()).expect("it is after 1970");
    card.generate(now - seconds_ago).to_string()
}
