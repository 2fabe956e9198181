//! [`RetrievalPasswordStore`]: one password yields one certificate, whoever races for it.

mod cancellations;
mod clock;
mod hand_overs;
mod keys;
mod lists;
mod races;
mod requests;
mod unanswered;

use std::time::Duration;

use warifu_core::domain::attempts::{Charge, Lock};
use warifu_core::domain::retrieval_record::{
    Cancellation, CandidateRecord, ISSUE_LEASE, IssuedTimes, NewRetrievalPassword, NotRedeemable,
    RedeemingKey, ReissueAnswer, RetrievalReservation, RetrievalSettlement, RetrievalVerdict,
    StoredCertificate,
};
use warifu_core::domain::{IssuedCertificate, LeaseToken, ReissueId};
use warifu_core::ports::RetrievalPasswordStore;

use crate::case::{CaseResult, Failure, Fixture, ensure_eq, suite};
use crate::samples::{
    LEASE, START, VALID_FOR, certificate, client_key, lease, new_password, reissue_id,
    retrieval_policy, server_key, user,
};
use cancellations::{
    a_cancelled_password_redeems_nothing, what_is_being_redeemed_is_not_cancelled,
};
use clock::without_a_hold_a_clock_that_goes_back_holds_nothing;
use hand_overs::{
    a_hand_over_is_of_its_contract_and_user, what_waits_for_nobody_is_not_handed_over,
    what_was_handed_over_is_listed_until_it_is_used,
};
use keys::{
    a_certificate_is_stored_for_the_winning_key_only, a_customers_key_keeps_its_claim_for_ever,
    a_delivered_server_key_never_gives_way, a_used_password_with_another_key_is_a_wrong_entry,
    an_abandoned_server_key_gives_way_after_its_time,
    the_first_key_wins_and_gets_its_certificate_again,
    what_was_checked_beside_the_redemption_is_excused,
};
use lists::{
    a_reissue_is_found_within_its_contract_only, a_reissue_keeps_its_story,
    reissues_are_listed_newest_first, states_are_answered_in_order,
};
use races::{
    a_certificate_is_stored_once_among_parallel_workers,
    of_a_cancellation_and_a_redemption_at_once_one_wins, of_parallel_reissues_one_password_is_left,
    of_parallel_right_entries_one_wins, of_parallel_take_overs_one_wins,
    parallel_guesses_never_win_twice, parallel_wrong_entries_lock_once_after_the_limit,
};
use requests::{
    a_candidate_says_for_whom_and_by_whom_it_was_issued,
    a_marked_request_is_carried_out_once_while_it_is_remembered,
    a_proof_made_before_anothers_reissue_is_worth_nothing,
    of_parallel_marked_requests_one_is_carried_out,
};
use unanswered::{
    a_withdrawn_entry_was_never_counted, an_abandoned_reservation_is_released,
    ten_entries_without_an_answer_suspend,
};

type Store = Fixture<dyn RetrievalPasswordStore>;

