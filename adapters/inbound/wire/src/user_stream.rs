//! A list of users that is too long to be kept.

use warifu_core::UserOverview;

use crate::{UserView, to_json};

/// The JSON text of a [`UserList`](crate::UserList) without a next page, part by part.
#[derive(Debug, Default)]
pub struct UserStream {
    begun: bool,
}

const HEAD: &str = "{\"users\":[";
const TAIL: &str = "],\"next_cursor\":null}";

impl UserStream {
    /// The text of some more users, at least one.
    pub fn part(&mut self, users: Vec<UserOverview>) -> String {
        let written = |overview| to_json(&UserView::from(overview));
        let users: Vec<String> = users.into_iter().map(written).collect();
        let before = if self.begun { "," } else { HEAD };
        self.begun = true;
        format!("{before}{}", users.join(","))
    }

    /// The text after the last of them.
    pub fn end(self) -> String {
        let before = if self.begun { "" } else { HEAD };
        format!("{before}{TAIL}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warifu_core::domain::retrieval_record::RetrievalPasswordStatus;
    use warifu_core::domain::{CertificateStatus, Subject, User};
    use warifu_core::{ListUsersPage, UserSort};

    use super::*;
    use crate::UserList;

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
            identity: None,
        };
        UserOverview {
            user,
            certificate: CertificateStatus::None,
            certificate_not_after: None,
            retrieval_password: RetrievalPasswordStatus {
                status: None,
                expires_at: None,
                locked: false,
                handed_over: None,
            },
            locks: BTreeSet::new(),
            login_lanes: BTreeSet::new(),
        }
    }

    #[test]
    fn the_parts_are_the_list() {
        for parts in [&[][..], &[1], &[3, 1, 2]] {
            let mut stream = UserStream::default();
            let mut text = String::new();
            let mut users = Vec::new();
            for size in parts {
                let part: Vec<_> = (users.len()..users.len() + size).map(overview).collect();
                users.extend(part.clone());
                text.push_str(&stream.part(part));
            }
            text.push_str(&stream.end());
            let page = ListUsersPage {
                users,
                place: None,
                sort: UserSort::UserId,
                next_cursor: None,
            };
            assert_eq!(text, to_json(&UserList::from(page)));
        }
    }
}
