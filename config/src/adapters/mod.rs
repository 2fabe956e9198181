//! The adapters that come with Warifu, each with its own settings.

mod audit;
mod authority;
mod embedded;
mod memory;
mod passwords;
mod redis;
mod staff;
mod totp;

pub(crate) use audit::{AuditFile, AuditRedis, AuditStdout};
pub(crate) use authority::{EphemeralAuthority, LocalAuthority};
pub(crate) use embedded::EmbeddedStores;
pub(crate) use memory::{MemoryStores, MemoryUsers};
pub(crate) use passwords::StoredHashes;
pub(crate) use redis::{RedisStores, RedisUsers};
pub(crate) use staff::{MemoryStaffMembers, StaffTotp, staff_of};
pub(crate) use totp::Totp;
