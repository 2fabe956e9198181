//! Every text that people read, in Japanese and English: one catalogue for pages, API and
//! terminal. The texts are Fluent files under `locales/`, part of the program.

mod commands;
mod harmless;
mod locale;
mod messages;
mod moments;
mod reading;
#[cfg(test)]
mod usage;

pub use commands::CommandTexts;
pub use harmless::{harmless_line, harmless_text, is_harmless};
pub use locale::Locale;
pub use messages::Messages;
pub use moments::Moments;
pub use reading::reading;
