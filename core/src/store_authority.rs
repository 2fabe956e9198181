//! Whether the certificate authority is the one that the store was used with. Certificates of two
//! authorities in one register could neither be told apart nor revoked by one list.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::ports::{CertificateAuthority, StoreFact, StoreFacts, Unavailable};

/// Why an authority is not used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AuthorityRefusal {
    /// The store was used with another one.
    #[error(
        "is another authority (SHA-256 {found}) than the one that the password store was used with \
         ({kept}): use that one, or accept the change with `warifu-admin store adopt`"
    )]
    Another {
        /// What the store knows.
        kept: String,
        /// What is configured.
        found: String,
    },
    /// The store cannot answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What an authority is recognised by: the SHA-256 of its certificate. Nothing where it cannot answer,
/// or with no certificate.
pub async fn authority_fingerprint(authority: &dyn CertificateAuthority) -> Option<String> {
    match authority.trust_anchors().await {
        Ok(pem) => fingerprint(&pem),
        Err(unavailable) => {
            tracing::warn!(reason = %unavailable.reason, "the authority could not be recognised");
            None
        }
    }
}

/// Accepts the authority that the store was used with. `keep`: where the store knows none yet, it is
/// used with this one from now on.
pub async fn recognise_authority(
    facts: &dyn StoreFacts,
    found: String,
    keep: bool,
) -> Result<(), AuthorityRefusal> {
    let kept = if keep {
        facts.keep_fact(StoreFact::Authority, &found).await?
    } else {
        let kept = facts.fact(StoreFact::Authority).await?;
        kept.unwrap_or_else(|| found.clone())
    };
    if kept == found {
        Ok(())
    } else {
        Err(AuthorityRefusal::Another { kept, found })
    }
}

/// Of the first certificate in a PEM text.
fn fingerprint(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let base64: String = body.split_whitespace().collect();
    let der = BASE64.decode(base64.as_bytes()).ok()?;
    Some(HEXLOWER.encode(&Sha256::digest(der)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_recognised_by_its_own_certificate() {
        let pem = |body: &str| {
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
        };
        let of = |text: &str| HEXLOWER.encode(&Sha256::digest(text));
        let chain = pem("b25\nl") + &pem("dHdv");
        assert_eq!(fingerprint(&chain), Some(of("one")));
        assert_eq!(fingerprint("nothing"), None);
        assert_eq!(fingerprint(&pem("!")), None);
    }
}
