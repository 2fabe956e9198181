//! 操作履歴.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};
use warifu_core::domain::{AuditEvent, AuditOutcome, ContractNumber, Timestamp};
use warifu_core::ports::StoredAuditRecord;
use warifu_core::{AuditFilter, InvalidField};
use warifu_wire::{FieldError, Message, Problem, field_error};

use super::history::{Reader, Scope};
use super::records::{self, RecordRow};
use super::unlock::Choice;
use crate::answer::Answer;
use crate::pages::admin::csv;
use crate::pages::field::Field;
use crate::pages::frame::Frame;
use crate::pages::member::Admin;
use crate::pages::message;
use crate::pages::office::page::OfficePage;
use crate::pages::page_request::Halt;

const ON_A_PAGE: usize = 50;
const AT_ONCE: usize = 100;

/// So many batches of records go into one file; for more, a shorter period is to be chosen.
const BATCHES: usize = 100;

const OUTCOMES: [AuditOutcome; 3] = [
    AuditOutcome::Success,
    AuditOutcome::Refused,
    AuditOutcome::Failed,
];

#[derive(Template)]
#[template(path = "admin/audit.html")]
pub(in crate::pages) struct AuditPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) scope: Scope,
    pub(in crate::pages) fields: Vec<Field>,
    pub(in crate::pages) types: Vec<Choice>,
    pub(in crate::pages) results: Vec<Choice>,
    pub(in crate::pages) records: Vec<RecordRow>,
    pub(in crate::pages) newest: Option<String>,
    pub(in crate::pages) older: Option<String>,
    pub(in crate::pages) csv: String,
}

#[derive(Template)]
#[template(path = "admin/audit_event.html")]
pub(in crate::pages) struct AuditEventPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) scope: Scope,
    pub(in crate::pages) record: RecordRow,
}

/// What the address asks for, as entered.
#[derive(Clone, Debug, Default)]
pub(in crate::pages) struct Request {
    pub(in crate::pages) contract: String,
    pub(in crate::pages) from: String,
    pub(in crate::pages) until: String,
    pub(in crate::pages) actor: String,
    pub(in crate::pages) target: String,
    pub(in crate::pages) event: Option<AuditEvent>,
    pub(in crate::pages) outcome: Option<AuditOutcome>,
    pub(in crate::pages) cursor: Option<String>,
}

impl Request {
    fn of(reader: &Reader<'_>) -> Self {
        let text = |name| {
            let parameter = reader.page_request().parameter(name);
            parameter.unwrap_or_default().trim().to_owned()
        };
        let outcome = text("result");
        Self {
            contract: if reader.scope().is_of_all() {
                text("contract")
            } else {
                String::new()
            },
            from: text("from"),
            until: text("to"),
            actor: text("actor"),
            target: text("target"),
            event: text("type").parse().ok(),
            outcome: OUTCOMES.into_iter().find(|known| known.name() == outcome),
            cursor: Some(text("cursor")).filter(|cursor| !cursor.is_empty()),
        }
    }

    fn address(&self, path: &str, cursor: Option<&str>) -> String {
        let mut pairs = vec![
            ("contract", self.contract.as_str()),
            ("from", &self.from),
            ("to", &self.until),
            ("actor", &self.actor),
            ("target", &self.target),
            ("type", self.event.map_or("", AuditEvent::name)),
            ("result", self.outcome.map_or("", AuditOutcome::name)),
            ("cursor", cursor.unwrap_or_default()),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }

    /// The days of the filter as moments, from the start of the first to the end of the last.
    fn filter(&self, utc_offset_minutes: i32) -> Result<AuditFilter, Vec<FieldError>> {
        let wrong = |name| FieldError {
            name,
            message: Message::plain("M-F-22"),
        };
        let day = |text: &str, name, later: bool| match text {
            "" => Ok(None),
            text => midnight(text, utc_offset_minutes, later)
                .map(Some)
                .ok_or_else(|| wrong(name)),
        };
        let (from, until) = (day(&self.from, "from", false), day(&self.until, "to", true));
        let (from, until) = match (from, until) {
            (Ok(from), Ok(until)) => (from, until),
            (from, until) => return Err(from.err().into_iter().chain(until.err()).collect()),
        };
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(vec![field_error(&InvalidField::DateRange)]);
        }
        if !self.contract.is_empty() && self.contract.parse::<ContractNumber>().is_err() {
            return Err(vec![field_error(&InvalidField::ContractNumberMalformed)]);
        }
        let entered = |text: &str| {
            let folded = warifu_core::domain::fold_identifier(text);
            Some(folded).filter(|text| !text.is_empty())
        };
        Ok(AuditFilter {
            from,
            until,
            actor: entered(&self.actor),
            target: entered(&self.target),
            event: self.event,
            outcome: self.outcome,
            cursor: self.cursor.clone(),
            limit: ON_A_PAGE,
        })
    }
}

