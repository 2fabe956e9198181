use std::time::Duration;

use warifu_core::domain::attempts::{AttemptPolicy, Lane, LockDuration, Purpose, Verdict};
use warifu_core::domain::retrieval_record::{ReissueStatus, RetrievalVerdict};
use warifu_core::domain::{
    Principal, Quota, QuotaVerdict, ReissueId, Session, SessionToken, Subject, Surface,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, Clock, OnceKey, OnceStore, OtpStepStore, QuotaKey, QuotaStore,
    RetrievalPasswordStore, SessionStore, StoredReservation,
};

use super::{DAY, TestFolder, count, policy, subject};
use crate::EmbeddedStore;
use crate::purge::{self, Purged};

const HOUR: Duration = Duration::from_hours(1);

async fn purge_all(store: &EmbeddedStore) -> usize {
    for steps in 1..1000 {
        if store.write(purge::some).await.unwrap() == Purged::All {
            return steps;
        }
    }
    panic!("the purge does not come to an end");
}

fn session(place: &TestFolder, user: &str) -> Session {
    let now = place.clock.now();
    Session {
        surface: Surface::Admin,
        principal: Principal::User(subject(user)),
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(HOUR),
        previous_login: None,
        otp_verified_until: None,
        holder: None,
    }
}

fn unit(number: u8) -> ReissueId {
    ReissueId::from_bytes([number; 16])
}

