use std::sync::atomic::{AtomicU8, Ordering};

use super::*;

/// Different bytes each time, the same in each run.
#[derive(Default)]
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn pool(workers: usize, queue: usize) -> Argon2Pool {
    let settings = Argon2Settings {
        workers,
        queue,
        ..Argon2Settings::default()
    };
    Argon2Pool::new(&settings, Arc::new(Counting::default())).unwrap()
}

fn password(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.as_bytes().to_vec())
}

async fn check(pool: &Argon2Pool, phc: &str, text: &str) -> HashCheck {
    let permit = pool.permit(HashClaimant::Bank).unwrap();
    pool.check(&permit, Some(&PasswordHash::from_phc(phc)), password(text))
        .await
}

/// `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e`, from the reference
/// implementation's own tests.
const REFERENCE: &str =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

#[tokio::test]
async fn a_hash_of_the_reference_implementation_matches_and_is_outdated_by_its_short_salt() {
    let pool = pool(1, 1);
    let checked = check(&pool, REFERENCE, "password").await;
    assert_eq!(
        checked,
        HashCheck {
            matches: true,
            outdated: true
        }
    );
    assert!(!check(&pool, REFERENCE, "passwore").await.matches);
}

#[tokio::test]
async fn a_new_hash_matches_and_is_current() {
    let pool = pool(2, 1);
    let permit = pool.permit(HashClaimant::Bank).unwrap();
    let hash = pool.hash(&permit, password("割符")).await;
    assert!(
        hash.expose_phc()
            .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
    );
    let checked = check(&pool, hash.expose_phc(), "割符").await;
    assert_eq!(
        checked,
        HashCheck {
            matches: true,
            outdated: false
        }
    );
    let again = pool.hash(&permit, password("割符")).await;
    assert_ne!(hash, again, "the salt is fresh");
}

#[tokio::test]
async fn a_hash_with_weaker_parameters_matches_and_is_outdated() {
    let pool = pool(1, 1);
    let weak = Params::new(64, 1, 1, Some(32)).unwrap();
    let salt = stored::fresh_salt(&Counting::default()).unwrap();
    let mut output = [0; 32];
    Memory::default()
        .hash(&weak, b"secret", &salt, &mut output)
        .unwrap();
    let hash = stored::write(&weak, salt, &output).unwrap();
    let checked = check(&pool, hash.expose_phc(), "secret").await;
    assert_eq!(
        checked,
        HashCheck {
            matches: true,
            outdated: true
        }
    );
}

#[test]
fn what_may_not_be_obeyed_is_told_apart() {
    use crate::settings::Excess;
    use crate::stored::Unusable;
    let read = |phc: &str| {
        StoredHash::read(&PasswordHash::from_phc(phc), Argon2Caps::default()).map(|_| ())
    };
    let tail = "$c29tc2FsdHNvbWVzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let id = |parameters: &str| read(&format!("$argon2id$v=19${parameters}{tail}"));
    assert_eq!(id("m=19456,t=2,p=1"), Ok(()));
    let above = |what, asked, most| Err(Unusable::AboveCaps(Excess { what, asked, most }));
    assert_eq!(id("m=65537,t=2,p=1"), above("m", 65_537, 65_536));
    assert_eq!(id("m=19456,t=11,p=1"), above("t", 11, 10));
    assert_eq!(id("m=19456,t=2,p=5"), above("p", 5, 4));
    // The first choice of RFC 9106.
    assert_eq!(id("m=2097152,t=1,p=4"), above("m", 2_097_152, 65_536));
    assert_eq!(
        id("m=4294967295,t=4294967295,p=1"),
        above("m", u32::MAX, 65_536)
    );
    let short = "$argon2id$v=19$m=256,t=2,p=1$c29tZQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    assert_eq!(read(short), Err(Unusable::Malformed));
    assert_eq!(id("m=19456,t=2"), Err(Unusable::Malformed));
    assert_eq!(
        id("m=19456,t=2,p=1,keyid=aGFsbG8"),
        Err(Unusable::Malformed)
    );
    assert_eq!(
        id("m=8,t=1,p=4"),
        Err(Unusable::Malformed),
        "too little memory for its lanes"
    );
    for other in [
        "$argon2i$v=19",
        "$argon2d$v=19",
        "$argon2id$v=16",
        "$argon2id",
        "$scrypt",
    ] {
        let phc = format!("{other}$m=19456,t=2,p=1{tail}");
        assert_eq!(read(&phc), Err(Unusable::AnotherAlgorithm), "{other}");
    }
    for malformed in [
        "",
        "$",
        "secret",
        "$argon2id$v=19$m=19456,t=2,p=1",
        "$argon2id$v=19$$$",
    ] {
        assert!(read(malformed).is_err(), "{malformed}");
    }
}

#[tokio::test]
async fn nothing_matches_a_missing_or_unusable_hash() {
    let pool = pool(1, 1);
    let permit = pool.permit(HashClaimant::Bank).unwrap();
    let nothing = HashCheck {
        matches: false,
        outdated: false,
    };
    assert_eq!(pool.check(&permit, None, password("x")).await, nothing);
    assert_eq!(check_with(&pool, &permit, "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc").await, nothing);
    assert_eq!(check_with(&pool, &permit, "garbage").await, nothing);
}

