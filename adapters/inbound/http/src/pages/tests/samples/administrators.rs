//! The administrators' pages but for the history.

use std::time::Duration;

use warifu_core::domain::attempts::{LaneKind, Purpose};
use warifu_core::domain::retrieval_record::{
    HandOver, HandOverWay, ReissueStatus, RetrievalPasswordStatus,
};
use warifu_core::domain::{CertificateStatus, ReissueId, Subject, User};
use warifu_core::{ListPosition, Refusal, UserOverview, UserSort, UsersWaiting};

use crate::pages::admin::reissue::{ConfirmPage, IssuedPage, transaction_password};
use crate::pages::admin::reissues::HandOverPage;
use crate::pages::admin::select::{Request, SelectPage};
use crate::pages::admin::top::{TopPage, UsersPage, certificate_notice, waiting_links};
use crate::pages::admin::unlock::{Choice, UnlockPage};
use crate::pages::admin::users::UserRow;
use crate::pages::frame::{Frame, Steps};
use crate::pages::login::Notice;
use crate::pages::reissues::{HandOverForm, Person, ReissuesPage, Row};
use crate::pages::secret::{Print, SecretDisplay, Sheet};
use warifu_sheets::Block;

use super::{Samples, days, moment, password};

impl Samples<'_> {
    fn overview(&self, certificate: CertificateStatus, locks: &[Purpose]) -> UserOverview {
        let subject = Subject::new("1234567890".parse().unwrap(), "user01".parse().unwrap());
        UserOverview {
            user: User {
                subject,
                name: self.person.to_owned(),
                service_administrator: false,
                permissions: std::collections::BTreeSet::new(),
                mail: None,
                disabled: false,
                certificate_not_after: None,
                identity: None,
            },
            certificate,
            certificate_not_after: Some(moment().plus(days(3))),
            retrieval_password: RetrievalPasswordStatus {
                status: Some(ReissueStatus::Issued),
                expires_at: Some(moment()),
                locked: false,
                handed_over: Some(HandOver {
                    way: HandOverWay::InPerson,
                    at: moment(),
                }),
            },
            locks: locks.iter().copied().collect(),
            login_lanes: locks
                .contains(&Purpose::Login)
                .then_some(LaneKind::ALL)
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    fn row(&self, frame: &Frame, certificate: CertificateStatus, locks: &[Purpose]) -> UserRow {
        let unlockable = locks.iter().any(|lock| *lock != Purpose::Retrieval);
        UserRow::new(
            frame,
            moment(),
            &self.overview(certificate, locks),
            unlockable,
        )
        .with_sessions(unlockable.then(|| "token".to_owned()))
    }

    pub(super) fn administrators_pages(&mut self) {
        let frame = self.member_frame("top-title");
        let end = moment().plus(days(2));
        let counted = UsersWaiting {
            expired: 5,
            expiring: 6,
            locked: 2,
            unused_passwords: 1,
        };
        for (name, now, may_reissue) in [
            ("top", moment(), true),
            (
                "top on the last day",
                end.minus(Duration::from_secs(60)),
                true,
            ),
            ("top after the end", end, false),
        ] {
            let certificate_notice = certificate_notice(&frame, end, now, days(28));
            assert!(certificate_notice.is_some());
            let page = TopPage {
                frame: frame.clone(),
                notice: Some(Notice::done(frame.t("M-SES-06"))),
                certificate_notice,
                waiting: waiting_links(&frame, may_reissue.then_some(counted)),
                may_reissue,
                form_token: "token".to_owned(),
            };
            self.add(name, &frame, &page);
        }
        assert_eq!(
            certificate_notice(&frame, end, end.minus(days(29)), days(28)),
            None
        );
        let frame = self.member_frame("users-title");
        self.add(
            "users",
            &frame.clone(),
            &UsersPage {
                frame,
                may_unlock: true,
            },
        );
        self.select_pages();
        self.confirm_pages();
        self.issued_page();
        self.hand_over_page();
        self.reissues_page();
        self.unlock_pages();
    }

    fn select_pages(&mut self) {
        let frame = self
            .member_frame("select-title")
            .at_step(Steps::of_reissue(1));
        let request = Request::default();
        let rows: Vec<UserRow> = CertificateStatus::ALL
            .iter()
            .map(|status| self.row(&frame, *status, &Purpose::ALL))
            .chain([self.row(&frame, CertificateStatus::Valid, &[])])
            .chain(
                [Refusal::UseSelfService, Refusal::UserDisabled].map(|refusal| {
                    let row = self.row(&frame, CertificateStatus::Valid, &[]);
                    row.with_bar(&frame, Some(&refusal))
                }),
            )
            .collect();
        let notice = Some(Notice::done(frame.t("M-RI-13")));
        let place = ListPosition {
            total: 60,
            first: 1,
        };
        let page = SelectPage::new(
            frame.clone(),
            notice,
            &request,
            rows,
            (place, UserSort::Urgency),
        );
        self.add("selection", &frame, &page);
        let page = SelectPage::new(
            frame.clone(),
            None,
            &request,
            Vec::new(),
            (ListPosition::default(), UserSort::UserId),
        );
        self.add("selection of nobody", &frame, &page);
    }

    fn confirm_pages(&mut self) {
        for failing in [None, Some("confirm"), Some("txn")] {
            let mut frame = self
                .member_frame("confirm-title")
                .at_step(Steps::of_reissue(2));
            if let Some(field) = failing {
                frame = Self::failed(frame, field, true);
            }
            let hint = frame.t1("hint-transaction-password", "name", self.person);
            let page = ConfirmPage {
                user: self.row(&frame, CertificateStatus::Expiring, &[]),
                form_token: "token".to_owned(),
                confirmed: true,
                confirm_error: frame.problem_of("confirm"),
                field: transaction_password(&frame, hint),
                frame: frame.clone(),
            };
            self.add("confirm", &frame, &page);
        }
    }

    pub(super) fn sheet(&self) -> Sheet {
        Sheet {
            name: self.person.to_owned(),
            issued_at: moment(),
            expires_at: moment().plus(days(7)),
            issued_by: self.person.to_owned(),
            blocks: vec![Block::Password, Block::Boxed(self.person.to_owned())],
        }
    }

    pub(super) fn print() -> Print {
        Print {
            action: "/admin/print-requested",
            form_token: "token".to_owned(),
            reissue: ReissueId::from_bytes([3; 16]).to_string(),
            label: "issued-print",
        }
    }

    fn hand_over() -> HandOverForm {
        HandOverForm {
            action: "/admin/reissues/1/handed-over".to_owned(),
            form_token: "token".to_owned(),
        }
    }

    fn issued_page(&mut self) {
        let frame = self
            .member_frame("issued-title")
            .at_step(Steps::of_reissue(3));
        let frame = frame.holding_secret();
        let page = IssuedPage {
            frame: frame.clone(),
            secret: SecretDisplay::retrieval_password(password()),
            sheet: self.sheet(),
            user_id: "user01".to_owned(),
            usable_from: Some(moment()),
            print: Self::print(),
            hand_over: Self::hand_over(),
        };
        self.add("issued", &frame, &page);
    }

    fn hand_over_page(&mut self) {
        let frame = self.member_frame("hand-over-title");
        let page = HandOverPage {
            frame: frame.clone(),
            user: self.person.to_owned(),
            issued_at: moment(),
            expires_at: moment(),
            hand_over: Self::hand_over(),
        };
        self.add("hand over", &frame, &page);
    }

    fn reissues_page(&mut self) {
        let row = |form_token: Option<String>| Row {
            handed_over: Some(("handed-over-telephone", moment())),
            hand_over: form_token
                .as_ref()
                .map(|_| "/admin/reissues/1/handed-over".to_owned()),
            user: Person {
                name: Some(self.person.to_owned()),
                id: Some("user01".to_owned()),
            },
            operator: Person {
                name: None,
                id: Some("admin01".to_owned()),
            },
            route: "reissues-route-administrator",
            issued_at: moment(),
            expires_at: moment(),
            state: "reissues-state-issued",
            badge: "attention",
            cancel: "/admin/reissues/1/cancel".to_owned(),
            form_token,
        };
        for reissues in [Vec::new(), vec![row(None), row(Some("token".to_owned()))]] {
            let frame = self.member_frame("reissues-title");
            let page = ReissuesPage {
                notice: Some(Notice::done(frame.t("M-RI-12"))),
                frame: frame.clone(),
                search: true,
                query: self.person.to_owned(),
                reissues,
                back: "/admin/users",
            };
            self.add("reissues", &frame, &page);
        }
    }

    fn unlock_pages(&mut self) {
        let choice = Choice {
            value: "login",
            label: "unlock-login",
            chosen: true,
        };
        for (purposes, failing) in [(vec![choice], true), (Vec::new(), false)] {
            let mut frame = self.member_frame("unlock-title");
            if failing {
                frame = Self::failed(frame, "purpose", true);
            }
            let hint = frame.t1("hint-transaction-password-own", "name", self.person);
            let page = UnlockPage {
                user: self.row(&frame, CertificateStatus::None, &Purpose::ALL),
                retrieval_locked: true,
                purposes,
                purpose_error: frame.problem_of("purpose"),
                form_token: "token".to_owned(),
                field: transaction_password(&frame, hint),
                frame: frame.clone(),
            };
            self.add("unlock", &frame, &page);
        }
    }
}
