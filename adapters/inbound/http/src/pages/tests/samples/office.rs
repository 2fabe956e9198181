//! The pages of the bank's staff.

use std::collections::BTreeSet;
use std::time::Duration;

use warifu_core::domain::paper_request::{
    Matter, PaperChecks, PaperEvent, PaperFacts, PaperLine, PaperRequest,
};
use warifu_core::domain::{Edition, StaffSignature, Subject};
use warifu_core::office::{PaperCounts, PaperForm, PaperPage};
use warifu_sheets::Block;

use crate::pages::login::Notice;
use crate::pages::office::chosen::NotDone;
use crate::pages::office::closing::ClosingPage;
use crate::pages::office::dispatch::{DispatchPage, NoticePage, NoticeSheet};
use crate::pages::office::intake::{IntakePage, Place};
use crate::pages::office::list::{ListPage, Request};
use crate::pages::office::login::{StaffLoginPage, fields};
use crate::pages::office::next::NextLink;
use crate::pages::office::reprint::ReprintPage;
use crate::pages::office::request::{Action, AtOnce, CheckPage, DecisionForm, RequestPage};
use crate::pages::office::run::RunPage;
use crate::pages::office::words::RequestView;
use crate::pages::secret::SecretDisplay;

use super::{Samples, moment, password};

