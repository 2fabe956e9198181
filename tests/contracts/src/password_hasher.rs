//! [`PasswordHasher`], and [`HashJudge`] with it: nobody's password costs more than another's, however many ask at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use warifu_core::domain::PasswordHash;
use warifu_core::ports::{HashCheck, HashClaimant, HashJudge, HashPermit, PasswordHasher};
use zeroize::Zeroizing;

use crate::case::{CaseResult, Failure, at_once, ensure, ensure_eq, suite};

/// A fresh hasher and how many permits it was configured to give out.
pub struct Hasher {
    /// The hasher.
    pub port: Arc<dyn PasswordHasher>,
    /// Threads and places in the queue together.
    pub places: usize,
}

suite!($ password_hasher_conformance, password_hasher, Hasher, [
    a_hash_matches_its_own_password_only,
    a_hash_is_argon2id_of_at_least_the_demanded_parameters,
    every_hash_has_a_fresh_salt,
    passwords_are_compared_whole,
    any_bytes_are_a_password,
    a_full_queue_is_overloaded_at_once_and_frees_itself,
    strangers_leave_places_to_those_who_are_known,
    whoever_holds_the_most_makes_room_for_others,
    whoever_has_a_permit_is_served,
    a_weaker_hash_matches_and_is_outdated,
    nothing_matches_no_hash,
    what_is_no_usable_hash_never_matches,
    parameters_beyond_the_cap_are_not_obeyed,
    a_check_without_a_hash_costs_as_much_as_one_with,
    an_abandoned_check_gives_its_permit_back,
    what_is_judged_good_is_checked,
]);

/// The reference implementation's own: `password`, salted with `somesalt`, of m=256, t=2, p=1.
const WEAK: &str =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

fn password(bytes: impl AsRef<[u8]>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(bytes.as_ref().to_vec())
}

impl Hasher {
    fn permit(&self) -> Result<HashPermit, Failure> {
        Ok(self.port.permit(HashClaimant::Bank)?)
    }

    async fn hash(&self, text: impl AsRef<[u8]>) -> Result<PasswordHash, Failure> {
        Ok(self.port.hash(&self.permit()?, password(text)).await)
    }

    fn never_judged_good(&self, phc: &str) -> CaseResult {
        let judge: &dyn HashJudge = self.port.as_ref();
        let judged = judge.judge(&PasswordHash::from_phc(phc));
        ensure!(judged.is_err(), "judged to be checkable: {phc:?}");
        Ok(())
    }

    async fn check(&self, phc: &str, text: impl AsRef<[u8]>) -> Result<HashCheck, Failure> {
        let hash = PasswordHash::from_phc(phc);
        Ok(self
            .port
            .check(&self.permit()?, Some(&hash), password(text))
            .await)
    }
}

async fn what_is_judged_good_is_checked(hasher: Hasher) -> CaseResult {
    let hash = hasher.hash("password").await?;
    for phc in [hash.expose_phc(), WEAK] {
        let judged = hasher.port.judge(&PasswordHash::from_phc(phc));
        ensure_eq!(judged, Ok(()), "judging {phc:?}");
        let checked = hasher.check(phc, "password").await?;
        ensure!(checked.matches, "{phc:?} is judged good and never matches");
    }
    // Shorter than Argon2 takes a salt: no password is right.
    let short = WEAK.replace("c29tZXNhbHQ", "c29tZQ");
    hasher.never_judged_good(&short)
}

async fn a_hash_matches_its_own_password_only(hasher: Hasher) -> CaseResult {
    let hash = hasher.hash("correct horse").await?;
    let checked = hasher.check(hash.expose_phc(), "correct horse").await?;
    ensure_eq!(
        checked,
        HashCheck {
            matches: true,
            outdated: false
        },
        "the password itself"
    );
    for other in [
        "",
        "correct hors",
        "correct horsf",
        "correct horse ",
        "Correct horse",
    ] {
        let checked = hasher.check(hash.expose_phc(), other).await?;
        ensure!(
            !checked.matches,
            "{other:?} matched the hash of another password"
        );
    }
    Ok(())
}

async fn a_hash_is_argon2id_of_at_least_the_demanded_parameters(hasher: Hasher) -> CaseResult {
    let hash = hasher.hash("x").await?;
    let fields: Vec<_> = hash.expose_phc().split('$').collect();
    let ["", "argon2id", "v=19", parameters, salt, output] = fields.as_slice() else {
        return Err(Failure::new(
            "the hash is not a PHC string of Argon2id version 19",
        ));
    };
    let parameters: Vec<(&str, u32)> = parameters
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect();
    let [("m", memory), ("t", time), ("p", lanes)] = parameters.as_slice() else {
        return Err(Failure::new(format!(
            "unexpected parameters {parameters:?}"
        )));
    };
    ensure!(
        *memory >= 19_456 && *time >= 2 && *lanes >= 1,
        "too weak: {parameters:?}"
    );
    // In Base64 without padding: 16 bytes of salt, 32 of output.
    ensure!(salt.len() >= 22, "the salt is too short");
    ensure!(output.len() >= 43, "the output is too short");
    Ok(())
}

