//! What a server keeps for who sends without end and takes nothing, and that it gives it back.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::rounds;
use crate::streams::{Multiplexed, STREAMS};
use crate::target::{HONEST, Target, hostile};
use crate::wire::{ask, get};

/// Growth that one address may cause, in KiB.
const FROM_ONE: usize = 48 * 1024;

/// Growth that forty addresses may cause, in KiB.
const FROM_FORTY: usize = 256 * 1024;

/// So much more than before is as before: what is warm, and what an allocator keeps in hand.
const WARM: usize = 64 * 1024;

/// How long a round of requests may take to have its effect.
const SETTLED: Duration = Duration::from_millis(100);

/// A server that has done everything once.
async fn warm() -> (Target, usize) {
    let target = Target::start_with(&["policy.rate_limit.per_address = \"off\""]);
    for path in ["/", "/cert/login", "/admin/login", "/nothing"] {
        let answer = ask(HONEST, target.public, get(path).as_bytes()).await;
        assert!(answer.is_some_and(|answer| answer.status < 500));
    }
    let mut connection = Multiplexed::open(HONEST, target.public)
        .await
        .expect("a connection");
    connection.ask("/notes", None).await.expect("a stream");
    connection.await_answers().await;
    drop(connection);
    let resident = target.resident();
    (target, resident)
}

/// What is sent on each stream.
type Sent = (&'static str, Option<&'static [u8]>);

/// Everything of `connections` of each address, until the server's memory stands still; and the
/// most that it had.
async fn flood(
    target: &Target,
    addresses: &[Ipv4Addr],
    connections: usize,
    (path, body): Sent,
) -> (Vec<Multiplexed>, usize) {
    let mut held = Vec::new();
    let mut most = 0;
    for _ in 0..connections {
        for address in addresses {
            let Some(mut connection) = Multiplexed::open(*address, target.public).await else {
                continue;
            };
            for _ in 0..STREAMS {
                if connection.ask(path, body).await.is_none() {
                    break;
                }
            }
            held.push(connection);
        }
        most = most.max(target.resident());
    }
    let mut before = 0;
    while target.resident() > before {
        before = target.resident();
        tokio::time::sleep(SETTLED).await;
    }
    (held, most.max(before))
}

async fn is_bounded(addresses: &[Ipv4Addr], connections: usize, sent: Sent, bound: usize) {
    let (target, before) = warm().await;
    let (held, most) = flood(&target, addresses, connections, sent).await;
    let grown = most.saturating_sub(before);
    println!("{sent:?}: {before} KiB, then {grown} KiB more");
    assert!(grown <= bound, "{grown} KiB more than {before}");
    let healthy = ask(HONEST, target.public, get("/notes").as_bytes()).await;
    assert_eq!(healthy.map(|healthy| healthy.status), Some(200));
    drop(held);
    target.await_resident(before + WARM).await;
}

const BODY_WITHOUT_END: Sent = ("/cert/login", Some(b"user="));
const PAGE_NOBODY_TAKES: Sent = ("/cert/login", None);

#[tokio::test]
async fn bodies_without_end_from_one_address() {
    is_bounded(&[hostile(0)], rounds(40, 200), BODY_WITHOUT_END, FROM_ONE).await;
}

#[tokio::test]
async fn bodies_without_end_from_forty_addresses() {
    let addresses: Vec<Ipv4Addr> = (0..40).map(hostile).collect();
    is_bounded(&addresses, rounds(3, 20), BODY_WITHOUT_END, FROM_FORTY).await;
}

#[tokio::test]
async fn pages_that_nobody_takes_from_one_address() {
    is_bounded(&[hostile(0)], rounds(40, 200), PAGE_NOBODY_TAKES, FROM_ONE).await;
}

#[tokio::test]
async fn pages_that_nobody_takes_from_forty_addresses() {
    let addresses: Vec<Ipv4Addr> = (0..40).map(hostile).collect();
    is_bounded(&addresses, rounds(3, 20), PAGE_NOBODY_TAKES, FROM_FORTY).await;
}

#[tokio::test]
async fn who_has_no_share_left_is_told_when_to_come_again() {
    let (target, _) = warm().await;
    let mut refused = 0;
    let mut held = Vec::new();
    for _ in 0..40 {
        let mut connection = Multiplexed::open(hostile(0), target.public)
            .await
            .expect("a connection");
        for _ in 0..STREAMS {
            let (path, body) = PAGE_NOBODY_TAKES;
            connection.ask(path, body).await.expect("a stream");
        }
        let answers = connection.await_answers().await;
        refused += answers.iter().filter(|status| **status == 503).count();
        held.push(connection);
    }
    assert!(refused > 0, "everything was kept");
    let busy = ask(hostile(0), target.public, get("/notes").as_bytes()).await;
    let busy = busy.expect("an answer");
    assert_eq!(busy.status, 503);
    assert!(busy.head.contains("retry-after: "), "{}", busy.head);
    let other = ask(HONEST, target.public, get("/notes").as_bytes()).await;
    assert_eq!(other.map(|other| other.status), Some(200));
}
