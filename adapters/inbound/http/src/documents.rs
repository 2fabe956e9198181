//! The API's documents for programs at a terminal that work without a server: the same members and
//! the same words, from the same tables.

use serde::Serialize;
use warifu_core::domain::{CodeLengths, RequestId};
use warifu_core::ports::AuditPage;
use warifu_core::{Refusal, UserOverview};
use warifu_messages::{Locale, Messages, Moments};

use crate::answer::{Answer, Message};
use crate::api::views::{AuditList, UserView};
use crate::problem;

/// What a refusal is told with, wherever it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The status that the API answers.
    pub status: u16,
    /// The number of the message.
    pub code: &'static str,
    /// What people are told.
    pub detail: String,
    /// The entries that cannot be right: their name in the API, and what people are told.
    pub fields: Vec<(&'static str, String)>,
}

/// Puts a refusal into words.
pub fn explain(
    refusal: Refusal,
    locale: Locale,
    utc_offset_minutes: i32,
    reference: RequestId,
    code_lengths: &CodeLengths,
) -> Explanation {
    let moments = Moments::new(locale, utc_offset_minutes);
    let answer = Answer::from(refusal);
    let say = |message: &Message| {
        let lengths = || problem::listed(code_lengths);
        let place = (locale, moments);
        problem::say(Messages::standard(), lengths, place, reference, message)
    };
    let mut detail = say(&answer.message);
    if let Some(addition) = &answer.addition {
        if locale == Locale::En {
            detail.push(' ');
        }
        detail.push_str(&say(addition));
    }
    Explanation {
        status: answer.status.as_u16(),
        code: answer.message.id,
        detail,
        fields: answer
            .fields
            .iter()
            .map(|field| (field.name, say(&field.message)))
            .collect(),
    }
}

/// All users, as a page of the API without a next one: part by part, for whoever has more of them
/// than they want to keep.
#[derive(Debug, Default)]
pub struct UsersDocument {
    begun: bool,
}

impl UsersDocument {
    /// The text of some more users, at least one.
    pub fn part(&mut self, users: Vec<UserOverview>) -> String {
        let users: Vec<String> = users.into_iter().map(user_document).collect();
        let before = if self.begun { "," } else { USERS_BEGIN };
        self.begun = true;
        format!("{before}{}", users.join(","))
    }

    /// The text after the last of them.
    pub fn end(self) -> String {
        let before = if self.begun { "" } else { USERS_BEGIN };
        format!("{before}{USERS_END}")
    }
}

const USERS_BEGIN: &str = "{\"users\":[";
const USERS_END: &str = "],\"next_cursor\":null}";

/// One user, as in a page of users.
pub fn user_document(overview: UserOverview) -> String {
    written(&UserView::from(overview))
}

/// A page of the operation history.
pub fn audit_document(page: AuditPage) -> String {
    written(&AuditList::from(page))
}

/// The views hold texts, numbers and lists: nothing that JSON cannot say.
fn written(view: &impl Serialize) -> String {
    serde_json::to_string(view).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warifu_core::ListUsersPage;
    use warifu_core::domain::retrieval_record::RetrievalPasswordStatus;
    use warifu_core::domain::{CertificateStatus, Subject, User};

    use super::*;
    use crate::api::views::UserList;

    fn overview(number: usize) -> UserOverview {
        let id = format!("user{number:02}").parse().unwrap();
        let user = User {
            subject: Subject::new("123456".parse().unwrap(), id),
            name: format!("\"利用者\" {number}"),
            service_administrator: false,
            permissions: BTreeSet::new(),
            mail: None,
            disabled: false,
            certificate_not_after: None,
        };
        UserOverview {
            user,
            certificate: CertificateStatus::None,
            certificate_not_after: None,
            retrieval_password: RetrievalPasswordStatus::default(),
            locks: BTreeSet::new(),
        }
    }

    #[test]
    fn users_part_by_part_are_the_page_of_the_api() {
        for parts in [&[][..], &[1], &[3, 1, 2]] {
            let mut document = UsersDocument::default();
            let mut text = String::new();
            let mut users = Vec::new();
            for size in parts {
                let part: Vec<_> = (users.len()..users.len() + size).map(overview).collect();
                users.extend(part.clone());
                text.push_str(&document.part(part));
            }
            text.push_str(&document.end());
            let page = ListUsersPage {
                users,
                place: None,
                next_cursor: None,
            };
            assert_eq!(text, written(&UserList::from(page)));
        }
    }

    #[test]
    fn a_refusal_is_told_as_by_the_api() {
        let reference = RequestId::from_bytes([7; 16]);
        let told = |refusal| explain(refusal, Locale::En, 540, reference, &CodeLengths::new([6]));
        let near = told(Refusal::TransactionRefused { failures_left: 1 });
        assert_eq!((near.status, near.code), (401, "M-RI-01"));
        assert!(
            near.detail
                .ends_with(". 1 more incorrect entry will lock it.")
        );
        assert!(told(Refusal::OtpRefused).detail.contains("6 digits"));
        let invalid = told(warifu_core::InvalidField::BulkSize { most: 7 }.into());
        assert_eq!(invalid.status, 422);
        assert_eq!(
            invalid.fields,
            [(
                "users",
                "At most 7 users can be reissued for at once.".to_owned()
            )]
        );
    }
}
