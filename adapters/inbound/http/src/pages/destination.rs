//! Where to go after a login. A fixed set of our own pages, so that no link can lead elsewhere.

use warifu_core::domain::{Surface, UserId};

/// A page to return to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// The first page of the surface.
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
}

impl Destination {
    /// The page to return to from `path`: itself, or the one its form stands on.
    pub(super) fn of_path(path: &str) -> Self {
        let user = |start: &str| path.strip_prefix(start).and_then(|id| id.parse().ok());
        if let Some(user) = user("/admin/users/cert-password/") {
            return Self::Reissue(user);
        }
        if let Some(user) = user("/admin/users/unlock/") {
            return Self::Unlock(user);
        }
        match path {
            "/admin/users" => Self::Users,
            "/admin/users/cert-password" => Self::Selection,
            "/admin/reissues" | "/cert/reissues" => Self::Reissues,
            "/cert/reissue" | "/cert/reissue/ready" | "/cert/reissue/show" => Self::Otp,
            _ if path.starts_with("/admin/audit") => Self::Audit,
            _ => Self::First,
        }
    }

    /// Reads the parameters `next` and `user` of a login page's address.
    pub(super) fn parse(next: Option<&str>, user: Option<&str>) -> Self {
        let user = || user.and_then(|id| id.parse().ok());
        match next {
            Some("users") => Self::Users,
            Some("selection") => Self::Selection,
            Some("reissue") => user().map_or(Self::Selection, Self::Reissue),
            Some("unlock") => user().map_or(Self::Selection, Self::Unlock),
            Some("reissues") => Self::Reissues,
            Some("audit") => Self::Audit,
            Some("otp") => Self::Otp,
            _ => Self::First,
        }
    }

    /// The parameters that [`Self::parse`] reads.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
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
        }
    }

    /// Its address on `surface`; the first page where the surface has no such page.
    pub(super) fn path(&self, surface: Surface) -> String {
        match (surface, self) {
            (Surface::Admin, Self::Users) => "/admin/users".to_owned(),
            (Surface::Admin, Self::Selection) => "/admin/users/cert-password".to_owned(),
            (Surface::Admin, Self::Reissue(user)) => format!("/admin/users/cert-password/{user}"),
            (Surface::Admin, Self::Unlock(user)) => format!("/admin/users/unlock/{user}"),
            (Surface::Admin, Self::Reissues) => "/admin/reissues".to_owned(),
            (Surface::Admin, Self::Audit) => "/admin/audit".to_owned(),
            (Surface::SelfService, Self::Reissues) => "/cert/reissues".to_owned(),
            (Surface::SelfService, Self::Otp) => "/cert/reissue".to_owned(),
            _ => base(surface).to_owned(),
        }
    }
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
            (Surface::SelfService, "/cert/reissues"),
        ] {
            let parameters = Destination::of_path(path).parameters();
            let of = |name| {
                parameters
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.as_str())
            };
            assert_eq!(
                Destination::parse(of("next"), of("user")).path(surface),
                path
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
            assert_eq!(
                Destination::parse(Some(next), None).path(Surface::Admin),
                "/admin"
            );
        }
        let hostile = Destination::parse(Some("reissue"), Some("../../evil"));
        assert_eq!(hostile.path(Surface::Admin), "/admin/users/cert-password");
    }
}
