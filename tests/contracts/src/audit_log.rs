//! [`AuditLog`]: what was answered is written down, for good, for everybody's eyes but another
//! contract's.

mod conditions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, ContractNumber, RequestId};
use warifu_core::ports::{AuditLog, AuditPage, AuditQuery, AuditQueryError, StoredAuditRecord};

use crate::case::{CaseResult, Failure, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{START, SeededRandomness, contract, contract_number, other_contract};

/// A fresh log that several processes write to.
#[async_trait]
pub trait SharedLog: Send + Sync {
    /// Opens it once more, as another process does, or the same one after a restart.
    async fn open(&self) -> Arc<dyn AuditLog>;
}

type Log = Arc<dyn SharedLog>;

use conditions::{
    every_condition_narrows_the_answer, nothing_of_another_contract_is_returned,
    pages_follow_one_another_without_gap_or_repetition,
};

suite!($ audit_log_conformance, audit_log, Log, [
    a_record_comes_back_with_all_it_says,
    records_come_newest_first,
    a_record_may_say_little,
    records_survive_a_restart,
    records_of_other_writers_are_seen,
    the_records_of_a_writer_are_numbered_without_gaps,
    nothing_of_several_writers_is_lost,
    every_condition_narrows_the_answer,
    nothing_of_another_contract_is_returned,
    pages_follow_one_another_without_gap_or_repetition,
    pages_stay_in_step_while_records_come_in,
    a_page_without_room_is_empty,
    a_cursor_that_was_not_given_is_refused,
    hostile_text_stays_one_record,
    an_endless_text_is_kept_recognisable,
    appending_nothing_writes_nothing,
    it_says_that_it_can_be_written,
    it_takes_records_from_the_beginning,
]);

/// The record with this number, a second after the one before.
fn record(number: usize) -> AuditRecord {
    AuditRecord {
        time: START.plus(Duration::from_secs(number as u64)),
        event: AuditEvent::Reissued,
        outcome: AuditOutcome::Success,
        actor: Some("admin01".to_owned()),
        contract: Some(contract()),
        subject: Some("user01".to_owned()),
        source: None,
        request_id: RequestId::from_bytes((number as u128).to_be_bytes()),
        detail: BTreeMap::new(),
    }
}

fn all() -> AuditQuery {
    AuditQuery {
        limit: 10_000,
        ..AuditQuery::default()
    }
}

fn numbers(records: &[StoredAuditRecord]) -> Vec<u128> {
    let number =
        |stored: &StoredAuditRecord| u128::from_be_bytes(*stored.record.request_id.as_bytes());
    records.iter().map(number).collect()
}

async fn query(log: &dyn AuditLog, query: &AuditQuery) -> Result<AuditPage, Failure> {
    Ok(log.query(query).await?)
}

/// The numbers of everything there is, newest first.
async fn everything(log: &dyn AuditLog) -> Result<Vec<u128>, Failure> {
    Ok(numbers(&query(log, &all()).await?.records))
}

/// Follows the cursors to the end. A page that is neither full nor the last one fails.
async fn page_by_page(log: &dyn AuditLog, first: &AuditQuery) -> Result<Vec<u128>, Failure> {
    let mut query = first.clone();
    let mut found = Vec::new();
    loop {
        let page = log.query(&query).await?;
        ensure!(
            page.records.len() <= query.limit,
            "a page of more than {}",
            query.limit
        );
        found.extend(numbers(&page.records));
        if page.next_cursor.is_none() {
            return Ok(found);
        }
        ensure_eq!(
            page.records.len(),
            query.limit,
            "records of a page before the last"
        );
        query.cursor = page.next_cursor;
    }
}

async fn a_record_comes_back_with_all_it_says(shared: Log) -> CaseResult {
    let log = shared.open().await;
    let full = AuditRecord {
        source: Some("2001:db8::1".parse()?),
        detail: BTreeMap::from([
            ("route".to_owned(), "管理者".to_owned()),
            (
                "reason".to_owned(),
                "\"quoted\" \\ and, punctuated".to_owned(),
            ),
        ]),
        outcome: AuditOutcome::Refused,
        ..record(1)
    };
    log.append(vec![full.clone()]).await?;
    let found = query(&*log, &all()).await?.records;
    ensure_eq!(
        found
            .iter()
            .map(|stored| &stored.record)
            .collect::<Vec<_>>(),
        [&full],
        "records"
    );
    ensure!(!found[0].chain.is_empty(), "the record is of no chain");
    Ok(())
}

async fn records_come_newest_first(shared: Log) -> CaseResult {
    let log = shared.open().await;
    log.append(vec![record(1), record(2)]).await?;
    log.append(vec![record(3)]).await?;
    ensure_eq!(everything(&*log).await?, [3, 2, 1], "order");
    Ok(())
}

async fn a_record_may_say_little(shared: Log) -> CaseResult {
    let log = shared.open().await;
    let bare = AuditRecord {
        actor: None,
        contract: None,
        subject: None,
        ..record(1)
    };
    log.append(vec![bare.clone()]).await?;
    let found = query(&*log, &all()).await?.records;
    ensure_eq!(
        found
            .iter()
            .map(|stored| &stored.record)
            .collect::<Vec<_>>(),
        [&bare],
        "records"
    );
    Ok(())
}

async fn records_survive_a_restart(shared: Log) -> CaseResult {
    let log = shared.open().await;
    log.append(vec![record(1)]).await?;
    drop(log);
    let log = shared.open().await;
    ensure_eq!(everything(&*log).await?, [1], "records after a restart");
    log.append(vec![record(2)]).await?;
    ensure_eq!(
        everything(&*log).await?,
        [2, 1],
        "records before and after a restart"
    );
    Ok(())
}

async fn records_of_other_writers_are_seen(shared: Log) -> CaseResult {
    let (one, two) = (shared.open().await, shared.open().await);
    for number in 0..6 {
        let writer = if number % 2 == 0 { &one } else { &two };
        writer.append(vec![record(number)]).await?;
        for reader in [&one, &two] {
            let expected: Vec<u128> = (0..=number as u128).rev().collect();
            ensure_eq!(
                everything(&**reader).await?,
                expected,
                "records after {number}"
            );
        }
    }
    Ok(())
}

/// Every chain counts from 1 without a gap.
fn ensure_whole_chains(records: &[StoredAuditRecord]) -> CaseResult {
    let mut next = BTreeMap::new();
    for stored in records.iter().rev() {
        let expected = next.entry(stored.chain.clone()).or_insert(1);
        ensure_eq!(stored.seq, *expected, "number in chain {}", stored.chain);
        *expected += 1;
    }
    Ok(())
}

async fn the_records_of_a_writer_are_numbered_without_gaps(shared: Log) -> CaseResult {
    let log = shared.open().await;
    for number in 0..3 {
        log.append(vec![record(2 * number), record(2 * number + 1)])
            .await?;
    }
    let found = query(&*log, &all()).await?.records;
    ensure_eq!(found.len(), 6, "records");
    ensure_whole_chains(&found)
}

async fn nothing_of_several_writers_is_lost(shared: Log) -> CaseResult {
    const WRITERS: usize = 16;
    let each = rounds(8, 64);
    let logs = [shared.open().await, shared.open().await];
    at_once(WRITERS, |writer| {
        let log = logs[writer % 2].clone();
        async move {
            for number in 0..each {
                let first = 2 * (writer * each + number);
                log.append(vec![record(first), record(first + 1)]).await?;
            }
            Ok(())
        }
    })
    .await?;
    let fresh = shared.open().await;
    let found = query(&*fresh, &all()).await?.records;
    let distinct: BTreeSet<u128> = numbers(&found).into_iter().collect();
    ensure_eq!(distinct.len(), 2 * WRITERS * each, "different records");
    ensure_eq!(found.len(), 2 * WRITERS * each, "records");
    for pair in found.chunks(2) {
        let pair = numbers(pair);
        ensure_eq!(pair[0], pair[1] + 1, "records of one call, side by side");
    }
    ensure_whole_chains(&found)
}

async fn pages_stay_in_step_while_records_come_in(shared: Log) -> CaseResult {
    let (log, other) = (shared.open().await, shared.open().await);
    log.append((0..10).map(record).collect()).await?;
    let mut query = AuditQuery {
        limit: 4,
        ..AuditQuery::default()
    };
    let first = log.query(&query).await?;
    ensure_eq!(numbers(&first.records), [9, 8, 7, 6], "the first page");
    other.append(vec![record(10), record(11)]).await?;
    query.cursor = first.next_cursor;
    // Another process, or the same after a restart, goes on with the cursor as well.
    for reader in [log, other, shared.open().await] {
        let second = reader.query(&query).await?;
        ensure_eq!(numbers(&second.records), [5, 4, 3, 2], "the second page");
    }
    Ok(())
}

async fn a_page_without_room_is_empty(shared: Log) -> CaseResult {
    let log = shared.open().await;
    log.append(vec![record(1)]).await?;
    let page = query(&*log, &AuditQuery::default()).await?;
    ensure!(page.records.is_empty(), "a limit of 0 returned records");
    Ok(())
}

async fn a_cursor_that_was_not_given_is_refused(shared: Log) -> CaseResult {
    let log = shared.open().await;
    log.append((0..10).map(record).collect()).await?;
    let given = query(
        &*log,
        &AuditQuery {
            limit: 4,
            ..AuditQuery::default()
        },
    )
    .await?
    .next_cursor
    .ok_or_else(|| Failure::new("no cursor to the next page"))?;
    let mut made_up: Vec<String> = [
        "",
        "0",
        "x",
        "-1",
        "../../etc/passwd",
        "割符",
        "\0",
        &"0".repeat(48),
        &"f".repeat(5000),
    ]
    .map(str::to_owned)
    .to_vec();
    made_up.push(format!("{given}0"));
    made_up.push(format!(" {given}"));
    for (place, character) in given.char_indices() {
        let other = if character == '0' { '1' } else { '0' };
        let mut changed = given.clone();
        changed.replace_range(place..=place, &other.to_string());
        made_up.push(changed);
        made_up.push(given[..place].to_owned());
    }
    for cursor in made_up {
        let answer = log
            .query(&AuditQuery {
                cursor: Some(cursor.clone()),
                ..all()
            })
            .await;
        ensure!(
            matches!(answer, Err(AuditQueryError::BadCursor)),
            "the cursor {cursor:?} was not refused as bad"
        );
    }
    Ok(())
}

async fn hostile_text_stays_one_record(shared: Log) -> CaseResult {
    let log = shared.open().await;
    let texts = [
        "a\n{\"chain\":\"forged\"}\n",
        "\r\n\u{85}\u{2028}\u{2029}",
        "\u{1b}[2J\u{9b}31m\u{7}",
        "admin\u{202e}10nimda\u{200b}\u{feff}",
        "\",\"event\":\"login.succeeded\",\"x\":\"",
        "\\u0000\0\u{7f}\\",
        "😀𠮷",
    ];
    let hostile = |text: &str, number| AuditRecord {
        actor: Some(text.to_owned()),
        subject: Some(text.to_owned()),
        detail: BTreeMap::from([(text.to_owned(), text.to_owned())]),
        ..record(number)
    };
    for (number, text) in texts.iter().enumerate() {
        log.append(vec![hostile(text, number)]).await?;
        let one = AuditQuery {
            actor: Some((*text).to_owned()),
            ..all()
        };
        for reader in [log.clone(), shared.open().await] {
            let found = query(&*reader, &one).await?.records;
            ensure_eq!(found.len(), 1, "records of {text:?}");
            ensure_eq!(
                found[0].record,
                hostile(text, number),
                "the record of {text:?}"
            );
        }
    }
    ensure_eq!(everything(&*log).await?.len(), texts.len(), "records");
    Ok(())
}

async fn an_endless_text_is_kept_recognisable(shared: Log) -> CaseResult {
    let log = shared.open().await;
    let endless = "割".repeat(200_000);
    log.append(vec![
        AuditRecord {
            actor: Some(endless.clone()),
            ..record(1)
        },
        record(2),
    ])
    .await?;
    let found = query(
        &*log,
        &AuditQuery {
            actor: Some(endless.clone()),
            ..all()
        },
    )
    .await?
    .records;
    ensure_eq!(numbers(&found), [1], "records of the long name");
    let kept = found[0].record.actor.clone().unwrap_or_default();
    let beginning: String = endless.chars().take(100).collect();
    ensure!(
        kept.starts_with(&beginning),
        "the long name does not begin as it was"
    );
    ensure!(
        kept == endless || kept.contains("200000"),
        "the long name was cut without a word: {} characters of it are left",
        kept.chars().count()
    );
    Ok(())
}

async fn appending_nothing_writes_nothing(shared: Log) -> CaseResult {
    let log = shared.open().await;
    log.append(Vec::new()).await?;
    ensure!(everything(&*log).await?.is_empty(), "records of nothing");
    log.append(vec![record(1)]).await?;
    let found = query(&*log, &all()).await?.records;
    ensure_eq!(
        found.iter().map(|stored| stored.seq).collect::<Vec<_>>(),
        [1],
        "numbers"
    );
    Ok(())
}

async fn it_says_that_it_can_be_written(shared: Log) -> CaseResult {
    let log = shared.open().await;
    log.check().await?;
    ensure!(
        everything(&*log).await?.is_empty(),
        "the check left a record"
    );
    Ok(())
}

async fn it_takes_records_from_the_beginning(shared: Log) -> CaseResult {
    let log = shared.open().await;
    log.takes_records().await?;
    log.append(vec![record(1)]).await?;
    log.takes_records().await?;
    ensure_eq!(log.close().await, 0, "records that were lost");
    ensure_eq!(everything(&*log).await?, [1], "records");
    Ok(())
}
