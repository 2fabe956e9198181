//! Paper requests as the back office looks at them. For everybody who works there.

use std::collections::BTreeSet;

use super::clerk::Clerk;
use crate::domain::paper_request::{
    PaperPosition, PaperRequest, PaperRequestQuery, PaperState, ReceptionNumber,
};
use crate::domain::{AuditEvent, StaffMember, StaffRole, Timestamp};
use crate::{InvalidField, Outcome, Refusal};

/// How many overdue requests one look puts away.
const OVERDUE: usize = 50;
/// Badges count no further.
const COUNTED: usize = 1_000;

/// What the back office sorts its requests into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperTab {
    /// 承認が必要: waits for a decision that this clerk may take.
    ToDecide,
    /// 承認待ち(自分の依頼): undecided, taken down by this clerk.
    Waiting,
    /// 処理済み: decided, expired or given up, by whomever.
    Processed,
    /// 検索: all.
    #[default]
    All,
}

impl PaperTab {
    /// Every tab.
    pub const ALL: [Self; 4] = [Self::ToDecide, Self::Waiting, Self::Processed, Self::All];

    /// The stable name, as in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToDecide => "to-decide",
            Self::Waiting => "waiting",
            Self::Processed => "processed",
            Self::All => "all",
        }
    }
}

/// Which requests to show.
#[derive(Clone, Debug, Default)]
pub struct PaperFilter {
    /// Of which tab.
    pub tab: PaperTab,
    /// In which state, by name.
    pub state: Option<String>,
    /// Part of a reception number, contract number, user ID or name.
    pub search: Option<String>,
    /// Where an earlier page ended.
    pub cursor: Option<String>,
    /// 1 to 100.
    pub limit: usize,
}

/// Some of the requests, newest first.
#[derive(Clone, Debug, Default)]
pub struct PaperPage {
    /// The requests.
    pub requests: Vec<PaperRequest>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// How many requests wait; no more than a thousand are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaperCounts {
    /// For a decision that this clerk may take.
    pub to_decide: usize,
    /// Of this clerk's own.
    pub waiting: usize,
}

impl Clerk {
    /// Lists requests.
    pub async fn paper_requests(&self, filter: PaperFilter) -> Outcome<PaperPage> {
        if !(1..=100).contains(&filter.limit) {
            return Err(InvalidField::Limit.into());
        }
        let state = match &filter.state {
            Some(name) => Some(name.parse().map_err(|()| InvalidField::PaperState)?),
            None => None,
        };
        let after = match &filter.cursor {
            Some(cursor) => Some(position(cursor).ok_or(Refusal::BadCursor)?),
            None => None,
        };
        let acting = self.acting(&StaffRole::ALL).await?;
        self.put_overdue_away().await?;
        let mut query = query(filter.tab, acting.member());
        if let Some(state) = state {
            if !query.states.is_empty() && !query.states.contains(&state) {
                return Ok(PaperPage::default());
            }
            query.states = BTreeSet::from([state]);
        }
        query.search = filter.search.filter(|text| !text.trim().is_empty());
        query.after = after;
        // One more tells whether there is a next page.
        query.limit = filter.limit + 1;
        let mut requests = self.wiring.ports().paper_requests.list(&query).await?;
        let more = requests.len() > filter.limit;
        requests.truncate(filter.limit);
        let last = requests.last().filter(|_| more);
        let next_cursor = last.map(|last| cursor(&last.position()));
        Ok(PaperPage {
            requests,
            next_cursor,
        })
    }

    /// How many requests wait for the clerk, for the badges.
    pub async fn count_paper_requests(&self) -> Outcome<PaperCounts> {
        let acting = self.acting(&StaffRole::ALL).await?;
        self.put_overdue_away().await?;
        let count = async |tab| {
            let mut query = query(tab, acting.member());
            query.limit = COUNTED;
            let found = self.wiring.ports().paper_requests.list(&query).await?;
            Outcome::Ok(found.len())
        };
        // Who may not decide has nothing to decide.
        let to_decide = if acting.member().holds(StaffRole::Checker) {
            count(PaperTab::ToDecide).await?
        } else {
            0
        };
        Ok(PaperCounts {
            to_decide,
            waiting: count(PaperTab::Waiting).await?,
        })
    }

    /// Shows a request with its history, and writes down who looked.
    pub async fn paper_request(&self, number: &str) -> Outcome<PaperRequest> {
        self.acting(&StaffRole::ALL).await?;
        let request = self.load_paper_request(number).await?;
        let read = self.paper_entry(AuditEvent::PaperRead, &request);
        self.wiring.write([read]).await?;
        Ok(request)
    }

    async fn put_overdue_away(&self) -> Outcome<()> {
        let store = &self.wiring.ports().paper_requests;
        for request in store.overdue(self.wiring.now(), OVERDUE).await? {
            self.expire_paper_request(request).await?;
        }
        Ok(())
    }
}

fn query(tab: PaperTab, member: &StaffMember) -> PaperRequestQuery {
    let states = |wanted: fn(PaperState) -> bool| {
        let states = PaperState::ALL.iter().copied();
        states.filter(|state| wanted(*state)).collect()
    };
    let query = PaperRequestQuery::default();
    match tab {
        PaperTab::ToDecide => PaperRequestQuery {
            states: BTreeSet::from([PaperState::Pending]),
            decidable_by: Some(member.id.clone()),
            ..query
        },
        PaperTab::Waiting => PaperRequestQuery {
            states: states(PaperState::is_undecided),
            registered_by: Some(member.id.clone()),
            ..query
        },
        PaperTab::Processed => PaperRequestQuery {
            states: states(|state| !state.is_undecided()),
            ..query
        },
        PaperTab::All => query,
    }
}

fn cursor(position: &PaperPosition) -> String {
    let millis = position.registered_at.as_unix_millis();
    format!("{millis}-{}", position.number.as_str())
}

fn position(cursor: &str) -> Option<PaperPosition> {
    let (millis, number) = cursor.split_once('-')?;
    let number: ReceptionNumber = number.parse().ok()?;
    Some(PaperPosition {
        registered_at: Timestamp::from_unix_millis(millis.parse().ok()?),
        number,
    })
}
