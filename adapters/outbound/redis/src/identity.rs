//! Which store this is. It is written down at first use; a store that has forgotten it has
//! forgotten its locks and redeemed passwords too, and must not pass for a new one.

use data_encoding::HEXLOWER;
use secrecy::ExposeSecret;
use warifu_core::domain::{StoreEpoch, StoreIdentity, Timestamp};
use warifu_core::ports::Randomness;
use warifu_redis_link::{Call, Identity, Link, NoAnswer};
use zeroize::Zeroizing;

use crate::error::OpenError;
use crate::format::{self, Format};
use crate::keys::{Keys, identity_keys};
use crate::scripts::{Scripts, timed};
use crate::settings::RedisSettings;
use crate::shared::{field, opening};

/// What the identity keys tell.
pub(crate) struct Opened {
    pub(crate) identity: StoreIdentity,
    pub(crate) keys: Keys,
    /// Whether this opening wrote it down.
    pub(crate) is_new: bool,
}

#[derive(Clone, Default)]
struct Written {
    epoch: String,
    index_key: String,
    index_key_check: String,
    complete: bool,
    /// Epochs, separated by spaces.
    succeeds: String,
    format: Format,
}

impl Written {
    fn succeeds(&self) -> Result<Vec<StoreEpoch>, OpenError> {
        let epochs = self.succeeds.split_whitespace().map(str::parse);
        epochs.collect::<Result<_, _>>().map_err(|_| unreadable())
    }
}

fn unreadable() -> OpenError {
    OpenError::refused(
        "the store's identity cannot be read: restore its data, or use another key_prefix",
    )
}

fn lost_everything() -> OpenError {
    OpenError::refused(
        "the servers hold nothing, and must_exist says that they were used before: restore the data, \
         or accept the loss with `warifu-admin store adopt`",
    )
}

/// What the servers of a store are recognised by.
pub(crate) fn of(settings: &RedisSettings) -> Identity {
    Identity {
        keys: identity_keys(&settings.key_prefix, settings.link.servers.is_cluster()),
        field: field::EPOCH,
        if_lost: "restore its data, or accept the loss with `warifu-admin store adopt` and restart \
                  this program",
    }
}

pub(crate) struct Opening<'a> {
    pub(crate) link: &'a Link,
    pub(crate) scripts: &'a Scripts,
    pub(crate) settings: &'a RedisSettings,
    pub(crate) randomness: &'a dyn Randomness,
    /// The time, where scripts go by a given clock.
    pub(crate) now: Option<Timestamp>,
}