async fn every_hash_has_a_fresh_salt(hasher: Hasher) -> CaseResult {
    let mut salts = BTreeSet::new();
    for _ in 0..4 {
        let hash = hasher.hash("x").await?;
        salts.insert(
            hash.expose_phc()
                .split('$')
                .nth(4)
                .unwrap_or_default()
                .to_owned(),
        );
    }
    ensure_eq!(salts.len(), 4, "salts of four hashes of one password");
    Ok(())
}

async fn passwords_are_compared_whole(hasher: Hasher) -> CaseResult {
    let mut long = vec![b'x'; 256];
    let hash = hasher.hash(&long).await?;
    ensure!(
        hasher.check(hash.expose_phc(), &long).await?.matches,
        "256 bytes did not match"
    );
    long[255] = b'y';
    let checked = hasher.check(hash.expose_phc(), &long).await?;
    ensure!(!checked.matches, "another last byte of 256 matched");
    let checked = hasher.check(hash.expose_phc(), &long[..255]).await?;
    ensure!(!checked.matches, "a missing last byte matched");
    Ok(())
}

async fn any_bytes_are_a_password(hasher: Hasher) -> CaseResult {
    for text in [
        b"".as_slice(),
        "割符の暗証".as_bytes(),
        b"a\0b",
        b"\xff\xfe",
    ] {
        let hash = hasher.hash(text).await?;
        ensure!(
            hasher.check(hash.expose_phc(), text).await?.matches,
            "{text:?} did not match"
        );
        let cut = hasher.check(hash.expose_phc(), b"a").await?;
        ensure!(!cut.matches, "{text:?} was cut");
    }
    Ok(())
}

async fn a_full_queue_is_overloaded_at_once_and_frees_itself(hasher: Hasher) -> CaseResult {
    let mut permits = Vec::new();
    for _ in 0..hasher.places {
        permits.push(hasher.permit()?);
    }
    ensure!(
        hasher.port.permit(HashClaimant::Bank).is_err(),
        "more permits than places"
    );
    drop(permits.pop());
    permits.push(hasher.permit()?);
    ensure!(
        hasher.port.permit(HashClaimant::Bank).is_err(),
        "a returned permit counted twice"
    );
    drop(permits);
    permits_are_back(&hasher)
}

fn permits_are_back(hasher: &Hasher) -> CaseResult {
    let permits: Result<Vec<_>, _> = (0..hasher.places).map(|_| hasher.permit()).collect();
    permits.map(drop)
}

fn stranger(number: usize) -> HashClaimant {
    HashClaimant::at(u8::try_from(number).ok().map(|n| [192, 0, 2, n].into()))
}

async fn strangers_leave_places_to_those_who_are_known(hasher: Hasher) -> CaseResult {
    let flood: Vec<_> = (0..hasher.places * 2)
        .filter_map(|number| hasher.port.permit(stranger(number)).ok())
        .collect();
    ensure!(flood.len() < hasher.places, "strangers hold every place");
    let permit = hasher.permit()?;
    hasher.port.turn(&permit).await?;
    Ok(())
}

async fn whoever_holds_the_most_makes_room_for_others(hasher: Hasher) -> CaseResult {
    let flood: Vec<_> = (0..hasher.places)
        .filter_map(|_| hasher.port.permit(stranger(1)).ok())
        .collect();
    ensure!(
        hasher.port.permit(stranger(1)).is_err(),
        "as many as it can have"
    );
    let other = hasher.port.permit(stranger(2))?;
    hasher.port.turn(&other).await?;
    drop(other);
    // One place is somebody else's now, and whoever held it hears so.
    let mut taken = 0;
    for permit in flood {
        if hasher.port.turn(&permit).await.is_ok() {
            hasher.port.check(&permit, None, password("x")).await;
        } else {
            taken += 1;
        }
    }
    ensure_eq!(taken, 1, "places that were taken");
    Ok(())
}

