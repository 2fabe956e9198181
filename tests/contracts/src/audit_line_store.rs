//! [`AuditLineStore`]: lines are kept once, together and in order, and found again where they were.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::domain::AuditEvent;
use warifu_core::ports::{
    Appended, AuditLine, AuditLineStore, AuditLines, KeptLine, LinePosition, LinesOf,
};

use crate::case::{CaseResult, Failure, at_once, ensure, ensure_eq, suite};
use crate::samples::{contract, other_contract};

/// A fresh store of lines that several processes use.
#[async_trait]
pub trait SharedLines: Send + Sync {
    /// Opens it once more, as another process does, or the same one after a restart.
    async fn open(&self) -> Arc<dyn AuditLineStore>;
}

type Lines = Arc<dyn SharedLines>;

suite!($ audit_line_store_conformance, audit_line_store, Lines, [
    lines_come_back_to_the_letter,
    lines_are_read_from_both_ends,
    places_go_on_and_stay,
    lines_are_kept_once,
    a_gap_in_a_chain_is_told_and_leaves_nothing_behind,
    lines_are_found_by_contract_and_by_event,
    lines_of_several_writers_stay_together,
    no_room_is_no_lines,
    it_says_that_lines_can_be_appended,
]);

const EVENT: AuditEvent = AuditEvent::Reissued;

fn line(text: &str) -> AuditLine {
    AuditLine {
        text: text.to_owned(),
        contract: None,
        event: EVENT,
    }
}

fn lines(chain: &str, first: u64, texts: &[&str]) -> AuditLines {
    AuditLines {
        chain: chain.to_owned(),
        first,
        lines: texts.iter().map(|text| line(text)).collect(),
    }
}

fn texts(kept: &[KeptLine]) -> Vec<&str> {
    kept.iter().map(|line| line.text.as_str()).collect()
}

async fn keep(store: &dyn AuditLineStore, lines: &AuditLines) -> CaseResult {
    ensure_eq!(store.append(lines).await?, Appended::Kept, "lines");
    Ok(())
}

/// The texts of all lines, oldest first.
async fn everything(store: &dyn AuditLineStore) -> Result<Vec<String>, Failure> {
    let kept = store.after(None, 1_000).await?;
    Ok(kept.into_iter().map(|line| line.text).collect())
}

async fn newest(store: &dyn AuditLineStore, of: LinesOf) -> Result<Vec<KeptLine>, Failure> {
    Ok(store.before(&of, None, 1_000).await?)
}

async fn lines_come_back_to_the_letter(shared: Lines) -> CaseResult {
    let store = shared.open().await;
    let long = "割符".repeat(5_000);
    let hostile = [
        "{\"a\":\"\\u0000\"}",
        " ",
        "割符 😀",
        "\"'`$(x)\\",
        "%s%n",
        &long,
    ];
    keep(&*store, &lines("a", 1, &hostile)).await?;
    for reader in [store, shared.open().await] {
        let kept = reader.after(None, 1_000).await?;
        ensure_eq!(texts(&kept), hostile, "lines");
    }
    Ok(())
}

async fn lines_are_read_from_both_ends(shared: Lines) -> CaseResult {
    let store = shared.open().await;
    keep(&*store, &lines("a", 1, &["1", "2", "3"])).await?;
    keep(&*store, &lines("a", 4, &["4", "5"])).await?;
    let all = store.after(None, 10).await?;
    ensure_eq!(texts(&all), ["1", "2", "3", "4", "5"], "oldest first");
    let back = newest(&*store, LinesOf::Everything).await?;
    let forward: Vec<KeptLine> = back.into_iter().rev().collect();
    ensure_eq!(forward, all, "newest first, turned round");
    for (number, line) in all.iter().enumerate() {
        let after = store.after(Some(line.place), 2).await?;
        let expected: Vec<KeptLine> = all.iter().skip(number + 1).take(2).cloned().collect();
        ensure_eq!(after, expected, "two after line {number}");
        let before = store
            .before(&LinesOf::Everything, Some(line.place), 2)
            .await?;
        let expected: Vec<KeptLine> = all[..number].iter().rev().take(2).cloned().collect();
        ensure_eq!(before, expected, "two before line {number}");
    }
    Ok(())
}

async fn places_go_on_and_stay(shared: Lines) -> CaseResult {
    let store = shared.open().await;
    let mut known: Vec<LinePosition> = Vec::new();
    for number in 1..=20 {
        let text = number.to_string();
        keep(&*store, &lines("a", number, &[&text])).await?;
        let places: Vec<LinePosition> = (store.after(None, 1_000).await?)
            .iter()
            .map(|line| line.place)
            .collect();
        ensure!(places.starts_with(&known), "an earlier place has changed");
        ensure!(
            places.is_sorted_by(|one, next| one < next),
            "places do not go on"
        );
        known = places;
    }
    ensure_eq!(known.len(), 20, "places");
    Ok(())
}

