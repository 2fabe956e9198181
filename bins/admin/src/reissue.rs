//! Reissuing for another user.

use warifu_core::Reissued;
use warifu_core::customers::ReissueForAnother;
use warifu_terminal::{
    Destination, Doing, Failure, HandOver, Interrupts, Secrets, Sheet, SheetFormat,
    refuse_existing, visible, write_new,
};

use crate::arguments::ReissueArguments;
use crate::bank::Bank;

/// Asks what is missing, reissues, and hands the password over.
pub(crate) async fn run(
    bank: &Bank,
    interrupts: &Interrupts,
    arguments: ReissueArguments,
) -> Result<(), Failure> {
    let terminal = &bank.terminal;
    let output = arguments.output.as_deref();
    let destination = Destination::choose(output, terminal)?;
    let files = arguments.sheet.as_deref();
    let files = files.map(|path| SheetFormat::files(arguments.sheet_format, path));
    let files = files.unwrap_or_default();
    for (_, sheet) in &files {
        refuse_existing(sheet, terminal)?;
        if matches!(&destination, Destination::File(file) if file == sheet) {
            let text = terminal.text("terminal-same-file", &[]);
            return Err(Failure::usage(text));
        }
    }
    let operator = bank.operator(&arguments.operator).await?;
    let acknowledged = acknowledge(bank, arguments.not_instructed_by_others)?;
    let target = operator
        .user(&arguments.user)
        .await
        .map_err(|refusal| bank.refuse(refusal))?
        .user;
    if !arguments.yes {
        let (name, id) = (visible(&target.name), target.id().to_string());
        let question = terminal.text("terminal-reissue-question", &[("name", &name), ("id", &id)]);
        terminal.confirm(&question, "--yes")?;
    }
    let secrets = Secrets::new(terminal);
    let form = ReissueForAnother {
        user_id: arguments.user,
        transaction_password: Bank::transaction_password(&secrets, &arguments.operator)?,
        not_instructed_by_others: acknowledged,
        idempotency_key: None,
    };
    interrupts.now(Doing::Something);
    let reissued = operator
        .reissue_for_another(form)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    let hand_over = HandOver {
        retrieval_password: reissued.retrieval_password.expose_display(),
        expires_at: reissued.expires_at.to_string(),
        redeemable_from: reissued.redeemable_from.to_string(),
        reissue_id: reissued.reissue_id.to_string(),
    };
    hand_over.deliver(&destination, arguments.json, terminal)?;
    let site = bank.sheets_of(&operator);
    let sheet = Sheet::new(&site, &reissued);
    for (kind, path) in &files {
        write_new(path, &sheet.bytes(*kind)?, terminal)?;
    }
    explain(bank, &reissued);
    Ok(())
}

/// The acknowledgement of the web page's check box, as an option or an answer.
pub(crate) fn acknowledge(bank: &Bank, given: bool) -> Result<bool, Failure> {
    if !given && bank.terminal.answers() {
        let question = bank.terminal.text("terminal-acknowledge", &[]);
        bank.terminal
            .confirm(&question, "--not-instructed-by-others")?;
        return Ok(true);
    }
    Ok(given)
}

fn explain(bank: &Bank, reissued: &Reissued) {
    let terminal = &bank.terminal;
    terminal.done(&terminal.text("M-RI-OK", &[]));
    let until = bank.moments().date_time(reissued.expires_at);
    terminal.say(&format!("{}: {until}", terminal.text("issued-until", &[])));
    terminal.caution(&terminal.text("M-SEC-02", &[]));
}
