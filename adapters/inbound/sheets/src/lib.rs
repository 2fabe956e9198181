//! Sheets of paper as PDF: the password sheet, the sealed notice, form 3.
//!
//! A sheet is one A4 page of real text, tagged as PDF/UA-1 asks, with its fonts inside. The same
//! input makes the same bytes: nothing is asked of the clock, of chance or of the machine, and
//! nothing is written anywhere. What holds a password is erased when it is dropped; the copies that
//! the PDF library makes on the way are not, and are gone with their memory's next use.

mod blocks;
mod canvas;
mod code;
mod description;
mod faces;
mod fold;
mod form;
mod lines;
mod notice;
mod password;
mod secret;
#[cfg(test)]
mod tests;
mod words;

pub use code::Code;
pub use description::Block;
pub use form::Form3;
pub use notice::{Envelope, Notice};
pub use password::PasswordSheet;
pub use words::masked_user_id;

/// A sheet could not be made. Says nothing of what stands on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// A face of this package cannot be read.
    #[error("a font of the sheets cannot be read: build the program again")]
    Font,
    /// The page does not make a PDF.
    #[error("the sheet cannot be written as PDF: print its HTML page instead")]
    Document,
}
