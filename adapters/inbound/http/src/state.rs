//! What every handler of a listener can reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ipnet::IpNet;
use warifu_core::UseCases;
use warifu_core::domain::Surface;
use warifu_messages::Messages;

use crate::budget::Budget;
use crate::client_certificate_header::CertificateHeader;
use crate::form_files::FormFiles;
use crate::proxy_watch::ProxyWatch;
use crate::public_addresses::PublicAddresses;
use crate::settings::{DemoGuide, HttpSettings, ListenerSettings, ServedSurface, Site};

/// Whether the server was told to stop. Shared by all of its listeners.
#[derive(Clone, Default)]
pub(crate) struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on it is.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it is.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Shared by all requests of one listener.
#[derive(Clone)]
pub(crate) struct AppState {
    /// The use cases.
    pub(crate) use_cases: UseCases,
    /// What pages say of the bank.
    pub(crate) site: Arc<Site>,
    /// The paper forms as PDF.
    pub(crate) form_files: Arc<FormFiles>,
    /// All texts.
    pub(crate) messages: &'static Messages,
    /// The demonstration's accounts, in the demonstration.
    pub(crate) demo: Option<Arc<dyn DemoGuide>>,
    /// Browsers reach this listener over TLS, here or at a proxy in front: cookies are `Secure`
    /// and named `__Host-…`, and answers carry HSTS.
    pub(crate) secure: bool,
    /// Under which addresses browsers reach the surfaces.
    pub(crate) addresses: Arc<PublicAddresses>,
    /// The administrators' surface is closed to who shows no client certificate.
    pub(crate) admin_needs_certificate: bool,
    /// The header in which a proxy in front passes client certificates on, where one does.
    pub(crate) certificate_header: Option<Arc<CertificateHeader>>,
    /// Some listener's administrators' surface is closed to who shows no client certificate: a
    /// person without one cannot help others.
    pub(crate) helpers_need_certificate: bool,
    /// Whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Arc<[IpNet]>,
    /// Looks for a proxy in front that nobody named, where that is to be told.
    pub(crate) proxy_watch: Option<Arc<ProxyWatch>>,
    /// Larger request bodies are refused.
    pub(crate) max_body_bytes: usize,
    /// What bodies may take. Shared by all listeners.
    pub(crate) bodies: Budget,
    /// Whether the server was told to stop.
    pub(crate) draining: Draining,
    /// A request's body must arrive within this.
    pub(crate) body_timeout: std::time::Duration,
}

impl AppState {
    /// The state of a listener that offers `surfaces`. `tls`: it speaks TLS itself;
    /// `asks_for_certificates`: it has authorities whose client certificates it asks for, or takes
    /// from a proxy in front.
    pub(crate) fn new(
        settings: &HttpSettings,
        use_cases: UseCases,
        surfaces: &[ServedSurface],
        tls: bool,
        asks_for_certificates: bool,
    ) -> Self {
        use crate::settings::ClientCertificateRule::Required;

        let addresses = PublicAddresses::new(settings, surfaces);
        let certificate_required = settings.admin_client_certificate == Required;
        Self {
            use_cases,
            site: Arc::new(settings.site.clone()),
            form_files: Arc::new(FormFiles::new(&settings.site)),
            messages: Messages::standard(),
            demo: settings.demo.clone(),
            secure: tls || addresses.is_encrypted(),
            addresses: Arc::new(addresses),
            admin_needs_certificate: asks_for_certificates && certificate_required,
            certificate_header: None,
            helpers_need_certificate: certificate_required
                && settings.listeners.iter().any(asks_administrators),
            trusted_proxies: settings.trusted_proxies.as_slice().into(),
            proxy_watch: settings.looks_for_proxies.then(Arc::default),
            max_body_bytes: settings.max_body_bytes,
            bodies: Budget::new(settings.max_memory_of_bodies, settings.max_body_bytes),
            draining: Draining::default(),
            body_timeout: settings.body_timeout,
        }
    }

    /// Where customers reach `/cert`, as far as it is known: what stands on paper must be right for
    /// whoever reads it.
    pub(crate) fn self_service_address(&self) -> Option<String> {
        let origin = self.addresses.origin_of(Surface::SelfService)?;
        Some(format!("{origin}/cert"))
    }

    /// Whether this listener serves customers.
    pub(crate) fn serves_customers(&self) -> bool {
        self.addresses.serves(Surface::SelfService) || self.addresses.serves(Surface::Admin)
    }

    /// Whether this listener serves the bank's back office.
    pub(crate) fn serves_office(&self) -> bool {
        self.addresses.serves(Surface::Office)
    }
}

/// Whether administrators come in at `listener`, and are asked for a client certificate there.
fn asks_administrators(listener: &ListenerSettings) -> bool {
    let tls = listener.tls.as_ref();
    let asks = listener.client_certificate_header.is_some()
        || tls.is_some_and(|tls| tls.client_ca_file.is_some());
    asks && listener.surfaces.contains(&ServedSurface::Admin)
}