#[tokio::test]
async fn what_has_ended_is_cleared_away_in_small_steps() {
    let place = TestFolder::new();
    let store = place.open();
    let quota = Quota {
        limit: 3.try_into().unwrap(),
        window: HOUR,
    };
    for number in 0..250_u8 {
        let user = format!("user{number}");
        let id = SessionToken::generate(&place.randomness).id();
        store.create(&id, &session(&place, &user)).await.unwrap();
        store
            .claim(OnceKey::of_form(&id, &[number]), HOUR)
            .await
            .unwrap();
        let key = QuotaKey::ReissuesFor(subject(&user));
        store.take(&key, quota, unit(1)).await.unwrap();
    }
    purge_all(&store).await;
    let left = || ["sessions", "claims", "quota_windows"].map(|table| count(&place.path(), table));
    assert_eq!(left(), [250; 3], "nothing has ended yet");
    place.clock.forward(2 * HOUR);
    assert!(purge_all(&store).await > 1, "250 are more than one step");
    assert_eq!(left(), [0; 3]);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_back_forgets_no_claim() {
    let place = TestFolder::new();
    let store = place.open();
    let key = OnceKey::of_form(&SessionToken::generate(&place.randomness).id(), b"nonce");
    assert!(store.claim(key, HOUR).await.unwrap());
    place.clock.forward(HOUR + Duration::from_secs(1));
    purge_all(&store).await;
    place.clock.back(HOUR);
    assert!(!store.claim(key, HOUR).await.unwrap());
}

#[tokio::test]
async fn a_record_goes_when_its_time_to_be_kept_is_over_and_not_before() {
    let place = TestFolder::new();
    let store = place.open();
    let who = subject("a");
    let new = place.new_password();
    store.reissue(&who, new, &policy()).await.unwrap();
    place.clock.forward(97 * DAY);
    place.clock.back(Duration::from_secs(1));
    purge_all(&store).await;
    let limits = policy();
    let listed = store
        .reissues(&who.contract, None, &limits, 10)
        .await
        .unwrap();
    assert_eq!(listed[0].status, ReissueStatus::Expired);
    place.clock.forward(Duration::from_secs(1));
    purge_all(&store).await;
    let listed = store
        .reissues(&who.contract, None, &limits, 10)
        .await
        .unwrap();
    assert!(listed.is_empty());
    assert_eq!(count(&place.path(), "retrieval_passwords"), 0);
    assert_eq!(count(&place.path(), "reissues"), 0);
}

#[tokio::test]
async fn the_index_of_reissues_holds_what_is_remembered_and_no_more() {
    let place = TestFolder::new();
    let store = place.open();
    let who = subject("a");
    let mut ids = Vec::new();
    for _ in 0..30 {
        let new = place.new_password();
        ids.push(new.id);
        store.reissue(&who, new, &policy()).await.unwrap();
        place.clock.forward(DAY);
    }
    assert_eq!(
        count(&place.path(), "reissues"),
        21,
        "the current and twenty earlier ones"
    );
    let found = store.find(&who.contract, ids[29]).await.unwrap();
    assert_eq!(found, Some(who.user.clone()));
    assert_eq!(store.find(&who.contract, ids[0]).await.unwrap(), None);

    // The last four of them ended less than 90 days ago.
    place.clock.forward(90 * DAY + 2 * DAY);
    purge_all(&store).await;
    let listed = store
        .reissues(&who.contract, None, &policy(), 100)
        .await
        .unwrap();
    let left: Vec<_> = listed.iter().map(|reissue| reissue.id).collect();
    assert_eq!(left, [ids[29], ids[28], ids[27], ids[26]]);
    assert_eq!(count(&place.path(), "reissues"), 4);
    assert_eq!(store.find(&who.contract, ids[25]).await.unwrap(), None);
}

#[tokio::test]
async fn one_reissue_id_in_two_contracts_leads_to_the_user_of_each() {
    let place = TestFolder::new();
    let store = place.open();
    let new = place.new_password();
    let one = subject("a");
    let other = Subject::new("765432".parse().unwrap(), "b".parse().unwrap());
    for who in [&one, &other] {
        store.reissue(who, new.clone(), &policy()).await.unwrap();
    }
    for who in [one, other] {
        let found = store.find(&who.contract, new.id).await.unwrap();
        assert_eq!(found, Some(who.user));
        let listed = store
            .reissues(&who.contract, None, &policy(), 10)
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
    }
}

async fn fail(store: &EmbeddedStore, place: &TestFolder, user: &str, times: usize) {
    for _ in 0..times {
        let lease = place.lease();
        let who = subject(user);
        RetrievalPasswordStore::reserve(store, &who, &policy(), lease)
            .await
            .unwrap();
        RetrievalPasswordStore::settle(store, &who, &policy(), lease, RetrievalVerdict::Wrong)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn locks_and_last_steps_are_never_purged() {
    let place = TestFolder::new();
    let store = place.open();
    let limits: AttemptPolicy = policy();
    for user in ["locked", "tried"] {
        let new = place.new_password();
        store.reissue(&subject(user), new, &limits).await.unwrap();
    }
    fail(&store, &place, "locked", 3).await;
    fail(&store, &place, "tried", 2).await;
    let login = AttemptKey::of(subject("locked"), Purpose::Login);
    for _ in 0..3 {
        let lease = place.lease();
        AttemptStore::reserve(&store, &login, &limits, lease)
            .await
            .unwrap();
        AttemptStore::settle(&store, &login, &limits, lease, Verdict::Wrong)
            .await
            .unwrap();
    }
    store.advance(&subject("locked"), 9).await.unwrap();

    for _ in 0..3 {
        place.clock.forward(1000 * DAY);
        purge_all(&store).await;
    }
    let users = ["locked", "tried"].map(|user| subject(user).user);
    let contract = subject("locked").contract;
    let statuses = store.statuses(&contract, &users, &limits).await.unwrap();
    assert!(statuses[0].locked);
    assert_eq!(statuses[0].status, Some(ReissueStatus::Locked));
    assert_eq!(statuses[1].status, None, "the record itself is forgotten");
    fail(&store, &place, "tried", 1).await;
    let statuses = store.statuses(&contract, &users, &limits).await.unwrap();
    assert!(
        !statuses[1].locked,
        "the two failures went with the password they were about"
    );
    let lease = place.lease();
    let reservation = AttemptStore::reserve(&store, &login, &limits, lease)
        .await
        .unwrap();
    assert!(matches!(reservation, StoredReservation::Locked(_)));
    assert!(!store.advance(&subject("locked"), 9).await.unwrap());
}

#[tokio::test]
async fn a_locked_record_does_not_hold_up_the_others() {
    let place = TestFolder::new();
    let store = place.open();
    // More locked ones than a step looks at, all due before the one that can go.
    for number in 0..250 {
        let user = format!("locked{number}");
        let new = place.new_password();
        store
            .reissue(&subject(&user), new, &policy())
            .await
            .unwrap();
        fail(&store, &place, &user, 3).await;
    }
    place.clock.forward(DAY);
    let new = place.new_password();
    store
        .reissue(&subject("free"), new, &policy())
        .await
        .unwrap();
    place.clock.forward(100 * DAY);
    purge_all(&store).await;
    assert_eq!(count(&place.path(), "retrieval_passwords"), 250);
    assert_eq!(count(&place.path(), "reissues"), 250);
}

#[tokio::test]
async fn names_that_are_tried_no_more_take_no_room() {
    let place = TestFolder::new();
    let store = place.open();
    let limits = Lane::Stranger.limits(AttemptPolicy {
        lock: LockDuration::For(HOUR),
        ..policy()
    });
    for number in 0..300 {
        let name = subject(&format!("nobody{number}"));
        let key = AttemptKey::login(name, Lane::Stranger);
        let lease = place.lease();
        AttemptStore::reserve(&store, &key, &limits, lease)
            .await
            .unwrap();
        AttemptStore::settle(&store, &key, &limits, lease, Verdict::Wrong)
            .await
            .unwrap();
    }
    purge_all(&store).await;
    assert_eq!(count(&place.path(), "counters"), 300);
    // Until the day is over that they count for, and the clock's grace.
    place.clock.forward(DAY + 2 * HOUR);
    purge_all(&store).await;
    assert_eq!(count(&place.path(), "counters"), 0);
}

#[tokio::test]
async fn a_clock_that_steps_back_shortens_no_wait_and_revives_nothing() {
    let place = TestFolder::new();
    let store = place.open();
    let quota = Quota {
        limit: 1.try_into().unwrap(),
        window: HOUR,
    };
    let key = QuotaKey::ReissuesBy(subject("a"));
    assert_eq!(
        store.take(&key, quota, unit(1)).await.unwrap(),
        QuotaVerdict::Allowed
    );
    QuotaStore::settle(&store, &key, unit(1), true)
        .await
        .unwrap();
    let id = SessionToken::generate(&place.randomness).id();
    store.create(&id, &session(&place, "a")).await.unwrap();
    store.touch(&id, HOUR).await.unwrap().unwrap();

    place.clock.back(10 * DAY);
    let QuotaVerdict::Exceeded { retry_after } = store.take(&key, quota, unit(2)).await.unwrap()
    else {
        panic!("a step back gave a second one");
    };
    assert_eq!(retry_after, HOUR);
    let used = store.touch(&id, HOUR).await.unwrap().unwrap();
    assert_eq!(used.last_used_at, used.created_at, "a use is never undone");

    place.clock.forward(11 * DAY);
    assert!(store.touch(&id, HOUR).await.unwrap().is_none());
    assert_eq!(
        store.take(&key, quota, unit(3)).await.unwrap(),
        QuotaVerdict::Allowed
    );
}
