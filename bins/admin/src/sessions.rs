//! Logging a user out everywhere.

use warifu_terminal::{Doing, Failure, Interrupts};

use crate::bank::Bank;

/// Ends all sessions of `user` of `contract`.
pub(crate) async fn end(
    bank: &Bank,
    interrupts: &Interrupts,
    (contract, user): (&str, &str),
    json: bool,
) -> Result<(), Failure> {
    interrupts.now(Doing::Something);
    let ended = bank.use_cases.end_sessions(bank.context, contract, user);
    ended.await.map_err(|refusal| bank.refuse(refusal))?;
    if json {
        let document = serde_json::json!({ "user_id": user });
        bank.terminal.print(&format!("{document}\n"))?;
    }
    let said = bank.terminal.text("sessions-ended", &[("user", user)]);
    bank.terminal.done(&said);
    Ok(())
}
