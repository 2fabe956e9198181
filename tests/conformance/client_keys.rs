//! The adapters of the clients' keys.

use std::sync::Arc;

use warifu_core::ports::ClientKeys;
use warifu_x509::X509ClientKeys;

async fn x509() -> Arc<dyn ClientKeys> {
    Arc::new(X509ClientKeys)
}

warifu_contracts::client_keys_conformance!(x509);
