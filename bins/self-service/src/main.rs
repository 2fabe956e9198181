//! Warifu on a customer's own PC.

mod arguments;
mod client;
mod flows;
mod generate;
mod key;
mod remembered;
mod service;

use std::process::ExitCode;

use warifu_config::{Configuration, Layers, Registry, assemble};
use warifu_terminal::{
    Failure, Interrupts, Terminal, exit, forbid_core_dumps, read_arguments, show_help,
};

use crate::arguments::{Arguments, Command};
use crate::client::Client;
use crate::flows::Setting;
use crate::remembered::Remembered;
use crate::service::Service;

fn main() -> ExitCode {
    let variable = |name: &str| std::env::var_os(name);
    let arguments: Arguments = match read_arguments(std::env::args_os(), variable) {
        Ok(arguments) => arguments,
        Err(code) => return ExitCode::from(code),
    };
    let terminal = Terminal::new(&arguments.terminal, variable);
    forbid_core_dumps();
    match run(arguments, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.fail(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn run(mut arguments: Arguments, terminal: &Terminal) -> Result<(), Failure> {
    match arguments.command.take() {
        Some(Command::Forget) => remembered::forget(terminal),
        Some(Command::Completions { shell }) => generate::completions(shell, terminal),
        Some(Command::Man { folder }) => generate::manual(&folder, terminal),
        None if arguments.print_config => {
            let configuration = load(&arguments)?;
            terminal.print(&configuration.to_toml())
        }
        None if !arguments.check => {
            show_help::<Arguments>(terminal);
            Err(Failure::shown(exit::USAGE))
        }
        command => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Failure::unexpected(format!("cannot start: {error}")))?
            .block_on(work(arguments, command, terminal)),
    }
}

async fn work(
    arguments: Arguments,
    command: Option<Command>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let interrupts = Interrupts::watch(terminal.clone())?;
    let in_process = !arguments.config.is_empty() || !arguments.set.is_empty();
    let mut remembered = if in_process {
        Remembered::default()
    } else {
        remembered::read()
    };
    let service = if in_process {
        let assembled = assemble(&load(&arguments)?).await.map_err(refused)?;
        Service::in_process(assembled, terminal)
    } else {
        remote(&arguments, &mut remembered, terminal)?
    };
    let mut setting = Setting {
        service: &service,
        terminal,
        interrupts: &interrupts,
        remembered: &mut remembered,
    };
    match command {
        Some(Command::Reissue(arguments)) => flows::reissue(&mut setting, &arguments).await?,
        Some(Command::Retrieve(arguments)) => flows::retrieve(&mut setting, &arguments).await?,
        Some(Command::Renew(arguments)) => flows::renew(&mut setting, &arguments).await?,
        _ => {
            service.check().await?;
            return terminal.print(&format!("{}\n", terminal.text("client-answers", &[])));
        }
    }
    // A program that runs unattended leaves nothing behind that it was not asked for.
    if !in_process && terminal.answers() {
        remembered::write(&remembered, terminal);
    }
    Ok(())
}

/// The server given, or the one of last time.
fn remote(
    arguments: &Arguments,
    remembered: &mut Remembered,
    terminal: &Terminal,
) -> Result<Service, Failure> {
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
    Ok(Service::Remote(client, terminal.clone()))
}

fn load(arguments: &Arguments) -> Result<Configuration, Failure> {
    let layers = Layers::new()
        .files(arguments.config.clone())
        .environment(std::env::vars_os())
        .overrides(arguments.set.clone());
    Configuration::load(&layers, &Registry::standard()).map_err(refused)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "called as the argument of map_err"
)]
fn refused(error: warifu_config::ConfigError) -> Failure {
    Failure::new(error.exit_code(), error.to_string())
}
