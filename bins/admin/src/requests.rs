//! Paper requests, at a terminal of the back office. Who acts proves it as at the pages: with login
//! password and one-time password, for each command.

use std::path::PathBuf;

use serde_json::{Value, json};
use warifu_core::domain::paper_request::{PaperAction, PaperChecks, PaperRequest};
use warifu_core::office::{
    Clerk, PaperDecisionForm, PaperFilter, PaperForm, PaperTab, StaffLoginForm,
};
use warifu_core::{Refusal, Secret};
use warifu_terminal::{
    Asked, Doing, Failure, Format, Interrupts, Notice, Secrets, Table, refuse_existing, write_new,
};

use crate::arguments::{
    ReasonedArguments, RegisterArguments, RequestsCommand, StaffArguments, StepArguments,
};
use crate::bank::Bank;

const LOGIN_PASSWORD: Asked<'_> = Asked {
    label: "label-login-password",
    flag: "--login-password-file",
    visible: false,
};
const OTP: Asked<'_> = Asked {
    label: "label-otp",
    flag: "--otp-file",
    visible: true,
};
/// How many are fetched at a time.
const PAGE: usize = 100;

/// Who acts, and the password for a decision.
struct Acting {
    clerk: Clerk,
    login_password: Secret,
}

/// What a clerk does with one request.
enum Step {
    Decide {
        decision: &'static str,
        reason: String,
        done: &'static str,
    },
    Undelivered,
    Complete,
    Cancel,
}

/// Carries a command out.
pub(crate) async fn run(
    bank: &Bank,
    interrupts: &Interrupts,
    command: RequestsCommand,
) -> Result<(), Failure> {
    let decide = |decision, reason, done| Step::Decide {
        decision,
        reason,
        done,
    };
    let (arguments, wanted) = match command {
        RequestsCommand::List {
            staff,
            tab,
            state,
            query,
            format,
        } => return list(bank, &staff, &tab, state, query, format).await,
        RequestsCommand::Show {
            number,
            staff,
            format,
        } => return show(bank, &staff, &number, format).await,
        RequestsCommand::Register(arguments) => {
            return register(bank, interrupts, *arguments).await;
        }
        RequestsCommand::Print {
            number,
            staff,
            sheet,
            json,
        } => return print(bank, interrupts, &staff, &number, (sheet, json)).await,
        RequestsCommand::Approve(step) => (step, decide("approve", String::new(), "M-BO-08")),
        RequestsCommand::Reject(ReasonedArguments { step, reason }) => {
            (step, decide("reject", reason, "M-BO-09"))
        }
        RequestsCommand::Return(ReasonedArguments { step, reason }) => {
            (step, decide("return", reason, "M-BO-23"))
        }
        RequestsCommand::Undelivered(step) => (step, Step::Undelivered),
        RequestsCommand::Complete(step) => (step, Step::Complete),
        RequestsCommand::Cancel(step) => (step, Step::Cancel),
    };
    step(bank, interrupts, arguments, wanted).await
}

async fn acting(bank: &Bank, arguments: &StaffArguments) -> Result<Acting, Failure> {
    let secrets = Secrets::new(&bank.terminal);
    let login_password = secrets.get(arguments.login_password_file.as_deref(), LOGIN_PASSWORD)?;
    let form = StaffLoginForm {
        staff_id: arguments.staff.clone(),
        login_password: login_password.clone(),
        otp: secrets.get(arguments.otp_file.as_deref(), OTP)?,
    };
    let clerk = bank.use_cases.clerk(bank.context, form).await;
    Ok(Acting {
        clerk: clerk.map_err(|refusal| bank.refuse(refusal))?,
        login_password,
    })
}

async fn list(
    bank: &Bank,
    staff: &StaffArguments,
    tab: &str,
    state: Option<String>,
    query: Option<String>,
    format: Format,
) -> Result<(), Failure> {
    let tabs = PaperTab::ALL.into_iter();
    let tab = tabs
        .clone()
        .find(|known| known.name() == tab)
        .ok_or_else(|| {
            let names: Vec<&str> = tabs.map(PaperTab::name).collect();
            Failure::usage(format!("--tab: there are {}", names.join(", ")))
        })?;
    let acting = acting(bank, staff).await?;
    let mut filter = PaperFilter {
        tab,
        state,
        search: query,
        cursor: None,
        limit: PAGE,
    };
    let mut requests = Vec::new();
    loop {
        let page = acting
            .clerk
            .paper_requests(filter.clone())
            .await
            .map_err(|refusal| bank.refuse(refusal))?;
        requests.extend(page.requests);
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() {
            break;
        }
    }
    let terminal = &bank.terminal;
    if format.json {
        let requests: Vec<Value> = requests.iter().map(document).collect();
        return terminal.print(&format!("{}\n", json!({ "requests": requests })));
    }
    let heads = [
        "paper-number",
        "paper-received-on",
        "label-contract-number",
        "label-user-id",
        "paper-matters",
        "paper-state",
        "paper-registered-by",
        "paper-due",
    ];
    let heads = heads.map(|head| terminal.text(head, &[]));
    let mut table = Table::new(heads.to_vec());
    for request in &requests {
        table.push(&row(bank, request, format.plain));
    }
    if format.plain {
        return terminal.print(&table.plain());
    }
    if requests.is_empty() {
        terminal.say(&terminal.text("paper-none", &[]));
        return Ok(());
    }
    terminal.print(&table.text(terminal.data_width()))
}

