//! Places for connections: who takes them all, takes them from nobody else.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::rounds;
use crate::target::{HONEST, Target, hostile};
use crate::wire::{ask, connect, get, read_answer};

/// The default share of an address.
const SHARE: usize = 512;

/// All places, by default.
const ALL: usize = 10_000;

/// How long a connection may take to be closed on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections from `from` that begin a request and do not end it.
async fn hold(from: Ipv4Addr, to: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        let mut stream = connect(from, to).await.expect("the system connects");
        // It may be closed again already.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: ba").await;
        held.push(stream);
    }
    held
}

/// Waits until only `most` of `streams` are open, and gives how many are.
async fn await_open(streams: &mut [TcpStream], most: usize) -> usize {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut open = 0;
        for stream in streams.iter_mut() {
            let read = timeout(Duration::from_millis(1), stream.read_u8()).await;
            open += usize::from(read.is_err());
        }
        if open <= most || Instant::now() > deadline {
            return open;
        }
    }
}

async fn is_served(from: Ipv4Addr, to: SocketAddr, path: &str) -> bool {
    let answer = ask(from, to, get(path).as_bytes()).await;
    answer.is_some_and(|answer| answer.status == 200)
}

#[tokio::test]
async fn an_address_has_its_share_and_its_newest_connection_is_served() {
    let target = Target::start();
    let mut held = hold(hostile(0), target.public, SHARE + 50).await;
    assert!(
        is_served(hostile(0), target.public, "/").await,
        "the same address"
    );
    assert!(is_served(HONEST, target.public, "/").await, "another one");
    assert!(await_open(&mut held, SHARE).await <= SHARE);
}

#[tokio::test]
async fn forty_addresses_do_not_take_everything() {
    let each = rounds(40, 300);
    let settings: &[&str] = if each * 40 < ALL {
        &[
            "http.max_connections = 1000",
            "http.max_connections_per_address = 20",
        ]
    } else {
        &[]
    };
    let target = Target::start_with(settings);
    let mut held = Vec::new();
    for number in 0..40 {
        held.extend(hold(hostile(number), target.public, each).await);
    }
    for _ in 0..10 {
        assert!(is_served(HONEST, target.public, "/").await);
        assert!(is_served(Ipv4Addr::LOCALHOST, target.ops, "/healthz").await);
    }
}

#[tokio::test]
async fn whoever_holds_all_places_gives_one_to_who_comes_and_ops_has_its_own() {
    let target = Target::start_with(&["http.max_connections = 60"]);
    let _held = hold(hostile(0), target.public, 80).await;
    for path in ["/healthz", "/readyz"] {
        assert!(
            is_served(Ipv4Addr::LOCALHOST, target.ops, path).await,
            "{path}"
        );
    }
    assert!(is_served(HONEST, target.public, "/").await);
}

#[tokio::test]
async fn a_proxy_in_front_is_not_cut_at_the_share() {
    let proxy = Ipv4Addr::new(127, 0, 0, 9);
    let target = Target::start_with(&[
        "http.max_connections_per_address = 5",
        "policy.rate_limit.trusted_proxies = [\"127.0.0.9\"]",
    ]);
    let mut connections = Vec::new();
    for _ in 0..40 {
        connections.push(connect(proxy, target.public).await.expect("a connection"));
    }
    for stream in &mut connections {
        let request = get("/notes");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is open");
    }
    for stream in &mut connections {
        let answer = read_answer(stream).await;
        assert_eq!(answer.map(|answer| answer.status), Some(200));
    }
}

/// How long a connection lasts on which `path` is asked for five times a second.
async fn lasts(target: &Target, path: &str, most: Duration) -> Duration {
    let mut stream = connect(HONEST, target.public).await.expect("a connection");
    let began = Instant::now();
    while began.elapsed() < most {
        if stream.write_all(get(path).as_bytes()).await.is_err() {
            break;
        }
        match read_answer(&mut stream).await {
            Some(answer) if !answer.head.contains("connection: close") => {}
            _ => break,
        }
        sleep(Duration::from_millis(200)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn an_answer_that_refuses_keeps_no_connection_open() {
    let target = Target::start_with(&["http.idle_timeout = \"1s\""]);
    let most = Duration::from_secs(8);
    let (useful, useless) = tokio::join!(
        lasts(&target, "/notes", Duration::from_secs(3)),
        lasts(&target, "/nothing/here", most)
    );
    assert!(useful >= Duration::from_secs(3), "{useful:?}");
    assert!(useless < most, "{useless:?}");
}
