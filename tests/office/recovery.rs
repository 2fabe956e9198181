//! "What can I do now?", from what directory and stores say.

use warifu_core::domain::Subject;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::recovery::{Need, RecoveryOptions};

use crate::bank::{Bank, CONTRACT};

fn of(id: &str) -> Subject {
    Subject::new(
        CONTRACT.parse().expect("a number"),
        id.parse().expect("an ID"),
    )
}

async fn options(
    bank: &Bank,
    id: &str,
    certificate_required: bool,
) -> (RecoveryOptions, Vec<String>) {
    let operator = bank.user(id).await.operator;
    let need = Need::RetrievalPassword;
    let found = operator.recovery_options(need, certificate_required).await;
    let found = found.expect("an answer");
    let names = found.helpers.iter().map(|user| user.id().to_string());
    (found.options, names.collect())
}

#[tokio::test]
async fn paper_is_for_when_nobody_in_the_contract_can_help() {
    let bank = Bank::new();
    let (found, names) = options(&bank, "user01", false).await;
    assert!(found.another && !found.oneself && !found.paper);
    assert!(names.is_empty(), "nobody is named to who holds no right");
    let (found, names) = options(&bank, "holder01", false).await;
    assert!(found.oneself && found.another);
    assert_eq!(names, ["admin01"]);

    // Nobody has a certificate; whoever has a card gets one and helps then.
    let (found, names) = options(&bank, "holder01", true).await;
    assert!(found.another && names.is_empty());
    for id in ["admin01", "holder01"] {
        bank.codes.without.lock().insert(of(id));
    }
    let (found, _) = options(&bank, "user01", true).await;
    assert!(found.paper && !found.another);

    let (found, _) = options(&bank, "user01", false).await;
    assert!(found.another);
    bank.lock(&of("admin01"), Purpose::Transaction).await;
    let (found, _) = options(&bank, "user01", false).await;
    assert!(found.another, "there is another holder of the right");
    bank.lock(&of("holder01"), Purpose::Transaction).await;
    let (found, _) = options(&bank, "user01", false).await;
    assert!(found.paper && !found.another);
}
