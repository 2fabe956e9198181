//! Public keys that prove nothing: whoever sees one can work its private key out, or sign without.
//!
//! What is looked for is published and cheap to find: moduli that are no product of two large primes of
//! their own, the keys of a chip's faulty generator (CVE-2017-15361), points of small order. What each
//! costs at most is bounded by the size of the keys that are accepted.

use std::sync::LazyLock;

use curve25519_dalek::edwards::CompressedEdwardsY;
use num_bigint::BigUint;
use num_integer::Integer;

/// A modulus has no prime factor below this.
const SMALL: usize = 1 << 20;

/// How often Fermat's method is tried: enough where a generator takes two primes next to each other.
const FERMAT_ROUNDS: u32 = 256;

/// The primes of the published fingerprint. All keys of the faulty generator have it, whatever their
/// size; of others one in about 2^27.
const ROCA_PRIMES: std::ops::RangeInclusive<u64> = 3..=167;

/// What the faulty generator's primes are powers of, modulo small primes.
const ROCA_GENERATOR: u64 = 65_537;

/// Whether the primes of a modulus can be found by a shortcut. Cheap: a few milliseconds.
pub(crate) fn is_factored(modulus: &[u8]) -> bool {
    let modulus = BigUint::from_bytes_be(modulus);
    has_small_factor(&modulus)
        || is_power(&modulus)
        || has_close_factors(&modulus)
        || is_of_roca(&modulus)
}

/// Whether a modulus is a prime itself, so that its private exponent is no secret. As dear as a private
/// operation with the key.
///
/// Fermat's test: every prime passes it, and of products of two large primes hardly any does.
pub(crate) fn is_prime(modulus: &[u8]) -> bool {
    let modulus = BigUint::from_bytes_be(modulus);
    let one = BigUint::from(1_u8);
    BigUint::from(2_u8).modpow(&(&modulus - &one), &modulus) == one
}

/// Whether an Ed25519 key is no point, or one outside the group of prime order: with a point of small
/// order there is a signature of anything by anybody.
pub(crate) fn is_outside_ed25519(key: &[u8]) -> bool {
    let Ok(encoded) = CompressedEdwardsY::from_slice(key) else {
        return true;
    };
    match encoded.decompress() {
        // Only one encoding of a point is its own.
        Some(point) if point.compress() == encoded => {
            point.is_small_order() || !point.is_torsion_free()
        }
        _ => true,
    }
}

fn has_small_factor(modulus: &BigUint) -> bool {
    static PRODUCT: LazyLock<BigUint> = LazyLock::new(|| product(&primes_below(SMALL)));
    let rest = &*PRODUCT % modulus;
    modulus.gcd(&rest) != BigUint::from(1_u8)
}

/// All primes below `bound`, by the sieve.
fn primes_below(bound: usize) -> Vec<u32> {
    let mut composite = vec![false; bound];
    let mut primes = Vec::new();
    for number in 2..bound {
        let is_composite = composite.get(number).copied().unwrap_or(true);
        if is_composite {
            continue;
        }
        primes.extend(u32::try_from(number));
        for multiple in (number.saturating_mul(number)..bound).step_by(number) {
            if let Some(entry) = composite.get_mut(multiple) {
                *entry = true;
            }
        }
    }
    primes
}

/// By halves, so that most factors are of one size.
fn product(numbers: &[u32]) -> BigUint {
    match numbers {
        [] => BigUint::from(1_u8),
        [one] => BigUint::from(*one),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            product(left) * product(right)
        }
    }
}

/// Whether it is a power of another number, none of whose factors is small.
fn is_power(modulus: &BigUint) -> bool {
    let most = u32::try_from(modulus.bits() / 20).unwrap_or(u32::MAX);
    let exponents = primes_below(256);
    let exponents = exponents.into_iter().take_while(|power| *power <= most);
    exponents
        .into_iter()
        .any(|power| modulus.nth_root(power).pow(power) == *modulus)
}

/// Fermat's method: two factors near each other are the square root, give or take a little.
fn has_close_factors(modulus: &BigUint) -> bool {
    let mut middle = modulus.sqrt();
    if &middle * &middle < *modulus {
        middle += 1_u8;
    }
    let mut square = &middle * &middle - modulus;
    for _ in 0..FERMAT_ROUNDS {
        if is_square(&square) {
            return true;
        }
        square += &middle * 2_u8 + 1_u8;
        middle += 1_u8;
    }
    false
}

fn is_square(number: &BigUint) -> bool {
    // Of all remainders modulo 3 · 5 · 7 · 11 · 13 · 64 few are those of squares.
    let small = number % 960_960_u32;
    let small = small.iter_u32_digits().next().unwrap_or(0);
    let may_be = [64, 3, 5, 7, 11, 13].into_iter().all(|modulus| {
        let rest = small % modulus;
        (0..modulus).any(|root| root * root % modulus == rest)
    });
    may_be && {
        let root = number.sqrt();
        root.pow(2) == *number
    }
}