fn row(bank: &Bank, request: &PaperRequest, plain: bool) -> Vec<String> {
    let (terminal, facts) = (&bank.terminal, request.facts());
    let matters = facts.matters.iter().map(|matter| {
        if plain {
            matter.name().to_owned()
        } else {
            terminal.text(&format!("paper-matter-{matter}"), &[])
        }
    });
    let matters: Vec<String> = matters.collect();
    let state = request.state();
    let due = request.expires_at();
    vec![
        request.number().to_string(),
        facts.received_on.to_string(),
        facts.subject.contract.to_string(),
        facts.subject.user.to_string(),
        matters.join(if plain { " " } else { ", " }),
        if plain {
            state.to_string()
        } else {
            terminal.text(&format!("paper-state-{state}"), &[])
        },
        request.registered_by().id.to_string(),
        match (state.is_undecided(), plain) {
            (false, _) => String::new(),
            (true, true) => due.to_string(),
            (true, false) => bank.moments().date_time(due),
        },
    ]
}

async fn show(
    bank: &Bank,
    staff: &StaffArguments,
    number: &str,
    format: Format,
) -> Result<(), Failure> {
    let acting = acting(bank, staff).await?;
    let request = acting
        .clerk
        .paper_request(number)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    if format.json {
        return bank.terminal.print(&format!("{}\n", document(&request)));
    }
    let mut table = Table::new(
        ["paper-when", "paper-who", "paper-what", "paper-why"]
            .map(|head| bank.terminal.text(head, &[]))
            .to_vec(),
    );
    for step in request.history() {
        let when = if format.plain {
            step.at.to_string()
        } else {
            bank.moments().date_time(step.at)
        };
        let who = step
            .by
            .as_ref()
            .map(|by| format!("{} ({})", by.name, by.id));
        let why = step.reason.as_ref().map(ToString::to_string);
        table.push(&[
            when,
            who.unwrap_or_default(),
            action(step.action),
            why.unwrap_or_default(),
        ]);
    }
    if format.plain {
        return bank.terminal.print(&table.plain());
    }
    let mut facts = Table::new(
        [
            "paper-number",
            "paper-state",
            "paper-version",
            "paper-company",
            "label-user-id",
        ]
        .into_iter()
        .chain([
            "select-column-name",
            "paper-matters",
            "paper-received-on",
            "paper-scan",
        ])
        .map(|head| bank.terminal.text(head, &[]))
        .collect(),
    );
    let row = row(bank, &request, false);
    facts.push(&[
        request.number().to_string(),
        row[5].clone(),
        request.version().to_string(),
        request.facts().contract_name.clone(),
        request.facts().subject.user.to_string(),
        request.facts().user_name.clone(),
        row[4].clone(),
        request.facts().received_on.to_string(),
        request.facts().scan_reference.to_string(),
    ]);
    // One line a cell, at every width.
    bank.terminal.print(&facts.text(Some(0)))?;
    bank.terminal.print(&table.text(bank.terminal.data_width()))
}

async fn register(
    bank: &Bank,
    interrupts: &Interrupts,
    arguments: RegisterArguments,
) -> Result<(), Failure> {
    let acting = acting(bank, &arguments.staff).await?;
    let form = PaperForm {
        edition: arguments.edition,
        form: 3,
        contract_number: arguments.contract,
        user_id: arguments.user,
        user_name: arguments.user_name,
        matters: arguments.matter,
        received_on: arguments.received_on,
        checks: PaperChecks {
            seal: arguments.seal_checked,
            identity: arguments.identity_checked,
            registered_address: arguments.address_checked,
        },
        scan_reference: arguments.scan_reference,
        card_serial: arguments.card_serial,
    };
    interrupts.now(Doing::Something);
    let ask = !arguments.draft;
    let request = acting
        .clerk
        .register_paper_request(form, ask)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    tell(bank, &request, arguments.json)?;
    let number = request.number().to_string();
    let done = if ask { "M-BO-01" } else { "M-BO-28" };
    let text = bank.terminal.text(done, &[("id", &number)]);
    bank.terminal.done(&text);
    Ok(())
}

async fn print(
    bank: &Bank,
    interrupts: &Interrupts,
    staff: &StaffArguments,
    number: &str,
    (sheet, json): (PathBuf, bool),
) -> Result<(), Failure> {
    // Before anything is made: what is printed once must have a place to go.
    refuse_existing(&sheet, &bank.terminal)?;
    let acting = acting(bank, staff).await?;
    interrupts.now(Doing::Something);
    let notice = acting
        .clerk
        .print_paper_notice(number)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    let html = Notice::new(&bank.notices(), &notice).html();
    write_new(&sheet, html.as_bytes(), &bank.terminal)?;
    if json {
        tell(bank, &notice.request, true)?;
    }
    let text = bank.terminal.text("M-BO-29", &[]);
    bank.terminal.done(&text);
    bank.terminal
        .caution(&bank.terminal.text("terminal-notice-file", &[]));
    Ok(())
}

