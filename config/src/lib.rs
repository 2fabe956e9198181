//! Settings in, wired use cases out; the only crate that names adapters.
