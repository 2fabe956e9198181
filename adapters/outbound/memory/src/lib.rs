//! In-memory adapters of every store port, the reference for all others.