async fn check_with(pool: &Argon2Pool, permit: &HashPermit, phc: &str) -> HashCheck {
    pool.check(
        permit,
        Some(&PasswordHash::from_phc(phc)),
        password("password"),
    )
    .await
}

#[tokio::test]
async fn permits_are_for_the_threads_and_the_queue_and_come_back() {
    let pool = pool(1, 2);
    let permits: Vec<_> = (0..3)
        .map(|_| pool.permit(HashClaimant::Bank).unwrap())
        .collect();
    assert_eq!(pool.permit(HashClaimant::Bank).map(|_| ()), Err(Overloaded));
    drop(permits);
    assert!(pool.permit(HashClaimant::Bank).is_ok());
}

#[tokio::test]
async fn a_panic_reaches_its_own_request_and_the_only_thread_goes_on() {
    let pool = Arc::new(pool(1, 8));
    let panicking = Arc::clone(&pool);
    let request = tokio::spawn(async move {
        let permit = panicking.permit(HashClaimant::Bank).unwrap();
        panicking
            .run(&permit, |_| resume_unwind(Box::new("the job's own")))
            .await
    });
    assert!(request.await.unwrap_err().is_panic());
    assert!(check(&pool, REFERENCE, "password").await.matches);
}

#[tokio::test]
async fn jobs_whose_requests_went_away_are_thrown_out_when_the_queue_is_full() {
    let pool = pool(1, 1);
    let (release, hold) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (busy, _busy_answer) = Task::new(move |_: &mut Memory| {
        let _ = begun.send(());
        let _ = hold.recv();
    });
    pool.queue.push(busy);
    has_begun.await.unwrap();
    for _ in 0..1000 {
        let (abandoned, answer) = Task::new(|_: &mut Memory| ());
        drop(answer);
        pool.queue.push(abandoned);
    }
    assert!(pool.queue.len() <= 2);
    drop(release);
    assert!(check(&pool, REFERENCE, "password").await.matches);
}

#[tokio::test]
async fn the_threads_end_with_the_pool() {
    let pool = pool(2, 2);
    let queue = Arc::clone(&pool.queue);
    drop(pool);
    assert_eq!(
        Arc::strong_count(&queue),
        1,
        "no thread holds the queue any more"
    );
}

#[test]
fn the_bare_rate_is_measured() {
    assert!(pool(1, 1).bare_rate(0) > 0.0);
}

#[test]
fn the_threads_yield_to_others() {
    let pool = pool(1, 1);
    let (sender, receiver) = mpsc::channel();
    let (task, _answer) = Task::new(move |_: &mut Memory| {
        let _ = sender.send(rustix::process::nice(0));
    });
    let before = rustix::process::nice(0).unwrap();
    pool.queue.push(task);
    assert_eq!(receiver.recv().unwrap().unwrap(), (before + 5).min(19));
}

proptest::proptest! {
    #[test]
    fn reading_a_hash_never_panics(phc in "\\PC{0,80}", tail in "[$a-z0-9=,+/A-Z]{0,80}") {
        for text in [phc, format!("$argon2id$v=19${tail}")] {
            let _ = StoredHash::read(&PasswordHash::from_phc(text), Argon2Caps::default());
        }
    }
}

/// Whether the hash is cheaper or dearer than those of today, and whether there is one at all, is not
/// seen from how long a refusal takes: the shortest of a few is as long as the dearest hash.
#[tokio::test]
async fn a_refusal_takes_as_long_as_the_dearest_hash_that_is_expected() {
    let pool = pool(1, 8);
    let permit = pool.permit(HashClaimant::Bank).unwrap();
    let settings = |memory_kib, time| Argon2Settings {
        memory_kib,
        time,
        workers: 1,
        ..Argon2Settings::default()
    };
    let dearer = Argon2Pool::new(&settings(65_536, 4), Arc::new(Counting::default())).unwrap();
    let own = dearer.permit(HashClaimant::Bank).unwrap();
    let dear = dearer
        .hash(&own, Zeroizing::new(b"password".to_vec()))
        .await;
    pool.expect(&dear).await;
    let mut shortest = [Duration::MAX; 2];
    for _ in 0..3 {
        let hashes = [None, Some(PasswordHash::from_phc(REFERENCE))];
        for (place, hash) in hashes.iter().enumerate() {
            let begun = Instant::now();
            let check = pool.check(&permit, hash.as_ref(), Zeroizing::new(b"wrong".to_vec()));
            assert!(!check.await.matches);
            shortest[place] = shortest[place].min(begun.elapsed());
        }
    }
    let floor = pool.pace.floor();
    assert!(floor > Duration::ZERO);
    // Sleeping ends late, never early; the floor itself moves with each measurement.
    for took in shortest {
        assert!(took >= floor / 2, "{took:?} of {floor:?}");
    }
}
