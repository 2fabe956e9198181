//! What a query asks for, and nothing else, is answered.

use super::{
    AuditEvent, AuditOutcome, AuditQuery, AuditQueryError, AuditRecord, CaseResult, ContractNumber,
    Duration, Log, START, SeededRandomness, all, contract, contract_number, ensure, ensure_eq,
    numbers, other_contract, page_by_page, query, record,
};

/// Records that differ in everything a query can ask for.
fn mixture() -> Vec<AuditRecord> {
    let random = SeededRandomness::new(8);
    let pick = |count: u64| usize::try_from(random.next_number() % count).unwrap_or(0);
    let name = |number: usize| (number > 0).then(|| format!("user{number:02}"));
    (0..200)
        .map(|number| AuditRecord {
            event: AuditEvent::ALL[pick(4)],
            outcome: [
                AuditOutcome::Success,
                AuditOutcome::Refused,
                AuditOutcome::Failed,
            ][pick(3)],
            actor: name(pick(4)),
            contract: match pick(4) {
                0 => None,
                other => Some(contract_number(100_000 + other as u64)),
            },
            subject: name(pick(3)),
            ..record(number)
        })
        .collect()
}

/// What `query` should find among `records`.
fn expected(records: &[AuditRecord], query: &AuditQuery) -> Vec<u128> {
    let same =
        |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    records
        .iter()
        .rev()
        .filter(|record| query.contract.is_none() || query.contract == record.contract)
        .filter(|record| query.from.is_none_or(|from| record.time >= from))
        .filter(|record| query.until.is_none_or(|until| record.time < until))
        .filter(|record| same(&query.actor, &record.actor))
        .filter(|record| same(&query.subject, &record.subject))
        .filter(|record| query.event.is_none_or(|event| record.event == event))
        .filter(|record| {
            query
                .outcome
                .is_none_or(|outcome| record.outcome == outcome)
        })
        .map(|record| u128::from_be_bytes(*record.request_id.as_bytes()))
        .collect()
}

/// Queries with every condition alone, and with all of them together.
fn queries() -> Vec<AuditQuery> {
    let at = |seconds| Some(START.plus(Duration::from_secs(seconds)));
    let every = AuditQuery {
        contract: Some(contract_number(100_001)),
        from: at(20),
        until: at(180),
        actor: Some("user01".to_owned()),
        subject: Some("user01".to_owned()),
        event: Some(AuditEvent::ALL[1]),
        outcome: Some(AuditOutcome::Refused),
        ..all()
    };
    vec![
        all(),
        AuditQuery {
            contract: every.contract.clone(),
            ..all()
        },
        AuditQuery {
            from: every.from,
            ..all()
        },
        AuditQuery {
            until: every.until,
            ..all()
        },
        AuditQuery {
            from: every.from,
            until: every.from,
            ..all()
        },
        AuditQuery {
            actor: every.actor.clone(),
            ..all()
        },
        AuditQuery {
            subject: every.subject.clone(),
            ..all()
        },
        AuditQuery {
            event: every.event,
            ..all()
        },
        AuditQuery {
            outcome: every.outcome,
            ..all()
        },
        AuditQuery {
            actor: None,
            subject: None,
            event: None,
            ..every.clone()
        },
        AuditQuery {
            actor: Some("nobody".to_owned()),
            ..all()
        },
        AuditQuery {
            event: Some(AuditEvent::NoticePrinted),
            ..all()
        },
        every,
    ]
}

pub(super) async fn every_condition_narrows_the_answer(shared: Log) -> CaseResult {
    let log = shared.open().await;
    let records = mixture();
    log.append(records.clone()).await?;
    for query in queries() {
        let found = numbers(&log.query(&query).await?.records);
        ensure_eq!(found, expected(&records, &query), "records for {query:?}");
    }
    Ok(())
}

pub(super) async fn nothing_of_another_contract_is_returned(shared: Log) -> CaseResult {
    let log = shared.open().await;
    let of = |contract: Option<ContractNumber>, number| AuditRecord {
        contract,
        ..record(number)
    };
    let mut records = Vec::new();
    // Numbers that begin or end with one another, and records of no contract at all.
    for number in 0..50 {
        records.push(of(Some(contract()), 5 * number));
        records.push(of(Some(other_contract()), 5 * number + 1));
        records.push(of(Some(contract_number(123_456)), 5 * number + 2));
        records.push(of(Some(contract_number(567_890)), 5 * number + 3));
        records.push(of(None, 5 * number + 4));
    }
    log.append(records).await?;
    for (place, number) in [
        contract(),
        other_contract(),
        contract_number(123_456),
        contract_number(567_890),
    ]
    .into_iter()
    .enumerate()
    {
        let query = AuditQuery {
            contract: Some(number),
            limit: 7,
            ..AuditQuery::default()
        };
        let found = page_by_page(&*log, &query).await?;
        let expected: Vec<u128> = (0..50)
            .rev()
            .map(|number| 5 * number + place as u128)
            .collect();
        ensure_eq!(found, expected, "records of contract {place}");
    }
    let nobody = AuditQuery {
        contract: Some(contract_number(999_999)),
        ..all()
    };
    ensure!(
        query(&*log, &nobody).await?.records.is_empty(),
        "records of a contract without any"
    );
    // A cursor of one contract does not open another.
    let mine = AuditQuery {
        contract: Some(contract()),
        limit: 1,
        ..AuditQuery::default()
    };
    let cursor = query(&*log, &mine).await?.next_cursor;
    let theirs = AuditQuery {
        contract: Some(other_contract()),
        cursor,
        ..all()
    };
    match log.query(&theirs).await {
        Ok(page) => {
            let foreign = page
                .records
                .iter()
                .filter(|stored| stored.record.contract != theirs.contract)
                .count();
            ensure_eq!(
                foreign,
                0,
                "foreign records behind another contract's cursor"
            );
        }
        Err(AuditQueryError::BadCursor) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(())
}

pub(super) async fn pages_follow_one_another_without_gap_or_repetition(shared: Log) -> CaseResult {
    let log = shared.open().await;
    let records = mixture();
    log.append(records.clone()).await?;
    for conditions in queries() {
        for limit in [1, 3, 50, 200, 201] {
            let query = AuditQuery {
                limit,
                ..conditions.clone()
            };
            let found = page_by_page(&*log, &query).await?;
            ensure_eq!(found, expected(&records, &query), "records for {query:?}");
        }
    }
    Ok(())
}
