//! What the configuration says of the server, as the server takes it.

use std::sync::Arc;

use warifu_config::settings::{
    ClientCertificateRule, EditionSettings, Listener, ServedSurface, Settings, SiteSettings,
    TwoLanguages,
};
use warifu_config::values::{Origin, PerAddress};
use warifu_config::{Meters, looks_for_proxies};
use warifu_inbound_http as inbound;

/// What the server is told by `settings`, with the numbers of `meters` among its metrics.
pub fn http_settings(settings: &Settings, meters: Meters) -> inbound::HttpSettings {
    let (http, rate_limit) = (&settings.http, &settings.policy.rate_limit);
    inbound::HttpSettings {
        listeners: http.listeners.iter().map(listener).collect(),
        public_origin: origin(http.public_origin.as_ref()),
        public_origins: inbound::PublicOrigins {
            self_service: origin(http.public_origins.self_service.as_ref()),
            admin: origin(http.public_origins.admin.as_ref()),
            office: origin(http.public_origins.office.as_ref()),
        },
        header_timeout: http.header_timeout.get(),
        body_timeout: http.body_timeout.get(),
        idle_timeout: http.idle_timeout.get(),
        drain_delay: http.drain_delay.get(),
        shutdown_deadline: http.shutdown_deadline.get(),
        max_body_bytes: http.max_body_bytes.get() as usize,
        max_connections: http.max_connections.get() as usize,
        max_connections_per_address: http.max_connections_per_address.get() as usize,
        max_memory_of_bodies: http.max_memory_of_bodies.get() as usize,
        max_memory_of_answers: http.max_memory_of_answers.get() as usize,
        rate_limit: match rate_limit.per_address {
            PerAddress::Off => None,
            PerAddress::Limit { requests, per } => Some(inbound::RateLimit {
                burst: requests,
                per,
            }),
        },
        trusted_proxies: rate_limit.trusted_proxies.iter().map(|net| net.0).collect(),
        looks_for_proxies: looks_for_proxies(settings),
        admin_client_certificate: match settings.admin.client_certificate {
            ClientCertificateRule::WhereAsked | ClientCertificateRule::Required => {
                inbound::ClientCertificateRule::Required
            }
            ClientCertificateRule::NotRequired => inbound::ClientCertificateRule::NotRequired,
        },
        admin_certificate_subject: settings.admin.client_certificate_subject.to_mapping(),
        site: site(&settings.site),
        demo: None,
        more_metrics: vec![Arc::new(move |registry| meters.register(registry))],
    }
}

fn origin(origin: Option<&Origin>) -> Option<String> {
    origin.map(|origin| origin.as_str().to_owned())
}

fn listener(listener: &Listener) -> inbound::ListenerSettings {
    inbound::ListenerSettings {
        bind: listener.bind.0,
        surfaces: listener.surfaces.iter().copied().map(surface).collect(),
        client_certificate_header: listener.client_certificate_header.as_ref().map(|name| {
            inbound::CertificateHeaderSettings {
                name: name.0.clone(),
                authorities_file: listener.client_certificate_ca_file.clone(),
            }
        }),
        tls: listener.tls.as_ref().map(|tls| inbound::TlsSettings {
            certificate_file: tls.certificate_file.clone(),
            key_file: tls.key_file.clone(),
            client_ca_file: tls.client_ca_file.clone(),
        }),
    }
}

const fn surface(surface: ServedSurface) -> inbound::ServedSurface {
    match surface {
        ServedSurface::SelfService => inbound::ServedSurface::SelfService,
        ServedSurface::Admin => inbound::ServedSurface::Admin,
        ServedSurface::Office => inbound::ServedSurface::Office,
        ServedSurface::Est => inbound::ServedSurface::Est,
        ServedSurface::Ops => inbound::ServedSurface::Ops,
    }
}

fn site(site: &SiteSettings) -> inbound::Site {
    inbound::Site {
        service_name: local(&site.service_name),
        bank_name: local(&site.bank_name),
        help_desk_phone: site.help_desk.phone.0.clone(),
        help_desk_hours: local(&site.help_desk.hours),
        utc_offset_minutes: site.utc_offset.minutes,
        editions: site.editions.iter().map(edition).collect(),
    }
}

fn edition(edition: &EditionSettings) -> inbound::EditionSite {
    inbound::EditionSite {
        key: edition.key.0.as_str().to_owned(),
        name: local(&edition.name),
        postal_address: local(&edition.postal_address),
        processing_time: local(&edition.processing_time),
        needed_items: edition.needed_items.iter().map(local).collect(),
    }
}

fn local(text: &TwoLanguages) -> inbound::LocalText {
    inbound::LocalText::new(&*text.ja.0, &*text.en.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surface_has_one_name() {
        let configured = ServedSurface::ALL.map(|known| (known.name(), surface(known)));
        let served = inbound::ServedSurface::ALL.map(|known| (known.name(), known));
        assert_eq!(configured, served);
    }
}
