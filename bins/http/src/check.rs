use std::fmt::Write as _;

use warifu_config::{Checked, Configuration, check};
use warifu_inbound_http::Server;

use crate::{Failure, http_settings, print};

/// Builds what is there of everything that would be served, asks every back end, and says what was
/// found. Makes nothing.
pub(crate) async fn run(configuration: &Configuration) -> Result<(), Failure> {
    let Checked {
        mut report,
        unavailable,
        meters,
    } = check(configuration).await?;

    // Certificates are read by whoever listens.
    let http = http_settings(configuration.settings(), meters);
    for listener in &http.listeners {
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
        let header = match &listener.client_certificate_header {
            Some(header) => format!(", client certificates in {}", header.name),
            None => String::new(),
        };
        let _ = writeln!(
            report,
            "http: {}: {tls}{header}: {}",
            listener.bind,
            surfaces.join(",")
        );
    }
    for warning in configuration.warnings() {
        let _ = writeln!(report, "warning: {warning}");
    }
    let served = Server::check(&http).await;
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
