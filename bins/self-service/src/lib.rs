//! Warifu on a customer's own PC.
//!
//! Built with the feature `in-process`, it also works without a server, on the adapters of a
//! configuration, for development.

mod arguments;
mod client;
mod devices;
mod flows;
mod generate;
#[cfg(feature = "in-process")]
mod in_process;
mod key;
mod remembered;
mod remote;
mod service;

use std::process::ExitCode;

#[cfg(feature = "in-process")]
use warifu_config::Registry;
use warifu_terminal::{
    Failure, Interrupts, Terminal, exit, forbid_core_dumps, read_arguments, show_help,
};

use crate::arguments::{Arguments, Command};
use crate::client::Client;
use crate::flows::Setting;
use crate::remembered::Remembered;
use crate::remote::Remote;

pub use warifu_terminal::Program;

/// The program where it has no other name.
pub const OURS: Program = Program {
    name: "warifu-self-service",
    version: env!("CARGO_PKG_VERSION"),
};

/// What the arguments cannot say.
struct Start {
    program: Program,
    /// The adapters that a configuration can name.
    #[cfg(feature = "in-process")]
    registry: Registry,
}

/// The whole program, under the name of `program`: reads the arguments, does what they say, and tells
/// how it ended.
pub fn run(program: Program) -> ExitCode {
    begin(&Start {
        program,
        #[cfg(feature = "in-process")]
        registry: Registry::standard(),
    })
}

/// The same with the adapters of `registry`, and under the name that it has.
#[cfg(feature = "in-process")]
pub fn run_with(registry: Registry) -> ExitCode {
    let program = registry.program().map_or(OURS, |own| Program {
        name: own.name,
        version: own.version,
    });
    begin(&Start { program, registry })
}

fn begin(start: &Start) -> ExitCode {
    let variable = |name: &str| std::env::var_os(name);
    let arguments = match read_arguments(start.program, std::env::args_os(), variable) {
        Ok(arguments) => arguments,
        Err(code) => return ExitCode::from(code),
    };
    let arguments: Arguments = arguments;
    let terminal = Terminal::new(&arguments.terminal, variable);
    forbid_core_dumps();
    match act(arguments, start, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.fail(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn act(mut arguments: Arguments, start: &Start, terminal: &Terminal) -> Result<(), Failure> {
    #[cfg(not(feature = "in-process"))]
    if let Some(option) = arguments.in_process.given() {
        let text = terminal.text("client-no-in-process", &[("option", option)]);
        return Err(Failure::usage(text));
    }
    let program = start.program;
    match arguments.command.take() {
        Some(Command::Forget) => {
            devices::forget();
            remembered::forget(terminal)
        }
        Some(Command::Completions { shell }) => generate::completions(shell, program, terminal),
        Some(Command::Man { folder }) => generate::manual(&folder, program, terminal),
        #[cfg(feature = "in-process")]
        None if arguments.in_process.print_config => {
            let configuration = in_process::load(&arguments.in_process, &start.registry)?;
            terminal.print(&configuration.to_toml())
        }
        None if !arguments.check => {
            show_help::<Arguments>(program, terminal);
            Err(Failure::shown(exit::USAGE))
        }
        command => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .map_err(|error| Failure::unexpected(format!("cannot start: {error}")))?;
            #[cfg(feature = "in-process")]
            if arguments.in_process.given().is_some() {
                let work = work_in_process(&arguments, command, &start.registry, terminal);
                return runtime.block_on(work);
            }
            runtime.block_on(work(&arguments, command, terminal))
        }
    }
}

async fn work(
    arguments: &Arguments,
    command: Option<Command>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let interrupts = Interrupts::watch(terminal.clone())?;
    let mut remembered = remembered::read();
    let service = remote(arguments, &mut remembered, terminal)?;
    let only_checks = command.is_none();
    let mut setting = Setting {
        service: &service,
        terminal,
        interrupts: &interrupts,
        remembered: &mut remembered,
    };
    carry_out(command, &mut setting).await?;
    // A program that runs unattended leaves nothing behind that it was not asked for.
    if !only_checks && terminal.answers() {
        remembered::write(&remembered, terminal);
    }
    Ok(())
}

#[cfg(feature = "in-process")]
async fn work_in_process(
    arguments: &Arguments,
    command: Option<Command>,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let interrupts = Interrupts::watch(terminal.clone())?;
    let configuration = in_process::load(&arguments.in_process, registry)?;
    if command.is_none() {
        in_process::check(&configuration, terminal).await?;
        let text = terminal.text("client-answers", &[]);
        return terminal.print(&format!("{text}\n"));
    }
    let service = in_process::InProcess::open(&configuration, terminal.clone()).await?;
    let mut setting = Setting {
        service: &service,
        terminal,
        interrupts: &interrupts,
        remembered: &mut Remembered::default(),
    };
    carry_out(command, &mut setting).await
}

/// Does what `command` says, or only looks whether the service answers.
async fn carry_out(command: Option<Command>, setting: &mut Setting<'_>) -> Result<(), Failure> {
    match command {
        Some(Command::Reissue(arguments)) => flows::reissue(setting, &arguments).await,
        Some(Command::Retrieve(arguments)) => flows::retrieve(setting, &arguments).await,
        Some(Command::Renew(arguments)) => flows::renew(setting, &arguments).await,
        _ => {
            setting.service.check().await?;
            let text = setting.terminal.text("client-answers", &[]);
            setting.terminal.print(&format!("{text}\n"))
        }
    }
}

/// The server given, or the one of last time.
fn remote(
    arguments: &Arguments,
    remembered: &mut Remembered,
    terminal: &Terminal,
) -> Result<Remote, Failure> {
    if arguments.server.is_some() && arguments.server != remembered.server {
        // Another server knows other people.
        *remembered = Remembered::default();
    }
    let server = arguments.server.clone().or(remembered.server.take());
    let server = server.ok_or_else(|| Failure::usage(terminal.text("client-no-server", &[])))?;
    let ca_file = arguments.ca_file.clone().or(remembered.ca_file.take());
    let client = Client::new(&server, ca_file.as_deref(), terminal)?;
    remembered.server = Some(server);
    remembered.ca_file = ca_file.and_then(|path| std::path::absolute(path).ok());
    Ok(Remote {
        client,
        terminal: terminal.clone(),
    })
}
