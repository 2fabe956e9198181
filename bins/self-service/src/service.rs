//! The service, wherever it runs: on the bank's server, or in this process for development.

use http::Method;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::IgnoredAny;
use warifu_config::Assembled;
use warifu_core::customers::{KeyChoice, LoginForm, Redeemed, UserSession};
use warifu_core::domain::{SerialNumber, Surface};
use warifu_core::{Refusal, RequestContext, Secret, UseCases};
use warifu_terminal::{Failure, HandOver, Terminal};
use warifu_wire::{
    CertificateFetched, Empty, LoginBody, OtpBody, RedeemBody, RetrievalPasswordReissued,
    SessionOpened, explain,
};

use crate::client::{Answer, Client, Fault, Question};

/// Who logs in.
pub(crate) struct Login {
    pub(crate) contract: String,
    pub(crate) user: String,
    pub(crate) password: Secret,
}

/// A fetched certificate.
pub(crate) struct Certificate {
    /// PEM.
    pub(crate) own: String,
    /// PEM, up to the root.
    pub(crate) chain: String,
    pub(crate) serial: SerialNumber,
    pub(crate) not_after: String,
}

/// Where the service is.
pub(crate) enum Service {
    Remote(Client, Terminal),
    InProcess(Box<UseCases>, Terminal),
}

/// A session at the service.
pub(crate) struct Session<'a> {
    service: &'a Service,
    token: SecretString,
}

impl Service {
    /// The use cases in this process.
    pub(crate) fn in_process(assembled: Assembled, terminal: &Terminal) -> Self {
        Self::InProcess(Box::new(assembled.use_cases), terminal.clone())
    }

    /// Logs in.
    pub(crate) async fn log_in(&self, login: &Login) -> Result<Session<'_>, Fault> {
        let token = match self {
            Self::Remote(client, terminal) => {
                let answer = client
                    .ask(Question {
                        method: Method::POST,
                        path: "/api/v1/self/sessions",
                        token: None,
                        body: Some(&LoginBody {
                            contract_number: login.contract.clone(),
                            user_id: login.user.clone(),
                            login_password: login.password.clone(),
                        }),
                    })
                    .await?;
                let body: SessionOpened<'_, IgnoredAny> =
                    answer.read(terminal).map_err(not_done)?;
                SecretString::from(body.token)
            }
            Self::InProcess(use_cases, _) => {
                let form = LoginForm {
                    contract_number: login.contract.clone(),
                    user_id: login.user.clone(),
                    login_password: login.password.clone(),
                };
                let context = context(use_cases);
                let customers = &use_cases.customers;
                let logged_in = customers.log_in(context, Surface::SelfService, form).await;
                let logged_in = logged_in.map_err(|refusal| self.refused(context, refusal))?;
                SecretString::from(logged_in.token.expose())
            }
        };
        Ok(Session {
            service: self,
            token,
        })
    }

    /// Whether the service answers as one of this version does.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Remote(client, _) => {
                let asked = client.ask::<Empty>(Question {
                    method: Method::GET,
                    path: "/api/v1/self/reissues",
                    token: None,
                    body: None,
                });
                match asked.await {
                    // "Log in first" is what only the service itself says.
                    Err(fault) if fault.failure.code() != warifu_terminal::exit::REFUSED => {
                        Err(fault.failure)
                    }
                    _ => Ok(()),
                }
            }
            Self::InProcess(use_cases, terminal) => {
                let failing = use_cases.health.failing().await;
                if failing.is_empty() {
                    return Ok(());
                }
                Err(Failure::new(
                    warifu_terminal::exit::UNAVAILABLE,
                    terminal.text("check-unavailable", &[("sections", &failing.join(", "))]),
                ))
            }
        }
    }

    fn refused(&self, context: RequestContext, refusal: Refusal) -> Fault {
        let (Self::InProcess(_, terminal) | Self::Remote(_, terminal)) = self;
        let lengths = match self {
            Self::InProcess(use_cases, _) => use_cases.service.otp_code_lengths(),
            Self::Remote(..) => warifu_core::domain::CodeLengths::new([]),
        };
        // Customers are told of durations only, which are the same in every time zone.
        let told = explain(refusal, terminal.locale(), 0, context.request_id, &lengths);
        let entries = told.fields.into_iter().map(|(_, detail)| detail).collect();
        Fault {
            failure: Failure::answered(told.status, told.detail, entries),
            may_be_done: told.status >= 500,
        }
    }
}

