//! The users of a contract.

use warifu_core::domain::Permission;
use warifu_core::{OverviewWalk, Refusal, UserOverview};
use warifu_messages::Messages;
use warifu_terminal::{Failure, Format, Table};
use warifu_wire::{
    Message, PasswordStatus, UserStream, UserView, certificate_words, lane_words, lock_words,
    password_words, right_words, to_json,
};

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
    let mut stream = UserStream::default();
    loop {
        let users = walk.next().await.map_err(|refusal| bank.refuse(refusal))?;
        if users.is_empty() {
            return bank.terminal.print(&format!("{}\n", stream.end()));
        }
        bank.terminal.print(&stream.part(users))?;
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
            .print(&format!("{}\n", to_json(&UserView::from(overview))));
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
        PasswordStatus::from(&overview.retrieval_password)
            .name()
            .to_owned(),
        locks.join(","),
    ]
}

/// As people read it.
fn worded(bank: &Bank, overview: &UserOverview) -> Vec<String> {
    let terminal = &bank.terminal;
    let text = |id: &str| terminal.text(id, &[]);
    let moments = bank.moments();
    let say = |message: &Message| message.text(Messages::standard(), terminal.locale(), moments);
    let user = &overview.user;
    let mut states: Vec<String> = overview
        .locks
        .iter()
        .map(|purpose| text(lock_words(*purpose)))
        .collect();
    let lanes = overview.login_lanes.iter();
    states.extend(lanes.map(|lane| text(lane_words(*lane))));
    if user.disabled {
        states.insert(0, text("state-disabled"));
    }
    if states.is_empty() {
        states.push(text("state-usable"));
    }
    vec![
        user.id().to_string(),
        user.name.clone(),
        text(right_words(user)),
        say(&certificate_words(overview, bank.use_cases.service.now())),
        overview
            .certificate_not_after
            .map(|end| moments.date_time(end))
            .unwrap_or_default(),
        say(&password_words(&overview.retrieval_password)),
        states.join(", "),
    ]
}
