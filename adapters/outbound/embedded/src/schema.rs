/// Marks the file as a store of this program, in `SQLite`'s header: "Wrfu".
pub(crate) const APPLICATION_ID: i64 = 0x5772_6675;

/// What makes the schema: each entry leads from the version of its place to the next. Published
/// entries never change; a new version is a new entry.
pub(crate) const VERSIONS: &[&str] = &[
    "
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE probes (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    load BLOB NOT NULL
) STRICT;

CREATE TABLE counters (
    key BLOB PRIMARY KEY,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE password_hashes (
    key BLOB PRIMARY KEY,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE last_logins (
    subject BLOB PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE retrieval_passwords (
    subject BLOB PRIMARY KEY,
    user TEXT NOT NULL,
    state BLOB NOT NULL,
    ends_at INTEGER
) STRICT;
CREATE INDEX retrieval_passwords_by_end ON retrieval_passwords (ends_at)
    WHERE ends_at IS NOT NULL;

CREATE TABLE reissues (
    contract BLOB NOT NULL,
    id BLOB NOT NULL,
    subject BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    PRIMARY KEY (contract, id, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX reissues_by_subject ON reissues (subject);
CREATE INDEX reissues_by_contract ON reissues (contract, issued_at);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    principal BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_principal ON sessions (principal);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE claims (
    key BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_end ON claims (expires_at);

CREATE TABLE quotas (
    key BLOB PRIMARY KEY,
    allowed INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX quotas_by_end ON quotas (expires_at);

CREATE TABLE otp_steps (
    subject BLOB PRIMARY KEY,
    step BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
    serial TEXT PRIMARY KEY,
    subject BLOB NOT NULL,
    not_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_by_subject ON certificates (subject);

CREATE TABLE revoked_serials (
    serial TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
",
    "
CREATE TABLE paper_requests (
    number TEXT PRIMARY KEY,
    registered_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    undecided_until INTEGER,
    change BLOB NOT NULL,
    request BLOB NOT NULL
) STRICT;
CREATE INDEX paper_requests_by_time ON paper_requests (registered_at, number);
CREATE INDEX paper_requests_by_end ON paper_requests (undecided_until)
    WHERE undecided_until IS NOT NULL;
",
    // What was counted before is forgotten: nobody said of it whether it happened.
    "
DROP TABLE quotas;
CREATE TABLE quota_windows (
    key BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX quota_windows_by_end ON quota_windows (expires_at);
",
    // Counters end by themselves. Those of two bytes were shared by names that nobody has: who is
    // tried now is counted by exact name.
    "
ALTER TABLE counters ADD COLUMN ends_at INTEGER;
CREATE INDEX counters_by_end ON counters (ends_at) WHERE ends_at IS NOT NULL;
DELETE FROM counters WHERE length(key) = 2;
CREATE TABLE known_browsers (
    subject BLOB PRIMARY KEY,
    ends_at INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX known_browsers_by_end ON known_browsers (ends_at);
",
    // What is open is looked for by its state.
    "
CREATE INDEX paper_requests_by_state ON paper_requests (state, registered_at, number);
",
];

/// The schema that this program reads and writes.
pub(crate) fn current() -> i64 {
    i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX)
}
