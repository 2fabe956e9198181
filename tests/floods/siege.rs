//! Well-known tools, and one of our own, against a server with default settings: everybody else is
//! served meanwhile.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use warifu_test_support::process::find;

use crate::rounds;
use crate::streams::{Multiplexed, STREAMS};
use crate::target::{HONEST, Target, hostile};
use crate::wire::{ask, get};

/// What the slowest of a hundred may take.
const SLOWEST: Duration = Duration::from_secs(1);

/// Growth that is not given back, in KiB.
const KEPT: usize = 32 * 1024;

/// A tool that attacks until it is dropped.
struct Attack(Child);

impl Attack {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(find(program));
        command.args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("the tool starts"))
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The 99th percentile of how long an honest visitor waits for a page.
async fn slowest(target: &Target, visits: usize) -> Duration {
    let mut took = Vec::new();
    for _ in 0..visits {
        let began = Instant::now();
        let answer = ask(HONEST, target.public, get("/notes").as_bytes()).await;
        assert_eq!(answer.map(|answer| answer.status), Some(200));
        took.push(began.elapsed());
        sleep(Duration::from_millis(20)).await;
    }
    took.sort();
    took[(took.len() * 99).div_ceil(100) - 1]
}

/// Everybody else is served while `attack` goes on, and memory comes back afterwards.
async fn is_withstood(name: &str, attack: impl AsyncFnOnce(&Target) -> Vec<Attack>) {
    let target = Target::start();
    // In peace and besieged together fewer than an address may make in a minute.
    let visits = rounds(100, 250);
    let calm = slowest(&target, visits).await;
    let before = target.resident();
    let attacks = attack(&target).await;
    let besieged = slowest(&target, visits).await;
    println!("{name}: {calm:?} in peace, {besieged:?} besieged");
    assert!(
        besieged < SLOWEST,
        "{name}: {besieged:?}, in peace {calm:?}"
    );
    let health = ask(HONEST, target.ops, get("/healthz").as_bytes()).await;
    assert_eq!(health.map(|health| health.status), Some(200));
    drop(attacks);
    target.await_resident(before + KEPT).await;
}

fn slow(target: &Target, kind: &[&str]) -> Vec<Attack> {
    let address = format!("http://{}/cert/login", target.public);
    let mut arguments = vec![
        "-c", "1000", "-r", "500", "-l", "60", "-i", "5", "-u", &address,
    ];
    arguments.extend(kind);
    vec![Attack::start("slowhttptest", &arguments)]
}

#[tokio::test]
async fn slow_headers() {
    is_withstood("slow headers", async |target: &Target| {
        slow(target, &["-H"])
    })
    .await;
}

#[tokio::test]
async fn slow_bodies() {
    is_withstood("slow bodies", async |target: &Target| slow(target, &["-B"])).await;
}

#[tokio::test]
async fn slow_readers() {
    is_withstood("slow readers", async |target: &Target| {
        let kind = ["-X", "-w", "1", "-y", "1", "-n", "5", "-z", "1", "-k", "3"];
        slow(target, &kind)
    })
    .await;
}

#[tokio::test]
async fn a_load_of_http_2() {
    is_withstood("h2load", async |target: &Target| {
        let address = format!("http://{}/cert/login", target.public);
        let load = ["-D", "60", "-c", "50", "-m", "100", &address];
        vec![Attack::start("h2load", &load)]
    })
    .await;
}

#[tokio::test]
async fn streams_that_are_given_up_at_once() {
    is_withstood("resets", async |target: &Target| {
        let to = target.public;
        for number in 0..8 {
            tokio::spawn(async move {
                let until = Instant::now() + Duration::from_secs(10);
                while Instant::now() < until {
                    let Some(mut connection) = Multiplexed::open(hostile(number), to).await else {
                        continue;
                    };
                    for _ in 0..STREAMS {
                        if connection.ask("/cert/login", None).await.is_none() {
                            break;
                        }
                        connection.give_up();
                    }
                }
            });
        }
        Vec::new()
    })
    .await;
}
