//! Paper requests as the back office looks at them. For everybody who works there.

use std::collections::BTreeSet;

use super::clerk::Clerk;
use crate::domain::paper_request::{
    PaperPosition, PaperQueue, PaperRequest, PaperRequestQuery, PaperState, ReceptionNumber,
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
    /// 差戻し: given back to be corrected, by whatever maker.
    Returned,
    /// 印刷待ち: approved, and its notice not on paper yet.
    ToPrint,
    /// 発送待ち: its notice is on paper; or it has none, and only its end is to be recorded.
    ToPost,
    /// 未着: its notice came back.
    Undelivered,
    /// 承認待ち(自分の依頼): undecided, taken down by this clerk.
    Waiting,
    /// 処理済み: nothing is left to do.
    Processed,
    /// 検索: all.
    #[default]
    All,
}

impl PaperTab {
    /// Every tab.
    pub const ALL: [Self; 8] = [
        Self::ToDecide,
        Self::Returned,
        Self::ToPrint,
        Self::ToPost,
        Self::Undelivered,
        Self::Waiting,
        Self::Processed,
        Self::All,
    ];

    /// The stable name, as in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToDecide => "to-decide",
            Self::Returned => "returned",
            Self::ToPrint => "to-print",
            Self::ToPost => "to-post",
            Self::Undelivered => "undelivered",
            Self::Waiting => "waiting",
            Self::Processed => "processed",
            Self::All => "all",
        }
    }

    /// The queue that it shows.
    pub const fn queue(self) -> Option<PaperQueue> {
        match self {
            Self::ToDecide => Some(PaperQueue::Decision),
            Self::Returned => Some(PaperQueue::Correction),
            Self::ToPrint => Some(PaperQueue::Printing),
            Self::ToPost => Some(PaperQueue::Posting),
            Self::Undelivered => Some(PaperQueue::ReturnedMail),
            Self::Waiting | Self::Processed | Self::All => None,
        }
    }

    /// The tab that shows `queue`.
    pub const fn of(queue: PaperQueue) -> Self {
        match queue {
            PaperQueue::Decision => Self::ToDecide,
            PaperQueue::Correction => Self::Returned,
            PaperQueue::Printing => Self::ToPrint,
            PaperQueue::Posting => Self::ToPost,
            PaperQueue::ReturnedMail => Self::Undelivered,
        }
    }

    /// Whether its requests are worked off, oldest first; what is done is looked up, newest first.
    pub const fn is_oldest_first(self) -> bool {
        !matches!(self, Self::Processed | Self::All)
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

/// Some of the requests, in the order of the tab.
#[derive(Clone, Debug, Default)]
pub struct PaperPage {
    /// The requests.
    pub requests: Vec<PaperRequest>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// How many requests each tab has; of what is open, no more than a thousand are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaperCounts {
    /// For a decision that this clerk may take.
    pub to_decide: usize,
    /// To be corrected.
    pub returned: usize,
    /// Notices to be made, or to be said to be on paper.
    pub to_print: usize,
    /// To be posted, or ended.
    pub to_post: usize,
    /// Notices that came back.
    pub undelivered: usize,
    /// Undecided, of this clerk's own.
    pub waiting: usize,
    /// With nothing left to do; not told where more are open than are counted.
    pub processed: Option<usize>,
    /// Of all.
    pub all: usize,
}

impl PaperCounts {
    /// The count of a tab, where it is known.
    pub const fn of(&self, tab: PaperTab) -> Option<usize> {
        match tab {
            PaperTab::ToDecide => Some(self.to_decide),
            PaperTab::Returned => Some(self.returned),
            PaperTab::ToPrint => Some(self.to_print),
            PaperTab::ToPost => Some(self.to_post),
            PaperTab::Undelivered => Some(self.undelivered),
            PaperTab::Waiting => Some(self.waiting),
            PaperTab::Processed => self.processed,
            PaperTab::All => Some(self.all),
        }
    }
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

    /// How many requests each tab has, for the badges.
    pub async fn count_paper_requests(&self) -> Outcome<PaperCounts> {
        let acting = self.acting(&StaffRole::ALL).await?;
        self.put_overdue_away().await?;
        let store = &self.wiring.ports().paper_requests;
        // Before the open ones: what is registered in between is counted among none of the others.
        let all = store.total().await?;
        let query = PaperRequestQuery {
            states: states(PaperState::is_open),
            limit: COUNTED,
            ..PaperRequestQuery::default()
        };
        let open = store.list(&query).await?;
        let member = acting.member();
        let decides = member.holds(StaffRole::Checker);
        let mut counts = PaperCounts {
            processed: (open.len() < COUNTED).then(|| all.saturating_sub(open.len())),
            all,
            ..PaperCounts::default()
        };
        for request in &open {
            match request.queue() {
                // Who may not decide has nothing to decide.
                Some(PaperQueue::Decision) => {
                    counts.to_decide +=
                        usize::from(decides && request.may_decide(&member.id).is_ok());
                }
                Some(PaperQueue::Correction) => counts.returned += 1,
                Some(PaperQueue::Printing) => counts.to_print += 1,
                Some(PaperQueue::Posting) => counts.to_post += 1,
                Some(PaperQueue::ReturnedMail) => counts.undelivered += 1,
                None => {}
            }
            let own = request.registered_by().id == member.id;
            counts.waiting += usize::from(own && request.state().is_undecided());
        }
        Ok(counts)
    }

    /// The request that is next in `queue` after `current`, oldest first, from the oldest again where
    /// there is none: one that this clerk can do something with.
    pub async fn next_paper_request(
        &self,
        queue: PaperQueue,
        current: &PaperRequest,
    ) -> Outcome<Option<ReceptionNumber>> {
        let acting = self.acting(&StaffRole::ALL).await?;
        let member = acting.member();
        let mut query = query(PaperTab::of(queue), member);
        query.limit = COUNTED;
        let waiting = self.wiring.ports().paper_requests.list(&query).await?;
        let serves = |request: &&PaperRequest| {
            request.number() != current.number()
                && (queue != PaperQueue::Printing || request.may_print(&member.id).is_ok())
        };
        let here = current.position();
        let waiting: Vec<&PaperRequest> = waiting.iter().filter(serves).collect();
        let after = waiting.iter().find(|request| request.position() > here);
        let next = after.or(waiting.first());
        Ok(next.map(|request| request.number().clone()))
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

fn states(wanted: fn(PaperState) -> bool) -> BTreeSet<PaperState> {
    let states = PaperState::ALL.iter().copied();
    states.filter(|state| wanted(*state)).collect()
}

fn query(tab: PaperTab, member: &StaffMember) -> PaperRequestQuery {
    let query = PaperRequestQuery {
        oldest_first: tab.is_oldest_first(),
        ..PaperRequestQuery::default()
    };
    match (tab.queue(), tab) {
        (Some(queue), _) => PaperRequestQuery {
            states: queue.states().iter().copied().collect(),
            queue: Some(queue),
            decidable_by: (queue == PaperQueue::Decision).then(|| member.id.clone()),
            ..query
        },
        (None, PaperTab::Waiting) => PaperRequestQuery {
            states: states(PaperState::is_undecided),
            registered_by: Some(member.id.clone()),
            ..query
        },
        (None, PaperTab::Processed) => PaperRequestQuery {
            states: states(|state| !state.is_open()),
            ..query
        },
        (None, _) => query,
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
