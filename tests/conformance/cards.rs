//! The cards of a users file, with a stock made up for their suite.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tempfile::TempDir;
use warifu_config::UsersFileCards;
use warifu_contracts::otp_cards::CardsKit;
use warifu_contracts::samples::{TestClock, user};
use warifu_contracts::{CaseResult, Failure};
use warifu_core::domain::paper_request::PaperLine;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Clock, OtpCards, OtpVerifier, Rebinding};
use warifu_memory::{MemoryDirectory, MemoryStore};
use warifu_totp::TotpVerifier;

const PERIOD: u32 = 30;

struct FileKit {
    path: PathBuf,
    directory: Arc<MemoryDirectory>,
    steps: Arc<MemoryStore>,
    clock: Arc<TestClock>,
    /// The secrets of the cards, by serial number.
    secrets: Mutex<HashMap<String, Vec<u8>>>,
    _folder: TempDir,
}

/// A users file with people and without cards.
pub(crate) async fn users_file() -> Arc<dyn CardsKit> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("users.toml");
    std::fs::write(&path, people()).expect("a writable folder");
    let clock = Arc::new(TestClock::default());
    Arc::new(FileKit {
        directory: Arc::new(MemoryDirectory::load(&path).expect("a good users file")),
        path,
        steps: Arc::new(MemoryStore::new(clock.clone())),
        clock,
        secrets: Mutex::default(),
        _folder: folder,
    })
}

fn people() -> String {
    let contract = user(1).contract;
    let mut file = format!("[[contracts]]\nnumber = \"{contract}\"\nname = \"A\"\n");
    for number in 0..20 {
        let id = user(number).user;
        write!(file, "[[contracts.users]]\nid = \"{id}\"\nname = \"B\"\n").expect("a text grows");
    }
    file
}

fn card(serial: &str, secret: &[u8]) -> String {
    let secret = data_encoding::BASE32_NOPAD.encode(secret);
    format!("[[cards]]\nserial = \"{serial}\"\ntotp = {{ secret = \"{secret}\" }}\n")
}

#[async_trait]
impl CardsKit for FileKit {
    fn cards(&self) -> Arc<dyn OtpCards> {
        Arc::new(UsersFileCards::new(&self.path, self.directory.clone()))
    }

    fn verifier(&self) -> Arc<dyn OtpVerifier> {
        Arc::new(TotpVerifier::new(
            self.directory.clone(),
            self.steps.clone(),
            self.clock.clone(),
        ))
    }

    async fn stock(&self, serials: &[&str]) -> CaseResult {
        let mut file = std::fs::read_to_string(&self.path)?;
        for serial in serials {
            let mut secret = serial.as_bytes().to_vec();
            secret.resize(20, b'.');
            file.push_str(&card(serial, &secret));
            self.secrets.lock().insert((*serial).to_owned(), secret);
        }
        std::fs::write(&self.path, file)?;
        Ok(self.directory.reload()?)
    }

    async fn next_code(&self, serial: &str) -> Result<OneTimePassword, Failure> {
        self.clock.advance_by(Duration::from_secs(PERIOD.into()));
        let secret = self.secrets.lock().get(serial).cloned();
        let secret = secret.ok_or_else(|| Failure::new("there is no such card"))?;
        let totp = totp_rs::Builder::new()
            .with_secret(secret)
            .with_step_duration(PERIOD.into())
            .build()?;
        let moment = u64::try_from(self.clock.now().as_unix_seconds())?;
        let code = totp.generate(moment).to_string();
        Ok(OneTimePassword::parse(&code, &CodeLengths::new([6]))?)
    }
}

fn serial() -> PaperLine {
    PaperLine::parse("C-1").expect("a line")
}

fn filled(folder: &Path, stock: &str) -> (PathBuf, UsersFileCards) {
    let path = folder.join("users.toml");
    let people = people().replace("name = \"A\"\n", "name = \"A\" # kept\n");
    std::fs::write(&path, format!("# ours\n{people}{stock}")).expect("a writable folder");
    let directory = Arc::new(MemoryDirectory::load(&path).expect("a good users file"));
    (path.clone(), UsersFileCards::new(path, directory))
}

#[tokio::test]
async fn the_rest_of_a_users_file_stays_when_a_card_is_bound() {
    let folder = tempfile::tempdir().unwrap();
    let secret = [7; 20];
    let (path, cards) = filled(folder.path(), &card("C-1", &secret));
    cards.rebind(&user(1), &serial()).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("# ours") && text.contains("# kept"), "{text}");
    assert!(text.contains("card_serial = \"C-1\""), "{text}");
    assert!(!text.contains("[[cards]]"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_users_one_gets_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let (path, cards) = filled(folder.path(), &card("C-1", &[7; 20]));
    let serial = serial();
    let bind = |subject: Subject| {
        let (cards, serial) = (cards.clone(), serial.clone());
        tokio::spawn(async move { cards.rebind(&subject, &serial).await })
    };
    let binding: Vec<_> = (0..20).map(|number| bind(user(number))).collect();
    let mut bound = 0;
    for one in binding {
        bound += usize::from(one.await.unwrap().unwrap() == Rebinding::Bound);
    }
    assert_eq!(bound, 1);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches("card_serial").count(), 1, "{text}");
}

#[tokio::test]
async fn a_users_file_that_went_wrong_binds_nothing_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, cards) = filled(folder.path(), &card("C-1", &[7; 20]));
    let broken = "[[contracts]]\nnumber = ";
    std::fs::write(&path, broken).unwrap();
    let error = cards.rebind(&user(1), &serial()).await.unwrap_err();
    assert_eq!(error.port, "user_directory");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
}