suite!($ retrieval_password_store_conformance, retrieval_password_store, Store, [
    without_a_password_every_entry_is_wrong,
    without_a_hold_a_clock_that_goes_back_holds_nothing,
    a_reissue_is_timed_by_the_store_and_gives_the_candidate,
    a_repeated_reissue_changes_nothing,
    a_reissue_supersedes_and_lifts_the_lock,
    wrong_entries_lock_until_a_reissue,
    an_abandoned_reservation_is_released,
    ten_entries_without_an_answer_suspend,
    a_withdrawn_entry_was_never_counted,
    a_used_password_with_another_key_is_a_wrong_entry,
    what_was_checked_beside_the_redemption_is_excused,
    repeated_calls_with_one_lease_are_charged_once,
    a_check_that_could_not_be_made_is_not_charged,
    the_first_key_wins_and_gets_its_certificate_again,
    the_whole_life_of_a_password_is_one_budget,
    a_certificate_is_stored_for_the_winning_key_only,
    a_cancelled_password_redeems_nothing,
    what_is_being_redeemed_is_not_cancelled,
    a_password_ends_at_its_time,
    a_held_password_redeems_later,
    a_customers_key_keeps_its_claim_for_ever,
    an_abandoned_server_key_gives_way_after_its_time,
    a_delivered_server_key_never_gives_way,
    reissues_are_listed_newest_first,
    a_reissue_is_found_within_its_contract_only,
    a_reissue_keeps_its_story,
    states_are_answered_in_order,
    what_was_handed_over_is_listed_until_it_is_used,
    what_waits_for_nobody_is_not_handed_over,
    a_hand_over_is_of_its_contract_and_user,
    of_parallel_right_entries_one_wins,
    of_parallel_take_overs_one_wins,
    parallel_wrong_entries_lock_once_after_the_limit,
    parallel_guesses_never_win_twice,
    of_parallel_reissues_one_password_is_left,
    of_a_cancellation_and_a_redemption_at_once_one_wins,
    a_certificate_is_stored_once_among_parallel_workers,
    a_marked_request_is_carried_out_once_while_it_is_remembered,
    of_parallel_marked_requests_one_is_carried_out,
    a_proof_made_before_anothers_reissue_is_worth_nothing,
    a_candidate_says_for_whom_and_by_whom_it_was_issued,
]);

const MOMENT: Duration = Duration::from_secs(1);

impl Store {
    async fn reissue(&self, new: NewRetrievalPassword) -> CaseResult {
        self.issue(new).await.map(|_| ())
    }

    /// A reissue that nothing stands in the way of.
    async fn issue(&self, new: NewRetrievalPassword) -> Result<IssuedTimes, Failure> {
        match self.ask(new).await? {
            ReissueAnswer::Issued(times) => Ok(times),
            other => Err(Failure::new(format!("a reissue was answered {other:?}"))),
        }
    }

    async fn ask(&self, new: NewRetrievalPassword) -> Result<ReissueAnswer, Failure> {
        Ok(self
            .port
            .reissue(&user(1), new, &retrieval_policy())
            .await?)
    }

    async fn reserve(&self, lease: LeaseToken) -> Result<RetrievalReservation, Failure> {
        Ok(self
            .port
            .reserve(&user(1), &retrieval_policy(), lease)
            .await?)
    }

    async fn settle(&self, lease: LeaseToken, verdict: RetrievalVerdict) -> Settled {
        Ok(self
            .port
            .settle(&user(1), &retrieval_policy(), lease, verdict)
            .await?)
    }

    /// A whole attempt; the reservation must be granted.
    async fn attempt(&self, lease: LeaseToken, verdict: RetrievalVerdict) -> Settled {
        match self.reserve(lease).await? {
            RetrievalReservation::Granted(_) => self.settle(lease, verdict).await,
            other => Err(Failure::new(format!(
                "reservation was not granted: {other:?}"
            ))),
        }
    }

    /// The right password of reissue `record`, for `key`.
    async fn redeem(&self, record: usize, key: RedeemingKey) -> Settled {
        let again = lease(7_000_000 + record);
        self.attempt(again, right(record, key)).await
    }

