//! The use cases on the stores under test, with people who use them.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use warifu_contracts::samples::{
    SeededRandomness, TestClock, VALID_FOR, contract_number, policy_of, retrieval_policy,
};
use warifu_core::customers::{KeyChoice, LoginForm, ReissueForAnother, UserSession};
use warifu_core::domain::attempts::LockDuration;
use warifu_core::domain::{
    AllowedCharacters, BulkPolicy, CertificatePolicy, ContractNumber, IdempotencyPolicy,
    PaperPolicy, Policy, Quota, ReissueId, ReissuePolicy, RetrievalPasswordLength,
    RetrievalPasswordPolicy, SessionPolicy, SessionToken, SprayPolicy, Subject, Surface,
};
use warifu_core::ports::{AttemptStore, Clock, PasswordCheck};
use warifu_core::{Outcome, Ports, RequestContext, UseCases};
use warifu_memory::{MemoryDirectory, MemoryStaff, MemoryStore};

use super::chance::{Faults, Process};
use super::history::{Delivered, Event, History, Shown};
use super::quick::{NoCards, NotedLog, QuickAuthority, QuickHasher, QuickKeys};
use super::stores::{Reached, Stores};

/// Administrators: the first two reissue and mistype, the third is only ever guessed at, the last
/// comes when all is over.
pub(super) const ADMINISTRATORS: usize = 4;
/// Whose transaction password is only ever guessed at.
pub(super) const BESIEGED: usize = 2;
/// Who comes when all is over.
pub(super) const LAST: usize = 3;
/// Users who redeem.
pub(super) const USERS: usize = 2;
/// Keys that each user has.
pub(super) const KEYS: usize = 3;

const LOGIN_PASSWORD: &str = "login password";

/// How many wrong entries lock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) retrieval: u32,
    pub(super) transaction: u32,
}

/// Everything that a schedule plays in.
pub(super) struct World {
    pub(super) limits: Limits,
    pub(super) clock: Arc<TestClock>,
    pub(super) history: Arc<History>,
    administrators: Vec<SessionToken>,
    users: Vec<SessionToken>,
    /// The hashes of the administrators' transaction passwords.
    pub(super) transaction_hashes: Vec<String>,
    contract: ContractNumber,
    stores: Stores,
    directory: Arc<MemoryDirectory>,
    hasher: Arc<QuickHasher>,
    keys: Arc<QuickKeys>,
    /// What is not under test.
    memory: Arc<MemoryStore>,
    /// All processes there ever were.
    processes: Mutex<Vec<Arc<Process>>>,
}

/// One request to one process.
struct Call {
    process: Arc<Process>,
    use_cases: UseCases,
    context: RequestContext,
    began: usize,
}

impl Call {
    /// Who holds `token`. Sessions are not under test: nothing goes wrong here.
    async fn session(&self, token: &SessionToken) -> UserSession {
        let customers = &self.use_cases.customers;
        let session = customers.session(self.context, Surface::Admin, token.expose());
        session.await.expect("the session lasts")
    }
}

impl World {
    /// A contract of its own on `stores`, which go by `clock`.
    pub(super) async fn new(
        number: u64,
        limits: Limits,
        stores: Stores,
        clock: Arc<TestClock>,
    ) -> Self {
        let history = Arc::new(History::default());
        let hasher = Arc::new(QuickHasher::new(history.clone()));
        let mut transaction_hashes = Vec::new();
        let contract = contract_number(number);
        let mut file = format!(
            "[[contracts]]\nnumber = \"{contract}\"\nname = \"Sample\"\nedition = \"standard\"\n\
             registered_address = \"Tokyo\"\n"
        );
        let mut add = |id: String, administers: bool| {
            let login = hasher.hash_of(LOGIN_PASSWORD.as_bytes());
            let transaction = hasher.hash_of(transaction_password(&id).as_bytes());
            let (login, transaction) = (login.expose_phc(), transaction.expose_phc());
            writeln!(
                file,
                "[[contracts.users]]\nid = \"{id}\"\nname = \"{id}\"\n\
                 service_administrator = {administers}\nlogin_password = \"{login}\"\n\
                 transaction_password = \"{transaction}\""
            )
            .expect("a text can be written to");
            if administers {
                transaction_hashes.push(transaction.to_owned());
            }
        };
        (0..ADMINISTRATORS).for_each(|number| add(format!("admin{number}"), true));
        (0..USERS).for_each(|number| add(format!("user{number}"), false));
        let directory = MemoryDirectory::from_toml(&file, "people").expect("a good users file");
        let memory = MemoryStore::new(clock.clone());
        let mut world = Self {
            limits,
            clock,
            history,
            administrators: Vec::new(),
            users: Vec::new(),
            transaction_hashes,
            contract,
            stores,
            directory: Arc::new(directory),
            hasher,
            keys: Arc::default(),
            memory: Arc::new(memory),
            processes: Mutex::default(),
        };
        for number in 0..ADMINISTRATORS {
            let token = world.log_in(number, format!("admin{number}")).await;
            world.administrators.push(token);
        }
        for number in 0..USERS {
            let seed = ADMINISTRATORS + number;
            let token = world.log_in(seed, format!("user{number}")).await;
            world.users.push(token);
        }
        world
    }

