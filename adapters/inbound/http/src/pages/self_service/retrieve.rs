//! 電子証明書取得.

use askama::Template;
use axum::response::Response;
use data_encoding::BASE64;
use http::StatusCode;
use warifu_core::customers::{KeyChoice, OwnCertificate, Redeemed, RedeemedKey};
use warifu_core::domain::{CertificateStatus, RetrievalPassword, Timestamp};
use warifu_core::{InvalidField, Refusal, Secret};

use crate::pages::field::Field;
use crate::pages::form::{Fields, Form};
use crate::pages::frame::Frame;
use crate::pages::login::Notice;
use crate::pages::member::{Member, SelfService};
use crate::pages::message;
use crate::pages::page_request::Halt;
use crate::pages::problem_page::shows_form_again;
use crate::pages::replay::Replay;
use crate::pages::secret::SecretDisplay;
use crate::pages::sessions;

const FIELDS: [&str; 5] = ["form_token", "code", "pkcs12_passphrase", "csr", "csr_file"];

#[derive(Template)]
#[template(path = "self_service/retrieve.html")]
pub(in crate::pages) struct RetrievePage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
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

#[derive(Template)]
#[template(path = "self_service/retrieved.html")]
pub(in crate::pages) struct RetrievedPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) media_type: &'static str,
    pub(in crate::pages) file: String,
    pub(in crate::pages) file_name: String,
    pub(in crate::pages) passphrase: Option<SecretDisplay>,
    pub(in crate::pages) own_passphrase: bool,
    pub(in crate::pages) next_steps: &'static [&'static str],
    pub(in crate::pages) subject: String,
    pub(in crate::pages) serial: String,
    pub(in crate::pages) not_before: Timestamp,
    pub(in crate::pages) not_after: Timestamp,
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

/// Whether the password came to its owner in this session. Where that cannot be found out, nothing of it is
/// said.
async fn reissued_here(member: &Member) -> bool {
    let here = member.session.reissued_for_oneself_here().await;
    here.unwrap_or_else(|refusal| {
        tracing::warn!(%refusal, "the way to the password was not found out");
        false
    })
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

pub(in crate::pages) async fn form(SelfService(member): SelfService) -> Response {
    let mut page = retrieve_page(&member, member.frame("retrieve-title"), "").await;
    page.notice = sessions::notice(&member, &page.frame);
    member.page_request.page(StatusCode::OK, &page)
}

/// Which key the certificate is for, and the passphrase to show where we made it.
fn key_choice(
    member: &Member,
    form: &Fields,
) -> Result<(KeyChoice, Option<RetrievalPassword>), Refusal> {
    let requests = [form.text("csr"), form.text("csr_file")].map(str::trim);
    let mut requests = requests.into_iter().filter(|request| !request.is_empty());
    let passphrase = form.text("pkcs12_passphrase");
    match (requests.next(), requests.next()) {
        (Some(request), None) if passphrase.is_empty() => {
            Ok((KeyChoice::Csr(request.to_owned()), None))
        }
        (Some(_), _) => Err(InvalidField::KeyChoice.into()),
        (None, _) if passphrase.is_empty() => {
            let made = member.service().new_passphrase();
            let passphrase = Secret::from(displayed(&made).as_str());
            Ok((KeyChoice::Pkcs12 { passphrase }, Some(made)))
        }
        (None, _) => Ok((
            KeyChoice::Pkcs12 {
                passphrase: form.secret("pkcs12_passphrase"),
            },
            None,
        )),
    }
}

/// As displayed: what people copy from the page opens the file.
fn displayed(password: &RetrievalPassword) -> zeroize::Zeroizing<String> {
    use secrecy::ExposeSecret;
    zeroize::Zeroizing::new(password.expose_display().expose_secret().to_owned())
}

pub(in crate::pages) async fn run(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    let opened = member.open(&form, Replay::OutOfOrder).await?;
    let redeemed = match key_choice(&member, &form) {
        Ok((key, made)) => member
            .session
            .redeem(form.secret("code"), key)
            .await
            .map(|redeemed| (redeemed, made)),
        Err(refusal) => Err(refusal),
    };
    let refusal = match redeemed {
        Ok((redeemed, made)) => {
            let frame = member.frame("retrieved-title");
            let frame = frame.at_retrieval(reissued_here(&member).await);
            let page = RetrievedPage::new(frame, &redeemed, made);
            return Ok(member.page_request.page(StatusCode::OK, &page));
        }
        Err(refusal) => refusal,
    };
    member.session.forms.refused(&opened).await;
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

impl RetrievedPage {
    /// `made`: the passphrase, where it was made here.
    pub(in crate::pages) fn new(
        frame: Frame,
        redeemed: &Redeemed,
        made: Option<RetrievalPassword>,
    ) -> Self {
        let (certificate, subject) = (&redeemed.certificate, &redeemed.subject);
        let serial = certificate.serial.to_string();
        let (media_type, file, ending, next_steps): (_, _, _, &[&str]) = match &redeemed.key {
            RedeemedKey::Client => {
                let bundle = format!("{}{}", certificate.certificate, certificate.chain);
                let steps: &[&str] = &[
                    "retrieved-next-client-1",
                    "retrieved-next-client-2",
                    "retrieved-next-3",
                ];
                (
                    "application/x-pem-file",
                    BASE64.encode(bundle.as_bytes()),
                    "pem",
                    steps,
                )
            }
            RedeemedKey::Pkcs12(file) => {
                let steps: &[&str] = &[
                    "retrieved-next-1",
                    "retrieved-next-2",
                    "retrieved-next-3",
                    "retrieved-next-4",
                ];
                ("application/x-pkcs12", BASE64.encode(file), "p12", steps)
            }
        };
        let own_passphrase = made.is_none() && matches!(redeemed.key, RedeemedKey::Pkcs12(_));
        Self {
            frame: frame.holding_secret(),
            media_type,
            file,
            file_name: format!("{}.{ending}", subject.user),
            passphrase: made.map(SecretDisplay::passphrase),
            own_passphrase,
            next_steps,
            subject: format!("{} {}", subject.organisation, subject.user),
            serial: serial
                .chars()
                .skip(serial.len().saturating_sub(8))
                .collect(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
        }
    }
}
