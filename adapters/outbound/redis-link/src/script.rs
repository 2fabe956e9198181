//! A script: one atomic step on a server.

use redis::Cmd;

/// Begins every script. It makes a server that may not write (a replica, one without memory, disk or
/// enough replicas) refuse the script before it runs, whatever it would do.
const HEADER: &str = "#!lua\n";

/// What a guarded script answers on a server whose identity key is gone.
pub(crate) const LOST: &str = "STORELOST";

/// What a guarded script answers on a server whose identity key has another value.
pub(crate) const ANOTHER: &str = "STOREOTHER";

/// Whether a script may be sent again when nobody knows if it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It changes and answers the same the second time.
    Safe,
    /// The second time would be answered, or counted, differently.
    Never,
}

/// A script and the name the server knows it by.
#[derive(Debug)]
pub struct Script {
    pub(crate) name: &'static str,
    pub(crate) repeat: Repeat,
    pub(crate) guarded: bool,
    source: String,
    digest: String,
}

impl Script {
    /// A script in Lua that answers with a list of texts; `name` is for logs. `body` must not begin
    /// with a shebang line: it is given one.
    pub fn new(name: &'static str, repeat: Repeat, body: &str) -> Self {
        Self::of(name, repeat, [HEADER, body].concat())
    }

    /// As [`Self::new`], but the script does nothing on a server that has lost its identity key or
    /// has another value there: in the same step, so that nothing comes between. For servers whose
    /// data has one identity key: in a Cluster, a script reaches only the keys of its own slot. `field`
    /// is the field of the key that is compared.
    pub fn guarded(name: &'static str, repeat: Repeat, field: &str, body: &str) -> Self {
        // Key and value come last and are taken away, so that the script itself knows nothing of them.
        let guard = format!(
            "local guarded = redis.call('HGET', table.remove(KEYS), '{field}')\n\
             if guarded ~= table.remove(ARGV) then\n  \
             return redis.error_reply(guarded and '{ANOTHER} identity' or '{LOST} identity')\nend\n"
        );
        Self {
            guarded: true,
            ..Self::of(name, repeat, [HEADER, &guard, body].concat())
        }
    }

    fn of(name: &'static str, repeat: Repeat, source: String) -> Self {
        let digest = redis::Script::new(&source).get_hash().to_owned();
        Self {
            name,
            repeat,
            guarded: false,
            source,
            digest,
        }
    }
}

/// A script with its keys and arguments.
#[must_use]
pub struct Call<'a> {
    pub(crate) script: &'a Script,
    keys: Vec<String>,
    arguments: Vec<String>,
}

impl<'a> Call<'a> {
    /// Without keys and arguments yet.
    pub fn new(script: &'a Script) -> Self {
        Self {
            script,
            keys: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// Adds a key. All keys of a call share one hash tag.
    pub fn key(mut self, key: String) -> Self {
        self.keys.push(key);
        self
    }

    /// Adds an argument.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts read better so"
    )]
    pub fn arg(mut self, argument: impl ToString) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// The key that decides which server runs it; all others share its hash tag.
    pub(crate) fn first_key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    /// By the digest, as servers that have run it before understand.
    pub(crate) fn by_digest(&self, guard: Option<(&str, &str)>) -> Cmd {
        self.command("EVALSHA", &self.script.digest, guard)
    }

    /// With the whole text.
    pub(crate) fn by_source(&self, guard: Option<(&str, &str)>) -> Cmd {
        self.command("EVAL", &self.script.source, guard)
    }

    fn command(&self, name: &str, script: &str, guard: Option<(&str, &str)>) -> Cmd {
        let mut command = redis::cmd(name);
        command
            .arg(script)
            .arg(self.keys.len() + usize::from(guard.is_some()));
        for key in &self.keys {
            command.arg(key);
        }
        if let Some((key, _)) = guard {
            command.arg(key);
        }
        for argument in &self.arguments {
            command.arg(argument);
        }
        if let Some((_, value)) = guard {
            command.arg(value);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_script_has_the_same_digest_everywhere() {
        let script = |body| Script::new("test", Repeat::Safe, body);
        assert_eq!(script("return {}").digest, script("return {}").digest);
        assert_ne!(script("return {}").digest, script("return { '1' }").digest);
        assert!(script("return {}").source.starts_with("#!lua\n"));
    }
}
