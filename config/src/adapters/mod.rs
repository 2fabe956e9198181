//! The adapters that come with Warifu, each with its own settings.

mod audit;
mod authority;
mod embedded;
mod http_otp;
mod ldap;
mod memory;
mod passwords;
mod radius;
mod redis;
mod staff;
mod totp;

pub(crate) use audit::{AuditFile, AuditStdout};
pub(crate) use authority::{EphemeralAuthority, LocalAuthority};
pub(crate) use embedded::EmbeddedStores;
pub(crate) use http_otp::HttpOtp;
pub(crate) use ldap::{LdapBind, LdapUsers};
pub(crate) use memory::{MemoryStores, MemoryUsers};
pub(crate) use passwords::StoredHashes;
pub(crate) use radius::RadiusOtp;
pub(crate) use redis::{RedisStores, RedisUsers};
pub(crate) use staff::{MemoryStaffMembers, StaffTotp, staff_of};
pub(crate) use totp::Totp;