/// The start of a day `YYYY-MM-DD` where the bank is, or of the day after it.
fn midnight(text: &str, utc_offset_minutes: i32, of_next_day: bool) -> Option<Timestamp> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = Month::try_from(parts.next()?.parse::<u8>().ok()?).ok()?;
    let day = parts.next()?.parse().ok()?;
    let mut date = Date::from_calendar_date(year, month, day).ok()?;
    if of_next_day {
        date = date.next_day()?;
    }
    let offset = UtcOffset::from_whole_seconds(utc_offset_minutes.checked_mul(60)?).ok()?;
    let start = OffsetDateTime::new_in_offset(date, Time::MIDNIGHT, offset);
    parts.next().is_none().then(|| Timestamp::from(start))
}

impl AuditPage {
    pub(in crate::pages) fn new(
        frame: Frame,
        scope: Scope,
        request: &Request,
        records: &[StoredAuditRecord],
        next_cursor: Option<&str>,
    ) -> Self {
        let contract = scope.is_of_all().then(|| {
            Field::text("contract", frame.t("label-contract-number"))
                .with("inputmode", "numeric")
                .optional()
                .value(&request.contract)
        });
        let fields = vec![
            Field::date("from", frame.t("audit-from")).value(&request.from),
            Field::date("to", frame.t("audit-until")).value(&request.until),
            Field::text("actor", frame.t("audit-actor"))
                .optional()
                .value(&request.actor),
            Field::text("target", frame.t("audit-target"))
                .optional()
                .value(&request.target),
        ];
        let shown = AuditEvent::ALL.iter().filter(|event| scope.shows(**event));
        let types = shown.map(|event| Choice {
            value: event.name(),
            label: records::event(*event),
            chosen: request.event == Some(*event),
        });
        let results = OUTCOMES.iter().map(|outcome| Choice {
            value: outcome.name(),
            label: records::outcome(*outcome).0,
            chosen: request.outcome == Some(*outcome),
        });
        Self {
            fields: contract
                .into_iter()
                .chain(fields)
                .map(|field| frame.marked(field))
                .collect(),
            types: types.collect(),
            results: results.collect(),
            records: records
                .iter()
                .map(|record| RecordRow::new(&frame, scope.path(), record))
                .collect(),
            newest: request
                .cursor
                .as_ref()
                .map(|_| request.address(scope.path(), None)),
            older: next_cursor.map(|cursor| request.address(scope.path(), Some(cursor))),
            csv: request.address(scope.file(), None),
            scope,
            frame,
        }
    }
}

pub(in crate::pages) async fn show(Admin(member): Admin) -> Result<Response, Halt> {
    list(&Reader::Administrator(&member)).await
}

pub(in crate::pages) async fn office_show(office: OfficePage) -> Result<Response, Halt> {
    list(&Reader::Auditor(&office)).await
}

