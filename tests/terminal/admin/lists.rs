//! How long lists take, as ratios: of twice as many users, twice as long.

use std::time::{Duration, Instant};

use serde_json::Value;
use warifu_terminal_tests::{BankFolder, CONTRACT};

use super::admin;

/// Of each list, alternately, so that whatever else the machine does slows down both.
const ROUNDS: usize = 3;

/// Twice the users may take so much longer. A walk whose steps each begin at the beginning takes
/// four times as long.
const MOST: f64 = 2.5;

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

#[test]
fn twice_as_many_users_take_twice_as_long() {
    let (few, many) = (4_000, 8_000);
    let banks = [few, many].map(|users| (BankFolder::new().and_users(users), users));
    let list = ["users", "list", "--contract", CONTRACT];
    let export = ["users", "export", "--contract", CONTRACT];
    for command in [
        [&list[..], &["--plain"]].concat(),
        [&list[..], &["--json"]].concat(),
        [&list[..], &["--plain", "--status", "none", "--query", "pc"]].concat(),
        list.to_vec(),
        export.to_vec(),
    ] {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for ((bank, users), times) in banks.iter().zip(&mut times) {
                let program = admin(bank);
                let began = Instant::now();
                let ended = program.run(&command);
                times.push(began.elapsed());
                let listed = ended.expect(0).stdout;
                let listed = listed.matches("pc0").count();
                assert!(listed >= *users, "{command:?} lists {listed} of {users}");
            }
        }
        let [of_few, of_many] = times.map(median);
        assert!(
            of_many <= of_few * MOST,
            "{command:?}: {of_many:.2} s of {many} users, {of_few:.2} s of {few}"
        );
    }
}

#[test]
fn a_long_list_is_one_document_in_order() {
    let bank = BankFolder::new().and_users(2_500);
    let list = ["users", "list", "--contract", CONTRACT, "--json"];
    let ended = admin(&bank).run(&list).expect(0);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let users = document["users"].as_array().unwrap();
    let ids: Vec<&str> = users
        .iter()
        .map(|user| user["user_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2_505);
    assert!(ids.is_sorted());
    assert_eq!(document["next_cursor"], Value::Null);
    assert_eq!(document.as_object().unwrap().len(), 2);

    let none = admin(&bank).run(&[&list[..], &["--query", "nobody"]].concat());
    let document: Value = serde_json::from_str(&none.expect(0).stdout).unwrap();
    assert_eq!(document["users"], Value::Array(Vec::new()));
}
