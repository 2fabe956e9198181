//! Filters and names with places for the contract and the user.

use std::borrow::Cow;

use ldap3::{dn_escape, ldap_escape};
use warifu_adapter_kit::SettingError;
use warifu_adapter_kit::template::{CONTRACT, NamedPlaceholder, Placeholder, Template, USER};

const OF_CONTRACT: &[NamedPlaceholder] = &[CONTRACT];
const OF_USER: &[NamedPlaceholder] = &[CONTRACT, USER];

/// Stands for a place where only the fixed parts matter: no name has it.
const MARK: &str = "\u{0}";

/// A filter of the configuration such as `(&(o={contract})(uid={user}))`.
#[derive(Clone, Debug)]
pub(crate) struct FilterTemplate(Template);

impl FilterTemplate {
    /// Reads a filter in which `{contract}` may stand, and `{user}` where `of_user` says so.
    pub(crate) fn parse(
        key: &'static str,
        text: &str,
        of_user: bool,
    ) -> Result<Self, SettingError> {
        let places = if of_user { OF_USER } else { OF_CONTRACT };
        let template = Self(parse(key, text, places)?);
        let bad = |filter: String| !filter.starts_with('(') || ldap3::parse_filter(filter).is_err();
        if bad(template.fill("1234567890", Some("user01")))
            || bad(template.fill("1234567890", None))
        {
            let message = "is no filter, such as (&(o={contract})(uid={user}))";
            return Err(SettingError::new(key, message));
        }
        Ok(template)
    }

    /// Whether the contract stands in it.
    pub(crate) fn has_contract(&self) -> bool {
        self.0.has(Placeholder::Contract)
    }

    /// Whether the user stands in it.
    pub(crate) fn has_user(&self) -> bool {
        self.0.has(Placeholder::User)
    }

    /// The filter for a user, or for any user of the contract.
    pub(crate) fn fill(&self, contract: &str, user: Option<&str>) -> String {
        let filled = self.0.fill(|place| match (place, user) {
            (Placeholder::Contract, _) => ldap_escape(contract),
            (Placeholder::User, Some(user)) => ldap_escape(user),
            (Placeholder::User | Placeholder::Secret, _) => Cow::Borrowed("*"),
        });
        filled.to_string()
    }
}

/// The name of an entry, such as `ou=users,o={contract},dc=bank`.
#[derive(Clone, Debug)]
pub(crate) struct NameTemplate(Template);

impl NameTemplate {
    /// Reads a name in which `{contract}` may stand.
    pub(crate) fn parse(key: &'static str, text: &str) -> Result<Self, SettingError> {
        parse(key, text, OF_CONTRACT).map(Self)
    }

    /// Whether the contract stands in it.
    pub(crate) fn has_contract(&self) -> bool {
        self.0.has(Placeholder::Contract)
    }

    /// The name for a contract.
    pub(crate) fn fill(&self, contract: &str) -> String {
        let filled = self.0.fill(|_| dn_escape(contract));
        filled.to_string()
    }

    /// The part of the name that is the same for all contracts.
    pub(crate) fn fixed(&self) -> String {
        let marked = self.0.fill(|_| MARK.into());
        match marked.rsplit_once(MARK) {
            // What stands before the next comma belongs to the same component.
            Some((_, rest)) => rest
                .split_once(',')
                .map_or_else(String::new, |(_, rest)| rest.trim().to_owned()),
            None => marked.to_string(),
        }
    }
}

fn parse(
    key: &'static str,
    text: &str,
    places: &[NamedPlaceholder],
) -> Result<Template, SettingError> {
    Template::parse(text, places).map_err(|error| SettingError::new(key, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> FilterTemplate {
        FilterTemplate::parse("user_filter", text, true).unwrap()
    }

    #[test]
    fn the_names_of_users_are_text_and_nothing_else() {
        let template = filter("(&(o={contract})(uid={user}))");
        for (user, expected) in [
            ("user01", "(&(o=123456)(uid=user01))"),
            ("*", "(&(o=123456)(uid=\\2a))"),
            ("*)(uid=*", "(&(o=123456)(uid=\\2a\\29\\28uid=\\2a))"),
            (")(|(uid=*", "(&(o=123456)(uid=\\29\\28|\\28uid=\\2a))"),
            ("a\\2a", "(&(o=123456)(uid=a\\5c2a))"),
            ("a\u{0}b", "(&(o=123456)(uid=a\\00b))"),
            ("{contract}", "(&(o=123456)(uid={contract}))"),
        ] {
            let found = template.fill("123456", Some(user));
            assert_eq!(found, expected);
            assert!(ldap3::parse_filter(&found).is_ok(), "{found}");
        }
        assert_eq!(template.fill("123456", None), "(&(o=123456)(uid=*))");
        let crossing = template.fill("1)(o=*", Some("user01"));
        assert_eq!(crossing, "(&(o=1\\29\\28o=\\2a)(uid=user01))");
    }

    #[test]
    fn contracts_in_names_stay_one_component() {
        let template = NameTemplate::parse("base", "ou=users,o={contract},dc=bank").unwrap();
        assert_eq!(template.fill("123456"), "ou=users,o=123456,dc=bank");
        assert_eq!(
            template.fill("1,dc=evil\u{0}"),
            "ou=users,o=1\\2cdc\\3devil\\00,dc=bank"
        );
    }

    #[test]
    fn the_part_of_a_name_that_all_contracts_share_is_known() {
        for (text, expected) in [
            (
                "ou=users,o={contract},dc=bank,dc=example",
                "dc=bank,dc=example",
            ),
            ("o=c{contract}x, dc=bank", "dc=bank"),
            ("ou=users,dc=bank", "ou=users,dc=bank"),
            ("o={contract}", ""),
        ] {
            let template = NameTemplate::parse("base", text).unwrap();
            assert_eq!(template.fixed(), expected, "{text}");
        }
    }

    #[test]
    fn other_places_and_what_is_no_filter_are_refused() {
        for text in [
            "(uid={usr})",
            "(uid={user)",
            "(uid={})",
            "uid={user}",
            "(uid={user}",
            "",
            // Contract 123456 and user 7abc, contract 1234567 and user abc: one entry for two people.
            "(uid={contract}{user})",
            "(uid={user}{contract})",
            "(uid={user}0{contract})",
        ] {
            assert!(
                FilterTemplate::parse("user_filter", text, true).is_err(),
                "{text}"
            );
        }
        assert!(NameTemplate::parse("base", "uid={user},dc=bank").is_err());
    }
}
