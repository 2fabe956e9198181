//! The service on the bank's server, over its API.

use async_trait::async_trait;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::IgnoredAny;
use warifu_core::Secret;
use warifu_terminal::{Failure, HandOver, Terminal, exit};
use warifu_wire::{
    CertificateFetched, Empty, LoginBody, OtpBody, RedeemBody, RetrievalPasswordReissued,
    SessionOpened,
};

use crate::client::{Answer, Client, Question};
use crate::devices;
use crate::service::{Certificate, Fault, Login, Service, Session};

/// A server.
pub(crate) struct Remote {
    pub(crate) client: Client,
    pub(crate) terminal: Terminal,
}

struct RemoteSession<'a> {
    remote: &'a Remote,
    token: SecretString,
}

#[async_trait]
impl Service for Remote {
    async fn log_in(&self, login: &Login) -> Result<Box<dyn Session + '_>, Fault> {
        let server = self.client.server();
        let device = devices::token(&server, &login.contract, &login.user);
        let question = Question {
            method: Method::POST,
            path: "/api/v1/self/sessions",
            token: None,
            device: device.as_ref(),
            body: Some(&LoginBody {
                contract_number: login.contract.clone(),
                user_id: login.user.clone(),
                login_password: login.password.clone(),
            }),
        };
        let answer = self.client.ask(question).await?;
        let body: SessionOpened<'_, IgnoredAny> =
            answer.read(&self.terminal).map_err(Fault::before)?;
        if let Some(token) = body.device_token {
            let whose = (login.contract.as_str(), login.user.as_str());
            devices::keep(&server, whose, &SecretString::from(token));
        }
        Ok(Box::new(RemoteSession {
            remote: self,
            token: SecretString::from(body.token),
        }))
    }

    async fn check(&self) -> Result<(), Failure> {
        let asked = self.client.ask::<Empty>(Question {
            method: Method::GET,
            path: "/api/v1/self/reissues",
            token: None,
            device: None,
            body: None,
        });
        match asked.await {
            // "Log in first" is what only the service itself says.
            Err(fault) if fault.failure.code() != exit::REFUSED => Err(fault.failure),
            _ => Ok(()),
        }
    }
}

impl RemoteSession<'_> {
    async fn post(&self, path: &str, body: &(impl Serialize + Sync)) -> Result<Answer, Fault> {
        let question = Question {
            method: Method::POST,
            path,
            token: Some(self.token.expose_secret()),
            device: None,
            body: Some(body),
        };
        self.remote.client.ask(question).await
    }
}

#[async_trait]
impl Session for RemoteSession<'_> {
    async fn verify_otp(&self, otp: &Secret) -> Result<(), Fault> {
        let body = OtpBody { otp: otp.clone() };
        self.post("/api/v1/self/otp", &body).await.map(|_| ())
    }

    async fn reissue(&self) -> Result<HandOver, Fault> {
        let path = "/api/v1/self/retrieval-password";
        let answer = self.post(path, &Empty {}).await?;
        let body: RetrievalPasswordReissued<'_> =
            answer.read(&self.remote.terminal).map_err(Fault::after)?;
        Ok(HandOver {
            retrieval_password: SecretString::from(body.retrieval_password),
            expires_at: body.expires_at,
            redeemable_from: body.redeemable_from,
            reissue_id: body.reissue_id,
        })
    }

    async fn redeem(&self, password: &Secret, request: String) -> Result<Certificate, Fault> {
        let body = RedeemBody {
            retrieval_password: password.clone(),
            csr: Some(request),
            pkcs12_passphrase: None,
        };
        let terminal = &self.remote.terminal;
        let answer = self.post("/api/v1/self/certificate", &body).await?;
        let other_version = || {
            let text = terminal.text("client-other-version", &[]);
            Fault::after(Failure::unexpected(text))
        };
        match answer.read(terminal).map_err(Fault::after)? {
            CertificateFetched::Pem {
                certificate,
                chain,
                serial,
                not_after,
            } => Ok(Certificate {
                own: certificate.into_owned(),
                chain: chain.into_owned(),
                serial: serial.parse().map_err(|_| other_version())?,
                not_after,
            }),
            // Nobody asked for one.
            CertificateFetched::Pkcs12 { .. } => Err(other_version()),
        }
    }

    async fn log_out(&self) {
        let asked = self.remote.client.ask::<Empty>(Question {
            method: Method::DELETE,
            path: "/api/v1/self/sessions/current",
            token: Some(self.token.expose_secret()),
            device: None,
            body: None,
        });
        let _ = asked.await;
    }
}
