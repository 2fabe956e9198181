//! The users of a contract.

use warifu_core::domain::retrieval_record::RetrievalPasswordStatus;
use warifu_core::domain::{CertificateStatus, Permission};
use warifu_core::{OverviewWalk, Refusal, UserOverview};
use warifu_inbound_http::{UsersDocument, user_document};
use warifu_terminal::{Failure, Format, Table};

use crate::bank::Bank;

/// Lists users.
pub(crate) async fn list(
    bank: &Bank,
    contract: &str,
    query: Option<String>,
    status: Option<String>,
    format: Format,
) -> Result<(), Failure> {
    let refuse = |refusal: Refusal| bank.refuse(refusal);
    let status = match status {
        Some(name) => Some(name.parse().map_err(|field| refuse(Refusal::from(field)))?),
        None => None,
    };
    let contract = bank.use_cases.contract(contract).await.map_err(refuse)?;
    let walk = bank
        .use_cases
        .walk_users(&contract, query.as_deref(), status);
    if format.json {
        print_document(bank, walk).await
    } else if format.plain {
        print_lines(bank, walk, format).await
    } else {
        print_table(bank, walk, format).await
    }
}

/// One document, as of a page of the API that has everybody. It is printed batch by batch.
async fn print_document(bank: &Bank, mut walk: OverviewWalk<'_>) -> Result<(), Failure> {
    let mut document = UsersDocument::default();
    loop {
        let users = walk.next().await.map_err(|refusal| bank.refuse(refusal))?;
        if users.is_empty() {
            return bank.terminal.print(&format!("{}\n", document.end()));
        }
        bank.terminal.print(&document.part(users))?;
    }
}

/// A line a user, batch by batch.
async fn print_lines(
    bank: &Bank,
    mut walk: OverviewWalk<'_>,
    format: Format,
) -> Result<(), Failure> {
    loop {
        let users = walk.next().await.map_err(|refusal| bank.refuse(refusal))?;
        if users.is_empty() {
            return Ok(());
        }
        bank.terminal.print(&table(bank, &users, format).plain())?;
    }
}

/// For people. Columns that align need the cells of all users, which are all that is kept of them.
async fn print_table(
    bank: &Bank,
    mut walk: OverviewWalk<'_>,
    format: Format,
) -> Result<(), Failure> {
    let mut table = table(bank, &[], format);
    let mut empty = true;
    loop {
        let users = walk.next().await.map_err(|refusal| bank.refuse(refusal))?;
        if users.is_empty() {
            break;
        }
        empty = false;
        for overview in &users {
            table.push(&worded(bank, overview));
        }
    }
    if empty {
        bank.terminal.say(&bank.terminal.text("select-none", &[]));
        return Ok(());
    }
    bank.terminal.print(&table.text(bank.terminal.data_width()))
}

/// Shows one user.
pub(crate) async fn show(
    bank: &Bank,
    contract: &str,
    user: &str,
    format: Format,
) -> Result<(), Failure> {
    let refuse = |refusal| bank.refuse(refusal);
    let contract = bank.use_cases.contract(contract).await.map_err(refuse)?;
    let overview = bank.use_cases.user(&contract, user).await.map_err(refuse)?;
    if format.json {
        return bank
            .terminal
            .print(&format!("{}\n", user_document(overview)));
    }
    let table = table(bank, &[overview], format);
    bank.terminal.print(&if format.plain {
        table.plain()
    } else {
        // One line a cell, at every width.
        table.text(Some(0))
    })
}

fn table(bank: &Bank, users: &[UserOverview], format: Format) -> Table {
    let heads = [
        "label-user-id",
        "select-column-name",
        "select-column-right",
        "select-column-certificate",
        "select-column-end",
        "select-column-password",
        "select-column-state",
    ];
    let heads = heads.map(|head| bank.terminal.text(head, &[]));
    let mut table = Table::new(heads.to_vec());
    for overview in users {
        table.push(&if format.plain {
            plain(overview)
        } else {
            worded(bank, overview)
        });
    }
    table
}

/// As the API names things.
fn plain(overview: &UserOverview) -> Vec<String> {
    let user = &overview.user;
    let permissions = user.effective_permissions();
    let permissions: Vec<&str> = permissions.into_iter().map(Permission::name).collect();
    let locks: Vec<&str> = overview.locks.iter().map(|lock| lock.name()).collect();
    let end = overview.certificate_not_after;
    vec![
        user.id().to_string(),
        user.name.clone(),
        permissions.join(","),
        overview.certificate.name().to_owned(),
        end.map(|end| end.to_string()).unwrap_or_default(),
        password_name(&overview.retrieval_password).to_owned(),
        locks.join(","),
    ]
}

fn password_name(password: &RetrievalPasswordStatus) -> &'static str {
    password.status.map_or("none", |status| status.name())
}

/// As people read it.
fn worded(bank: &Bank, overview: &UserOverview) -> Vec<String> {
    let terminal = &bank.terminal;
    let say = |id: &str| terminal.text(id, &[]);
    let user = &overview.user;
    let right = if user.service_administrator {
        "right-administrator"
    } else if user.holds(Permission::ReissueRetrievalPassword) {
        "right-reissue"
    } else {
        "right-none"
    };
    let moments = bank.moments();
    let certificate = match (overview.certificate, overview.certificate_not_after) {
        (CertificateStatus::None, _) => say("certificate-none"),
        (CertificateStatus::Valid, _) => say("certificate-valid"),
        (CertificateStatus::Expiring, end) => {
            let left = end.map(|end| end.since(bank.use_cases.service.now()).as_secs() / 86_400);
            let left = left.unwrap_or_default().to_string();
            terminal.text("certificate-expiring", &[("n", &left)])
        }
        (CertificateStatus::Expired, _) => say("certificate-expired"),
        (CertificateStatus::Revoked, _) => say("certificate-revoked"),
    };
    let until = overview.retrieval_password.expires_at;
    let until = until
        .map(|until| moments.date_time(until))
        .unwrap_or_default();
    let password = match password_name(&overview.retrieval_password) {
        "issued" => terminal.text("password-issued", &[("until", &until)]),
        "redeemed" => say("password-redeemed"),
        "expired" => say("password-expired"),
        "cancelled" => say("password-cancelled"),
        "locked" => say("password-locked"),
        _ => say("password-none"),
    };
    let mut states: Vec<String> = overview
        .locks
        .iter()
        .map(|lock| {
            say(match lock.name() {
                "login" => "state-login",
                "transaction" => "state-transaction",
                "otp" => "state-otp",
                _ => "state-retrieval",
            })
        })
        .collect();
    if user.disabled {
        states.insert(0, say("state-disabled"));
    }
    if states.is_empty() {
        states.push(say("state-usable"));
    }
    vec![
        user.id().to_string(),
        user.name.clone(),
        say(right),
        certificate,
        overview
            .certificate_not_after
            .map(|end| moments.date_time(end))
            .unwrap_or_default(),
        password,
        states.join(", "),
    ]
}
