//! Settings that are announced but not available yet. They are refused by name, so that nobody
//! believes them to be in force.

const LATER: &[(&str, &str)] = &[
    ("notifier", "notices"),
    ("est", "enrolment over secure transport"),
    (
        "policy.retrieval_password.hold_for",
        "holding a retrieval password before it is redeemed",
    ),
];

/// What to say where `key` is one of them.
pub(crate) fn sentence(key: &str) -> Option<String> {
    let (_, what) = LATER.iter().find(|(later, _)| *later == key)?;
    Some(format!("not available in this version ({what}); remove it"))
}
