//! What the values of a users file must look like.

use argon2::password_hash::phc;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use zeroize::Zeroizing;

/// One `@` with something on both sides, and nothing that could begin another header.
pub(super) fn is_mail_address(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '@')
    };
    text.split_once('@')
        .is_some_and(|(name, domain)| plain(name) && plain(domain))
}

/// Judged by the same reader as when a password is checked, so that what is accepted here works
/// there.
pub(super) fn is_argon2id(phc: &str) -> bool {
    phc::PasswordHash::new(phc).is_ok_and(|hash| {
        hash.algorithm == argon2::ARGON2ID_IDENT
            && hash.salt.is_some()
            && hash.hash.is_some()
            && argon2::Params::try_from(&hash).is_ok()
    })
}

/// Fewer would be guessed from a few observed codes; RFC 4226 asks for 16 and old cards have 10.
const SHORTEST_SECRET: usize = 10;

/// Base32 as on enrolment sheets: any case, spaces and padding are forgiven.
pub(super) fn decode_secret(text: &SecretString) -> Result<SecretSlice<u8>, &'static str> {
    let plain = Zeroizing::new(
        text.expose_secret()
            .chars()
            .filter(|character| *character != ' ')
            .map(|character| character.to_ascii_uppercase())
            .collect::<String>(),
    );
    let alphabet = base32::Alphabet::Rfc4648 { padding: false };
    let bytes = base32::decode(alphabet, plain.trim_end_matches('='))
        .ok_or("the secret is not Base32: write letters A-Z and digits 2-7")?;
    let secret = SecretSlice::from(bytes);
    if secret.expose_secret().len() < SHORTEST_SECRET {
        return Err(
            "the secret is too short: enrol one of at least 80 bits (16 Base32 characters)",
        );
    }
    Ok(secret)
}
