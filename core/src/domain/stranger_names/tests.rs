use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;

use super::*;
use crate::domain::LeaseToken;
use crate::domain::attempts::{
    AttemptPolicy, Attempts, Lane, LaneLimits, LockDuration, Reservation, Settlement, Verdict,
};

const START: Timestamp = Timestamp::from_unix_millis(1_800_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);

struct Fixed;

impl Randomness for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn spraying() -> SprayPolicy {
    SprayPolicy {
        told_after: NonZeroU32::new(20).unwrap(),
        tighter_after: NonZeroU32::new(100).unwrap(),
        max_failures: NonZeroU32::new(2).unwrap(),
        most_names: 1_000_000,
    }
}

fn names_of(most_names: usize) -> StrangerNames {
    let policy = SprayPolicy {
        most_names,
        ..spraying()
    };
    StrangerNames::new(policy, &Fixed)
}

fn subject(contract: &str, number: usize) -> Subject {
    let user = format!("name{number}").parse().unwrap();
    Subject::new(contract.parse().unwrap(), user)
}

fn somebody(number: usize) -> Subject {
    subject("1234567890", number)
}

fn v4(number: u32) -> Network {
    IpAddr::from(Ipv4Addr::from(0xCB00_0000 + number)).into()
}

fn v6(site: u16, network: u16) -> Network {
    IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, site, network, 1, 2, 3, 4)).into()
}

/// How many of so many names a sender may try.
fn admitted(names: &mut StrangerNames, from: Network, of: std::ops::Range<usize>) -> usize {
    of.filter(|number| names.admit(from, &somebody(*number), START).admitted)
        .count()
}

#[test]
fn one_sender_leaves_room_for_others_and_pushes_nobody_out() {
    let mut names = names_of(10_000);
    names.admit(v4(1), &somebody(1), START);
    let held = admitted(&mut names, v4(2), 0..20_000);
    assert!((1_000..=1_112).contains(&held), "{held}");
    // Who was there before is still, and a newcomer gets a share.
    assert!(!names.admit(v4(1), &somebody(1), START).is_new);
    assert!(admitted(&mut names, v4(3), 30_000..50_000) > 900);
    assert!(names.held() < 10_000);
}

#[test]
fn forty_senders_leave_every_newcomer_a_part() {
    let mut names = names_of(100_000);
    // Each tries as many as one alone gets, and more.
    for sender in 0..40u32 {
        let from = 1_000_000 * sender as usize;
        admitted(&mut names, v4(sender), from..from + 12_000);
    }
    assert!(names.held() < 100_000, "{}", names.held());
    let left = admitted(&mut names, v4(99), 90_000_000..90_001_000);
    assert!(left > 50, "{left}");
}

#[test]
fn a_site_is_one_sender_however_many_networks_it_has() {
    let mut names = names_of(10_000);
    let first = admitted(&mut names, v6(1, 1), 0..5_000);
    let others: usize = (2..200u16)
        .map(|network| {
            let from = 10_000 * usize::from(network);
            admitted(&mut names, v6(1, network), from..from + 2_000)
        })
        .sum();
    assert!(first + others <= 1_250, "{first} and {others}");
    assert!(first <= 625, "{first}");
    assert!(admitted(&mut names, v6(2, 1), 9_000_000..9_005_000) > 400);
}

#[test]
fn what_was_right_fills_nobodys_share() {
    let mut names = names_of(1_000);
    for number in 0..10_000 {
        let admission = names.admit(v4(1), &somebody(number), START);
        assert!(admission.admitted && admission.recognised.is_empty());
        names.release(v4(1), &somebody(number));
    }
    assert_eq!(names.held(), 0);
}

#[test]
fn names_are_forgotten_when_their_counters_can_hold_nothing_any_more() {
    let mut names = names_of(1_000);
    admitted(&mut names, v4(1), 0..2_000);
    let held = names.held();
    let last = START.plus(NAME_REMEMBERED_FOR.saturating_sub(MINUTE));
    names.admit(v4(1), &somebody(1), last);
    assert_eq!(names.held(), held);
    let later = START.plus(NAME_REMEMBERED_FOR + Duration::from_secs(7_200));
    names.admit(v4(2), &somebody(1), later);
    assert_eq!(
        names.held(),
        2,
        "the one that was tried again, and the newest"
    );
    names.admit(v4(2), &somebody(2), last.plus(NAME_REMEMBERED_FOR * 2));
    assert_eq!(names.held(), 1);
    assert_eq!(
        (names.senders.len(), names.sites.len(), names.names.len()),
        (1, 1, 1)
    );
}

