//! Which version of the format a store is in. Servers of two versions use one store while a bank replaces
//! them one after the other, so the store says two things: the newest version that has used it, and the
//! oldest one that still can.
//!
//! A change of the format comes in two releases. The first one reads both forms and writes the old one, or
//! one that the version before understands: it raises [`CURRENT`] alone, and is led in server by server.
//! The second one, for which no server of the version before may run any more, writes the new form alone:
//! it raises [`READABLE_BY`]. What has to be converted is converted by the step that touches it next, or by
//! the start, between the two: never in a way that the version before would trip over.
//!
//! | version | what is new |
//! |---|---|
//! | 1 | everything; says nothing of its format |
//! | 2 | its format; facts, such as the certificate authority, beside the identity. Version 1 ignores both |
//! | 3 | lanes of logins and known browsers, in keys that version 2 does not look at; how worn a counter is, in fields that it drops where it writes one: locks then begin to grow anew. Names that nobody has, under the keys of users; those that version 2 shares among them stay, unread |

use crate::error::OpenError;

/// The version that this program writes.
pub(crate) const CURRENT: u32 = 3;

/// The oldest version that can use what this program writes.
pub(crate) const READABLE_BY: u32 = 1;

/// What a store says of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    newest: u32,
    readable_by: u32,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            newest: 1,
            readable_by: 1,
        }
    }
}

impl Format {
    /// From the two fields; a store of version 1 has neither.
    pub(crate) fn read(newest: &str, readable_by: &str) -> Self {
        // What is no number was not written by a version that this one knows.
        let number = |text: &str| match text {
            "" => 1,
            text => text.parse().unwrap_or(u32::MAX),
        };
        Self {
            newest: number(newest),
            readable_by: number(readable_by),
        }
    }

    /// Refuses what this program would misread.
    pub(crate) fn check(self) -> Result<(), OpenError> {
        if self.readable_by <= CURRENT {
            return Ok(());
        }
        Err(OpenError::refused(format!(
            "the store was written by a newer version of this program (format {}, this one knows \
             {CURRENT}): use that version",
            self.newest
        )))
    }
}
