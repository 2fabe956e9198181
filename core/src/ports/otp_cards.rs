use async_trait::async_trait;

use super::Unavailable;
use crate::domain::Subject;
use crate::domain::paper_request::PaperLine;

/// What became of a card that was to be bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebinding {
    /// It is the user's card now, and no other is.
    Bound,
    /// There is no such card, or it is somebody else's.
    NoSuchCard,
}

/// Binds one-time-password cards to users, where they are kept. Not every place can: where none is
/// given, requests for it are refused when they are registered.
///
/// # Promises
/// - After [`Rebinding::Bound`], the codes of the user's earlier card are refused and those of the
///   new one are accepted.
/// - Binding the same card to the same user again is [`Rebinding::Bound`] and changes nothing.
/// - A card of another user is never taken from them.
#[async_trait]
pub trait OtpCards: Send + Sync {
    /// Binds the card of this serial number to the user, in the place of the one before.
    async fn rebind(&self, subject: &Subject, serial: &PaperLine)
    -> Result<Rebinding, Unavailable>;
}
