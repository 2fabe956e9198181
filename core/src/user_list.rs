//! The users of a contract, with the state of certificate, retrieval password and locks: some of
//! them, or all.
//!
//! A part of the list in its own order, by user ID, costs what is shown. A filter, or another
//! order, looks at every user of the contract once; what is kept meanwhile is at most what stands
//! in the list up to the end of the part that is shown.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::domain::attempts::Purpose;
use crate::domain::{
    CertificateStatus, ContractNumber, KnownCertificate, User, UserId, fold_for_search,
};
use crate::ports::{HeldLock, UserWalk};
use crate::user_overview::{UserOverview, UsersWaiting};
use crate::user_selection::{Rank, Selection, Standing, UserSort};
use crate::wiring::Wiring;
use crate::{InvalidField, Outcome, Refusal};

/// How many users a walk over a contract looks at together.
const BATCH: usize = 1_000;

/// Which users to list.
#[derive(Clone, Debug)]
pub struct ListUsers {
    /// Part of a user ID or name.
    pub query: Option<String>,
    /// Only users of this status.
    pub status: Option<UserStatusFilter>,
    /// In which order; by who has to be looked after where nothing is said, unless the contract has
    /// so many users that the order by user ID alone is at hand.
    pub sort: Option<UserSort>,
    /// The other way round.
    pub descending: bool,
    /// Which part of the list.
    pub page: Paging,
}

/// Which part of a list.
#[derive(Clone, Debug)]
pub enum Paging {
    /// The `limit` (1 to 100) users after the one that `cursor` names, ordered by user ID.
    After {
        /// The `next_cursor` of an earlier page.
        cursor: Option<String>,
        /// At most so many users; what the API allows is checked there.
        limit: usize,
    },
    /// The `number`-th page (from 1) of `size` users.
    Page {
        /// The number of the page; the first is 1.
        number: usize,
        /// Users a page.
        size: usize,
    },
}

/// What to filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatusFilter {
    /// The state of the certificate.
    Certificate(CertificateStatus),
    /// Any purpose is locked.
    Locked,
    /// A retrieval password waits to be redeemed.
    UnusedPassword,
}

impl UserStatusFilter {
    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        let certificates = CertificateStatus::ALL.into_iter().map(Self::Certificate);
        certificates.chain([Self::Locked, Self::UnusedPassword])
    }

    /// The stable name, as in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificate(status) => status.name(),
            Self::Locked => "locked",
            Self::UnusedPassword => "unused-password",
        }
    }
}

impl FromStr for UserStatusFilter {
    type Err = InvalidField;

    fn from_str(text: &str) -> Result<Self, InvalidField> {
        Self::all()
            .find(|filter| filter.name() == text)
            .ok_or(InvalidField::Status)
    }
}

/// A part of the list.
#[derive(Clone, Debug)]
pub struct ListUsersPage {
    /// The users.
    pub users: Vec<UserOverview>,
    /// Where they stand, on a numbered page. After a cursor, nobody counts.
    pub place: Option<ListPosition>,
    /// In which order they stand.
    pub sort: UserSort,
    /// For the next page after a cursor, if there is one.
    pub next_cursor: Option<String>,
}

/// Where the users of a numbered page stand in the whole list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListPosition {
    /// How many users there are in all.
    pub total: usize,
    /// The place of the first one shown, from 1; 0 where none is.
    pub first: usize,
}

/// Which users of a contract are meant, whatever the order.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserFilter {
    /// Part of a user ID or name, folded.
    text: Option<String>,
    status: Option<UserStatusFilter>,
}

impl UserFilter {
    pub(crate) fn new(text: Option<&str>, status: Option<UserStatusFilter>) -> Self {
        Self {
            text: text.map(fold_for_search).filter(|text| !text.is_empty()),
            status,
        }
    }

    const fn means_all(&self) -> bool {
        self.text.is_none() && self.status.is_none()
    }

    fn names(&self, user: &User) -> bool {
        self.text.as_ref().is_none_or(|text| {
            user.id().as_str().contains(text) || fold_for_search(&user.name).contains(text)
        })
    }

    fn has_status(&self, overview: &UserOverview) -> bool {
        match self.status {
            None => true,
            Some(UserStatusFilter::Certificate(status)) => overview.certificate == status,
            Some(UserStatusFilter::Locked) => !overview.locks.is_empty(),
            Some(UserStatusFilter::UnusedPassword) => overview.has_unused_password(),
        }
    }
}

/// A walk over the users of a contract, by user ID, with what an administrator sees of each: one
/// look at each user, and never more than a batch of them in memory.
pub struct OverviewWalk<'a> {
    wiring: &'a Wiring,
    contract: &'a ContractNumber,
    filter: UserFilter,
    walk: Box<dyn UserWalk + 'a>,
    /// How many users the next batch takes from the directory.
    step: usize,
}

