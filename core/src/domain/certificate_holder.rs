//! Whom a client certificate names.

use std::str::FromStr;

use super::identifiers::{ContractNumber, Subject, UserId};

/// An attribute of a certificate's subject that can name its holder (RFC 4519, X.520).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectAttribute {
    /// `CN`.
    CommonName,
    /// `O`.
    Organization,
    /// `OU`.
    OrganizationalUnit,
    /// `UID`.
    UserId,
    /// `serialNumber`: of the person, not of the certificate.
    SerialNumber,
}

impl SubjectAttribute {
    /// Every attribute.
    pub const ALL: [Self; 5] = [
        Self::CommonName,
        Self::Organization,
        Self::OrganizationalUnit,
        Self::UserId,
        Self::SerialNumber,
    ];

    /// Its object identifier, in dotted decimal.
    pub const fn object_identifier(self) -> &'static str {
        match self {
            Self::CommonName => "2.5.4.3",
            Self::Organization => "2.5.4.10",
            Self::OrganizationalUnit => "2.5.4.11",
            Self::UserId => "0.9.2342.19200300.100.1.1",
            Self::SerialNumber => "2.5.4.5",
        }
    }
}

/// Which attributes of a client certificate's subject name its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HolderMapping {
    /// Names the contract.
    pub contract: SubjectAttribute,
    /// Names the user.
    pub user: SubjectAttribute,
}

impl Default for HolderMapping {
    /// As certificates are issued here.
    fn default() -> Self {
        Self {
            contract: SubjectAttribute::OrganizationalUnit,
            user: SubjectAttribute::CommonName,
        }
    }
}

/// Whom a client certificate names: one user of one contract, or nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateHolder(Option<Subject>);

impl CertificateHolder {
    /// Judges the attributes of a certificate's subject, in any order; `None` stands for a value
    /// that is no text.
    ///
    /// A certificate names somebody only if each part stands in it exactly once and exactly as it
    /// is written here: what is folded, guessed or chosen among several may be somebody else's.
    pub fn named_by(
        mapping: HolderMapping,
        attributes: &[(SubjectAttribute, Option<String>)],
    ) -> Self {
        let contract = only::<ContractNumber>(attributes, mapping.contract)
            .filter(|(text, contract)| contract.as_str() == *text);
        let user =
            only::<UserId>(attributes, mapping.user).filter(|(text, user)| user.as_str() == *text);
        let named = contract.zip(user);
        Self(named.map(|((_, contract), (_, user))| Subject::new(contract, user)))
    }

    /// Nobody.
    pub const fn nobody() -> Self {
        Self(None)
    }

    /// Whether the certificate names `subject`: the whole of what a client certificate says of who
    /// shows it.
    pub fn is(&self, subject: &Subject) -> bool {
        self.0.as_ref() == Some(subject)
    }

    /// Whether it names anybody at all.
    pub const fn is_somebody(&self) -> bool {
        self.0.is_some()
    }
}

/// The value of `attribute` where there is exactly one, as text and as what it stands for.
fn only<T: FromStr>(
    attributes: &[(SubjectAttribute, Option<String>)],
    attribute: SubjectAttribute,
) -> Option<(&str, T)> {
    let mut found = attributes.iter().filter(|(kind, _)| *kind == attribute);
    let (Some((_, value)), None) = (found.next(), found.next()) else {
        return None;
    };
    let text = value.as_deref()?;
    Some((text, text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::SubjectAttribute::{
        CommonName, Organization, OrganizationalUnit, SerialNumber, UserId,
    };
    use super::*;

    fn subject(user: &str) -> Subject {
        Subject::new("1234567890".parse().unwrap(), user.parse().unwrap())
    }

    fn named(mapping: HolderMapping, attributes: &[(SubjectAttribute, &str)]) -> CertificateHolder {
        let owned: Vec<_> = attributes
            .iter()
            .map(|(kind, value)| (*kind, Some((*value).to_owned())))
            .collect();
        CertificateHolder::named_by(mapping, &owned)
    }

    #[test]
    fn a_certificate_as_it_is_issued_here_names_its_holder_and_nobody_else() {
        let attributes = [
            (Organization, "株式会社サンプル"),
            (OrganizationalUnit, "1234567890"),
            (CommonName, "admin01"),
        ];
        let holder = named(HolderMapping::default(), &attributes);
        assert!(holder.is_somebody() && holder.is(&subject("admin01")));
        assert!(!holder.is(&subject("admin02")));
        let elsewhere = Subject::new("9999999999".parse().unwrap(), "admin01".parse().unwrap());
        assert!(!holder.is(&elsewhere));
    }

    #[test]
    fn a_part_that_is_missing_empty_repeated_or_written_otherwise_names_nobody() {
        let contract = (OrganizationalUnit, "1234567890");
        let user = (CommonName, "admin01");
        let cases: [&[(SubjectAttribute, &str)]; 14] = [
            &[],
            &[user],
            &[contract],
            &[(CommonName, "printer-42")],
            &[contract, (CommonName, "")],
            &[(OrganizationalUnit, ""), user],
            &[contract, user, user],
            &[contract, user, (CommonName, "admin02")],
            &[contract, (OrganizationalUnit, "Users"), user],
            &[contract, (CommonName, "ADMIN01")],
            &[contract, (CommonName, " admin01")],
            &[contract, (CommonName, "ａｄｍｉｎ０１")],
            &[(OrganizationalUnit, "1234-567-890"), user],
            &[(Organization, "1234567890"), user],
        ];
        for case in cases {
            let holder = named(HolderMapping::default(), case);
            assert!(!holder.is(&subject("admin01")), "{case:?}");
            assert!(!holder.is_somebody(), "{case:?}");
        }
        let unreadable = [
            (OrganizationalUnit, Some("1234567890".to_owned())),
            (CommonName, Some("admin01".to_owned())),
            (CommonName, None),
        ];
        let holder = CertificateHolder::named_by(HolderMapping::default(), &unreadable);
        assert!(!holder.is_somebody());
        assert!(!CertificateHolder::nobody().is(&subject("admin01")));
    }

    #[test]
    fn another_authority_names_people_by_other_attributes() {
        let mapping = HolderMapping {
            contract: SerialNumber,
            user: UserId,
        };
        let attributes = [
            (SerialNumber, "1234567890"),
            (UserId, "admin01"),
            (CommonName, "Yamada Taro"),
            (OrganizationalUnit, "A"),
            (OrganizationalUnit, "B"),
        ];
        assert!(named(mapping, &attributes).is(&subject("admin01")));
        assert!(!named(HolderMapping::default(), &attributes).is_somebody());
    }

    #[test]
    fn every_attribute_has_an_identifier_of_its_own() {
        let mut identifiers = SubjectAttribute::ALL.map(SubjectAttribute::object_identifier);
        identifiers.sort_unstable();
        assert!(identifiers.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
