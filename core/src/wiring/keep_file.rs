//! Keeping a file, and erasing it in time.

use std::sync::Arc;

use super::base::Wiring;
use super::kept_files::{KEPT_FOR, Keeping};
use crate::domain::Timestamp;
use crate::redeemed::Redeemed;

impl Wiring {
    /// Keeps what is handed out for whoever asks for it again in the session. Tells until when, where it does.
    pub(crate) fn keep_file(&self, keeping: Keeping, redeemed: &Redeemed) -> Option<Timestamp> {
        let (until, number) = self.kept_files().keep(keeping, redeemed, self.now())?;
        // Erased in time also where nobody asks for anything any more, by a clock that nobody sets back.
        let (files, clock) = (
            Arc::downgrade(self.kept_files()),
            Arc::clone(&self.ports().clock),
        );
        tokio::spawn(async move {
            clock.sleep(KEPT_FOR).await;
            if let Some(files) = files.upgrade() {
                files.forget_number(number);
            }
        });
        Some(until)
    }
}
