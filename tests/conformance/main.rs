//! Every adapter keeps every promise of its port: one line an adapter, one test a promise.
//!
//! `WARIFU_TESTS=all` repeats what depends on scheduling many more times.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]
#![expect(
    clippy::unused_async,
    reason = "suites await their adapters: one in memory is ready at once, one over a network is not"
)]

mod audit_log;
mod broken;
mod cards;
mod certificate_authority;
mod client_keys;
mod embedded;
mod http_otp;
mod http_passwords;
mod late_audit_log;
mod ldap;
mod memory;
mod password_hasher;
mod radius;
mod redis;
mod retrieval_record;
mod stored_hashes;
mod totp;

warifu_contracts::store_conformance!(memory_store, crate::memory::store);
warifu_contracts::store_conformance!(embedded_store, crate::embedded::store);
warifu_contracts::store_conformance!(redis_store, crate::redis::store);

mod memory_directory {
    warifu_contracts::user_directory_conformance!(crate::memory::directory);
}

mod users_file_cards {
    warifu_contracts::otp_cards_conformance!(crate::cards::users_file);
}

mod memory_staff {
    warifu_contracts::staff_directory_conformance!(crate::memory::staff);
}

mod ldap_directory {
    warifu_contracts::user_directory_conformance!(crate::ldap::flat);
}

mod ldap_directory_with_branches {
    warifu_contracts::user_directory_conformance!(crate::ldap::branched);
}

mod ldap_passwords {
    warifu_contracts::password_verifier_conformance!(crate::ldap::passwords);
}

mod http_passwords_verifier {
    warifu_contracts::password_verifier_conformance!(crate::http_passwords::passwords);
}

mod redis_audit_lines {
    warifu_contracts::audit_line_store_conformance!(crate::redis::audit_lines);
}

mod late_file {
    warifu_contracts::late_audit_log_conformance!(crate::late_audit_log::file);
}

mod late_redis {
    warifu_contracts::late_audit_log_conformance!(crate::late_audit_log::redis);
}

mod redis_audit_log {
    warifu_contracts::audit_log_conformance!(crate::redis::audit_log);
}

mod redis_servers {
    warifu_contracts::store_servers_conformance!(crate::redis::servers);
}

mod redis_directory {
    warifu_contracts::user_directory_conformance!(crate::redis::directory);
}

mod redis_import {
    warifu_contracts::user_import_conformance!(crate::redis::import);
}

mod redis_tokens {
    warifu_contracts::one_time_password_tokens_conformance!(crate::redis::tokens);
}

mod memory_tokens {
    warifu_contracts::one_time_password_tokens_conformance!(crate::memory::tokens);
}

mod radius_verifier {
    warifu_contracts::otp_verifier_conformance!(crate::radius::verifier);
}

mod http_otp_verifier {
    warifu_contracts::otp_verifier_conformance!(crate::http_otp::verifier);
}

mod http_otp_back_end {
    warifu_contracts::remote_otp_verifier_conformance!(crate::http_otp::with_back_end);
}

mod totp_verifier {
    warifu_contracts::otp_verifier_conformance!(crate::totp::verifier);
}
