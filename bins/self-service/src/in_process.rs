//! The service in this process, for development: what its configuration describes.

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use warifu_config::{ConfigError, Configuration, Layers, Registry, assemble};
use warifu_core::customers::{KeyChoice, LoginForm, Redeemed, UserSession};
use warifu_core::domain::Surface;
use warifu_core::{Refusal, RequestContext, Secret, UseCases};
use warifu_terminal::{Failure, HandOver, Terminal, exit};
use warifu_wire::explain;

use crate::arguments::InProcessArguments;
use crate::service::{Certificate, Fault, Login, Service, Session};

/// The use cases in this process.
pub(crate) struct InProcess {
    use_cases: UseCases,
    terminal: Terminal,
}

struct InProcessSession<'a> {
    service: &'a InProcess,
    token: SecretString,
}

/// Reads and checks the settings that `arguments` name.
pub(crate) fn load(
    arguments: &InProcessArguments,
    registry: &Registry,
) -> Result<Configuration, Failure> {
    let layers = Layers::new()
        .files(arguments.config.clone())
        .environment(std::env::vars_os())
        .overrides(arguments.set.clone());
    Configuration::load(&layers, registry).map_err(refused)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "called as the argument of map_err"
)]
fn refused(error: ConfigError) -> Failure {
    Failure::new(error.exit_code(), error.to_string())
}

/// Asks the back ends of a configuration, as far as they are there. Makes nothing.
pub(crate) async fn check(
    configuration: &Configuration,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let checked = warifu_config::check(configuration).await;
    let unavailable = checked.map_err(refused)?.unavailable;
    let failing: Vec<_> = unavailable.iter().map(|found| found.port).collect();
    told(&failing, terminal)
}

fn told(failing: &[&str], terminal: &Terminal) -> Result<(), Failure> {
    if failing.is_empty() {
        return Ok(());
    }
    let sections = [("sections", &*failing.join(", "))];
    Err(Failure::new(
        exit::UNAVAILABLE,
        terminal.text("check-unavailable", &sections),
    ))
}

impl InProcess {
    /// Wires the use cases. Reaches the back ends.
    pub(crate) async fn open(
        configuration: &Configuration,
        terminal: Terminal,
    ) -> Result<Self, Failure> {
        let assembled = assemble(configuration).await.map_err(refused)?;
        Ok(Self {
            use_cases: assembled.use_cases,
            terminal,
        })
    }

    fn context(&self) -> RequestContext {
        RequestContext {
            request_id: self.use_cases.service.new_request_id(),
            source: None,
        }
    }

    fn refused(&self, context: RequestContext, refusal: Refusal) -> Fault {
        let (locale, lengths) = (
            self.terminal.locale(),
            self.use_cases.service.otp_code_lengths(),
        );
        // Customers are told of durations only, which are the same in every time zone.
        let told = explain(refusal, locale, 0, context.request_id, &lengths);
        let entries = told.fields.into_iter().map(|(_, detail)| detail).collect();
        Fault {
            failure: Failure::answered(told.status, told.detail, entries),
            may_be_done: told.status >= 500,
        }
    }
}

#[async_trait]
impl Service for InProcess {
    async fn log_in(&self, login: &Login) -> Result<Box<dyn Session + '_>, Fault> {
        let form = LoginForm {
            contract_number: login.contract.clone(),
            user_id: login.user.clone(),
            login_password: login.password.clone(),
        };
        let context = self.context();
        let customers = &self.use_cases.customers;
        let logged_in = customers.log_in(context, Surface::SelfService, form).await;
        let logged_in = logged_in.map_err(|refusal| self.refused(context, refusal))?;
        Ok(Box::new(InProcessSession {
            service: self,
            token: SecretString::from(logged_in.token.expose()),
        }))
    }

    async fn check(&self) -> Result<(), Failure> {
        told(&self.use_cases.health.failing().await, &self.terminal)
    }
}

impl InProcessSession<'_> {
    async fn session(&self) -> Result<(RequestContext, UserSession), Fault> {
        let (context, token) = (self.service.context(), self.token.expose_secret());
        let customers = &self.service.use_cases.customers;
        let session = customers
            .session(context, Surface::SelfService, token)
            .await;
        let session = session.map_err(|refusal| self.service.refused(context, refusal))?;
        Ok((context, session))
    }
}

#[async_trait]
impl Session for InProcessSession<'_> {
    async fn verify_otp(&self, otp: &Secret) -> Result<(), Fault> {
        let (context, session) = self.session().await?;
        let verified = session.verify_otp(otp.clone()).await;
        verified.map_err(|refusal| self.service.refused(context, refusal))?;
        Ok(())
    }

    async fn reissue(&self) -> Result<HandOver, Fault> {
        let (context, session) = self.session().await?;
        let reissued = session.reissue_for_oneself(None).await;
        let reissued = reissued.map_err(|refusal| self.service.refused(context, refusal))?;
        Ok(HandOver {
            retrieval_password: reissued.retrieval_password.expose_display(),
            expires_at: reissued.expires_at.to_string(),
            redeemable_from: reissued.redeemable_from.to_string(),
            reissue_id: reissued.reissue_id.to_string(),
        })
    }

    async fn redeem(&self, password: &Secret, request: String) -> Result<Certificate, Fault> {
        let (context, session) = self.session().await?;
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

    async fn log_out(&self) {
        if let Ok((_, session)) = self.session().await {
            let _ = session.log_out().await;
        }
    }
}
