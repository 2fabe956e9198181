//! The kit notices: adapters with one flaw each, and the promises that each of them breaks.
//! Together they break every one.

mod acme_bank;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use acme_bank::{Servers, bank, store};
use acme_otp::AcmeVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use warifu_contracts::otp_verifier::OtpKit;
use warifu_contracts::remote_otp_verifier::{RemoteOtpKit, SampleProvider};
use warifu_contracts::samples::contract;
use warifu_contracts::{case, otp_verifier, remote_otp_verifier};
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpVerdict, OtpVerifier, Unavailable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// Nothing is around it: no deadline, no breaker, no memory of codes.
    Unguarded,
    /// Each server remembers used codes for itself.
    RemembersAlone,
    /// Whoever gets an answer gets in.
    BelievesAnyAnswer,
    /// Nobody gets in.
    RefusesAll,
    /// What is not understood is a wrong code.
    TakesFailuresForRefusals,
    /// The beginning of an answer is enough.
    ReadsTheBeginning,
    /// Users of the same name share a card.
    LeavesTheContractOut,
    /// The failure's words have the code in them.
    TellsTheCode,
    /// Everybody is said to have a card.
    ClaimsThatAllHaveCards,
    /// Codes are said to be longer than they are.
    ExpectsEightDigits,
    /// It asks again when there was no answer.
    AsksTwice,
}

impl Flaw {
    const ALL: [Self; 11] = [
        Self::Unguarded,
        Self::RemembersAlone,
        Self::BelievesAnyAnswer,
        Self::RefusesAll,
        Self::TakesFailuresForRefusals,
        Self::ReadsTheBeginning,
        Self::LeavesTheContractOut,
        Self::TellsTheCode,
        Self::ClaimsThatAllHaveCards,
        Self::ExpectsEightDigits,
        Self::AsksTwice,
    ];

    /// A promise that it breaks for certain.
    fn breaks(self) -> &'static [&'static str] {
        match self {
            Self::Unguarded => &[
                "silence_ends_at_the_deadline",
                "a_slow_drip_ends_at_the_deadline",
                "a_code_goes_out_once",
                "what_is_not_sent_is_not_used_up",
                "a_back_end_that_keeps_failing_is_left_alone_and_recovers",
            ],
            Self::RemembersAlone => &[
                "a_code_goes_out_once",
                "what_was_not_sent_is_told_apart_from_what_may_have_been_checked",
            ],
            Self::BelievesAnyAnswer => &[
                "a_wrong_code_is_refused_and_uses_nothing_up",
                "only_codes_of_this_step_and_the_one_before_are_accepted",
                "no_code_older_than_the_last_accepted_is_accepted",
                "garbage_is_no_verdict",
                "a_page_for_people_is_no_verdict",
            ],
            Self::RefusesAll => &["a_right_code_is_accepted_once"],
            Self::TakesFailuresForRefusals => &[
                "an_outage_is_no_verdict",
                "a_failing_back_end_gives_no_verdict_and_no_secret_away",
            ],
            Self::ReadsTheBeginning => &["a_truncated_answer_is_no_verdict"],
            Self::LeavesTheContractOut => &["a_code_is_its_owners_only"],
            Self::TellsTheCode => &["a_failing_back_end_gives_no_verdict_and_no_secret_away"],
            Self::ClaimsThatAllHaveCards => {
                &["the_enrolment_is_told_and_a_card_taken_away_is_useless"]
            }
            Self::ExpectsEightDigits => &["the_lengths_of_codes_are_known"],
            Self::AsksTwice => &["a_code_sent_in_vain_is_neither_sent_again_nor_refused"],
        }
    }
}

/// Our adapter, spoilt.
struct Spoilt {
    flaw: Flaw,
    address: SocketAddr,
    good: AcmeVerifier,
}

impl Spoilt {
    /// What comes within the first pieces; like a program that does not look for the end.
    async fn beginning(&self, subject: &Subject, code: &OneTimePassword) -> Option<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address).await.ok()?;
        let (contract, user) = (&subject.contract, &subject.user);
        let question = format!("VERIFY {contract} {user} {}\n", code.expose());
        stream.write_all(question.as_bytes()).await.ok()?;
        let mut answer = vec![0; 64];
        let length = stream.read(&mut answer).await.ok()?;
        answer.truncate(length);
        (length > 0).then_some(answer)
    }
}

