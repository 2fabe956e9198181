//! The RADIUS adapter beyond its suite, on real servers and on forged answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use parking_lot::Mutex;
use secrecy::SecretSlice;
use tokio::net::UdpSocket;
use warifu_contracts::samples::{SeededRandomness, TestClock};
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{OtpVerdict, OtpVerifier, Unavailable};
use warifu_decorators::{Guard, GuardLimits, Meters, RemoteOtpVerifier};
use warifu_memory::MemoryStore;
use warifu_radius_otp::{RadiusSettings, RadiusVerifier};
use warifu_test_support::radius::{FreeRadius, SECRET, free_udp_port};

const ACCEPT: u8 = 2;
const REJECT: u8 = 3;
const CHALLENGE: u8 = 11;

fn subject(user: &str) -> Subject {
    Subject::new(
        "1234567890".parse().expect("a contract number"),
        user.parse().expect("a user ID"),
    )
}

fn code(text: &str) -> OneTimePassword {
    OneTimePassword::parse(text, &CodeLengths::new([6])).expect("a code")
}

fn settings(servers: Vec<String>) -> RadiusSettings {
    let secret = SecretSlice::from(SECRET.as_bytes().to_vec());
    RadiusSettings {
        timeout: Duration::from_millis(1_200),
        ..RadiusSettings::new(servers, secret)
    }
}

fn verifier(settings: RadiusSettings) -> RadiusVerifier {
    RadiusVerifier::new(settings, Arc::new(SeededRandomness::new(5))).expect("good settings")
}

async fn verdict(verifier: &RadiusVerifier, user: &str, text: &str) -> Verdict {
    let start = Instant::now();
    let verdict = verifier.verify(&subject(user), &code(text)).await;
    let patience = verifier.longest_check() + Duration::from_secs(1);
    assert!(start.elapsed() < patience, "it took too long");
    if let Err(unavailable) = &verdict {
        let words = format!("{unavailable} {unavailable:?}");
        assert!(!words.contains(text) && !words.contains(SECRET), "{words}");
    }
    verdict
}

type Verdict = Result<OtpVerdict, Unavailable>;

#[tokio::test]
async fn a_server_that_proves_nothing_is_not_believed() {
    let server = FreeRadius::start_with(false);
    server.show("1234567890-user01", "123456");
    let strict = verifier(settings(vec![server.address()]));
    for text in ["123456", "000000"] {
        let refusal = verdict(&strict, "user01", text).await;
        let refusal = refusal.expect_err("it cannot be believed").to_string();
        assert!(refusal.contains("Message-Authenticator"), "{refusal}");
    }
    let lenient = verifier(RadiusSettings {
        allow_missing_message_authenticator: true,
        ..settings(vec![server.address()])
    });
    assert_eq!(
        verdict(&lenient, "user01", "123456").await,
        Ok(OtpVerdict::Accepted)
    );
    assert_eq!(
        verdict(&lenient, "user01", "000000").await,
        Ok(OtpVerdict::Refused)
    );
}

#[tokio::test]
async fn a_challenge_is_neither_right_nor_wrong() {
    let server = FreeRadius::start();
    let verifier = verifier(settings(vec![server.address()]));
    assert_eq!(
        verdict(&verifier, "challenged", "123456").await,
        Ok(OtpVerdict::Undecided)
    );
}

#[tokio::test]
async fn another_secret_is_no_wrong_code() {
    let server = FreeRadius::start();
    let mut settings = settings(vec![server.address()]);
    settings.secret = SecretSlice::from(b"not what the server has".to_vec());
    let verifier = verifier(settings);
    assert!(verdict(&verifier, "user01", "123456").await.is_err());
    assert!(verifier.check().await.is_err());
}

#[tokio::test]
async fn a_dead_server_gives_way_to_the_next_and_comes_back() {
    let (mut first, second) = (FreeRadius::start(), FreeRadius::start());
    for server in [&first, &second] {
        server.show("1234567890-user01", "123456");
    }
    let verifier = verifier(settings(vec![first.address(), second.address()]));
    assert_eq!(verifier.check().await, Ok(()));
    assert_eq!(
        verdict(&verifier, "user01", "123456").await,
        Ok(OtpVerdict::Accepted)
    );
    assert!(second.asked().is_empty());
    first.kill();
    // Nobody listens there, which is known at once: both answers count.
    for (text, expected) in [
        ("123456", OtpVerdict::Accepted),
        ("000000", OtpVerdict::Refused),
    ] {
        assert_eq!(verdict(&verifier, "user01", text).await, Ok(expected));
    }
    assert_eq!(verifier.check().await, Ok(()));
    first.start_again();
    assert_eq!(
        verdict(&verifier, "user01", "123456").await,
        Ok(OtpVerdict::Accepted)
    );
    drop(second);
    assert_eq!(
        verdict(&verifier, "user01", "123456").await,
        Ok(OtpVerdict::Accepted)
    );
}

