//! The sheet that is handed to a user: one page with the password, as a file of its own.

use std::path::{Path, PathBuf};

use askama::Template;
use clap::ValueEnum;
use warifu_core::Reissued;
use warifu_messages::{Locale, Messages, reading};
use warifu_sheets::{Block, PasswordSheet};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Whose sheets they are.
#[derive(Clone, Debug)]
pub struct SheetSite {
    /// The name of the bank, in the sheet's language.
    pub bank_name: String,
    /// The name of the service.
    pub service_name: String,
    /// The help desk's number.
    pub help_desk_phone: String,
    /// When it answers.
    pub help_desk_hours: String,
    /// 会社名.
    pub company_name: String,
    /// Where customers enter passwords, as far as it is known.
    pub page_address: Option<String>,
    /// The name of the operator who reissues.
    pub issued_by: String,
    /// The bank's distance from UTC.
    pub utc_offset_minutes: i32,
    /// The sheet's language.
    pub locale: Locale,
}

/// What a file with a sheet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetKind {
    /// A page for a browser to print.
    Html,
    /// A PDF.
    Pdf,
}

impl SheetKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Html, Self::Pdf];

    /// How the names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
        }
    }
}

/// As which files sheets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SheetFormat {
    /// A page for a browser to print
    Html,
    /// A PDF, its fonts inside (some 40 KB)
    Pdf,
    /// One file of each
    Both,
}

impl SheetFormat {
    /// The files of one sheet.
    pub const fn kinds(self) -> &'static [SheetKind] {
        match self {
            Self::Html => &[SheetKind::Html],
            Self::Pdf => &[SheetKind::Pdf],
            Self::Both => &[SheetKind::Html, SheetKind::Pdf],
        }
    }

    /// The files for a sheet that is to be called `path`: that one, a PDF where its name says so and
    /// nothing else is wanted; for both, one of each ending.
    pub fn files(wanted: Option<Self>, path: &Path) -> Vec<(SheetKind, PathBuf)> {
        let ending = path.extension().unwrap_or_default();
        let named = if ending.eq_ignore_ascii_case(SheetKind::Pdf.ending()) {
            Self::Pdf
        } else {
            Self::Html
        };
        let kinds = wanted.unwrap_or(named).kinds();
        let file = |kind: SheetKind| match kinds {
            [_] => path.to_owned(),
            _ => path.with_extension(kind.ending()),
        };
        kinds.iter().map(|kind| (*kind, file(*kind))).collect()
    }
}

/// A sheet for one user.
#[derive(Template)]
#[template(path = "sheet.html")]
pub struct Sheet<'a> {
    site: &'a SheetSite,
    name: &'a str,
    blocks: Vec<Block>,
    groups: Vec<&'a str>,
    described: PasswordSheet<'a>,
}

impl<'a> Sheet<'a> {
    /// The sheet of one reissue.
    pub fn new(site: &'a SheetSite, reissued: &'a Reissued) -> Self {
        let described = PasswordSheet {
            locale: site.locale,
            utc_offset_minutes: site.utc_offset_minutes,
            bank_name: &site.bank_name,
            service_name: &site.service_name,
            help_desk_phone: &site.help_desk_phone,
            help_desk_hours: &site.help_desk_hours,
            company_name: &site.company_name,
            user_name: &reissued.user.name,
            user_id: reissued.user.id().as_str(),
            page_address: site.page_address.as_deref(),
            retrieval_password: &reissued.retrieval_password,
            expires_at: reissued.expires_at,
            issued_at: reissued.issued_at,
            issued_by: &site.issued_by,
        };
        Self {
            site,
            name: &reissued.user.name,
            blocks: described.blocks(),
            groups: reissued.retrieval_password.expose_groups().collect(),
            described,
        }
    }

