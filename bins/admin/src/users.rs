//! The users of a contract.

use warifu_core::domain::{Contract, Permission};
use warifu_core::{
    ListUsers, ListUsersPage, Paging, Refusal, UserOverview, UserSort, UserStatusFilter,
};
use warifu_messages::Messages;
use warifu_terminal::{Failure, Format, Table};
use warifu_wire::{
    Message, PasswordStatus, UserList, UserView, certificate_words, lock_words, password_words,
    right_words, to_json,
};

use crate::bank::Bank;

/// How many are fetched at a time.
const PAGE: usize = 100;

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
    let whole = all(bank, &contract, query, status).await?;
    if format.json {
        return bank
            .terminal
            .print(&format!("{}\n", to_json(&UserList::from(whole))));
    }
    let table = table(bank, &whole.users, format);
    if format.plain {
        return bank.terminal.print(&table.plain());
    }
    if whole.users.is_empty() {
        bank.terminal.say(&bank.terminal.text("select-none", &[]));
        return Ok(());
    }
    bank.terminal.print(&table.text(bank.terminal.data_width()))
}

/// All users that match, page by page.
pub(crate) async fn all(
    bank: &Bank,
    contract: &Contract,
    query: Option<String>,
    status: Option<UserStatusFilter>,
) -> Result<ListUsersPage, Failure> {
    let mut list = ListUsers {
        query,
        status,
        sort: UserSort::UserId,
        descending: false,
        page: Paging::After {
            cursor: None,
            limit: PAGE,
        },
    };
    let mut whole = ListUsersPage {
        users: Vec::new(),
        total: 0,
        first: 1,
        next_cursor: None,
    };
    loop {
        let page = bank
            .use_cases
            .list_users(contract, list.clone())
            .await
            .map_err(|refusal| bank.refuse(refusal))?;
        whole.total = page.total;
        whole.users.extend(page.users);
        if page.next_cursor.is_none() {
            return Ok(whole);
        }
        list.page = Paging::After {
            cursor: page.next_cursor,
            limit: PAGE,
        };
    }
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