async fn lines_are_kept_once(shared: Lines) -> CaseResult {
    let (store, other) = (shared.open().await, shared.open().await);
    let (first, second) = (lines("a", 1, &["1", "2"]), lines("a", 3, &["3"]));
    for again in [&store, &store, &other] {
        keep(&**again, &first).await?;
    }
    keep(&*store, &second).await?;
    for again in [&first, &second] {
        keep(&*other, again).await?;
    }
    ensure_eq!(
        everything(&*store).await?,
        ["1", "2", "3"],
        "lines that were appended again and again"
    );
    Ok(())
}

async fn a_gap_in_a_chain_is_told_and_leaves_nothing_behind(shared: Lines) -> CaseResult {
    let store = shared.open().await;
    let behind = |last| Appended::Behind { last };
    let answer = store.append(&lines("a", 2, &["2"])).await?;
    ensure_eq!(answer, behind(0), "a chain without a beginning");
    keep(&*store, &lines("a", 1, &["1"])).await?;
    let answer = store.append(&lines("a", 3, &["3", "4"])).await?;
    ensure_eq!(answer, behind(1), "a chain with a gap");
    let answer = store.append(&lines("b", 2, &["2"])).await?;
    ensure_eq!(answer, behind(0), "another chain");
    ensure_eq!(everything(&*store).await?, ["1"], "lines");
    keep(&*store, &lines("a", 2, &["2"])).await?;
    for (first, expected) in [(1, Appended::Kept), (3, Appended::Kept), (4, behind(2))] {
        let answer = store.append(&lines("a", first, &[])).await?;
        ensure_eq!(answer, expected, "no lines at {first}");
    }
    ensure_eq!(everything(&*store).await?, ["1", "2"], "lines");
    Ok(())
}

async fn lines_are_found_by_contract_and_by_event(shared: Lines) -> CaseResult {
    let store = shared.open().await;
    let events = [AuditEvent::LoginRefused, AuditEvent::LockSet];
    let contracts = [None, Some(contract()), Some(other_contract())];
    let mixture: Vec<AuditLine> = (0..60)
        .map(|number| AuditLine {
            text: number.to_string(),
            contract: contracts[number % 3].clone(),
            event: events[number / 3 % 2],
        })
        .collect();
    let all = AuditLines {
        chain: "a".to_owned(),
        first: 1,
        lines: mixture.clone(),
    };
    keep(&*store, &all).await?;
    let everything = newest(&*store, LinesOf::Everything).await?;
    let of_contracts = [contract(), other_contract()].map(LinesOf::Contract);
    for of in of_contracts
        .into_iter()
        .chain(events.map(LinesOf::Event))
        .chain([LinesOf::Event(AuditEvent::NoticePrinted)])
    {
        let belongs = |line: &&AuditLine| match &of {
            LinesOf::Everything => true,
            LinesOf::Contract(contract) => line.contract.as_ref() == Some(contract),
            LinesOf::Event(event) => line.event == *event,
        };
        let expected: Vec<&str> = mixture
            .iter()
            .rev()
            .filter(belongs)
            .map(|line| line.text.as_str())
            .collect();
        // Page by page, and in the places that they have among all.
        let mut found: Vec<KeptLine> = Vec::new();
        loop {
            let place = found.last().map(|line| line.place);
            let page = store.before(&of, place, 7).await?;
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        ensure_eq!(texts(&found), expected, "lines of {of:?}");
        ensure!(
            found.iter().all(|line| everything.contains(line)),
            "a line of {of:?} is elsewhere among all"
        );
    }
    Ok(())
}

async fn lines_of_several_writers_stay_together(shared: Lines) -> CaseResult {
    const WRITERS: usize = 8;
    const EACH: u64 = 10;
    let stores = [shared.open().await, shared.open().await];
    at_once(WRITERS, |writer| {
        let store = stores[writer % 2].clone();
        async move {
            let chain = format!("chain{writer}");
            for number in 0..EACH {
                let name = |part: &str| format!("{chain} {number} {part}");
                let batch = [name("a"), name("b"), name("c")];
                let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
                keep(&*store, &lines(&chain, 3 * number + 1, &batch)).await?;
            }
            Ok(())
        }
    })
    .await?;
    let kept = shared.open().await.after(None, 1_000).await?;
    ensure_eq!(kept.len(), WRITERS * 30, "lines");
    for batch in kept.chunks(3) {
        let batch = texts(batch);
        let begin = batch[0].trim_end_matches('a');
        let expected: Vec<String> = ["a", "b", "c"]
            .iter()
            .map(|part| format!("{begin}{part}"))
            .collect();
        ensure_eq!(batch, expected, "lines of one call, side by side");
    }
    Ok(())
}

async fn no_room_is_no_lines(shared: Lines) -> CaseResult {
    let store = shared.open().await;
    keep(&*store, &lines("a", 1, &["1"])).await?;
    ensure!(store.after(None, 0).await?.is_empty(), "lines after");
    let before = store.before(&LinesOf::Everything, None, 0).await?;
    ensure!(before.is_empty(), "lines before");
    Ok(())
}

async fn it_says_that_lines_can_be_appended(shared: Lines) -> CaseResult {
    let store = shared.open().await;
    store.check().await?;
    ensure!(
        store.after(None, 10).await?.is_empty(),
        "the check left a line"
    );
    Ok(())
}
