use std::path::{Path, PathBuf};
use std::time::Duration;

use warifu_redis::RedisServers;

use crate::process::{Process, await_pong, await_state, cli, free_port};

/// The library that Debian's package `faketime` brings; the loader knows the folder's `$LIB`. Before the
/// server's own allocator, that of the C library: the other asks for the time before there is any.
const FAKETIME: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1:libc.so.6";

/// One Redis server.
pub struct RedisServer {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
    /// Where the shift of its clock is read from, where it has one of its own.
    clock: Option<PathBuf>,
    process: Option<Process>,
}

impl RedisServer {
    /// With an append-only file that is written through at every command.
    pub fn start() -> Self {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// With an append-only file that survives the server but not the machine: for tests that
    /// write much and kill no machine.
    pub fn start_quick() -> Self {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "no"])
    }

    /// With these settings.
    pub fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder is made").keep();
        Self::start_in(folder, settings, None)
    }

    fn start_in(folder: PathBuf, settings: &[&str], clock: Option<PathBuf>) -> Self {
        let port = free_port();
        let mut arguments: Vec<String> = [
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--enable-debug-command",
            "yes",
        ]
        .map(str::to_owned)
        .into();
        arguments.extend(["--port".to_owned(), port.to_string()]);
        arguments.extend(["--dir".to_owned(), folder.display().to_string()]);
        arguments.extend(settings.iter().map(|&setting| setting.to_owned()));
        let mut server = Self {
            port,
            folder,
            arguments,
            clock,
            process: None,
        };
        server.start_again();
        server
    }

    /// As [`Self::start`], with a clock that is shifted by so much, as libfaketime writes it: `+90s`. Its
    /// stopwatches are right.
    pub fn start_by_clock(shift: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder is made").keep();
        let clock = folder.join("clock");
        std::fs::write(&clock, shift).expect("the clock is set");
        let settings = ["--appendonly", "yes", "--appendfsync", "always"];
        Self::start_in(folder, &settings, Some(clock))
    }

    /// Sets the clock of [`Self::start_by_clock`] anew; it is right when this returns.
    pub fn set_clock(&self, shift: &str) {
        let clock = self.clock.as_ref().expect("a clock of its own");
        let before = self.cli(&["TIME"]);
        // In one step, so that nobody reads half of it.
        let fresh = clock.with_extension("fresh");
        std::fs::write(&fresh, shift).expect("the clock is set");
        std::fs::rename(&fresh, clock).expect("the clock is set");
        let seconds = |time: &str| {
            time.lines()
                .next()
                .and_then(|line| line.parse::<i64>().ok())
        };
        await_state(
            "the clock is set",
            || {
                let apart = seconds(&self.cli(&["TIME"]))
                    .zip(seconds(&before))
                    .map(|(now, before)| (now - before).abs());
                apart.is_some_and(|apart| apart > 30)
            },
            || self.cli(&["TIME"]),
        );
    }

    /// A replica of `primary`, in sync.
    pub fn replica_of(primary: &Self, settings: &[&str]) -> Self {
        Self::replica_through(primary.port, primary, settings)
    }

    /// A replica of `primary` that reaches it on `port`, in sync.
    pub fn replica_through(port: u16, primary: &Self, settings: &[&str]) -> Self {
        let of = format!("127.0.0.1 {port}");
        let common = [
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--replicaof",
            &of,
        ];
        // Debian's default waits five seconds for more replicas to come.
        primary.cli(&["CONFIG", "SET", "repl-diskless-sync-delay", "0"]);
        let replica = Self::start_with(&[&common, settings].concat());
        await_state(
            "the replica is in sync",
            || {
                replica
                    .cli(&["INFO", "replication"])
                    .contains("master_link_status:up")
            },
            || replica.cli(&["INFO", "replication"]),
        );
        replica
    }

    /// As the settings of a store take it.
    pub fn servers(&self) -> RedisServers {
        RedisServers::Standalone(format!("redis://127.0.0.1:{}", self.port))
    }

    /// Waits until it says that this is its role: `master` or `slave`.
    pub fn await_role(&self, role: &str) {
        let reached = || self.cli(&["ROLE"]).lines().next() == Some(role);
        await_state("the server has its role", reached, || {
            self.cli(&["INFO", "replication"])
        });
    }

    /// Runs `redis-cli` and gives its output.
    pub fn cli(&self, arguments: &[&str]) -> String {
        cli(self.port, arguments)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Starts it again after [`Self::kill`], with what it has on disk.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the server does not run");
        let process = match &self.clock {
            None => Process::start("redis-server", &self.folder, &self.arguments),
            Some(clock) => {
                let mut arguments = vec![
                    format!("LD_PRELOAD={FAKETIME}"),
                    format!("FAKETIME_TIMESTAMP_FILE={}", clock.display()),
                    "FAKETIME_NO_CACHE=1".to_owned(),
                    "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
                    "redis-server".to_owned(),
                ];
                arguments.extend(self.arguments.iter().cloned());
                Process::start("env", &self.folder, &arguments)
            }
        };
        self.process = Some(process);
        await_pong(self.port, &self.folder);
    }

    /// As [`Self::start_again`], so slowly that it is seen reading what it has on disk: this long
    /// for each key.
    pub fn start_slowly(&mut self, each: Duration) {
        assert!(self.process.is_none(), "the server does not run");
        let mut arguments = self.arguments.clone();
        arguments.extend(["--key-load-delay".to_owned(), each.as_micros().to_string()]);
        arguments.extend(["--loading-process-events-interval-bytes", "1024"].map(str::to_owned));
        self.process = Some(Process::start("redis-server", &self.folder, &arguments));
        await_state(
            "the server answers that it is loading",
            || self.cli(&["PING"]).contains("LOADING"),
            || self.cli(&["PING"]),
        );
    }

    /// Makes it fail at its next snapshot, or not any more.
    pub fn break_snapshots(&self, broken: bool) {
        // Where the snapshot would be put, there is a folder.
        let in_the_way = self.folder.join("dump.rdb");
        if broken {
            std::fs::create_dir(&in_the_way).expect("a folder is made");
            self.cli(&["CONFIG", "SET", "save", "3600 1000000"]);
        } else {
            std::fs::remove_dir(&in_the_way).expect("the folder is removed");
        }
        self.cli(&["BGSAVE"]);
        let status = if broken { "err" } else { "ok" };
        let wanted = format!("rdb_last_bgsave_status:{status}");
        let told = || self.cli(&["INFO", "persistence"]);
        await_state("the snapshot ended", || told().contains(&wanted), told);
    }

    /// A copy of what it has on disk, taken while nothing is written.
    pub fn back_up(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().expect("a folder is made");
        self.freeze();
        copy_folder(&self.folder, copy.path());
        self.thaw();
        copy
    }

    /// Puts a copy in the place of what a killed server has on disk.
    pub fn restore(&self, copy: &Path) {
        assert!(self.process.is_none(), "the server does not run");
        std::fs::remove_dir_all(&self.folder).expect("the folder is removed");
        std::fs::create_dir(&self.folder).expect("the folder is made");
        copy_folder(copy, &self.folder);
    }

    /// Starts it again after [`Self::kill`], with nothing on disk.
    pub fn start_empty(&mut self) {
        std::fs::remove_dir_all(&self.folder).expect("the folder is removed");
        std::fs::create_dir(&self.folder).expect("the folder is made");
        self.start_again();
    }

    /// Whether it was not killed.
    pub fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// Stops it from running, without closing anything.
    pub fn freeze(&self) {
        self.process
            .as_ref()
            .expect("the server runs")
            .signal("-STOP");
    }

    /// Lets it run again.
    pub fn thaw(&self) {
        self.process
            .as_ref()
            .expect("the server runs")
            .signal("-CONT");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if self.process.is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the folder is read") {
        let entry = entry.expect("the folder is read");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            std::fs::create_dir(&target).expect("a folder is made");
            copy_folder(&source, &target);
        } else {
            std::fs::copy(&source, &target).expect("a file is copied");
        }
    }
}
