//! What the parts of a configuration demand of one another, and what is too unsafe for production.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use crate::problem::Problem;
use crate::risks::is_open;
use crate::settings::{ClientCertificateRule, Listener, ServedSurface, Settings};
use crate::tree::{Place, Tree};
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
    checks.client_certificates(settings);
    if settings.environment == Environment::Production {
        for (index, listener) in settings.http.listeners.iter().enumerate() {
            checks.exposed_listener(settings, index, listener);
            checks.key_file(index, listener);
        }
        checks.public_origins(settings);
    }
    checks.problems
}

/// Whether browsers reach a part of `listener` encrypted and another part not.
fn is_both(settings: &Settings, listener: &Listener) -> bool {
    let encrypted: BTreeSet<bool> = settings
        .http
        .origins_of(listener)
        .map(Origin::is_encrypted)
        .collect();
    encrypted.len() > 1
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
        let place = Place::in_list(list, index, key);
        let origin = self.tree.origin(&place.steps);
        self.problems
            .push(Problem::new(origin, place.path, message));
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
            } else if listener.tls.is_none() && is_both(settings, listener) {
                let message = "are reached partly over https:// and partly over http:// by \
                               http.public_origin and http.public_origins, and a listener keeps \
                               its cookies for one of them: give them listeners of their own";
                self.add_in_list("http.listeners", index, "surfaces", message);
            } else if surfaces.len() < listener.surfaces.len() {
                let message = "names a surface twice";
                self.add_in_list("http.listeners", index, "surfaces", message);
            }
        }
    }

    /// Who is asked for a client certificate can show one, and what it says can be believed.
    fn client_certificates(&mut self, settings: &Settings) {
        let subject = settings.admin.client_certificate_subject;
        if subject.contract == subject.user {
            self.add(
                "admin.client_certificate_subject",
                "contract and user must be different attributes",
            );
        }
        let demanded = settings.admin.client_certificate == ClientCertificateRule::Required;
        let proxies = &settings.policy.rate_limit.trusted_proxies;
        for (index, listener) in settings.http.listeners.iter().enumerate() {
            let serves_admin = listener.surfaces.contains(&ServedSurface::Admin);
            if demanded && serves_admin && !listener.asks_for_certificates() {
                let message = format!(
                    "admin.client_certificate = \"required\", and nobody can show one on {}: set \
                     tls.client_ca_file, or client_certificate_header behind a proxy",
                    listener.bind.0
                );
                self.add_in_list("http.listeners", index, "surfaces", message);
            }
            if listener.client_certificate_header.is_none() {
                if listener.client_certificate_ca_file.is_some() {
                    let message = "has no effect without client_certificate_header";
                    let key = "client_certificate_ca_file";
                    self.add_in_list("http.listeners", index, key, message);
                }
                continue;
            }
            let message = if proxies.is_empty() {
                "is believed from nobody: name the proxies in policy.rate_limit.trusted_proxies"
            } else if proxies.iter().any(|network| is_open(&network.0)) {
                "would be believed from anybody, and certificates are no secrets: name the \
                 addresses of your own proxies in policy.rate_limit.trusted_proxies"
            } else {
                continue;
            };
            let key = "client_certificate_header";
            self.add_in_list("http.listeners", index, key, message);
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
        let mut surfaces = listener.surfaces.iter();
        let behind_proxy = surfaces.all(|surface| settings.http.is_encrypted(*surface));
        if listener.tls.is_none() && !behind_proxy {
            let message = format!(
                "{} without tls is refused in production: set tls here, or http.public_origin to \
                 an https:// origin if a proxy ends TLS",
                listener.bind.0
            );
            self.add_in_list("http.listeners", index, "bind", message);
        }
        // What is required is missed in any environment, above.
        let demanded = settings.admin.client_certificate == ClientCertificateRule::WhereAsked;
        let serves_admin = listener.surfaces.contains(&ServedSurface::Admin);
        if serves_admin && demanded && !listener.asks_for_certificates() {
            let message = format!(
                "the surface admin on {} needs tls.client_ca_file in production, or \
                 client_certificate_header behind a proxy, or \
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

    fn public_origins(&mut self, settings: &Settings) {
        for (path, origin) in settings.http.origins() {
            if !origin.is_encrypted() && !origin.is_loopback() {
                self.add(&path, "must be an https:// origin in production");
            }
        }
    }
}
