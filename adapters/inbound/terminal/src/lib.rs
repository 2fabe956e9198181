//! What the programs at a terminal share: prompts, secrets, tables, progress, files that are never
//! overwritten, sheets, and exit codes. Data goes to the standard output; everything else to the
//! standard error.

mod arguments;
#[cfg(feature = "sheets")]
mod escape;
mod failure;
mod files;
mod hand_over;
mod help;
mod help_gaps;
mod help_words;
mod interrupts;
#[cfg(feature = "sheets")]
mod notice;
mod options;
mod program;
mod progress;
mod secrets;
#[cfg(feature = "sheets")]
mod sheet;
mod table;
mod terminal;
mod texts;
mod width;
mod wrong_usage;
mod wrong_value;

pub use arguments::{read_arguments, show_help};
pub use failure::{Failure, exit};
pub use files::{Destination, refuse_existing, write_new};
pub use hand_over::HandOver;
pub use help_gaps::help_gaps;
pub use interrupts::{Doing, Interrupts};
#[cfg(feature = "sheets")]
pub use notice::{Notice, NoticeSite};
pub use options::{Format, TerminalOptions};
pub use program::Program;
pub use progress::Progress;
pub use secrets::{Asked, Secrets};
#[cfg(feature = "sheets")]
pub use sheet::{Sheet, SheetFormat, SheetKind, SheetSite};
pub use table::Table;
pub use terminal::Terminal;
pub use width::visible;
pub use wrong_value::WrongValue;

/// Memory holds secrets; it is not written to a file when the program crashes. Where the system
/// refuses that, the program is told nothing it could do about it.
pub fn forbid_core_dumps() {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}
