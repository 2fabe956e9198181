use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_core::domain::{PlainPassword, Subject};
use warifu_core::ports::{PasswordVerifier, Unavailable};

use crate::case::CaseResult;
use crate::password_verifier::PasswordKit;

/// What a verifier of passwords does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFlaw {
    /// Nothing: what a verifier does right.
    None,
    /// Looks users up by their ID alone.
    ConfusesContracts,
    /// Compares without regard to case and spaces.
    ComparesLoosely,
    /// Takes an asterisk for whatever there is.
    MatchesPatterns,
    /// Remembers what was right once.
    Caches,
    /// Fails for users whom it does not know.
    FailsForStrangers,
    /// Takes a failure for a wrong password.
    TakesFailuresForWrong,
    /// Tells the password in its errors.
    Blabs,
    /// Waits for an answer for ever.
    WaitsForEver,
    /// Saves itself the work of a decoy.
    SkipsDecoys,
    /// Keeps what it is asked in one place.
    MixesCallers,
}

/// Passwords in memory, as another system would keep them, and a verifier that asks it.
pub struct FlawedPasswords {
    system: Arc<System>,
    flaw: PasswordFlaw,
}

#[derive(Default)]
struct System {
    passwords: Mutex<HashMap<Subject, Vec<u8>>>,
    failing: AtomicBool,
    silent: AtomicBool,
    requests: AtomicUsize,
}

impl FlawedPasswords {
    /// No passwords yet.
    pub fn new(flaw: PasswordFlaw) -> Self {
        Self {
            system: Arc::default(),
            flaw,
        }
    }
}

#[async_trait]
impl PasswordKit for FlawedPasswords {
    fn verifier(&self) -> Arc<dyn PasswordVerifier> {
        Arc::new(Verifier {
            system: self.system.clone(),
            flaw: self.flaw,
            right_once: Mutex::default(),
            asked: Mutex::default(),
        })
    }

    async fn set(&self, subject: &Subject, password: &PlainPassword) -> CaseResult {
        let password = password.expose().to_vec();
        self.system
            .passwords
            .lock()
            .insert(subject.clone(), password);
        Ok(())
    }

    async fn remove(&self, subject: &Subject) -> CaseResult {
        self.system.passwords.lock().remove(subject);
        Ok(())
    }

    async fn set_failing(&self, failing: bool) -> CaseResult {
        self.system.failing.store(failing, Ordering::SeqCst);
        Ok(())
    }

    async fn set_silent(&self, silent: bool) -> CaseResult {
        self.system.silent.store(silent, Ordering::SeqCst);
        Ok(())
    }

    fn requests(&self) -> usize {
        self.system.requests.load(Ordering::SeqCst)
    }
}

struct Verifier {
    system: Arc<System>,
    flaw: PasswordFlaw,
    right_once: Mutex<HashSet<(Subject, Vec<u8>)>>,
    asked: Mutex<Option<(Subject, Vec<u8>)>>,
}

impl Verifier {
    async fn answer(&self, entered: &[u8]) -> Result<(), Unavailable> {
        self.system.requests.fetch_add(1, Ordering::SeqCst);
        while self.system.silent.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if self.flaw != PasswordFlaw::WaitsForEver {
                return Err(Unavailable::new("login_verifier", "does not answer"));
            }
        }
        if !self.system.failing.load(Ordering::SeqCst) {
            return Ok(());
        }
        let reason = match self.flaw {
            PasswordFlaw::Blabs => format!("was asked for {}", String::from_utf8_lossy(entered)),
            _ => "told to fail".to_owned(),
        };
        Err(Unavailable::new("login_verifier", reason))
    }

    fn is_right(&self, subject: &Subject, entered: &[u8]) -> Option<bool> {
        let passwords = self.system.passwords.lock();
        let password = match self.flaw {
            PasswordFlaw::ConfusesContracts => passwords
                .iter()
                .find(|(known, _)| known.user == subject.user)
                .map(|(_, password)| password),
            _ => passwords.get(subject),
        };
        let loosely = |text: &[u8]| String::from_utf8_lossy(text).trim().to_lowercase();
        password.map(|password| match self.flaw {
            PasswordFlaw::ComparesLoosely => loosely(password) == loosely(entered),
            PasswordFlaw::MatchesPatterns => password == entered || entered == b"*",
            _ => password == entered,
        })
    }
}

#[async_trait]
impl PasswordVerifier for Verifier {
    async fn verify(
        &self,
        subject: &Subject,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable> {
        let mut asked = (subject.clone(), password.expose().to_vec());
        if self.flaw == PasswordFlaw::Caches && self.right_once.lock().contains(&asked) {
            return Ok(true);
        }
        if self.flaw == PasswordFlaw::MixesCallers {
            *self.asked.lock() = Some(asked.clone());
            tokio::time::sleep(Duration::from_millis(1)).await;
            asked = self.asked.lock().clone().unwrap_or(asked);
        }
        match self.answer(&asked.1).await {
            Ok(()) => {}
            Err(_) if self.flaw == PasswordFlaw::TakesFailuresForWrong => return Ok(false),
            Err(unavailable) => return Err(unavailable),
        }
        let right = match self.is_right(&asked.0, &asked.1) {
            Some(right) => right,
            None if self.flaw == PasswordFlaw::FailsForStrangers => {
                return Err(Unavailable::new("login_verifier", "nobody has this name"));
            }
            None => false,
        };
        if right {
            self.right_once.lock().insert(asked);
        }
        Ok(right)
    }

    async fn decoy(&self, _: &Subject, password: &PlainPassword) -> Result<(), Unavailable> {
        match self.flaw {
            PasswordFlaw::SkipsDecoys => Ok(()),
            _ => self.answer(password.expose()).await,
        }
    }

    fn longest_check(&self) -> Duration {
        Duration::from_millis(200)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        if self.system.failing.load(Ordering::SeqCst) {
            return Err(Unavailable::new("login_verifier", "told to fail"));
        }
        Ok(())
    }
}
