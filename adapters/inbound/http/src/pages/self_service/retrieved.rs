//! What [取得] asks for and gives: shown in its answer, and once more as long as it is kept.

use askama::Template;
use axum::response::Response;
use data_encoding::BASE64;
use http::StatusCode;
use warifu_core::customers::{KeyChoice, Redeemed, RedeemedKey, RetrievedBefore};
use warifu_core::domain::Timestamp;
use warifu_core::{FormRefusal, InvalidField, Outcome, Refusal};
use warifu_wire::Problem;

use crate::answer::Answer;
use crate::pages::form::{Fields, Form};
use crate::pages::frame::Frame;
use crate::pages::member::{Member, SelfService};
use crate::pages::message::MessagePage;
use crate::pages::page_request::{Halt, see_other};
use crate::pages::place::Place;
use crate::pages::secret::SecretDisplay;

const SAVED: &str = "/cert/retrieved/saved";

#[derive(Template)]
#[template(path = "self_service/retrieved.html")]
pub(in crate::pages) struct RetrievedPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) again: bool,
    pub(in crate::pages) media_type: &'static str,
    pub(in crate::pages) file: String,
    pub(in crate::pages) file_name: String,
    pub(in crate::pages) passphrase: Option<SecretDisplay>,
    pub(in crate::pages) own_passphrase: bool,
    pub(in crate::pages) own_key: bool,
    pub(in crate::pages) kept_until: Option<Timestamp>,
    pub(in crate::pages) saved_token: String,
    pub(in crate::pages) subject: String,
    pub(in crate::pages) serial: String,
    pub(in crate::pages) not_before: Timestamp,
    pub(in crate::pages) not_after: Timestamp,
}

