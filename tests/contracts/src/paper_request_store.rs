//! [`PaperRequestStore`]: of any number of steps from one version, one is kept.

mod queues;

use std::collections::BTreeSet;
use std::time::Duration;

use warifu_core::domain::paper_request::{
    Matter, PaperChecks, PaperEvent, PaperFacts, PaperLine, PaperPosition, PaperRequest,
    PaperRequestQuery, PaperState, ReceptionNumber,
};
use warifu_core::domain::{Edition, StaffSignature, Timestamp};
use warifu_core::ports::PaperRequestStore;

use crate::case::{CaseResult, Failure, Fixture, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{START, SeededRandomness, lease, user};

use queues::{
    all_requests_are_counted,
    what_is_open_is_listed_until_it_is_done_with_and_again_when_it_comes_back,
};

type Store = Fixture<dyn PaperRequestStore>;

suite!($ paper_request_store_conformance, paper_request_store, Store, [
    what_was_kept_is_found_as_it_was_given,
    a_number_is_given_once,
    a_step_from_another_version_is_not_kept,
    a_repeated_call_answers_as_the_first_and_changes_nothing,
    a_list_is_newest_first_and_goes_on_where_it_ended,
    a_list_can_be_oldest_first,
    a_list_has_what_matches_all_conditions,
    what_is_open_is_listed_until_it_is_done_with_and_again_when_it_comes_back,
    all_requests_are_counted,
    what_is_overdue_is_found_until_it_says_so,
    of_parallel_steps_from_one_version_one_is_kept,
    of_parallel_requests_with_one_number_one_is_kept,
    no_step_is_lost_among_parallel_workers,
]);

const FORTNIGHT: Duration = Duration::from_hours(14 * 24);

fn number(of: usize) -> ReceptionNumber {
    let seed = u64::try_from(of).unwrap_or(u64::MAX);
    ReceptionNumber::generate(&SeededRandomness::new(seed))
}

fn staff(id: &str) -> Result<StaffSignature, Failure> {
    Ok(StaffSignature {
        id: id.parse()?,
        name: format!("{id} 名"),
    })
}

fn at(seconds: usize) -> Timestamp {
    START.plus(Duration::from_secs(
        u64::try_from(seconds).unwrap_or(u64::MAX),
    ))
}

/// The draft with this number, for the user of this number, registered so many seconds after the
/// start.
fn draft(of: usize, by: &str) -> Result<PaperRequest, Failure> {
    let broken = || Failure::new("a sample cannot be made");
    let facts = PaperFacts {
        edition: Edition::parse("standard").ok_or_else(broken)?,
        subject: user(of),
        contract_name: "株式会社サンプル".to_owned(),
        user_name: format!("鈴木 {of}"),
        matters: BTreeSet::from([Matter::ReissueRetrievalPassword, Matter::UnlockOtp]),
        received_on: "2025-12-31".parse()?,
        checks: PaperChecks {
            seal: true,
            identity: true,
            registered_address: true,
        },
        scan_reference: PaperLine::parse("棚7-3").ok_or_else(broken)?,
        card_serial: None,
    };
    Ok(PaperRequest::draft(
        number(of),
        facts,
        staff(by)?,
        at(of),
        FORTNIGHT,
    ))
}

fn step(request: &PaperRequest, event: PaperEvent, by: &str) -> Result<PaperRequest, Failure> {
    Ok(request.apply(event, &staff(by)?, at(0))?.0)
}

fn put_forward(request: &PaperRequest) -> Result<PaperRequest, Failure> {
    let undecided_for = FORTNIGHT;
    step(
        request,
        PaperEvent::AskForApproval { undecided_for },
        "maker",
    )
}

async fn create(store: &Store, request: &PaperRequest, change: usize) -> CaseResult {
    let kept = store.port.create(request, lease(change)).await?;
    ensure!(kept, "a new request is kept");
    Ok(())
}

async fn found(store: &Store, of: usize) -> Result<PaperRequest, Failure> {
    let found = store.port.find(&number(of)).await?;
    found.ok_or_else(|| Failure::new("a request that was kept is not found"))
}

async fn what_was_kept_is_found_as_it_was_given(store: Store) -> CaseResult {
    ensure_eq!(store.port.find(&number(1)).await?, None, "nothing is kept");
    let first = draft(1, "maker")?;
    create(&store, &first, 1).await?;
    create(&store, &draft(2, "maker")?, 2).await?;
    ensure_eq!(found(&store, 1).await?, first, "the request");
    let second = put_forward(&first)?;
    let kept = store
        .port
        .replace(&second, first.version(), lease(3))
        .await?;
    ensure!(kept, "the next version is kept");
    ensure_eq!(found(&store, 1).await?, second, "the next version");
    ensure_eq!(
        found(&store, 2).await?,
        draft(2, "maker")?,
        "another request"
    );
    Ok(())
}

async fn a_number_is_given_once(store: Store) -> CaseResult {
    create(&store, &draft(1, "maker")?, 1).await?;
    let other = draft(1, "another")?;
    ensure!(
        !store.port.create(&other, lease(2)).await?,
        "a number that is taken is not given again"
    );
    ensure_eq!(
        found(&store, 1).await?,
        draft(1, "maker")?,
        "the first request"
    );
    let all = store.port.list(&query(10)).await?;
    ensure_eq!(all.len(), 1, "requests in the list");
    Ok(())
}

async fn a_step_from_another_version_is_not_kept(store: Store) -> CaseResult {
    let first = draft(1, "maker")?;
    let second = put_forward(&first)?;
    let lost = store
        .port
        .replace(&second, first.version(), lease(1))
        .await?;
    ensure!(!lost, "what is not there cannot be replaced");
    ensure_eq!(store.port.find(&number(1)).await?, None, "nothing is kept");
    create(&store, &first, 2).await?;
    ensure!(
        store
            .port
            .replace(&second, first.version(), lease(3))
            .await?,
        "the next version is kept"
    );
    let cancelled = step(&first, PaperEvent::Cancel, "maker")?;
    let late = store
        .port
        .replace(&cancelled, first.version(), lease(4))
        .await?;
    ensure!(!late, "a step from an earlier version is not kept");
    ensure_eq!(found(&store, 1).await?, second, "the version kept");
    Ok(())
}

async fn a_repeated_call_answers_as_the_first_and_changes_nothing(store: Store) -> CaseResult {
    let first = draft(1, "maker")?;
    create(&store, &first, 1).await?;
    create(&store, &first, 1).await?;
    let second = put_forward(&first)?;
    for _ in 0..3 {
        let kept = store
            .port
            .replace(&second, first.version(), lease(2))
            .await?;
        ensure!(kept, "the call that kept it");
        ensure_eq!(found(&store, 1).await?, second, "the version kept");
    }
    let same = store
        .port
        .replace(&second, first.version(), lease(3))
        .await?;
    ensure!(!same, "another call with the same content did not keep it");
    Ok(())
}

fn query(limit: usize) -> PaperRequestQuery {
    PaperRequestQuery {
        limit,
        ..PaperRequestQuery::default()
    }
}

async fn a_list_is_newest_first_and_goes_on_where_it_ended(store: Store) -> CaseResult {
    // Several of one second, so that the time alone does not tell the order.
    let request = |of: usize| {
        let facts = draft(of, "maker")?.facts().clone();
        let by = staff("maker")?;
        Result::<_, Failure>::Ok(PaperRequest::draft(
            number(of),
            facts,
            by,
            at(of / 5),
            FORTNIGHT,
        ))
    };
    let mut expected = Vec::new();
    for of in 0..250 {
        create(&store, &request(of)?, of).await?;
        expected.push(request(of)?.position());
    }
    expected.sort();
    expected.reverse();
    in_pages(&store, &query(0), &expected).await
}

/// Whether the list of `query` is `expected`, in pages of any size.
async fn in_pages(
    store: &Store,
    query: &PaperRequestQuery,
    expected: &[PaperPosition],
) -> CaseResult {
    for limit in [7, 100, 251] {
        let mut query = query.clone();
        query.limit = limit;
        let mut seen = Vec::new();
        loop {
            let page = store.port.list(&query).await?;
            ensure!(page.len() <= limit, "{} of at most {limit}", page.len());
            let Some(last) = page.last() else { break };
            query.after = Some(last.position());
            seen.extend(page.iter().map(PaperRequest::position));
            ensure!(seen.len() <= expected.len(), "a list that never ends");
        }
        ensure_eq!(
            seen.as_slice(),
            expected,
            "all requests in pages of {limit}"
        );
    }
    Ok(())
}

async fn a_list_can_be_oldest_first(store: Store) -> CaseResult {
    let mut drafts = Vec::new();
    let mut all = Vec::new();
    for of in 0..120 {
        let first = draft(of, "maker")?;
        create(&store, &first, of).await?;
        all.push(first.position());
        if of % 4 == 0 {
            let cancelled = step(&first, PaperEvent::Cancel, "maker")?;
            let kept = store.port.replace(&cancelled, 1, lease(1000 + of)).await?;
            ensure!(kept, "given up");
        } else {
            drafts.push(first.position());
        }
    }
    all.sort();
    drafts.sort();
    let mut oldest_first = query(0);
    oldest_first.oldest_first = true;
    in_pages(&store, &oldest_first, &all).await?;
    oldest_first.states = BTreeSet::from([PaperState::Draft]);
    in_pages(&store, &oldest_first, &drafts).await?;
    oldest_first.states = BTreeSet::from([PaperState::Cancelled, PaperState::Draft]);
    in_pages(&store, &oldest_first, &all).await
}

async fn a_list_has_what_matches_all_conditions(store: Store) -> CaseResult {
    for of in 0..30 {
        let by = if of % 2 == 0 { "maker" } else { "another" };
        let first = draft(of, by)?;
        create(&store, &first, 100 + of).await?;
        if of % 3 == 0 {
            let second = put_forward(&first)?;
            let kept = store
                .port
                .replace(&second, first.version(), lease(200 + of))
                .await?;
            ensure!(kept, "put forward");
            if of % 9 == 0 {
                let third = step(&second, PaperEvent::Approve, "checker")?;
                let kept = store
                    .port
                    .replace(&third, second.version(), lease(300 + of))
                    .await?;
                ensure!(kept, "approved");
            }
        }
    }
    let listed = async |query: PaperRequestQuery| {
        let found = store.port.list(&query).await?;
        let found = found
            .iter()
            .map(|request| request.facts().user_name.clone());
        Result::<_, Failure>::Ok(found.collect::<BTreeSet<String>>())
    };
    let expected = |wanted: fn(usize) -> bool| {
        let all = 0..30;
        let wanted = all.filter(|of| wanted(*of));
        wanted
            .map(|of| format!("鈴木 {of}"))
            .collect::<BTreeSet<String>>()
    };
    let states = |states: &[PaperState]| PaperRequestQuery {
        states: states.iter().copied().collect(),
        ..query(100)
    };
    let pending = states(&[PaperState::Pending]);
    ensure_eq!(
        listed(pending.clone()).await?,
        expected(|of| of % 3 == 0 && of % 9 != 0),
        "pending requests"
    );
    ensure_eq!(
        listed(states(&[PaperState::Approved])).await?,
        expected(|of| of % 9 == 0),
        "approved requests"
    );
    ensure_eq!(
        listed(states(&[PaperState::Approved, PaperState::Draft])).await?,
        expected(|of| of % 9 == 0 || of % 3 != 0),
        "drafts and approved requests"
    );
    let own = PaperRequestQuery {
        registered_by: Some("maker".parse()?),
        ..pending.clone()
    };
    ensure_eq!(
        listed(own).await?,
        expected(|of| of % 3 == 0 && of % 9 != 0 && of % 2 == 0),
        "one's own pending requests"
    );
    let to_decide = PaperRequestQuery {
        decidable_by: Some("maker".parse()?),
        search: Some("鈴木 2".to_owned()),
        ..pending
    };
    ensure_eq!(
        listed(to_decide).await?,
        expected(|of| of == 21),
        "others' pending requests of a name"
    );
    Ok(())
}

async fn what_is_overdue_is_found_until_it_says_so(store: Store) -> CaseResult {
    let end = |of: usize| at(of).plus(FORTNIGHT);
    for of in 1..=5 {
        create(&store, &draft(of, "maker")?, of).await?;
    }
    // Decided in time, and put forward again.
    let decided = step(&draft(1, "maker")?, PaperEvent::Cancel, "maker")?;
    ensure!(store.port.replace(&decided, 1, lease(11)).await?, "decided");
    let undecided_for = FORTNIGHT * 2;
    let again = PaperEvent::AskForApproval { undecided_for };
    let again = step(&draft(2, "maker")?, again, "maker")?;
    ensure!(
        store.port.replace(&again, 1, lease(12)).await?,
        "put forward"
    );

    let before = end(3).minus(Duration::from_millis(1));
    ensure!(
        store.port.overdue(before, 10).await?.is_empty(),
        "nothing is overdue"
    );
    let overdue = store.port.overdue(end(4), 10).await?;
    let numbers: BTreeSet<_> = overdue
        .iter()
        .map(|request| request.number().clone())
        .collect();
    ensure_eq!(
        numbers,
        BTreeSet::from([number(3), number(4)]),
        "overdue requests"
    );
    ensure_eq!(
        store.port.overdue(end(5), 1).await?.len(),
        1,
        "with a limit of one"
    );
    let mut rounds = 0;
    let last = at(100).plus(FORTNIGHT * 3);
    while let Some(request) = store.port.overdue(last, 1).await?.first() {
        let expired = request
            .expired_at(last)
            .ok_or_else(|| Failure::new("one that is not overdue"))?;
        let change = lease(20 + rounds);
        ensure!(
            store
                .port
                .replace(&expired, request.version(), change)
                .await?,
            "expired"
        );
        rounds += 1;
        ensure!(rounds <= 4, "what says that it has expired is found again");
    }
    ensure_eq!(rounds, 4, "requests that expired");
    Ok(())
}

async fn of_parallel_steps_from_one_version_one_is_kept(store: Store) -> CaseResult {
    for round in 0..rounds(10, 200) {
        let draft = draft(round, "maker")?;
        create(&store, &draft, round).await?;
        let pending = put_forward(&draft)?;
        let kept = store
            .port
            .replace(&pending, draft.version(), lease(1_000_000 + round))
            .await?;
        ensure!(kept, "put forward");
        let approve = |worker: usize| {
            let (store, pending) = (store.clone(), pending.clone());
            async move {
                let approved = step(&pending, PaperEvent::Approve, &format!("checker{worker}"))?;
                let change = lease(10_000 * (round + 1) + worker);
                let kept = store
                    .port
                    .replace(&approved, pending.version(), change)
                    .await?;
                Ok((kept, approved))
            }
        };
        let answers = at_once(20, approve).await?;
        let winners: Vec<_> = answers.iter().filter(|(kept, _)| *kept).collect();
        ensure_eq!(winners.len(), 1, "approvals kept in round {round}");
        ensure_eq!(found(&store, round).await?, winners[0].1, "what is kept");
    }
    Ok(())
}

async fn of_parallel_requests_with_one_number_one_is_kept(store: Store) -> CaseResult {
    for round in 0..rounds(10, 200) {
        let register = |worker: usize| {
            let store = store.clone();
            async move {
                let request = draft(round, &format!("maker{worker}"))?;
                let change = lease(1000 * (round + 1) + worker);
                Ok((store.port.create(&request, change).await?, request))
            }
        };
        let answers = at_once(20, register).await?;
        let winners: Vec<_> = answers.iter().filter(|(kept, _)| *kept).collect();
        ensure_eq!(winners.len(), 1, "requests kept in round {round}");
        ensure_eq!(found(&store, round).await?, winners[0].1, "what is kept");
    }
    Ok(())
}

async fn no_step_is_lost_among_parallel_workers(store: Store) -> CaseResult {
    let first = draft(1, "maker")?;
    create(&store, &first, 1).await?;
    let workers = 8;
    let edits = rounds(5, 50);
    let edit = |worker: usize| {
        let store = store.clone();
        async move {
            let mut done = 0;
            let mut tries = 0;
            while done < edits {
                let current = found(&store, 1).await?;
                let event = PaperEvent::Edit(Box::new(current.facts().clone()));
                let next = step(&current, event, &format!("maker{worker}"))?;
                let change = lease(1_000_000 * (worker + 1) + tries);
                if store.port.replace(&next, current.version(), change).await? {
                    done += 1;
                }
                tries += 1;
                ensure!(tries < 100_000, "a worker gets nowhere");
            }
            Ok(())
        }
    };
    at_once(workers, edit).await?;
    let last = found(&store, 1).await?;
    ensure_eq!(
        last.history().len(),
        1 + workers * edits,
        "steps in the history"
    );
    Ok(())
}