#[tokio::test]
async fn a_refusal_after_silence_is_no_wrong_code() {
    let (first, second) = (FreeRadius::start(), FreeRadius::start());
    second.show("1234567890-user01", "123456");
    first.freeze();
    let addresses = || vec![first.address(), second.address()];
    // The silent one may have used the code up.
    let asking = verifier(settings(addresses()));
    let refusal = verdict(&asking, "user01", "000000").await;
    assert!(refusal.is_err(), "{refusal:?}");
    // It is avoided now, so that the other one decides alone.
    assert_eq!(
        verdict(&asking, "user01", "000000").await,
        Ok(OtpVerdict::Refused)
    );
    let asking = verifier(settings(addresses()));
    assert_eq!(
        verdict(&asking, "user01", "123456").await,
        Ok(OtpVerdict::Accepted)
    );
    first.thaw();
}

#[tokio::test]
async fn no_server_at_all_is_no_verdict() {
    let nobody = format!("127.0.0.1:{}", free_udp_port());
    let verifier = verifier(settings(vec![nobody]));
    assert!(verdict(&verifier, "user01", "123456").await.is_err());
    assert!(verifier.check().await.is_err());
    let nameless = self::verifier(settings(vec!["radius.invalid".to_owned()]));
    assert!(verdict(&nameless, "user01", "123456").await.is_err());
}

#[tokio::test]
async fn a_code_that_was_sent_in_vain_is_neither_sent_again_nor_called_wrong() {
    let mut server = FreeRadius::start();
    server.show("1234567890-user01", "123456");
    let clock = Arc::new(TestClock::default());
    let store = MemoryStore::new(clock.clone());
    let verifier = verifier(settings(vec![server.address()]));
    let limits = GuardLimits {
        deadline: Duration::from_secs(30),
        ..GuardLimits::default()
    };
    let guard = Guard::new("otp_verifier", "radius", limits, clock, &Meters::default());
    let verifier = RemoteOtpVerifier::new(Arc::new(verifier), guard, Arc::new(store));
    let verdict = async |text: &str| verifier.verify(&subject("user01"), &code(text)).await;
    server.kill();
    assert!(verdict("123456").await.expect_err("nobody answers").asked);
    server.start_again();
    for _ in 0..2 {
        assert!(!verdict("123456").await.expect_err("nobody knows").asked);
    }
    assert!(server.asked().is_empty());
    server.show("1234567890-user01", "654321");
    assert_eq!(verdict("654321").await, Ok(OtpVerdict::Accepted));
    for _ in 0..2 {
        assert_eq!(verdict("654321").await, Ok(OtpVerdict::UsedBefore));
    }
    assert_eq!(server.asked()["1234567890-user01"], 1);
    // What a challenge answers is not known to be wrong either.
    let challenged = subject("challenged");
    let undecided = verifier.verify(&challenged, &code("123456")).await;
    assert_eq!(undecided, Ok(OtpVerdict::Undecided));
    let again = verifier.verify(&challenged, &code("123456")).await;
    assert!(!again.expect_err("nobody knows").asked);
}

/// What a forger makes of a request: datagrams to send back.
type Trick = fn(&[u8]) -> Vec<Vec<u8>>;

