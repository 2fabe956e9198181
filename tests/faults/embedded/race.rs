//! Two processes on one file: whatever only one may have, one has.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};

use warifu_core::ports::RetrievalPasswordStore;

use super::samples::{new_password, policy, subject};
use super::{open, worker};
use crate::rounds;

#[tokio::test]
async fn two_processes_on_one_file_share_every_limit() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("warifu.db");
    let store = open(&path);
    let mut racers: Vec<_> = ["left", "right"]
        .into_iter()
        .map(|name| {
            let mut process = worker("race", &path, name);
            let output = BufReader::new(process.stdout.take().expect("the output is piped"));
            (process, output.lines())
        })
        .collect();
    for round in 0..rounds(10, 60) {
        let subject = subject(&format!("racer{round}")).expect("a subject");
        store
            .reissue(&subject, new_password(), &policy())
            .await
            .expect("the store answers");
        for (process, _) in &mut racers {
            let input = process.stdin.as_mut().expect("the input is piped");
            writeln!(input, "go {round}").expect("the racer listens");
        }
        let mut sums: BTreeMap<String, usize> = BTreeMap::new();
        for (_, lines) in &mut racers {
            let line = lines.next().expect("the racer answers").expect("in text");
            for result in line.split(' ') {
                let (what, count) = result.split_once('=').expect("a result is a pair");
                let count: usize = count.parse().expect("of a name and a number");
                *sums.entry(what.to_owned()).or_default() += count;
            }
        }
        let expected = [
            ("advanced", 1),
            ("allowed", 10),
            ("claimed", 1),
            ("evaluated", 5),
            ("locked", 1),
            ("won", 1),
        ];
        let expected = expected.map(|(what, count)| (what.to_owned(), count));
        assert_eq!(sums, BTreeMap::from(expected), "round {round}");
    }
    for (mut process, _) in racers {
        drop(process.stdin.take());
        let status = process.wait().expect("the racer ends");
        assert!(status.success(), "a racer failed: {status}");
    }
}
