//! What lies in the store, how much of it, and how many commands it takes.

use warifu_contracts::case::rounds;
use warifu_contracts::samples::{certificate, client_key, contract, lease, serial, user};
use warifu_core::domain::attempts::{Purpose, Verdict};
use warifu_core::domain::retrieval_record::RetrievalSettlement;
use warifu_core::domain::{Subject, Timestamp};
use warifu_core::ports::{
    AttemptKey, AttemptStore, CertificateRegister, OtpStepStore, QuotaKey, QuotaStore,
    RetrievalPasswordStore,
};

use crate::visitor::{Visitor, fresh_password, policy, policy_of};
use warifu_test_support::redis::{RedisServer, open, settings};

fn calls(server: &RedisServer, command: &str) -> u64 {
    let stats = server.cli(&["INFO", "commandstats"]);
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:")));
    let calls = line.and_then(|line| line.strip_prefix("calls=")?.split(',').next()?.parse().ok());
    calls.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_takes_two_round_trips() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    let (visitor, new) = (
        Visitor {
            store: &store,
            subject: user(1),
        },
        fresh_password(),
    );
    visitor.reissue(new.clone()).await.expect("an answer");
    visitor
        .redeem(fresh_password().id, client_key(9))
        .await
        .expect("an answer");
    let before = calls(&server, "evalsha") + calls(&server, "eval");
    visitor
        .redeem(new.id, client_key(1))
        .await
        .expect("an answer");
    assert_eq!(
        calls(&server, "evalsha") + calls(&server, "eval") - before,
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_tells_a_name_and_nothing_that_counts_can_expire() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    let subject = user(1);
    let (visitor, new) = (
        Visitor {
            store: &store,
            subject: subject.clone(),
        },
        fresh_password(),
    );
    visitor.reissue(fresh_password()).await.expect("an answer");
    visitor.reissue(new.clone()).await.expect("an answer");
    visitor
        .attempt(warifu_core::domain::retrieval_record::RetrievalVerdict::Wrong)
        .await
        .expect("an answer");
    let won = visitor.redeem(new.id, client_key(1)).await;
    assert_eq!(won, Ok(RetrievalSettlement::Won { abandoned: None }));
    let issued = certificate(1, Timestamp::from_unix_millis(4_000_000_000_000));
    CertificateRegister::record(&store, &subject, &issued)
        .await
        .expect("an answer");
    CertificateRegister::revoke(&store, serial(1))
        .await
        .expect("an answer");
    for purpose in [Purpose::Login, Purpose::Transaction, Purpose::Otp] {
        let key = AttemptKey::Known(subject.clone(), purpose);
        let attempts: &dyn AttemptStore = &store;
        attempts
            .reserve(&key, &policy(), lease(1))
            .await
            .expect("an answer");
        attempts
            .settle(&key, &policy(), lease(1), Verdict::Wrong)
            .await
            .expect("an answer");
        attempts
            .reserve(&key, &policy(), lease(2))
            .await
            .expect("an answer");
    }
    AttemptStore::note_login(&store, &subject)
        .await
        .expect("an answer");
    OtpStepStore::advance(&store, &subject, 5)
        .await
        .expect("an answer");
    let quota = warifu_core::domain::Quota {
        limit: std::num::NonZeroU32::MIN,
        window: std::time::Duration::from_secs(3600),
    };
    let unit = fresh_password().id;
    QuotaStore::take(&store, &QuotaKey::ReissuesFor(subject.clone()), quota, unit)
        .await
        .expect("an answer");
    let keys = server.cli(&["--scan"]);
    let keys: Vec<&str> = keys.lines().collect();
    assert!(keys.len() >= 15, "{keys:?}");
    for key in &keys {
        assert!(!key.contains(subject.user.as_str()), "{key}");
        assert!(!key.contains(contract().as_str()), "{key}");
        let expires = server.cli(&["PTTL", key]) != "-1";
        let may_expire = [":p", ":e", ":r", ":q:for", ":q:by", ":qu:for", ":qu:by"]
            .iter()
            .any(|end| key.ends_with(end));
        assert_eq!(expires, may_expire, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_nobody_has_take_a_bounded_number_of_keys() {
    let server = RedisServer::start_quick();
    let store = std::sync::Arc::new(open(&settings(server.servers())).await);
    let tried = rounds(20_000, 1_000_000);
    let workers: Vec<_> = (0..64)
        .map(|worker| {
            let store = store.clone();
            tokio::spawn(async move {
                let attempts: &dyn AttemptStore = store.as_ref();
                for number in (worker..tried).step_by(64) {
                    let name = format!("nobody{number}").parse().expect("a user ID");
                    let key = AttemptKey::Unknown(Subject::new(contract(), name));
                    let policy = policy_of(1_000_000);
                    // A machine that runs other tests may be too slow now and then: the same
                    // reservation again is the same one.
                    while attempts
                        .reserve(&key, &policy, lease(number))
                        .await
                        .is_err()
                    {}
                    // A settlement without an answer counts, at the latest when the lease ends.
                    let _ = attempts
                        .settle(&key, &policy, lease(number), Verdict::Wrong)
                        .await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a worker ends");
    }
    let counters = server.cli(&["--scan", "--pattern", "*:a:login"]);
    let keys = counters.lines().count();
    // Were every name counted apart, there would be as many keys; by chance, the names share
    // 65,536 counters as balls share boxes.
    let boxes = 65_536_f64;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let expected = boxes * (1.0 - (-(tried as f64) / boxes).exp());
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let ratio = keys as f64 / expected;
    assert!(
        (0.97..1.03).contains(&ratio),
        "{keys} keys for {tried} names, not {expected}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_is_purged_some_time_after_its_end() {
    let server = RedisServer::start();
    let mut settings = settings(server.servers());
    settings.keep_for = std::time::Duration::from_millis(1);
    let store = open(&settings).await;
    let mut new = fresh_password();
    new.valid_for = std::time::Duration::from_millis(150);
    let id = new.id;
    let visitor = Visitor {
        store: &store,
        subject: user(1),
    };
    visitor.reissue(new).await.expect("an answer");
    let contents = || server.cli(&["--scan", "--pattern", "*:p"]);
    assert!(!contents().is_empty());
    let since = std::time::Instant::now();
    while !contents().is_empty() {
        assert!(
            since.elapsed() < std::time::Duration::from_secs(5),
            "the record is purged"
        );
    }
    assert_eq!(
        RetrievalPasswordStore::find(&store, &contract(), id).await,
        Ok(None)
    );
    // The contract's list forgets it with the next reissue.
    visitor.reissue(fresh_password()).await.expect("an answer");
    let list = server.cli(&["--scan", "--pattern", "*:i"]);
    assert_eq!(server.cli(&["HLEN", &list]), "1");
}