    /// The `number`-th user.
    pub(super) fn user(&self, number: usize) -> Subject {
        let id = format!("user{number}");
        Subject::new(self.contract.clone(), id.parse().expect("an ID"))
    }

    /// The `number`-th administrator.
    pub(super) fn administrator(&self, number: usize) -> Subject {
        let id = format!("admin{number}");
        Subject::new(self.contract.clone(), id.parse().expect("an ID"))
    }

    /// Through stores that are not under test: nothing goes wrong here.
    async fn log_in(&self, seed: usize, user_id: String) -> SessionToken {
        let form = LoginForm {
            contract_number: self.contract.to_string(),
            user_id,
            login_password: LOGIN_PASSWORD.into(),
        };
        // A seed each: sessions are told apart by chance.
        let call = self.call_with(seed as u64, Faults::NONE, Some(self.memory.clone()));
        let customers = &call.use_cases.customers;
        let logged_in = customers.log_in(call.context, Surface::Admin, form);
        logged_in.await.expect("the login is right").token
    }

    /// A request to a process of its own.
    fn call(&self, seed: u64, faults: Faults) -> Call {
        self.call_with(seed, faults, None)
    }

    fn call_with(
        &self,
        seed: u64,
        faults: Faults,
        attempts: Option<Arc<dyn AttemptStore>>,
    ) -> Call {
        let process = Arc::new(Process::new(seed, faults));
        self.processes.lock().push(process.clone());
        let reached = Arc::new(Reached {
            stores: self.stores.clone(),
            process: process.clone(),
            history: self.history.clone(),
        });
        let ports = Ports {
            directory: self.directory.clone(),
            otp_verifier: Arc::new(NoCards),
            otp_cards: None,
            staff_directory: Arc::new(MemoryStaff::of(Arc::new(MemoryDirectory::empty()))),
            staff_otp_verifier: Arc::new(NoCards),
            login_verifier: PasswordCheck::Hashes,
            transaction_verifier: PasswordCheck::Hashes,
            attempts: attempts.unwrap_or_else(|| reached.clone()),
            retrieval_passwords: reached,
            sessions: self.memory.clone(),
            once: self.memory.clone(),
            paper_requests: self.memory.clone(),
            quotas: self.memory.clone(),
            register: self.memory.clone(),
            certificate_authority: Arc::new(QuickAuthority(process.clone())),
            client_keys: self.keys.clone(),
            hasher: self.hasher.clone(),
            audit_log: Arc::new(NotedLog {
                process: process.clone(),
                history: self.history.clone(),
            }),
            clock: self.clock.clone(),
            randomness: Arc::new(SeededRandomness::new(!seed)),
        };
        let use_cases = UseCases::new(ports, policy(self.limits));
        let context = RequestContext {
            request_id: use_cases.service.new_request_id(),
            source: None,
        };
        Call {
            process,
            use_cases,
            context,
            began: self.history.len(),
        }
    }

    /// `administrator` reissues for `user`, with the right transaction password or a wrong one.
    pub(super) async fn reissue(
        &self,
        (seed, faults): (u64, Faults),
        administrator: usize,
        user: usize,
        is_right: bool,
    ) {
        let password = if is_right {
            transaction_password(&format!("admin{administrator}"))
        } else {
            "a guess".to_owned()
        };
        let form = ReissueForAnother {
            user_id: format!("user{user}"),
            transaction_password: password.into(),
            not_instructed_by_others: true,
            idempotency_key: None,
        };
        let call = self.call(seed, faults);
        let session = call.session(&self.administrators[administrator]).await;
        let reissue = session.operator.reissue_for_another(form);
        let answer = call.process.survives(reissue).await;
        self.note(&call, answer, |reissued| {
            let password = String::from_utf8(reissued.retrieval_password.expose().to_vec());
            Event::Shown(Shown {
                request: call.context.request_id,
                subject: reissued.user.subject,
                reissue: reissued.reissue_id,
                password: password.expect("it is ASCII"),
                expires_at: reissued.expires_at,
            })
        });
    }

