use std::collections::HashMap;

use warifu_core::domain::Subject;

/// The last accepted step of each token. Never cleaned up: forgetting one would let a used code
/// pass again. There are only as many as enrolled tokens.
pub(crate) type LastSteps = HashMap<Subject, u64>;
