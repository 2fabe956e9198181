//! What happens when processes die, disks fill, answers get lost and several servers ask at once. Rounds are few by
//! default and many with `WARIFU_TESTS=all`.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod embedded;
mod histories;
mod small_scope;

/// How many rounds to play: `few`, or `many` when everything is asked for.
fn rounds(few: usize, many: usize) -> usize {
    match std::env::var("WARIFU_TESTS") {
        Ok(asked) if asked == "all" => many,
        _ => few,
    }
}
