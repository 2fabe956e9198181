use std::future::Future;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use warifu_config::{Configuration, Reload, assemble};
use warifu_core::customers::Customers;
use warifu_core::{RequestContext, Service};
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
    let server = match &demo {
        Some(demo) => demo::bind(http, use_cases.clone(), demo).await?,
        None => Server::bind(http, use_cases.clone()).await?,
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
    let others = Others {
        customers: use_cases.customers.clone(),
        service: use_cases.service.clone(),
        reload: assembled.reload,
    };
    let reloading = tokio::spawn(reload(hang_ups, Arc::clone(&server), others));
    server.run(shutdown).await;
    reloading.abort();
    Ok(())
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

/// What is read again besides certificates, and whose sessions end by it.
struct Others {
    customers: Customers,
    service: Service,
    reload: Vec<Arc<dyn Reload>>,
}

impl Others {
    /// Reads everything again, and ends the sessions of users who are switched off or gone. What
    /// went wrong, in a line each.
    async fn reload(&self) -> Vec<String> {
        let (mut problems, mut withdrawn) = (Vec::new(), Vec::new());
        for other in &self.reload {
            match other.reload() {
                Ok(users) => withdrawn.extend(users),
                Err(problem) => problems.push(problem),
            }
        }
        let context = RequestContext {
            request_id: self.service.new_request_id(),
            source: None,
        };
        let customers = &self.customers;
        let ended = customers.end_sessions_of_withdrawn(context, &withdrawn);
        if let Err(refusal) = ended.await {
            problems.push(format!(
                "the sessions of users who were switched off did not all end ({refusal}): send the \
                 signal again"
            ));
        }
        problems
    }
}

/// Reads certificates and everything of `others` again at each signal.
async fn reload(mut hang_ups: Signal, server: Arc<Server>, others: Others) {
    // Whoever was switched off while no server ran has no session left either.
    for problem in others.reload().await {
        tracing::error!(%problem, "sessions of users who are switched off may go on");
    }
    while hang_ups.recv().await.is_some() {
        let mut problems = Vec::new();
        if let Err(error) = server.reload_tls() {
            problems.push(error.to_string());
        }
        problems.extend(others.reload().await);
        for problem in &problems {
            tracing::error!(%problem, "not read again; what was known before stays");
        }
        if problems.is_empty() {
            tracing::info!("users and certificates were read again");
        }
    }
}
