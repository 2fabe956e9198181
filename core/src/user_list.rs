//! The users of a contract, with the state of certificate, retrieval password and locks.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::str::FromStr;

use crate::domain::attempts::Purpose;
use crate::domain::retrieval_record::RetrievalPasswordStatus;
use crate::domain::{
    CertificateStatus, ContractNumber, KnownCertificate, Timestamp, User, UserId, fold_identifier,
};
use crate::wiring::Wiring;
use crate::{InvalidField, Outcome, Refusal};

/// How many users are fetched from the directory at a time.
const BATCH: usize = 1_000;

/// Which users to list.
#[derive(Clone, Debug)]
pub struct ListUsers {
    /// Part of a user ID or name.
    pub query: Option<String>,
    /// Only users of this status.
    pub status: Option<UserStatusFilter>,
    /// In which order.
    pub sort: UserSort,
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
        /// How many.
        limit: usize,
    },
    /// The `number`-th page (from 1) of `size` users.
    Page {
        /// Which.
        number: usize,
        /// How many.
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
}

impl FromStr for UserStatusFilter {
    type Err = InvalidField;

    fn from_str(text: &str) -> Result<Self, InvalidField> {
        if text == "locked" {
            return Ok(Self::Locked);
        }
        CertificateStatus::ALL
            .into_iter()
            .find(|status| status.name() == text)
            .map(Self::Certificate)
            .ok_or(InvalidField::Status)
    }
}

/// The order of a list. Users that compare equal are ordered by user ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserSort {
    /// By 利用者ID.
    #[default]
    UserId,
    /// By name.
    Name,
    /// By the end of the certificate; users without one come last.
    CertificateEnd,
}

impl UserSort {
    /// The stable name, as in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserId => "user_id",
            Self::Name => "name",
            Self::CertificateEnd => "certificate",
        }
    }
}

impl FromStr for UserSort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::UserId, Self::Name, Self::CertificateEnd]
            .into_iter()
            .find(|sort| sort.name() == text)
            .ok_or(())
    }
}

/// A user as an administrator sees them.
#[derive(Clone, Debug)]
pub struct UserOverview {
    /// Who.
    pub user: User,
    /// The state of the certificate.
    pub certificate: CertificateStatus,
    /// Its end.
    pub certificate_not_after: Option<Timestamp>,
    /// The state of the retrieval password.
    pub retrieval_password: RetrievalPasswordStatus,
    /// What is locked.
    pub locks: BTreeSet<Purpose>,
}

/// A part of the list.
#[derive(Clone, Debug)]
pub struct ListUsersPage {
    /// The users.
    pub users: Vec<UserOverview>,
    /// How many there are in all.
    pub total: usize,
    /// The place of the first one shown, from 1; 0 where none is.
    pub first: usize,
    /// For the next page, if there is one.
    pub next_cursor: Option<String>,
}

impl Wiring {
    /// Some of the users of a contract.
    pub(crate) async fn users_of(
        &self,
        contract: &ContractNumber,
        query: ListUsers,
        (after, size): (Option<UserId>, usize),
    ) -> Outcome<ListUsersPage> {
        let users = self
            .matching_users(contract, query.query.as_deref())
            .await?;
        let needs_all = query.status.is_some() || query.sort == UserSort::CertificateEnd;
        if needs_all {
            let mut all = self.overviews(contract, users).await?;
            all.retain(|overview| query.status.is_none_or(|status| has(overview, status)));
            sort(
                &mut all,
                &query,
                |overview| &overview.user,
                |overview| overview.certificate_not_after,
            );
            let page = slice(all, &query.page, after.as_ref(), size, |overview| {
                &overview.user
            });
            return Ok(page.into());
        }
        let mut users = users;
        sort(&mut users, &query, |user| user, |_| None);
        let page = slice(users, &query.page, after.as_ref(), size, |user| user);
        Ok(ListUsersPage {
            users: self.overviews(contract, page.users).await?,
            total: page.total,
            first: page.first,
            next_cursor: page.next_cursor,
        })
    }

    /// One user.
    pub(crate) async fn overview(&self, user: User) -> Outcome<UserOverview> {
        let contract = user.subject.contract.clone();
        let mut overviews = self.overviews(&contract, vec![user]).await?;
        overviews.pop().ok_or(Refusal::UserNotSelectable)
    }

