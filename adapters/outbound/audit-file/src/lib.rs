//! The audit log as hash-chained JSON Lines in a file.
