//! Home and help.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::frame::Frame;
use super::visit::Visit;

#[derive(Template)]
#[template(path = "public/home.html")]
pub(super) struct HomePage {
    pub(super) frame: Frame,
    pub(super) customers: bool,
    pub(super) office: bool,
}

#[derive(Template)]
#[template(path = "public/help_reissue.html")]
pub(super) struct HelpReissuePage {
    pub(super) frame: Frame,
}

#[derive(Template)]
#[template(path = "public/help_login.html")]
pub(super) struct HelpLoginPage {
    pub(super) frame: Frame,
}

#[derive(Template)]
#[template(path = "public/notes.html")]
pub(super) struct NotesPage {
    pub(super) frame: Frame,
}

#[derive(Template)]
#[template(path = "public/accessibility.html")]
pub(super) struct AccessibilityPage {
    pub(super) frame: Frame,
}

pub(super) async fn home(visit: Visit) -> Response {
    let mut frame = visit.frame("home-title");
    frame.whole_title = Some(frame.t1("home-full-title", "service", frame.service_name()));
    let page = HomePage {
        frame,
        customers: visit.state.serves_customers(),
        office: visit.state.serves_office(),
    };
    visit.page(StatusCode::OK, &page)
}

pub(super) async fn help_reissue(visit: Visit) -> Response {
    visit.page(
        StatusCode::OK,
        &HelpReissuePage {
            frame: visit.frame("help-title"),
        },
    )
}

pub(super) async fn help_login(visit: Visit) -> Response {
    visit.page(
        StatusCode::OK,
        &HelpLoginPage {
            frame: visit.frame("help-login-title"),
        },
    )
}

pub(super) async fn notes(visit: Visit) -> Response {
    visit.page(
        StatusCode::OK,
        &NotesPage {
            frame: visit.frame("notes-title"),
        },
    )
}

pub(super) async fn accessibility(visit: Visit) -> Response {
    visit.page(
        StatusCode::OK,
        &AccessibilityPage {
            frame: visit.frame("accessibility-title"),
        },
    )
}