impl<'a> OverviewWalk<'a> {
    pub(crate) fn new(
        wiring: &'a Wiring,
        contract: &'a ContractNumber,
        filter: UserFilter,
        after: Option<&UserId>,
    ) -> Self {
        Self {
            wiring,
            contract,
            filter,
            walk: wiring.ports().directory.walk(contract, after),
            step: BATCH,
        }
    }

    /// Begins with a batch of `step`, for whoever needs only few. Batches grow, so that a filter
    /// that few users pass does not make many small ones.
    fn beginning_with(self, step: usize) -> Self {
        Self { step, ..self }
    }

    /// The next users that the filter passes. None at the end, and only there.
    pub async fn next(&mut self) -> Outcome<Vec<UserOverview>> {
        loop {
            let mut users = self.walk.next(self.step).await?;
            self.step = (self.step * 2).min(BATCH);
            if users.is_empty() {
                return Ok(Vec::new());
            }
            users.retain(|user| self.filter.names(user));
            let mut overviews = self.wiring.overviews(self.contract, users).await?;
            overviews.retain(|overview| self.filter.has_status(overview));
            if !overviews.is_empty() {
                return Ok(overviews);
            }
        }
    }
}

impl Wiring {
    /// Some of the users of a contract.
    pub(crate) async fn users_of(
        &self,
        contract: &ContractNumber,
        query: ListUsers,
        (after, size): (Option<UserId>, usize),
    ) -> Outcome<ListUsersPage> {
        let filter = UserFilter::new(query.query.as_deref(), query.status);
        let Paging::Page { number, .. } = query.page else {
            return self
                .users_after(contract, filter, after.as_ref(), size)
                .await;
        };
        let sort = match query.sort {
            Some(sort) => sort,
            None => self.usual_order(contract).await?,
        };
        let part = Part {
            skip: number.saturating_sub(1).saturating_mul(size),
            size,
            sort,
            descending: query.descending,
        };
        let (users, total) = if filter.means_all() && sort == UserSort::UserId {
            self.users_in_place(contract, part).await?
        } else if filter.status.is_none() && sort.needs_the_directory_only() {
            self.users_by_themselves(contract, &filter, part).await?
        } else {
            self.users_by_overview(contract, filter, part).await?
        };
        let first = if users.is_empty() { 0 } else { part.skip + 1 };
        Ok(ListUsersPage {
            users,
            place: Some(ListPosition { total, first }),
            sort,
            next_cursor: None,
        })
    }

    /// Who has to be looked after is known once everybody was looked at: of one batch, each time the
    /// list is opened; of more, whoever wants to know asks for it.
    async fn usual_order(&self, contract: &ContractNumber) -> Outcome<UserSort> {
        let size = self.ports().directory.count(contract).await?;
        Ok(if size <= BATCH {
            UserSort::Urgency
        } else {
            UserSort::UserId
        })
    }

    /// The users after one, by user ID. Nothing beyond the page is looked at.
    async fn users_after(
        &self,
        contract: &ContractNumber,
        filter: UserFilter,
        after: Option<&UserId>,
        size: usize,
    ) -> Outcome<ListUsersPage> {
        // One more tells whether there is a next page.
        let most = size + 1;
        let mut walk = OverviewWalk::new(self, contract, filter, after).beginning_with(most);
        let mut users = Vec::new();
        while users.len() < most {
            let batch = walk.next().await?;
            if batch.is_empty() {
                break;
            }
            users.extend(batch);
        }
        let more = users.len() > size;
        users.truncate(size);
        let last = users.last().filter(|_| more);
        Ok(ListUsersPage {
            next_cursor: last.map(|overview| overview.user.id().to_string()),
            users,
            place: None,
            sort: UserSort::UserId,
        })
    }

    /// A part of the list in the directory's own order, and the length of the whole.
    async fn users_in_place(
        &self,
        contract: &ContractNumber,
        part: Part,
    ) -> Outcome<(Vec<UserOverview>, usize)> {
        let directory = &self.ports().directory;
        let total = directory.count(contract).await?;
        let (skip, size) = if part.descending {
            let end = total.saturating_sub(part.skip);
            (end.saturating_sub(part.size), part.size.min(end))
        } else {
            (part.skip, part.size)
        };
        let mut users = if skip < total && size > 0 {
            directory.users_at(contract, skip, size).await?
        } else {
            Vec::new()
        };
        if part.descending {
            users.reverse();
        }
        Ok((self.overviews(contract, users).await?, total))
    }

    /// Filtered and sorted by what the directory knows of users.
    async fn users_by_themselves(
        &self,
        contract: &ContractNumber,
        filter: &UserFilter,
        part: Part,
    ) -> Outcome<(Vec<UserOverview>, usize)> {
        let mut selection = part.selection();
        let mut walk = self.ports().directory.walk(contract, None);
        loop {
            let users = walk.next(BATCH).await?;
            if users.is_empty() {
                break;
            }
            for user in users.into_iter().filter(|user| filter.names(user)) {
                selection.offer(part.rank(&user, Standing::default()), user);
            }
        }
        let (users, total) = selection.without(part.skip);
        Ok((self.overviews(contract, users).await?, total))
    }

