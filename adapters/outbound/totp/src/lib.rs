//! Time-based one-time passwords of enrolled tokens (RFC 6238).