impl RetrievedPage {
    pub(in crate::pages) fn new(frame: Frame, redeemed: &Redeemed, saved_token: String) -> Self {
        let (certificate, subject) = (&redeemed.certificate, &redeemed.subject);
        let serial = certificate.serial.to_string();
        let (media_type, file, ending) = match &redeemed.key {
            RedeemedKey::Client => {
                let bundle = format!("{}{}", certificate.certificate, certificate.chain);
                let file = BASE64.encode(bundle.as_bytes());
                ("application/x-pem-file", file, "pem")
            }
            RedeemedKey::Pkcs12(file) => ("application/x-pkcs12", BASE64.encode(file), "p12"),
        };
        let own_key = matches!(redeemed.key, RedeemedKey::Client);
        Self {
            frame: frame.holding_secret(),
            again: redeemed.again,
            media_type,
            file,
            file_name: format!("{}.{ending}", subject.user),
            passphrase: redeemed.passphrase.clone().map(SecretDisplay::passphrase),
            own_passphrase: redeemed.passphrase.is_none() && !own_key,
            own_key,
            kept_until: redeemed.kept_until,
            saved_token,
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

/// Which key the certificate is for.
fn key_choice(form: &Fields) -> Result<KeyChoice, Refusal> {
    let requests = [form.text("csr"), form.text("csr_file")].map(str::trim);
    let mut requests = requests.into_iter().filter(|request| !request.is_empty());
    let passphrase = form.text("pkcs12_passphrase");
    match (requests.next(), requests.next()) {
        (Some(request), None) if passphrase.is_empty() => Ok(KeyChoice::Csr(request.to_owned())),
        (Some(_), _) => Err(InvalidField::KeyChoice.into()),
        (None, _) if passphrase.is_empty() => Ok(KeyChoice::Pkcs12WithNewPassphrase),
        (None, _) => Ok(KeyChoice::Pkcs12 {
            passphrase: form.secret("pkcs12_passphrase"),
        }),
    }
}

/// Redeems what was entered.
pub(super) async fn redeem(member: &Member, form: &Fields) -> Outcome<Redeemed> {
    let key = key_choice(form)?;
    member.session.redeem(form.secret("code"), key).await
}

/// Whether the password came to its owner in this session. Where that cannot be found out, nothing of it is
/// said.
pub(super) async fn reissued_here(member: &Member) -> bool {
    let here = member.session.reissued_for_oneself_here().await;
    here.unwrap_or_else(|refusal| {
        tracing::warn!(%refusal, "the way to the password was not found out");
        false
    })
}

/// The page with the file.
pub(super) async fn page(member: &Member, redeemed: &Redeemed) -> Response {
    let frame = member.frame("retrieved-title");
    let frame = frame.at_retrieval(reissued_here(member).await);
    let page = RetrievedPage::new(frame, redeemed, member.form_token(SAVED));
    member.page_request.page(StatusCode::OK, &page)
}

/// The answer to the form of [取得] that is sent once more: what it did. `done` where it was not refused.
pub(super) async fn sent_before(
    member: &Member,
    form: &Fields,
    done: bool,
) -> Result<Response, Halt> {
    match before(member).await? {
        RetrievedBefore::Here(redeemed) => Ok(page(member, &redeemed).await),
        RetrievedBefore::Elsewhere => {
            // Whoever has the key gets its certificate again, from any server.
            if done
                && has_request(form)
                && let Ok(redeemed) = redeem(member, form).await
            {
                return Ok(page(member, &redeemed).await);
            }
            Ok(elsewhere(member))
        }
        RetrievedBefore::Unconfirmed if done => {
            let ids = ["retrieved-unconfirmed-title", "M-CR-14"];
            Ok(told(member, StatusCode::CONFLICT, "warning", ids))
        }
        RetrievedBefore::Unconfirmed => Err(member.halt_with(&Problem::form_out_of_order().into())),
    }
}

/// What was retrieved, once more.
pub(in crate::pages) async fn show(SelfService(member): SelfService) -> Result<Response, Halt> {
    Ok(match before(&member).await? {
        RetrievedBefore::Here(redeemed) => page(&member, &redeemed).await,
        RetrievedBefore::Elsewhere => elsewhere(&member),
        RetrievedBefore::Unconfirmed => see_other("/cert"),
    })
}

/// 「保存しました」. Erasing what is gone is fine, so that only a form that was made elsewhere is refused.
pub(in crate::pages) async fn saved(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    let (forms, path) = (&member.session.forms, member.page_request.path());
    let opened = forms.open(path, form.text("form_token")).await;
    if matches!(opened, Err(FormRefusal::Foreign)) {
        return Err(member.halt_with(&Answer::cross_origin()));
    }
    member.session.forget_retrieved();
    let ids = ["saved-title", "saved-text"];
    Ok(told(&member, StatusCode::OK, "ok", ids))
}

async fn before(member: &Member) -> Result<RetrievedBefore, Halt> {
    match member.session.retrieved_before().await {
        Ok(before) => Ok(before),
        Err(refusal) => Err(member.stop(refusal).await),
    }
}

fn has_request(form: &Fields) -> bool {
    let requests = [form.text("csr"), form.text("csr_file")];
    requests.iter().any(|request| !request.trim().is_empty())
}

/// That there is a certificate, and that its file is not here.
fn elsewhere(member: &Member) -> Response {
    let ids = ["retrieved-before", "M-CR-13"];
    told(member, StatusCode::CONFLICT, "warning", ids)
}

fn told(
    member: &Member,
    status: StatusCode,
    kind: &'static str,
    [title, text]: [&'static str; 2],
) -> Response {
    let mut frame = member.frame(title);
    frame.address = None;
    let places = [Place::RETRIEVAL, Place::OWN_REISSUE, Place::HOME];
    let links = places.iter().map(|place| frame.place(place)).collect();
    let page = MessagePage {
        texts: vec![frame.t(text)],
        frame,
        kind,
        recovery: None,
        reference: None,
        links,
    };
    member.page_request.page(status, &page)
}
