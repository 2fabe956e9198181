//! By which way a login comes: whether this browser, or a certificate, is known.

use super::base::Wiring;
use crate::Outcome;
use crate::domain::attempts::Lane;
use crate::domain::{
    BROWSER_KNOWN_FOR, BrowserMark, DeviceToken, PasswordVersion, PersonIdentity, Subject, Surface,
};

/// What is shown at a login beside what is entered.
#[derive(Default)]
pub struct ShownAtLogin {
    /// The token of an earlier login in the same browser. Any other is as good as none.
    pub device_token: Option<DeviceToken>,
    /// Whether the connection was made with the own, valid certificate of who logs in.
    pub own_certificate: bool,
}

/// Who a token is good for.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    pub(crate) surface: Surface,
    pub(crate) subject: &'a Subject,
    pub(crate) identity: Option<&'a PersonIdentity>,
    pub(crate) password: Option<&'a PasswordVersion>,
}

impl Person<'_> {
    fn mark(&self, token: &DeviceToken) -> BrowserMark {
        token.mark(self.surface, self.subject, self.identity, self.password)
    }
}

impl Wiring {
    /// By which way a login comes. Somebody that nobody knows is looked for as well.
    pub(crate) async fn lane_of(&self, who: Person<'_>, shown: &ShownAtLogin) -> Outcome<Lane> {
        if shown.own_certificate {
            return Ok(Lane::Certificate);
        }
        let Some(token) = &shown.device_token else {
            return Ok(Lane::Stranger);
        };
        let attempts = &self.ports().attempts;
        let known = attempts
            .known_browser(who.subject, &who.mark(token))
            .await?;
        Ok(known.map_or(Lane::Stranger, Lane::KnownBrowser))
    }

    /// Remembers the browser of who has just logged in, by the token that it showed or by a new one.
    /// Nothing where a certificate is what is known.
    pub(crate) async fn remember_browser(
        &self,
        who: Person<'_>,
        lane: Lane,
        shown: ShownAtLogin,
    ) -> Outcome<Option<DeviceToken>> {
        let shown = shown.device_token;
        let token = match lane {
            Lane::Certificate => return Ok(None),
            Lane::KnownBrowser(_) => shown,
            Lane::Stranger => None,
        };
        let token = token.unwrap_or_else(|| DeviceToken::generate(self.randomness()));
        let attempts = &self.ports().attempts;
        attempts
            .remember_browser(who.subject, &who.mark(&token), BROWSER_KNOWN_FOR)
            .await?;
        Ok(Some(token))
    }
}