    /// `user` redeems what they take for the password.
    pub(super) async fn redeem(
        &self,
        (seed, faults): (u64, Faults),
        user: usize,
        password: &str,
        key: KeyChoice,
    ) {
        let call = self.call(seed, faults);
        let csr = match &key {
            KeyChoice::Csr(csr) => Some(csr.clone()),
            KeyChoice::Pkcs12 { .. } | KeyChoice::Pkcs12WithNewPassphrase => None,
        };
        let process = call.process.number();
        self.history.note(Event::Began { process, csr });
        let session = call.session(&self.users[user]).await;
        let redeem = session.redeem(password.into(), key);
        let answer = call.process.survives(redeem).await;
        self.note(&call, answer, |redeemed| {
            Event::Delivered(Delivered {
                request: call.context.request_id,
                began: call.began,
                serial: redeemed.certificate.serial,
            })
        });
    }

    /// Takes a password of `user` back, as an administrator where `administrator` is given.
    pub(super) async fn take_back(
        &self,
        (seed, faults): (u64, Faults),
        administrator: Option<usize>,
        user: usize,
        reissue: ReissueId,
    ) {
        let call = self.call(seed, faults);
        let (context, id) = (call.context, reissue.to_string());
        let answer = if let Some(number) = administrator {
            let session = call.session(&self.administrators[number]).await;
            let cancel = session.operator.cancel_reissue(&id);
            call.process.survives(cancel).await
        } else {
            let session = call.session(&self.users[user]).await;
            let cancel = session.cancel_own_reissue(&id);
            call.process.survives(cancel).await
        };
        self.note(&call, answer, |()| Event::TakenBack {
            request: context.request_id,
            reissue,
        });
    }

    /// Lets time pass for everybody.
    pub(super) fn wait(&self, duration: Duration) {
        self.clock.advance_by(duration);
        self.history.note(Event::TimePassed(self.clock.now()));
    }

    fn note<T>(&self, call: &Call, answer: Option<Outcome<T>>, success: impl FnOnce(T) -> Event) {
        match answer {
            Some(Ok(answer)) => self.history.note(success(answer)),
            Some(Err(refusal)) => self.history.note(Event::Refused {
                process: call.process.number(),
                refusal,
            }),
            // Noted when all is over, with those that died later.
            None => {}
        }
    }

    /// Waits until every process that lives has settled what it owes, and notes which have died.
    pub(super) async fn settle_all(&self) {
        let processes = self.processes.lock().clone();
        for process in &processes {
            let mut turns = 0_u64;
            while process.owes() {
                tokio::task::yield_now().await;
                turns += 1;
                let number = process.number();
                assert!(
                    turns < MOST_TURNS,
                    "process {number} never settles what it owes"
                );
            }
            if process.is_dead() {
                self.history.note(Event::Died(process.number()));
            }
        }
    }
}

/// Far more than any process needs to settle what it owes.
const MOST_TURNS: u64 = 10_000_000;

fn transaction_password(id: &str) -> String {
    format!("transaction password of {id}")
}

fn policy(limits: Limits) -> Policy {
    let often = Quota {
        limit: NonZeroU32::MAX,
        window: Duration::from_hours(1),
    };
    let hour = Duration::from_hours(1);
    Policy {
        login: retrieval_policy(),
        transaction: policy_of(limits.transaction, LockDuration::UntilUnlocked),
        otp: retrieval_policy(),
        retrieval: policy_of(limits.retrieval, LockDuration::UntilUnlocked),
        password_characters: AllowedCharacters::Ascii,
        retrieval_password: RetrievalPasswordPolicy {
            length: RetrievalPasswordLength::default(),
            valid_for: VALID_FOR,
            hold_for: Duration::ZERO,
        },
        reissue: ReissuePolicy {
            per_target: often,
            per_operator: often,
            void_with_operator: true,
            own_through_admin: false,
            otp_proof_for: hour,
        },
        bulk: BulkPolicy {
            max_users: NonZeroU32::MAX,
            second_approver: false,
        },
        // However long a history takes.
        session: SessionPolicy {
            idle: Duration::from_hours(1_000_000),
            absolute: Duration::from_hours(1_000_000),
        },
        certificate: CertificatePolicy { notice: hour },
        idempotency: IdempotencyPolicy { remember_for: hour },
        staff_login: retrieval_policy(),
        spraying: SprayPolicy {
            told_after: NonZeroU32::MAX,
            tighter_after: NonZeroU32::MAX,
            max_failures: NonZeroU32::MAX,
            most_names: 1_000_000,
        },
        paper: PaperPolicy {
            undecided_for: hour,
            valid_for: hour,
            utc_offset_minutes: 540,
        },
    }
}
