//! [`OtpVerifier`] that asks a back end: whatever that does, nobody gets in for it, nobody is held
//! up by it for long, and a code goes out once.
//!
//! Goes with [`crate::otp_verifier`], which holds for every verifier.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use warifu_core::domain::{OneTimePassword, Subject};
use warifu_core::ports::{OtpVerdict, OtpVerifier};

use crate::back_end::{FakeBackEnd, Fault, PERIOD, SampleCards};
use crate::case::{CaseResult, Failure, ensure, ensure_eq, suite};
use crate::otp_verifier::OtpKit;
use crate::samples::{TestClock, user};

/// A verifier whose back end can misbehave.
#[async_trait]
pub trait RemoteOtpKit: OtpKit {
    /// Lets the back end misbehave, or behave again.
    fn misbehave(&self, fault: Option<Fault>);

    /// How many codes have arrived at the back end.
    fn arrived(&self) -> usize;

    /// Within what the verifier promises to answer.
    fn deadline(&self) -> Duration;

    /// Lets time pass for the verifier and for the cards.
    fn pass(&self, time: Duration);
}

/// A [`RemoteOtpKit`] out of a [`FakeBackEnd`] and a way to make the verifier that asks it.
pub struct SampleProvider {
    /// The time of cards and verifiers.
    pub clock: Arc<TestClock>,
    /// The cards.
    pub cards: Arc<SampleCards>,
    /// The back end.
    pub back_end: FakeBackEnd,
    /// Within what the verifier promises to answer: half a second at most, so that tests are short.
    pub deadline: Duration,
    /// Makes the verifier of another server; all share what a verifier must remember.
    pub make: Box<dyn Fn() -> Arc<dyn OtpVerifier> + Send + Sync>,
}

#[async_trait]
impl OtpKit for SampleProvider {
    fn verifier(&self) -> Arc<dyn OtpVerifier> {
        (self.make)()
    }

    async fn enrol(&self, subject: &Subject) -> CaseResult {
        self.cards.enrol(subject);
        Ok(())
    }

    async fn withdraw(&self, subject: &Subject) -> CaseResult {
        self.cards.withdraw(subject);
        Ok(())
    }

    async fn code(
        &self,
        subject: &Subject,
        steps: i64,
    ) -> Result<Option<OneTimePassword>, Failure> {
        self.cards.code(subject, steps).map(Some)
    }

    async fn next_code(&self) -> CaseResult {
        self.clock.advance_by(PERIOD);
        Ok(())
    }

    async fn set_failing(&self, failing: bool) -> CaseResult {
        self.back_end.misbehave(failing.then_some(Fault::Outage));
        Ok(())
    }

    fn is_time_based(&self) -> bool {
        true
    }
}

#[async_trait]
impl RemoteOtpKit for SampleProvider {
    fn misbehave(&self, fault: Option<Fault>) {
        self.back_end.misbehave(fault);
    }

    fn arrived(&self) -> usize {
        self.back_end.arrived()
    }

    fn deadline(&self) -> Duration {
        self.deadline
    }

    fn pass(&self, time: Duration) {
        self.clock.advance_by(time);
    }
}

type Kit = Arc<dyn RemoteOtpKit>;

suite!($ remote_otp_verifier_conformance, remote_otp_verifier, Kit, [
    an_outage_is_no_verdict,
    silence_ends_at_the_deadline,
    a_slow_drip_ends_at_the_deadline,
    garbage_is_no_verdict,
    a_page_for_people_is_no_verdict,
    an_answer_without_end_is_no_verdict,
    a_truncated_answer_is_no_verdict,
    a_code_goes_out_once,
    a_code_sent_in_vain_is_neither_sent_again_nor_refused,
    a_back_end_that_keeps_failing_is_left_alone_and_recovers,
    what_is_not_sent_is_not_used_up,
    what_was_not_sent_is_told_apart_from_what_may_have_been_checked,
]);

/// What a busy machine may take on top of the deadline.
const MARGIN: Duration = Duration::from_secs(2);

