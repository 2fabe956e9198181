//! トップページ and 利用者登録.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::{CertificateStatus, Timestamp};
use warifu_core::{UserStatusFilter, UsersWaiting};

use super::select;
use crate::pages::frame::Frame;
use crate::pages::login::Notice;
use crate::pages::member::{Admin, Member};
use crate::pages::page_request::Halt;
use crate::pages::sessions;

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Template)]
#[template(path = "admin/top.html")]
pub(in crate::pages) struct TopPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
    pub(in crate::pages) certificate_notice: Option<String>,
    /// How many users wait for what, each a link to them.
    pub(in crate::pages) waiting: Vec<WaitingLink>,
    pub(in crate::pages) may_reissue: bool,
    pub(in crate::pages) form_token: String,
}

/// A count of users that leads to them.
pub(in crate::pages) struct WaitingLink {
    pub(in crate::pages) href: String,
    pub(in crate::pages) text: String,
    pub(in crate::pages) badge: &'static str,
}

#[derive(Template)]
#[template(path = "admin/users.html")]
pub(in crate::pages) struct UsersPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) may_unlock: bool,
}

pub(in crate::pages) async fn show(Admin(member): Admin) -> Result<Response, Halt> {
    let frame = member.frame("top-title");
    let end = own_certificate_end(&member).await?;
    let notice = member.service().policy().certificate.notice;
    let certificate_notice =
        end.and_then(|end| certificate_notice(&frame, end, member.service().now(), notice));
    let waiting = if member.may_reissue() {
        member.operator().users_waiting().await
    } else {
        Ok(Some(UsersWaiting::default()))
    };
    let waiting = waiting.map_err(|refusal| member.halt(refusal))?;
    let page = TopPage {
        notice: sessions::notice(&member, &frame),
        waiting: waiting_links(&frame, waiting),
        frame,
        certificate_notice,
        may_reissue: member.may_reissue(),
        form_token: member.form_token("/admin/sessions/others"),
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}

/// Who waits for nothing is not named. Where nobody is counted, everybody can be looked for.
pub(in crate::pages) fn waiting_links(
    frame: &Frame,
    waiting: Option<UsersWaiting>,
) -> Vec<WaitingLink> {
    let certificate = UserStatusFilter::Certificate;
    let kinds = [
        (
            certificate(CertificateStatus::Expired),
            "error",
            waiting.map(|waiting| waiting.expired),
            "top-expired",
            "select-status-expired",
        ),
        (
            certificate(CertificateStatus::Expiring),
            "attention",
            waiting.map(|waiting| waiting.expiring),
            "top-expiring",
            "select-status-expiring",
        ),
        (
            UserStatusFilter::Locked,
            "error",
            waiting.map(|waiting| waiting.locked),
            "top-locked",
            "select-status-locked",
        ),
        (
            UserStatusFilter::UnusedPassword,
            "info",
            waiting.map(|waiting| waiting.unused_passwords),
            "top-unused-passwords",
            "select-status-unused-password",
        ),
    ];
    let link = |(filter, badge, count, counted, uncounted)| {
        let text = match count {
            Some(0) => return None,
            Some(count) => frame.t1(counted, "n", count),
            None => frame.t(uncounted),
        };
        let href = select::of_status(filter);
        Some(WaitingLink { href, text, badge })
    };
    kinds.into_iter().filter_map(link).collect()
}

/// Looked up where the operator may look up users; else as the directory says.
async fn own_certificate_end(member: &Member) -> Result<Option<Timestamp>, Halt> {
    let own = &member.operator().user;
    if !member.may_reissue() {
        return Ok(own.certificate_not_after);
    }
    let overview = member.operator().user(own.id().as_str()).await;
    Ok(overview
        .map_err(|refusal| member.halt(refusal))?
        .certificate_not_after)
}

/// What is said of one's own certificate, from `notice` before its end.
pub(in crate::pages) fn certificate_notice(
    frame: &Frame,
    end: Timestamp,
    now: Timestamp,
    notice: Duration,
) -> Option<String> {
    if end.minus(notice) > now {
        return None;
    }
    if end <= now {
        return Some(frame.t1("top-certificate-ended", "date", frame.date_time(&end)));
    }
    let days = end.since(now).as_secs() / DAY.as_secs();
    if days == 0 {
        return Some(frame.t1("top-certificate-ends-soon", "date", frame.date_time(&end)));
    }
    Some(frame.t2(
        "top-certificate-ends",
        "date",
        frame.date_time(&end),
        "days",
        days,
    ))
}

pub(in crate::pages) async fn users(Admin(member): Admin) -> Result<Response, Halt> {
    let allowed = member.operator().require_reissue_right();
    if let Err(refusal) = allowed.await {
        return Err(member.stop(refusal).await);
    }
    let may_unlock = member.operator().user.service_administrator;
    let page = UsersPage {
        frame: member.frame("users-title"),
        may_unlock,
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}
