use warifu_core::domain::{Session, SessionId};

use crate::expiring::Expiring;

pub(crate) struct Sessions(pub(crate) Expiring<SessionId, Session>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Expiring::new(|session| session.expires_at))
    }
}
