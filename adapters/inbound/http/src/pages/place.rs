//! Places of the service that pages lead to, whatever surface they are on. A template writes only
//! addresses of its own surface, and of what every listener with pages serves. Any other place may be
//! at another address, or at one that nobody knows: it is a [`Place`], and is rendered as a link that
//! answers, or as words.

use std::borrow::Cow;

use warifu_core::domain::Surface;

use super::frame::Frame;
use crate::public_addresses::PublicAddresses;

/// A page that people can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Nothing for what every listener with pages serves.
    surface: Option<Surface>,
    path: Cow<'static, str>,
    /// The text that calls it.
    name: &'static str,
}

/// A place as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlaceLink {
    /// Nothing where no address is known.
    pub(super) href: Option<String>,
    pub(super) label: String,
    pub(super) class: &'static str,
}

impl Place {
    pub(super) const HOME: Self = Self::everywhere("/", "frame-home");
    pub(super) const LOGIN_HELP: Self = Self::everywhere("/help/login", "login-trouble");
    pub(super) const REISSUE_HELP: Self = Self::everywhere("/help/reissue", "error-to-help");
    pub(super) const FORMS: Self = Self::everywhere("/forms", "error-to-forms");

    /// 電子証明書取得, for who is not logged in there.
    pub(super) const RETRIEVAL_LOGIN: Self =
        Self::on(Surface::SelfService, "/cert/login", "home-retrieve");
    /// The same, on to the one-time password.
    pub(super) const OWN_REISSUE_LOGIN: Self = Self::on(
        Surface::SelfService,
        "/cert/login?next=otp",
        "home-retrieve",
    );
    pub(super) const RETRIEVAL: Self =
        Self::on(Surface::SelfService, "/cert", "frame-menu-retrieve");
    pub(super) const OWN_REISSUE: Self =
        Self::on(Surface::SelfService, "/cert/reissue", "retrieve-reissue");
    pub(super) const OTP: Self = Self::on(Surface::SelfService, "/cert/reissue", "otp-title");
    pub(super) const OTP_AGAIN: Self =
        Self::on(Surface::SelfService, "/cert/reissue", "error-try-again");

    pub(super) const ADMIN_LOGIN: Self = Self::on(Surface::Admin, "/admin/login", "home-log-in");
    pub(super) const TOP: Self = Self::on(Surface::Admin, "/admin", "issued-to-top");
    pub(super) const SELECTION: Self = Self::on(
        Surface::Admin,
        "/admin/users/cert-password",
        "error-to-users",
    );

    pub(super) const OFFICE_LOGIN: Self = Self::on(Surface::Office, "/office/login", "home-office");
    pub(super) const REQUESTS: Self =
        Self::on(Surface::Office, "/office/requests", "office-to-list");

    const fn everywhere(path: &'static str, name: &'static str) -> Self {
        Self {
            surface: None,
            path: Cow::Borrowed(path),
            name,
        }
    }

    const fn on(surface: Surface, path: &'static str, name: &'static str) -> Self {
        Self {
            surface: Some(surface),
            path: Cow::Borrowed(path),
            name,
        }
    }

    /// The forms of one edition.
    pub(super) fn forms_of(edition: &str) -> Self {
        Self {
            path: format!("/forms/{edition}").into(),
            ..Self::FORMS
        }
    }

    /// A request on paper.
    pub(super) fn request(number: impl std::fmt::Display) -> Self {
        Self {
            surface: Some(Surface::Office),
            path: format!("/office/requests/{number}").into(),
            name: "office-notice-back",
        }
    }

    /// What a page of a listener links to.
    fn address(&self, addresses: &PublicAddresses) -> Option<String> {
        match self.surface {
            Some(surface) => addresses.link(surface, &self.path),
            None => Some(self.path.to_string()),
        }
    }
}

impl Frame {
    /// `place` as this page shows it.
    pub(super) fn place(&self, place: &Place) -> PlaceLink {
        self.placed(place, "")
    }

    fn placed(&self, place: &Place, class: &'static str) -> PlaceLink {
        PlaceLink {
            href: place.address(&self.addresses),
            label: self.t(place.name),
            class,
        }
    }

    /// 電子証明書取得, in a text.
    pub(super) fn to_retrieval(&self) -> PlaceLink {
        self.place(&Place::RETRIEVAL_LOGIN)
    }

    /// The administrators' entry, in a text.
    pub(super) fn to_admin_login(&self) -> PlaceLink {
        self.place(&Place::ADMIN_LOGIN)
    }

    /// The staff's entry, in a text.
    pub(super) fn to_office_login(&self) -> PlaceLink {
        self.place(&Place::OFFICE_LOGIN)
    }

    /// 電子証明書取得, as an entry of the home page.
    pub(super) fn retrieval_entry(&self) -> PlaceLink {
        self.placed(&Place::RETRIEVAL_LOGIN, "entry__link")
    }

    /// The administrators' entry, as one of the home page.
    pub(super) fn admin_entry(&self) -> PlaceLink {
        self.placed(&Place::ADMIN_LOGIN, "entry__link")
    }

    /// The staff's entry, as one of the home page.
    pub(super) fn office_entry(&self) -> PlaceLink {
        self.placed(&Place::OFFICE_LOGIN, "entry__link")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{HttpSettings, PublicOrigins, ServedSurface};

    fn shown(place: &Place, surface: ServedSurface, admin: Option<&str>) -> Option<String> {
        let settings = HttpSettings {
            public_origins: PublicOrigins {
                admin: admin.map(str::to_owned),
                ..PublicOrigins::default()
            },
            ..HttpSettings::default()
        };
        place.address(&PublicAddresses::new(&settings, &[surface]))
    }

    #[test]
    fn a_place_is_a_link_here_a_link_elsewhere_or_words() {
        let admin = "https://administration.bank.example";
        for (surface, origin, href) in [
            (ServedSurface::Admin, Some(admin), Some("/admin/login")),
            (ServedSurface::Admin, None, Some("/admin/login")),
            (ServedSurface::SelfService, None, None),
        ] {
            let address = shown(&Place::ADMIN_LOGIN, surface, origin);
            assert_eq!(address.as_deref(), href);
        }
        let elsewhere = shown(&Place::ADMIN_LOGIN, ServedSurface::SelfService, Some(admin));
        assert_eq!(elsewhere, Some(format!("{admin}/admin/login")));
    }

    #[test]
    fn what_nobody_logs_in_for_is_on_every_listener() {
        for place in [
            Place::HOME,
            Place::FORMS,
            Place::LOGIN_HELP,
            Place::REISSUE_HELP,
            Place::forms_of("light"),
        ] {
            let address = shown(&place, ServedSurface::Office, None).unwrap();
            assert!(address.starts_with('/'), "{address}");
        }
    }
}
