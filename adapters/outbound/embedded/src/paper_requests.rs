use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};
use warifu_core::domain::paper_request::{PaperRequest, PaperRequestQuery, ReceptionNumber};
use warifu_core::domain::{LeaseToken, Timestamp};
use warifu_core::ports::{PaperRequestStore, Unavailable};

use crate::failure::Failure;
use crate::states::{decode, encode};
use crate::step::Step;
use crate::store::EmbeddedStore;

const TABLE: &str = "paper_requests";

/// What is kept of a number: the change that made it, and its version.
fn kept(step: &Step<'_>, number: &ReceptionNumber) -> Result<Option<([u8; 16], i64)>, Failure> {
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    Ok(step
        .connection
        .prepare_cached("SELECT change, version FROM paper_requests WHERE number = ?1")?
        .query_row([number.as_str()], columns)
        .optional()?)
}

fn save(step: &Step<'_>, request: &PaperRequest, change: LeaseToken) -> Result<(), Failure> {
    let sql = "INSERT INTO paper_requests \
               (number, registered_at, version, state, undecided_until, change, request) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
               ON CONFLICT (number) DO UPDATE SET version = excluded.version, \
               state = excluded.state, undecided_until = excluded.undecided_until, \
               change = excluded.change, request = excluded.request";
    let undecided = request.state().is_undecided();
    let until = undecided.then(|| request.expires_at().as_unix_millis());
    let body = encode(TABLE, request)?;
    step.connection.prepare_cached(sql)?.execute(params![
        request.number().as_str(),
        request.registered_at().as_unix_millis(),
        version(request.version()),
        request.state().name(),
        until,
        change.as_bytes(),
        body,
    ])?;
    Ok(())
}

fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn bodies(
    step: &Step<'_>,
    sql: &str,
    parameters: impl rusqlite::Params,
    mut take: impl FnMut(PaperRequest) -> bool,
) -> Result<(), Failure> {
    let mut statement = step.connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(0)?;
        if !take(decode(TABLE, &body)?) {
            break;
        }
    }
    Ok(())
}

fn list(step: &Step<'_>, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Failure> {
    let mut found = Vec::new();
    let take = |request: PaperRequest| {
        if found.len() < query.limit && query.matches(&request) {
            found.push(request);
        }
        found.len() < query.limit
    };
    let (beyond, order, first) = if query.oldest_first {
        (">", "", (i64::MIN, ""))
    } else {
        ("<", " DESC", (i64::MAX, "~"))
    };
    let (at, number) = query.after.as_ref().map_or(first, |after| {
        (after.registered_at.as_unix_millis(), after.number.as_str())
    });
    // Few are open, and what waits is looked at most.
    let of_state = if query.is_of_open_ones() {
        let names = query.states.iter().map(|state| format!("'{state}'"));
        format!("state IN ({}) AND ", names.collect::<Vec<_>>().join(", "))
    } else {
        String::new()
    };
    let sql = format!(
        "SELECT request FROM paper_requests WHERE {of_state}(registered_at, number) {beyond} (?1, ?2) \
         ORDER BY registered_at{order}, number{order}"
    );
    bodies(step, &sql, params![at, number], take)?;
    Ok(found)
}

#[async_trait]
impl PaperRequestStore for EmbeddedStore {
    async fn create(
        &self,
        request: &PaperRequest,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        let request = request.clone();
        self.write(move |step| match kept(step, request.number())? {
            Some((made_by, _)) => Ok(made_by == *change.as_bytes()),
            None => save(step, &request, change).map(|()| true),
        })
        .await
    }

    async fn replace(
        &self,
        request: &PaperRequest,
        expected: u64,
        change: LeaseToken,
    ) -> Result<bool, Unavailable> {
        let request = request.clone();
        self.write(move |step| match kept(step, request.number())? {
            Some((made_by, _)) if made_by == *change.as_bytes() => Ok(true),
            Some((_, current)) if current == version(expected) => {
                save(step, &request, change).map(|()| true)
            }
            Some(_) | None => Ok(false),
        })
        .await
    }

    async fn find(&self, number: &ReceptionNumber) -> Result<Option<PaperRequest>, Unavailable> {
        let number = number.clone();
        self.read(move |step| {
            let body: Option<Vec<u8>> = step
                .connection
                .prepare_cached("SELECT request FROM paper_requests WHERE number = ?1")?
                .query_row([number.as_str()], |row| row.get(0))
                .optional()?;
            body.map(|body| decode(TABLE, &body)).transpose()
        })
        .await
    }

    async fn list(&self, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Unavailable> {
        let query = query.clone();
        self.read(move |step| list(step, &query)).await
    }

    async fn total(&self) -> Result<usize, Unavailable> {
        self.read(|step| {
            let count: i64 = step
                .connection
                .prepare_cached("SELECT count(*) FROM paper_requests")?
                .query_row([], |row| row.get(0))?;
            Ok(usize::try_from(count).unwrap_or(usize::MAX))
        })
        .await
    }

    async fn overdue(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PaperRequest>, Unavailable> {
        self.read(move |step| {
            let mut found = Vec::new();
            let sql = "SELECT request FROM paper_requests WHERE undecided_until <= ?1 \
                       ORDER BY undecided_until LIMIT ?2";
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            bodies(step, sql, params![now.as_unix_millis(), limit], |request| {
                found.push(request);
                true
            })?;
            Ok(found)
        })
        .await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.probe().await
    }
}
