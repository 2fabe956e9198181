//! Where to go after a login. A fixed set of our own pages, so that no link can lead elsewhere; with the
//! query that a page was asked for with, so that a list is the same list again.

use http::Uri;
use warifu_core::domain::paper_request::ReceptionNumber;
use warifu_core::domain::{Surface, UserId};

/// A longer query is left out: none of our pages makes one.
const LONGEST_QUERY: usize = 1024;

/// A page to return to, with its query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Destination {
    page: Page,
    /// Written by us, whatever was asked for.
    query: String,
}

/// A page to return to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Page {
    /// The first page of the surface.
    #[default]
    First,
    /// 利用者登録.
    Users,
    /// 利用者の選択.
    Selection,
    /// 証明書取得用パスワード再発行, for this user.
    Reissue(UserId),
    /// ロックの解除, for this user.
    Unlock(UserId),
    /// 最近の再発行, of the contract or one's own.
    Reissues,
    /// 操作履歴.
    Audit,
    /// ワンタイムパスワード認証.
    Otp,
    /// ワンタイムパスワードカードが使えないとき.
    WithoutCard,
    /// 書面の受付登録.
    NewRequest,
    /// A paper request.
    Request(ReceptionNumber),
}

impl Destination {
    /// The page to return to from `uri`: itself, or the one its form stands on.
    pub(super) fn of(uri: &Uri) -> Self {
        Self {
            page: Page::of_path(uri.path()),
            query: rewritten(uri.query().unwrap_or_default()),
        }
    }

    /// Reads the parameters `next`, `user`, `request` and `at` of a login page's address.
    pub(super) fn parse(parameter: impl Fn(&str) -> Option<String>) -> Self {
        let query = parameter("at").unwrap_or_default();
        Self {
            page: Page::parse(parameter),
            query: rewritten(&query),
        }
    }

    /// The parameters that [`Self::parse`] reads, as a query.
    pub(super) fn query(&self) -> String {
        let mut parameters = self.page.parameters();
        if !self.query.is_empty() {
            parameters.push(("at", self.query.clone()));
        }
        serde_urlencoded::to_string(parameters).unwrap_or_default()
    }

    /// Its address on `surface`; that of the first page where the surface has no such page.
    pub(super) fn path(&self, surface: Surface) -> String {
        with_query(self.page.path(surface), &self.query)
    }

    /// Whether it is where one gets a password by oneself.
    pub(super) fn is_own_reissue(&self) -> bool {
        self.page == Page::Otp
    }

    /// The address of the login page that leads there.
    pub(super) fn login(&self, surface: Surface) -> String {
        with_query(format!("{}/login", base(surface)), &self.query())
    }
}

fn with_query(path: String, query: &str) -> String {
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

/// The same pairs, spelled by us, but for the choice of a language, which was made.
fn rewritten(query: &str) -> String {
    if query.len() > LONGEST_QUERY {
        return String::new();
    }
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.filter(|(name, _)| name != "lang"));
    query.finish()
}

impl Page {
    fn of_path(path: &str) -> Self {
        let user = |start: &str| path.strip_prefix(start).and_then(|id| id.parse().ok());
        if let Some(user) = user("/admin/users/cert-password/") {
            return Self::Reissue(user);
        }
        if let Some(user) = user("/admin/users/unlock/") {
            return Self::Unlock(user);
        }
        if path == "/office/requests/new" {
            return Self::NewRequest;
        }
        if let Some(rest) = path.strip_prefix("/office/requests/") {
            let number = rest.split('/').next().unwrap_or_default();
            return number.parse().map_or(Self::First, Self::Request);
        }
        match path {
            "/admin/users" => Self::Users,
            "/admin/users/cert-password" => Self::Selection,
            "/admin/reissues" | "/cert/reissues" => Self::Reissues,
            "/cert/reissue/no-card" => Self::WithoutCard,
            "/cert/reissue" | "/cert/reissue/ready" | "/cert/reissue/show" => Self::Otp,
            _ if path.starts_with("/admin/audit") || path.starts_with("/office/audit") => {
                Self::Audit
            }
            _ => Self::First,
        }
    }

    fn parse(parameter: impl Fn(&str) -> Option<String>) -> Self {
        let user = || parameter("user").and_then(|id| id.parse().ok());
        let request = || parameter("request").and_then(|number| number.parse().ok());
        match parameter("next").as_deref() {
            Some("users") => Self::Users,
            Some("selection") => Self::Selection,
            Some("reissue") => user().map_or(Self::Selection, Self::Reissue),
            Some("unlock") => user().map_or(Self::Selection, Self::Unlock),
            Some("reissues") => Self::Reissues,
            Some("audit") => Self::Audit,
            Some("otp") => Self::Otp,
            Some("no-card") => Self::WithoutCard,
            Some("new-request") => Self::NewRequest,
            Some("request") => request().map_or(Self::First, Self::Request),
            _ => Self::First,
        }
    }