    /// The file's content. Holds the password.
    pub fn bytes(&self, kind: SheetKind) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match kind {
            SheetKind::Html => {
                let mut html = self.html();
                Ok(Zeroizing::new(std::mem::take(&mut *html).into_bytes()))
            }
            SheetKind::Pdf => self.pdf(),
        }
    }

    fn pdf(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let pdf = self.described.pdf();
        pdf.map_err(|error| Failure::unexpected(error.to_string()))
    }

    /// The page. Holds the password.
    pub fn html(&self) -> Zeroizing<String> {
        // Larger than any sheet, so that it does not move while it is written.
        let mut html = Zeroizing::new(String::with_capacity(16 * 1024));
        if self.render_into(&mut *html).is_err() {
            return Zeroizing::default();
        }
        html
    }

    fn t(&self, id: &str) -> String {
        Messages::standard().text(self.site.locale, id, &[])
    }

    fn t1(&self, id: &str, name: &str, value: &str) -> String {
        Messages::standard().text(self.site.locale, id, &[(name, value.into())])
    }

    fn reading(&self) -> Vec<(char, &'static str)> {
        let characters = self.groups.iter().flat_map(|group| group.chars());
        characters
            .map(|character| (character, reading(character, self.site.locale)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warifu_core::domain::{
        ReissueId, RetrievalPassword, RetrievalPasswordLength, Subject, Timestamp, User,
    };

    use super::*;

    fn reissued() -> Reissued {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        Reissued {
            retrieval_password: RetrievalPassword::parse(
                "KT7M9XHW4PAER2CY",
                RetrievalPasswordLength::default(),
            )
            .unwrap(),
            reissue_id: ReissueId::from_bytes([1; 16]),
            issued_at: at("2026-03-31T00:00:00Z"),
            redeemable_from: at("2026-03-31T00:00:00Z"),
            expires_at: at("2026-04-07T00:00:00Z"),
            user: User {
                subject: Subject::new("1234567890".parse().unwrap(), "user01".parse().unwrap()),
                name: "佐藤 <b>一郎</b>".to_owned(),
                service_administrator: false,
                permissions: BTreeSet::new(),
                mail: None,
                disabled: false,
                certificate_not_after: None,
                identity: None,
            },
        }
    }

    #[test]
    fn a_sheet_says_what_its_receiver_needs_and_not_who_else_could_use_it() {
        for locale in Locale::ALL {
            let site = SheetSite {
                bank_name: "わりふ銀行".to_owned(),
                help_desk_phone: "0120-000-000".to_owned(),
                help_desk_hours: "平日".to_owned(),
                company_name: "株式会社サンプル".to_owned(),
                page_address: Some("https://certificate.bank.example/cert".to_owned()),
                service_name: "サービス".to_owned(),
                issued_by: "山田 太郎".to_owned(),
                utc_offset_minutes: 540,
                locale,
            };
            let reissued = reissued();
            let html = Sheet::new(&site, &reissued).html();
            assert!(html.contains("KT7M") && html.contains("R2CY"), "{}", *html);
            assert!(html.contains("＊＊＊r01") && !html.contains("user01"));
            assert!(!html.contains("1234567890") && !html.contains("<b>"));
            for words in [
                "わりふ銀行",
                "株式会社サンプル",
                "https://certificate.bank.example/cert",
                "0120-000-000",
            ] {
                assert!(html.contains(words), "{words}");
            }
            assert!(!html.contains('⟦') && !html.contains("<script"));
            assert!(html.contains("default-src 'none'"));
            let sheet = Sheet::new(&site, &reissued);
            let page = sheet.bytes(SheetKind::Html).unwrap();
            assert_eq!(page.as_slice(), html.as_bytes());
            assert!(sheet.bytes(SheetKind::Pdf).unwrap().starts_with(b"%PDF-"));
        }
    }

    #[test]
    fn a_sheet_is_what_its_name_says_unless_another_kind_is_wanted() {
        let files = |wanted, path: &str| {
            let files = SheetFormat::files(wanted, Path::new(path)).into_iter();
            let shown = |(kind, path): (SheetKind, PathBuf)| (kind, path.display().to_string());
            files.map(shown).collect::<Vec<_>>()
        };
        let (html, pdf) = (SheetKind::Html, SheetKind::Pdf);
        assert_eq!(files(None, "a/user01"), [(html, "a/user01".to_owned())]);
        assert_eq!(files(None, "a.PDF"), [(pdf, "a.PDF".to_owned())]);
        let wanted = files(Some(SheetFormat::Pdf), "sheet.of.user01");
        assert_eq!(wanted, [(pdf, "sheet.of.user01".to_owned())]);
        let both = [(html, "a/b.html".to_owned()), (pdf, "a/b.pdf".to_owned())];
        assert_eq!(files(Some(SheetFormat::Both), "a/b.html"), both);
    }
}
