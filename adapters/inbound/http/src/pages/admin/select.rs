//! 利用者の選択.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::{ListPosition, ListUsers, Paging, UserOverview, UserSort, UserStatusFilter};

use super::users::UserRow;
use crate::pages::frame::{Frame, Steps};
use crate::pages::login::Notice;
use crate::pages::member::Admin;
use crate::pages::page_request::{Halt, PageRequest, see_other};
use crate::pages::sessions;

const PATH: &str = "/admin/users/cert-password";
const SIZES: [usize; 3] = [20, 50, 100];
const STATUSES: [(&str, &str); 8] = [
    ("", "select-status-all"),
    ("valid", "select-status-valid"),
    ("expiring", "select-status-expiring"),
    ("expired", "select-status-expired"),
    ("none", "select-status-none"),
    ("revoked", "select-status-revoked"),
    ("locked", "select-status-locked"),
    ("unused-password", "select-status-unused-password"),
];

/// So many page numbers are shown on each side of the current one.
const AROUND: usize = 3;

#[derive(Template)]
#[template(path = "admin/select.html")]
pub(in crate::pages) struct SelectPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
    pub(in crate::pages) query: String,
    pub(in crate::pages) status: String,
    pub(in crate::pages) sort: String,
    pub(in crate::pages) statuses: [(&'static str, &'static str); 8],
    pub(in crate::pages) sizes: [usize; 3],
    pub(in crate::pages) page_size: usize,
    pub(in crate::pages) columns: Vec<Column>,
    pub(in crate::pages) users: Vec<UserRow>,
    pub(in crate::pages) count: String,
    pub(in crate::pages) pages: Vec<PageLink>,
    pub(in crate::pages) previous: Option<String>,
    pub(in crate::pages) next: Option<String>,
}

/// A column's heading.
pub(in crate::pages) struct Column {
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) href: Option<String>,
    pub(in crate::pages) order: Option<&'static str>,
}

/// A link to a page of the list.
pub(in crate::pages) struct PageLink {
    pub(in crate::pages) number: usize,
    pub(in crate::pages) href: String,
    pub(in crate::pages) current: bool,
}

/// What the address asks for. What it asks for wrongly is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) struct Request {
    query: String,
    status: Option<UserStatusFilter>,
    /// Nothing for the usual order.
    sort: Option<UserSort>,
    descending: bool,
    size: usize,
    number: usize,
}

impl Request {
    pub(in crate::pages) fn of(page_request: &PageRequest) -> Self {
        Self::read(|name| page_request.parameter(name))
    }

    fn read(parameter: impl Fn(&str) -> Option<String>) -> Self {
        let sort = parameter("sort").unwrap_or_default();
        let descending = sort.starts_with('-');
        let of_column = sort.trim_start_matches('-').parse().ok();
        let number = |name: &str| parameter(name).and_then(|text| text.parse::<usize>().ok());
        Self {
            query: parameter("q").unwrap_or_default(),
            status: parameter("status").and_then(|status| status.parse().ok()),
            descending: descending && of_column.is_some(),
            sort: of_column,
            size: number("size")
                .filter(|size| SIZES.contains(size))
                .unwrap_or(SIZES[0]),
            number: number("page").unwrap_or(1).max(1),
        }
    }

    fn status_name(&self) -> &'static str {
        self.status.map_or("", UserStatusFilter::name)
    }

    fn sort_name(&self) -> String {
        let sign = if self.descending { "-" } else { "" };
        let name = self.sort.map_or("", UserSort::name);
        format!("{sign}{name}")
    }

    /// The address of this list.
    fn address(&self) -> String {
        let mut pairs = vec![("q", self.query.clone())];
        pairs.push(("status", self.status_name().to_owned()));
        pairs.push(("size", self.size.to_string()));
        pairs.push(("sort", self.sort_name()));
        pairs.push(("page", self.number.to_string()));
        let usual = |(name, value): &(&str, String)| match *name {
            "size" => *value == SIZES[0].to_string(),
            "page" => value == "1",
            _ => value.is_empty(),
        };
        pairs.retain(|pair| !usual(pair));
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        if query.is_empty() {
            PATH.to_owned()
        } else {
            format!("{PATH}?{query}")
        }
    }

    fn page(&self, number: usize) -> String {
        Self {
            number,
            ..self.clone()
        }
        .address()
    }

    /// The heading of a column that the list can be sorted by.
    fn sortable(&self, label: &'static str, sort: UserSort, shown: UserSort) -> Column {
        let sorted = shown == sort;
        let next = Self {
            sort: Some(sort),
            descending: sorted && !self.descending,
            number: 1,
            ..self.clone()
        };
        let order = sorted.then_some(if self.descending {
            "descending"
        } else {
            "ascending"
        });
        Column {
            label,
            href: Some(next.address()),
            order,
        }
    }

    /// The headings of a list that stands in the order `shown`.
    fn columns(&self, shown: UserSort) -> Vec<Column> {
        let plain = |label| Column {
            label,
            href: None,
            order: None,
        };
        vec![
            self.sortable("label-user-id", UserSort::UserId, shown),
            self.sortable("select-column-name", UserSort::Name, shown),
            plain("select-column-right"),
            plain("select-column-certificate"),
            self.sortable("select-column-end", UserSort::CertificateEnd, shown),
            plain("select-column-password"),
            plain("select-column-state"),
            plain("select-column-action"),
        ]
    }

    fn list(&self) -> ListUsers {
        ListUsers {
            query: Some(self.query.clone()).filter(|query| !query.is_empty()),
            status: self.status,
            sort: self.sort,
            descending: self.descending,
            page: Paging::Page {
                number: self.number,
                size: self.size,
            },
        }
    }
}

