//! What the values of a users file must look like.

use argon2::password_hash::phc;
use data_encoding::BASE32_NOPAD;
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
    let digits = plain.trim_end_matches('=');
    // Makers of secrets who choose digits at random leave bits beyond the last byte. They are
    // dropped: zeros fill the last block, and what came of them is cut off.
    let blocks = digits.len().div_ceil(8) * 8;
    let mut filled = Zeroizing::new(String::with_capacity(blocks));
    filled.extend(digits.chars().chain(std::iter::repeat('A')).take(blocks));
    let mut bytes = BASE32_NOPAD
        .decode(filled.as_bytes())
        .map_err(|_| "the secret is not Base32: write letters A-Z and digits 2-7")?;
    bytes.truncate(digits.len() * 5 / 8);
    let secret = SecretSlice::from(bytes);
    if secret.expose_secret().len() < SHORTEST_SECRET {
        return Err(
            "the secret is too short: enrol one of at least 80 bits (16 Base32 characters)",
        );
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        let secret = decode_secret(&SecretString::from(text)).ok()?;
        Some(secret.expose_secret().to_vec())
    }

    #[test]
    fn secrets_are_read_as_people_and_cards_write_them() {
        let hello = Some(b"Hello!\xde\xad\xbe\xef".to_vec());
        for text in [
            "JBSWY3DPEHPK3PXP",
            "jbsw y3dp ehpk 3pxp",
            "JBSWY3DPEHPK3PXP======",
            // Bits beyond the last byte, whatever they are.
            "JBSWY3DPEHPK3PXPA",
            "JBSWY3DPEHPK3PXP7",
        ] {
            assert_eq!(decoded(text), hello, "{text}");
        }
        let longer = Some(b"Hello!\xde\xad\xbe\xef\xff".to_vec());
        for text in [
            "JBSWY3DPEHPK3PXP74",
            "JBSWY3DPEHPK3PXP77",
            "JBSWY3DPEHPK3PXP777",
        ] {
            assert_eq!(decoded(text), longer, "{text}");
        }
        for text in [
            "JBSWY3DPEHPK3PX",
            "JBSWY3DPEHPK3PX1",
            "JBSW=3DPEHPK3PXP",
            "ＪBSWY3DPEHPK3PXP",
        ] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
