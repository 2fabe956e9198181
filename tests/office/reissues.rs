//! Reissues that fail or are refused: what was not done may be asked for again, and is not counted.

use warifu_core::customers::ReissueForAnother;
use warifu_core::domain::{
    AuditEvent, AuditOutcome, IdempotencyKey, QuotaVerdict, UNSETTLED_AFTER,
};
use warifu_core::ports::{QuotaKey, QuotaStore};
use warifu_core::{Outcome, Refusal, Reissued};

use crate::bank::{Bank, transaction_password, user01};

/// As many as the bank's rules allow in an hour, for one user and by one operator alike.
const HOURLY: usize = 10;

async fn reissue(
    bank: &Bank,
    operator: &str,
    target: &str,
    key: Option<&str>,
) -> Outcome<Reissued> {
    let form = ReissueForAnother {
        user_id: target.to_owned(),
        transaction_password: transaction_password(operator).into(),
        not_instructed_by_others: true,
        idempotency_key: key.and_then(IdempotencyKey::parse),
    };
    let operator = bank.user(operator).await.operator;
    operator.reissue_for_another(form).await
}

fn is_quota(outcome: &Outcome<Reissued>) -> bool {
    matches!(outcome, Err(Refusal::ReissueQuota { .. }))
}

#[tokio::test]
async fn a_request_that_failed_is_carried_out_when_it_is_repeated() {
    let bank = Bank::new();
    let ask = || reissue(&bank, "admin01", "user01", Some("order-1"));
    *bank.log.fails_at.lock() = Some(AuditEvent::ReissueStarted);
    for _ in 0..3 {
        let failed = ask().await.map(|_| ());
        assert!(matches!(failed, Err(Refusal::Unavailable(_))), "{failed:?}");
    }
    *bank.log.fails_at.lock() = None;
    assert!(ask().await.is_ok(), "nothing was done before");
    let again = ask().await.map(|_| ());
    assert_eq!(again, Err(Refusal::AlreadyReissued));
    assert_eq!(bank.log.of(AuditEvent::Reissued).len(), 1);
    let other = reissue(&bank, "admin01", "holder01", Some("order-1")).await;
    assert!(other.is_ok(), "for another user it is another request");
}

#[tokio::test]
async fn of_one_request_sent_to_two_servers_at_once_one_is_carried_out() {
    let bank = Bank::new();
    let ask = || reissue(&bank, "admin01", "user01", Some("order-1"));
    let (one, other) = tokio::join!(ask(), ask());
    assert_eq!(one.is_ok(), other.is_err());
    assert_eq!(bank.log.of(AuditEvent::Reissued).len(), 1);
}

#[tokio::test]
async fn refused_reissues_do_not_use_up_the_operators_quota() {
    let bank = Bank::new();
    for _ in 0..HOURLY {
        assert!(reissue(&bank, "holder01", "user01", None).await.is_ok());
    }
    for _ in 0..HOURLY {
        let refused = reissue(&bank, "admin01", "user01", None).await;
        assert!(is_quota(&refused));
    }
    let refused = bank
        .log
        .with(AuditEvent::AccessDenied, AuditOutcome::Refused);
    assert_eq!(refused.len(), HOURLY);
    for number in 0..HOURLY {
        let reissued = reissue(&bank, "admin01", "holder01", None).await;
        assert!(reissued.is_ok(), "{number}");
    }
    assert!(is_quota(&reissue(&bank, "admin01", "holder01", None).await));
}

#[tokio::test]
async fn reissues_that_failed_use_up_nobodys_quota() {
    let bank = Bank::new();
    *bank.log.fails_at.lock() = Some(AuditEvent::ReissueStarted);
    for _ in 0..HOURLY * 2 {
        let failed = reissue(&bank, "admin01", "user01", None).await.map(|_| ());
        assert!(matches!(failed, Err(Refusal::Unavailable(_))), "{failed:?}");
    }
    *bank.log.fails_at.lock() = None;
    for number in 0..HOURLY {
        let reissued = reissue(&bank, "admin01", "user01", None).await;
        assert!(reissued.is_ok(), "{number}");
    }
    assert!(is_quota(&reissue(&bank, "admin01", "user01", None).await));
}

#[tokio::test]
async fn what_a_dead_server_took_counts_only_if_it_happened() {
    let bank = Bank::new();
    let quota = bank.use_cases.service.policy().reissue.per_target;
    let key = QuotaKey::ReissuesFor(user01());
    let quotas: &dyn QuotaStore = bank.store.as_ref();
    let stored = reissue(&bank, "admin01", "user01", None).await;
    let stored = stored.expect("a reissue").reissue_id;
    // Servers that died: one after the store had the reissue, the others before.
    let lost = (0..HOURLY - 2).map(warifu_contracts::samples::reissue_id);
    for unit in lost.chain([stored]) {
        let taken = quotas.take(&key, quota, unit).await;
        assert_eq!(taken, Ok(QuotaVerdict::Allowed));
    }
    let too_soon = reissue(&bank, "admin01", "user01", None).await;
    assert!(is_quota(&too_soon), "they may still be at it");
    bank.clock.advance_by(UNSETTLED_AFTER);
    // Two of the ten happened, one of them counted twice over by the dead server.
    for number in 0..HOURLY - 2 {
        let reissued = reissue(&bank, "admin01", "user01", None).await;
        assert!(reissued.is_ok(), "{number}");
    }
    assert!(is_quota(&reissue(&bank, "admin01", "user01", None).await));
}
