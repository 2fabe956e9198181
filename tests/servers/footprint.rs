//! What lies in the store, how much of it, and how many commands it takes.

use warifu_contracts::samples::{certificate, client_key, contract, lease, serial, user};
use warifu_core::domain::attempts::{
    AttemptPolicy, DAY, Lane, LockDuration, Purpose, UNANSWERED_WINDOW, Verdict,
};
use warifu_core::domain::retrieval_record::RetrievalSettlement;
use warifu_core::domain::{Subject, Timestamp};
use warifu_core::ports::{
    AttemptKey, AttemptStore, CertificateRegister, OtpStepStore, QuotaKey, QuotaStore,
    RetrievalPasswordStore,
};

use crate::visitor::{Visitor, fresh_password, policy};
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
        let key = AttemptKey::of(subject.clone(), purpose);
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
            .any(|end| key.ends_with(end))
            || key.contains(":l:");
        assert_eq!(expires, may_expire, "{key}");
    }
}

/// A counter lives as long as it holds anything, and so do its leases.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_are_tried_no_more_leave_no_keys() {
    let server = RedisServer::start_quick();
    let store = open(&settings(server.servers())).await;
    let attempts: &dyn AttemptStore = &store;
    let limits = Lane::Stranger.limits(AttemptPolicy {
        lock: LockDuration::For(UNANSWERED_WINDOW),
        ..policy()
    });
    for number in 0..300 {
        let name = format!("nobody{number}").parse().expect("a user ID");
        let key = AttemptKey::login(Subject::new(contract(), name), Lane::Stranger);
        for try_number in 0..=number % 6 {
            let lease = lease(10 * number + try_number);
            let reserved = attempts.reserve(&key, &limits, lease).await;
            reserved.expect("an answer");
            // Some die over it.
            if try_number < 3 {
                let settled = attempts.settle(&key, &limits, lease, Verdict::Wrong).await;
                settled.expect("an answer");
            }
        }
    }
    for (pattern, longest) in [("*:a:login", DAY), ("*:l:login", UNANSWERED_WINDOW * 2)] {
        let keys = server.cli(&["--scan", "--pattern", pattern]);
        assert!(keys.lines().count() >= 100, "{keys}");
        for key in keys.lines() {
            let left: i128 = server.cli(&["PTTL", key]).parse().expect("a number");
            assert!(left > 0, "{key} never ends");
            assert!(
                left <= longest.as_millis().cast_signed(),
                "{key}: {left} ms"
            );
        }
    }
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