/// A back end that keeps failing is left alone after no more calls than this,
const SUSTAINED: usize = 20;

/// and asked again after this at the latest.
const RECOVERY: Duration = Duration::from_secs(30);

async fn code(kit: &Kit, subject: &Subject) -> Result<OneTimePassword, Failure> {
    let code = kit.code(subject, 0).await?;
    code.ok_or_else(|| Failure::new("the card shows no code"))
}

/// Asks `verifier` and insists that there is no verdict, soon, and no code in the words for it.
async fn ask_in_vain(
    kit: &Kit,
    verifier: &Arc<dyn OtpVerifier>,
    subject: &Subject,
    code: &OneTimePassword,
) -> CaseResult {
    let began = Instant::now();
    let answer = verifier.verify(subject, code).await;
    let took = began.elapsed();
    let error = match answer {
        Ok(verdict) => return Err(Failure::new(format!("there is a verdict: {verdict:?}"))),
        Err(error) => error,
    };
    ensure!(
        took <= kit.deadline() + MARGIN,
        "it took {took:?}, and {:?} is the deadline",
        kit.deadline()
    );
    let words = format!("{error} {error:?}");
    ensure!(!words.contains(code.expose()), "the error has the code");
    ensure!(!error.reason.is_empty(), "the error names no cause");
    Ok(())
}

async fn accept(kit: &Kit, verifier: &Arc<dyn OtpVerifier>, subject: &Subject) -> CaseResult {
    let code = code(kit, subject).await?;
    let verdict = verifier.verify(subject, &code).await?;
    ensure_eq!(verdict, OtpVerdict::Accepted, "a good code");
    Ok(())
}

async fn no_verdict(kit: Kit, fault: Fault) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let verifier = kit.verifier();
    // A connection that is kept open must not make a difference.
    accept(&kit, &verifier, &user(1)).await?;
    kit.next_code().await?;
    kit.misbehave(Some(fault));
    let right = code(&kit, &user(1)).await?;
    ask_in_vain(&kit, &verifier, &user(1), &right).await?;
    kit.next_code().await?;
    let right = code(&kit, &user(1)).await?;
    ask_in_vain(&kit, &kit.verifier(), &user(1), &right).await?;
    kit.misbehave(None);
    kit.next_code().await?;
    accept(&kit, &verifier, &user(1)).await
}

async fn an_outage_is_no_verdict(kit: Kit) -> CaseResult {
    no_verdict(kit, Fault::Outage).await
}

async fn silence_ends_at_the_deadline(kit: Kit) -> CaseResult {
    no_verdict(kit, Fault::Silence).await
}

async fn a_slow_drip_ends_at_the_deadline(kit: Kit) -> CaseResult {
    no_verdict(kit, Fault::SlowDrip).await
}

async fn garbage_is_no_verdict(kit: Kit) -> CaseResult {
    no_verdict(kit, Fault::Garbage).await
}

async fn a_page_for_people_is_no_verdict(kit: Kit) -> CaseResult {
    no_verdict(kit, Fault::Html).await
}

async fn an_answer_without_end_is_no_verdict(kit: Kit) -> CaseResult {
    no_verdict(kit, Fault::Endless).await
}

async fn a_truncated_answer_is_no_verdict(kit: Kit) -> CaseResult {
    no_verdict(kit, Fault::Truncated).await
}

async fn a_code_goes_out_once(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let code = code(&kit, &user(1)).await?;
    let verifier = kit.verifier();
    let verdict = verifier.verify(&user(1), &code).await?;
    ensure_eq!(verdict, OtpVerdict::Accepted, "the first entry");
    for server in [verifier, kit.verifier(), kit.verifier()] {
        let verdict = server.verify(&user(1), &code).await?;
        ensure_eq!(verdict, OtpVerdict::UsedBefore, "the same code again");
    }
    ensure_eq!(kit.arrived(), 1, "times that the code was sent");
    Ok(())
}

