use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_core::domain::UserId;
use warifu_core::ports::PasswordCheck;
use warifu_http_otp::{HttpPasswordSettings, HttpPasswordVerifier};

use super::http_provider::{
    DemandSettings, IdleConnections, Reach, RefusedStatus, RequestSettings, Timeout,
};
use warifu_adapter_kit::{Adapter, AdapterError, PasswordCheckContext};

/// Who is asked about where there is no user, unless somebody else is set.
const DECOY_USER: &str = "warifu-decoy";

/// Login or transaction passwords checked by a provider that speaks HTTP.
pub(crate) struct HttpPasswords;

/// Settings of [`HttpPasswords`].
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HttpPasswordsSettings {
    /// Where passwords are sent by POST: `https://…`, or `http://…` on this machine.
    url: Option<String>,
    /// What is sent, with the place `{password}`.
    request: Option<RequestSettings>,
    /// What an answer must have to be believed at all.
    required: Option<Vec<DemandSettings>>,
    /// What says that the password is right.
    accepted: Option<DemandSettings>,
    /// What says that it is wrong, or that there is no such user. Where it is not set: another
    /// value of the same type where the acceptance would stand. Everything else is no verdict.
    refused: Option<DemandSettings>,
    /// Statuses besides 200 with which `refused` may come, such as `[401]`.
    refused_statuses: Vec<RefusedStatus>,
    /// Where it is no acceptance: what makes it neither that nor a refusal. Nothing is counted
    /// then, and the user is asked to try again later.
    undecided: Option<Vec<DemandSettings>>,
    /// Headers besides the usual ones. No secrets here: others see this file.
    headers: BTreeMap<String, String>,
    /// A file with a token that is sent in the header `Authorization`, after `Bearer`.
    token_file: Option<PathBuf>,
    /// Another header for the token, such as `X-Api-Key`. It stands there alone.
    token_header: Option<String>,
    /// The authorities of the provider's certificate, in PEM; else those of the operating system.
    ca_file: Option<PathBuf>,
    /// A certificate to show to the provider, in PEM.
    client_certificate_file: Option<PathBuf>,
    /// Its key, in PEM.
    client_key_file: Option<PathBuf>,
    /// The whole exchange takes no longer: from `100ms` to `60s`; `3s` where it is not set.
    timeout: Option<Timeout>,
    /// How many connections are kept open while nobody needs them; 8 where it is not set.
    idle_connections: Option<IdleConnections>,
    /// A user ID that no user has, `warifu-decoy` where it is not set: the provider is asked about
    /// it where there is no user, so that refusing takes as long. Best an account with a password
    /// that nobody knows.
    decoy_user: Option<String>,
}

impl HttpPasswordsSettings {
    fn reach(&self) -> Reach<'_> {
        Reach {
            url: &self.url,
            preset: None,
            request: &self.request,
            required: &self.required,
            accepted: &self.accepted,
            refused: &self.refused,
            refused_statuses: &self.refused_statuses,
            undecided: &self.undecided,
            headers: &self.headers,
            token_file: &self.token_file,
            token_header: &self.token_header,
            ca_file: &self.ca_file,
            client_certificate_file: &self.client_certificate_file,
            client_key_file: &self.client_key_file,
            timeout: self.timeout,
            idle_connections: self.idle_connections,
        }
    }

    fn read(&self) -> Result<HttpPasswordSettings, AdapterError> {
        let decoy = self.decoy_user.as_deref().unwrap_or(DECOY_USER);
        let decoy_user: UserId = decoy
            .parse()
            .map_err(|_| AdapterError::setting("decoy_user", "must be what a user ID can be"))?;
        Ok(HttpPasswordSettings {
            provider: self.reach().provider()?,
            decoy_user,
        })
    }
}

#[async_trait]
impl Adapter for HttpPasswords {
    type Port = PasswordCheck;
    type Settings = HttpPasswordsSettings;

    async fn build(
        &self,
        settings: &HttpPasswordsSettings,
        context: &PasswordCheckContext,
    ) -> Result<PasswordCheck, AdapterError> {
        let timeout = settings.reach().timeout()?;
        let verifier = HttpPasswordVerifier::new(settings.read()?, context.section)
            .map_err(|error| AdapterError::setting(error.key, error.message))?;
        Ok(context.guarded("http", timeout, Arc::new(verifier)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn built(more: &Value) -> Result<(), String> {
        let mut settings = json!({
            "url": "https://passwords.bank.example/check",
            "request": {
                "encoding": "json",
                "fields": { "who": ["{contract}", "{user}"], "password": "{password}" },
            },
            "accepted": { "pointer": "/right", "equals": true },
        });
        for (key, value) in more.as_object().expect("an object") {
            settings[key] = value.clone();
        }
        let settings: HttpPasswordsSettings =
            serde_json::from_value(settings).map_err(|error| error.to_string())?;
        let read = settings.read().map_err(|error| error.to_string())?;
        HttpPasswordVerifier::new(read, "login_verifier")
            .map(drop)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn each_refusal_names_the_setting_and_what_to_do() {
        assert_eq!(built(&json!({})), Ok(()));
        let form =
            json!({ "encoding": "form", "fields": { "u": "{contract}-{user}", "p": "{otp}" } });
        for (given, words) in [
            (
                json!({ "request": form }),
                "{contract}, {user} and {password}",
            ),
            (json!({ "decoy_user": "two words" }), "decoy_user: must be"),
            (json!({ "preset": "privacyidea" }), "unknown field"),
            (json!({ "refused_statuses": [500] }), "499"),
            (json!({ "url": null }), "url: is missing"),
        ] {
            let refused = built(&given).expect_err("it is refused");
            assert!(refused.contains(words), "{refused}");
        }
    }
}
