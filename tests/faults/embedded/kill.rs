//! `kill -9` in the middle of writing loses nothing that was acknowledged, and frees what was held.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;
use warifu_core::ports::OtpStepStore;

use super::acknowledged::assert_kept;
use super::samples::subject;
use super::{open, random_below, worker};
use crate::rounds;

/// A worker together with the lines that it has printed.
struct Working {
    process: Child,
    lines: Receiver<String>,
    errors: std::thread::JoinHandle<String>,
}

impl Working {
    fn start(path: &std::path::Path, name: &str) -> Self {
        let mut process = worker("load", path, name);
        let mut output = BufReader::new(process.stdout.take().expect("the output is piped"));
        let mut errors = process.stderr.take().expect("the errors are piped");
        let (send, lines) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            // A line that the kill cut off was not said.
            while output.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
                if send.send(line.trim_end().to_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).ok();
            text
        });
        Self {
            process,
            lines,
            errors,
        }
    }

    /// Waits for `count` lines and a random moment more.
    fn wait_for(&self, count: u32) -> Vec<String> {
        let mut said = Vec::new();
        for _ in 0..count {
            match self.lines.recv_timeout(Duration::from_secs(60)) {
                Ok(line) => said.push(line),
                Err(_) => break,
            }
        }
        std::thread::sleep(Duration::from_micros(random_below(5000).into()));
        said
    }

    /// As [`Self::wait_for`]; then kills it, and returns all that it said.
    fn kill_after(mut self, count: u32) -> Vec<String> {
        let mut said = self.wait_for(count);
        let ended = self
            .process
            .try_wait()
            .expect("the worker can be asked for");
        self.process.kill().expect("the worker can be killed");
        self.process.wait().expect("the worker can be waited for");
        let errors = self.errors.join().expect("the errors can be read");
        assert!(ended.is_none(), "the worker ended by itself: {errors}");
        said.extend(self.lines.iter());
        said
    }
}

/// Of lines that count up for a user only the last: it says the most.
fn strongest(said: Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, String> = BTreeMap::new();
    let mut others = Vec::new();
    for line in said {
        match line.rsplit_once(' ') {
            Some((counter, _)) if line.starts_with("used") || line.contains("failed") => {
                counts.insert(counter.to_owned(), line);
            }
            _ => others.push(line),
        }
    }
    others.extend(counts.into_values());
    others
}

#[tokio::test]
async fn killed_workers_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("warifu.db");
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut earlier: Vec<String> = Vec::new();
    for round in 0..rounds(20, 300) {
        // Two processes on one file: the second goes on while the first is dead.
        let first = Working::start(&path, &format!("{round}a"));
        let second = Working::start(&path, &format!("{round}b"));
        let mut said = first.kill_after(1 + random_below(250));
        said.extend(second.kill_after(1 + random_below(250)));

        for line in &said {
            let kind = line.split(' ').next().unwrap_or_default();
            *kinds.entry(kind.to_owned()).or_default() += 1;
        }
        let said = strongest(said);
        let length = u32::try_from(earlier.len()).expect("there are not that many");
        let one_more = (length > 0).then(|| earlier[random_below(length) as usize].clone());
        let store = Arc::new(open(&path));
        let mut checks = JoinSet::new();
        for line in said.iter().cloned().chain(one_more) {
            let store = store.clone();
            checks.spawn(async move { assert_kept(&store, &line).await });
        }
        while let Some(check) = checks.join_next().await {
            check.expect("what was acknowledged is kept");
        }
        earlier.extend(said);
    }
    let expected = [
        "cancelled",
        "claimed",
        "failed",
        "locked",
        "login-failed",
        "login-locked",
        "recorded",
        "reissued",
        "revoked",
        "stored",
        "used",
        "won",
    ];
    let seen: Vec<&str> = kinds.keys().map(String::as_str).collect();
    assert_eq!(seen, expected, "every kind of answer was tried: {kinds:?}");
}

#[tokio::test]
async fn a_frozen_process_makes_others_wait_but_not_for_ever() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("warifu.db");
    let store = open(&path);
    let user = subject("bystander").expect("a subject");
    let mut step = 0;
    for round in 0..rounds(5, 50) {
        let frozen = Working::start(&path, &format!("{round}f"));
        frozen.wait_for(1 + random_below(50));
        let id = i32::try_from(frozen.process.id()).ok();
        let id = id.and_then(Pid::from_raw).expect("the worker has an id");
        kill_process(id, Signal::STOP).expect("the worker can be frozen");
        step += 1;
        if let Err(error) = store.advance(&user, step).await {
            // It was frozen in the middle of a step; which of two clocks ends the wait is chance.
            let expected = ["another process", "did not answer in time"];
            let known = expected.iter().any(|words| error.reason.contains(words));
            assert!(known, "{error}");
        }
        frozen.kill_after(0);
        step += 1;
        let advanced = store.advance(&user, step).await;
        assert_eq!(advanced, Ok(true), "the dead hold nothing");
    }
}