    async fn store(
        &self,
        record: usize,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Stored {
        Ok(self
            .port
            .store_certificate(&user(1), reissue_id(record), key, certificate)
            .await?)
    }

    async fn cancel(&self, reissue: ReissueId) -> Result<Cancellation, Failure> {
        Ok(self.port.cancel(&user(1), reissue).await?)
    }
}

type Settled = Result<RetrievalSettlement, Failure>;
type Stored = Result<StoredCertificate, Failure>;

const WON: RetrievalSettlement = RetrievalSettlement::Won { abandoned: None };

fn right(record: usize, key: RedeemingKey) -> RetrievalVerdict {
    RetrievalVerdict::Right {
        record: reissue_id(record),
        key,
    }
}

fn refused(failures_left: u32) -> RetrievalSettlement {
    RetrievalSettlement::Refused { failures_left }
}

const fn not_redeemable(reason: NotRedeemable, charge: Charge) -> RetrievalSettlement {
    RetrievalSettlement::NotRedeemable { reason, charge }
}

const fn consumed(charge: Charge) -> RetrievalSettlement {
    not_redeemable(NotRedeemable::Consumed, charge)
}

fn locked(just_set: bool) -> Lock {
    Lock {
        until: None,
        since: START,
        just_set,
    }
}

fn paper(number: usize) -> IssuedCertificate {
    certificate(number, START.plus(Duration::from_hours(24 * 365)))
}

async fn lock_out(store: &Store) -> CaseResult {
    for number in 1..=4u32 {
        let answer = store
            .attempt(lease(number as usize), RetrievalVerdict::Wrong)
            .await?;
        ensure_eq!(answer, refused(5 - number), "wrong entry {number} of 5");
    }
    let answer = store.attempt(lease(5), RetrievalVerdict::Wrong).await?;
    ensure_eq!(
        answer,
        RetrievalSettlement::Locked(locked(true)),
        "the fifth wrong entry"
    );
    let answer = store.reserve(lease(6)).await?;
    ensure_eq!(
        answer,
        RetrievalReservation::Locked(locked(false)),
        "an entry after the lock"
    );
    Ok(())
}

async fn without_a_password_every_entry_is_wrong(store: Store) -> CaseResult {
    let answer = store.reserve(lease(1)).await?;
    ensure_eq!(
        answer,
        RetrievalReservation::Granted(None),
        "there is nothing to check against"
    );
    let answer = store.settle(lease(1), RetrievalVerdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "an entry where no password was issued");
    Ok(())
}

async fn a_reissue_is_timed_by_the_store_and_gives_the_candidate(store: Store) -> CaseResult {
    let mut new = new_password(1);
    new.hold_for = Duration::from_mins(10);
    let now = store.clock.now().await;
    let times = store.issue(new.clone()).await?;
    ensure_eq!(times.issued_at, now, "when it was issued");
    ensure_eq!(
        times.redeemable_from,
        now.plus(new.hold_for),
        "from when it can be redeemed"
    );
    ensure_eq!(
        times.expires_at,
        now.plus(new.hold_for).plus(VALID_FOR),
        "until when"
    );
    let candidate = CandidateRecord {
        id: new.id,
        hash: new.hash,
        route: new.route,
        operator: new.operator,
        identity: None,
    };
    let answer = store.reserve(lease(1)).await?;
    ensure_eq!(
        answer,
        RetrievalReservation::Granted(Some(candidate)),
        "what is checked against"
    );
    Ok(())
}

async fn a_repeated_reissue_changes_nothing(store: Store) -> CaseResult {
    let first = store.issue(new_password(1)).await?;
    store.attempt(lease(1), RetrievalVerdict::Wrong).await?;
    store.clock.advance(Duration::from_mins(1)).await;
    let again = store.issue(new_password(1)).await?;
    ensure_eq!(again, first, "the times of a repeated reissue");
    let answer = store.attempt(lease(2), RetrievalVerdict::Wrong).await?;
    ensure_eq!(answer, refused(3), "a repeated reissue forgets no failure");
    ensure_eq!(
        store.redeem(1, client_key(1)).await?,
        WON,
        "the right password"
    );
    store.reissue(new_password(1)).await?;
    let answer = store.redeem(1, client_key(2)).await?;
    ensure_eq!(
        answer,
        consumed(Charge::Counted { failures_left: 1 }),
        "a repetition after the redemption"
    );
    Ok(())
}

async fn a_reissue_supersedes_and_lifts_the_lock(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    lock_out(&store).await?;
    store.reissue(new_password(2)).await?;
    let answer = store.redeem(1, client_key(1)).await?;
    ensure_eq!(
        answer,
        not_redeemable(NotRedeemable::Stale, Charge::Counted { failures_left: 4 }),
        "the password before"
    );
    let answer = store.attempt(lease(10), RetrievalVerdict::Wrong).await?;
    ensure_eq!(answer, refused(3), "a reissue forgets the failures");
    ensure_eq!(
        store.redeem(2, client_key(1)).await?,
        WON,
        "the new password"
    );
    Ok(())
}

async fn wrong_entries_lock_until_a_reissue(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    lock_out(&store).await?;
    store.clock.advance(VALID_FOR * 10).await;
    let answer = store.reserve(lease(7)).await?;
    ensure_eq!(
        answer,
        RetrievalReservation::Locked(locked(false)),
        "long after"
    );
    Ok(())
}

async fn repeated_calls_with_one_lease_are_charged_once(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    let first = store.reserve(lease(1)).await?;
    for _ in 0..7 {
        ensure_eq!(
            store.reserve(lease(1)).await?,
            first,
            "a repeated reservation"
        );
    }
    store.settle(lease(1), RetrievalVerdict::Wrong).await?;
    for verdict in [RetrievalVerdict::Wrong, right(1, client_key(1))] {
        let answer = store.settle(lease(1), verdict).await?;
        ensure_eq!(answer, RetrievalSettlement::Lost, "a repeated settlement");
    }
    let answer = store.attempt(lease(2), RetrievalVerdict::Wrong).await?;
    ensure_eq!(answer, refused(3), "two wrong entries in all");
    Ok(())
}

async fn a_check_that_could_not_be_made_is_not_charged(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    for number in 1..=20 {
        let answer = store
            .attempt(lease(number), RetrievalVerdict::NotAsked)
            .await?;
        ensure_eq!(
            answer,
            RetrievalSettlement::Released,
            "attempt {number} nobody could check"
        );
    }
    let answer = store.attempt(lease(21), RetrievalVerdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the first wrong entry");
    Ok(())
}

async fn the_whole_life_of_a_password_is_one_budget(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    for number in 1..=4 {
        store
            .attempt(lease(number), RetrievalVerdict::Wrong)
            .await?;
    }
    ensure_eq!(
        store.redeem(1, client_key(1)).await?,
        WON,
        "the last entry of the budget"
    );
    let answer = store.reserve(lease(5)).await?;
    ensure_eq!(
        answer,
        RetrievalReservation::Locked(locked(true)),
        "an entry after the budget"
    );
    let answer = store.store(1, client_key(1), paper(1)).await?;
    ensure_eq!(
        answer,
        StoredCertificate::Deliver(Box::new(paper(1))),
        "the key that had won"
    );
    Ok(())
}

async fn a_password_ends_at_its_time(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    store.clock.advance(VALID_FOR).await;
    let answer = store.redeem(1, client_key(1)).await?;
    ensure_eq!(
        answer,
        not_redeemable(NotRedeemable::Expired, Charge::Counted { failures_left: 4 }),
        "the right password at its end"
    );
    store.reissue(new_password(2)).await?;
    store.clock.advance(VALID_FOR.saturating_sub(MOMENT)).await;
    ensure_eq!(
        store.redeem(2, client_key(1)).await?,
        WON,
        "a moment before its end"
    );
    Ok(())
}

async fn a_held_password_redeems_later(store: Store) -> CaseResult {
    let mut new = new_password(1);
    new.hold_for = Duration::from_hours(1);
    store.reissue(new).await?;
    let redeemable_from = store.clock.now().await.plus(Duration::from_hours(1));
    store
        .clock
        .advance(Duration::from_hours(1).saturating_sub(MOMENT))
        .await;
    let answer = store.redeem(1, client_key(1)).await?;
    ensure_eq!(
        answer,
        RetrievalSettlement::Held { redeemable_from },
        "a moment too early"
    );
    store.clock.advance(MOMENT).await;
    ensure_eq!(
        store.redeem(1, client_key(1)).await?,
        WON,
        "when the hold is over"
    );
    Ok(())
}