impl Samples<'_> {
    fn clerk(&self, id: &str) -> StaffSignature {
        StaffSignature {
            id: id.parse().unwrap(),
            name: self.person.to_owned(),
        }
    }

    /// A request that was registered, put forward, given back, changed and approved.
    fn request(&self) -> PaperRequest {
        let facts = PaperFacts {
            edition: Edition::parse("standard").unwrap(),
            subject: Subject::new("1234567890".parse().unwrap(), "user01".parse().unwrap()),
            contract_name: self.person.to_owned(),
            user_name: self.person.to_owned(),
            matters: BTreeSet::from(Matter::ALL),
            received_on: "2026-03-31".parse().unwrap(),
            checks: PaperChecks {
                seal: true,
                identity: true,
                registered_address: true,
            },
            scan_reference: PaperLine::parse(self.person).unwrap(),
            card_serial: PaperLine::parse("GALT10011234"),
        };
        let number = "KT7M-9XHF".parse().unwrap();
        let undecided_for = Duration::from_secs(86_400);
        let (maker, checker) = (self.clerk("maker1"), self.clerk("checker1"));
        let draft = PaperRequest::draft(
            number,
            facts.clone(),
            maker.clone(),
            moment(),
            undecided_for,
        );
        let reason = PaperLine::parse(self.person).unwrap();
        let steps = [
            (PaperEvent::AskForApproval { undecided_for }, &maker),
            (PaperEvent::Return { reason }, &checker),
            (PaperEvent::Edit(Box::new(facts)), &maker),
            (PaperEvent::AskForApproval { undecided_for }, &maker),
            (PaperEvent::Approve, &checker),
            (PaperEvent::CarryOut(Matter::UnlockOtp), &checker),
        ];
        steps.into_iter().fold(draft, |request, (event, by)| {
            request.apply(event, by, moment()).unwrap().0
        })
    }

    pub(super) fn office_pages(&mut self) {
        self.staff_login_pages();
        self.list_pages();
        self.intake_pages();
        self.request_pages();
        self.dispatch_pages();
    }

    fn staff_login_pages(&mut self) {
        for failing in [None, Some("staff")] {
            let mut frame = self.frame("office-login-title");
            if let Some(field) = failing {
                frame = Self::failed(frame, field, false);
            }
            let page = StaffLoginPage {
                notice: Some(Notice::information(frame.t("M-SES-04"))),
                return_to: "next=audit".to_owned(),
                fields: fields(&frame, self.person, "6"),
                frame: frame.clone(),
            };
            self.add("staff login", &frame, &page);
        }
    }

    fn list_pages(&mut self) {
        let counts = PaperCounts {
            to_decide: 3,
            waiting: 1,
            ..PaperCounts::default()
        };
        let full = PaperPage {
            requests: vec![self.request()],
            next_cursor: Some("there".to_owned()),
        };
        for (listed, may_register) in [(full, true), (PaperPage::default(), false)] {
            let frame = self.member_frame("office-list-title");
            let request = Request::default();
            let page = ListPage {
                notice: Some(Notice::done(frame.t("office-done-printed"))),
                ..ListPage::new(
                    frame.clone(),
                    &request,
                    counts,
                    &listed,
                    (may_register, None),
                )
            };
            self.add("requests", &frame, &page);
        }
    }

    fn intake_pages(&mut self) {
        let entered = PaperForm {
            edition: "light".to_owned(),
            user_name: self.person.to_owned(),
            scan_reference: self.person.to_owned(),
            matters: vec![Matter::UnlockLogin.name().to_owned()],
            ..PaperForm::default()
        };
        let of = Place::Of {
            number: "KT7M-9XHF",
            version: 2,
        };
        for (place, failing) in [
            (Place::New, None),
            (Place::New, Some("edition")),
            (of, Some("matters")),
        ] {
            let mut frame = self.member_frame("office-intake-title");
            if let Some(field) = failing {
                frame = Self::failed(frame, field, true);
            }
            let token = "token".to_owned();
            let page = IntakePage::new(frame.clone(), &place, token, &entered, &Matter::ALL);
            self.add("intake", &frame, &page);
        }
        for failing in [false, true] {
            let mut frame = self.member_frame("office-check-title");
            if failing {
                frame = Self::failed(frame, "seal", true);
            }
            let page = CheckPage::new(frame.clone(), &self.request(), "token".to_owned());
            self.add("intake, looked over", &frame, &page);
        }
    }

    fn request_pages(&mut self) {
        for (barred, failing) in [(Some("M-BO-02"), None), (None, Some("decision"))] {
            let mut frame = self.member_frame("office-list-title");
            if let Some(field) = failing {
                frame = Self::failed(frame, field, true);
            }
            let token = "token".to_owned();
            let decision =
                DecisionForm::new(&frame, token, self.person, failing.is_some(), ("", ""));
            let action = Action {
                step: "cancel",
                label: "office-cancel",
                main: false,
            };
            let page = RequestPage {
                notice: Some(Notice::warning(frame.t("M-BO-26"))),
                request: RequestView::new(&frame, &self.request()),
                barred,
                decision: Some(decision).filter(|_| barred.is_none()),
                at_once: Some(AtOnce {
                    action: "/office/requests/printed",
                    label: "office-printed-button",
                    form_token: "token".to_owned(),
                }),
                actions: vec![action],
                next: Some(NextLink {
                    href: "/office/requests".to_owned(),
                    label: frame.t1("office-next", "queue", self.person),
                }),
                frame: frame.clone(),
            };
            self.add("request", &frame, &page);
        }
        let frame = self.member_frame("office-cancel");
        let page = ClosingPage {
            request: RequestView::new(&frame, &self.request()),
            step: "cancel",
            text: "office-cancel-text",
            button: "office-cancel-button",
            form_token: "token".to_owned(),
            frame: frame.clone(),
        };
        self.add("ending", &frame, &page);
    }

    fn dispatch_pages(&mut self) {
        let frame = self.member_frame("office-dispatch-title");
        let page = DispatchPage {
            request: RequestView::new(&frame, &self.request()),
            form_token: "token".to_owned(),
            frame: frame.clone(),
        };
        self.add("dispatch", &frame, &page);
        for onward in [true, false] {
            let frame = self.member_frame("office-notice-title").holding_secret();
            let fact = ("発行日".to_owned(), self.person.to_owned());
            let sheets = ["n1", "n2"].map(|pick| {
                let sheet = NoticeSheet {
                    number: "KT7M-9XHF".to_owned(),
                    pick,
                    address: self.person.to_owned(),
                    company: self.person.to_owned(),
                    dates: vec![fact.clone()],
                    sender: vec![self.person.to_owned(); 2],
                    blocks: vec![
                        Block::Text(self.person.to_owned()),
                        Block::Password,
                        Block::Facts(vec![fact.clone()]),
                        Block::Heading(self.person.to_owned()),
                        Block::Steps(vec![self.person.to_owned()], None),
                        Block::Notes(vec![self.person.to_owned()]),
                        Block::Boxed(self.person.to_owned()),
                    ],
                };
                (sheet, SecretDisplay::retrieval_password(password()))
            });
            let not_done = NotDone {
                number: "KT7M-9XHF".to_owned(),
                why: self.person.to_owned(),
            };
            let page = NoticePage {
                sheets: sheets.into_iter().collect(),
                refused: vec![not_done],
                left: vec!["KT7M-9XHF".to_owned()],
                onward: onward.then(|| "token".to_owned()),
                frame: frame.clone(),
            };
            self.add("notice", &frame, &page);
        }
        let frame = self.member_frame("office-run-refused");
        let page = RunPage {
            done: vec!["KT7M-9XHF".to_owned()],
            refused: vec![NotDone {
                number: "KT7M-9XHF".to_owned(),
                why: self.person.to_owned(),
            }],
            back: "/office/requests?tab=to-print".to_owned(),
            frame: frame.clone(),
        };
        self.add("a run in part", &frame, &page);
        for failing in [None, Some("reason")] {
            let mut frame = self.member_frame("office-reprint");
            if let Some(field) = failing {
                frame = Self::failed(frame, field, true);
            }
            let token = "token".to_owned();
            let page = ReprintPage::new(frame.clone(), &self.request(), token, self.person);
            self.add("reprint", &frame, &page);
        }
    }
}
