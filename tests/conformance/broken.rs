//! The suites notice what they are there to notice: run on stores that break one promise, exactly
//! the cases that speak of it fail.

mod verifiers;

use std::sync::Arc;

use async_trait::async_trait;
use warifu_contracts::broken::{
    AttemptFlaw, CheckThenAct, FlawedAttempts, FlawedPaperRequests, FlawedPasswords,
    FlawedRetrievalPasswords, ForgetfulClaims, ForgetfulSteps, GrudgingQuotas, HastyFacts,
    HastyPaperRequests, ImmortalSessions, LavishQuotas, MiscountingDirectory, PaperFlaw,
    PasswordFlaw, RetrievalFlaw, ReusableProofs, TenantBlindDirectory,
};
use warifu_contracts::otp_verifier::OtpKit;
use warifu_contracts::password_verifier::PasswordKit;
use warifu_contracts::samples::TestClock;
use warifu_contracts::user_directory::{DirectoryKit, SampleContract};
use warifu_contracts::{
    Case, CaseResult, Fixture, attempt_store, case, certificate_register, once_store,
    otp_step_store, otp_verifier, paper_request_store, password_verifier, quota_store,
    retrieval_password_store, session_store, store_facts, user_directory,
};
use warifu_core::ports::{
    AttemptStore, OnceStore, QuotaStore, RetrievalPasswordStore, SessionStore, UserDirectory,
};
use warifu_memory::MemoryStore;

use crate::totp::Cards;
use crate::{memory, radius};

/// The cases that fail on what `make` makes are `expected`. Races that are not listed may end
/// either way.
async fn assert_failing<F>(
    flaw: &str,
    cases: &[Case<F>],
    expected: &[&str],
    make: impl AsyncFn() -> F,
) {
    let is_race = |name: &str| {
        ["parallel", "at_once", "workers"]
            .into_iter()
            .any(|word| name.contains(word))
    };
    for case in cases {
        let fails = (case.run)(make().await).await.is_err();
        if expected.contains(&case.name) {
            assert!(fails, "{} does not notice {flaw}", case.name);
        } else {
            assert!(
                !fails || is_race(case.name),
                "{} fails with {flaw}",
                case.name
            );
        }
    }
    let names: Vec<&str> = cases.iter().map(|case| case.name).collect();
    assert!(
        expected.iter().all(|name| names.contains(name)),
        "a case of {flaw} does not exist"
    );
}

/// Each of `races` fails on what `make` makes.
async fn assert_races_lost<F>(cases: &[Case<F>], races: &[&str], make: impl AsyncFn() -> F) {
    for name in races {
        let result = case::run(cases, name, make().await).await;
        assert!(
            result.is_err(),
            "{name} does not notice a store that checks, then acts"
        );
    }
}

fn memory_store() -> (Arc<MemoryStore>, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let port = Arc::new(MemoryStore::new(clock.clone()));
    (port, clock)
}

macro_rules! races_are_lost {
    ($($test:ident: $suite:ident, [$($race:ident),+ $(,)?];)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                assert_races_lost($suite::CASES, &[$(stringify!($race)),+], async || {
                    let clock = Arc::new(TestClock::default());
                    Fixture { port: Arc::new(CheckThenAct::new(clock.clone())) as _, clock }
                })
                .await;
            }
        )+
    };
}

