use std::num::{NonZeroU32, NonZeroUsize};
use std::thread::available_parallelism;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use warifu_argon2::{Argon2Caps, Argon2Settings};
use warifu_core::domain::attempts::{AttemptPolicy, LaneLimits, LockDuration};
use warifu_core::domain::{
    AllowedCharacters, BulkPolicy, CertificatePolicy, IdempotencyPolicy, PaperPolicy, Policy,
    Quota, ReissuePolicy, RetrievalPasswordLength, RetrievalPasswordPolicy, SessionPolicy,
    SprayPolicy,
};

use crate::values::{LockFor, Network, PerAddress, UtcOffset, Workers};
use warifu_adapter_kit::values::{DurationWithin, IntegerWithin};

/// A login that is locked until somebody unlocks looks from outside like a lock of this long.
const LOCK_SHOWN_AS: Duration = Duration::from_secs(30 * 60);
/// A verified one-time password is good for one reissue, for this long.
const OTP_PROOF_FOR: Duration = Duration::from_secs(5 * 60);
/// A repeated request is recognised for this long.
const IDEMPOTENCY: Duration = Duration::from_secs(24 * 60 * 60);
/// Quotas of reissues count by the hour.
const QUOTA_WINDOW: Duration = Duration::from_secs(60 * 60);
/// No lease is shorter, however fast the machine.
const SHORTEST_LEASE: Duration = Duration::from_secs(10);
/// What one hash with the least parameters takes on a slow core.
const SLOW_HASH: Duration = Duration::from_millis(50);
/// The memory and passes of the least parameters, multiplied.
const LEAST_COST: u64 = 19_456 * 2;

/// Wrong entries until a lock.
type MaxFailures = IntegerWithin<1, 1_000_000>;
/// A life of anything: from a second to a year.
type Life = DurationWithin<1, 31_622_400>;

/// The bank's rules.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySettings {
    /// 証明書取得用パスワード.
    pub retrieval_password: RetrievalSettings,
    /// ログインパスワード.
    pub login: LoginSettings,
    /// 取引実行パスワード.
    pub transaction: LimitSettings,
    /// ワンタイムパスワード.
    pub otp: LimitSettings,
    /// Sessions.
    pub session: SessionSettings,
    /// Reissues.
    pub reissue: ReissueSettings,
    /// Reissues for many users at once.
    pub bulk: BulkSettings,
    /// How often one address may call.
    pub rate_limit: RateLimitSettings,
    /// How passwords are hashed.
    pub hashing: HashingSettings,
    /// 電子証明書.
    pub certificate: CertificateSettings,
    /// Logins of the bank's staff: login password and one-time password together.
    pub staff_login: StaffLoginSettings,
    /// 書面によるお手続き.
    pub paper: PaperSettings,
    /// Strangers who try many names.
    pub spraying: SprayingSettings,
}

/// Strangers who try many names: from one network, or of one contract.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SprayingSettings {
    /// More names than this within half an hour are written down.
    pub told_after: MaxFailures,
    /// After more than this, strangers there have fewer tries.
    pub tighter_after: MaxFailures,
    /// So many wrong entries lock them then, where that is fewer than elsewhere.
    pub max_failures: MaxFailures,
    /// Names that strangers may be trying at a time at one server; about 100 bytes each.
    pub most_names: IntegerWithin<1_000, 100_000_000>,
}

/// Logins of the bank's staff.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffLoginSettings {
    /// Wrong entries until a lock.
    pub max_failures: MaxFailures,
    /// How long the lock refuses. It ends by itself, as nobody else could lift it.
    pub lock_for: Life,
}

/// 書面によるお手続き.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperSettings {
    /// How long a request may stay undecided. Then it has to be registered anew.
    pub undecided_for: Life,
    /// How long the password of a notice can be redeemed, counted from the day it is issued and
    /// posted, to the end of the last day.
    pub valid_for: Life,
}

