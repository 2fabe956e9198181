//! What each program carries, as a build of it alone has it.

use std::process::Command;

use super::expect_none;
use super::workspace::{members, root};

/// The packages of a program built alone, tests and all.
fn carried_by(program: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}"])
        .args(["--package", program])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{output:?}");
    let tree = String::from_utf8(output.stdout).expect("cargo prints text");
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert!(names.iter().any(|name| name == "warifu-core"), "{tree}");
    names
}

#[test]
fn only_the_server_carries_the_web_crate() {
    let programs = members().filter(|package| package.folder.starts_with("bins"));
    let carriers: Vec<&str> = programs
        .map(|package| package.name.as_str())
        .filter(|name| carried_by(name).contains(&"warifu-inbound-http".to_owned()))
        .collect();
    assert_eq!(
        carriers,
        ["warifu-http"],
        "what goes over the wire and other programs need is in warifu-wire"
    );
}

#[test]
fn a_customers_program_brings_no_server() {
    let forbidden = [
        "warifu-config",
        "warifu-inbound-http",
        "warifu-sheets",
        "axum",
        "argon2",
        "krilla",
        "ldap3",
        "libsqlite3-sys",
        "redis",
        "rusqlite",
    ];
    let carried = carried_by("warifu-self-service");
    let violations: Vec<String> = forbidden
        .iter()
        .filter(|name| carried.iter().any(|carried| carried == *name))
        .map(|name| format!("warifu-self-service carries {name}"))
        .collect();
    expect_none(
        &violations,
        "`cargo tree -p warifu-self-service --invert NAME` tells who brings it in; what only a \
         service in this process needs belongs to the feature in-process.",
    );
}

#[test]
fn programs_have_a_main_and_nothing_else_of_their_own() {
    let mut violations = Vec::new();
    for package in members().filter(|package| package.folder.starts_with("bins")) {
        let main = root().join(&package.folder).join("src/main.rs");
        let text = std::fs::read_to_string(main).expect("a program has a main");
        let calls = text.lines().skip_while(|line| !line.starts_with("fn main"));
        if calls.count() != 3 || !text.contains("::run(") {
            violations.push(format!("{} does more in its main", package.name));
        }
    }
    expect_none(
        &violations,
        "A bank's own program is the library's `run` with its adapters: put it there.",
    );
}
