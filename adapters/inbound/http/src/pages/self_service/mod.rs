//! The pages of who gets a certificate.

pub(super) mod reissue;
pub(super) mod reissues;
pub(super) mod retrieve;
pub(super) mod retrieved;