#[async_trait::async_trait]
impl OtpVerifier for Spoilt {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        match self.flaw {
            Flaw::BelievesAnyAnswer => match self.beginning(subject, code).await {
                Some(_) => Ok(OtpVerdict::Accepted),
                None => self.good.verify(subject, code).await,
            },
            Flaw::ReadsTheBeginning => match self.beginning(subject, code).await {
                Some(answer) if answer.starts_with(b"YES") => Ok(OtpVerdict::Accepted),
                Some(answer) if answer.starts_with(b"NO") => Ok(OtpVerdict::Refused),
                _ => Err(Unavailable::new("otp_verifier", "acme: no answer")),
            },
            Flaw::RefusesAll => Ok(OtpVerdict::Refused),
            Flaw::LeavesTheContractOut => {
                let namesake = Subject::new(contract(), subject.user.clone());
                self.good.verify(&namesake, code).await
            }
            Flaw::TakesFailuresForRefusals => {
                let answer = self.good.verify(subject, code).await;
                Ok(answer.unwrap_or(OtpVerdict::Refused))
            }
            Flaw::TellsTheCode => self.good.verify(subject, code).await.map_err(|error| {
                let words = format!("{} for the code {}", error.reason, code.expose());
                Unavailable::new("otp_verifier", words)
            }),
            Flaw::AsksTwice => match self.good.verify(subject, code).await {
                Err(_) => self.good.verify(subject, code).await,
                answer => answer,
            },
            _ => self.good.verify(subject, code).await,
        }
    }

    async fn enrolment(&self, subject: &Subject) -> Result<Enrolment, Unavailable> {
        match self.flaw {
            Flaw::ClaimsThatAllHaveCards => Ok(Enrolment::Enrolled),
            _ => self.good.enrolment(subject).await,
        }
    }

    fn code_lengths(&self) -> CodeLengths {
        match self.flaw {
            Flaw::ExpectsEightDigits => CodeLengths::new([8]),
            _ => self.good.code_lengths(),
        }
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.good.check().await
    }
}

async fn spoilt(flaw: Flaw) -> Arc<SampleProvider> {
    bank(move |address, servers| {
        let verifier: Arc<dyn OtpVerifier> = Arc::new(Spoilt {
            flaw,
            address,
            good: AcmeVerifier::new(address),
        });
        match flaw {
            Flaw::Unguarded => verifier,
            Flaw::RemembersAlone => {
                let alone = Servers {
                    once: store(&servers.clock),
                    clock: servers.clock.clone(),
                };
                alone.guarded(verifier)
            }
            _ => servers.guarded(verifier),
        }
    })
    .await
}

/// The names of the cases that `flaw` fails.
fn failing(flaw: Flaw) -> Vec<&'static str> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let every = async || spoilt(flaw).await as Arc<dyn OtpKit>;
        let remote = async || spoilt(flaw).await as Arc<dyn RemoteOtpKit>;
        let mut failing = case::failing(otp_verifier::CASES, every).await;
        failing.extend(case::failing(remote_otp_verifier::CASES, remote).await);
        failing
    })
}

#[test]
fn every_flaw_is_noticed_and_every_promise_can_be_broken() {
    let runs = Flaw::ALL.map(|flaw| (flaw, thread::spawn(move || failing(flaw))));
    let mut broken = BTreeSet::new();
    for (flaw, run) in runs {
        let failing = run.join().expect("the kit comes to an end");
        for promise in flaw.breaks() {
            assert!(
                failing.contains(promise),
                "{promise} does not notice {flaw:?}, only {failing:?}"
            );
        }
        broken.extend(failing);
    }
    let every = otp_verifier::CASES.iter().map(|case| case.name);
    let remote = remote_otp_verifier::CASES.iter().map(|case| case.name);
    let whole: Vec<&str> = every
        .chain(remote)
        .filter(|name| !broken.contains(name))
        .collect();
    assert!(whole.is_empty(), "no flaw breaks {whole:?}");
}