    async fn matching_users(
        &self,
        contract: &ContractNumber,
        query: Option<&str>,
    ) -> Outcome<Vec<User>> {
        let wanted = query
            .map(fold_identifier)
            .filter(|wanted| !wanted.is_empty());
        let mut matching = Vec::new();
        let mut after: Option<UserId> = None;
        loop {
            let batch = self
                .ports()
                .directory
                .users(contract, after.as_ref(), BATCH)
                .await?;
            let Some(last) = batch.last() else {
                return Ok(matching);
            };
            after = Some(last.id().clone());
            matching.extend(batch.into_iter().filter(|user| {
                wanted.as_ref().is_none_or(|wanted| {
                    user.id().as_str().contains(wanted)
                        || fold_identifier(&user.name).contains(wanted)
                })
            }));
        }
    }

    pub(crate) async fn overviews(
        &self,
        contract: &ContractNumber,
        users: Vec<User>,
    ) -> Outcome<Vec<UserOverview>> {
        let ids: Vec<UserId> = users.iter().map(|user| user.id().clone()).collect();
        let ports = self.ports();
        let policies = self.clone();
        let limits = move |purpose| *policies.attempt_policy(purpose);
        let certificates = ports.register.newest(contract, &ids).await?;
        let passwords = ports
            .retrieval_passwords
            .statuses(contract, &ids, &self.policy().retrieval)
            .await?;
        let locks = ports.attempts.locks(contract, &ids, &limits).await?;
        let (now, notice) = (self.now(), self.policy().certificate.notice);
        let joined = users
            .into_iter()
            .zip(certificates)
            .zip(passwords)
            .zip(locks);
        Ok(joined
            .map(|(((user, recorded), retrieval_password), mut locks)| {
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
                }
            })
            .collect())
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

fn has(overview: &UserOverview, status: UserStatusFilter) -> bool {
    match status {
        UserStatusFilter::Certificate(status) => overview.certificate == status,
        UserStatusFilter::Locked => !overview.locks.is_empty(),
    }
}

fn sort<T>(
    rows: &mut [T],
    query: &ListUsers,
    user: impl Fn(&T) -> &User,
    end: impl Fn(&T) -> Option<Timestamp>,
) {
    // The cursor of a list is a user ID, so such a list is always ordered by it.
    let order = match query.page {
        Paging::After { .. } => UserSort::UserId,
        Paging::Page { .. } => query.sort,
    };
    match (
        order,
        query.descending && matches!(query.page, Paging::Page { .. }),
    ) {
        (UserSort::UserId, false) => rows.sort_by(|a, b| user(a).id().cmp(user(b).id())),
        (UserSort::UserId, true) => rows.sort_by(|a, b| user(b).id().cmp(user(a).id())),
        (UserSort::Name, false) => rows.sort_by(|a, b| user(a).name.cmp(&user(b).name)),
        (UserSort::Name, true) => rows.sort_by(|a, b| user(b).name.cmp(&user(a).name)),
        (UserSort::CertificateEnd, false) => {
            rows.sort_by_key(|row| (end(row).is_none(), end(row)));
        }
        (UserSort::CertificateEnd, true) => {
            rows.sort_by_key(|row| (end(row).is_none(), Reverse(end(row))));
        }
    }
}

/// Cuts a part out of a sorted list; `ListUsersPage` with rows of any kind.
struct Slice<T> {
    users: Vec<T>,
    total: usize,
    first: usize,
    next_cursor: Option<String>,
}

impl From<Slice<UserOverview>> for ListUsersPage {
    fn from(slice: Slice<UserOverview>) -> Self {
        Self {
            users: slice.users,
            total: slice.total,
            first: slice.first,
            next_cursor: slice.next_cursor,
        }
    }
}

fn slice<T>(
    rows: Vec<T>,
    paging: &Paging,
    after: Option<&UserId>,
    size: usize,
    user: impl Fn(&T) -> &User,
) -> Slice<T> {
    let total = rows.len();
    let start = match paging {
        Paging::After { .. } => match after {
            Some(after) => rows.partition_point(|row| user(row).id() <= after),
            None => 0,
        },
        Paging::Page { number, .. } => number.saturating_sub(1).saturating_mul(size).min(total),
    };
    let users: Vec<T> = rows.into_iter().skip(start).take(size).collect();
    let more = start + users.len() < total;
    let next_cursor = users
        .last()
        .filter(|_| more)
        .map(|row| user(row).id().to_string());
    let first = if users.is_empty() { 0 } else { start + 1 };
    Slice {
        users,
        total,
        first,
        next_cursor,
    }
}