races_are_lost! {
    attempts_that_are_checked_then_charged: attempt_store, [
        parallel_wrong_entries_lock_once_after_the_limit,
        parallel_guesses_around_the_right_one_stay_within_the_limit,
        parallel_right_entries_are_all_accepted,
        workers_that_die_charge_nobody,
    ];
    retrieval_passwords_that_are_checked_then_redeemed: retrieval_password_store, [
        of_parallel_right_entries_one_wins,
        of_parallel_take_overs_one_wins,
        parallel_wrong_entries_lock_once_after_the_limit,
        parallel_guesses_never_win_twice,
        of_parallel_reissues_one_password_is_left,
        of_a_cancellation_and_a_redemption_at_once_one_wins,
        a_certificate_is_stored_once_among_parallel_workers,
        of_parallel_marked_requests_one_is_carried_out,
    ];
    claims_that_are_checked_then_made: once_store, [of_parallel_claims_one_wins];
    steps_that_are_checked_then_advanced: otp_step_store, [
        of_parallel_calls_with_one_step_one_succeeds,
        parallel_steps_are_accepted_in_rising_order_only,
    ];
    quotas_that_are_checked_then_taken: quota_store, [
        parallel_calls_stay_within_the_limit,
        parallel_settlements_give_back_each_unit_once,
    ];
    proofs_that_are_checked_then_taken: session_store, [of_parallel_takers_one_gets_the_proof];
    records_that_are_read_then_written: certificate_register, [parallel_records_are_all_kept];
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn facts_that_are_looked_at_then_kept() {
    let races = ["of_parallel_calls_all_are_answered_the_same"];
    assert_races_lost(store_facts::CASES, &races, async || Fixture {
        port: Arc::new(HastyFacts::default()) as _,
        clock: Arc::new(TestClock::default()),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn paper_requests_that_are_looked_at_then_written() {
    let races = [
        "of_parallel_steps_from_one_version_one_is_kept",
        "of_parallel_requests_with_one_number_one_is_kept",
        "no_step_is_lost_among_parallel_workers",
    ];
    assert_races_lost(paper_request_store::CASES, &races, async || Fixture {
        port: Arc::new(HastyPaperRequests::default()) as _,
        clock: Arc::new(TestClock::default()),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn flaws_of_a_store_of_paper_requests_are_noticed() {
    for (flaw, expected) in [
        (
            PaperFlaw::IgnoresVersions,
            &[
                "a_step_from_another_version_is_not_kept",
                "a_repeated_call_answers_as_the_first_and_changes_nothing",
                "of_parallel_steps_from_one_version_one_is_kept",
            ][..],
        ),
        (
            PaperFlaw::ComparesContent,
            &["a_repeated_call_answers_as_the_first_and_changes_nothing"],
        ),
        (
            PaperFlaw::ForgetsRenewedEnds,
            &["what_is_overdue_is_found_until_it_says_so"],
        ),
        (
            PaperFlaw::RepeatsTheLast,
            &["a_list_is_newest_first_and_goes_on_where_it_ended"],
        ),
        (PaperFlaw::KnowsOneOrder, &["a_list_can_be_oldest_first"]),
        (
            PaperFlaw::ForgetsWhatWasOpenedAgain,
            &["what_is_open_is_listed_until_it_is_done_with_and_again_when_it_comes_back"],
        ),
    ] {
        let words = format!("{flaw:?}");
        assert_failing(&words, paper_request_store::CASES, expected, async || {
            let (store, clock) = memory_store();
            Fixture {
                port: Arc::new(FlawedPaperRequests { store, flaw }) as _,
                clock,
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn flaws_of_an_attempt_store_are_noticed() {
    for (flaw, expected) in [
        (
            AttemptFlaw::ChargesAbandoned,
            &[
                "an_abandoned_reservation_is_released",
                "abandoned_reservations_lock_nobody",
                "ten_entries_without_an_answer_suspend",
                "a_settlement_after_the_lease_is_lost",
            ][..],
        ),
        (
            AttemptFlaw::KeepsWithdrawn,
            &[
                "a_withdrawn_entry_was_never_counted",
                "a_withdrawn_entry_takes_its_lock_with_it",
                "a_withdrawn_entry_wears_nothing",
            ],
        ),
        (
            AttemptFlaw::ForgetsUnanswered,
            &["ten_entries_without_an_answer_suspend"],
        ),
        (
            AttemptFlaw::ChargesRepetitions,
            &["a_repeated_reservation_is_charged_once"],
        ),
        (
            AttemptFlaw::LocksOnExcess,
            &[
                "excess_concurrency_is_busy_and_costs_nothing",
                "ten_entries_without_an_answer_suspend",
                "parallel_right_entries_are_all_accepted",
            ],
        ),
        (
            AttemptFlaw::ConfusesContracts,
            &[
                "purposes_users_and_contracts_are_counted_apart",
                "locks_are_listed_in_order_and_within_the_contract",
                "a_newer_hash_comes_with_every_later_reservation",
                "the_login_before_is_told",
            ],
        ),
        (
            AttemptFlaw::ConfusesPurposes,
            &[
                "purposes_users_and_contracts_are_counted_apart",
                "locks_are_listed_in_order_and_within_the_contract",
                "a_newer_hash_comes_with_every_later_reservation",
            ],
        ),
        (
            AttemptFlaw::ForgetsHashes,
            &[
                "a_newer_hash_comes_with_every_later_reservation",
                "a_decision_is_checked_against_the_newer_hash_of_logins",
            ],
        ),
        (
            AttemptFlaw::ReportsEveryLock,
            &[
                "the_wrong_entry_at_the_limit_locks",
                "a_lock_wins_over_a_right_entry_being_checked",
                "a_timed_lock_ends",
                "unlocking_tells_whether_there_was_a_lock",
                "locks_of_strangers_grow_with_repetition",
                "parallel_wrong_entries_lock_once_after_the_limit",
            ],
        ),
    ] {
        assert_attempts_failing(flaw, expected).await;
    }
}

async fn assert_attempts_failing(flaw: AttemptFlaw, expected: &[&str]) {
    let make = async || {
        let (port, clock) = memory_store();
        let port: Arc<dyn AttemptStore> = Arc::new(FlawedAttempts::new(port, clock.clone(), flaw));
        Fixture { port, clock }
    };
    assert_failing(&format!("{flaw:?}"), attempt_store::CASES, expected, make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn flaws_of_lanes_are_noticed() {
    for (flaw, expected) in [
        (
            AttemptFlaw::ConfusesLanes,
            &[
                "a_lock_of_one_lane_refuses_that_one_alone",
                "locks_are_told_with_their_lane",
                "what_strangers_failed_is_forgotten",
                "a_day_has_so_many_wrong_entries",
                "only_so_many_browsers_are_known",
            ][..],
        ),
        (
            AttemptFlaw::WearsNothing,
            &[
                "what_strangers_failed_is_forgotten",
                "locks_of_strangers_grow_with_repetition",
                "a_day_has_so_many_wrong_entries",
            ],
        ),
        (
            AttemptFlaw::KnowsEveryBrowser,
            &[
                "a_browser_is_known_by_its_mark_until_its_time_is_over",
                "only_so_many_browsers_are_known",
            ],
        ),
    ] {
        assert_attempts_failing(flaw, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn flaws_of_a_retrieval_password_store_are_noticed() {
    for (flaw, expected) in [
        (
            RetrievalFlaw::DeliversWhatIsGiven,
            &[
                "a_certificate_is_stored_for_the_winning_key_only",
                "an_abandoned_server_key_gives_way_after_its_time",
                "a_certificate_is_stored_once_among_parallel_workers",
            ][..],
        ),
        (
            RetrievalFlaw::ForgetsCancellations,
            &[
                "a_cancelled_password_redeems_nothing",
                "what_is_being_redeemed_is_not_cancelled",
                "a_reissue_keeps_its_story",
                "of_a_cancellation_and_a_redemption_at_once_one_wins",
                "what_was_handed_over_is_listed_until_it_is_used",
                "what_waits_for_nobody_is_not_handed_over",
            ],
        ),
        (
            RetrievalFlaw::ConfusesContracts,
            &[
                "reissues_are_listed_newest_first",
                "a_reissue_is_found_within_its_contract_only",
                "states_are_answered_in_order",
                "a_hand_over_is_of_its_contract_and_user",
            ],
        ),
        (
            RetrievalFlaw::IgnoresHolds,
            &[
                "a_reissue_is_timed_by_the_store_and_gives_the_candidate",
                "a_held_password_redeems_later",
            ],
        ),
        (
            RetrievalFlaw::AbandonsCustomersKeys,
            &[
                "a_certificate_is_stored_for_the_winning_key_only",
                "a_customers_key_keeps_its_claim_for_ever",
            ],
        ),
        (
            RetrievalFlaw::ChargesNothing,
            &[
                "a_repeated_reissue_changes_nothing",
                "a_reissue_supersedes_and_lifts_the_lock",
                "wrong_entries_lock_until_a_reissue",
                "a_withdrawn_entry_was_never_counted",
                "what_was_checked_beside_the_redemption_is_excused",
                "repeated_calls_with_one_lease_are_charged_once",
                "the_first_key_wins_and_gets_its_certificate_again",
                "the_whole_life_of_a_password_is_one_budget",
                "a_reissue_keeps_its_story",
                "states_are_answered_in_order",
                "parallel_wrong_entries_lock_once_after_the_limit",
            ],
        ),
        (
            RetrievalFlaw::LetsEverybodyWin,
            &[
                "a_repeated_reissue_changes_nothing",
                "the_first_key_wins_and_gets_its_certificate_again",
                "a_certificate_is_stored_for_the_winning_key_only",
                "a_customers_key_keeps_its_claim_for_ever",
                "an_abandoned_server_key_gives_way_after_its_time",
                "a_delivered_server_key_never_gives_way",
                "a_used_password_with_another_key_is_a_wrong_entry",
                "what_was_checked_beside_the_redemption_is_excused",
                "of_parallel_right_entries_one_wins",
            ],
        ),
        (
            RetrievalFlaw::KeepsTheFirstPassword,
            &[
                "a_reissue_supersedes_and_lifts_the_lock",
                "a_certificate_is_stored_for_the_winning_key_only",
                "a_cancelled_password_redeems_nothing",
                "a_password_ends_at_its_time",
                "reissues_are_listed_newest_first",
                "a_reissue_is_found_within_its_contract_only",
                "a_reissue_keeps_its_story",
                "a_marked_request_is_carried_out_once_while_it_is_remembered",
                "a_proof_made_before_anothers_reissue_is_worth_nothing",
                "a_candidate_says_for_whom_and_by_whom_it_was_issued",
                "what_was_handed_over_is_listed_until_it_is_used",
                "what_waits_for_nobody_is_not_handed_over",
            ],
        ),
    ] {
        assert_flaw_noticed(flaw, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn flaws_of_what_a_reissue_depends_on_are_noticed() {
    for (flaw, expected) in [
        (
            RetrievalFlaw::ForgetsRequests,
            &[
                "a_marked_request_is_carried_out_once_while_it_is_remembered",
                "of_parallel_marked_requests_one_is_carried_out",
            ][..],
        ),
        (
            RetrievalFlaw::IgnoresOthersReissues,
            &["a_proof_made_before_anothers_reissue_is_worth_nothing"],
        ),
        (
            RetrievalFlaw::ForgetsIdentities,
            &["a_candidate_says_for_whom_and_by_whom_it_was_issued"],
        ),
        (
            RetrievalFlaw::ForgetsHandOvers,
            &[
                "what_was_handed_over_is_listed_until_it_is_used",
                "what_waits_for_nobody_is_not_handed_over",
                "a_hand_over_is_of_its_contract_and_user",
            ],
        ),
    ] {
        assert_flaw_noticed(flaw, expected).await;
    }
}

async fn assert_flaw_noticed(flaw: RetrievalFlaw, expected: &[&str]) {
    let make = async || {
        let (port, clock) = memory_store();
        let port: Arc<dyn RetrievalPasswordStore> =
            Arc::new(FlawedRetrievalPasswords::new(port, flaw));
        Fixture { port, clock }
    };
    let cases = retrieval_password_store::CASES;
    assert_failing(&format!("{flaw:?}"), cases, expected, make).await;
}

macro_rules! flaws_are_noticed {
    ($($test:ident: $suite:ident, $port:ident, $flawed:expr, [$($case:ident),+ $(,)?];)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let make = async || {
                    let (port, clock) = memory_store();
                    let port: Arc<dyn $port> = Arc::new($flawed(port));
                    Fixture { port, clock }
                };
                let expected = &[$(stringify!($case)),+];
                assert_failing(stringify!($test), $suite::CASES, expected, make).await;
            }
        )+
    };
}

flaws_are_noticed! {
    sessions_without_an_idle_time: session_store, SessionStore, ImmortalSessions, [a_session_without_use_ends];
    proofs_that_are_never_used_up: session_store, SessionStore, ReusableProofs, [a_proof_is_seen_until_it_is_taken_or_runs_out, a_proof_is_taken_once_for_each_time_it_was_put, of_parallel_takers_one_gets_the_proof];
    claims_forgotten_early: once_store, OnceStore, ForgetfulClaims, [a_claim_is_remembered_for_its_time_and_then_forgotten];
    quotas_above_the_limit: quota_store, QuotaStore, LavishQuotas, [the_limit_is_allowed_and_no_more, what_was_refused_is_worth_trying_after_the_given_time, what_was_refused_is_not_counted, a_window_lasts_from_its_first_allowed_call, keys_are_counted_apart, parallel_calls_stay_within_the_limit, what_did_not_happen_is_given_back, a_repeated_call_for_one_unit_is_counted_once, what_nobody_settled_is_named_when_it_stands_in_the_way, a_late_settlement_leaves_the_next_window_alone, parallel_settlements_give_back_each_unit_once];
    quotas_that_give_nothing_back: quota_store, QuotaStore, GrudgingQuotas, [what_did_not_happen_is_given_back, what_nobody_settled_is_named_when_it_stands_in_the_way, parallel_settlements_give_back_each_unit_once];
}
