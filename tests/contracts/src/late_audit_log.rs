//! [`AuditLog`] as a program uses it, with the memory of failed writes around: while it cannot be
//! written it takes nothing, and what had happened by then is written late.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, RequestId};
use warifu_core::ports::{AuditLog, AuditQuery};

use crate::case::{CaseResult, Failure, ensure, ensure_eq, suite};
use crate::samples::{START, contract};

/// A fresh log, and a way to let writing fail.
#[async_trait]
pub trait BreakableLog: Send + Sync {
    /// The log, as a program uses it.
    fn log(&self) -> Arc<dyn AuditLog>;

    /// From now on nothing can be written, or everything again.
    async fn set_broken(&self, broken: bool);
}

type Log = Arc<dyn BreakableLog>;

/// How long a log may take to notice that it can be written again.
const PATIENCE: Duration = Duration::from_secs(20);

suite!($ late_audit_log_conformance, late_audit_log, Log, [
    it_takes_records_while_it_can_be_written,
    from_a_failed_write_on_it_takes_none_until_it_can_be_written_again,
    what_had_happened_is_written_late_once_and_in_order,
    what_only_announces_an_act_is_not_written_late,
    closing_writes_what_waits,
    closing_tells_how_much_is_lost,
]);

fn record(number: u128, event: AuditEvent) -> AuditRecord {
    AuditRecord {
        time: START,
        event,
        outcome: AuditOutcome::Refused,
        actor: Some("user01".to_owned()),
        contract: Some(contract()),
        subject: Some("user01".to_owned()),
        source: None,
        request_id: RequestId::from_bytes(number.to_be_bytes()),
        detail: BTreeMap::new(),
    }
}

/// The numbers of all records, oldest first, and whether each is late.
async fn written(log: &dyn AuditLog) -> Result<Vec<(u128, bool)>, Failure> {
    let all = AuditQuery {
        limit: 1_000,
        ..AuditQuery::default()
    };
    let records = log.query(&all).await?.records;
    let told = records.iter().rev().map(|stored| {
        let number = u128::from_be_bytes(*stored.record.request_id.as_bytes());
        let late = stored.record.detail.get("late").map(String::as_str);
        (number, late == Some("true"))
    });
    Ok(told.collect())
}

async fn await_recovery(log: &dyn AuditLog) -> CaseResult {
    let deadline = Instant::now() + PATIENCE;
    while let Err(unavailable) = log.takes_records().await {
        ensure!(
            Instant::now() < deadline,
            "it does not take records again: {unavailable}"
        );
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Refuses at once, and without an end.
async fn ensure_refused(log: &dyn AuditLog) -> CaseResult {
    for _ in 0..20 {
        let begin = Instant::now();
        ensure!(log.takes_records().await.is_err(), "it takes records");
        ensure!(
            begin.elapsed() < Duration::from_millis(500),
            "it took {:?} to refuse",
            begin.elapsed()
        );
    }
    Ok(())
}

async fn it_takes_records_while_it_can_be_written(broken: Log) -> CaseResult {
    let log = broken.log();
    log.takes_records().await?;
    log.append(vec![record(1, AuditEvent::LoginRefused)])
        .await?;
    log.takes_records().await?;
    log.check().await?;
    ensure_eq!(log.close().await, 0, "records that were lost");
    ensure_eq!(written(&*log).await?, [(1, false)], "records");
    Ok(())
}

async fn from_a_failed_write_on_it_takes_none_until_it_can_be_written_again(
    broken: Log,
) -> CaseResult {
    let log = broken.log();
    log.append(vec![record(1, AuditEvent::LoginRefused)])
        .await?;
    broken.set_broken(true).await;
    let failed = log.append(vec![record(2, AuditEvent::AuditRead)]).await;
    ensure!(failed.is_err(), "it took a record that it cannot write");
    ensure_refused(&*log).await?;
    ensure!(log.check().await.is_err(), "it says that it can be written");
    broken.set_broken(false).await;
    await_recovery(&*log).await?;
    log.append(vec![record(3, AuditEvent::LoginRefused)])
        .await?;
    ensure_eq!(written(&*log).await?, [(1, false), (3, false)], "records");
    Ok(())
}

async fn what_had_happened_is_written_late_once_and_in_order(broken: Log) -> CaseResult {
    let log = broken.log();
    broken.set_broken(true).await;
    for number in 1..=300 {
        let both = vec![
            record(2 * number, AuditEvent::LoginRefused),
            record(2 * number + 1, AuditEvent::LockSet),
        ];
        ensure!(log.append(both).await.is_err(), "it took records");
    }
    broken.set_broken(false).await;
    await_recovery(&*log).await?;
    log.append(vec![record(1_000, AuditEvent::LoginSucceeded)])
        .await?;
    let mut expected: Vec<(u128, bool)> = (2..=601).map(|number| (number, true)).collect();
    expected.push((1_000, false));
    ensure_eq!(written(&*log).await?, expected, "records");
    Ok(())
}

async fn what_only_announces_an_act_is_not_written_late(broken: Log) -> CaseResult {
    let log = broken.log();
    broken.set_broken(true).await;
    for (number, event) in (1..).zip(AuditEvent::ALL) {
        let _ = log.append(vec![record(number, *event)]).await;
    }
    broken.set_broken(false).await;
    await_recovery(&*log).await?;
    let found = log
        .query(&AuditQuery {
            limit: 1_000,
            ..AuditQuery::default()
        })
        .await?;
    let found: Vec<AuditEvent> = found.records.iter().rev().map(|s| s.record.event).collect();
    let late = AuditEvent::ALL.iter().copied();
    let expected: Vec<AuditEvent> = late.filter(|event| event.is_written_late()).collect();
    ensure_eq!(found, expected, "events that were written late");
    Ok(())
}

async fn closing_writes_what_waits(broken: Log) -> CaseResult {
    let log = broken.log();
    broken.set_broken(true).await;
    let failed = log.append(vec![record(1, AuditEvent::LoginRefused)]).await;
    ensure!(failed.is_err(), "it took a record that it cannot write");
    broken.set_broken(false).await;
    ensure_eq!(log.close().await, 0, "records that were lost");
    ensure_eq!(written(&*log).await?, [(1, true)], "records");
    Ok(())
}

async fn closing_tells_how_much_is_lost(broken: Log) -> CaseResult {
    let log = broken.log();
    broken.set_broken(true).await;
    let records = vec![
        record(1, AuditEvent::LoginRefused),
        record(2, AuditEvent::LockSet),
        record(3, AuditEvent::AuditRead),
    ];
    ensure!(log.append(records).await.is_err(), "it took records");
    ensure_eq!(log.close().await, 2, "records that were lost");
    Ok(())
}