    /// The parameters that [`Self::parse`] reads.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let next = |name: &str| vec![("next", name.to_owned())];
        let with_user =
            |name: &str, user: &UserId| vec![("next", name.to_owned()), ("user", user.to_string())];
        match self {
            Self::First => Vec::new(),
            Self::Users => next("users"),
            Self::Selection => next("selection"),
            Self::Reissue(user) => with_user("reissue", user),
            Self::Unlock(user) => with_user("unlock", user),
            Self::Reissues => next("reissues"),
            Self::Audit => next("audit"),
            Self::Otp => next("otp"),
            Self::WithoutCard => next("no-card"),
            Self::NewRequest => next("new-request"),
            Self::Request(number) => vec![
                ("next", "request".to_owned()),
                ("request", number.to_string()),
            ],
        }
    }

    /// Its address on `surface`; the first page where the surface has no such page.
    fn path(&self, surface: Surface) -> String {
        match (surface, self) {
            (Surface::Admin, Self::Users) => "/admin/users".to_owned(),
            (Surface::Admin, Self::Selection) => "/admin/users/cert-password".to_owned(),
            (Surface::Admin, Self::Reissue(user)) => format!("/admin/users/cert-password/{user}"),
            (Surface::Admin, Self::Unlock(user)) => format!("/admin/users/unlock/{user}"),
            (Surface::Admin, Self::Reissues) => "/admin/reissues".to_owned(),
            (Surface::Admin, Self::Audit) => "/admin/audit".to_owned(),
            (Surface::SelfService, Self::Reissues) => "/cert/reissues".to_owned(),
            (Surface::SelfService, Self::Otp) => "/cert/reissue".to_owned(),
            (Surface::SelfService, Self::WithoutCard) => "/cert/reissue/no-card".to_owned(),
            (Surface::Office, Self::NewRequest) => "/office/requests/new".to_owned(),
            (Surface::Office, Self::Request(number)) => format!("/office/requests/{number}"),
            (Surface::Office, Self::Audit) => "/office/audit".to_owned(),
            (Surface::Office, _) => "/office/requests".to_owned(),
            _ => base(surface).to_owned(),
        }
    }
}

/// Where the form is sent that logs out of a surface.
pub(super) fn logout(surface: Surface) -> String {
    format!("{}/logout", base(surface))
}

/// The first page of a surface; its other pages stand under it.
pub(super) const fn base(surface: Surface) -> &'static str {
    match surface {
        Surface::SelfService => "/cert",
        Surface::Admin => "/admin",
        Surface::Office => "/office",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_leads_back_to_itself_through_the_login() {
        for (surface, path) in [
            (Surface::Admin, "/admin"),
            (Surface::Admin, "/admin/users"),
            (Surface::Admin, "/admin/users/cert-password"),
            (Surface::Admin, "/admin/users/cert-password/user01"),
            (Surface::Admin, "/admin/users/unlock/user01"),
            (Surface::Admin, "/admin/reissues"),
            (Surface::Admin, "/admin/audit"),
            (Surface::SelfService, "/cert"),
            (Surface::SelfService, "/cert/reissue"),
            (Surface::SelfService, "/cert/reissue/no-card"),
            (Surface::SelfService, "/cert/reissues"),
            (Surface::Office, "/office/requests"),
            (Surface::Office, "/office/requests/new"),
            (Surface::Office, "/office/requests/KT7M-9XHW"),
            (Surface::Office, "/office/audit"),
        ] {
            assert_eq!(returned_to(surface, path), path);
        }
    }

    /// Where a login leads that was asked for at `path`.
    fn returned_to(surface: Surface, path: &str) -> String {
        let login: Uri = Destination::of(&path.parse().unwrap())
            .login(surface)
            .parse()
            .unwrap();
        let query = login.query().unwrap_or_default().to_owned();
        let destination = Destination::parse(|name| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        });
        destination.path(surface)
    }

    #[test]
    fn a_list_is_the_same_list_again() {
        let list = "/admin/users/cert-password?q=%E5%B1%B1+%26&status=locked&page=3";
        assert_eq!(returned_to(Surface::Admin, list), list);
        assert_eq!(
            returned_to(Surface::Office, "/office/requests?tab=processed&lang=en"),
            "/office/requests?tab=processed"
        );
        let long = format!("/admin/audit?actor={}", "a".repeat(LONGEST_QUERY));
        assert_eq!(returned_to(Surface::Admin, &long), "/admin/audit");
    }

    #[test]
    fn a_query_is_nothing_but_a_query() {
        let asked = |name: &str| match name {
            "next" => Some("selection".to_owned()),
            "at" => Some("//evil.example/#\r\nSet-Cookie: a=b&q=1".to_owned()),
            _ => None,
        };
        let path = Destination::parse(asked).path(Surface::Admin);
        assert!(
            path.starts_with("/admin/users/cert-password?%2F%2Fevil"),
            "{path}"
        );
        assert!(!path.contains(['\r', '\n', '#']), "{path}");
    }

    #[test]
    fn a_step_of_a_request_leads_back_to_the_request() {
        for step in ["check", "decision", "notice"] {
            let path = format!("/office/requests/KT7M-9XHW/{step}");
            assert_eq!(
                Destination::of(&path.parse().unwrap()).path(Surface::Office),
                "/office/requests/KT7M-9XHW"
            );
        }
    }

    #[test]
    fn nothing_leads_elsewhere() {
        for next in [
            "https://evil.example",
            "//evil.example",
            "/admin/users",
            "otp",
        ] {
            let asked = |name: &str| (name == "next").then(|| next.to_owned());
            assert_eq!(Destination::parse(asked).path(Surface::Admin), "/admin");
        }
        let hostile = |next: &'static str| {
            Destination::parse(move |name| match name {
                "next" => Some(next.to_owned()),
                "at" => None,
                _ => Some("../../evil".to_owned()),
            })
        };
        assert_eq!(
            hostile("reissue").path(Surface::Admin),
            "/admin/users/cert-password"
        );
        assert_eq!(hostile("request").path(Surface::Office), "/office/requests");
    }
}