async fn step(
    bank: &Bank,
    interrupts: &Interrupts,
    arguments: StepArguments,
    step: Step,
) -> Result<(), Failure> {
    let refuse = |refusal: Refusal| bank.refuse(refusal);
    let number = arguments.number.as_str();
    let Acting {
        clerk,
        login_password,
    } = acting(bank, &arguments.staff).await?;
    let version = if let Some(version) = arguments.version {
        version
    } else {
        let request = clerk.paper_request(number).await;
        request.map_err(refuse)?.version()
    };
    interrupts.now(Doing::Something);
    let (request, done) = match step {
        Step::Decide {
            decision,
            reason,
            done,
        } => {
            let form = PaperDecisionForm {
                number: number.to_owned(),
                version,
                decision: decision.to_owned(),
                reason,
                login_password,
            };
            let decided = clerk.decide_paper_request(form).await;
            (decided.map_err(refuse)?, done)
        }
        Step::Undelivered => {
            let recorded = clerk.record_returned_mail(number, version).await;
            let recorded = recorded.map_err(refuse)?;
            let done = if recorded.already_redeemed {
                "M-BO-26"
            } else {
                "M-BO-25"
            };
            (recorded.request, done)
        }
        Step::Complete => {
            let completed = clerk.complete_paper_request(number, version).await;
            (completed.map_err(refuse)?, "M-BO-27")
        }
        Step::Cancel => {
            let cancelled = clerk.cancel_paper_request(number, version).await;
            (cancelled.map_err(refuse)?, "M-BO-24")
        }
    };
    tell(bank, &request, arguments.json)?;
    bank.terminal.done(&bank.terminal.text(done, &[]));
    for matter in request.outstanding() {
        let matter = bank.terminal.text(&format!("paper-matter-{matter}"), &[]);
        let text = bank.terminal.text("M-BO-22", &[("matter", &matter)]);
        bank.terminal.caution(&text);
    }
    Ok(())
}

fn tell(bank: &Bank, request: &PaperRequest, json: bool) -> Result<(), Failure> {
    if json {
        return bank.terminal.print(&format!("{}\n", document(request)));
    }
    Ok(())
}

/// A request with the names of the API.
fn document(request: &PaperRequest) -> Value {
    let facts = request.facts();
    let matters = |matters: &std::collections::BTreeSet<_>| {
        let names = matters.iter();
        names
            .map(warifu_core::domain::paper_request::Matter::to_string)
            .collect::<Vec<String>>()
    };
    let history = request.history().iter().map(|step| {
        json!({
            "at": step.at.to_string(),
            "staff_id": step.by.as_ref().map(|by| by.id.as_str()),
            "name": step.by.as_ref().map(|by| by.name.as_str()),
            "action": action(step.action),
            "reason": step.reason.as_ref().map(ToString::to_string),
        })
    });
    json!({
        "request_id": request.number().to_string(),
        "version": request.version(),
        "state": request.state().name(),
        "edition": facts.edition.as_str(),
        "form": 3,
        "contract_number": facts.subject.contract.as_str(),
        "contract_name": facts.contract_name,
        "user_id": facts.subject.user.as_str(),
        "user_name": facts.user_name,
        "matters": matters(&facts.matters),
        "received_on": facts.received_on.to_string(),
        "checks": {
            "seal": facts.checks.seal,
            "identity": facts.checks.identity,
            "registered_address": facts.checks.registered_address,
        },
        "scan_reference": facts.scan_reference.as_str(),
        "card_serial": facts.card_serial.as_ref().map(ToString::to_string),
        "registered_at": request.registered_at().to_string(),
        "registered_by": request.registered_by().id.as_str(),
        "expires_at": request.expires_at().to_string(),
        "approver": request.approver().map(|approver| approver.id.as_str()),
        "outstanding": matters(request.outstanding()),
        "history": history.collect::<Vec<Value>>(),
    })
}

/// The stable name of a step.
fn action(action: PaperAction) -> String {
    match action {
        PaperAction::Registered => "registered".to_owned(),
        PaperAction::Edited => "edited".to_owned(),
        PaperAction::AskedForApproval => "asked-for-approval".to_owned(),
        PaperAction::Approved => "approved".to_owned(),
        PaperAction::Rejected => "rejected".to_owned(),
        PaperAction::Returned => "returned".to_owned(),
        PaperAction::Cancelled => "cancelled".to_owned(),
        PaperAction::CarriedOut(matter) => format!("carried-out {matter}"),
        PaperAction::NoticeBegun => "notice-begun".to_owned(),
        PaperAction::NoticeAbandoned => "notice-abandoned".to_owned(),
        PaperAction::NoticePrinted => "notice-printed".to_owned(),
        PaperAction::MailReturned => "mail-returned".to_owned(),
        PaperAction::Completed => "completed".to_owned(),
        PaperAction::Expired => "expired".to_owned(),
    }
}
