//! Paper requests: each a record of its own, on whatever server of a Cluster, and three lists of
//! numbers that all of them share: all, the undecided by their end, the open ones by the version
//! that made them open. What is kept is listed first and taken off a list last, so that a list may
//! say too much and never too little; what it says too much, the records correct. An open request is
//! taken off by the version that was found closed: a later one that opened it again stays listed.

use std::collections::HashSet;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use warifu_core::domain::paper_request::{PaperRequest, PaperRequestQuery, ReceptionNumber};
use warifu_core::domain::{LeaseToken, Timestamp};
use warifu_core::ports::{PaperRequestStore, Unavailable};
use warifu_redis_link::{Call, Reply};

use crate::error::unavailable;
use crate::reply::Fields as _;
use crate::store::RedisStore;

/// Requests that are fetched at a time.
const BATCH: usize = 100;

fn body(request: &PaperRequest) -> Result<String, Unavailable> {
    serde_json::to_string(request)
        .map_err(|error| unavailable(format!("a paper request cannot be written: {error}")))
}

/// Until when it is undecided; empty where it is decided.
fn undecided_until(request: &PaperRequest) -> String {
    let until = || request.expires_at().as_unix_millis().to_string();
    if request.state().is_undecided() {
        until()
    } else {
        String::new()
    }
}

#[async_trait]
impl PaperRequestStore for RedisStore {
    async fn create(
        &self,
        request: &PaperRequest,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        let lists = self.keys.paper_lists();
        let call = Call::new(&self.scripts.paper_note)
            .key(lists.key("all"))
            .key(lists.key("undecided"))
            .arg(request.number().as_str())
            .arg(request.registered_at().as_unix_millis())
            .arg(request.expires_at().as_unix_millis());
        self.run_lasting(call, |_| true).await?;
        self.list_open(request).await?;
        let call = Call::new(&self.scripts.paper_create)
            .key(self.keys.paper_request(request.number()))
            .arg(change)
            .arg(request.version())
            .arg(body(request)?);
        let reply = self.run_lasting(call, |reply| reply.flag(0)).await?;
        Ok(reply.flag(0))
    }

    async fn replace(
        &self,
        request: &PaperRequest,
        expected: u64,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        self.list_open(request).await?;
        let call = Call::new(&self.scripts.paper_replace)
            .key(self.keys.paper_request(request.number()))
            .arg(change)
            .arg(request.version())
            .arg(body(request)?)
            .arg(expected);
        let reply = self.run_lasting(call, |reply| reply.flag(0)).await?;
        Ok(reply.flag(0))
    }

    async fn find(&self, number: &ReceptionNumber) -> Result<Option<PaperRequest>, Unavailable> {
        let call = Call::new(&self.scripts.paper_find).key(self.keys.paper_request(number));
        let reply = self.run(call).await?;
        if reply.text(0).is_empty() {
            return Ok(None);
        }
        reply.json(0).map(Some)
    }

