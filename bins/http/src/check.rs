use std::fmt::Write as _;

use warifu_config::{Configuration, assemble};
use warifu_inbound_http::Server;

use crate::{Failure, print};

/// Builds everything that would be served, asks every back end, and says what was found.
pub(crate) async fn run(configuration: &Configuration) -> Result<(), Failure> {
    let assembled = assemble(configuration).await?;
    let failing = assembled.warifu.failing().await;
    let mut report = String::new();
    for (section, adapter) in configuration.adapters() {
        let state = if failing.contains(&section) {
            "UNAVAILABLE"
        } else {
            "good"
        };
        let _ = writeln!(report, "{section}: {adapter}: {state}");
    }

    // Certificates are read by whoever listens. Free ports, so that a check disturbs no server.
    let mut http = assembled.http;
    for listener in &mut http.listeners {
        let surfaces: Vec<&str> = listener
            .surfaces
            .iter()
            .map(|surface| surface.name())
            .collect();
        let tls = match &listener.tls {
            None => "plain",
            Some(tls) if tls.client_ca_file.is_some() => "TLS with client certificates",
            Some(_) => "TLS",
        };
        let _ = writeln!(
            report,
            "http: {}: {tls}: {}",
            listener.bind,
            surfaces.join(",")
        );
        listener.bind.set_port(0);
    }
    let served = Server::bind(http, assembled.warifu).await;
    print(&report)?;
    served?;
    if failing.is_empty() {
        print("The configuration is good.\n")
    } else {
        Err(Failure::unavailable(format!(
            "unavailable: {}",
            failing.join(", ")
        )))
    }
}
