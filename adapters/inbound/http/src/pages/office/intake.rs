//! 受付登録: form 3 as a clerk takes it down, and its correction.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::Refusal;
use warifu_core::domain::StaffRole;
use warifu_core::domain::paper_request::{
    Matter, PaperCheck, PaperChecks, PaperRequest, PaperState,
};
use warifu_core::office::{PaperEdit, PaperForm};

use super::page::{OfficePage, version};
use super::words::{Check, check_field};
use crate::pages::field::Field;
use crate::pages::form::{Fields, Form};
use crate::pages::frame::{Frame, Steps};
use crate::pages::message;
use crate::pages::page_request::{Halt, see_other};
use crate::pages::problem_page::shows_form_again;
use crate::pages::replay::Replay;
use warifu_wire::{paper_check, paper_matter};

/// Form 3; there is no other.
const FORM: u32 = 3;
const TICKED: &str = "yes";
const DONE: &str = "done";

const FIELDS: [&str; 18] = [
    "form_token",
    "version",
    "edition",
    "received_on",
    "contract",
    "user",
    "user_name",
    "matter-reissue",
    "matter-login",
    "matter-transaction",
    "matter-otp",
    "matter-card",
    "matter-freeze",
    "card_serial",
    "scan_reference",
    "seal",
    "identity",
    "registered_address",
];

/// Where something can be wrong, from the top of the page down.
const ON_PAGE: [&str; 8] = [
    "edition",
    "received_on",
    "contract",
    "user",
    "user_name",
    "matters",
    "card_serial",
    "scan_reference",
];

#[derive(Template)]
#[template(path = "office/intake.html")]
pub(in crate::pages) struct IntakePage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) lead: &'static str,
    pub(in crate::pages) action: String,
    pub(in crate::pages) back: String,
    pub(in crate::pages) form_token: String,
    pub(in crate::pages) version: Option<u64>,
    pub(in crate::pages) editions: Vec<EditionChoice>,
    pub(in crate::pages) edition_error: Option<String>,
    pub(in crate::pages) whom: Vec<Field>,
    pub(in crate::pages) matters: Vec<MatterChoice>,
    pub(in crate::pages) matters_error: Option<String>,
    pub(in crate::pages) papers: Vec<Field>,
    pub(in crate::pages) checks: Vec<Check>,
}

/// An edition that the form can be of.
pub(in crate::pages) struct EditionChoice {
    pub(in crate::pages) key: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) chosen: bool,
}

/// Something that the form can ask for.
pub(in crate::pages) struct MatterChoice {
    pub(in crate::pages) field: &'static str,
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) chosen: bool,
}

/// Whose form it is: a new one's, or that of a request as it was seen.
pub(in crate::pages) enum Place<'a> {
    New,
    Of { number: &'a str, version: u64 },
}

impl Place<'_> {
    /// Where the form is sent.
    fn action(&self) -> String {
        match self {
            Self::New => "/office/requests/new".to_owned(),
            Self::Of { number, .. } => format!("/office/requests/{number}/edit"),
        }
    }
}

const fn matter_field(matter: Matter) -> &'static str {
    match matter {
        Matter::ReissueRetrievalPassword => "matter-reissue",
        Matter::UnlockLogin => "matter-login",
        Matter::UnlockTransaction => "matter-transaction",
        Matter::UnlockOtp => "matter-otp",
        Matter::RebindOtp => "matter-card",
        Matter::LiftFreeze => "matter-freeze",
    }
}

const fn is_done(checks: PaperChecks, check: PaperCheck) -> bool {
    match check {
        PaperCheck::Seal => checks.seal,
        PaperCheck::Identity => checks.identity,
        PaperCheck::RegisteredAddress => checks.registered_address,
    }
}