impl Default for Request {
    fn default() -> Self {
        Self::read(|_| None)
    }
}

/// The list of the users of one status.
pub(in crate::pages) fn of_status(status: UserStatusFilter) -> String {
    Request {
        status: Some(status),
        ..Request::default()
    }
    .address()
}

impl SelectPage {
    /// `users` are shown, which stand in `place` of all that match, in the order `sort`.
    pub(in crate::pages) fn new(
        frame: Frame,
        notice: Option<Notice>,
        request: &Request,
        users: Vec<UserRow>,
        (place, sort): (ListPosition, UserSort),
    ) -> Self {
        let ListPosition { total, first } = place;
        let last_page = total.div_ceil(request.size).max(1);
        let shown = request.number.saturating_sub(AROUND).max(1)
            ..=request.number.saturating_add(AROUND).min(last_page);
        let link = |number| PageLink {
            number,
            href: request.page(number),
            current: number == request.number,
        };
        let last = (first + users.len()).saturating_sub(1);
        let count = frame.t3(
            "select-count",
            ("total", total),
            ("from", first),
            ("to", last),
        );
        Self {
            notice,
            query: request.query.clone(),
            status: request.status_name().to_owned(),
            sort: request.sort_name(),
            statuses: STATUSES,
            sizes: SIZES,
            page_size: request.size,
            columns: request.columns(sort),
            users,
            count,
            pages: shown.map(link).collect(),
            previous: (request.number > 1).then(|| request.page(request.number - 1)),
            next: (request.number < last_page).then(|| request.page(request.number + 1)),
            frame,
        }
    }
}

pub(in crate::pages) async fn show(Admin(member): Admin) -> Result<Response, Halt> {
    let request = Request::of(&member.page_request);
    let service = member.service();
    let listed = member.operator().list_users(request.list()).await;
    let listed = listed.map_err(|refusal| member.halt(refusal))?;
    let place = listed.place.unwrap_or_default();
    if listed.users.is_empty() && place.total > 0 {
        return Ok(see_other(&request.page(place.total.div_ceil(request.size))));
    }
    let mut frame = member.frame("select-title").at_step(Steps::of_reissue(1));
    frame.address = Some(request.address());
    let notice =
        (member.page_request.told() == Some("unlocked")).then(|| Notice::done(frame.t("M-RI-13")));
    let notice = notice.or_else(|| sessions::notice(&member, &frame));
    let row = |overview: &UserOverview| {
        let operator = member.operator();
        let unlockable = operator.has_lock_to_lift(overview);
        let may_end = operator.may_end_sessions_of(&overview.user);
        let barred = operator.reissue_barred(&overview.user);
        let row = UserRow::new(&frame, service.now(), overview, unlockable);
        row.with_bar(&frame, barred.as_ref()).with_sessions(
            may_end.then(|| {
                member.form_token(&format!("/admin/users/sessions/{}", overview.user.id()))
            }),
        )
    };
    let users = listed.users.iter().map(row).collect();
    let page = SelectPage::new(frame, notice, &request, users, (place, listed.sort));
    Ok(member.page_request.page(StatusCode::OK, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str) -> Request {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
        Request::read(|name| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn an_address_says_what_is_unusual_and_nothing_else() {
        assert_eq!(request("").address(), PATH);
        assert_eq!(request("q=&status=&size=20&sort=&page=1").address(), PATH);
        let address = request("q=%E5%B1%B1+%26&status=locked&size=50&sort=-name&page=3").address();
        assert_eq!(
            address,
            format!("{PATH}?q=%E5%B1%B1+%26&status=locked&size=50&sort=-name&page=3")
        );
    }

    #[test]
    fn what_is_asked_for_wrongly_is_left_out() {
        assert_eq!(
            request("status=x&size=7&sort=evil&page=-1"),
            Request::default()
        );
        assert_eq!(request("page=0").number, 1);
    }

    #[test]
    fn a_column_is_sorted_the_other_way_at_the_second_click() {
        let sorted = request("sort=name&page=4");
        let name = sorted.sortable("select-column-name", UserSort::Name, UserSort::Name);
        assert_eq!(name.order, Some("ascending"));
        assert_eq!(name.href, Some(format!("{PATH}?sort=-name")));
        let end = sorted.sortable(
            "select-column-end",
            UserSort::CertificateEnd,
            UserSort::Name,
        );
        assert_eq!(end.order, None);
        assert_eq!(end.href, Some(format!("{PATH}?sort=certificate")));
    }
}
