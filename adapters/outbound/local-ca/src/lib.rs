//! A certificate authority of its own, in a directory.
