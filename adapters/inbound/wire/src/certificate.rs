//! Redeeming a retrieval password for a certificate.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};
use warifu_core::Secret;

use crate::entries::some_text;

/// A retrieval password, and whose key the certificate is for.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RedeemBody {
    /// 証明書取得用パスワード.
    #[serde(with = "crate::entries::secret")]
    pub retrieval_password: Secret,
    /// A certificate request in PEM, for a key of one's own.
    #[serde(
        default,
        deserialize_with = "some_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub csr: Option<String>,
    /// Protects a PKCS#12 file with a key that the server makes.
    #[serde(
        default,
        with = "crate::entries::some_secret",
        skip_serializing_if = "Option::is_none"
    )]
    pub pkcs12_passphrase: Option<Secret>,
}

impl PartialSchema for RedeemBody {
    /// Exactly one of `csr` and `pkcs12_passphrase`, which a derived schema cannot say.
    fn schema() -> RefOr<Schema> {
        let text = |description: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(description))
        };
        let with = |name: &str, choice: ObjectBuilder| {
            let password =
                text("証明書取得用パスワード. Case, width, hyphens and spaces are forgiven.")
                    .pattern(Some("^([2-9ACEFHJKMPRTWXY]{4}-?){3,6}$"));
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .property("retrieval_password", password)
                .required("retrieval_password")
                .property(name, choice)
                .required(name)
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let csr = text("A PKCS#10 certificate request in PEM, of at most 16 KiB. The key stays with its owner.")
            .max_length(Some(16 * 1024));
        let passphrase = text("Protects the PKCS#12 file with a key made by the server.")
            .min_length(Some(8))
            .max_length(Some(128));
        let choices = OneOfBuilder::new()
            .item(with("csr", csr))
            .item(with("pkcs12_passphrase", passphrase))
            .build();
        RefOr::T(Schema::OneOf(choices))
    }
}

impl ToSchema for RedeemBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "RedeemBody".into()
    }
}

/// A certificate that was fetched.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CertificateFetched<'a> {
    /// With `csr`.
    Pem {
        /// The certificate, PEM.
        #[schema(value_type = String)]
        certificate: Cow<'a, str>,
        /// Its issuer and so on up to the root, PEM.
        #[schema(value_type = String)]
        chain: Cow<'a, str>,
        /// Its serial number, upper-case hexadecimal.
        #[schema(pattern = "^[0-9A-F]+$")]
        serial: String,
        /// Until when it is valid.
        #[schema(format = DateTime)]
        not_after: String,
    },
    /// With `pkcs12_passphrase`.
    Pkcs12 {
        /// Key, certificate and chain, base64. Shown once; the key is kept nowhere.
        #[schema(format = Byte)]
        pkcs12: &'a str,
        /// Its serial number, upper-case hexadecimal.
        #[schema(pattern = "^[0-9A-F]+$")]
        serial: String,
        /// Until when it is valid.
        #[schema(format = DateTime)]
        not_after: String,
    },
}
