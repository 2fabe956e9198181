//! Orders of users, and the first few of many in one of them, seen one at a time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::str::FromStr;

use crate::domain::{Timestamp, User, UserId};

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
    /// By who has to be looked after: an ended certificate, one that ends soon, a lock, the rest.
    Urgency,
}

/// How soon somebody has to look after a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// The certificate has ended.
    Expired,
    /// The certificate ends soon.
    Expiring,
    /// Something is locked.
    Locked,
    /// Not at all; nor where the user is switched off.
    #[default]
    None,
}

/// What the stores know of a user that an order goes by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    /// The end of the certificate.
    pub(crate) end: Option<Timestamp>,
    pub(crate) urgency: Urgency,
}

impl UserSort {
    /// The stable name, as in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserId => "user_id",
            Self::Name => "name",
            Self::CertificateEnd => "certificate",
            Self::Urgency => "urgency",
        }
    }

    /// Whether what the directory knows of users decides it.
    pub(crate) const fn needs_the_directory_only(self) -> bool {
        match self {
            Self::UserId | Self::Name => true,
            Self::CertificateEnd | Self::Urgency => false,
        }
    }
}

impl FromStr for UserSort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [
            Self::UserId,
            Self::Name,
            Self::CertificateEnd,
            Self::Urgency,
        ];
        all.into_iter().find(|sort| sort.name() == text).ok_or(())
    }
}

/// Where a user stands in an order. Users that compare equal are ordered by user ID. Ranks of
/// different orders are not compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    UserId(UserId),
    UserIdDescending(Reverse<UserId>),
    Name(String, UserId),
    NameDescending(Reverse<String>, UserId),
    /// The first part puts users without a certificate last, whichever way the rest goes.
    CertificateEnd(bool, Option<Timestamp>, UserId),
    CertificateEndDescending(bool, Reverse<Option<Timestamp>>, UserId),
    Urgency(Urgency, UserId),
    UrgencyDescending(Reverse<Urgency>, UserId),
}

impl Rank {
    /// The rank of `user`, who stands as the stores say.
    pub(crate) fn of(
        user: &User,
        Standing { end, urgency }: Standing,
        sort: UserSort,
        descending: bool,
    ) -> Self {
        let id = user.id().clone();
        match (sort, descending) {
            (UserSort::UserId, false) => Self::UserId(id),
            (UserSort::UserId, true) => Self::UserIdDescending(Reverse(id)),
            (UserSort::Name, false) => Self::Name(user.name.clone(), id),
            (UserSort::Name, true) => Self::NameDescending(Reverse(user.name.clone()), id),
            (UserSort::CertificateEnd, false) => Self::CertificateEnd(end.is_none(), end, id),
            (UserSort::CertificateEnd, true) => {
                Self::CertificateEndDescending(end.is_none(), Reverse(end), id)
            }
            (UserSort::Urgency, false) => Self::Urgency(urgency, id),
            (UserSort::Urgency, true) => Self::UrgencyDescending(Reverse(urgency), id),
        }
    }
}

/// Keeps the first of what it is offered, and counts all.
pub(crate) struct Selection<T> {
    most: usize,
    /// The last of those kept is on top, to make room for a better one.
    kept: BinaryHeap<Ranked<T>>,
    offered: usize,
}

struct Ranked<T> {
    rank: Rank,
    item: T,
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl<T> Eq for Ranked<T> {}

impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl<T> Selection<T> {
    /// Keeps the first `most`.
    pub(crate) const fn of_first(most: usize) -> Self {
        Self {
            most,
            kept: BinaryHeap::new(),
            offered: 0,
        }
    }

    pub(crate) fn offer(&mut self, rank: Rank, item: T) {
        self.offered += 1;
        if self.kept.len() < self.most {
            self.kept.push(Ranked { rank, item });
        } else if let Some(mut last) = self.kept.peek_mut()
            && rank < last.rank
        {
            *last = Ranked { rank, item };
        }
    }

    /// What is kept, in order and without the first `skip`, and how many were offered.
    pub(crate) fn without(self, skip: usize) -> (Vec<T>, usize) {
        let kept = self.kept.into_sorted_vec().into_iter();
        (
            kept.skip(skip).map(|ranked| ranked.item).collect(),
            self.offered,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::Subject;

    fn user(id: u16, name: u8) -> User {
        let contract = "123456".parse().unwrap();
        User {
            subject: Subject::new(contract, format!("user{id:05}").parse().unwrap()),
            name: format!("name{name}"),
            service_administrator: false,
            permissions: BTreeSet::new(),
            mail: None,
            disabled: false,
            certificate_not_after: None,
            identity: None,
        }
    }

    const ORDERS: [(UserSort, bool); 8] = [
        (UserSort::UserId, false),
        (UserSort::UserId, true),
        (UserSort::Name, false),
        (UserSort::Name, true),
        (UserSort::CertificateEnd, false),
        (UserSort::CertificateEnd, true),
        (UserSort::Urgency, false),
        (UserSort::Urgency, true),
    ];

    fn standing(end: Option<i64>) -> Standing {
        Standing {
            end: end.map(Timestamp::from_unix_millis),
            urgency: match end {
                Some(0) => Urgency::Expired,
                Some(1) => Urgency::Expiring,
                Some(2) => Urgency::Locked,
                _ => Urgency::None,
            },
        }
    }

    /// What sorting everything gives: equal users by ID, users without a certificate last.
    fn sorted(users: &mut [(User, Standing)], sort: UserSort, descending: bool) {
        users.sort_by(|(one, _), (other, _)| one.id().cmp(other.id()));
        users.sort_by(|(one, one_standing), (other, other_standing)| {
            let order = match sort {
                UserSort::UserId => one.id().cmp(other.id()),
                UserSort::Name => one.name.cmp(&other.name),
                UserSort::CertificateEnd => one_standing.end.cmp(&other_standing.end),
                UserSort::Urgency => one_standing.urgency.cmp(&other_standing.urgency),
            };
            let order = if descending { order.reverse() } else { order };
            let last = sort == UserSort::CertificateEnd;
            let none = one_standing
                .end
                .is_none()
                .cmp(&other_standing.end.is_none());
            if last { none.then(order) } else { order }
        });
    }

    proptest! {
        /// Whatever comes in whatever order: the same part as of a list that is sorted whole.
        #[test]
        fn a_part_is_what_sorting_everything_gives(
            users in prop::collection::btree_map(any::<u16>(), (0_u8..5, prop::option::of(0_i64..5)), 0..60),
            skip in 0_usize..70,
            size in 1_usize..30,
            order in prop::sample::select(&ORDERS[..]),
        ) {
            let (sort, descending) = order;
            let mut users: Vec<_> = users
                .into_iter()
                .map(|(id, (name, end))| (user(id, name), standing(end)))
                .collect();
            let mut selection = Selection::of_first(skip + size);
            for (user, standing) in &users {
                selection.offer(Rank::of(user, *standing, sort, descending), user.id().clone());
                prop_assert!(selection.kept.len() <= skip + size);
            }
            let (part, total) = selection.without(skip);
            prop_assert_eq!(total, users.len());
            sorted(&mut users, sort, descending);
            let expected: Vec<UserId> = users
                .iter()
                .map(|(user, _)| user.id().clone())
                .skip(skip)
                .take(size)
                .collect();
            prop_assert_eq!(part, expected);
        }
    }
}
