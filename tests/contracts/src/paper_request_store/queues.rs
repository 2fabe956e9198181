//! What waits where, from step to step.

use warifu_core::domain::ReissueId;
use warifu_core::domain::paper_request::{
    Matter, PaperEvent, PaperQueue, PaperRequest, PaperRequestQuery,
};

use super::{FORTNIGHT, Store, create, draft, found, query, step};
use crate::case::{CaseResult, Failure, ensure, ensure_eq};
use crate::samples::lease;

/// Takes a request from step to step, each kept.
async fn keep_on(store: &Store, first: &PaperRequest, steps: &[(PaperEvent, &str)]) -> CaseResult {
    let mut current = first.clone();
    for (event, by) in steps {
        let next = step(&current, event.clone(), by)?;
        let change = lease(10_000 + usize::try_from(next.version()).unwrap_or(0));
        let kept = store.port.replace(&next, current.version(), change).await?;
        ensure!(kept, "{:?}", next.state());
        current = next;
    }
    Ok(())
}

pub(super) async fn what_is_open_is_listed_until_it_is_done_with_and_again_when_it_comes_back(
    store: Store,
) -> CaseResult {
    let waiting = async |queue: PaperQueue| {
        let query = PaperRequestQuery {
            states: queue.states().iter().copied().collect(),
            queue: Some(queue),
            ..query(10)
        };
        let found = store.port.list(&query).await?;
        Result::<_, Failure>::Ok(found.len())
    };
    let expect = async |wanted: [usize; 5], what: &str| {
        for (queue, wanted) in PaperQueue::ALL.into_iter().zip(wanted) {
            ensure_eq!(waiting(queue).await?, wanted, "{queue:?}, {what}");
        }
        Result::<_, Failure>::Ok(())
    };
    let first = draft(1, "maker")?;
    create(&store, &first, 1).await?;
    expect([0; 5], "a draft").await?;
    let undecided_for = FORTNIGHT;
    let reissue = ReissueId::from_bytes([1; 16]);
    let unlocked = PaperEvent::CarryOut(Matter::UnlockOtp);
    keep_on(
        &store,
        &first,
        &[(PaperEvent::AskForApproval { undecided_for }, "maker")],
    )
    .await?;
    expect([1, 0, 0, 0, 0], "put forward").await?;
    keep_on(
        &store,
        &found(&store, 1).await?,
        &[(PaperEvent::Approve, "checker"), (unlocked, "checker")],
    )
    .await?;
    expect([0, 0, 1, 0, 0], "approved").await?;
    keep_on(
        &store,
        &found(&store, 1).await?,
        &[
            (PaperEvent::BeginNotice(reissue), "maker"),
            (PaperEvent::FinishNotice(reissue), "maker"),
        ],
    )
    .await?;
    expect([0, 0, 1, 0, 0], "made").await?;
    let printed = [(PaperEvent::ConfirmPrinted, "maker")];
    keep_on(&store, &found(&store, 1).await?, &printed).await?;
    expect([0, 0, 0, 1, 0], "printed").await?;
    let posted = [(PaperEvent::RecordPosted, "maker")];
    keep_on(&store, &found(&store, 1).await?, &posted).await?;
    expect([0; 5], "posted").await?;
    let returned = [(PaperEvent::RecordReturnedMail, "maker")];
    keep_on(&store, &found(&store, 1).await?, &returned).await?;
    expect([0, 0, 0, 0, 1], "come back").await?;
    let completed = [(PaperEvent::Complete, "maker")];
    keep_on(&store, &found(&store, 1).await?, &completed).await?;
    expect([0; 5], "completed").await
}

pub(super) async fn all_requests_are_counted(store: Store) -> CaseResult {
    ensure_eq!(store.port.total().await?, 0, "nothing is kept");
    for of in 1..=3 {
        let first = draft(of, "maker")?;
        create(&store, &first, of).await?;
        ensure_eq!(store.port.total().await?, of, "requests");
        let cancelled = step(&first, PaperEvent::Cancel, "maker")?;
        let kept = store.port.replace(&cancelled, 1, lease(100 + of)).await?;
        ensure!(kept, "given up");
    }
    ensure_eq!(store.port.total().await?, 3, "requests that were given up");
    Ok(())
}
