//! Steps with several requests at once: notices made in one run, said to be on paper, posted.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::Refusal;
use warifu_core::domain::StaffRole;
use warifu_core::office::{PaperSteps, PaperTab};

use super::chosen::{LIST, NUMBERS, NotDone, PRINTED, tab_address};
use super::dispatch::NoticePage;
use super::page::OfficePage;
use crate::pages::form::{Fields, Form};
use crate::pages::frame::Frame;
use crate::pages::message;
use crate::pages::page_request::{Halt, see_other, see_other_telling};
use crate::pages::replay::Replay;

#[derive(Template)]
#[template(path = "office/run.html")]
pub(in crate::pages) struct RunPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) done: Vec<String>,
    pub(in crate::pages) refused: Vec<NotDone>,
    pub(in crate::pages) back: String,
}

fn read(form: Form) -> Result<(Fields, Vec<String>), Halt> {
    let mut known = NUMBERS.to_vec();
    known.push("form_token");
    let form = form.with_only(&known)?;
    let chosen = NUMBERS.iter().map(|name| form.text(name));
    let chosen = chosen.filter(|number| !number.is_empty());
    let numbers = chosen.map(ToOwned::to_owned).collect();
    Ok((form, numbers))
}

fn not_done(office: &OfficePage, refused: Vec<(String, Refusal)>) -> Vec<NotDone> {
    let refused = refused.into_iter();
    let words = |refusal| {
        let answer = message::answer(refusal);
        message::say(&office.page_request, answer.problem.message())
    };
    refused
        .map(|(number, refusal)| NotDone {
            number,
            why: words(refusal),
        })
        .collect()
}

/// Who asks for the address of a form gets the list.
pub(in crate::pages) async fn back(_: OfficePage) -> Response {
    see_other(LIST)
}

pub(in crate::pages) async fn print(office: OfficePage, form: Form) -> Result<Response, Halt> {
    let (form, numbers) = read(form)?;
    office.require(StaffRole::Maker).await?;
    if numbers.is_empty() {
        return Ok(see_other_telling(&tab_address(PaperTab::ToPrint), "none"));
    }
    let opened = office.open(&form, Replay::Printed).await?;
    let run = office.clerk().print_paper_notices(numbers).await;
    let mut run = match run {
        Ok(run) => run,
        Err(refusal) => {
            office.session.forms.refused(&opened).await;
            return Err(office.halt(refusal));
        }
    };
    if run.made.is_empty() {
        office.session.forms.refused(&opened).await;
        if run.refused.len() == 1 && run.left.is_empty() {
            let (_, refusal) = run.refused.remove(0);
            return Err(office.halt(refusal));
        }
        let frame = office.frame("office-run-refused");
        let page = RunPage {
            done: Vec::new(),
            refused: not_done(&office, run.refused),
            back: tab_address(PaperTab::ToPrint),
            frame,
        };
        return Ok(office.page(StatusCode::CONFLICT, &page));
    }
    let onward = Some(office.form_token(PRINTED));
    let refused = not_done(&office, run.refused);
    let frame = office.frame("office-notice-title");
    let page = NoticePage::new(&office.page_request.state, frame, run.made, onward)
        .with_what_was_not_made(refused, run.left);
    Ok(office.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn confirm_printed(
    office: OfficePage,
    form: Form,
) -> Result<Response, Halt> {
    let (form, numbers) = read(form)?;
    if numbers.is_empty() {
        return Ok(see_other_telling(&tab_address(PaperTab::ToPrint), "none"));
    }
    office.open(&form, Replay::OutOfOrder).await?;
    let steps = office.clerk().confirm_printed_notices(numbers).await;
    let steps = steps.map_err(|refusal| office.halt(refusal))?;
    if !steps.refused.is_empty() {
        return Ok(partly(&office, steps, PaperTab::ToPrint));
    }
    // First all that is to be printed; then the post.
    let counts = office.clerk().count_paper_requests().await;
    let counts = counts.map_err(|refusal| office.halt(refusal))?;
    let next = if counts.to_print > 0 {
        PaperTab::ToPrint
    } else {
        PaperTab::ToPost
    };
    Ok(see_other_telling(&tab_address(next), "printed"))
}

pub(in crate::pages) async fn record_posted(
    office: OfficePage,
    form: Form,
) -> Result<Response, Halt> {
    let (form, numbers) = read(form)?;
    if numbers.is_empty() {
        return Ok(see_other_telling(&tab_address(PaperTab::ToPost), "none"));
    }
    office.open(&form, Replay::OutOfOrder).await?;
    let steps = office.clerk().record_posted_notices(numbers).await;
    let steps = steps.map_err(|refusal| office.halt(refusal))?;
    if !steps.refused.is_empty() {
        return Ok(partly(&office, steps, PaperTab::ToPost));
    }
    Ok(see_other_telling(&tab_address(PaperTab::ToPost), "posted"))
}

/// What was done, and what was not and why.
fn partly(office: &OfficePage, steps: PaperSteps, tab: PaperTab) -> Response {
    let done = steps.done.iter();
    let page = RunPage {
        done: done.map(|request| request.number().to_string()).collect(),
        refused: not_done(office, steps.refused),
        back: tab_address(tab),
        frame: office.frame("office-run-refused"),
    };
    office.page(StatusCode::CONFLICT, &page)
}