async fn a_code_sent_in_vain_is_neither_sent_again_nor_refused(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    let right = code(&kit, &user(1)).await?;
    kit.misbehave(Some(Fault::Garbage));
    ask_in_vain(&kit, &kit.verifier(), &user(1), &right).await?;
    kit.misbehave(None);
    for _ in 0..3 {
        // The user is not to blame: no refusal, which would count.
        ask_in_vain(&kit, &kit.verifier(), &user(1), &right).await?;
    }
    ensure_eq!(kit.arrived(), 1, "times that the code was sent");
    kit.next_code().await?;
    accept(&kit, &kit.verifier(), &user(1)).await
}

/// Lets calls for different users fail until `verifier` asks no more.
async fn make_it_give_up(kit: &Kit, verifier: &Arc<dyn OtpVerifier>) -> CaseResult {
    kit.misbehave(Some(Fault::Garbage));
    for number in 0..=SUSTAINED {
        kit.enrol(&user(number)).await?;
        let right = code(kit, &user(number)).await?;
        let before = kit.arrived();
        ask_in_vain(kit, verifier, &user(number), &right).await?;
        if kit.arrived() == before {
            return Ok(());
        }
    }
    Err(Failure::new(format!(
        "the back end is still asked after {SUSTAINED} failures in a row"
    )))
}

async fn a_back_end_that_keeps_failing_is_left_alone_and_recovers(kit: Kit) -> CaseResult {
    let verifier = kit.verifier();
    make_it_give_up(&kit, &verifier).await?;
    let before = kit.arrived();
    kit.enrol(&user(100)).await?;
    let right = code(&kit, &user(100)).await?;
    ask_in_vain(&kit, &verifier, &user(100), &right).await?;
    ensure_eq!(kit.arrived(), before, "calls while it is left alone");
    kit.misbehave(None);
    kit.pass(RECOVERY);
    for number in 200..205 {
        kit.enrol(&user(number)).await?;
        accept(&kit, &verifier, &user(number)).await?;
    }
    Ok(())
}

async fn what_is_not_sent_is_not_used_up(kit: Kit) -> CaseResult {
    let verifier = kit.verifier();
    make_it_give_up(&kit, &verifier).await?;
    kit.enrol(&user(100)).await?;
    let right = code(&kit, &user(100)).await?;
    ask_in_vain(&kit, &verifier, &user(100), &right).await?;
    kit.misbehave(None);
    // Another server was not there while the back end failed, and asks.
    let verdict = kit.verifier().verify(&user(100), &right).await?;
    ensure_eq!(verdict, OtpVerdict::Accepted, "a code that was not sent");
    Ok(())
}

/// Asks a verifier and tells whether it says that the back end may have been asked.
async fn asked(
    verifier: &Arc<dyn OtpVerifier>,
    subject: &Subject,
    code: &OneTimePassword,
) -> Result<bool, Failure> {
    match verifier.verify(subject, code).await {
        Ok(verdict) => Err(Failure::new(format!("there is a verdict: {verdict:?}"))),
        Err(error) => Ok(error.asked),
    }
}

/// The use cases count what may have been checked and was not answered, so that an outage is no free
/// guess, and count nothing that was not sent.
async fn what_was_not_sent_is_told_apart_from_what_may_have_been_checked(kit: Kit) -> CaseResult {
    kit.enrol(&user(1)).await?;
    kit.misbehave(Some(Fault::Garbage));
    for number in 1..=3 {
        kit.next_code().await?;
        let right = code(&kit, &user(1)).await?;
        let sent = asked(&kit.verifier(), &user(1), &right).await?;
        ensure!(sent, "a code that was sent is said not to have been");
        let sent = asked(&kit.verifier(), &user(1), &right).await?;
        ensure!(!sent, "the same code again is said to have been sent");
        ensure_eq!(kit.arrived(), number, "times that a code was sent");
    }
    kit.next_code().await?;
    let verifier = kit.verifier();
    make_it_give_up(&kit, &verifier).await?;
    kit.enrol(&user(100)).await?;
    let right = code(&kit, &user(100)).await?;
    let sent = asked(&verifier, &user(100), &right).await?;
    ensure!(!sent, "a call that was not made is said to have been");
    Ok(())
}