async fn whoever_has_a_permit_is_served(hasher: Hasher) -> CaseResult {
    let (places, port) = (hasher.places, hasher.port);
    let answers = at_once(places, |number| {
        let port = port.clone();
        async move {
            let permit = port.permit(HashClaimant::Bank)?;
            let text = format!("password {number}");
            let hash = port.hash(&permit, password(&text)).await;
            let right = port.check(&permit, Some(&hash), password(&text)).await;
            let wrong = port.check(&permit, Some(&hash), password("another")).await;
            Ok((right.matches, wrong.matches))
        }
    })
    .await?;
    ensure_eq!(
        answers,
        vec![(true, false); places],
        "matches of right and wrong passwords"
    );
    Ok(())
}

async fn a_weaker_hash_matches_and_is_outdated(hasher: Hasher) -> CaseResult {
    let checked = hasher.check(WEAK, "password").await?;
    ensure_eq!(
        checked,
        HashCheck {
            matches: true,
            outdated: true
        },
        "a weak hash"
    );
    ensure!(
        !hasher.check(WEAK, "passwore").await?.matches,
        "a wrong password matched it"
    );
    Ok(())
}

async fn nothing_matches_no_hash(hasher: Hasher) -> CaseResult {
    for text in ["", "password", "correct horse"] {
        let checked = hasher
            .port
            .check(&hasher.permit()?, None, password(text))
            .await;
        let never = HashCheck {
            matches: false,
            outdated: false,
        };
        ensure_eq!(checked, never, "{text:?} against no hash");
    }
    Ok(())
}

async fn what_is_no_usable_hash_never_matches(hasher: Hasher) -> CaseResult {
    for unusable in [
        "",
        "$",
        "password",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=256,t=2,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        // Of the weaker variants and of an older version, each right for `password`.
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m",
    ] {
        let checked = hasher.check(unusable, "password").await?;
        let never = HashCheck {
            matches: false,
            outdated: false,
        };
        ensure_eq!(checked, never, "against {unusable:?}");
        hasher.never_judged_good(unusable)?;
    }
    Ok(())
}

async fn parameters_beyond_the_cap_are_not_obeyed(hasher: Hasher) -> CaseResult {
    let tail = "c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for parameters in [
        "m=256,t=4294967295,p=1",
        "m=4294967295,t=1,p=1",
        "m=67108864,t=2,p=16",
    ] {
        let phc = format!("$argon2id$v=19${parameters}${tail}");
        // Obeyed, these would take hours or hundreds of gigabytes.
        let checked = timeout(Duration::from_secs(60), hasher.check(&phc, "password")).await;
        let checked = checked
            .map_err(|_| Failure::new(format!("{parameters} were obeyed for a minute")))??;
        ensure!(!checked.matches, "{parameters} matched");
        hasher.never_judged_good(&phc)?;
    }
    Ok(())
}

async fn a_check_without_a_hash_costs_as_much_as_one_with(hasher: Hasher) -> CaseResult {
    const ROUNDS: usize = 8;
    let hash = hasher.hash("correct horse").await?;
    let over_the_cap = PasswordHash::from_phc(WEAK.replace("t=2", "t=4294967295"));
    let malformed = PasswordHash::from_phc("malformed");
    let kinds = [Some(&hash), None, Some(&malformed), Some(&over_the_cap)];
    // The shortest of many tells the work apart from what else the machine does meanwhile.
    let mut shortest = [Duration::MAX; 4];
    for round in 1.. {
        for (shortest, kind) in shortest.iter_mut().zip(kinds) {
            let permit = hasher.permit()?;
            let begin = Instant::now();
            hasher.port.check(&permit, kind, password("wrong")).await;
            *shortest = begin.elapsed().min(*shortest);
        }
        let [real, others @ ..] = shortest.map(|time| time.as_secs_f64());
        let ratios = others.map(|other| other / real);
        if round >= ROUNDS && ratios.iter().all(|ratio| (0.6..1.7).contains(ratio)) {
            break;
        }
        ensure!(
            round < 10 * ROUNDS,
            "no hash, a malformed and an excessive one cost {ratios:.2?} of a real one"
        );
    }
    Ok(())
}

async fn an_abandoned_check_gives_its_permit_back(hasher: Hasher) -> CaseResult {
    let places = hasher.places;
    let mut tasks = Vec::new();
    for _ in 0..places {
        let (port, permit) = (hasher.port.clone(), hasher.permit()?);
        tasks.push(tokio::spawn(async move {
            port.check(&permit, None, password("wrong")).await;
        }));
    }
    for task in tasks {
        task.abort();
        // Ended or aborted: either way it is over.
        let _ = task.await;
    }
    permits_are_back(&hasher)?;
    let hash = hasher.hash("x").await?;
    ensure!(
        hasher.check(hash.expose_phc(), "x").await?.matches,
        "it hashes no more"
    );
    Ok(())
}
