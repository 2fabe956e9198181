//! What adapters build that is more than one port.

use std::sync::Arc;

use warifu_core::domain::{StoreIdentity, Subject};
use warifu_core::ports::{
    AttemptStore, CertificateRegister, OnceStore, OneTimePasswordTokens, OtpCards, OtpStepStore,
    PaperRequestStore, QuotaStore, RetrievalPasswordStore, SessionStore, StaffDirectory,
    StoreFacts, StoreServers, UserDirectory, UserImport,
};

/// What an adapter of `password_store` gives: everything that is remembered.
#[derive(Clone)]
pub struct Stores {
    /// Counts attempts.
    pub attempts: Arc<dyn AttemptStore>,
    /// Keeps retrieval passwords.
    pub retrieval_passwords: Arc<dyn RetrievalPasswordStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Remembers what may happen once.
    pub once: Arc<dyn OnceStore>,
    /// Limits how often something happens.
    pub quotas: Arc<dyn QuotaStore>,
    /// Remembers the last code of each card.
    pub otp_steps: Arc<dyn OtpStepStore>,
    /// Keeps the requests of the paper procedure.
    pub paper_requests: Arc<dyn PaperRequestStore>,
    /// Knows the issued certificates.
    pub register: Arc<dyn CertificateRegister>,
    /// Knows the store itself, and its time.
    pub facts: Arc<dyn StoreFacts>,
    /// Which store this is, where it outlives the program.
    pub identity: Option<StoreIdentity>,
    /// The servers that hold its data, where that is not this program.
    pub servers: Option<Arc<dyn StoreServers>>,
}

impl Stores {
    /// Everything in one store; `identity` where it outlives the program.
    pub fn in_one<S>(store: Arc<S>, identity: Option<StoreIdentity>) -> Self
    where
        S: AttemptStore
            + RetrievalPasswordStore
            + SessionStore
            + OnceStore
            + QuotaStore
            + OtpStepStore
            + PaperRequestStore
            + CertificateRegister
            + StoreFacts
            + 'static,
    {
        Self {
            attempts: store.clone(),
            retrieval_passwords: store.clone(),
            sessions: store.clone(),
            once: store.clone(),
            quotas: store.clone(),
            otp_steps: store.clone(),
            paper_requests: store.clone(),
            register: store.clone(),
            facts: store,
            identity,
            servers: None,
        }
    }
}

/// What an adapter of `user_directory` gives.
#[derive(Clone)]
pub struct Directory {
    /// Who exists.
    pub users: Arc<dyn UserDirectory>,
    /// The cards of users, where the directory keeps them.
    pub tokens: Option<Arc<dyn OneTimePasswordTokens>>,
    /// The bank's staff, where the directory knows them, too.
    pub staff: Option<Staff>,
    /// Binds cards to users, where the directory can.
    pub cards: Option<Arc<dyn OtpCards>>,
    /// Reads anew what is read at the start, where there is such a thing.
    pub reload: Option<Arc<dyn Reload>>,
    /// Takes users in from a users file, where it can.
    pub import: Option<Arc<dyn UserImport>>,
}

/// What an adapter of `staff_directory` gives.
#[derive(Clone)]
pub struct Staff {
    /// Who works in the bank's back office.
    pub members: Arc<dyn StaffDirectory>,
    /// The cards of the staff, where the directory keeps them; each known by
    /// [`Subject::of_staff`](warifu_core::domain::Subject::of_staff).
    pub tokens: Option<Arc<dyn OneTimePasswordTokens>>,
    /// Reads anew what is read at the start, where there is such a thing.
    pub reload: Option<Arc<dyn Reload>>,
}

/// Something that is read at the start and can be read again while the program runs.
pub trait Reload: Send + Sync {
    /// Reads it again, and tells which users are switched off in it, or gone: their sessions end.
    /// Where it fails, everything stays as it was; the error is one line.
    fn reload(&self) -> Result<Vec<Subject>, String>;
}