    /// Filtered or sorted by what the stores know of users.
    async fn users_by_overview(
        &self,
        contract: &ContractNumber,
        filter: UserFilter,
        part: Part,
    ) -> Outcome<(Vec<UserOverview>, usize)> {
        let mut selection = part.selection();
        let mut walk = OverviewWalk::new(self, contract, filter, None);
        loop {
            let overviews = walk.next().await?;
            if overviews.is_empty() {
                return Ok(selection.without(part.skip));
            }
            for overview in overviews {
                let standing = Standing {
                    end: overview.certificate_not_after,
                    urgency: overview.urgency(),
                };
                let rank = part.rank(&overview.user, standing);
                selection.offer(rank, overview);
            }
        }
    }

    /// How many users of a contract wait for what: one look at each; nothing where they are so many
    /// that [`Self::usual_order`] does not look at them, either.
    pub(crate) async fn users_waiting(
        &self,
        contract: &ContractNumber,
    ) -> Outcome<Option<UsersWaiting>> {
        if self.usual_order(contract).await? != UserSort::Urgency {
            return Ok(None);
        }
        let mut waiting = UsersWaiting::default();
        let mut walk = OverviewWalk::new(self, contract, UserFilter::default(), None);
        loop {
            let overviews = walk.next().await?;
            if overviews.is_empty() {
                return Ok(Some(waiting));
            }
            for overview in &overviews {
                waiting.count(overview);
            }
        }
    }

    /// One user.
    pub(crate) async fn overview(&self, user: User) -> Outcome<UserOverview> {
        let contract = user.subject.contract.clone();
        let mut overviews = self.overviews(&contract, vec![user]).await?;
        overviews.pop().ok_or(Refusal::UserNotSelectable)
    }

    async fn overviews(
        &self,
        contract: &ContractNumber,
        users: Vec<User>,
    ) -> Outcome<Vec<UserOverview>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<UserId> = users.iter().map(|user| user.id().clone()).collect();
        let ports = self.ports();
        let limits = |purpose| *self.attempt_policy(purpose);
        let retrieval = &self.policy().retrieval;
        let (certificates, passwords, locks) = tokio::try_join!(
            ports.register.newest(contract, &ids),
            ports
                .retrieval_passwords
                .statuses(contract, &ids, retrieval),
            ports.attempts.locks(contract, &ids, &limits),
        )?;
        let (now, notice) = (self.now(), self.policy().certificate.notice);
        let joined = users
            .into_iter()
            .zip(certificates)
            .zip(passwords)
            .zip(locks);
        Ok(joined
            .map(|(((user, recorded), retrieval_password), held)| {
                let of_login = |lock: &&HeldLock| lock.purpose == Purpose::Login;
                let login_lanes = held.iter().filter(of_login).map(|lock| lock.lane);
                let login_lanes = login_lanes.collect();
                let mut locks: BTreeSet<Purpose> = held.iter().map(|lock| lock.purpose).collect();
                let certificate = recorded.or_else(|| earlier_certificate(&user));
                if retrieval_password.locked {
                    locks.insert(Purpose::Retrieval);
                }
                UserOverview {
                    certificate: CertificateStatus::of(certificate.as_ref(), now, notice),
                    certificate_not_after: certificate.map(|known| known.not_after),
                    user,
                    retrieval_password,
                    locks,
                    login_lanes,
                }
            })
            .collect())
    }
}

/// Which part of a list in which order.
#[derive(Clone, Copy)]
struct Part {
    skip: usize,
    size: usize,
    sort: UserSort,
    descending: bool,
}

impl Part {
    fn rank(self, user: &User, standing: Standing) -> Rank {
        Rank::of(user, standing, self.sort, self.descending)
    }

    fn selection<T>(self) -> Selection<T> {
        Selection::of_first(self.skip.saturating_add(self.size))
    }
}

/// After whom, and how many: checked before anything is looked up.
pub(crate) fn wanted(query: &ListUsers) -> Outcome<(Option<UserId>, usize)> {
    let (after, size) = match &query.page {
        Paging::After { cursor, limit } => {
            let after = cursor.as_deref().map(str::parse::<UserId>).transpose();
            (after.map_err(|_| Refusal::BadCursor)?, *limit)
        }
        Paging::Page { size, .. } => (None, *size),
    };
    if (1..=100).contains(&size) {
        Ok((after, size))
    } else {
        Err(InvalidField::Limit.into())
    }
}

/// The certificate that the bank issued before this service was there.
fn earlier_certificate(user: &User) -> Option<KnownCertificate> {
    let not_after = user.certificate_not_after?;
    Some(KnownCertificate {
        serial: None,
        not_after,
        revoked: false,
    })
}