impl Opening<'_> {
    /// Whether a store is there that opening would find and leave as it is.
    pub(crate) async fn is_there(&self) -> Result<bool, OpenError> {
        let mut parts = Vec::new();
        for key in self.link.identity_keys() {
            parts.push(self.step(key, opening::READ, &[]).await?);
        }
        let any = parts
            .iter()
            .any(|part| part.complete || !part.epoch.is_empty());
        if let Some(first) = parts.first() {
            first.format.check()?;
        }
        if !any && self.settings.must_exist {
            return Err(lost_everything());
        }
        // One whose first opening was stopped would be finished.
        let unfinished = |first: &Written| !first.complete && !first.epoch.is_empty();
        Ok(any && !parts.first().is_some_and(unfinished))
    }

    /// Reads the identity; writes one down where there is nothing at all, and leads it to this program's
    /// format.
    pub(crate) async fn open(&self) -> Result<Opened, OpenError> {
        let opened = self.open_as_it_is().await?;
        self.upgrade().await?;
        Ok(opened)
    }

    /// As [`Self::open`], in whatever format. Writes nothing where a store is there.
    pub(crate) async fn open_as_it_is(&self) -> Result<Opened, OpenError> {
        let all = self.link.identity_keys();
        let mut written = Vec::with_capacity(all.len());
        for key in all {
            written.push(self.step(key, opening::READ, &[]).await?);
        }
        let first = written.first().cloned().unwrap_or_default();
        let lost = written.iter().any(|part| part.epoch.is_empty());
        if first.epoch.is_empty() && written.iter().any(|part| !part.epoch.is_empty())
            || first.complete && lost
        {
            return Err(OpenError::refused(
                "part of the store has lost what it held: restore its data, or accept the loss \
                 with `warifu-admin store adopt`",
            ));
        }
        first.format.check()?;
        let is_new = first.epoch.is_empty();
        if is_new && self.settings.must_exist {
            return Err(lost_everything());
        }
        let first = if first.complete {
            first
        } else {
            self.write(opening::CREATE, first).await?
        };
        if !is_new
            && written
                .iter()
                .any(|part| !lost && part.epoch != first.epoch)
        {
            return Err(OpenError::refused(
                "the servers hold parts of different stores: restore the data of one, or accept \
                 the loss with `warifu-admin store adopt`",
            ));
        }
        self.opened(&first, is_new)
    }

    /// Leads the data to the format of this program, while programs of the formats before may use it.
    async fn upgrade(&self) -> Result<(), OpenError> {
        let key = &self.link.identity_keys()[0];
        let (format, readable_by) = (format::CURRENT.to_string(), format::READABLE_BY.to_string());
        let fields = [
            (field::FORMAT, format.as_str()),
            (field::READABLE_BY, readable_by.as_str()),
        ];
        self.step(key, opening::UPGRADE, &fields).await?;
        Ok(())
    }

    /// Takes the store as it is for a new one, whatever it has lost: the successor of `former` and
    /// of what it was before.
    pub(crate) async fn adopt(&self, former: &[StoreEpoch]) -> Result<Opened, OpenError> {
        let key = &self.link.identity_keys()[0];
        let mut known = self.step(key, opening::READ, &[]).await?;
        known.format.check()?;
        let mut succeeds = known.succeeds()?;
        // Any part may be the one that was lost.
        for part in self.link.identity_keys() {
            let epoch = self.step(part, opening::READ, &[]).await?.epoch;
            succeeds.extend(epoch.parse::<StoreEpoch>());
        }
        succeeds.extend(former);
        succeeds.sort_unstable();
        succeeds.dedup();
        let succeeds: Vec<String> = succeeds.iter().map(ToString::to_string).collect();
        known.succeeds = succeeds.join(" ");
        known.epoch = String::new();
        let written = self.write(opening::REPLACE, known).await?;
        self.upgrade().await?;
        self.opened(&written, true)
    }

    /// Writes the first identity key, then the others, and last that all are written.
    async fn write(&self, mode: &str, known: Written) -> Result<Written, OpenError> {
        let index_key = match &self.settings.index_key {
            Some(_) => String::new(),
            None if known.index_key.is_empty() => self.random_hex(32),
            None => known.index_key.clone(),
        };
        let epoch = if known.epoch.is_empty() {
            self.random_hex(16)
        } else {
            known.epoch
        };
        let check = self.keys(&index_key)?.check_value();
        let mut first = Vec::from([
            (field::EPOCH, epoch.as_str()),
            (field::INDEX_KEY, &index_key),
            (field::INDEX_KEY_CHECK, &check),
            (field::SUCCEEDS, &known.succeeds),
        ]);
        if mode == opening::REPLACE
            && !known.index_key_check.is_empty()
            && known.index_key_check != check
        {
            return Err(OpenError::setting("index_key_file", OTHER_INDEX_KEY));
        }
        let mut keys = self.link.identity_keys().iter();
        let Some(key) = keys.next() else {
            return Err(OpenError::refused("the store has no identity keys"));
        };
        let written = self.step(key, mode, &first).await?;
        for other in keys {
            let part = self
                .step(other, mode, &[(field::EPOCH, &written.epoch)])
                .await?;
            if part.epoch != written.epoch {
                return Err(OpenError::refused(
                    "another program opens this store for the first time as well: start again",
                ));
            }
        }
        first = vec![(field::COMPLETE, "1")];
        let complete = self.step(key, opening::REPLACE, &first).await?;
        Ok(complete)
    }

    fn opened(&self, written: &Written, is_new: bool) -> Result<Opened, OpenError> {
        let keys = self.keys(&written.index_key)?;
        if keys.check_value() != written.index_key_check {
            return Err(OpenError::setting("index_key_file", OTHER_INDEX_KEY));
        }
        let identity = StoreIdentity {
            epoch: written.epoch.parse().map_err(|_| unreadable())?,
            succeeds: written.succeeds()?,
        };
        Ok(Opened {
            identity,
            keys,
            is_new,
        })
    }

    fn keys(&self, written: &str) -> Result<Keys, OpenError> {
        let given = self
            .settings
            .index_key
            .as_ref()
            .map(|key| key.expose_secret().to_vec());
        if given.as_ref().is_some_and(|key| key.len() < 16) {
            let message = "must hold at least 16 bytes of randomness";
            return Err(OpenError::setting("index_key_file", message));
        }
        let secret = given
            .or_else(|| HEXLOWER.decode(written.as_bytes()).ok())
            .map(Zeroizing::new);
        match secret {
            Some(secret) if !secret.is_empty() => Keys::new(&self.settings.key_prefix, &secret)
                .ok_or_else(|| OpenError::setting("index_key_file", OTHER_INDEX_KEY)),
            _ => Err(OpenError::setting("index_key_file", OTHER_INDEX_KEY)),
        }
    }

    fn random_hex(&self, bytes: usize) -> String {
        let mut random = Zeroizing::new(vec![0; bytes]);
        self.randomness.fill(&mut random);
        HEXLOWER.encode(&random)
    }

    async fn step(
        &self,
        key: &str,
        mode: &str,
        fields: &[(&str, &str)],
    ) -> Result<Written, NoAnswer> {
        let mut call = Call::new(&self.scripts.store_open)
            .key(key.to_owned())
            .arg(mode);
        for (field, value) in fields {
            call = call.arg(field).arg(value);
        }
        let reply = self
            .link
            .run_lasting(timed(call, self.now), |_| true)
            .await?;
        Ok(Written {
            epoch: reply.text(0).to_owned(),
            index_key: reply.text(1).to_owned(),
            index_key_check: reply.text(2).to_owned(),
            complete: reply.flag(3),
            succeeds: reply.text(4).to_owned(),
            format: Format::read(reply.text(5), reply.text(6)),
        })
    }
}

const OTHER_INDEX_KEY: &str = "holds another key than the store was made with: every counter and record would be lost \
     from sight, so give the former key back";
