//! A sample of every page, and of those with a form also one that failed.

mod administrators;
mod office;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use warifu_core::customers::{OwnCertificate, Redeemed, RedeemedKey, RetrievedInSession};
use warifu_core::domain::{
    AuditEvent, AuditOutcome, AuditRecord, CertificateStatus, CertificateSubject,
    IssuedCertificate, KeyFingerprint, ReissueId, RequestId, RetrievalPassword,
    RetrievalPasswordLength, SerialNumber, Timestamp,
};
use warifu_core::ports::StoredAuditRecord;
use warifu_messages::{Locale, Messages};
use zeroize::Zeroizing;

use crate::pages::admin::audit::{AuditEventPage, AuditPage, Request as AuditRequest};
use crate::pages::admin::history::Scope;
use crate::pages::admin::{csv, records::RecordRow};
use crate::pages::demo::{Account, DemoPage, StaffAccount};
use crate::pages::frame::{Frame, MemberFrame, MenuEntry, Problem, SessionLimits, Steps};
use crate::pages::login::{LoginPage, Notice, fields};
use crate::pages::message::MessagePage;
use crate::pages::paper::{EditionForms, Form3Page, FormsPage};
use crate::pages::place::Place;
use crate::pages::public::{
    AccessibilityPage, HelpLoginPage, HelpReissuePage, HomePage, NotesPage,
};
use crate::pages::recovery::RecoveryView;
use crate::pages::secret::SecretDisplay;
use crate::pages::self_service::reissue::{OtpPage, ReadyPage, ShownHerePage, ShownPage};
use crate::pages::self_service::retrieve::{RetrievePage, RetrievedNote, certificate_words};
use crate::pages::self_service::retrieved::RetrievedPage;
use crate::public_addresses::PublicAddresses;
use crate::settings::{HttpSettings, LocalText, ServedSurface, Site};

/// One of the groups of the secret that secret pages show.
pub(super) const SECRET_GROUP: &str = "9XHW";

/// A rendered page and what is expected of it.
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) locale: Locale,
    pub(super) html: String,
    pub(super) failed: bool,
    pub(super) secret: bool,
}

struct Samples<'a> {
    locale: Locale,
    person: &'a str,
    rendered: Vec<Sample>,
}

/// All pages in one language, with people who are called `person`.
pub(super) fn samples(locale: Locale, person: &str) -> Vec<Sample> {
    let mut samples = Samples {
        locale,
        person,
        rendered: Vec::new(),
    };
    samples.public_pages();
    samples.administrators_pages();
    samples.history_pages();
    samples.self_service_pages();
    samples.office_pages();
    samples.rendered
}

fn moment() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-31T00:00:00Z").unwrap()
}

fn days(count: u64) -> Duration {
    Duration::from_secs(86_400 * count)
}

fn password() -> RetrievalPassword {
    RetrievalPassword::parse("KT7M-9XHW-4PAE-R2CY", RetrievalPasswordLength::default()).unwrap()
}

