//! Somebody who is logged in at the back office.

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use warifu_core::domain::paper_request::PaperRequest;
use warifu_core::domain::{StaffRole, Surface};
use warifu_core::office::{Clerk, StaffSession};
use warifu_core::{OpenForm, Refusal, RequestContext, Service};

use crate::answer::Answer;
use crate::cookies;
use crate::pages::destination::{base, logout};
use crate::pages::form::Fields;
use crate::pages::frame::{Frame, MemberFrame, MenuEntry};
use crate::pages::message;
use crate::pages::page_request::{Halt, PageRequest};
use crate::pages::replay::{self, Replay};
use crate::state::AppState;

/// A request for a page by a member of the bank's staff.
pub(in crate::pages) struct OfficePage {
    pub(in crate::pages) page_request: PageRequest,
    pub(in crate::pages) session: StaffSession,
}

impl FromRequestParts<AppState> for OfficePage {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Halt> {
        let context = parts.extensions.get::<RequestContext>().copied();
        let context = context.ok_or_else(Answer::unexpected)?;
        let page_request = PageRequest::of(parts, state, context);
        let Some(token) = cookies::session_token(state, &parts.headers, Surface::Office) else {
            return Err(page_request.to_login(Surface::Office, "login").into());
        };
        match state.use_cases.office.session(context, token).await {
            Ok(session) => Ok(Self {
                page_request,
                session,
            }),
            Err(Refusal::SessionRequired) => {
                Err(page_request.to_login(Surface::Office, "ended").into())
            }
            Err(refusal) => Err(message::answer(refusal).into()),
        }
    }
}

impl OfficePage {
    pub(in crate::pages) fn service(&self) -> &Service {
        self.page_request.service()
    }

    pub(in crate::pages) fn clerk(&self) -> &Clerk {
        &self.session.clerk
    }

    /// Whether the clerk holds `role` now.
    pub(in crate::pages) fn is(&self, role: StaffRole) -> bool {
        self.clerk().member.holds(role)
    }

    /// Shows a page that only who holds `role` has a use for. What is done there is refused by the
    /// use case, whatever the page says.
    pub(in crate::pages) async fn require(&self, role: StaffRole) -> Result<(), Halt> {
        if self.is(role) {
            return Ok(());
        }
        self.session.forms.note_denied("role").await;
        Err(self.halt(Refusal::StaffNotPermitted))
    }

    /// A token for the form that is sent to `action`.
    pub(in crate::pages) fn form_token(&self, action: &str) -> String {
        self.session.forms.token(action)
    }

    /// A token for the form that takes `step` with a request.
    pub(in crate::pages) fn step_token(&self, request: &PaperRequest, step: &str) -> String {
        self.form_token(&format!("/office/requests/{}/{step}", request.number()))
    }

    /// Lets the form that was sent to this address be carried out, once.
    pub(in crate::pages) async fn open(
        &self,
        form: &Fields,
        replay: Replay,
    ) -> Result<OpenForm, Halt> {
        let opened =
            replay::open(&self.session.forms, self.page_request.path(), form, replay).await;
        opened.map_err(|answer| self.halt_with(&answer))
    }

    /// The request that a page is about.
    pub(in crate::pages) async fn request(&self, number: &str) -> Result<PaperRequest, Halt> {
        let found = self.clerk().paper_request(number).await;
        found.map_err(|refusal| self.halt(refusal))
    }

    /// The frame of the screen that is called by the text `title`.
    pub(in crate::pages) fn frame(&self, title: &str) -> Frame {
        let mut frame = self.page_request.frame(title);
        let (service, session) = (self.service(), &self.session.session);
        let bank = frame.local(&frame.site.bank_name);
        frame.member = Some(MemberFrame {
            called: frame.t2(
                "frame-staff",
                "bank",
                bank,
                "name",
                &self.clerk().member.name,
            ),
            previous_login: session.previous_login,
            base: base(Surface::Office),
            logout_token: self.form_token(&logout(Surface::Office)),
            menu: self.menu(),
            idle_seconds: service.policy().session.idle.as_secs(),
            absolute_seconds: session.expires_at.since(service.now()).as_secs(),
        });
        frame
    }

    fn menu(&self) -> Vec<MenuEntry> {
        let path = self.page_request.path();
        let new = path == "/office/requests/new";
        let audit = path.starts_with("/office/audit");
        let entry = |href, label, current| MenuEntry {
            href,
            label,
            current,
        };
        let mut menu = vec![entry(
            "/office/requests",
            "frame-menu-paper",
            !new && !audit,
        )];
        if self.is(StaffRole::Maker) {
            menu.push(entry("/office/requests/new", "frame-menu-intake", new));
        }
        if self.is(StaffRole::Auditor) {
            menu.push(entry("/office/audit", "frame-menu-audit", audit));
        }
        menu
    }

    /// A page.
    pub(in crate::pages) fn page(
        &self,
        status: StatusCode,
        page: &impl askama::Template,
    ) -> Response {
        self.page_request.page(status, page)
    }

    /// The page that says why something is not done.
    pub(in crate::pages) fn halt(&self, refusal: Refusal) -> Halt {
        self.halt_with(&message::answer(refusal))
    }

    /// As [`Self::halt`], for other answers.
    pub(in crate::pages) fn halt_with(&self, answer: &Answer) -> Halt {
        let mut frame = self.frame("error-title-refused");
        frame.address = None;
        message::page(&self.page_request, frame, answer).into()
    }
}

/// The version that a form was made from. No request has the version 0.
pub(in crate::pages) fn version(form: &Fields) -> u64 {
    form.text("version").parse().unwrap_or_default()
}
