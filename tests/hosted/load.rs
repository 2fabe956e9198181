//! Users who are given a password and use it, with guesses beside them, whatever happens to servers
//! and stores meanwhile; and the judgement of what they were answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};
use warifu_test_support::client::{Answer, Client};
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD, TRANSACTION_PASSWORD};
use warifu_test_support::redis::RedisLog;

use crate::hosting::{Bank, HostedServer, Written, administrator};

/// Passwords that are given out and tried at the same time.
const WORKERS: usize = 3;
/// Keys that ask for the certificate of one password at the same time.
const KEYS: usize = 4;
/// Wrong entries beside them.
const WRONG_ENTRIES: usize = 8;
/// What one password is worth in its life: wrong entries and the redemption.
const MOST_EVALUATED: usize = 5;
/// How long anything may be refused for technical reasons.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(30);

/// A password of the right shape that nobody has.
pub(crate) fn wrong_password(number: usize) -> String {
    format!("2222-2222-{number:0>4}-2222")
        .replace('0', "A")
        .replace('1', "C")
}

/// An answer that decides something: no failure of a back end, no excess of others.
fn is_definite(status: u16) -> bool {
    !matches!(status, 429 | 503)
}

/// Asks until the answer decides something. A server that is gone is a technical reason.
pub(crate) async fn insist<F>(mut ask: impl FnMut() -> F) -> Answer
where
    F: Future<Output = Option<Answer>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        let said = match answer {
            Some(answer) if is_definite(answer.status.as_u16()) => return answer,
            Some(answer) => answer.text(),
            None => "nothing".to_owned(),
        };
        assert!(Instant::now() < deadline, "answered for too long: {said}");
        sleep(PAUSE).await;
    }
}

/// A POST to a server that may be gone.
pub(crate) async fn post(client: &Client, path: &str, body: &serde_json::Value) -> Option<Answer> {
    let json = Some("application/json");
    let answer = client.try_send(hyper::Method::POST, path, json, body.to_string());
    answer.await.ok()
}

/// The body of a reissue.
pub(crate) fn reissue_body() -> serde_json::Value {
    json!({"transaction_password": TRANSACTION_PASSWORD, "not_instructed_by_others": true})
}

/// Where an administrator reissues for `user`.
pub(crate) fn reissue_path(user: &str) -> String {
    format!("/api/v1/admin/users/{user}/retrieval-password")
}

/// The body of a redemption.
pub(crate) fn redemption(password: &str, csr: &str) -> serde_json::Value {
    json!({"retrieval_password": password, "csr": csr})
}

/// What one user was answered.
#[derive(Debug, Default)]
pub(crate) struct Story {
    user: String,
    reissue: String,
    certificates: BTreeSet<String>,
    locked: bool,
}

struct World {
    bank: Bank,
    bases: Vec<Client>,
    admin: Client,
    requests: Vec<String>,
    audit_logs: Vec<PathBuf>,
}

impl World {
    /// The same session at one of the servers, by turns.
    fn somewhere(&self, client: &Client, turn: usize) -> Client {
        self.bases[turn % self.bases.len()].for_session_of(client)
    }

    async fn story(&self, turn: usize) -> Story {
        let user = self.bank.next_user();
        let path = reissue_path(&user);
        let shown = insist(|| async {
            let admin = self.somewhere(&self.admin, turn);
            post(&admin, &path, &reissue_body()).await
        });
        let shown = shown.await.expect(201, None).json();
        let right = shown["retrieval_password"].as_str().expect("a password");
        let session = self.log_in(&user, turn).await;

        let mut story = Story {
            user,
            reissue: shown["reissue_id"].as_str().expect("an id").to_owned(),
            ..Story::default()
        };
        self.everybody_at_once(&session, right, turn, &mut story)
            .await;
        self.somebody_in_the_end(&session, right, turn, &mut story)
            .await;
        story
    }

    async fn log_in(&self, user: &str, turn: usize) -> Client {
        let body = json!({
            "contract_number": CONTRACT, "user_id": user, "login_password": LOGIN_PASSWORD,
        });
        let base = &self.bases[turn % self.bases.len()];
        let session = insist(|| post(base, "/api/v1/self/sessions", &body)).await;
        let session = session.expect(201, None).json();
        base.with_token(session["token"].as_str().expect("a token"))
    }

    /// Several keys and wrong entries at the same time.
    async fn everybody_at_once(
        &self,
        session: &Client,
        right: &str,
        turn: usize,
        story: &mut Story,
    ) {
        let mut running = JoinSet::new();
        for place in 0..KEYS + WRONG_ENTRIES {
            let client = self.somewhere(session, turn + place);
            let csr = &self.requests[place % KEYS];
            let body = if place.is_multiple_of(3) {
                redemption(right, csr)
            } else {
                redemption(&wrong_password(place), csr)
            };
            running.spawn(async move { post(&client, "/api/v1/self/certificate", &body).await });
        }
        for answer in running.join_all().await.into_iter().flatten() {
            if answer.status == 201 {
                story.take_certificate(&answer);
            }
        }
    }

