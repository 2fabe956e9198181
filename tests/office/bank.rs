//! A bank with a back office.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use warifu_contracts::samples::{SeededRandomness, TestClock, policy, policy_of, retrieval_policy};
use warifu_core::customers::{LoginForm, UserSession};
use warifu_core::domain::attempts::{LockDuration, Purpose, Verdict};
use warifu_core::domain::paper_request::{PaperChecks, PaperRequest};
use warifu_core::domain::{
    AllowedCharacters, BulkPolicy, CertificatePolicy, IdempotencyPolicy, PaperPolicy, Policy,
    Quota, ReissuePolicy, RetrievalPasswordLength, RetrievalPasswordPolicy, SessionPolicy,
    SprayPolicy, StaffMember, StaffRole, Subject, Surface,
};
use warifu_core::office::{Clerk, PaperDecisionForm, PaperForm, PaperNotice, StaffLoginForm};
use warifu_core::ports::{AttemptKey, AttemptStore, PasswordCheck, Unavailable};
use warifu_core::terminal::Terminal;
use warifu_core::{Outcome, Ports, RequestContext, UseCases};
use warifu_memory::{MemoryDirectory, MemoryStore};
use warifu_x509::X509ClientKeys;

use crate::parts::{Cards, ClosedAuthority, Codes, Log, QuickHasher, Register, Unhurried};

pub(crate) const CONTRACT: &str = "1234567890";
pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const FORTNIGHT: Duration = Duration::from_hours(14 * 24);

/// The bank, and all that its tests look into.
pub(crate) struct Bank {
    pub(crate) use_cases: UseCases,
    ports: Ports,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) staff: Arc<Register>,
    pub(crate) codes: Arc<Codes>,
    pub(crate) cards: Arc<Cards>,
    pub(crate) log: Arc<Log>,
    pub(crate) hasher: Arc<QuickHasher>,
    next_code: AtomicU32,
}

pub(crate) fn login_password(id: &str) -> String {
    format!("login-{id}")
}

pub(crate) fn transaction_password(id: &str) -> String {
    format!("transaction-{id}")
}

impl Bank {
    /// With a place where cards are bound.
    pub(crate) fn new() -> Self {
        Self::with(true)
    }

    pub(crate) fn with(binds_cards: bool) -> Self {
        Self::with_ports(binds_cards, |_| {})
    }

    /// With other systems in the place of what `change` replaces.
    pub(crate) fn with_ports(binds_cards: bool, change: impl FnOnce(&mut Ports)) -> Self {
        let clock = Arc::new(TestClock::default());
        let hasher = Arc::new(QuickHasher::default());
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let staff = Arc::new(Register::default());
        for (id, roles) in [
            ("maker", &[StaffRole::Maker][..]),
            ("printer", &[StaffRole::Maker]),
            ("checker", &[StaffRole::Checker]),
            ("both", &[StaffRole::Maker, StaffRole::Checker]),
            ("auditor", &[StaffRole::Auditor]),
        ] {
            let member = StaffMember {
                id: id.parse().expect("an ID"),
                name: format!("{id} さん"),
                roles: roles.iter().copied().collect(),
                disabled: false,
            };
            let hash = hasher.hash_of(login_password(id).as_bytes());
            staff.staff.lock().push((member, hash));
        }
        let (codes, cards) = (Arc::new(Codes::default()), Arc::new(Cards::default()));
        let log = Arc::new(Log::default());
        let mut ports = Ports {
            directory: Arc::new(customers(&hasher)),
            otp_verifier: codes.clone(),
            otp_cards: binds_cards.then(|| cards.clone() as _),
            staff_directory: staff.clone(),
            staff_otp_verifier: codes.clone(),
            login_verifier: PasswordCheck::Hashes,
            transaction_verifier: PasswordCheck::Hashes,
            attempts: store.clone(),
            retrieval_passwords: store.clone(),
            sessions: store.clone(),
            once: store.clone(),
            paper_requests: Arc::new(Unhurried(store.clone())),
            quotas: store.clone(),
            register: store.clone(),
            certificate_authority: Arc::new(ClosedAuthority),
            client_keys: Arc::new(X509ClientKeys),
            hasher: hasher.clone(),
            audit_log: log.clone(),
            clock: clock.clone(),
            randomness: Arc::new(SeededRandomness::new(2)),
        };
        change(&mut ports);
        Self {
            use_cases: UseCases::new(ports.clone(), rules()),
            ports,
            clock,
            store,
            staff,
            codes,
            cards,
            log,
            hasher,
            next_code: AtomicU32::new(100_000),
        }
    }