/// The published fingerprint: modulo each of these primes, the modulus is a power of 65537.
fn is_of_roca(modulus: &BigUint) -> bool {
    primes_below(usize::try_from(*ROCA_PRIMES.end() + 1).unwrap_or(0))
        .into_iter()
        .map(u64::from)
        .filter(|prime| ROCA_PRIMES.contains(prime))
        .all(|prime| {
            let rest = modulus % prime;
            let rest = rest.iter_u64_digits().next().unwrap_or(0);
            let mut power = 1;
            (0..prime).any(|_| {
                power = power * ROCA_GENERATOR % prime;
                power == rest
            })
        })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use warifu_core::ports::{BadCsr, ClientKeys};
    use x509_parser::certification_request::X509CertificationRequest;
    use x509_parser::prelude::FromDer;

    use super::*;
    use crate::tests::{armour, keys, openssl, request};

    /// A prime of so many bits, by `openssl`.
    fn prime(bits: u32) -> BigUint {
        let directory = tempfile::tempdir().unwrap();
        let hex = format!("prime -generate -bits {bits} -hex");
        let hex = openssl(directory.path(), &hex, b"").unwrap();
        BigUint::parse_bytes(hex.trim_ascii(), 16).unwrap()
    }

    fn next_prime(above: &BigUint) -> BigUint {
        let mut candidate = above | BigUint::from(1_u8);
        loop {
            candidate += 2_u8;
            if is_prime(&candidate.to_bytes_be()) {
                return candidate;
            }
        }
    }

    fn found(modulus: &BigUint) -> bool {
        is_factored(&modulus.to_bytes_be())
    }

    #[test]
    fn a_product_of_two_large_primes_is_good() {
        for _ in 0..3 {
            let good = prime(1024) * prime(1024);
            assert!(!found(&good) && !is_prime(&good.to_bytes_be()));
        }
    }

    #[test]
    fn a_small_factor_is_found() {
        for small in [3_u32, 5, 251, 65_537, 1_048_573] {
            assert!(found(&(prime(2040) * small)), "{small}");
        }
        // The next prime is not small any more.
        assert!(!found(&(prime(2040) * 1_048_583_u32)));
    }

    #[test]
    fn a_power_of_a_prime_is_found() {
        assert!(found(&prime(1024).pow(2)));
        assert!(found(&prime(683).pow(3)));
        assert!(found(&prime(93).pow(22)));
        assert!(found(&prime(24).pow(89)));
    }

    #[test]
    fn primes_next_to_each_other_are_found() {
        let first = prime(1024);
        let second = next_prime(&first);
        assert!(found(&(&first * &second)));
        assert!(found(&(&first * next_prime(&second))));
    }

    #[test]
    fn a_prime_is_no_modulus() {
        let prime = prime(2048);
        assert!(is_prime(&prime.to_bytes_be()) && !found(&prime));
    }

    /// As the faulty generator makes a prime: k · M + (65537^a mod M), where M is the product of the
    /// first primes.
    fn roca_prime(seed: u32) -> BigUint {
        let product = product(&primes_below(702));
        let start = BigUint::from(ROCA_GENERATOR).modpow(&BigUint::from(seed), &product);
        let mut candidate = (prime(54) << 1_u8) * &product + start;
        while !is_prime(&candidate.to_bytes_be()) {
            candidate += &product;
        }
        candidate
    }

    #[test]
    fn the_keys_of_the_faulty_generator_are_found() {
        let modulus = roca_prime(123_456_789) * roca_prime(987_654_321);
        assert!((1990..2100).contains(&modulus.bits()), "{}", modulus.bits());
        assert!(found(&modulus) && !has_close_factors(&modulus));
    }

    const EXPONENT: u32 = 65_537;

    /// Puts `new` where `old` is.
    fn replace(der: &mut [u8], old: &[u8], new: &[u8]) {
        assert_eq!(old.len(), new.len());
        let mut windows = der.windows(old.len());
        let place = windows.position(|window| window == old).unwrap();
        der[place..place + new.len()].copy_from_slice(new);
    }

    /// A request for `modulus`, signed by whoever knows how many numbers below it have no factor in
    /// common with it: for a weak key, everybody.
    fn signed(modulus: &BigUint, numbers: &BigUint) -> String {
        assert_eq!(modulus.bits(), 2048);
        let directory = tempfile::tempdir().unwrap();
        let pem = request("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "");
        let mut der = pem::parse(pem).unwrap().into_contents();
        let (old_modulus, old_signature, information) = {
            let (_, parsed) = X509CertificationRequest::from_der(&der).unwrap();
            let information = &parsed.certification_request_info;
            let key = information.subject_pki.parsed().unwrap();
            let x509_parser::public_key::PublicKey::RSA(rsa) = key else {
                panic!("an RSA key");
            };
            let start = information.raw.as_ptr() as usize - der.as_ptr() as usize;
            (
                rsa.modulus.to_vec(),
                parsed.signature_value.data.to_vec(),
                start..start + information.raw.len(),
            )
        };
        let mut new_modulus = vec![0];
        new_modulus.extend(modulus.to_bytes_be());
        replace(&mut der, &old_modulus, &new_modulus);
        let digest = openssl(directory.path(), "dgst -sha256 -binary", &der[information]).unwrap();
        // PKCS #1 v1.5, RFC 8017 §9.2.
        let named = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
        let mut encoded = vec![0, 1];
        encoded.resize(256 - 1 - named.len() - digest.len(), 0xff);
        encoded.push(0);
        encoded.extend_from_slice(named);
        encoded.extend(digest);
        let secret = BigUint::from(EXPONENT).modinv(numbers).unwrap();
        let signature = BigUint::from_bytes_be(&encoded).modpow(&secret, modulus);
        let mut bytes = signature.to_bytes_be();
        while bytes.len() < 256 {
            bytes.insert(0, 0);
        }
        replace(&mut der, &old_signature, &bytes);
        armour(&der)
    }

    fn minus_one(number: &BigUint) -> BigUint {
        number - 1_u8
    }

    /// Factors whose product has 2048 bits and which leave the exponent an inverse.
    fn fitting(mut make: impl FnMut() -> (BigUint, BigUint)) -> (BigUint, BigUint) {
        loop {
            let (modulus, numbers) = make();
            let fits =
                modulus.bits() == 2048 && numbers.gcd(&BigUint::from(EXPONENT)) == 1_u8.into();
            if fits {
                return (modulus, numbers);
            }
        }
    }

    #[test]
    fn a_request_that_anybody_can_sign_is_refused() {
        let of_two = |first: BigUint, second: BigUint| {
            let numbers = minus_one(&first) * minus_one(&second);
            (first * second, numbers)
        };
        let (modulus, numbers) = fitting(|| of_two(prime(1024), prime(1024)));
        // Shows that the requests below are good but for their keys.
        let good = signed(&modulus, &numbers);
        assert!(keys().read_request(&good).is_ok());
        let weak = [
            fitting(|| {
                let modulus = prime(2048);
                let numbers = minus_one(&modulus);
                (modulus, numbers)
            }),
            fitting(|| of_two(prime(2046), 5_u8.into())),
            fitting(|| {
                let first = prime(1024);
                (first.pow(2), minus_one(&first) * first)
            }),
            fitting(|| {
                let first = prime(1024);
                let second = next_prime(&first);
                of_two(first, second)
            }),
        ];
        for (modulus, numbers) in weak {
            let request = signed(&modulus, &numbers);
            assert_eq!(keys().read_request(&request), Err(BadCsr::Weak));
        }
    }

    #[test]
    fn a_request_with_a_point_of_small_order_needs_no_key_and_is_refused() {
        let pem = request("-algorithm ED25519", "");
        let mut der = pem::parse(pem).unwrap().into_contents();
        let before_key = b"\x06\x03\x2b\x65\x70\x03\x21\x00";
        let mut windows = der.windows(before_key.len());
        let key = windows.position(|window| window == before_key).unwrap() + before_key.len();
        let mut neutral = [0; 32];
        neutral[0] = 1;
        der[key..key + 32].copy_from_slice(&neutral);
        let signature = der.len() - 64;
        der[signature..].fill(0);
        der[signature] = 1;
        // The signature of anything: 0 · B = R + k · A, where R and A are the neutral element.
        let (_, parsed) = X509CertificationRequest::from_der(&der).unwrap();
        assert!(parsed.verify_signature().is_ok());
        assert_eq!(keys().read_request(&armour(&der)), Err(BadCsr::Weak));
    }

    #[test]
    fn judging_the_largest_key_takes_little_more_than_using_it() {
        let modulus = prime(2048) * prime(2048);
        let bytes = modulus.to_bytes_be();
        // Not the product of small primes, which is made once.
        assert!(!is_factored(&bytes));
        let shortest = |work: &dyn Fn()| -> Duration {
            let times = (0..5).map(|_| {
                let begun = Instant::now();
                work();
                begun.elapsed()
            });
            times.min().unwrap()
        };
        let cheap = shortest(&|| assert!(!is_factored(&bytes)));
        let dear = shortest(&|| assert!(!is_prime(&bytes)));
        assert!(
            cheap < dear * 3,
            "{cheap:?} beside {dear:?} of one private operation"
        );
    }

    #[test]
    fn points_of_small_order_and_what_is_no_point_are_outside() {
        let mut small: Vec<[u8; 32]> = Vec::new();
        for point in curve25519_dalek::constants::EIGHT_TORSION {
            small.push(point.compress().to_bytes());
        }
        assert_eq!(small.len(), 8);
        // Of the neutral element: y = p + 1, and a sign that zero does not have.
        let mut above = [0xff; 32];
        (above[0], above[31]) = (0xee, 0x7f);
        let mut signed = small[0];
        signed[31] |= 0x80;
        small.extend([above, signed, [0xff; 32], [2; 32]]);
        let generator = curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
        let mixed = generator + curve25519_dalek::constants::EIGHT_TORSION[1];
        small.push(mixed.compress().to_bytes());
        for point in small {
            assert!(is_outside_ed25519(&point), "{point:02x?}");
        }
        assert!(!is_outside_ed25519(&generator.compress().to_bytes()));
        assert!(is_outside_ed25519(&[1]));
    }
}
