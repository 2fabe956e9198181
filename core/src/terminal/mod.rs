//! What programs at a terminal of the bank may do. Whoever can start one with its configuration has
//! directory and stores in their hands already: nobody logs in here, and what needs a proof asks for
//! it at the act itself. Kept apart from what a server's listeners can reach.

mod bulk_reissue;
mod end_sessions;
mod handle;
mod list_users;
mod people;
mod read_audit;

pub use bulk_reissue::{Approver, BulkReissue, BulkReissueForm};
pub use handle::Terminal;
