//! [`CertificateRegister`]: which certificates were issued to whom.

use std::time::Duration;

use warifu_core::domain::{KnownCertificate, Timestamp};
use warifu_core::ports::CertificateRegister;

use crate::case::{CaseResult, Fixture, at_once, ensure, ensure_eq, suite};
use crate::samples::{START, certificate, contract, other_contract, serial, user, user_id};

type Store = Fixture<dyn CertificateRegister>;

suite!($ certificate_register_conformance, certificate_register, Store, [
    what_was_recorded_is_found,
    the_newest_is_the_one_of_the_latest_end,
    a_revoked_one_is_told_only_when_no_other_is_left,
    a_serial_can_be_revoked_before_it_is_recorded,
    recording_again_changes_nothing,
    users_are_answered_in_order_and_within_the_contract,
    parallel_records_are_all_kept,
]);

fn end(days: u64) -> Timestamp {
    START.plus(Duration::from_hours(24 * days))
}

fn known(number: usize, not_after: Timestamp, revoked: bool) -> KnownCertificate {
    KnownCertificate {
        serial: Some(serial(number)),
        not_after,
        revoked,
    }
}

impl Store {
    async fn newest_of(&self, number: usize) -> Result<Option<KnownCertificate>, crate::Failure> {
        let newest = self.port.newest(&contract(), &[user_id(number)]).await?;
        ensure_eq!(newest.len(), 1, "answers for one user");
        Ok(newest[0])
    }
}

async fn what_was_recorded_is_found(store: Store) -> CaseResult {
    ensure_eq!(store.newest_of(1).await?, None, "nothing was recorded yet");
    store
        .port
        .record(&user(1), &certificate(1, end(365)))
        .await?;
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(1, end(365), false)),
        "what was recorded"
    );
    ensure!(
        !store.port.is_revoked(serial(1)).await?,
        "nobody revoked it"
    );
    store.clock.advance(Duration::from_hours(24 * 4000)).await;
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(1, end(365), false)),
        "long after its end"
    );
    Ok(())
}

async fn the_newest_is_the_one_of_the_latest_end(store: Store) -> CaseResult {
    for (number, days) in [(1, 100), (2, 300), (3, 200)] {
        store
            .port
            .record(&user(1), &certificate(number, end(days)))
            .await?;
    }
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(2, end(300), false)),
        "of three"
    );
    Ok(())
}

async fn a_revoked_one_is_told_only_when_no_other_is_left(store: Store) -> CaseResult {
    for (number, days) in [(1, 100), (2, 300)] {
        store
            .port
            .record(&user(1), &certificate(number, end(days)))
            .await?;
    }
    for _ in 0..2 {
        store.port.revoke(serial(2)).await?;
        ensure!(store.port.is_revoked(serial(2)).await?, "it was revoked");
        ensure!(
            !store.port.is_revoked(serial(1)).await?,
            "the other was not"
        );
    }
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(1, end(100), false)),
        "the one that is left"
    );
    store.port.revoke(serial(1)).await?;
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(2, end(300), true)),
        "when none is left"
    );
    Ok(())
}

async fn a_serial_can_be_revoked_before_it_is_recorded(store: Store) -> CaseResult {
    store.port.revoke(serial(1)).await?;
    ensure!(
        store.port.is_revoked(serial(1)).await?,
        "it is revoked at once"
    );
    ensure_eq!(store.newest_of(1).await?, None, "it is nobody's yet");
    store
        .port
        .record(&user(1), &certificate(1, end(365)))
        .await?;
    ensure!(
        store.port.is_revoked(serial(1)).await?,
        "recording does not lift the revocation"
    );
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(1, end(365), true)),
        "once recorded"
    );
    Ok(())
}

async fn recording_again_changes_nothing(store: Store) -> CaseResult {
    store
        .port
        .record(&user(1), &certificate(1, end(365)))
        .await?;
    store
        .port
        .record(&user(1), &certificate(1, end(365)))
        .await?;
    store
        .port
        .record(&user(1), &certificate(1, end(999)))
        .await?;
    store
        .port
        .record(&user(2), &certificate(1, end(365)))
        .await?;
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(1, end(365), false)),
        "as first recorded"
    );
    ensure_eq!(store.newest_of(2).await?, None, "a serial is one holder's");
    store.port.revoke(serial(1)).await?;
    store
        .port
        .record(&user(1), &certificate(1, end(365)))
        .await?;
    ensure_eq!(
        store.newest_of(1).await?,
        Some(known(1, end(365), true)),
        "still revoked"
    );
    Ok(())
}

async fn users_are_answered_in_order_and_within_the_contract(store: Store) -> CaseResult {
    for number in 1..=3 {
        store
            .port
            .record(&user(number), &certificate(number, end(number as u64)))
            .await?;
    }
    let asked = [3, 9, 1, 3].map(user_id);
    let (one, three) = (known(1, end(1), false), known(3, end(3), false));
    ensure_eq!(
        store.port.newest(&contract(), &asked).await?,
        [Some(three), None, Some(one), Some(three)],
        "four users"
    );
    ensure_eq!(
        store.port.newest(&other_contract(), &asked).await?,
        [None; 4],
        "their namesakes of another contract"
    );
    ensure_eq!(store.port.newest(&contract(), &[]).await?, [], "nobody");
    Ok(())
}

async fn parallel_records_are_all_kept(store: Store) -> CaseResult {
    let one = |number| {
        let store = store.clone();
        async move {
            let certificate = certificate(number, end(number as u64));
            Ok(store.port.record(&user(1), &certificate).await?)
        }
    };
    at_once(50, one).await?;
    for number in (0..50).rev() {
        let expected = Some(known(number, end(number as u64), false));
        ensure_eq!(
            store.newest_of(1).await?,
            expected,
            "with {} revoked",
            49 - number
        );
        store.port.revoke(serial(number)).await?;
    }
    Ok(())
}
