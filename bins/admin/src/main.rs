//! Warifu for bank operators and administrators at a terminal.

mod arguments;
mod audit;
mod bank;
mod bulk;
mod generate;
mod hash_password;
mod reissue;
mod requests;
mod unlock;
mod users;
mod users_file;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use warifu_config::{Configuration, Layers, Registry, adopt_store, tools};
use warifu_terminal::{Failure, Interrupts, Terminal, exit, forbid_core_dumps};

use crate::arguments::{Arguments, AuditCommand, Command, StoreCommand, UsersCommand};
use crate::bank::{Bank, refused};

/// Threads for everything but hashing, which has its own.
const WORKER_THREADS: usize = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Terminal::new(&arguments.terminal, |name| std::env::var_os(name));
    forbid_core_dumps();
    match run(arguments, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.fail(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn run(arguments: Arguments, terminal: &Terminal) -> Result<(), Failure> {
    let layers = Layers::new()
        .files(arguments.config)
        .environment(std::env::vars_os())
        .overrides(arguments.set);
    if arguments.print_config {
        return terminal.print(&load(&layers)?.to_toml());
    }
    let Some(command) = arguments.command else {
        if arguments.check {
            return with_runtime(async { bank::check(&layers, terminal).await });
        }
        let help = Arguments::command().render_help();
        return Err(Failure::usage(help.to_string()));
    };
    match command {
        Command::HashPassword => {
            let settings = tools::settings(&layers).map_err(refused)?;
            let hash = hash_password::run(&settings, terminal)?;
            terminal.print(&format!("{hash}\n"))
        }
        Command::Audit(AuditCommand::Verify {
            file,
            checkpoint,
            public_key_file,
        }) => audit::verify(
            &file,
            checkpoint.as_deref(),
            public_key_file.as_deref(),
            terminal,
        ),
        Command::Audit(AuditCommand::Extract(arguments)) => {
            audit::extract(&load(&layers)?, &arguments, terminal)
        }
        Command::Audit(AuditCommand::Checkpoint {
            signing_key_file,
            out,
        }) => audit::checkpoint(&load(&layers)?, &signing_key_file, &out, terminal),
        Command::Users(UsersCommand::Import {
            file,
            into,
            dry_run,
            json,
        }) => users_file::import(&layers, &file, into, dry_run, json, terminal),
        Command::Store(StoreCommand::Adopt) => {
            let configuration = load(&layers)?;
            with_runtime(async {
                let done = adopt_store(&configuration).await.map_err(refused)?;
                terminal.print(&format!("{done}\n"))
            })
        }
        Command::BenchHash { seconds, json } => {
            let settings = tools::settings(&layers).map_err(refused)?;
            let rate = tools::bench_hash(&settings, seconds).map_err(refused)?;
            terminal.print(&if json {
                format!("{}\n", serde_json::json!({ "per_second": rate }))
            } else {
                format!("{rate:.1} password hashes a second\n")
            })
        }
        Command::Completions { shell } => generate::completions(shell, terminal),
        Command::Man { folder } => generate::manual(&folder),
        Command::Freeze(_) => Err(later("freeze", "stopping a contract")),
        Command::Forecast(_) => Err(later("forecast", "contracts about to be stranded")),
        command => with_runtime(async {
            let interrupts = Interrupts::watch(terminal.clone())?;
            let bank = Bank::open(&layers, terminal.clone()).await?;
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
                Command::Users(UsersCommand::Export { contract }) => {
                    users_file::export(&bank, &contract).await
                }
                Command::Reissue(arguments) => reissue::run(&bank, &interrupts, *arguments).await,
                Command::Audit(AuditCommand::List(arguments)) => {
                    audit::list(&bank, arguments).await
                }
                Command::BulkReissue(arguments) => bulk::run(&bank, &interrupts, *arguments).await,
                Command::Requests(command) => requests::run(&bank, &interrupts, command).await,
                Command::Unlock(arguments) => unlock::run(&bank, &interrupts, arguments).await,
                _ => Err(Failure::unexpected("this command needs no bank")),
            }
        }),
    }
}

/// Says of a command that it is announced but not available, so that nobody believes it was carried
/// out.
fn later(command: &str, what: &str) -> Failure {
    Failure::new(
        exit::USAGE,
        format!("{command} is not available in this version ({what})"),
    )
}

fn load(layers: &Layers) -> Result<Configuration, Failure> {
    Configuration::load(layers, &Registry::standard()).map_err(refused)
}

fn with_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()
        .map_err(|error| Failure::unexpected(format!("cannot start: {error}")))?
        .block_on(work)
}
