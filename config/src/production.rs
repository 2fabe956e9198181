//! What the parts of a configuration demand of one another, and what is too unsafe for production.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use crate::problem::Problem;
use crate::settings::{ClientCertificateRule, Listener, ServedSurface, Settings};
use crate::tree::{PathSegment, Tree};
use crate::values::Origin;
use warifu_adapter_kit::Environment;
use warifu_adapter_kit::secret_file;

/// Everything that is wrong with `settings`; `tree` tells where they came from.
pub(crate) fn problems(settings: &Settings, tree: &Tree) -> Vec<Problem> {
    let mut checks = Checks {
        tree,
        problems: Vec::new(),
    };
    checks.sessions(settings);
    checks.listeners(settings);
    checks.editions(settings);
    if settings.environment == Environment::Production {
        for (index, listener) in settings.http.listeners.iter().enumerate() {
            checks.exposed_listener(settings, index, listener);
            checks.key_file(index, listener);
        }
        checks.public_origin(settings);
    }
    checks.problems
}

struct Checks<'a> {
    tree: &'a Tree,
    problems: Vec<Problem>,
}

impl Checks<'_> {
    fn add(&mut self, path: &str, message: impl Into<String>) {
        self.problems
            .push(Problem::new(self.tree.origin_at(path), path, message));
    }

    fn add_in_list(&mut self, list: &str, index: usize, key: &str, message: impl Into<String>) {
        let mut steps: Vec<PathSegment> = list
            .split('.')
            .map(|key| PathSegment::Key(key.to_owned()))
            .collect();
        steps.push(PathSegment::Index(index));
        steps.extend(key.split('.').map(|key| PathSegment::Key(key.to_owned())));
        let path = format!("{list}[{index}].{key}");
        self.problems
            .push(Problem::new(self.tree.origin(&steps), path, message));
    }

    fn sessions(&mut self, settings: &Settings) {
        let session = settings.policy.session;
        if session.idle.get() > session.absolute.get() {
            self.add(
                "policy.session.idle",
                "must not be longer than policy.session.absolute",
            );
        }
    }

    fn listeners(&mut self, settings: &Settings) {
        let listeners = &settings.http.listeners;
        if listeners.is_empty() {
            self.add("http.listeners", "must have at least one listener");
        }
        let mut addresses: BTreeSet<SocketAddr> = BTreeSet::new();
        for (index, listener) in listeners.iter().enumerate() {
            if listener.bind.0.port() != 0 && !addresses.insert(listener.bind.0) {
                let message = "another listener has this address already";
                self.add_in_list("http.listeners", index, "bind", message);
            }
            let surfaces: BTreeSet<ServedSurface> = listener.surfaces.iter().copied().collect();
            if listener.surfaces.is_empty() {
                let names = ServedSurface::ALL.map(ServedSurface::name).join(", ");
                let message = format!("must have at least one surface of {names}");
                self.add_in_list("http.listeners", index, "surfaces", message);
            } else if surfaces.len() < listener.surfaces.len() {
                let message = "names a surface twice";
                self.add_in_list("http.listeners", index, "surfaces", message);
            }
        }
    }

    fn editions(&mut self, settings: &Settings) {
        let editions = &settings.site.editions;
        if editions.is_empty() {
            self.add("site.editions", "must have at least one edition");
        }
        let mut keys = BTreeSet::new();
        for (index, edition) in editions.iter().enumerate() {
            if !keys.insert(edition.key.0.as_str()) {
                let message = "another edition has this key already";
                self.add_in_list("site.editions", index, "key", message);
            }
        }
    }

    /// What may be reached from elsewhere is encrypted and, for administrators, authenticated.
    fn exposed_listener(&mut self, settings: &Settings, index: usize, listener: &Listener) {
        if listener.is_loopback() {
            return;
        }
        let behind_proxy = settings
            .http
            .public_origin
            .as_ref()
            .is_some_and(Origin::is_encrypted);
        if listener.tls.is_none() && !behind_proxy {
            let message = format!(
                "{} without tls is refused in production: set tls here, or http.public_origin to \
                 an https:// origin if a proxy ends TLS",
                listener.bind.0
            );
            self.add_in_list("http.listeners", index, "bind", message);
        }
        let asks = listener
            .tls
            .as_ref()
            .is_some_and(|tls| tls.client_ca_file.is_some());
        let demanded = settings.admin.client_certificate == ClientCertificateRule::Required;
        if listener.surfaces.contains(&ServedSurface::Admin) && demanded && !asks {
            let message = format!(
                "the surface admin on {} needs tls.client_ca_file in production, or \
                 admin.client_certificate = \"not-required\"",
                listener.bind.0
            );
            self.add_in_list("http.listeners", index, "surfaces", message);
        }
    }

    fn key_file(&mut self, index: usize, listener: &Listener) {
        let Some(tls) = &listener.tls else { return };
        if let Some(message) = secret_file::exposure(Path::new(&tls.key_file)) {
            self.add_in_list("http.listeners", index, "tls.key_file", message);
        }
    }

    fn public_origin(&mut self, settings: &Settings) {
        let Some(origin) = &settings.http.public_origin else {
            return;
        };
        if !origin.is_encrypted() && !origin.is_loopback() {
            self.add(
                "http.public_origin",
                "must be an https:// origin in production",
            );
        }
    }
}