    /// One key after the other, until somebody has the certificate: a password that was shown is
    /// good for one, unless wrong entries have locked it.
    async fn somebody_in_the_end(
        &self,
        session: &Client,
        right: &str,
        turn: usize,
        story: &mut Story,
    ) {
        let mut session = session.clone();
        let mut keys = self.requests.iter().enumerate().peekable();
        while let Some((place, csr)) = keys.peek() {
            let body = redemption(right, csr);
            let answer = insist(|| async {
                let client = self.somewhere(&session, turn + place);
                post(&client, "/api/v1/self/certificate", &body).await
            });
            let answer = answer.await;
            match (answer.status.as_u16(), answer.problem().as_deref()) {
                (201, _) => {
                    story.take_certificate(&answer);
                    return;
                }
                (423, _) => {
                    story.locked = true;
                    return;
                }
                // A failover may lose sessions, and nothing worse.
                (401, Some("session-required")) => session = self.log_in(&story.user, turn).await,
                (401, Some("retrieval-refused")) => drop(keys.next()),
                _ => panic!("{:?}: {}", answer.status, answer.text()),
            }
        }
        assert!(
            !story.certificates.is_empty(),
            "the password of {} was shown and is good for nobody: {:#?}",
            story.user,
            self.written_about(&story.user)
        );
    }
}

impl World {
    /// What the servers have written down about a user.
    fn written_about(&self, user: &str) -> Vec<String> {
        let mut written = Vec::new();
        for path in &self.audit_logs {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let about = text.lines().filter(|line| line.contains(user));
            written.extend(about.map(str::to_owned));
        }
        written
    }
}

impl Story {
    fn take_certificate(&mut self, answer: &Answer) {
        let serial = answer.json()["serial"]
            .as_str()
            .expect("a serial")
            .to_owned();
        self.certificates.insert(serial);
    }
}

/// Users who come and go until they are told to stop.
pub(crate) struct Load {
    servers: Vec<HostedServer>,
    stop: Arc<AtomicBool>,
    told: Arc<AtomicUsize>,
    workers: Vec<JoinHandle<Vec<Story>>>,
}

impl Load {
    /// On `servers` servers of `bank`.
    pub(crate) async fn start(bank: Bank, servers: usize) -> Self {
        let servers: Vec<HostedServer> = (0..servers).map(|_| bank.server()).collect();
        let openssl = OpenSsl::new();
        let world = Arc::new(World {
            bank,
            bases: servers.iter().map(|server| server.client.clone()).collect(),
            admin: administrator(&servers[0]).await,
            requests: (0..KEYS).map(|_| openssl.p256_request()).collect(),
            audit_logs: servers.iter().map(HostedServer::audit_path).collect(),
        });
        let (stop, told) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let workers = (0..WORKERS).map(|worker| {
            let (world, stop, told) = (world.clone(), stop.clone(), told.clone());
            tokio::spawn(async move {
                let mut stories = Vec::new();
                let mut turn = worker;
                while !stop.load(Ordering::SeqCst) {
                    stories.push(world.story(turn).await);
                    told.fetch_add(1, Ordering::SeqCst);
                    turn += 1;
                }
                stories
            })
        });
        let workers = workers.collect();
        Self {
            servers,
            stop,
            told,
            workers,
        }
    }

    /// Waits until so many more users have been served.
    pub(crate) async fn progress(&self, stories: usize) {
        let goal = self.told.load(Ordering::SeqCst) + stories;
        let deadline = Instant::now() + 2 * PATIENCE;
        while self.told.load(Ordering::SeqCst) < goal {
            let broken = self.workers.iter().any(JoinHandle::is_finished);
            assert!(!broken && Instant::now() < deadline, "users are served");
            sleep(PAUSE).await;
        }
    }

    /// Ends the load and judges it: no password was worth more than one certificate or more than
    /// five checks; whatever was answered was written down.
    pub(crate) async fn finish(self) {
        let (servers, stories) = self.end().await;
        judge(&stories, &Written::by(&servers));
    }

    /// As [`Self::finish`], where the servers write one log, which holds together.
    pub(crate) async fn finish_with_log(self, log: &RedisLog) {
        let (_servers, stories) = self.end().await;
        log.verify().await.expect("the log is good");
        judge(&stories, &Written::of(&log.text().await));
    }

    async fn end(self) -> (Vec<HostedServer>, Vec<Story>) {
        self.stop.store(true, Ordering::SeqCst);
        let mut stories = Vec::new();
        for worker in self.workers {
            stories.extend(
                worker
                    .await
                    .expect("the users are answered as they must be"),
            );
        }
        (self.servers, stories)
    }
}

fn judge(stories: &[Story], written: &Written) {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for story in stories {
        let user = &story.user;
        let none = BTreeSet::new();
        let issued = written.issued.get(user).unwrap_or(&none);
        assert!(story.certificates.len() <= 1, "{story:?}");
        assert!(issued.len() <= 1, "{story:?}: {issued:?} were issued");
        assert!(
            story.certificates.is_subset(issued),
            "{story:?} is not in the audit log"
        );
        assert!(
            written.reissued.contains(&story.reissue) && written.started.contains(&story.reissue),
            "{story:?} is not in the audit log"
        );
        let evaluated = written.evaluated.get(user).copied().unwrap_or_default();
        assert!(
            evaluated <= MOST_EVALUATED,
            "{story:?}: {evaluated} evaluated"
        );
        let outcome = match (story.locked, story.certificates.is_empty()) {
            (_, false) => "redeemed",
            (true, true) => "locked",
            (false, true) => panic!("{story:?} has no end"),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    assert!(
        outcomes.get("redeemed").copied().unwrap_or_default() > 0,
        "somebody is served: {outcomes:?}"
    );
}

/// What a server says that is not ready, once it is not.
pub(crate) async fn insist_unready(server: &HostedServer) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = server.client.get("/readyz").await;
        if answer.status == 503 {
            return answer.text();
        }
        assert!(Instant::now() < deadline, "an empty store is noticed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
