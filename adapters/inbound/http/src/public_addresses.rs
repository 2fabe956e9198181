//! Under which addresses browsers reach the surfaces, and which of them a listener serves itself.

use warifu_core::domain::Surface;

use crate::settings::{HttpSettings, ServedSurface};

/// The addresses of the surfaces, as one listener sees them.
#[derive(Clone, Debug)]
pub(crate) struct PublicAddresses {
    served: Vec<Surface>,
    common: Option<String>,
    self_service: Option<String>,
    admin: Option<String>,
    office: Option<String>,
}

impl PublicAddresses {
    /// Of a listener that offers `surfaces`.
    pub(crate) fn new(settings: &HttpSettings, surfaces: &[ServedSurface]) -> Self {
        let origin = |origin: Option<&str>| {
            let origin = origin?;
            Some(origin.trim_end_matches('/').to_owned())
        };
        let own = &settings.public_origins;
        Self {
            served: surfaces.iter().filter_map(|one| with_pages(*one)).collect(),
            common: origin(settings.public_origin.as_deref()),
            self_service: origin(own.self_service.as_deref()),
            admin: origin(own.admin.as_deref()),
            office: origin(own.office.as_deref()),
        }
    }

    /// Whether the listener serves `surface` itself.
    pub(crate) fn serves(&self, surface: Surface) -> bool {
        self.served.contains(&surface)
    }

    /// Whether it serves pages at all. What nobody logs in for is there as well, then.
    pub(crate) fn has_pages(&self) -> bool {
        !self.served.is_empty()
    }

    /// `scheme://host[:port]` under which browsers reach `surface`, where that is known.
    pub(crate) fn origin_of(&self, surface: Surface) -> Option<&str> {
        let own = match surface {
            Surface::SelfService => &self.self_service,
            Surface::Admin => &self.admin,
            Surface::Office => &self.office,
        };
        own.as_deref().or(self.common.as_deref())
    }

    /// Where a link from a page of this listener to `path` of `surface` goes; nowhere where nobody knows
    /// the address.
    pub(crate) fn link(&self, surface: Surface, path: &str) -> Option<String> {
        if self.serves(surface) {
            return Some(path.to_owned());
        }
        let origin = self.origin_of(surface)?;
        Some(format!("{origin}{path}"))
    }

    /// The origins of the listener's own pages, where they are known for all that belongs to `surface`;
    /// nothing where only the browser can say under which name it came.
    pub(crate) fn own_origins(&self, surface: Option<Surface>) -> Option<Vec<&str>> {
        let own = match surface {
            Some(surface) => self.origin_of(surface)?,
            None => self.common.as_deref()?,
        };
        // Links between surfaces of one listener are relative, and so are their forms.
        let served = self.served.iter();
        let origins = served.filter_map(|surface| self.origin_of(*surface));
        Some(std::iter::once(own).chain(origins).collect())
    }

    /// Whether browsers reach the listener over TLS, as far as addresses tell.
    pub(crate) fn is_encrypted(&self) -> bool {
        let is_encrypted = |origin: &str| origin.starts_with("https://");
        if self.served.is_empty() {
            return self.common.as_deref().is_some_and(is_encrypted);
        }
        let mut served = self.served.iter();
        served.any(|surface| self.origin_of(*surface).is_some_and(is_encrypted))
    }
}

const fn with_pages(surface: ServedSurface) -> Option<Surface> {
    match surface {
        ServedSurface::SelfService => Some(Surface::SelfService),
        ServedSurface::Admin => Some(Surface::Admin),
        ServedSurface::Office => Some(Surface::Office),
        ServedSurface::Est | ServedSurface::Ops => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::PublicOrigins;

    const COMMON: &str = "https://certificate.bank.example";
    const ADMIN: &str = "https://administration.bank.example";

    fn addresses(
        common: Option<&str>,
        admin: Option<&str>,
        surfaces: &[ServedSurface],
    ) -> PublicAddresses {
        let settings = HttpSettings {
            public_origin: common.map(str::to_owned),
            public_origins: PublicOrigins {
                admin: admin.map(str::to_owned),
                ..PublicOrigins::default()
            },
            ..HttpSettings::default()
        };
        PublicAddresses::new(&settings, surfaces)
    }

    #[test]
    fn a_link_stays_relative_where_its_surface_is_served() {
        let both = [ServedSurface::SelfService, ServedSurface::Admin];
        let here = addresses(Some(COMMON), Some(ADMIN), &both);
        assert_eq!(
            here.link(Surface::Admin, "/admin"),
            Some("/admin".to_owned())
        );
        let alone = addresses(None, None, &both);
        assert_eq!(
            alone.link(Surface::SelfService, "/cert"),
            Some("/cert".to_owned())
        );
    }

    #[test]
    fn a_link_to_another_surface_goes_to_its_own_address_or_to_that_of_all() {
        let self_service = [ServedSurface::SelfService];
        let own = addresses(
            Some(COMMON),
            Some("https://administration.bank.example/"),
            &self_service,
        );
        assert_eq!(
            own.link(Surface::Admin, "/admin"),
            Some(format!("{ADMIN}/admin"))
        );
        assert_eq!(
            own.link(Surface::Office, "/office"),
            Some(format!("{COMMON}/office"))
        );
        let unknown = addresses(None, Some(ADMIN), &self_service);
        assert_eq!(unknown.link(Surface::Office, "/office"), None);
    }

    #[test]
    fn the_origin_of_a_listener_is_that_of_what_it_serves() {
        let admin = addresses(Some(COMMON), Some(ADMIN), &[ServedSurface::Admin]);
        let own = admin.own_origins(Some(Surface::Admin)).unwrap();
        assert!(own.contains(&ADMIN) && !own.contains(&COMMON));
        let self_service = addresses(Some(COMMON), Some(ADMIN), &[ServedSurface::SelfService]);
        let own = self_service
            .own_origins(Some(Surface::SelfService))
            .unwrap();
        assert!(own.contains(&COMMON) && !own.contains(&ADMIN));
        let partly = addresses(None, Some(ADMIN), &[ServedSurface::SelfService]);
        assert_eq!(partly.own_origins(Some(Surface::SelfService)), None);
        assert_eq!(partly.own_origins(None), None);
    }

    #[test]
    fn cookies_are_for_tls_where_what_is_served_is_reached_over_it() {
        let plain = "http://localhost:8080";
        let admin = |common| addresses(common, Some(ADMIN), &[ServedSurface::Admin]);
        assert!(admin(None).is_encrypted() && admin(Some(plain)).is_encrypted());
        let self_service = |common| addresses(common, Some(ADMIN), &[ServedSurface::SelfService]);
        assert!(self_service(Some(COMMON)).is_encrypted());
        assert!(!self_service(Some(plain)).is_encrypted() && !self_service(None).is_encrypted());
        let ops = addresses(Some(COMMON), None, &[ServedSurface::Ops]);
        assert!(ops.is_encrypted() && !ops.has_pages());
    }
}
