//! A bank's own adapter and programs, outside this workspace: the example of docs/adapters.md is
//! copied out and built; the adapter is tried by its own tests, which are those of the kit, and the
//! programs are run.

#![allow(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod as_shipped;
mod features;
mod programs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const EXAMPLE: &str = "docs/examples/acme";

fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests/ lies in the root")
}

/// The folder that this test was built in: what is there already is not built again.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    let profile = test.ancestors().find(|folder| folder.ends_with("debug"));
    let target = profile.and_then(Path::parent);
    target.expect("tests lie below debug").to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a writable folder");
    for entry in fs::read_dir(from).expect("a folder can be listed") {
        let path = entry.expect("a folder can be listed").path();
        let name = path.file_name().expect("an entry has a name");
        match name.to_str() {
            Some("target" | "Cargo.lock") => {}
            _ if path.is_dir() => copy(&path, &to.join(name)),
            _ => drop(fs::copy(&path, to.join(name)).expect("a file can be copied")),
        }
    }
}

/// `cargo` in the folder `outside`; what it builds goes to where the workspace builds.
fn cargo(outside: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        .args(arguments)
        .env("CARGO_TARGET_DIR", target())
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("RUSTFLAGS")
        .current_dir(outside)
        .output()
        .expect("cargo starts")
}

#[test]
fn the_example_builds_outside_and_passes_the_kit_and_its_programs_run() {
    let outside = target().join("out-of-tree").join("acme");
    if outside.exists() {
        fs::remove_dir_all(&outside).expect("the copy of an earlier run goes");
    }
    copy(&root().join(EXAMPLE), &outside);
    let manifest = outside.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("the example has a manifest");
    let here = root().display().to_string();
    assert!(text.contains("path = \"../../../"), "it points to Warifu");
    let text = text.replace("path = \"../../..", &format!("path = \"{here}"));
    fs::write(&manifest, text).expect("a writable folder");
    // The versions that the workspace is tested with; what it does not need is left out.
    fs::copy(root().join("Cargo.lock"), outside.join("Cargo.lock")).expect("a writable folder");

    let format = cargo(&outside, &["fmt", "--check"]);
    assert!(format.status.success(), "{format:?}");

    // All targets at once: programs and tests share what they stand on.
    let build = cargo(&outside, &["build", "--offline", "--all-targets"]);
    let errors = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "{errors}");
    let tests = cargo(&outside, &["test", "--offline", "--no-fail-fast"]);
    let words = String::from_utf8_lossy(&tests.stdout);
    let errors = String::from_utf8_lossy(&tests.stderr);
    assert!(tests.status.success(), "{words}\n{errors}");
    for promise in [
        "a_code_goes_out_once ... ok",
        "every_promise_can_be_broken ... ok",
    ] {
        assert!(words.contains(promise), "{promise} is not in:\n{words}");
    }

    programs::bear_their_own_names();
    programs::know_the_adapter_and_reach_its_back_end();
    programs::refuse_what_the_adapter_refuses();
    programs::list_users();
}