/// A server of tricks; keeps all it is sent.
struct Forger {
    address: String,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Forger {
    async fn doing(trick: Trick) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address").to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keeps = heard.clone();
        tokio::spawn(async move {
            let mut datagram = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut datagram).await {
                keeps.lock().push(datagram[..length].to_vec());
                for answer in trick(&datagram[..length]) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Self { address, heard }
    }

    async fn verdict(trick: Trick) -> Verdict {
        let forger = Self::doing(trick).await;
        verdict(
            &verifier(settings(vec![forger.address])),
            "user01",
            "123456",
        )
        .await
    }
}

/// An answer as the server itself would make it.
fn answer(request: &[u8], code: u8) -> Vec<u8> {
    signed(request, code, request[1], SECRET)
}

fn signed(request: &[u8], code: u8, identifier: u8, secret: &str) -> Vec<u8> {
    let mut packet = vec![code, identifier, 0, 38];
    packet.extend_from_slice(&request[4..20]);
    packet.extend_from_slice(&[80, 18]);
    packet.extend_from_slice(&[0; 16]);
    let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).expect("any key is good");
    mac.update(&packet);
    packet[22..38].copy_from_slice(&mac.finalize().into_bytes());
    with_authenticator(packet, secret)
}

fn with_authenticator(mut packet: Vec<u8>, secret: &str) -> Vec<u8> {
    let digest = Md5::new().chain_update(&packet).chain_update(secret);
    packet[4..20].copy_from_slice(&digest.finalize());
    packet
}

/// An answer with nothing but the old proof, which can be forged.
fn bare(request: &[u8], code: u8) -> Vec<u8> {
    let mut packet = vec![code, request[1], 0, 20];
    packet.extend_from_slice(&request[4..20]);
    with_authenticator(packet, SECRET)
}

#[tokio::test]
async fn forged_answers_are_ignored() {
    let tricks: [(&str, Trick); 10] = [
        ("nothing", |_| Vec::new()),
        ("noise", |_| vec![vec![2; 40], Vec::new(), vec![0; 4096]]),
        ("an echo", |request| vec![request.to_vec()]),
        ("no proof", |request| vec![bare(request, ACCEPT)]),
        ("another secret", |request| {
            vec![signed(request, ACCEPT, request[1], "another secret")]
        }),
        ("another identifier", |request| {
            vec![signed(request, ACCEPT, request[1].wrapping_add(1), SECRET)]
        }),
        ("another request", |request| {
            let mut older = request.to_vec();
            older[4..20].fill(7);
            vec![answer(&older, ACCEPT)]
        }),
        ("a refusal turned", |request| {
            let mut turned = answer(request, REJECT);
            turned[0] = ACCEPT;
            vec![turned]
        }),
        ("a refusal turned, with its old proof repaired", |request| {
            let mut turned = answer(request, REJECT);
            turned[0] = ACCEPT;
            turned[4..20].copy_from_slice(&request[4..20]);
            vec![with_authenticator(turned, SECRET)]
        }),
        ("a cut answer", |request| {
            vec![answer(request, ACCEPT)[..37].to_vec()]
        }),
    ];
    for (name, trick) in tricks {
        let verdict = Forger::verdict(trick).await;
        assert!(verdict.is_err(), "{name}: {verdict:?}");
    }
}

#[tokio::test]
async fn what_is_forged_does_not_drown_what_is_true() {
    let verdict = Forger::verdict(|request| {
        let older = [&request[..4], &[9; 16], &request[20..]].concat();
        vec![
            bare(request, ACCEPT),
            answer(&older, ACCEPT),
            answer(request, REJECT),
            answer(request, REJECT),
            answer(request, ACCEPT),
        ]
    })
    .await;
    assert_eq!(verdict, Ok(OtpVerdict::Refused));
    let verdict = Forger::verdict(|request| vec![answer(request, CHALLENGE)]).await;
    assert_eq!(verdict, Ok(OtpVerdict::Undecided));
}

#[tokio::test]
async fn a_request_is_repeated_unchanged_and_no_other_is_like_it() {
    let forger = Forger::doing(|_| Vec::new()).await;
    let verifier = verifier(settings(vec![forger.address.clone()]));
    for _ in 0..2 {
        assert!(verdict(&verifier, "user01", "123456").await.is_err());
    }
    let heard = forger.heard.lock().clone();
    assert_eq!(heard.len(), 6);
    assert!(heard[..3].iter().all(|request| *request == heard[0]));
    assert!(heard[3..].iter().all(|request| *request == heard[3]));
    assert_ne!(heard[0][4..20], heard[3][4..20]);
    for request in heard {
        assert_eq!(request[0], 1, "Access-Request");
        assert_eq!(
            request[20..22],
            [80, 18],
            "Message-Authenticator comes first"
        );
        let has = |text: &[u8]| request.windows(text.len()).any(|window| window == text);
        assert!(has(b"1234567890-user01") && !has(b"123456\0") && !has(SECRET.as_bytes()));
    }
}

#[tokio::test]
async fn an_answer_that_comes_late_is_not_taken_for_that_of_the_next_request() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let address = socket.local_addr().expect("an address").to_string();
    let serving = tokio::spawn(async move {
        let mut datagram = [0; 4096];
        let mut first: Option<(Vec<u8>, SocketAddr)> = None;
        loop {
            let (length, from) = socket.recv_from(&mut datagram).await.expect("a request");
            let request = datagram[..length].to_vec();
            match &first {
                // The second request gets the answers to the first one, wherever it comes from.
                Some((older, came_from)) if older[4..20] != request[4..20] => {
                    for to in [*came_from, from] {
                        let _ = socket.send_to(&answer(older, ACCEPT), to).await;
                        let with_identifier = signed(older, ACCEPT, request[1], SECRET);
                        let _ = socket.send_to(&with_identifier, to).await;
                    }
                }
                Some(_) => {}
                None => first = Some((request, from)),
            }
        }
    });
    let verifier = verifier(settings(vec![address]));
    for _ in 0..2 {
        assert!(verdict(&verifier, "user01", "123456").await.is_err());
    }
    serving.abort();
}
