use std::future::Future;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use warifu_config::{Configuration, Reload, assemble};
use warifu_inbound_http::Server;

use crate::{Failure, MaybeDemo, demo, http_settings, print};

/// The exit code of a program that a signal ends at once.
const INTERRUPTED: i32 = 130;

/// Serves until a signal.
pub(crate) async fn run(configuration: &Configuration, demo: MaybeDemo) -> Result<(), Failure> {
    // Before anything is announced: who reads that may send a signal at once.
    let (shutdown, hang_ups) = signals()?;
    let assembled = assemble(configuration).await?;
    let http = http_settings(configuration.settings(), assembled.meters);
    let use_cases = assembled.use_cases;
    let service = use_cases.service.clone();
    let server = match &demo {
        Some(demo) => demo::bind(http, use_cases, demo).await?,
        None => Server::bind(http, use_cases).await?,
    };
    let server = Arc::new(server);
    let start_lines = server.start_lines();
    let mut announcement = String::new();
    for line in &start_lines {
        announcement.push_str(line);
        announcement.push('\n');
    }
    if let Some(demo) = &demo {
        announcement.push_str(&demo::announcement(&start_lines, demo));
    }
    print(&announcement)?;
    let reloading = tokio::spawn(reload(hang_ups, Arc::clone(&server), assembled.reload));
    server.run(shutdown).await;
    reloading.abort();
    match service.close().await {
        0 => Ok(()),
        unwritten => Err(Failure::unavailable(format!(
            "{unwritten} records could not be written to the audit log and are lost: see the \
             program's log for what failed"
        ))),
    }
}

/// A future that is ready with the first signal to stop, and the signals to read things again.
fn signals() -> Result<(impl Future<Output = ()>, Signal), Failure> {
    let listen = |kind| {
        signal(kind)
            .map_err(|error| Failure::unexpected(format!("signals cannot be received: {error}")))
    };
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    let hang_ups = listen(SignalKind::hangup())?;
    let shutdown = async move {
        either(&mut interrupt, &mut terminate).await;
        tracing::info!("stopping; what was accepted is finished first");
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            std::process::exit(INTERRUPTED);
        });
    };
    Ok((shutdown, hang_ups))
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Reads certificates and everything of `others` again at each signal.
async fn reload(mut hang_ups: Signal, server: Arc<Server>, others: Vec<Arc<dyn Reload>>) {
    while hang_ups.recv().await.is_some() {
        let mut problems = Vec::new();
        if let Err(error) = server.reload_tls() {
            problems.push(error.to_string());
        }
        problems.extend(others.iter().filter_map(|other| other.reload().err()));
        for problem in &problems {
            tracing::error!(%problem, "not read again; what was known before stays");
        }
        if problems.is_empty() {
            tracing::info!("users and certificates were read again");
        }
    }
}
