use std::fmt::Write as _;

use warifu_config::{Configuration, assemble};
use warifu_inbound_http::Server;

use crate::{Failure, http_settings, print};

/// Builds everything that would be served, asks every back end, and says what was found.
pub(crate) async fn run(configuration: &Configuration) -> Result<(), Failure> {
    let assembled = assemble(configuration).await?;
    let unavailable = assembled.use_cases.health.unavailable().await;
    let mut report = configuration.report(&unavailable);

    // Certificates are read by whoever listens. Free ports, so that a check disturbs no server.
    let mut http = http_settings(configuration.settings(), assembled.meters);
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
    let served = Server::bind(http, assembled.use_cases).await;
    print(&report)?;
    served?;
    if unavailable.is_empty() {
        print("The configuration is good.\n")
    } else {
        let failing: Vec<&str> = unavailable.iter().map(|found| found.port).collect();
        Err(Failure::unavailable(format!(
            "unavailable: {}",
            failing.join(", ")
        )))
    }
}