#[test]
fn many_names_from_one_network_are_told_once_in_a_window() {
    let mut names = names_of(1_000_000);
    let told = |names: &mut StrangerNames, from: Network, of: std::ops::Range<usize>, at| {
        of.flat_map(|number| {
            let contract = format!("{:010}", 1_000_000_000 + number);
            names
                .admit(from, &subject(&contract, number), at)
                .recognised
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(told(&mut names, v4(1), 0..20, START), []);
    assert_eq!(
        told(&mut names, v4(1), 0..20, START),
        [],
        "no further names"
    );
    let expected = [Spraying::FromNetwork(v4(1))];
    assert_eq!(told(&mut names, v4(1), 20..99, START), expected);
    assert!(!names.admit(v4(1), &somebody(1), START).sprayed);
    assert_eq!(told(&mut names, v4(1), 100..1_000, START), []);
    assert!(names.admit(v4(1), &somebody(1), START).sprayed);
    assert!(!names.admit(v4(2), &somebody(1), START).sprayed);
    let later = START.plus(SPRAY_WINDOW);
    assert!(!names.admit(v4(1), &somebody(1), later).sprayed);
    // The same names again are names again.
    assert_eq!(told(&mut names, v4(1), 0..1_000, later), expected);
}

#[test]
fn many_names_of_one_contract_are_told_from_wherever_they_are_tried() {
    let mut names = names_of(1_000_000);
    let mut told = Vec::new();
    for number in 0..300 {
        let from = v4(u32::try_from(number % 40).unwrap());
        told.extend(names.admit(from, &somebody(number), START).recognised);
    }
    let contract = "1234567890".parse().unwrap();
    assert_eq!(told, [Spraying::InContract(contract)]);
    assert!(names.admit(v4(900), &somebody(9_999), START).sprayed);
    let elsewhere = subject("9876543210", 1);
    assert!(!names.admit(v4(900), &elsewhere, START).sprayed);
    // One name from many addresses is somebody with many addresses, or one who is attacked.
    let mut names = names_of(1_000_000);
    for sender in 0..1_000 {
        let admission = names.admit(v4(sender), &somebody(1), START);
        assert!(!admission.sprayed && admission.recognised.is_empty());
    }
}

/// How names that nobody has were counted before: 65,536 counters that never end.
struct SharedCounters(HashMap<u16, Attempts>);

/// How names are counted now: each for itself.
#[derive(Default)]
struct ExactCounters(HashMap<usize, Attempts>);

trait Counters {
    fn of(&mut self, number: usize) -> &mut Attempts;
}

impl Counters for SharedCounters {
    fn of(&mut self, number: usize) -> &mut Attempts {
        let digest = Sha256::digest(number.to_be_bytes());
        let bucket = u16::from_be_bytes([digest[0], digest[1]]);
        self.0.entry(bucket).or_default()
    }
}

impl Counters for ExactCounters {
    fn of(&mut self, number: usize) -> &mut Attempts {
        self.0.entry(number).or_default()
    }
}

fn login() -> AttemptPolicy {
    AttemptPolicy {
        max_failures: NonZeroU32::new(5).unwrap(),
        lock: LockDuration::For(Duration::from_secs(1_800)),
        lease: Duration::from_secs(10),
        lane: LaneLimits::default(),
    }
}

/// Enters wrongly. Tells whether the answer was a lock.
fn locks(attempts: &mut Attempts, policy: &AttemptPolicy, now: Timestamp) -> bool {
    let token = LeaseToken::from_bytes([1; 16]);
    match attempts.reserve(policy, now, token) {
        Reservation::Granted { .. } => matches!(
            attempts.settle(policy, now, token, Verdict::Wrong),
            Settlement::Locked(_)
        ),
        Reservation::Locked(_) => true,
        Reservation::Busy | Reservation::Suspended { .. } => false,
    }
}

/// How many of 300 fresh names are locked before their fifth entry, after `tried` others.
fn locked_early(counters: &mut dyn Counters, policy: &AttemptPolicy, tried: usize) -> usize {
    for number in 0..tried {
        locks(counters.of(number), policy, START);
    }
    let fresh = tried..tried + 300;
    fresh
        .filter(|number| (0..4).any(|_| locks(counters.of(*number), policy, START)))
        .count()
}

/// An existing user is locked by their fifth wrong entry: whoever is locked before is nobody.
#[test]
fn no_number_of_names_makes_another_lock_early() {
    let mut shared = SharedCounters(HashMap::new());
    let told = locked_early(&mut shared, &login(), 160_000);
    assert!(told > 200, "shared counters tell: {told} of 300");
    let mut exact = ExactCounters::default();
    let policy = Lane::Stranger.limits(login());
    assert_eq!(locked_early(&mut exact, &policy, 1_000_000), 0);
}

/// A million names from one address: all that come within its share are counted exactly, and beyond it
/// every name is refused, whoever has it.
#[test]
fn whoever_tries_a_million_names_is_refused_alike_for_all_that_are_new() {
    let mut names = names_of(1_000_000);
    let held = admitted(&mut names, v4(1), 0..1_000_000);
    assert!((111_000..112_000).contains(&held), "{held}");
    for fresh in 2_000_000..2_000_300 {
        assert!(!names.admit(v4(1), &somebody(fresh), START).admitted);
        assert!(names.admit(v4(2), &somebody(fresh), START).admitted);
    }
    // What it was trying before goes on.
    assert!(names.admit(v4(1), &somebody(0), START).admitted);
}