impl Samples<'_> {
    fn frame(&self, title: &str) -> Frame {
        let messages = Messages::standard();
        Frame {
            locale: self.locale,
            messages,
            site: std::sync::Arc::new(Site::default()),
            addresses: std::sync::Arc::new(PublicAddresses::new(
                &HttpSettings::default(),
                &ServedSurface::ALL,
            )),
            title: messages.text(self.locale, title, &[]),
            whole_title: None,
            problems: Vec::new(),
            address: Some("/page?q=1".to_owned()),
            secret: false,
            demo: true,
            session_limits: SessionLimits {
                idle: Duration::from_secs(900),
                absolute: Duration::from_secs(5400),
            },
            member: None,
            steps: None,
        }
    }

    fn member_frame(&self, title: &str) -> Frame {
        let entry = MenuEntry {
            href: "/admin",
            label: "frame-menu-top",
            current: true,
        };
        Frame {
            member: Some(MemberFrame {
                called: self.person.to_owned(),
                previous_login: Some(moment()),
                base: "/admin",
                logout_token: "token".to_owned(),
                menu: vec![entry],
                idle_seconds: 900,
                absolute_seconds: 3600,
            }),
            ..self.frame(title)
        }
    }

    fn failed(frame: Frame, field: &'static str, marks_field: bool) -> Frame {
        let text = frame.t("M-F-13");
        frame.with_problems(vec![Problem {
            field,
            text,
            marks_field,
        }])
    }

    fn add(&mut self, name: &str, frame: &Frame, page: &impl Template) {
        self.rendered.push(Sample {
            name: format!("{name} ({})", self.locale),
            locale: self.locale,
            html: page.render().unwrap(),
            failed: frame.failed(),
            secret: frame.secret,
        });
    }

    fn public_pages(&mut self) {
        let mut frame = self.frame("home-title");
        frame.whole_title = Some(frame.t1("home-full-title", "service", frame.service_name()));
        let page = HomePage {
            frame: frame.clone(),
            customers: true,
            office: true,
        };
        self.add("home", &frame, &page);
        let frame = self.frame("help-title");
        self.add(
            "help on reissuing",
            &frame.clone(),
            &HelpReissuePage { frame },
        );
        let frame = self.frame("help-login-title");
        self.add(
            "help on logging in",
            &frame.clone(),
            &HelpLoginPage { frame },
        );
        let frame = self.frame("notes-title");
        self.add("notes", &frame.clone(), &NotesPage { frame });
        let frame = self.frame("accessibility-title");
        self.add(
            "accessibility",
            &frame.clone(),
            &AccessibilityPage { frame },
        );
        let frame = self.frame("forms-title");
        let editions = Site::default().editions;
        let page = FormsPage {
            frame: frame.clone(),
            editions: editions
                .iter()
                .map(|site| EditionForms {
                    site: site.clone(),
                    kilobytes: Some(37),
                })
                .collect(),
            one: true,
        };
        self.add("forms", &frame, &page);
        self.add(
            "form 3",
            &frame.clone(),
            &Form3Page::new(frame, editions[0].clone()),
        );
        self.demo_page();
        self.login_pages();
        let frame = self.frame("error-title-not-found");
        let page = MessagePage {
            texts: vec![frame.t("M-SYS-404")],
            frame: frame.clone(),
            kind: "warning",
            reference: Some(RequestId::from_bytes([7; 16]).to_string()),
            recovery: Some(RecoveryView {
                oneself: Some(frame.place(&Place::OWN_REISSUE)),
                another: true,
                helpers: vec![self.person.to_owned()],
                forms: Some(frame.place(&Place::forms_of("standard"))),
            }),
            links: vec![frame.place(&Place::HOME), frame.place(&Place::TOP)],
        };
        self.add("message", &frame, &page);
    }

    fn demo_page(&mut self) {
        let frame = self.frame("demo-title");
        let account = |code| Account {
            role: LocalText::new(self.person, self.person),
            contract_number: "1234567890".to_owned(),
            user_id: "user01".to_owned(),
            login_password: "login".to_owned(),
            transaction_password: None,
            code,
        };
        let accounts = vec![account(None), account(Some(("123456".to_owned(), 1)))];
        let staff = vec![StaffAccount {
            role: LocalText::new(self.person, self.person),
            staff_id: "maker1".to_owned(),
            login_password: "login".to_owned(),
            code: Some(("123456".to_owned(), 1)),
        }];
        let mut page = DemoPage {
            frame: frame.clone(),
            accounts,
            staff,
            certificate_expired: false,
        };
        self.add("demo", &frame, &page);
        page.certificate_expired = true;
        self.add("demo with an expired certificate", &frame, &page);
    }

    fn login_pages(&mut self) {
        let notice = |frame: &Frame| Some(Notice::done(frame.t("M-SES-03")));
        for (name, failing) in [
            ("login", None),
            ("login with an impossible entry", Some(true)),
            ("login refused", Some(false)),
        ] {
            let mut frame = self.frame("login-title").at_step(Steps::of_self_service(1));
            if let Some(marks_field) = failing {
                frame = Self::failed(frame, "contract", marks_field);
            }
            let page = LoginPage {
                notice: notice(&frame),
                conditions: true,
                action: "/cert/login".to_owned(),
                return_to: "next=otp".to_owned(),
                fields: fields(&frame, ["123", self.person]),
                frame: frame.clone(),
            };
            self.add(name, &frame, &page);
        }
    }

    fn records(&self) -> Vec<StoredAuditRecord> {
        let outcomes = [
            AuditOutcome::Success,
            AuditOutcome::Refused,
            AuditOutcome::Failed,
        ];
        let record = |event: AuditEvent, outcome| StoredAuditRecord {
            chain: "0a1b".to_owned(),
            seq: 7,
            record: AuditRecord {
                time: moment(),
                event,
                outcome,
                actor: Some("=admin01".to_owned()),
                contract: Some("1234567890".parse().unwrap()),
                subject: Some(self.person.to_owned()),
                source: Some([127, 0, 0, 1].into()),
                request_id: RequestId::from_bytes([9; 16]),
                detail: BTreeMap::from([("reason".to_owned(), self.person.to_owned())]),
            },
        };
        let events = AuditEvent::ALL.iter();
        events
            .flat_map(|event| outcomes.map(|outcome| record(*event, outcome)))
            .collect()
    }

    fn history_pages(&mut self) {
        let records = self.records();
        let request = AuditRequest {
            actor: self.person.to_owned(),
            event: Some(AuditEvent::Reissued),
            cursor: Some("there".to_owned()),
            ..AuditRequest::default()
        };
        for scope in [Scope::Contract, Scope::Bank] {
            let frame = self.member_frame("audit-title");
            let page = AuditPage::new(frame.clone(), scope, &request, &records, Some("next"));
            self.add("history", &frame, &page);
            let failed = Self::failed(self.member_frame("audit-title"), "to", true);
            let page = AuditPage::new(failed.clone(), scope, &request, &[], None);
            self.add("history of an impossible period", &failed, &page);
            let event = self.member_frame("audit-event-title");
            let page = AuditEventPage {
                frame: event.clone(),
                scope,
                record: RecordRow::new(&frame, scope.path(), &records[0]),
            };
            self.add("one record", &event, &page);
            let file = String::from_utf8(csv::file(&frame, scope, &records).unwrap()).unwrap();
            assert!(
                file.starts_with('\u{FEFF}') && file.contains("'=admin01"),
                "{file:.200}"
            );
            assert!(!file.contains('⟦'), "{file}");
            assert_eq!(file.matches("\r\n").count(), records.len() + 1);
            assert_eq!(file.contains("1234567890"), scope == Scope::Bank);
        }
    }

    fn self_service_pages(&mut self) {
        let frame = self.member_frame("otp-title");
        let page = OtpPage::new(frame.clone(), "token".to_owned(), "6", "");
        self.add("one-time password", &frame, &page);
        let frame = Self::failed(frame, "otp", true);
        let page = OtpPage::new(frame.clone(), "token".to_owned(), "6/8", self.person);
        self.add("one-time password, impossible", &frame, &page);
        let frame = self.member_frame("ready-title");
        let page = ReadyPage {
            frame: frame.clone(),
            form_token: "token".to_owned(),
        };
        self.add("ready", &frame, &page);
        let frame = self.member_frame("shown-title").holding_secret();
        for usable_from in [None, Some(moment())] {
            let page = ShownPage {
                frame: frame.clone(),
                secret: SecretDisplay::retrieval_password(password()),
                usable_from,
                expires_at: moment(),
            };
            self.add("shown", &frame, &page);
        }
        let page = ShownHerePage {
            frame: frame.clone(),
            secret: SecretDisplay::retrieval_password(password()),
            sheet: self.sheet(),
            usable_from: None,
            print: Self::print(),
        };
        self.add("shown in the same window", &frame, &page);
        let frame = self.member_frame("retrieve-title");
        let notes = [RetrievedInSession::Here, RetrievedInSession::Elsewhere];
        for retrieved in [None].into_iter().chain(notes.map(Some)) {
            let tokens = ["token", "token"].map(str::to_owned);
            let mut page = RetrievePage::new(frame.clone(), tokens, 4, "");
            page.retrieved = retrieved.map(RetrievedNote::from);
            self.add("retrieve", &frame, &page);
        }
        for status in CertificateStatus::ALL {
            for reissued_here in [true, false] {
                let frame = frame.clone().at_retrieval(reissued_here);
                let tokens = ["token", "token"].map(str::to_owned);
                let mut page = RetrievePage::new(frame.clone(), tokens, 4, "");
                let own = OwnCertificate {
                    status,
                    not_after: Some(moment()),
                };
                let now = moment().plus(Duration::from_secs(60));
                page.certificate = Some(certificate_words(&frame, own, now));
                page.asks = !reissued_here;
                self.add("retrieve", &frame, &page);
            }
        }
        let frame = Self::failed(frame, "csr", true);
        let page = RetrievePage::new(
            frame.clone(),
            ["token", "token"].map(str::to_owned),
            4,
            "</textarea>",
        );
        self.add("retrieve with a bad request", &frame, &page);
        self.retrieved_pages();
    }

    fn retrieved_pages(&mut self) {
        let fingerprint = KeyFingerprint::of_public_key(b"key");
        let certificate = IssuedCertificate {
            serial: SerialNumber::bound_to(ReissueId::from_bytes([3; 16]), fingerprint),
            certificate: "certificate".to_owned(),
            chain: "chain".to_owned(),
            not_before: moment(),
            not_after: moment().plus(days(365)),
        };
        let subject = CertificateSubject {
            organisation: self.person.to_owned(),
            contract: "1234567890".parse().unwrap(),
            user: "user01".parse().unwrap(),
        };
        let redeemed = |key, again: bool| Redeemed {
            certificate: certificate.clone(),
            subject: subject.clone(),
            key,
            passphrase: None,
            reissue: ReissueId::from_bytes([3; 16]),
            kept_until: again.then(moment),
            again,
        };
        let file = RedeemedKey::Pkcs12(Arc::new(Zeroizing::new(vec![0, 1, 2])));
        let frame = self.member_frame("retrieved-title");
        let token = || "token".to_owned();
        for again in [false, true] {
            let own_passphrase = redeemed(file.clone(), again);
            let page = RetrievedPage::new(frame.clone(), &own_passphrase, token());
            self.add("retrieved under one's own passphrase", &frame, &page);
            let made = Redeemed {
                passphrase: Some(Arc::new(password())),
                ..own_passphrase
            };
            let page = RetrievedPage::new(frame.clone(), &made, token());
            self.add("retrieved", &frame.clone().holding_secret(), &page);
            let own_key = redeemed(RedeemedKey::Client, again);
            let page = RetrievedPage::new(frame.clone(), &own_key, token());
            self.add("retrieved for one's own key", &frame, &page);
        }
    }
}