    /// Another server of the same bank.
    pub(crate) fn another_server(&self) -> UseCases {
        UseCases::new(self.ports.clone(), rules())
    }

    /// The bank's terminal.
    pub(crate) fn terminal(&self) -> Terminal {
        Terminal::new(self.ports.clone(), rules())
    }

    pub(crate) fn context(&self) -> RequestContext {
        RequestContext {
            request_id: self.use_cases.service.new_request_id(),
            source: None,
        }
    }

    pub(crate) fn login_form(&self, id: &str) -> StaffLoginForm {
        let code = self.next_code.fetch_add(1, Ordering::SeqCst);
        StaffLoginForm {
            staff_id: id.to_owned(),
            login_password: login_password(id).into(),
            otp: code.to_string().into(),
        }
    }

    pub(crate) async fn clerk(&self, id: &str) -> Clerk {
        let form = self.login_form(id);
        let logged_in = self.use_cases.office.log_in(self.context(), form).await;
        logged_in.expect("a login").session.clerk
    }

    pub(crate) async fn user(&self, id: &str) -> UserSession {
        let form = LoginForm {
            contract_number: CONTRACT.to_owned(),
            user_id: id.to_owned(),
            login_password: login_password(id).into(),
        };
        let logged_in = self
            .use_cases
            .customers
            .log_in(self.context(), Surface::SelfService, form);
        logged_in.await.expect("a login").session
    }

    pub(crate) async fn register(&self, clerk: &Clerk, form: PaperForm) -> PaperRequest {
        let registered = clerk.register_paper_request(form, true);
        registered.await.expect("a request")
    }

    pub(crate) async fn decide(
        &self,
        clerk: &Clerk,
        request: &PaperRequest,
        decision: &str,
    ) -> Outcome<PaperRequest> {
        let form = decision_form(clerk, request, decision);
        clerk.decide_paper_request(form).await
    }

    pub(crate) async fn print(
        &self,
        clerk: &Clerk,
        request: &PaperRequest,
    ) -> Outcome<PaperNotice> {
        let number = request.number().to_string();
        clerk.print_paper_notice(&number).await
    }

    pub(crate) async fn show(&self, request: &PaperRequest) -> PaperRequest {
        let auditor = self.clerk("auditor").await;
        let number = request.number().to_string();
        let shown = auditor.paper_request(&number);
        shown.await.expect("a request")
    }

    /// Enters wrongly, as `subject`, until `purpose` is locked.
    pub(crate) async fn lock(&self, subject: &Subject, purpose: Purpose) {
        let attempts: &dyn AttemptStore = self.store.as_ref();
        let key = AttemptKey::of(subject.clone(), purpose);
        let policy = self.use_cases.service.policy().attempts(purpose);
        for number in 0..policy.max_failures.get() {
            let lease = warifu_contracts::samples::lease(900 + number as usize);
            let reserved = attempts.reserve(&key, policy, lease).await;
            reserved.expect("a place");
            let settled = attempts.settle(&key, policy, lease, Verdict::Wrong).await;
            settled.expect("an answer");
        }
    }

    /// Whether `notice`'s password would be taken for the right one now.
    pub(crate) async fn opens(&self, notice: &PaperNotice) -> Result<bool, Unavailable> {
        use warifu_core::domain::retrieval_record::RetrievalReservation;
        use warifu_core::ports::RetrievalPasswordStore;

        let lease = warifu_contracts::samples::lease(7);
        let passwords: &dyn RetrievalPasswordStore = self.store.as_ref();
        let subject = &notice.user.subject;
        let policy = retrieval_policy();
        Ok(match passwords.reserve(subject, &policy, lease).await? {
            RetrievalReservation::Granted(candidate) => candidate.is_some_and(|candidate| {
                let password = notice.retrieval_password.expose();
                candidate.id == notice.reissue_id && self.hasher.is(&candidate.hash, password)
            }),
            _ => false,
        })
    }
}

