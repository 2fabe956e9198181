//! What a site may take where a network of it has a share.

/// So many times the share of a network has a site that may hold many.
pub(crate) const WIDE: usize = 4;
