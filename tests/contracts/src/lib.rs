//! Conformance suites: one a port, run on every adapter.
//!
//! A suite is a macro that takes a way to make a fresh adapter and tries every promise that the
//! port's documentation makes, each as a test of its own. A bank that writes its own adapter
//! depends on this crate and calls the same suites:
//!
//! ```text
//! mod acme {
//!     warifu_contracts::attempt_store_conformance!(super::make_acme_store);
//! }
//! ```

pub mod attempt_store;
pub mod audit_line_store;
pub mod audit_log;
pub mod back_end;
pub mod broken;
pub mod case;
pub mod certificate_authority;
pub mod certificate_register;
pub mod client_keys;
pub mod late_audit_log;
pub mod once_store;
pub mod one_time_password_tokens;
mod openssl;
pub mod otp_cards;
pub mod otp_step_store;
pub mod otp_verifier;
pub mod paper_request_store;
pub mod password_hasher;
pub mod password_verifier;
pub mod quota_store;
pub mod remote_otp_verifier;
pub mod retrieval_password_store;
pub mod samples;
pub mod session_store;
pub mod staff_directory;
pub mod store_facts;
pub mod store_servers;
pub mod user_directory;
pub mod user_import;

pub use case::{Case, CaseResult, Failure, Fixture, StoreClock};

/// Every suite of a store that implements all store ports, as a module of tests named after the
/// adapter: one line an adapter. `make` is an asynchronous function, by its path from the crate's
/// root, that gives a [`Fixture`] with a fresh store.
#[macro_export]
macro_rules! store_conformance {
    ($adapter:ident, $make:path) => {
        mod $adapter {
            $crate::store_conformance!(@ $make, attempt_store, AttemptStore,
                attempt_store_conformance);
            $crate::store_conformance!(@ $make, certificate_register, CertificateRegister,
                certificate_register_conformance);
            $crate::store_conformance!(@ $make, once_store, OnceStore, once_store_conformance);
            $crate::store_conformance!(@ $make, otp_step_store, OtpStepStore,
                otp_step_store_conformance);
            $crate::store_conformance!(@ $make, paper_request_store, PaperRequestStore,
                paper_request_store_conformance);
            $crate::store_conformance!(@ $make, quota_store, QuotaStore, quota_store_conformance);
            $crate::store_conformance!(@ $make, retrieval_password_store, RetrievalPasswordStore,
                retrieval_password_store_conformance);
            $crate::store_conformance!(@ $make, session_store, SessionStore,
                session_store_conformance);
            $crate::store_conformance!(@ $make, store_facts, StoreFacts, store_facts_conformance);
        }
    };
    (@ $make:path, $suite:ident, $port:ident, $conformance:ident) => {
        mod $suite {
            async fn fixture() -> $crate::Fixture<dyn $crate::ports::$port> {
                let $crate::Fixture { port, clock } = $make().await;
                $crate::Fixture { port, clock }
            }

            $crate::$conformance!(fixture);
        }
    };
}

#[doc(hidden)]
pub use warifu_core::ports;
