//! 電子証明書取得.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::Refusal;
use warifu_core::customers::{OwnCertificate, RetrievedInSession};
use warifu_core::domain::{CertificateStatus, Timestamp};

use super::retrieved::{self, reissued_here};
use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::login::Notice;
use crate::pages::member::{Member, SelfService};
use crate::pages::message;
use crate::pages::page_request::Halt;
use crate::pages::problem_page::shows_form_again;
use crate::pages::replay::Opened;
use crate::pages::sessions;

const FIELDS: [&str; 5] = ["form_token", "code", "pkcs12_passphrase", "csr", "csr_file"];

#[derive(Template)]
#[template(path = "self_service/retrieve.html")]
pub(in crate::pages) struct RetrievePage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
    pub(in crate::pages) retrieved: Option<RetrievedNote>,
    /// The state of one's own certificate.
    pub(in crate::pages) certificate: Option<String>,
    /// Whether it is asked if one has a password already: not of who was shown one just now.
    pub(in crate::pages) asks: bool,
    pub(in crate::pages) form_token: String,
    pub(in crate::pages) sessions_token: String,
    pub(in crate::pages) code: Field,
    pub(in crate::pages) options: Vec<Field>,
    pub(in crate::pages) options_open: bool,
}

/// That a certificate was retrieved before, in this session.
pub(in crate::pages) struct RetrievedNote {
    pub(in crate::pages) text: &'static str,
    pub(in crate::pages) here: bool,
}

impl RetrievePage {
    /// `groups`: of how many groups of four a retrieval password consists; `csr`: as entered.
    pub(in crate::pages) fn new(
        mut frame: Frame,
        [form_token, sessions_token]: [String; 2],
        groups: usize,
        csr: &str,
    ) -> Self {
        frame.address = Some("/cert".to_owned());
        let code = Field::text("code", frame.t("label-retrieval-password"))
            .hint(frame.t1("hint-retrieval-password", "n", groups))
            .with("autocomplete", "one-time-code")
            .with("autocorrect", "off")
            .with("translate", "no")
            .capitals()
            .width("code");
        let options = vec![
            Field::password(
                "pkcs12_passphrase",
                frame.t("label-passphrase"),
                "new-password",
            )
            .hint(frame.t("hint-passphrase"))
            .optional(),
            Field::lines("csr", frame.t("label-csr"), 6)
                .hint(frame.t("hint-csr"))
                .value(csr),
            Field::file("csr_file", frame.t("label-csr-file"))
                .hint(frame.t("hint-csr-file"))
                .with("accept", ".pem,.csr,.txt"),
        ];
        let options: Vec<Field> = options
            .into_iter()
            .map(|field| frame.marked(field))
            .collect();
        let options_open = !csr.is_empty() || options.iter().any(|field| field.error.is_some());
        Self {
            code: frame.marked(code),
            notice: None,
            retrieved: None,
            certificate: None,
            asks: true,
            form_token,
            sessions_token,
            options,
            options_open,
            frame,
        }
    }
}

/// What is said of one's own certificate at `now`.
pub(in crate::pages) fn certificate_words(
    frame: &Frame,
    own: OwnCertificate,
    now: Timestamp,
) -> String {
    let end = own.not_after.map(|end| frame.near(end, now));
    let end = end.unwrap_or_default();
    match own.status {
        CertificateStatus::None => frame.t("own-certificate-none"),
        CertificateStatus::Valid | CertificateStatus::Expiring => {
            frame.t1("own-certificate-valid", "date", end)
        }
        CertificateStatus::Expired => frame.t1("own-certificate-expired", "date", end),
        CertificateStatus::Revoked => frame.t("own-certificate-revoked"),
    }
}

async fn retrieve_page(member: &Member, frame: Frame, csr: &str) -> RetrievePage {
    let reissued_here = reissued_here(member).await;
    let own = member.session.own_certificate().await;
    let frame = frame.at_retrieval(reissued_here);
    let groups = member.service().policy().retrieval_password.length.groups();
    let tokens = ["/cert/retrieve", "/cert/sessions/others"];
    let tokens = tokens.map(|action| member.form_token(action));
    let mut page = RetrievePage::new(frame, tokens, groups, csr);
    page.asks = !reissued_here;
    page.certificate = match own {
        Ok(own) => Some(certificate_words(&page.frame, own, member.service().now())),
        Err(refusal) => {
            tracing::warn!(%refusal, "the state of a certificate was not found out");
            None
        }
    };
    page
}

pub(in crate::pages) async fn form(SelfService(member): SelfService) -> Result<Response, Halt> {
    let retrieved = match member.session.retrieved_in_session().await {
        Ok(retrieved) => retrieved,
        Err(refusal) => return Err(member.stop(refusal).await),
    };
    let mut page = retrieve_page(&member, member.frame("retrieve-title"), "").await;
    page.notice = sessions::notice(&member, &page.frame);
    page.retrieved = retrieved.map(RetrievedNote::from);
    Ok(member.page_request.page(StatusCode::OK, &page))
}

impl From<RetrievedInSession> for RetrievedNote {
    fn from(retrieved: RetrievedInSession) -> Self {
        match retrieved {
            RetrievedInSession::Here => Self {
                text: "retrieved-before-here",
                here: true,
            },
            RetrievedInSession::Elsewhere => Self {
                text: "M-CR-13",
                here: false,
            },
        }
    }
}

pub(in crate::pages) async fn run(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    let opened = match member.open_or_find(&form).await? {
        Opened::Now(opened) => opened,
        Opened::Before { done } => return retrieved::sent_before(&member, &form, done).await,
    };
    let refusal = match retrieved::redeem(&member, &form).await {
        Ok(redeemed) => return Ok(retrieved::page(&member, &redeemed).await),
        Err(refusal) => refusal,
    };
    // What may have been done is not said to be undone.
    if !matches!(refusal, Refusal::Unavailable(_) | Refusal::Unexpected) {
        member.session.forms.refused(&opened).await;
    }
    if !shows_form_again(&refusal) {
        return Err(member.stop(refusal).await);
    }
    let answer = message::answer(refusal);
    let problems = message::problems(&member.page_request, &answer, "code");
    let frame = member.frame("retrieve-title").with_problems(problems);
    let mut page = retrieve_page(&member, frame, form.text("csr")).await;
    page.code = page.code.value(message::kept(&answer, &form, "code"));
    Ok(member.page_request.page(answer.status, &page))
}
