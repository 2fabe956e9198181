//! Lifting a lock of another user.

use warifu_terminal::{Doing, Failure, Interrupts, Secrets};

use crate::arguments::UnlockArguments;
use crate::bank::Bank;

/// Unlocks.
pub(crate) async fn run(
    bank: &Bank,
    interrupts: &Interrupts,
    arguments: UnlockArguments,
) -> Result<(), Failure> {
    let operator = bank.operator(&arguments.operator).await?;
    let secrets = Secrets::new(&bank.terminal);
    let password = Bank::transaction_password(&secrets, &arguments.operator)?;
    let purpose = arguments.purpose.name();
    interrupts.now(Doing::Something);
    operator
        .unlock(&arguments.user, &[purpose], password)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    if arguments.json {
        let document = serde_json::json!({ "user_id": arguments.user, "purpose": purpose });
        bank.terminal.print(&format!("{document}\n"))?;
    }
    bank.terminal.done(&bank.terminal.text("M-RI-13", &[]));
    Ok(())
}