impl IntakePage {
    /// `matters`: what can be asked for here.
    pub(in crate::pages) fn new(
        frame: Frame,
        place: &Place<'_>,
        form_token: String,
        entered: &PaperForm,
        matters: &[Matter],
    ) -> Self {
        let mut frame = frame.at_step(Steps::of_intake(1));
        let action = place.action();
        let (back, version) = match place {
            Place::New => ("/office/requests".to_owned(), None),
            Place::Of { number, version } => (format!("/office/requests/{number}"), Some(*version)),
        };
        frame.address = Some(action.clone());
        let edition = |known: &crate::settings::EditionSite| EditionChoice {
            key: known.key.clone(),
            name: frame.local(&known.name).to_owned(),
            chosen: known.key == entered.edition,
        };
        let matter = |matter: &Matter| MatterChoice {
            field: matter_field(*matter),
            label: paper_matter(*matter),
            chosen: entered.matters.iter().any(|name| name == matter.name()),
        };
        let check = |check| Check {
            field: check_field(check),
            label: paper_check(check).1,
            done: is_done(entered.checks, check),
        };
        Self {
            lead: match place {
                Place::New => "office-intake-lead",
                Place::Of { .. } => "office-edit-lead",
            },
            action,
            back,
            form_token,
            version,
            editions: frame.site.editions.iter().map(edition).collect(),
            edition_error: frame.problem_of("edition"),
            whom: whom(&frame, entered),
            matters: matters.iter().map(matter).collect(),
            matters_error: frame.problem_of("matters"),
            papers: papers(&frame, entered, matters.contains(&Matter::RebindOtp)),
            checks: PaperCheck::ALL.into_iter().map(check).collect(),
            frame,
        }
    }
}

/// When the form came, and for whom it is.
fn whom(frame: &Frame, entered: &PaperForm) -> Vec<Field> {
    let received = Field::date("received_on", frame.t("office-received-on"))
        .hint(frame.t("office-received-on-hint"))
        .value(&entered.received_on);
    let fields = vec![
        Field {
            required: true,
            ..received
        },
        Field::text("contract", frame.t("label-contract-number"))
            .hint(frame.t("hint-contract-number"))
            .with("inputmode", "numeric")
            .with("autocomplete", "off")
            .value(&entered.contract_number),
        Field::text("user", frame.t("sheet3-user-id"))
            .with("autocomplete", "off")
            .value(&entered.user_id),
        Field::text("user_name", frame.t("sheet3-user-name"))
            .hint(frame.t("office-user-name-hint"))
            .with("autocomplete", "off")
            .optional()
            .value(&entered.user_name),
    ];
    marked(frame, fields)
}

/// What belongs to the form: the new card, and where its picture is.
fn papers(frame: &Frame, entered: &PaperForm, with_card: bool) -> Vec<Field> {
    let mut fields = Vec::new();
    if with_card {
        let card = Field::text("card_serial", frame.t("office-card-serial"))
            .hint(frame.t("office-card-serial-hint"))
            .with("autocomplete", "off")
            .optional()
            .value(&entered.card_serial);
        fields.push(card);
    }
    fields.push(
        Field::text("scan_reference", frame.t("office-scan-reference"))
            .hint(frame.t("office-scan-reference-hint"))
            .with("autocomplete", "off")
            .value(&entered.scan_reference),
    );
    marked(frame, fields)
}

fn marked(frame: &Frame, fields: Vec<Field>) -> Vec<Field> {
    fields
        .into_iter()
        .map(|field| frame.marked(field))
        .collect()
}

fn read(form: &Fields) -> PaperForm {
    let text = |name: &str| form.text(name).to_owned();
    let ticked = |matter: &Matter| form.text(matter_field(*matter)) == TICKED;
    let matters = Matter::ALL.into_iter().filter(ticked);
    let done = |check| form.text(check_field(check)) == DONE;
    PaperForm {
        edition: text("edition"),
        form: FORM,
        contract_number: text("contract"),
        user_id: text("user"),
        user_name: text("user_name"),
        matters: matters.map(|matter| matter.name().to_owned()).collect(),
        received_on: text("received_on"),
        checks: PaperChecks {
            seal: done(PaperCheck::Seal),
            identity: done(PaperCheck::Identity),
            registered_address: done(PaperCheck::RegisteredAddress),
        },
        scan_reference: text("scan_reference"),
        card_serial: text("card_serial"),
    }
}

