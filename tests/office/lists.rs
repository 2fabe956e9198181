//! What lists of users cost, counted: how many users and certificates are asked for, however many
//! there are.

use std::collections::BTreeSet;

use warifu_core::domain::{CertificateStatus, Timestamp, UserId};
use warifu_core::ports::Clock;
use warifu_core::{ListUsers, Paging, UserOverview, UserSort, UserStatusFilter, UsersWaiting};

use crate::crowd::Listing;

fn list(page: Paging) -> ListUsers {
    ListUsers {
        query: None,
        status: None,
        sort: Some(UserSort::UserId),
        descending: false,
        page,
    }
}

const fn page(number: usize, size: usize) -> Paging {
    Paging::Page { number, size }
}

fn after(cursor: Option<&str>, limit: usize) -> Paging {
    Paging::After {
        cursor: cursor.map(str::to_owned),
        limit,
    }
}

const SIZE: usize = 20;

#[tokio::test]
async fn a_page_costs_the_same_however_long_the_list_is() {
    let mut costs = Vec::new();
    for size in [100, 8_000] {
        let listing = Listing::of(size).await;
        let last = size / SIZE;
        let mut of_this = Vec::new();
        for query in [
            list(page(1, SIZE)),
            list(page(3, SIZE)),
            list(page(last, SIZE)),
            list(page(last + 1, SIZE)),
            ListUsers {
                descending: true,
                ..list(page(2, SIZE))
            },
            list(after(None, SIZE)),
            list(after(Some("pc00050"), SIZE)),
        ] {
            let (shown, cost) = listing.list(query.clone()).await;
            assert!(cost.users <= SIZE + 1, "{query:?} cost {cost:?}");
            assert!(cost.calls <= 2, "{query:?} cost {cost:?}");
            if let Some(place) = shown.place {
                assert_eq!(place.total, size);
            }
            of_this.push(cost);
        }
        costs.push(of_this);
    }
    assert_eq!(costs[0], costs[1]);
}

#[tokio::test]
async fn a_filter_or_another_order_looks_at_everybody_once() {
    let listing = Listing::of(8_000).await;
    let by = |sort| ListUsers {
        sort: Some(sort),
        ..list(page(2, SIZE))
    };
    let with = |query: Option<&str>, status| ListUsers {
        query: query.map(str::to_owned),
        status,
        ..list(page(2, SIZE))
    };
    let locked = Some(UserStatusFilter::Locked);
    for (query, certificates) in [
        (by(UserSort::Name), SIZE),
        (by(UserSort::CertificateEnd), listing.size),
        (by(UserSort::Urgency), listing.size),
        (with(Some("name 4"), None), SIZE),
        (with(None, locked), listing.size),
        // Who is not named is not asked about: a fifth is.
        (with(Some("name 4"), locked), listing.size / 5),
    ] {
        let (_, cost) = listing.list(query.clone()).await;
        assert_eq!(cost.users, listing.size, "{query:?}");
        assert_eq!(cost.certificates, certificates, "{query:?}");
        assert!(cost.calls <= 9 && cost.largest <= 1_000, "{cost:?}");
    }
}

#[tokio::test]
async fn whoever_asks_for_few_of_many_who_pass_gets_them_without_the_rest() {
    let listing = Listing::of(8_000).await;
    let with = |query: &str, status| ListUsers {
        query: Some(query.to_owned()),
        status,
        ..list(after(None, SIZE))
    };
    let none = Some(UserStatusFilter::Certificate(CertificateStatus::None));
    for query in [with("pc", None), with("pc", none), with("name 4", None)] {
        let (shown, cost) = listing.list(query.clone()).await;
        assert_eq!(shown.users.len(), SIZE, "{query:?}");
        assert!(cost.users <= 400, "{query:?} cost {cost:?}");
    }
}

#[tokio::test]
async fn a_walk_looks_at_everybody_once_and_holds_a_batch() {
    for size in [4_000, 8_000] {
        let listing = Listing::of(size).await;
        let all = listing.everybody().await;
        assert_eq!(all.len(), size);
        let cost = listing.counts.take();
        assert_eq!((cost.users, cost.certificates), (size, size));
        assert!(cost.largest <= 1_000 && cost.calls <= size / 1_000 + 1);
        let (terminal, contract) = (listing.bank.terminal(), &listing.operator.contract);
        assert_eq!(
            terminal.all_users(contract).await.map(|all| all.len()),
            Ok(size)
        );
        let cost = listing.counts.take();
        assert_eq!((cost.users, cost.certificates), (size, 0));
    }
}