    async fn list(&self, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Unavailable> {
        if query.is_of_open_ones() {
            return self.open_requests(query).await;
        }
        let (direction, first) = if query.oldest_first {
            ("forwards", "-inf")
        } else {
            ("backwards", "+inf")
        };
        let from = query.after.as_ref().map_or(first.to_owned(), |after| {
            after.registered_at.as_unix_millis().to_string()
        });
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for first in (0_usize..).step_by(BATCH) {
            let call = Call::new(&self.scripts.paper_numbers)
                .key(self.keys.paper_lists().key("all"))
                .arg(direction)
                .arg(&from)
                .arg(first)
                .arg(BATCH);
            let numbers = numbers(&self.run(call).await?)?;
            let whole = numbers.len() == BATCH;
            for request in self.fetch(numbers).await? {
                // One that came in meanwhile moves all others on.
                if query.reaches(&request.position())
                    && query.matches(&request)
                    && seen.insert(request.number().clone())
                {
                    found.push(request);
                }
            }
            if found.len() >= query.limit || !whole {
                break;
            }
        }
        found.truncate(query.limit);
        Ok(found)
    }

    async fn total(&self) -> Result<usize, Unavailable> {
        let call = Call::new(&self.scripts.paper_total).key(self.keys.paper_lists().key("all"));
        let reply = self.run(call).await?;
        reply.text(0).parse().map_err(|_| reply.unexpected())
    }

    async fn overdue(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PaperRequest>, Unavailable> {
        loop {
            let call = Call::new(&self.scripts.paper_overdue)
                .key(self.keys.paper_lists().key("undecided"))
                .arg(now.as_unix_millis())
                .arg(limit);
            let numbers = numbers(&self.run(call).await?)?;
            if numbers.is_empty() {
                return Ok(Vec::new());
            }
            let mut found = Vec::new();
            for number in numbers {
                match self.find(&number).await? {
                    Some(request) if request.is_overdue(now) => found.push(request),
                    // Decided since, or put forward again, or never kept.
                    Some(request) => self.list_as(&number, &undecided_until(&request)).await?,
                    None => self.list_as(&number, "").await?,
                }
            }
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.check_all().await
    }
}

impl RedisStore {
    async fn open_requests(
        &self,
        query: &PaperRequestQuery,
    ) -> Result<Vec<PaperRequest>, Unavailable> {
        let lists = self.keys.paper_lists();
        let look = || {
            let call = Call::new(&self.scripts.paper_open_ones);
            call.key(lists.key("open")).key(lists.key("open-known"))
        };
        let mut reply = self.run(look()).await?;
        if reply.text(0).is_empty() {
            // What was kept before there was such a list.
            self.list_all_open().await?;
            reply = self.run(look()).await?;
        }
        let numbers: Vec<ReceptionNumber> = reply
            .texts()
            .iter()
            .skip(1)
            .map(|text| text.parse().map_err(|_| reply.unexpected()))
            .collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        for batch in numbers.chunks(BATCH) {
            for request in self.fetch(batch.to_vec()).await? {
                if !request.state().is_open() {
                    self.list_closed(&request).await?;
                } else if query.reaches(&request.position()) && query.matches(&request) {
                    found.push(request);
                }
            }
        }
        query.arrange(&mut found);
        Ok(found)
    }

    /// Lists every open request there is, and notes that it was done.
    async fn list_all_open(&self) -> Result<(), Unavailable> {
        let lists = self.keys.paper_lists();
        for first in (0_usize..).step_by(BATCH) {
            let call = Call::new(&self.scripts.paper_numbers)
                .key(lists.key("all"))
                .arg("forwards")
                .arg("-inf")
                .arg(first)
                .arg(BATCH);
            let numbers = numbers(&self.run(call).await?)?;
            let whole = numbers.len() == BATCH;
            for request in self.fetch(numbers).await? {
                self.list_open(&request).await?;
            }
            if !whole {
                break;
            }
        }
        let call = Call::new(&self.scripts.paper_open_known).key(lists.key("open-known"));
        self.run_lasting(call, |_| true).await?;
        Ok(())
    }

    /// Before an open request is kept, so that it is listed whatever happens.
    async fn list_open(&self, request: &PaperRequest) -> Result<(), Unavailable> {
        if !request.state().is_open() {
            return Ok(());
        }
        let call = Call::new(&self.scripts.paper_open)
            .key(self.keys.paper_lists().key("open"))
            .arg(request.number().as_str())
            .arg(request.version());
        self.run_lasting(call, |_| true).await?;
        Ok(())
    }

    /// Takes a request off that was found closed, unless a later version opened it again.
    async fn list_closed(&self, request: &PaperRequest) -> Result<(), Unavailable> {
        let call = Call::new(&self.scripts.paper_close)
            .key(self.keys.paper_lists().key("open"))
            .arg(request.number().as_str())
            .arg(request.version());
        self.run(call).await?;
        Ok(())
    }

    async fn fetch(&self, numbers: Vec<ReceptionNumber>) -> Result<Vec<PaperRequest>, Unavailable> {
        let found = try_join_all(numbers.iter().map(|number| self.find(number))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Corrects the list of what is undecided. Nothing decided is ever undecided again, and one that
    /// was put forward again is still listed by an earlier end, which is looked at and corrected.
    async fn list_as(&self, number: &ReceptionNumber, until: &str) -> Result<(), Unavailable> {
        let call = Call::new(&self.scripts.paper_put_away)
            .key(self.keys.paper_lists().key("undecided"))
            .arg(number.as_str())
            .arg(until);
        self.run(call).await?;
        Ok(())
    }
}

fn numbers(reply: &Reply) -> Result<Vec<ReceptionNumber>, Unavailable> {
    let texts = reply.texts().iter();
    texts
        .map(|text| text.parse().map_err(|_| reply.unexpected()))
        .collect()
}
