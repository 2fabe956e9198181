//! What a record remembers, and for how long.

use super::*;

fn attempt(
    state: &mut RetrievalState,
    now: Timestamp,
    verdict: RetrievalVerdict,
) -> RetrievalSettlement {
    let reserved = state.reserve(&retrieval_policy(), now, lease(1));
    assert!(
        matches!(reserved, RetrievalReservation::Granted(_)),
        "{reserved:?}"
    );
    state.settle(&retrieval_policy(), now, lease(1), verdict)
}

fn reissued(numbers: impl IntoIterator<Item = usize>) -> RetrievalState {
    let mut state = RetrievalState::default();
    for number in numbers {
        state.reissue(
            &user_id(1),
            new_password(number),
            &retrieval_policy(),
            START,
        );
    }
    state
}

#[test]
fn twenty_earlier_reissues_are_remembered() {
    let state = reissued(0..30);
    let listed = state.reissues(&user_id(1), &retrieval_policy(), START);
    assert_eq!(listed.len(), 21);
    let statuses: BTreeMap<_, _> = listed
        .iter()
        .map(|reissue| (reissue.id, reissue.status))
        .collect();
    assert_eq!(statuses[&reissue_id(29)], ReissueStatus::Issued);
    assert_eq!(statuses[&reissue_id(9)], ReissueStatus::Superseded);
    assert!(!state.knows(reissue_id(8)));
}

#[test]
fn a_late_repetition_brings_no_earlier_password_back() {
    let mut state = reissued([0, 1]);
    let before = state.clone();
    let user = user_id(1);
    let later = START.plus(DAY);
    let answer = state.reissue(&user, new_password(0), &retrieval_policy(), later);
    let ReissueAnswer::Issued(times) = answer else {
        panic!("a repetition was answered {answer:?}");
    };
    assert_eq!(times.issued_at, START);
    assert_eq!(state, before);
}

#[test]
fn a_take_over_is_not_charged_again() {
    let mut state = reissued([1]);
    let mut now = START;
    for number in 1..=9 {
        let verdict = RetrievalVerdict::Right {
            record: reissue_id(1),
            key: server_key(number),
        };
        let answer = attempt(&mut state, now, verdict);
        assert!(
            matches!(answer, RetrievalSettlement::Won { .. }),
            "attempt {number}: {answer:?}"
        );
        now = now.plus(ISSUE_LEASE);
    }
    let left = RetrievalSettlement::Refused { failures_left: 3 };
    assert_eq!(attempt(&mut state, now, RetrievalVerdict::Wrong), left);
}

#[test]
fn what_ended_long_ago_is_forgotten_and_nothing_sooner() {
    let policy = retrieval_policy();
    let mut state = reissued([1, 2]);
    let end = START.plus(VALID_FOR);

    let before = state.clone();
    let last_moment = end.plus(DAY).minus(Duration::from_millis(1));
    assert!(!state.purge(&policy, last_moment, DAY));
    assert_eq!(state, before, "a moment too early");

    assert!(state.purge(&policy, end.plus(DAY), DAY), "nothing is left");
    assert_eq!(state, RetrievalState::default());
}

#[test]
fn a_lock_and_an_open_reservation_outlive_what_is_forgotten() {
    let policy = retrieval_policy();
    let late = START.plus(VALID_FOR * 100);

    let mut locked = reissued([1]);
    for _ in 0..policy.max_failures.get() {
        attempt(&mut locked, START, RetrievalVerdict::Wrong);
    }
    assert!(!locked.purge(&policy, late, DAY));
    assert!(locked.status(&policy, late).locked);
    assert!(
        locked.knows(reissue_id(1)),
        "a locked password stays visible"
    );

    let mut open = reissued([1]);
    attempt(&mut open, START, RetrievalVerdict::Wrong);
    open.reserve(&policy, late, lease(2));
    assert!(!open.purge(&policy, late, DAY));
    // The failures went with the password they were about.
    let answer = open.settle(&policy, late, lease(2), RetrievalVerdict::Wrong);
    assert_eq!(answer, RetrievalSettlement::Refused { failures_left: 4 });
}
