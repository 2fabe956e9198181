//! Forms are carried out once: what is said when one is sent again.

use warifu_core::domain::paper_request::PaperRefusal;
use warifu_core::{FormRefusal, OpenForm, Refusal, SessionForms};
use warifu_wire::Problem;

use super::form::Fields;
use super::message;
use crate::answer::Answer;

/// What becomes of a token once its form was carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Replay {
    /// Sending it again says that the reissue is complete.
    Complete,
    /// Sending it again says that the notice was made.
    Printed,
    /// Sending it again says that nothing was done this time.
    OutOfOrder,
}

/// A form that may be carried out, or was sent before.
pub(super) enum Opened {
    /// For the first time.
    Now(OpenForm),
    /// It was sent before; `done` where it was not refused then.
    Before { done: bool },
}

/// Lets a form of a session be carried out, once; `name` as when its token was made.
pub(super) async fn open(
    forms: &SessionForms,
    name: &str,
    form: &Fields,
    replay: Replay,
) -> Result<OpenForm, Answer> {
    let token = form.text("form_token");
    judge(forms.open(name, token).await, replay)
}

/// As [`open`], for a form that is answered by what it did where it is sent again.
pub(super) async fn open_or_find(
    forms: &SessionForms,
    name: &str,
    form: &Fields,
) -> Result<Opened, Answer> {
    match forms.open(name, form.text("form_token")).await {
        Err(FormRefusal::Used { done }) => Ok(Opened::Before { done }),
        opened => judge(opened, Replay::OutOfOrder).map(Opened::Now),
    }
}

fn judge(opened: Result<OpenForm, FormRefusal>, replay: Replay) -> Result<OpenForm, Answer> {
    match (opened, replay) {
        (Ok(form), _) => Ok(form),
        (Err(FormRefusal::Foreign), _) => Err(Answer::cross_origin()),
        (Err(FormRefusal::Used { done: true }), Replay::Complete) => {
            Err(Refusal::AlreadyReissued.into())
        }
        (Err(FormRefusal::Used { done: true }), Replay::Printed) => {
            Err(Refusal::Paper(PaperRefusal::AlreadyMade).into())
        }
        (Err(FormRefusal::Used { .. } | FormRefusal::Stale), _) => {
            Err(Problem::form_out_of_order().into())
        }
        (Err(FormRefusal::Unavailable(unavailable)), _) => {
            Err(message::answer(Refusal::Unavailable(unavailable)))
        }
    }
}