/// 証明書取得用パスワード.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetrievalSettings {
    /// How long it can be redeemed.
    pub valid_for: Life,
    /// Wrong entries until it is locked. The lock goes by a reissue and by nothing else.
    pub max_failures: MaxFailures,
    /// How many characters it has: 12, 16, 20 or 24.
    #[serde(deserialize_with = "retrieval_length")]
    #[schemars(schema_with = "retrieval_length_schema")]
    pub length: RetrievalPasswordLength,
}

/// ログインパスワード.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginSettings {
    /// Wrong entries until a lock.
    pub max_failures: MaxFailures,
    /// How long the lock refuses.
    pub lock_for: LockFor,
    /// Which characters login and transaction passwords can have. Other entries are slips and not
    /// counted.
    pub characters: Characters,
}

/// Which characters passwords can have.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Characters {
    /// 半角英数字・記号 only.
    Ascii,
    /// Any script.
    Any,
}

/// Limits of one kind of entry.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Wrong entries until a lock.
    pub max_failures: MaxFailures,
    /// How long the lock refuses.
    pub lock_for: LockFor,
}

/// Sessions.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionSettings {
    /// One that is not used ends after this.
    pub idle: DurationWithin<1, 86_400>,
    /// Every one ends after this.
    pub absolute: DurationWithin<1, 86_400>,
}

/// Reissues.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReissueSettings {
    /// For one user.
    pub max_per_target_per_hour: IntegerWithin<1, 1_000_000>,
    /// By one operator.
    pub max_per_operator_per_hour: IntegerWithin<1, 1_000_000>,
    /// What becomes of the passwords that an operator reissued for others when the operator is
    /// switched off or gone.
    pub when_operator_disabled: WhenOperatorDisabled,
    /// Whether administrators may reissue for themselves at the administrators' surface.
    pub own_through_admin: bool,
}

/// What becomes of the passwords that an operator reissued for others when the operator is switched
/// off or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenOperatorDisabled {
    /// They redeem no more.
    Void,
    /// They redeem as before.
    Keep,
}

/// Reissues for many users at once.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkSettings {
    /// The most users of one run.
    pub max_users: IntegerWithin<1, 1_000_000>,
    /// Whether a second person who may reissue has to enter their transaction password, too.
    pub second_approver: bool,
}

/// How often one address may call.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Requests in a duration, or no limit.
    pub per_address: PerAddress,
    /// Whose word on the address of a client is believed.
    pub trusted_proxies: Vec<Network>,
}

/// How passwords are hashed: Argon2id.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HashingSettings {
    /// Threads.
    pub workers: Workers,
    /// Entries that wait for a thread. More are refused at once.
    pub queue: IntegerWithin<1, 100_000>,
    /// Memory of one hash; each thread keeps as much.
    pub memory_kib: IntegerWithin<19_456, 1_048_576>,
    /// Passes.
    pub time: IntegerWithin<2, 20>,
}

/// 電子証明書.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateSettings {
    /// How long before its end it is shown as expiring.
    pub notice: Life,
}