async fn list(reader: &Reader<'_>) -> Result<Response, Halt> {
    let (page_request, scope, request) =
        (reader.page_request(), reader.scope(), Request::of(reader));
    let filter = match request.filter(page_request.state.site.utc_offset_minutes) {
        Ok(filter) => filter,
        Err(fields) => {
            let problems = message::field_problems(page_request, &fields);
            let frame = reader.frame("audit-title").with_problems(problems);
            let page = AuditPage::new(frame, scope, &request, &[], None);
            return Ok(page_request.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let read = reader.read(&request.contract, filter).await?;
    let frame = reader.frame("audit-title");
    let next = read.next_cursor.as_deref();
    let page = AuditPage::new(frame, scope, &request, &read.records, next);
    Ok(page_request.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn event(
    Admin(member): Admin,
    Path((chain, seq)): Path<(String, u64)>,
) -> Result<Response, Halt> {
    one(&Reader::Administrator(&member), &chain, seq).await
}

pub(in crate::pages) async fn office_event(
    office: OfficePage,
    Path((chain, seq)): Path<(String, u64)>,
) -> Result<Response, Halt> {
    one(&Reader::Auditor(&office), &chain, seq).await
}

async fn one(reader: &Reader<'_>, chain: &str, seq: u64) -> Result<Response, Halt> {
    let page_request = reader.page_request();
    let at = page_request.parameter("at");
    let at = at.and_then(|text| Timestamp::parse_rfc3339(&text));
    let missing = Answer::from(Problem::record_not_found());
    let Some(at) = at else {
        return Err(reader.halt_with(&missing));
    };
    let mut filter = AuditFilter {
        from: Some(at),
        until: Some(at.plus(std::time::Duration::from_secs(1))),
        limit: AT_ONCE,
        ..AuditFilter::default()
    };
    loop {
        let read = reader.read("", filter.clone()).await?;
        let is_it = |record: &&StoredAuditRecord| record.chain == chain && record.seq == seq;
        if let Some(found) = read.records.iter().find(is_it) {
            let frame = reader.frame("audit-event-title");
            let page = AuditEventPage {
                scope: reader.scope(),
                record: RecordRow::new(&frame, reader.scope().path(), found),
                frame,
            };
            return Ok(page_request.page(StatusCode::OK, &page));
        }
        filter.cursor = read.next_cursor;
        if filter.cursor.is_none() {
            return Err(reader.halt_with(&missing));
        }
    }
}

pub(in crate::pages) async fn download(Admin(member): Admin) -> Result<Response, Halt> {
    whole(&Reader::Administrator(&member)).await
}

pub(in crate::pages) async fn office_download(office: OfficePage) -> Result<Response, Halt> {
    whole(&Reader::Auditor(&office)).await
}

async fn whole(reader: &Reader<'_>) -> Result<Response, Halt> {
    let request = Request {
        cursor: None,
        ..Request::of(reader)
    };
    let filter = request.filter(reader.page_request().state.site.utc_offset_minutes);
    let mut filter = filter.map_err(|_| Answer::malformed_request())?;
    filter.limit = AT_ONCE;
    let mut records = Vec::new();
    for _ in 0..BATCHES {
        let read = reader.read(&request.contract, filter.clone()).await?;
        records.extend(read.records);
        filter.cursor = read.next_cursor;
        if filter.cursor.is_none() {
            return file(reader, &records);
        }
    }
    let too_many = Problem::too_many_records(AT_ONCE * BATCHES);
    Err(reader.halt_with(&too_many.into()))
}

fn file(reader: &Reader<'_>, records: &[StoredAuditRecord]) -> Result<Response, Halt> {
    let file = csv::file(&reader.frame("audit-title"), reader.scope(), records);
    let file = file.map_err(|_| Answer::unexpected())?;
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"audit.csv\""),
        ),
    ];
    Ok((headers, file).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_bank_and_the_last_one_counts() {
        let request = Request {
            from: "2026-03-31".to_owned(),
            until: "2026-03-31".to_owned(),
            ..Request::default()
        };
        let filter = request.filter(540).unwrap();
        assert_eq!(filter.from.unwrap().to_string(), "2026-03-30T15:00:00Z");
        assert_eq!(filter.until.unwrap().to_string(), "2026-03-31T15:00:00Z");
    }

    #[test]
    fn impossible_days_are_named_each() {
        let request = Request {
            from: "2026-02-30".to_owned(),
            until: "tomorrow".to_owned(),
            ..Request::default()
        };
        let wrong = request.filter(540).unwrap_err();
        assert_eq!(
            wrong.iter().map(|field| field.name).collect::<Vec<_>>(),
            ["from", "to"]
        );
        let request = Request {
            from: "2026-04-02".to_owned(),
            until: "2026-04-01".to_owned(),
            ..Request::default()
        };
        assert_eq!(
            request.filter(540).unwrap_err()[0].message,
            Message::plain("M-F-16")
        );
    }
}
