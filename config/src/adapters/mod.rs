//! The adapters that come with Warifu and have their settings here.

#[cfg(feature = "http-otp")]
mod http_otp;
#[cfg(feature = "http-otp")]
mod http_passwords;
#[cfg(feature = "http-otp")]
mod http_provider;
#[cfg(feature = "ldap")]
mod ldap;
mod passwords;
#[cfg(feature = "radius-otp")]
mod radius;

#[cfg(feature = "http-otp")]
pub(crate) use http_otp::HttpOtp;
#[cfg(feature = "http-otp")]
pub(crate) use http_passwords::HttpPasswords;
#[cfg(feature = "ldap")]
pub(crate) use ldap::{LdapBind, LdapUsers};
pub(crate) use passwords::StoredHashes;
#[cfg(feature = "radius-otp")]
pub(crate) use radius::RadiusOtp;
