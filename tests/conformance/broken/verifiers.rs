//! Flaws of what checks codes and passwords, and of directories.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_verifier_that_forgets_used_codes_is_noticed() {
    let make = async || {
        let cards = Cards::new(Arc::new(TestClock::default()), Arc::new(ForgetfulSteps));
        Arc::new(cards) as Arc<dyn OtpKit>
    };
    let expected = [
        "a_right_code_is_accepted_once",
        "a_code_is_used_up_on_every_server_and_after_a_restart",
        "the_next_code_is_accepted_after_the_first",
        "no_code_older_than_the_last_accepted_is_accepted",
        "of_parallel_entries_of_one_code_one_is_accepted",
    ];
    assert_failing("ForgetfulSteps", otp_verifier::CASES, &expected, make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_radius_server_that_is_trusted_to_remember_codes_is_noticed() {
    for name in [
        "a_right_code_is_accepted_once",
        "a_code_is_used_up_on_every_server_and_after_a_restart",
        "of_parallel_entries_of_one_code_one_is_accepted",
    ] {
        let result = case::run(otp_verifier::CASES, name, radius::forgetful()).await;
        assert!(result.is_err(), "{name} does not notice it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_verifier_that_checks_then_uses_codes_up_is_noticed() {
    let make = async || {
        let clock = Arc::new(TestClock::default());
        let cards = Cards::new(clock.clone(), Arc::new(CheckThenAct::new(clock)));
        Arc::new(cards) as Arc<dyn OtpKit>
    };
    let races = ["of_parallel_entries_of_one_code_one_is_accepted"];
    assert_races_lost(otp_verifier::CASES, &races, make).await;
}

/// A directory kit whose directory has a flaw.
struct FlawedKit {
    kit: Arc<dyn DirectoryKit>,
    spoil: fn(Arc<dyn UserDirectory>) -> Arc<dyn UserDirectory>,
}

#[async_trait]
impl DirectoryKit for FlawedKit {
    fn directory(&self) -> Arc<dyn UserDirectory> {
        (self.spoil)(self.kit.directory())
    }

    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult {
        self.kit.fill(contracts).await
    }

    fn keeps_hashes(&self) -> bool {
        self.kit.keeps_hashes()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_directory_that_crosses_contracts_is_noticed() {
    let make = async || {
        let kit = memory::directory().await;
        let spoil = |directory| Arc::new(TenantBlindDirectory(directory)) as Arc<_>;
        Arc::new(FlawedKit { kit, spoil }) as Arc<dyn DirectoryKit>
    };
    let expected = [
        "a_user_is_found_with_the_contract",
        "what_is_not_there_is_none",
        "namesakes_of_another_contract_are_other_users",
        "hashes_are_those_that_were_imported",
    ];
    assert_failing(
        "TenantBlindDirectory",
        user_directory::CASES,
        &expected,
        make,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_directory_that_miscounts_is_noticed() {
    let make = async || {
        let kit = memory::directory().await;
        let spoil = |directory| Arc::new(MiscountingDirectory(directory)) as Arc<_>;
        Arc::new(FlawedKit { kit, spoil }) as Arc<dyn DirectoryKit>
    };
    let expected = [
        "users_are_counted",
        "users_are_found_by_their_place",
        "a_walk_meets_everybody_once_and_in_order",
    ];
    assert_failing(
        "MiscountingDirectory",
        user_directory::CASES,
        &expected,
        make,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn flaws_of_a_verifier_of_passwords_are_noticed() {
    for (flaw, expected) in [
        (PasswordFlaw::None, &[][..]),
        (
            PasswordFlaw::ConfusesContracts,
            &[
                "a_password_is_its_owners_only",
                "a_user_who_is_not_there_is_a_wrong_password",
            ],
        ),
        (
            PasswordFlaw::ComparesLoosely,
            &["the_right_password_is_right_and_no_other"],
        ),
        (
            PasswordFlaw::MatchesPatterns,
            &["what_looks_like_a_query_is_a_password_like_any_other"],
        ),
        (
            PasswordFlaw::Caches,
            &[
                "a_changed_password_is_wrong_at_once",
                "a_failing_back_end_gives_no_verdict_and_no_password_away",
                "a_silent_back_end_is_given_up_in_time",
            ],
        ),
        (
            PasswordFlaw::FailsForStrangers,
            &[
                "a_user_who_is_not_there_is_a_wrong_password",
                "a_decoy_costs_what_a_wrong_password_costs",
            ],
        ),
        (
            PasswordFlaw::TakesFailuresForWrong,
            &[
                "a_failing_back_end_gives_no_verdict_and_no_password_away",
                "a_silent_back_end_is_given_up_in_time",
            ],
        ),
        (
            PasswordFlaw::Blabs,
            &["a_failing_back_end_gives_no_verdict_and_no_password_away"],
        ),
        (
            PasswordFlaw::WaitsForEver,
            &["a_silent_back_end_is_given_up_in_time"],
        ),
        (
            PasswordFlaw::SkipsDecoys,
            &[
                "a_decoy_costs_what_a_wrong_password_costs",
                "a_failing_back_end_gives_no_verdict_and_no_password_away",
                "a_silent_back_end_is_given_up_in_time",
            ],
        ),
        (
            PasswordFlaw::MixesCallers,
            &["parallel_checks_are_kept_apart"],
        ),
    ] {
        let make = async || Arc::new(FlawedPasswords::new(flaw)) as Arc<dyn PasswordKit>;
        assert_failing(
            &format!("{flaw:?}"),
            password_verifier::CASES,
            expected,
            make,
        )
        .await;
    }
}
