//! 操作履歴.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};
use warifu_core::InvalidField;
use warifu_core::domain::{AuditEvent, AuditOutcome, Timestamp};
use warifu_core::ports::StoredAuditRecord;
use warifu_core::use_cases::AuditFilter;

use super::records::{self, RecordRow};
use super::unlock::Choice;
use crate::answer::{Answer, FieldError, Message};
use crate::pages::admin::csv;
use crate::pages::field::Field;
use crate::pages::frame::Frame;
use crate::pages::message;
use crate::pages::visit::{Admin, Halt, Member};
use crate::refusal::field_error;

const PATH: &str = "/admin/audit";
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
    pub(in crate::pages) record: RecordRow,
}

/// What the address asks for, as entered.
#[derive(Clone, Debug, Default)]
pub(in crate::pages) struct Request {
    pub(in crate::pages) from: String,
    pub(in crate::pages) until: String,
    pub(in crate::pages) actor: String,
    pub(in crate::pages) target: String,
    pub(in crate::pages) event: Option<AuditEvent>,
    pub(in crate::pages) outcome: Option<AuditOutcome>,
    pub(in crate::pages) cursor: Option<String>,
}

impl Request {
    fn of(member: &Member) -> Self {
        let text = |name| {
            member
                .visit
                .parameter(name)
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        let outcome = text("result");
        Self {
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
            ("from", self.from.as_str()),
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
        request: &Request,
        records: &[StoredAuditRecord],
        next_cursor: Option<&str>,
    ) -> Self {
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
        // What concerns the whole service stands in no contract's history.
        let of_contracts = AuditEvent::ALL.iter().filter(|event| {
            !matches!(
                event,
                AuditEvent::StoreOpened | AuditEvent::StoreAdopted | AuditEvent::RecordsLost
            )
        });
        let types = of_contracts.map(|event| Choice {
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
            fields: fields
                .into_iter()
                .map(|field| frame.marked(field))
                .collect(),
            types: types.collect(),
            results: results.collect(),
            records: records.iter().map(RecordRow::new).collect(),
            newest: request.cursor.as_ref().map(|_| request.address(PATH, None)),
            older: next_cursor.map(|cursor| request.address(PATH, Some(cursor))),
            csv: request.address("/admin/audit.csv", None),
            frame,
        }
    }
}

pub(in crate::pages) async fn show(Admin(member): Admin) -> Result<Response, Halt> {
    let request = Request::of(&member);
    let filter = match request.filter(member.visit.state.site.utc_offset_minutes) {
        Ok(filter) => filter,
        Err(fields) => {
            let mut answer = message::answer(InvalidField::Date.into());
            answer.fields = fields;
            let problems = message::problems(&member.visit, &answer, "from");
            let frame = member.frame("audit-title").with_problems(problems);
            let page = AuditPage::new(frame, &request, &[], None);
            return Ok(member.visit.page(answer.status, &page));
        }
    };
    let (warifu, context) = (member.warifu(), member.visit.context);
    let read = warifu.read_audit(context, &member.operator, filter).await;
    let read = read.map_err(|refusal| member.halt(refusal))?;
    let frame = member.frame("audit-title");
    let page = AuditPage::new(frame, &request, &read.records, read.next_cursor.as_deref());
    Ok(member.visit.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn event(
    Admin(member): Admin,
    Path((chain, seq)): Path<(String, u64)>,
) -> Result<Response, Halt> {
    let at = member
        .visit
        .parameter("at")
        .and_then(|text| Timestamp::parse_rfc3339(&text));
    let missing = Answer::new(
        StatusCode::NOT_FOUND,
        "record-not-found",
        "audit-event-missing",
    );
    let Some(at) = at else {
        return Err(member.halt_with(&missing));
    };
    let mut filter = AuditFilter {
        from: Some(at),
        until: Some(at.plus(std::time::Duration::from_secs(1))),
        actor: None,
        target: None,
        event: None,
        outcome: None,
        cursor: None,
        limit: AT_ONCE,
    };
    let (warifu, context) = (member.warifu(), member.visit.context);
    loop {
        let read = warifu
            .read_audit(context, &member.operator, filter.clone())
            .await;
        let read = read.map_err(|refusal| member.halt(refusal))?;
        let found = read
            .records
            .iter()
            .find(|record| record.chain == chain && record.seq == seq);
        if let Some(found) = found {
            let page = AuditEventPage {
                frame: member.frame("audit-event-title"),
                record: RecordRow::new(found),
            };
            return Ok(member.visit.page(StatusCode::OK, &page));
        }
        filter.cursor = read.next_cursor;
        if filter.cursor.is_none() {
            return Err(member.halt_with(&missing));
        }
    }
}

pub(in crate::pages) async fn download(Admin(member): Admin) -> Result<Response, Halt> {
    let request = Request {
        cursor: None,
        ..Request::of(&member)
    };
    let filter = request.filter(member.visit.state.site.utc_offset_minutes);
    let mut filter = filter.map_err(|_| Answer::malformed_request())?;
    filter.limit = AT_ONCE;
    let (warifu, context) = (member.warifu(), member.visit.context);
    let mut records = Vec::new();
    for _ in 0..BATCHES {
        let read = warifu
            .read_audit(context, &member.operator, filter.clone())
            .await;
        let read = read.map_err(|refusal| member.halt(refusal))?;
        records.extend(read.records);
        filter.cursor = read.next_cursor;
        if filter.cursor.is_none() {
            return file(&member, &records);
        }
    }
    let too_many = Message::counted("audit-csv-too-many", &(AT_ONCE * BATCHES));
    let slug = "too-many-records";
    let answer = Answer::new(StatusCode::UNPROCESSABLE_ENTITY, slug, too_many.id).saying(too_many);
    Err(member.halt_with(&answer))
}

fn file(member: &Member, records: &[StoredAuditRecord]) -> Result<Response, Halt> {
    let file = csv::file(&member.frame("audit-title"), records);
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