fn of_request(request: &PaperRequest) -> PaperForm {
    let facts = request.facts();
    PaperForm {
        edition: facts.edition.as_str().to_owned(),
        form: FORM,
        contract_number: facts.subject.contract.to_string(),
        user_id: facts.subject.user.to_string(),
        user_name: facts.user_name.clone(),
        matters: facts
            .matters
            .iter()
            .map(|matter| matter.name().to_owned())
            .collect(),
        received_on: facts.received_on.to_string(),
        checks: facts.checks,
        scan_reference: facts.scan_reference.to_string(),
        card_serial: facts
            .card_serial
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

fn page(office: &OfficePage, frame: Frame, place: &Place<'_>, entered: &PaperForm) -> IntakePage {
    let possible = |matter: &Matter| office.service().can_carry_out(*matter);
    let matters: Vec<Matter> = Matter::ALL.into_iter().filter(possible).collect();
    let form_token = office.form_token(&place.action());
    IntakePage::new(frame, place, form_token, entered, &matters)
}

pub(in crate::pages) async fn empty(office: OfficePage) -> Result<Response, Halt> {
    office.require(StaffRole::Maker).await?;
    let frame = office.frame("office-intake-title");
    // What most forms are of, for the clerk to change: another edition than the contract's is refused.
    let usual = PaperForm {
        edition: frame
            .site
            .editions
            .first()
            .map(|edition| edition.key.clone())
            .unwrap_or_default(),
        received_on: frame.day(office.service().now()),
        ..PaperForm::default()
    };
    let page = page(&office, frame, &Place::New, &usual);
    Ok(office.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn register(office: OfficePage, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    let opened = office.open(&form, Replay::OutOfOrder).await?;
    let entered = read(&form);
    let refusal = match office
        .clerk()
        .register_paper_request(entered.clone(), false)
        .await
    {
        Ok(request) => return Ok(to_check(&request)),
        Err(refusal) => refusal,
    };
    office.session.forms.refused(&opened).await;
    again(&office, refusal, &Place::New, &entered)
}

/// What was entered is looked over before approval is asked for.
fn to_check(request: &PaperRequest) -> Response {
    see_other(&format!("/office/requests/{}/check", request.number()))
}

fn again(
    office: &OfficePage,
    refusal: Refusal,
    place: &Place<'_>,
    entered: &PaperForm,
) -> Result<Response, Halt> {
    let of_the_user = refusal == Refusal::UserDisabled;
    if !of_the_user && !shows_form_again(&refusal) {
        return Err(office.halt(refusal));
    }
    let answer = message::answer(refusal);
    let first = if of_the_user { "user" } else { "edition" };
    let mut problems = message::problems(&office.page_request, &answer, first);
    // In the order of the page, which is another than that of the interface.
    problems.sort_by_key(|problem| ON_PAGE.iter().position(|name| *name == problem.field));
    let frame = office.frame(title(place)).with_problems(problems);
    let page = page(office, frame, place, entered);
    Ok(office.page(answer.status, &page))
}

const fn title(place: &Place<'_>) -> &'static str {
    match place {
        Place::New => "office-intake-title",
        Place::Of { .. } => "office-edit-title",
    }
}

pub(in crate::pages) async fn filled(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    office.require(StaffRole::Maker).await?;
    let request = office.request(&number).await?;
    if !is_open(&request) {
        return Ok(see_other(&format!("/office/requests/{}", request.number())));
    }
    let number = request.number().to_string();
    let place = Place::Of {
        number: &number,
        version: request.version(),
    };
    let page = page(
        &office,
        office.frame(title(&place)),
        &place,
        &of_request(&request),
    );
    Ok(office.page(StatusCode::OK, &page))
}

/// Whether the request can still be corrected.
pub(super) fn is_open(request: &PaperRequest) -> bool {
    matches!(request.state(), PaperState::Draft | PaperState::Returned)
}

pub(in crate::pages) async fn edit(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    let opened = office.open(&form, Replay::OutOfOrder).await?;
    let entered = read(&form);
    let edit = PaperEdit {
        number: number.clone(),
        version: version(&form),
        form: entered.clone(),
        ask_for_approval: false,
    };
    let refusal = match office.clerk().edit_paper_request(edit).await {
        Ok(request) => return Ok(to_check(&request)),
        Err(refusal) => refusal,
    };
    office.session.forms.refused(&opened).await;
    let place = Place::Of {
        number: &number,
        version: version(&form),
    };
    again(&office, refusal, &place, &entered)
}
