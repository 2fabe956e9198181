//! A disk that takes no more makes the store unavailable, and available again once it does.

use std::path::Path;
use std::process::{Command, Output};

use super::WORKER;

fn shell(script: &str, folder: &Path) -> Output {
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(WORKER)
        .arg(folder)
        .output()
        .expect("a shell can be started")
}

fn assert_recovered(output: &Output, cause: &str) {
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    let lines: Vec<&str> = said.lines().collect();
    let [unavailable, check, "readable 1", "recovered"] = lines.as_slice() else {
        panic!("the worker said {said}{errors}");
    };
    assert!(
        unavailable.starts_with("unavailable password_store: "),
        "{unavailable}"
    );
    assert!(unavailable.contains(cause), "{unavailable}");
    assert!(
        check.starts_with("check password_store is unavailable"),
        "{check}"
    );
}

#[test]
fn a_file_that_may_not_grow() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let script = "trap '' XFSZ; exec \"$1\" file-limit \"$2/warifu.db\" limited";
    assert_recovered(
        &shell(script, folder.path()),
        "reading or writing the file failed",
    );
}

/// On a disk of one megabyte, mounted in a name space of the test's own, so that nothing is left
/// behind whatever happens. Whoever is not root takes a name space of users as well.
#[test]
fn a_full_disk() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let script = "spaces=--mount; \
                  unshare --mount true 2>/dev/null || spaces='--map-root-user --mount'; \
                  exec unshare $spaces sh -c '\
                  mount -t tmpfs -o size=1m,mode=700 none \"$2\" || exit 77; \
                  exec \"$1\" full-disk \"$2/warifu.db\" full' sh \"$1\" \"$2\"";
    let output = shell(script, folder.path());
    assert_recovered(&output, "the disk is full");
}
