//! What scripts and Rust must agree on, spelled here alone: every script begins with these as local
//! constants, `verdict::RIGHT` as `VERDICT_RIGHT`. A name that is not defined stops a script at its
//! first use.

use std::fmt::Write as _;
use std::time::Duration;

use warifu_core::domain::attempts::{
    BROWSERS, DAY, FAILURES_TO_TAKE_BACK, MOST_DOUBLINGS, UNANSWERED_ENTRIES, UNANSWERED_WINDOW,
};
use warifu_core::domain::retrieval_record::{
    ISSUE_LEASE, REMEMBERED_REISSUES, ReissueRoute, ReissueStatus,
};

macro_rules! texts {
    ($($(#[$doc:meta])* $group:ident { $($name:ident = $text:expr),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            pub(crate) mod $group {
                #[allow(unused_imports, reason = "only some texts come from core")]
                use super::*;
                $(pub(crate) const $name: &str = $text;)+
            }
        )+

        /// Group, name and text of each.
        const TEXTS: &[(&str, &str, &str)] =
            &[$($((stringify!($group), stringify!($name), $group::$name)),+),+];
    };
}

texts! {
    /// What kind of answer a script gives, where there are several: its first text.
    answer {
        ACCEPTED = "accepted",
        ALLOWED = "allowed",
        BEHIND = "behind",
        BUSY = "busy",
        CANCELLED = "cancelled",
        CONSUMED = "consumed",
        DELIVER = "deliver",
        EXCEEDED = "exceeded",
        EXPIRED = "expired",
        FOUND = "found",
        GRANTED = "granted",
        HELD = "held",
        KEPT = "kept",
        LOCKED = "locked",
        ISSUED_NOW = "issued-now",
        LOST = "lost",
        NONE = "none",
        NOTED = "noted",
        NOT_YOURS = "not-yours",
        OVERTAKEN = "overtaken",
        REDEEMED = "redeemed",
        REFUSED = "refused",
        RELEASED = "released",
        REPEATED = "repeated",
        SAME_KEY = "same-key",
        STALE = "stale",
        SUSPENDED = "suspended",
        UNKNOWN = "unknown",
        UNSETTLED = "unsettled",
        VOID = "void",
        WON = "won",
    }
    /// What the check of an entry found.
    verdict {
        NOT_ASKED = "not-asked",
        RIGHT = "right",
        UNDECIDED = "undecided",
        WITHDRAWN = "withdrawn",
        WRONG = "wrong",
    }
    /// The state of a reissue, as core names it.
    status {
        CANCELLED = ReissueStatus::Cancelled.name(),
        EXPIRED = ReissueStatus::Expired.name(),
        ISSUED = ReissueStatus::Issued.name(),
        LOCKED = ReissueStatus::Locked.name(),
        REDEEMED = ReissueStatus::Redeemed.name(),
        SUPERSEDED = ReissueStatus::Superseded.name(),
    }
    /// By which way a password was reissued.
    route {
        ADMINISTRATOR = ReissueRoute::Administrator.name(),
        SELF_SERVICE = ReissueRoute::SelfService.name(),
    }
    /// Who made the key of a certificate.
    origin {
        CLIENT = "client",
        SERVER = "server",
    }
    /// What is to be done about the identity of a store.
    opening {
        CREATE = "create",
        READ = "read",
        REPLACE = "replace",
        UPGRADE = "upgrade",
    }
    /// What is to be done about a fact.
    keeping {
        FIRST = "first",
        LAST = "last",
        READ = "read",
    }
    /// What the identity of a store is made of.
    field {
        CHECKED = "checked",
        COMPLETE = "complete",
        EPOCH = "epoch",
        FORMAT = "format",
        INDEX_KEY = "index_key",
        INDEX_KEY_CHECK = "index_key_check",
        READABLE_BY = "readable_by",
        SUCCEEDS = "succeeds",
    }
    /// Whether an import changes anything.
    import {
        PREVIEW = "preview",
        WRITE = "write",
    }
}

/// How many characters the digest of an imported user has: SHA-256 in hexadecimal.
pub(crate) const DIGEST_LENGTH: usize = 64;

/// The constants as Lua declares them.
pub(crate) fn as_lua() -> String {
    let mut lua = String::new();
    let numbers = [
        ("BROWSERS", BROWSERS.to_string()),
        ("DAY", millis(DAY)),
        ("DIGEST_LENGTH", DIGEST_LENGTH.to_string()),
        ("FAILURES_TO_TAKE_BACK", FAILURES_TO_TAKE_BACK.to_string()),
        ("ISSUE_LEASE", millis(ISSUE_LEASE)),
        ("MOST_DOUBLINGS", MOST_DOUBLINGS.to_string()),
        ("REMEMBERED_REISSUES", REMEMBERED_REISSUES.to_string()),
        ("UNANSWERED_ENTRIES", UNANSWERED_ENTRIES.to_string()),
        ("UNANSWERED_WINDOW", millis(UNANSWERED_WINDOW)),
    ];
    let numbers = numbers
        .into_iter()
        .map(|(name, number)| (name.to_owned(), number));
    let texts = TEXTS.iter().map(|(group, name, text)| {
        let name = format!("{}_{name}", group.to_ascii_uppercase());
        (name, format!("'{text}'"))
    });
    for (name, value) in numbers.chain(texts) {
        // Writing to a string does not fail.
        let _ = writeln!(lua, "local {name} = {value}");
    }
    lua
}

/// Longer durations are as good as endless, and Lua's numbers hold these exactly.
const LONGEST_MILLIS: u128 = 1_000_000_000_000_000;

/// A duration as scripts take it.
pub(crate) fn millis(duration: Duration) -> String {
    duration.as_millis().min(LONGEST_MILLIS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_stand_in_lua() {
        for (group, name, text) in TEXTS {
            let plain = |letter: char| letter.is_ascii_lowercase() || "-_".contains(letter);
            assert!(text.chars().all(plain), "{group} {name}");
        }
        assert!(as_lua().contains("local VERDICT_RIGHT = 'right'\n"));
        // Lua allows 200 local variables; scripts need some for themselves.
        assert!(as_lua().lines().count() < 100);
    }

    #[test]
    fn the_scripts_spell_none_of_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lua");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let lua = std::fs::read_to_string(&path).unwrap();
            for (group, name, text) in TEXTS {
                // The time of issue has a name of its own among the fields of a record.
                let elsewhere = *text == status::ISSUED;
                let spelled = lua.contains(&format!("'{text}'"));
                assert!(!spelled || elsewhere, "{}: {group} {name}", path.display());
            }
        }
    }
}
