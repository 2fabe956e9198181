//! Home and help.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::frame::Frame;
use super::page_request::PageRequest;

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

pub(super) async fn home(page_request: PageRequest) -> Response {
    let mut frame = page_request.frame("home-title");
    frame.whole_title = Some(frame.t1("home-full-title", "service", frame.service_name()));
    let page = HomePage {
        frame,
        customers: page_request.state.serves_customers(),
        office: page_request.state.serves_office(),
    };
    page_request.page(StatusCode::OK, &page)
}

pub(super) async fn help_reissue(page_request: PageRequest) -> Response {
    page_request.page(
        StatusCode::OK,
        &HelpReissuePage {
            frame: page_request.frame("help-title"),
        },
    )
}

pub(super) async fn help_login(page_request: PageRequest) -> Response {
    page_request.page(
        StatusCode::OK,
        &HelpLoginPage {
            frame: page_request.frame("help-login-title"),
        },
    )
}

pub(super) async fn notes(page_request: PageRequest) -> Response {
    page_request.page(
        StatusCode::OK,
        &NotesPage {
            frame: page_request.frame("notes-title"),
        },
    )
}

pub(super) async fn accessibility(page_request: PageRequest) -> Response {
    page_request.page(
        StatusCode::OK,
        &AccessibilityPage {
            frame: page_request.frame("accessibility-title"),
        },
    )
}
