use async_trait::async_trait;
use warifu_core::domain::paper_request::{PaperRequest, PaperRequestQuery, ReceptionNumber};
use warifu_core::domain::{LeaseToken, Timestamp};
use warifu_core::ports::{PaperRequestStore, Unavailable};

use crate::state::Kept;
use crate::store::MemoryStore;

#[async_trait]
impl PaperRequestStore for MemoryStore {
    async fn create(
        &self,
        request: &PaperRequest,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        let mut book = self.paper_requests.lock();
        if let Some(kept) = book.requests.get(request.number()) {
            return Ok(kept.change == change);
        }
        let number = request.number().clone();
        book.order.insert(request.position(), number.clone());
        let request = request.clone();
        book.requests.insert(number, Kept { request, change });
        Ok(true)
    }

    async fn replace(
        &self,
        request: &PaperRequest,
        expected: u64,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        let mut book = self.paper_requests.lock();
        let Some(kept) = book.requests.get_mut(request.number()) else {
            return Ok(false);
        };
        if kept.change == change {
            return Ok(true);
        }
        if kept.request.version() != expected {
            return Ok(false);
        }
        *kept = Kept {
            request: request.clone(),
            change,
        };
        Ok(true)
    }

    async fn find(&self, number: &ReceptionNumber) -> Result<Option<PaperRequest>, Unavailable> {
        let book = self.paper_requests.lock();
        Ok(book.requests.get(number).map(|kept| kept.request.clone()))
    }

    async fn list(&self, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Unavailable> {
        let book = self.paper_requests.lock();
        let in_order: Box<dyn Iterator<Item = _>> = if query.oldest_first {
            Box::new(book.order.iter())
        } else {
            Box::new(book.order.iter().rev())
        };
        let reached = in_order.filter(|(position, _)| query.reaches(position));
        let requests = reached.filter_map(|(_, number)| book.requests.get(number));
        let matching = requests.filter(|kept| query.matches(&kept.request));
        let found = matching.take(query.limit).map(|kept| kept.request.clone());
        Ok(found.collect())
    }

    async fn total(&self) -> Result<usize, Unavailable> {
        Ok(self.paper_requests.lock().requests.len())
    }

    async fn overdue(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PaperRequest>, Unavailable> {
        let book = self.paper_requests.lock();
        let overdue = book
            .requests
            .values()
            .filter(|kept| kept.request.is_overdue(now));
        let found = overdue.take(limit).map(|kept| kept.request.clone());
        Ok(found.collect())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