pub(crate) fn decision_form(
    clerk: &Clerk,
    request: &PaperRequest,
    decision: &str,
) -> PaperDecisionForm {
    PaperDecisionForm {
        number: request.number().to_string(),
        version: request.version(),
        decision: decision.to_owned(),
        reason: "印影が違います".to_owned(),
        login_password: login_password(clerk.member.id.as_str()).into(),
    }
}

/// A good form for `user01`.
pub(crate) fn form(matters: &[&str]) -> PaperForm {
    PaperForm {
        edition: "standard".to_owned(),
        form: 3,
        contract_number: CONTRACT.to_owned(),
        user_id: "user01".to_owned(),
        user_name: String::new(),
        matters: matters.iter().map(|matter| (*matter).to_owned()).collect(),
        received_on: "2025-12-31".to_owned(),
        checks: PaperChecks {
            seal: true,
            identity: true,
            registered_address: true,
        },
        scan_reference: "棚7-3".to_owned(),
        card_serial: String::new(),
    }
}

pub(crate) const REISSUE: &str = "reissue-retrieval-password";

pub(crate) fn user01() -> Subject {
    let contract = CONTRACT.parse().expect("a number");
    Subject::new(contract, "user01".parse().expect("an ID"))
}

fn customers(hasher: &QuickHasher) -> MemoryDirectory {
    let mut file = format!(
        "[[contracts]]\nnumber = \"{CONTRACT}\"\nname = \"株式会社サンプル\"\n\
         registered_address = \"〒100-0000 東京都\"\n"
    );
    for (id, more) in [
        ("admin01", "service_administrator = true"),
        ("user01", ""),
        ("holder01", "permissions = [\"reissue-retrieval-password\"]"),
        ("gone01", "disabled = true"),
    ] {
        let login = hasher.hash_of(login_password(id).as_bytes());
        let transaction = hasher.hash_of(transaction_password(id).as_bytes());
        writeln!(
            file,
            "[[contracts.users]]\nid = \"{id}\"\nname = \"{id} 様\"\nlogin_password = \"{}\"\n\
             transaction_password = \"{}\"\n{more}",
            login.expose_phc(),
            transaction.expose_phc(),
        )
        .expect("a text can be written to");
    }
    MemoryDirectory::from_toml(&file, "customers").expect("a good users file")
}

fn rules() -> Policy {
    let hourly = Quota {
        limit: NonZeroU32::MIN.saturating_add(9),
        window: HOUR,
    };
    Policy {
        login: policy(),
        transaction: policy_of(5, LockDuration::UntilUnlocked),
        otp: policy_of(5, LockDuration::UntilUnlocked),
        retrieval: retrieval_policy(),
        password_characters: AllowedCharacters::Ascii,
        retrieval_password: RetrievalPasswordPolicy {
            length: RetrievalPasswordLength::default(),
            valid_for: FORTNIGHT,
            hold_for: Duration::ZERO,
        },
        reissue: ReissuePolicy {
            per_target: hourly,
            per_operator: hourly,
            void_with_operator: true,
            own_through_admin: false,
            otp_proof_for: HOUR,
        },
        bulk: BulkPolicy {
            max_users: NonZeroU32::MAX,
            second_approver: false,
        },
        session: SessionPolicy {
            idle: FORTNIGHT * 4,
            absolute: FORTNIGHT * 4,
        },
        certificate: CertificatePolicy { notice: HOUR },
        idempotency: IdempotencyPolicy { remember_for: HOUR },
        staff_login: policy(),
        spraying: SprayPolicy {
            told_after: NonZeroU32::MAX,
            tighter_after: NonZeroU32::MAX,
            max_failures: NonZeroU32::MAX,
            most_names: 1_000_000,
        },
        paper: PaperPolicy {
            undecided_for: FORTNIGHT,
            valid_for: FORTNIGHT,
            utc_offset_minutes: 540,
        },
    }
}