impl Session<'_> {
    /// Enters a one-time password, for one reissue.
    pub(crate) async fn verify_otp(&self, otp: &Secret) -> Result<(), Fault> {
        match self.service {
            Service::Remote(client, _) => {
                let body = OtpBody { otp: otp.clone() };
                self.post(client, "/api/v1/self/otp", &body).await?;
            }
            Service::InProcess(use_cases, _) => {
                let (context, session) = self.session(use_cases).await?;
                let verified = session.verify_otp(otp.clone()).await;
                verified.map_err(|refusal| self.service.refused(context, refusal))?;
            }
        }
        Ok(())
    }

    /// Reissues one's own retrieval password.
    pub(crate) async fn reissue(&self) -> Result<HandOver, Fault> {
        match self.service {
            Service::Remote(client, terminal) => {
                let path = "/api/v1/self/retrieval-password";
                let answer = self.post(client, path, &Empty {}).await?;
                let body: RetrievalPasswordReissued<'_> = answer.read(terminal).map_err(done)?;
                Ok(HandOver {
                    retrieval_password: SecretString::from(body.retrieval_password),
                    expires_at: body.expires_at,
                    redeemable_from: body.redeemable_from,
                    reissue_id: body.reissue_id,
                })
            }
            Service::InProcess(use_cases, _) => {
                let (context, session) = self.session(use_cases).await?;
                let reissued = session.reissue_for_oneself(None).await;
                let reissued =
                    reissued.map_err(|refusal| self.service.refused(context, refusal))?;
                Ok(HandOver {
                    retrieval_password: reissued.retrieval_password.expose_display(),
                    expires_at: reissued.expires_at.to_string(),
                    redeemable_from: reissued.redeemable_from.to_string(),
                    reissue_id: reissued.reissue_id.to_string(),
                })
            }
        }
    }

    /// Redeems a retrieval password for a certificate of the key of `request`.
    pub(crate) async fn redeem(
        &self,
        password: &Secret,
        request: String,
    ) -> Result<Certificate, Fault> {
        match self.service {
            Service::Remote(client, terminal) => {
                let body = RedeemBody {
                    retrieval_password: password.clone(),
                    csr: Some(request),
                    pkcs12_passphrase: None,
                };
                let answer = self.post(client, "/api/v1/self/certificate", &body).await?;
                let other_version = || {
                    let text = terminal.text("client-other-version", &[]);
                    done(Failure::unexpected(text))
                };
                match answer.read(terminal).map_err(done)? {
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
            Service::InProcess(use_cases, _) => {
                let (context, session) = self.session(use_cases).await?;
                let key = KeyChoice::Csr(request);
                let redeemed = session.redeem(password.clone(), key).await;
                let Redeemed { certificate, .. } =
                    redeemed.map_err(|refusal| self.service.refused(context, refusal))?;
                Ok(Certificate {
                    own: certificate.certificate,
                    chain: certificate.chain,
                    serial: certificate.serial,
                    not_after: certificate.not_after.to_string(),
                })
            }
        }
    }

    /// Ends the session. It would end by itself, so that a failure is not told.
    pub(crate) async fn log_out(self) {
        match self.service {
            Service::Remote(client, _) => {
                let asked = client.ask::<Empty>(Question {
                    method: Method::DELETE,
                    path: "/api/v1/self/sessions/current",
                    token: Some(secrecy::ExposeSecret::expose_secret(&self.token)),
                    body: None,
                });
                let _ = asked.await;
            }
            Service::InProcess(use_cases, _) => {
                if let Ok((_, session)) = self.session(use_cases).await {
                    let _ = session.log_out().await;
                }
            }
        }
    }

    async fn post(
        &self,
        client: &Client,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Answer, Fault> {
        client
            .ask(Question {
                method: Method::POST,
                path,
                token: Some(secrecy::ExposeSecret::expose_secret(&self.token)),
                body: Some(body),
            })
            .await
    }

    async fn session(&self, use_cases: &UseCases) -> Result<(RequestContext, UserSession), Fault> {
        let context = context(use_cases);
        let token = secrecy::ExposeSecret::expose_secret(&self.token);
        let customers = &use_cases.customers;
        let session = customers
            .session(context, Surface::SelfService, token)
            .await;
        let session = session.map_err(|refusal| self.service.refused(context, refusal))?;
        Ok((context, session))
    }
}

fn context(use_cases: &UseCases) -> RequestContext {
    RequestContext {
        request_id: use_cases.service.new_request_id(),
        source: None,
    }
}

/// What failed when nothing could have been done.
fn not_done(failure: Failure) -> Fault {
    Fault {
        failure,
        may_be_done: false,
    }
}

/// What failed after it had been done.
fn done(failure: Failure) -> Fault {
    Fault {
        failure,
        may_be_done: true,
    }
}