impl PolicySettings {
    /// As the rules take it.
    pub fn to_policy(&self, utc_offset: UtcOffset) -> Policy {
        let lease = self.hashing.lease();
        let attempts = |max_failures: MaxFailures, lock| AttemptPolicy {
            max_failures: max_failures.get_non_zero(),
            lock,
            lease,
            lane: LaneLimits::default(),
        };
        let openly = |limits: LimitSettings| {
            let lock = match limits.lock_for {
                LockFor::Duration(duration) => LockDuration::For(duration),
                LockFor::UntilUnlocked => LockDuration::UntilUnlocked,
            };
            attempts(limits.max_failures, lock)
        };
        let concealed = match self.login.lock_for {
            LockFor::Duration(duration) => LockDuration::For(duration),
            LockFor::UntilUnlocked => LockDuration::UntilUnlockedShownAs(LOCK_SHOWN_AS),
        };
        let hourly = |limit: NonZeroU32| Quota {
            limit,
            window: QUOTA_WINDOW,
        };
        Policy {
            login: attempts(self.login.max_failures, concealed),
            transaction: openly(self.transaction),
            otp: openly(self.otp),
            retrieval: attempts(
                self.retrieval_password.max_failures,
                LockDuration::UntilUnlocked,
            ),
            password_characters: match self.login.characters {
                Characters::Ascii => AllowedCharacters::Ascii,
                Characters::Any => AllowedCharacters::Any,
            },
            retrieval_password: RetrievalPasswordPolicy {
                length: self.retrieval_password.length,
                valid_for: self.retrieval_password.valid_for.get(),
                hold_for: Duration::ZERO,
            },
            reissue: ReissuePolicy {
                void_with_operator: self.reissue.when_operator_disabled
                    == WhenOperatorDisabled::Void,
                per_target: hourly(self.reissue.max_per_target_per_hour.get_non_zero()),
                per_operator: hourly(self.reissue.max_per_operator_per_hour.get_non_zero()),
                own_through_admin: self.reissue.own_through_admin,
                otp_proof_for: OTP_PROOF_FOR,
            },
            bulk: BulkPolicy {
                max_users: self.bulk.max_users.get_non_zero(),
                second_approver: self.bulk.second_approver,
            },
            session: SessionPolicy {
                idle: self.session.idle.get(),
                absolute: self.session.absolute.get(),
            },
            certificate: CertificatePolicy {
                notice: self.certificate.notice.get(),
            },
            staff_login: attempts(
                self.staff_login.max_failures,
                LockDuration::For(self.staff_login.lock_for.get()),
            ),
            paper: PaperPolicy {
                undecided_for: self.paper.undecided_for.get(),
                valid_for: self.paper.valid_for.get(),
                utc_offset_minutes: utc_offset.minutes,
            },
            spraying: SprayPolicy {
                told_after: self.spraying.told_after.get_non_zero(),
                tighter_after: self.spraying.tighter_after.get_non_zero(),
                max_failures: self.spraying.max_failures.get_non_zero(),
                most_names: self.spraying.most_names.get() as usize,
            },
            idempotency: IdempotencyPolicy {
                remember_for: IDEMPOTENCY,
            },
        }
    }
}

impl HashingSettings {
    fn worker_count(self) -> usize {
        match self.workers {
            Workers::Auto => available_parallelism().map_or(1, NonZeroUsize::get),
            Workers::Count(count) => count,
        }
    }

    /// As the hasher takes it.
    pub(crate) fn to_argon2(self) -> Argon2Settings {
        let caps = Argon2Caps::default();
        Argon2Settings {
            workers: self.worker_count(),
            queue: self.queue.get() as usize,
            memory_kib: self.memory_kib.get(),
            time: self.time.get(),
            caps: Argon2Caps {
                memory_kib: caps.memory_kib.max(self.memory_kib.get()),
                time: caps.time.max(self.time.get()),
                ..caps
            },
            ..Argon2Settings::default()
        }
    }

    /// How long a reserved attempt may take: three times what the dearest hash that is checked takes
    /// on a slow machine, after those that have their turn before it. The queue's wait is no part
    /// of it.
    fn lease(self) -> Duration {
        let argon2 = self.to_argon2();
        let cost = u64::from(argon2.caps.memory_kib) * u64::from(argon2.caps.time);
        let hash = SLOW_HASH.saturating_mul(u32::try_from(cost.div_ceil(LEAST_COST)).unwrap_or(1));
        let rounds = argon2.turns().div_ceil(argon2.workers.max(1));
        let worst = hash.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX));
        worst.saturating_mul(3).max(SHORTEST_LEASE)
    }
}

fn retrieval_length<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<RetrievalPasswordLength, D::Error> {
    let length = IntegerWithin::<12, 24>::deserialize(deserializer)?;
    RetrievalPasswordLength::try_from(length.get() as usize).map_err(serde::de::Error::custom)
}

fn retrieval_length_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "integer", "enum": [12, 16, 20, 24] })
}
