use std::sync::Arc;

use futures_util::future::try_join_all;
use warifu_core::domain::attempts::{AttemptPolicy, LockDuration};
use warifu_core::domain::{StoreEpoch, StoreIdentity, Timestamp};
use warifu_core::ports::{Clock, Randomness, Unavailable};
use warifu_redis_link::{Call, Link, MustLast, Reply};

use crate::error::{OpenError, no_answer};
use crate::identity::{self, Opened, Opening};
use crate::keys::Keys;
use crate::scripts::{Scripts, Time, timed};
use crate::settings::RedisSettings;
use crate::shared::millis;
use crate::start_checks::{self, Demands};
use crate::watch::{Begun, Watchman};

/// Every store port, on Redis.
pub struct RedisStore {
    pub(crate) link: Arc<Link>,
    pub(crate) scripts: Scripts,
    pub(crate) keys: Keys,
    pub(crate) keep_for: String,
    pub(crate) begun: Begun,
    identity: StoreIdentity,
    is_new: bool,
    given_clock: Option<Arc<dyn Clock>>,
}

/// How to take a store that is not new.
enum Mode<'a> {
    Open,
    Look,
    Adopt { former: &'a [StoreEpoch] },
}

impl RedisStore {
    /// Opens the store, after making sure that the servers keep what they are given. A store that
    /// holds nothing at all is made a new one; `randomness` gives its epoch and index key.
    pub async fn open(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
    ) -> Result<Self, OpenError> {
        Self::begin(settings, randomness, Mode::Open, None).await
    }

    /// As [`Self::open`], but makes nothing: nothing where there is no store yet.
    pub async fn look(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
    ) -> Result<Option<Self>, OpenError> {
        settings.check()?;
        let link = Link::new(&settings.link, identity::of(settings))?;
        start_checks::check(&link, settings).await?;
        let opening = Opening {
            link: &link,
            scripts: &Scripts::new(Time::Server, false),
            settings,
            randomness,
            now: None,
        };
        if opening.is_there().await? {
            let found = Self::begin(settings, randomness, Mode::Look, None).await;
            found.map(Some)
        } else {
            Ok(None)
        }
    }

    /// Opens a store that has lost data and takes what is left for a new one, with a new epoch, in
    /// place of what it was and of `former`: what an operator decides to do when the data cannot be
    /// restored.
    pub async fn adopt(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
        former: &[StoreEpoch],
    ) -> Result<Self, OpenError> {
        Self::begin(settings, randomness, Mode::Adopt { former }, None).await
    }

    /// As [`Self::open`], by `clock` in place of the servers' clock: for tests that let time pass.
    #[cfg(feature = "test-clock")]
    pub async fn open_by_clock(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::begin(settings, randomness, Mode::Open, Some(clock)).await
    }

    async fn begin(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
        mode: Mode<'_>,
        given_clock: Option<Arc<dyn Clock>>,
    ) -> Result<Self, OpenError> {
        settings.check()?;
        let link = Arc::new(Link::new(&settings.link, identity::of(settings))?);
        let evicted = start_checks::check(&link, settings).await?;
        let demands = Demands::of(settings);
        // In a Cluster a script cannot reach an identity key; the watch alone looks at them there.
        let scripts = Scripts::new(time(given_clock.is_some()), !demands.cluster);
        let now = given_clock.as_ref().map(|clock| clock.now());
        let opening = Opening {
            link: &link,
            scripts: &scripts,
            settings,
            randomness,
            now,
        };
        let Opened {
            identity,
            keys,
            is_new,
        } = match mode {
            Mode::Open => opening.open().await?,
            Mode::Look => opening.open_as_it_is().await?,
            Mode::Adopt { former } => opening.adopt(former).await?,
        };
        link.expect(&identity.epoch.to_string());
        let begun = Begun::default();
        link.watch(Watchman::new(demands, evicted, begun.clone()));
        let keep_for = millis(settings.keep_for);
        Ok(Self {
            link,
            scripts,
            keys,
            keep_for,
            begun,
            identity,
            is_new,
            given_clock,
        })
    }

    /// Which store this is. What a server notes in its audit log, to refuse another one later.
    pub fn identity(&self) -> &StoreIdentity {
        &self.identity
    }

    /// Whether this opening made the store.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The key that holds what the store knows of itself.
    pub(crate) fn first_identity_key(&self) -> String {
        self.link
            .identity_keys()
            .first()
            .cloned()
            .unwrap_or_default()
    }

    /// Whether every primary can be written to, and enough replicas acknowledge: tries it.
    pub(crate) async fn check_all(&self) -> Result<(), Unavailable> {
        let keys = self.link.identity_key_of_each_primary().await;
        let checks = keys
            .map_err(no_answer)?
            .into_iter()
            .map(|key| self.run_lasting(Call::new(&self.scripts.store_check).key(key), |_| true));
        try_join_all(checks).await?;
        Ok(())
    }

    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Reply, Unavailable> {
        let call = timed(call, self.given_now());
        self.link.run(call).await.map_err(no_answer)
    }

    pub(crate) async fn run_lasting(
        &self,
        call: Call<'_>,
        must_last: MustLast,
    ) -> Result<Reply, Unavailable> {
        let call = timed(call, self.given_now());
        let reply = self.link.run_lasting(call, must_last).await;
        reply.map_err(no_answer)
    }

    fn given_now(&self) -> Option<Timestamp> {
        self.given_clock.as_ref().map(|clock| clock.now())
    }
}

#[cfg(feature = "test-clock")]
const fn time(given: bool) -> Time {
    if given { Time::Given } else { Time::Server }
}

#[cfg(not(feature = "test-clock"))]
const fn time(_: bool) -> Time {
    Time::Server
}

/// The limits of a lane as scripts take them.
pub(crate) fn lane_limits(policy: &AttemptPolicy) -> [String; 3] {
    let (most, renewed) = match policy.lane.day {
        Some(day) => (day.most.to_string(), day.renewed),
        None => (String::new(), true),
    };
    [
        policy.lane.longest_lock.map(millis).unwrap_or_default(),
        most,
        u8::from(renewed).to_string(),
    ]
}

/// The limits of a purpose as scripts take them.
pub(crate) fn limits(policy: &AttemptPolicy) -> [String; 4] {
    let (visible, concealed) = match policy.lock {
        LockDuration::For(lasts) => (millis(lasts), "0"),
        LockDuration::UntilUnlocked => (String::new(), "0"),
        LockDuration::UntilUnlockedShownAs(lasts) => (millis(lasts), "1"),
    };
    [
        policy.max_failures.to_string(),
        visible,
        concealed.to_owned(),
        millis(policy.lease),
    ]
}
