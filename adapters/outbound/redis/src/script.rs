//! The scripts: each one atomic step on the server.

use redis::Cmd;
use warifu_core::domain::Timestamp;

/// Begins every script. The first line makes a server that may not write (a replica, one without
/// memory, disk or enough replicas) refuse the script before it runs, whatever it would do.
const HEADER: &str = "#!lua\n";

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
const RECORD: &str = include_str!("lua/record.lua");

/// Whether a script may be sent again when nobody knows if it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It changes and answers the same the second time.
    Safe,
    /// The second time would be answered, or counted, differently.
    Never,
}

/// Whose clock scripts go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Server,
    #[cfg(feature = "test-clock")]
    Given,
}

/// A script and the name the server knows it by.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) repeat: Repeat,
    source: String,
    digest: String,
}

impl Script {
    fn new(name: &'static str, repeat: Repeat, time: Time, parts: &[&str]) -> Self {
        let clock = match time {
            Time::Server => SERVER_TIME,
            #[cfg(feature = "test-clock")]
            Time::Given => GIVEN_TIME,
        };
        let mut source = [HEADER, clock, TEXT].concat();
        for part in parts {
            source.push_str(part);
        }
        let digest = redis::Script::new(&source).get_hash().to_owned();
        Self {
            name,
            repeat,
            source,
            digest,
        }
    }
}

/// A script with its keys and arguments.
pub(crate) struct Call<'a> {
    pub(crate) script: &'a Script,
    keys: Vec<String>,
    arguments: Vec<String>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(script: &'a Script) -> Self {
        Self {
            script,
            keys: Vec::new(),
            arguments: Vec::new(),
        }
    }

    pub(crate) fn key(mut self, key: String) -> Self {
        self.keys.push(key);
        self
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts read better so"
    )]
    pub(crate) fn arg(mut self, argument: impl ToString) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// Passes the time in, where scripts go by a given clock.
    pub(crate) fn timed(self, now: Option<Timestamp>) -> Self {
        match now {
            Some(now) => self.arg(now.as_unix_millis()),
            None => self,
        }
    }

    /// The key that decides which server runs it; all others share its hash tag.
    pub(crate) fn first_key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    /// By the digest, as servers that have run it before understand.
    pub(crate) fn by_digest(&self) -> Cmd {
        self.command("EVALSHA", &self.script.digest)
    }

    /// With the whole text.
    pub(crate) fn by_source(&self) -> Cmd {
        self.command("EVAL", &self.script.source)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len());
        for key in &self.keys {
            command.arg(key);
        }
        for argument in &self.arguments {
            command.arg(argument);
        }
        command
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
            pub(crate) fn new(time: Time) -> Self {
                Self {
                    $($name: Script::new(
                        stringify!($name),
                        Repeat::$repeat,
                        time,
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
    retrieval_reserve: Safe [ATTEMPTS],
    retrieval_settle: Never [ATTEMPTS RECORD],
    retrieval_store_certificate: Safe [RECORD],
    retrieval_reissue: Safe [ATTEMPTS RECORD],
    retrieval_cancel: Never [RECORD],
    retrieval_history: Safe [ATTEMPTS RECORD],
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
    quota_take: Never [],
    otp_advance: Never [],
    serial_record: Safe [],
    serial_revoke: Safe [],
    serial_is_revoked: Safe [],
    holder_record: Safe [],
    holder_revoke: Safe [],
    holder_certificates: Safe [],
    directory_find: Safe [],
    directory_users: Safe [],
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
    paper_undecided: Safe [],
    paper_overdue: Safe [],
    paper_put_away: Safe [],
    store_open: Safe [],
    store_check: Safe [],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_script_has_the_same_digest_everywhere() {
        let scripts = Scripts::new(Time::Server);
        let again = Scripts::new(Time::Server);
        assert_eq!(scripts.attempt_settle.digest, again.attempt_settle.digest);
        assert_ne!(
            scripts.attempt_settle.digest,
            scripts.attempt_reserve.digest
        );
        assert!(scripts.attempt_settle.source.starts_with("#!lua\n"));
    }
}
