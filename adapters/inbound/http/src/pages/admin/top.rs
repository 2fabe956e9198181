//! トップページ and 利用者登録.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::Timestamp;

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
    pub(in crate::pages) may_reissue: bool,
    pub(in crate::pages) form_token: String,
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
    let page = TopPage {
        notice: sessions::notice(&member, &frame),
        frame,
        certificate_notice,
        may_reissue: member.may_reissue(),
        form_token: member.form_token("/admin/sessions/others"),
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
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
