//! Warifu for bank operators and administrators at a terminal.
//!
//! A bank's own program is this one with more adapters, under a name of its own:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use warifu_config::Registry;
//!
//! fn main() -> ExitCode {
//!     warifu_admin::run(Registry::standard().for_program("acme-admin", env!("CARGO_PKG_VERSION")))
//! }
//! ```

mod arguments;
mod audit;
mod audit_words;
mod bank;
mod bulk;
mod generate;
mod hash_password;
mod reissue;
mod requests;
mod sessions;
mod setup;
mod unlock;
mod users;
mod users_file;

use std::process::ExitCode;

use warifu_config::{Adoption, Layers, Registry, adopt_store, tools};
use warifu_terminal::{
    Failure, Interrupts, Program, Terminal, exit, forbid_core_dumps, read_arguments, show_help,
};

use crate::arguments::{
    Arguments, AuditCommand, Command, SessionsCommand, StoreCommand, UsersCommand,
};
use crate::bank::Bank;
use crate::setup::{Setup, refused};

/// Threads for everything but hashing, which has its own.
const WORKER_THREADS: usize = 2;

/// The program where it has no other name.
const OURS: Program = Program {
    name: "warifu-admin",
    version: env!("CARGO_PKG_VERSION"),
};

/// The whole program: reads the arguments, does what they say with the adapters of `registry`, and
/// tells how it ended.
pub fn run(registry: Registry) -> ExitCode {
    let program = registry.program().map_or(OURS, |own| Program {
        name: own.name,
        version: own.version,
    });
    let variable = |name: &str| std::env::var_os(name);
    let arguments: Arguments = match read_arguments(program, std::env::args_os(), variable) {
        Ok(arguments) => arguments,
        Err(code) => return ExitCode::from(code),
    };
    let terminal = Terminal::new(&arguments.terminal, variable);
    forbid_core_dumps();
    match act(arguments, registry, program, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.fail(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn act(
    arguments: Arguments,
    registry: Registry,
    program: Program,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let layers = Layers::new()
        .files(arguments.config)
        .environment(std::env::vars_os())
        .overrides(arguments.set);
    let setup = Setup { layers, registry };
    if arguments.print_config {
        return terminal.print(&setup.load()?.to_toml());
    }
    let Some(command) = arguments.command else {
        if arguments.check {
            return with_runtime(async { bank::check(&setup, terminal).await });
        }
        show_help::<Arguments>(program, terminal);
        return Err(Failure::shown(exit::USAGE));
    };
    match command {
        Command::HashPassword => {
            let settings = tools::settings(&setup.layers).map_err(refused)?;
            let hash = hash_password::run(&settings, terminal)?;
            terminal.print(&format!("{hash}\n"))
        }
        Command::Audit(command) => look_into_log(command, &setup, terminal),
        Command::Users(UsersCommand::Import {
            file,
            into,
            dry_run,
            json,
        }) => users_file::import(&setup, &file, into, dry_run, json, terminal),
        Command::Store(StoreCommand::Adopt) => {
            let configuration = setup.load()?;
            with_runtime(async {
                let text = match adopt_store(&configuration).await.map_err(refused)? {
                    Adoption::NothingKept => "store-nothing-kept",
                    Adoption::KnownAlready => "store-known-already",
                    Adoption::Done => "store-adopted",
                };
                terminal.print(&format!("{}\n", terminal.text(text, &[])))
            })
        }
        Command::BenchHash { seconds, json } => {
            let settings = tools::settings(&setup.layers).map_err(refused)?;
            let rate = tools::bench_hash(&settings, seconds).map_err(refused)?;
            terminal.print(&if json {
                format!("{}\n", serde_json::json!({ "per_second": rate }))
            } else {
                let rate = format!("{rate:.1}");
                format!("{}\n", terminal.text("bench-rate", &[("rate", &rate)]))
            })
        }
        Command::Completions { shell } => generate::completions(shell, program, terminal),
        Command::Man { folder } => generate::manual(&folder, program, terminal),
        Command::Freeze(_) => Err(later("freeze", "later-freeze", terminal)),
        Command::Forecast(_) => Err(later("forecast", "later-forecast", terminal)),
        command => with_runtime(async {
            let interrupts = Interrupts::watch(terminal.clone())?;
            let bank = Bank::open(&setup, terminal.clone()).await?;
            match command {
                Command::Users(UsersCommand::List {
                    contract,
                    query,
                    status,
                    format,
                }) => users::list(&bank, &contract, query, status, format).await,
                Command::Users(UsersCommand::Show {
                    contract,
                    user,
                    format,
                }) => users::show(&bank, &contract, &user, format).await,
                Command::Users(UsersCommand::Export { contract, format }) => {
                    users_file::export(&bank, &contract, format).await
                }
                Command::Reissue(arguments) => reissue::run(&bank, &interrupts, *arguments).await,
                Command::BulkReissue(arguments) => bulk::run(&bank, &interrupts, *arguments).await,
                Command::Requests(command) => requests::run(&bank, &interrupts, command).await,
                Command::Unlock(arguments) => unlock::run(&bank, &interrupts, arguments).await,
                Command::Sessions(SessionsCommand::End {
                    contract,
                    user,
                    json,
                }) => sessions::end(&bank, &interrupts, (&contract, &user), json).await,
                _ => Err(Failure::unexpected("this command needs no bank")),
            }
        }),
    }
}

fn look_into_log(command: AuditCommand, setup: &Setup, terminal: &Terminal) -> Result<(), Failure> {
    match command {
        AuditCommand::List(arguments) => with_runtime(async {
            let _interrupts = Interrupts::watch(terminal.clone())?;
            let bank = Bank::open(setup, terminal.clone()).await?;
            audit::list(&bank, arguments).await
        }),
        AuditCommand::Verify {
            file,
            checkpoint,
            public_key_file,
        } => {
            let (checkpoint, key) = (checkpoint.as_deref(), public_key_file.as_deref());
            if let Some(file) = file {
                return audit::verify_file(&file, checkpoint, key, terminal);
            }
            let configuration = setup.load()?;
            with_runtime(audit::verify(&configuration, checkpoint, key, terminal))
        }
        AuditCommand::Extract(arguments) => {
            let configuration = setup.load()?;
            with_runtime(audit::extract(&configuration, &arguments, terminal))
        }
        AuditCommand::Export { out } => {
            let configuration = setup.load()?;
            with_runtime(audit::export(&configuration, &out, terminal))
        }
        AuditCommand::Checkpoint {
            signing_key_file: key,
            out,
        } => {
            let configuration = setup.load()?;
            with_runtime(audit::checkpoint(&configuration, &key, &out, terminal))
        }
    }
}

/// Says of a command that it is announced but not available, so that nobody believes it was carried
/// out.
fn later(command: &str, what: &str, terminal: &Terminal) -> Failure {
    let what = terminal.text(what, &[]);
    Failure::usage(terminal.text("later-command", &[("command", command), ("what", &what)]))
}

fn with_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()
        .map_err(|error| Failure::unexpected(format!("cannot start: {error}")))?
        .block_on(work)
}
