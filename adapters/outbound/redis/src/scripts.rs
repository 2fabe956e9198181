//! The scripts of the store: each one atomic step on the server.

use warifu_core::domain::Timestamp;
use warifu_redis_link::{Call, Repeat, Script};

use crate::shared::{self, field};

/// By the server's clock. `argument_count` leaves out what the time is passed in.
const SERVER_TIME: &str = "\
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local argument_count = #ARGV
";

/// By a clock that is passed in as the last argument.
#[cfg(feature = "test-clock")]
const GIVEN_TIME: &str = "\
local now = tonumber(ARGV[#ARGV])
local argument_count = #ARGV - 1
";

/// Lua prints large numbers as 1.7e+12 unless told otherwise.
const TEXT: &str = "\
local function text(number)
  return string.format('%.0f', number)
end
";

const ATTEMPTS: &str = include_str!("lua/attempts.lua");
const BROWSERS: &str = include_str!("lua/known_browsers.lua");
const RECORD: &str = include_str!("lua/record.lua");

/// Whose clock scripts go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Server,
    #[cfg(feature = "test-clock")]
    Given,
}

/// How all scripts of a store are made.
#[derive(Clone, Copy)]
struct Making {
    time: Time,
    guarded: bool,
}

fn script(name: &'static str, repeat: Repeat, making: Making, parts: &[&str]) -> Script {
    let clock = match making.time {
        Time::Server => SERVER_TIME,
        #[cfg(feature = "test-clock")]
        Time::Given => GIVEN_TIME,
    };
    let body = [&shared::as_lua(), clock, TEXT, &parts.concat()].concat();
    // What writes the identity down cannot ask for it first.
    if making.guarded && name != "store_open" {
        Script::guarded(name, repeat, field::EPOCH, &body)
    } else {
        Script::new(name, repeat, &body)
    }
}

/// Passes the time in, where scripts go by a given clock.
pub(crate) fn timed(call: Call<'_>, now: Option<Timestamp>) -> Call<'_> {
    match now {
        Some(now) => call.arg(now.as_unix_millis()),
        None => call,
    }
}

macro_rules! scripts {
    ($($name:ident: $repeat:ident [$($part:ident)*]),+ $(,)?) => {
        /// Every script.
        #[derive(Debug)]
        pub(crate) struct Scripts {
            $(pub(crate) $name: Script),+
        }

        impl Scripts {
            /// By whose clock; and whether each script is guarded by the identity of the store.
            pub(crate) fn new(time: Time, guarded: bool) -> Self {
                let making = Making { time, guarded };
                Self {
                    $($name: script(
                        stringify!($name),
                        Repeat::$repeat,
                        making,
                        &[$($part,)* include_str!(concat!("lua/", stringify!($name), ".lua"))],
                    )),+
                }
            }
        }
    };
}

scripts! {
    attempt_reserve: Safe [ATTEMPTS],
    attempt_settle: Never [ATTEMPTS],
    attempt_unlock: Never [ATTEMPTS],
    attempt_locks: Safe [ATTEMPTS],
    remember_hash: Safe [],
    note_login: Never [],
    browser_find: Safe [BROWSERS],
    browser_remember: Safe [BROWSERS],
    browser_forget: Safe [],
    retrieval_reserve: Safe [ATTEMPTS],
    retrieval_settle: Never [ATTEMPTS RECORD],
    retrieval_store_certificate: Safe [RECORD],
    retrieval_reissue: Safe [ATTEMPTS RECORD],
    retrieval_cancel: Never [RECORD],
    retrieval_hand_over: Safe [RECORD],
    retrieval_history: Safe [ATTEMPTS RECORD],
    retrieval_carried_out: Safe [],
    retrieval_knows: Safe [RECORD],
    retrieval_status: Safe [ATTEMPTS RECORD],
    contract_note: Safe [],
    contract_find: Safe [],
    contract_users: Safe [],
    session_create: Safe [],
    session_touch: Safe [],
    session_put_proof: Safe [],
    session_take_proof: Never [],
    session_end: Safe [],
    principal_note_session: Safe [],
    principal_sessions: Safe [],
    once_claim: Never [],
    once_is_claimed: Safe [],
    quota_take: Safe [],
    quota_settle: Safe [],
    otp_advance: Never [],
    serial_record: Safe [],
    serial_revoke: Safe [],
    serial_is_revoked: Safe [],
    holder_record: Safe [],
    holder_revoke: Safe [],
    holder_certificates: Safe [],
    directory_find: Safe [],
    directory_users: Safe [],
    directory_users_at: Safe [],
    directory_count: Safe [],
    directory_import: Safe [],
    directory_remove: Safe [],
    audit_append: Safe [],
    audit_before: Safe [],
    audit_after: Safe [],
    paper_note: Safe [],
    paper_create: Safe [],
    paper_replace: Safe [],
    paper_find: Safe [],
    paper_numbers: Safe [],
    paper_total: Safe [],
    paper_open: Safe [],
    paper_open_ones: Safe [],
    paper_open_known: Safe [],
    paper_close: Safe [],
    paper_overdue: Safe [],
    paper_put_away: Safe [],
    store_fact: Safe [],
    store_open: Safe [],
    store_check: Safe [],
}
