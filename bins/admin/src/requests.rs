//! Paper requests, at a terminal of the back office. Who acts proves it as at the pages: with login
//! password and one-time password, for each command.

use std::path::PathBuf;

use warifu_core::domain::paper_request::{Matter, PaperAction, PaperChecks, PaperRequest};
use warifu_core::office::{
    Clerk, PaperDecisionForm, PaperFilter, PaperForm, PaperPage, PaperTab, StaffLoginForm,
};
use warifu_core::{Refusal, Secret};
use warifu_terminal::{
    Asked, Doing, Failure, Format, Interrupts, Notice, Secrets, Table, refuse_existing, write_new,
};
use warifu_wire::{RequestList, RequestView, action_name, paper_matter, paper_state, to_json};

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
    Reprint {
        reason: String,
    },
    Posted,
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
        RequestsCommand::Reprint(ReasonedArguments { step, reason }) => {
            (step, Step::Reprint { reason })
        }
        RequestsCommand::Posted(step) => (step, Step::Posted),
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
        // All of them: there is no further page.
        let list = RequestList::from(PaperPage {
            requests,
            next_cursor: None,
        });
        return terminal.print(&format!("{}\n", to_json(&list)));
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
    let (facts, state, due) = (request.facts(), request.state(), request.expires_at());
    let matters = facts.matters.iter();
    vec![
        request.number().to_string(),
        facts.received_on.to_string(),
        facts.subject.contract.to_string(),
        facts.subject.user.to_string(),
        if plain {
            matters.map(Matter::to_string).collect::<Vec<_>>().join(" ")
        } else {
            matters_in_words(bank, request)
        },
        if plain {
            state.to_string()
        } else {
            bank.terminal.text(paper_state(state), &[])
        },
        request.registered_by().id.to_string(),
        match (state.is_undecided(), plain) {
            (false, _) => String::new(),
            (true, true) => due.to_string(),
            (true, false) => bank.moments().date_time(due),
        },
    ]
}

fn matters_in_words(bank: &Bank, request: &PaperRequest) -> String {
    let matters = request.facts().matters.iter();
    let texts: Vec<String> = matters
        .map(|matter| bank.terminal.text(paper_matter(*matter), &[]))
        .collect();
    texts.join(", ")
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
        return bank
            .terminal
            .print(&format!("{}\n", to_json(&RequestView::from(&request))));
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
            step_name(step.action),
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
    facts.push(&[
        request.number().to_string(),
        bank.terminal.text(paper_state(request.state()), &[]),
        request.version().to_string(),
        request.facts().contract_name.clone(),
        request.facts().subject.user.to_string(),
        request.facts().user_name.clone(),
        matters_in_words(bank, &request),
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
        .take_paper_notice(number)
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
        Step::Reprint { reason } => {
            let asked = clerk.ask_for_reprint(number, version, &reason).await;
            (asked.map_err(refuse)?, "M-BO-33")
        }
        Step::Posted => {
            let posted = clerk.record_posted_notice(number, version).await;
            (posted.map_err(refuse)?, "M-BO-32")
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
        let matter = bank.terminal.text(paper_matter(*matter), &[]);
        let text = bank.terminal.text("M-BO-22", &[("matter", &matter)]);
        bank.terminal.caution(&text);
    }
    Ok(())
}

fn tell(bank: &Bank, request: &PaperRequest, json: bool) -> Result<(), Failure> {
    if json {
        return bank
            .terminal
            .print(&format!("{}\n", to_json(&RequestView::from(request))));
    }
    Ok(())
}

/// A step with the names of the API.
fn step_name(action: PaperAction) -> String {
    match action_name(action) {
        (name, None) => name.to_owned(),
        (name, Some(matter)) => format!("{name} {matter}"),
    }
}
