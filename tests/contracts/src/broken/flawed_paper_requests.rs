use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_core::domain::paper_request::{
    PaperRequest, PaperRequestQuery, PaperState, ReceptionNumber,
};
use warifu_core::domain::{LeaseToken, Timestamp};
use warifu_core::ports::{PaperRequestStore, Unavailable};

/// Looks whether the version is the expected one, and then writes: whoever wrote in between is lost.
#[derive(Default)]
pub struct HastyPaperRequests(Mutex<HashMap<ReceptionNumber, (PaperRequest, LeaseToken)>>);

impl HastyPaperRequests {
    async fn look(&self, number: &ReceptionNumber) -> Option<(PaperRequest, LeaseToken)> {
        let found = self.0.lock().get(number).cloned();
        tokio::task::yield_now().await;
        found
    }

    fn write(&self, request: &PaperRequest, change: LeaseToken) {
        let kept = (request.clone(), change);
        self.0.lock().insert(request.number().clone(), kept);
    }
}

#[async_trait]
impl PaperRequestStore for HastyPaperRequests {
    async fn create(
        &self,
        request: &PaperRequest,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        if let Some((_, made_by)) = self.look(request.number()).await {
            return Ok(made_by == change);
        }
        self.write(request, change);
        Ok(true)
    }

    async fn replace(
        &self,
        request: &PaperRequest,
        expected: u64,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        match self.look(request.number()).await {
            Some((_, made_by)) if made_by == change => Ok(true),
            Some((kept, _)) if kept.version() == expected => {
                self.write(request, change);
                Ok(true)
            }
            Some(_) | None => Ok(false),
        }
    }

    async fn find(&self, number: &ReceptionNumber) -> Result<Option<PaperRequest>, Unavailable> {
        Ok(self.look(number).await.map(|(request, _)| request))
    }

    async fn list(&self, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Unavailable> {
        let mut found: Vec<PaperRequest> =
            self.0.lock().values().map(|kept| kept.0.clone()).collect();
        found.retain(|request| query.matches(request) && query.reaches(&request.position()));
        query.arrange(&mut found);
        Ok(found)
    }

    async fn total(&self) -> Result<usize, Unavailable> {
        Ok(self.0.lock().len())
    }

    async fn overdue(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PaperRequest>, Unavailable> {
        let kept = self.0.lock();
        let overdue = kept.values().filter(|kept| kept.0.is_overdue(now));
        Ok(overdue.take(limit).map(|kept| kept.0.clone()).collect())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// What is wrong with [`FlawedPaperRequests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperFlaw {
    /// Takes any version for the expected one.
    IgnoresVersions,
    /// Takes the same content for the same call.
    ComparesContent,
    /// Finds what is overdue by when it was registered.
    ForgetsRenewedEnds,
    /// Pages overlap.
    RepeatsTheLast,
    /// Lists newest first, whatever is asked for.
    KnowsOneOrder,
    /// What was done with once is not among the open ones any more.
    ForgetsWhatWasOpenedAgain,
}

/// Keeps every promise but one.
pub struct FlawedPaperRequests {
    /// A store that keeps them all.
    pub store: Arc<dyn PaperRequestStore>,
    /// Which one is broken.
    pub flaw: PaperFlaw,
}

#[async_trait]
impl PaperRequestStore for FlawedPaperRequests {
    async fn create(
        &self,
        request: &PaperRequest,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        self.store.create(request, change).await
    }

    async fn replace(
        &self,
        request: &PaperRequest,
        expected: u64,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        let current = self.store.find(request.number()).await?;
        let expected = match (self.flaw, &current) {
            (PaperFlaw::IgnoresVersions, Some(current)) => current.version(),
            (PaperFlaw::ComparesContent, Some(current)) if current == request => return Ok(true),
            _ => expected,
        };
        self.store.replace(request, expected, change).await
    }

    async fn find(&self, number: &ReceptionNumber) -> Result<Option<PaperRequest>, Unavailable> {
        self.store.find(number).await
    }

    async fn list(&self, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Unavailable> {
        let mut query = query.clone();
        if self.flaw == PaperFlaw::RepeatsTheLast
            && let Some(after) = &mut query.after
            && query.limit == 7
        {
            after.registered_at = after
                .registered_at
                .plus(std::time::Duration::from_millis(1));
        }
        if self.flaw == PaperFlaw::KnowsOneOrder {
            query.oldest_first = false;
        }
        let mut found = self.store.list(&query).await?;
        if self.flaw == PaperFlaw::ForgetsWhatWasOpenedAgain {
            let sent_back = |request: &PaperRequest| request.state() == PaperState::Undeliverable;
            found.retain(|request| query.states.is_empty() || !sent_back(request));
        }
        Ok(found)
    }

    async fn total(&self) -> Result<usize, Unavailable> {
        self.store.total().await
    }

    async fn overdue(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PaperRequest>, Unavailable> {
        if self.flaw != PaperFlaw::ForgetsRenewedEnds {
            return self.store.overdue(now, limit).await;
        }
        let query = PaperRequestQuery {
            limit: usize::MAX,
            ..PaperRequestQuery::default()
        };
        let all = self.store.list(&query).await?;
        let fortnight = std::time::Duration::from_hours(14 * 24);
        let late = |request: &PaperRequest| {
            request.state().is_undecided() && request.registered_at().plus(fortnight) <= now
        };
        Ok(all.into_iter().filter(late).take(limit).collect())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.store.check().await
    }
}
