//! Somebody who is logged in, asking for a page.

use axum::extract::FromRequestParts;
use http::request::Parts;
use warifu_core::customers::{Operator, UserSession};
use warifu_core::domain::{Permission, Surface};
use warifu_core::{OpenForm, Refusal, RequestContext, Service};

use super::destination::{base, logout};
use super::form::Fields;
use super::frame::{Frame, MemberFrame, MenuEntry};
use super::message;
use super::page_request::{Halt, PageRequest};
use super::recovery::RecoveryView;
use super::replay::{self, Opened, Replay};
use crate::answer::Answer;
use crate::certificate_door;
use crate::client_certificate::ClientCertificate;
use crate::cookies;
use crate::state::AppState;

/// A request for a page by somebody who is logged in.
pub(super) struct Member {
    pub(super) page_request: PageRequest,
    pub(super) session: UserSession,
    surface: Surface,
}

impl Member {
    async fn enter(parts: &Parts, state: &AppState, surface: Surface) -> Result<Self, Halt> {
        let context = parts.extensions.get::<RequestContext>().copied();
        let context = context.ok_or_else(Answer::unexpected)?;
        let page_request = PageRequest::of(parts, state, context);
        let Some(token) = cookies::session_token(state, &parts.headers, surface) else {
            return Err(page_request.to_login(surface, "login").into());
        };
        let customers = &state.use_cases.customers;
        let session = match customers.session(context, surface, token).await {
            Ok(session) => session,
            Err(Refusal::SessionRequired) => {
                return Err(page_request.to_login(surface, "ended").into());
            }
            Err(refusal) => return Err(message::answer(refusal).into()),
        };
        let certificate = parts.extensions.get::<ClientCertificate>();
        if surface == Surface::Admin
            && !certificate_door::fits(state, certificate, session.operator.subject())
        {
            return Err(Answer::client_certificate_required().into());
        }
        Ok(Self {
            page_request,
            session,
            surface,
        })
    }

    pub(super) fn service(&self) -> &Service {
        self.page_request.service()
    }

    pub(super) fn operator(&self) -> &Operator {
        &self.session.operator
    }

    pub(super) fn may_reissue(&self) -> bool {
        self.operator()
            .user
            .holds(Permission::ReissueRetrievalPassword)
    }

    /// A token for the form that is sent to `action`.
    pub(super) fn form_token(&self, action: &str) -> String {
        self.session.forms.token(action)
    }

    /// The frame of the screen that is called by the text `title`.
    pub(super) fn frame(&self, title: &str) -> Frame {
        let mut frame = self.page_request.frame(title);
        let service = self.service();
        let session = &self.session.session;
        frame.member = Some(MemberFrame {
            called: frame.t2(
                "frame-user",
                "company",
                &self.operator().contract.name,
                "name",
                &self.operator().user.name,
            ),
            previous_login: session.previous_login,
            base: base(self.surface),
            logout_token: self.form_token(&logout(self.surface)),
            menu: self.menu(),
            idle_seconds: service.policy().session.idle.as_secs(),
            absolute_seconds: session.expires_at.since(service.now()).as_secs(),
        });
        frame
    }

    fn menu(&self) -> Vec<MenuEntry> {
        let path = self.page_request.path();
        let entry = |href, label, current| MenuEntry {
            href,
            label,
            current,
        };
        let under = |start: &str| path.starts_with(start);
        match self.surface {
            Surface::Admin if self.may_reissue() => vec![
                entry("/admin", "frame-menu-top", path == "/admin"),
                entry("/admin/users", "frame-menu-users", under("/admin/users")),
                entry(
                    "/admin/reissues",
                    "frame-menu-reissues",
                    under("/admin/reissues"),
                ),
                entry("/admin/audit", "frame-menu-audit", under("/admin/audit")),
            ],
            Surface::Admin => vec![entry("/admin", "frame-menu-top", path == "/admin")],
            _ => vec![
                entry("/cert", "frame-menu-retrieve", !under("/cert/reissues")),
                entry(
                    "/cert/reissues",
                    "frame-menu-own-reissues",
                    under("/cert/reissues"),
                ),
            ],
        }
    }

    /// The page that says why something is not done.
    pub(super) fn halt(&self, refusal: Refusal) -> Halt {
        self.halt_with(&message::answer(refusal))
    }

    /// As [`Self::halt`], with what is open to them instead.
    pub(super) async fn stop(&self, refusal: Refusal) -> Halt {
        let mut frame = self.frame("error-title-refused");
        frame.address = None;
        let helpers_need_certificate = self.page_request.state.helpers_need_certificate;
        let recovery = RecoveryView::after(
            &frame,
            self.surface,
            self.operator(),
            helpers_need_certificate,
            &refusal,
        );
        let recovery = recovery.await;
        let answer = message::answer(refusal);
        message::page_with_recovery(&self.page_request, frame, &answer, recovery).into()
    }

    /// As [`Self::halt`], for other answers.
    pub(super) fn halt_with(&self, answer: &Answer) -> Halt {
        let mut frame = self.frame("error-title-refused");
        frame.address = None;
        message::page(&self.page_request, frame, answer).into()
    }

    /// Lets the form that was sent to this address be carried out, once.
    pub(super) async fn open(&self, form: &Fields, replay: Replay) -> Result<OpenForm, Halt> {
        self.open_named(self.page_request.path(), form, replay)
            .await
    }

    /// As [`Self::open`], for a form that is answered by what it did where it is sent again.
    pub(super) async fn open_or_find(&self, form: &Fields) -> Result<Opened, Halt> {
        let path = self.page_request.path();
        let opened = replay::open_or_find(&self.session.forms, path, form).await;
        opened.map_err(|answer| self.halt_with(&answer))
    }

    /// As [`Self::open`], for a form whose address does not say what it is about.
    pub(super) async fn open_named(
        &self,
        name: &str,
        form: &Fields,
        replay: Replay,
    ) -> Result<OpenForm, Halt> {
        let opened = replay::open(&self.session.forms, name, form, replay).await;
        opened.map_err(|answer| self.halt_with(&answer))
    }
}

/// Somebody who is logged in on the administrators' pages.
pub(super) struct Admin(pub(super) Member);

impl FromRequestParts<AppState> for Admin {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Halt> {
        Member::enter(parts, state, Surface::Admin).await.map(Self)
    }
}

/// Somebody who is logged in on the self-service pages.
pub(super) struct SelfService(pub(super) Member);

impl FromRequestParts<AppState> for SelfService {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Halt> {
        Member::enter(parts, state, Surface::SelfService)
            .await
            .map(Self)
    }
}