#[tokio::test]
async fn who_waits_for_what_is_counted_with_one_look_at_each() {
    let listing = Listing::of(900).await;
    // Some certificates have ended by then.
    let middle = Timestamp::parse_rfc3339("2027-01-15T00:00:00Z").expect("a moment");
    let clock = &listing.bank.clock;
    clock.advance_by(middle.since(clock.now()));
    let all = listing.everybody().await;
    listing.counts.take();
    let count = |waits: fn(&UserOverview) -> bool| all.iter().filter(|user| waits(user)).count();
    let expected = UsersWaiting {
        expired: count(|user| user.certificate == CertificateStatus::Expired),
        expiring: count(|user| user.certificate == CertificateStatus::Expiring),
        locked: count(|user| !user.locks.is_empty()),
        unused_passwords: count(UserOverview::has_unused_password),
    };
    let waiting = listing.operator.users_waiting().await;
    assert_eq!(waiting, Ok(Some(expected)));
    assert!(expected.expired > 100, "{expected:?}");
    let cost = listing.counts.take();
    assert_eq!((cost.users, cost.certificates), (900, 900));

    // Nobody waits for the first page because a contract is large.
    let listing = Listing::of(2_000).await;
    assert_eq!(listing.operator.users_waiting().await, Ok(None));
    let cost = listing.counts.take();
    assert_eq!((cost.users, cost.certificates), (0, 0));
}

#[tokio::test]
async fn a_list_begins_with_who_has_to_be_looked_after_while_it_is_short() {
    for (size, expected) in [(130, UserSort::Urgency), (2_000, UserSort::UserId)] {
        let listing = Listing::of(size).await;
        let all = listing.everybody().await;
        listing.counts.take();
        let usual = ListUsers {
            sort: None,
            ..list(page(1, SIZE))
        };
        let (shown, cost) = listing.list(usual).await;
        assert_eq!(shown.sort, expected);
        let mut ids_expected = sorted(all, expected, false);
        ids_expected.truncate(SIZE);
        assert_eq!(ids(&shown.users), ids_expected);
        assert!(cost.users <= 1_000, "{cost:?}");
    }
}

/// Ended, ending soon, locked, the rest.
fn urgency(overview: &UserOverview) -> u8 {
    match overview.certificate {
        CertificateStatus::Expired => 0,
        CertificateStatus::Expiring => 1,
        _ if !overview.locks.is_empty() => 2,
        _ => 3,
    }
}

/// The whole list, sorted at once.
fn sorted(mut all: Vec<UserOverview>, sort: UserSort, descending: bool) -> Vec<UserId> {
    let end = |overview: &UserOverview| overview.certificate_not_after;
    all.sort_by(|one, other| {
        let order = match sort {
            UserSort::UserId => one.user.id().cmp(other.user.id()),
            UserSort::Name => one.user.name.cmp(&other.user.name),
            UserSort::CertificateEnd => end(one).cmp(&end(other)),
            UserSort::Urgency => urgency(one).cmp(&urgency(other)),
        };
        let order = if descending { order.reverse() } else { order };
        match sort {
            UserSort::CertificateEnd => end(one).is_none().cmp(&end(other).is_none()).then(order),
            _ => order,
        }
    });
    ids(&all)
}

fn ids(overviews: &[UserOverview]) -> Vec<UserId> {
    overviews
        .iter()
        .map(|overview| overview.user.id().clone())
        .collect()
}

#[tokio::test]
async fn pages_put_together_are_the_list_in_every_order() {
    let listing = Listing::of(130).await;
    let all = listing.everybody().await;
    let text = |overview: &UserOverview| overview.user.name.contains("name 4");
    let none = |overview: &UserOverview| overview.certificate == CertificateStatus::None;
    let status = UserStatusFilter::Certificate(CertificateStatus::None);
    for (query, wanted_status) in [
        (None, None),
        (Some("Name 4"), None),
        (None, Some(status)),
        (Some("NAME 4"), Some(status)),
    ] {
        let mut matching = all.clone();
        matching.retain(|overview| query.is_none() || text(overview));
        matching.retain(|overview| wanted_status.is_none() || none(overview));
        let wanted = ListUsers {
            query: query.map(str::to_owned),
            status: wanted_status,
            ..list(page(1, 1))
        };
        for sort in [
            UserSort::UserId,
            UserSort::Name,
            UserSort::CertificateEnd,
            UserSort::Urgency,
        ] {
            for descending in [false, true] {
                let expected = sorted(matching.clone(), sort, descending);
                for size in [7, 50, 100] {
                    let mut found = Vec::new();
                    for number in 1..=expected.len().div_ceil(size) + 1 {
                        let query = ListUsers {
                            sort: Some(sort),
                            descending,
                            page: page(number, size),
                            ..wanted.clone()
                        };
                        let (shown, _) = listing.list(query).await;
                        let place = shown.place.expect("a place");
                        assert_eq!(place.total, expected.len());
                        let first = if shown.users.is_empty() {
                            0
                        } else {
                            found.len() + 1
                        };
                        assert_eq!(place.first, first);
                        found.extend(ids(&shown.users));
                    }
                    assert_eq!(found, expected, "{sort:?} {descending} {size}");
                }
            }
        }
        for limit in [1, 9, 100] {
            let mut found: Vec<UserId> = Vec::new();
            let mut cursor = None;
            loop {
                let query = ListUsers {
                    page: after(cursor.as_deref(), limit),
                    ..wanted.clone()
                };
                let (shown, _) = listing.list(query).await;
                found.extend(ids(&shown.users));
                cursor = shown.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(found, ids(&matching), "after each other, {limit} at a time");
        }
    }
    let different: BTreeSet<UserId> = ids(&all).into_iter().collect();
    assert_eq!(different.len(), 130);
}
