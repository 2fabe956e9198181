//! Whether store, audit log and authority belong together: the same store as before, no older copy of
//! it, and the authority that it was used with.

use warifu_adapter_kit::Stores;
use warifu_core::domain::{Policy, StoreEpoch, StoreIdentity, Timestamp};
use warifu_core::ports::{AuditLog, CertificateAuthority, StoreFact, StoreFacts, UserDirectory};
use warifu_core::{
    AuthorityRefusal, Depth, Forgotten, StorePast, StoreRecognition, StoreRefusal,
    authority_fingerprint, recognise_authority,
};

use crate::chosen::Chosen;
use crate::configuration::Configuration;
use crate::materials::Materials;
use crate::past_watch::older;
use crate::problem::{ConfigError, Problem};

/// What became of a wish to adopt a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// The store keeps nothing beyond the program: there is nothing to adopt.
    NothingKept,
    /// Store and authority are those that were used before: there is nothing to adopt.
    KnownAlready,
    /// The store is the one that was used before, and is used with another authority from now on. Every
    /// program that uses it is to be restarted.
    OtherAuthority,
    /// The store is well; the audit log has lost what it held, and goes on with what is left.
    LogAccepted,
    /// Every program that uses the store is to be restarted; locks are open and retrieval passwords
    /// void as far as they were lost or cannot be trusted.
    Done,
}

/// What is compared.
pub(crate) struct Belongings<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) materials: &'a Materials,
    pub(crate) stores: &'a Stores,
    pub(crate) audit_log: &'a dyn AuditLog,
    pub(crate) authority: Option<&'a dyn CertificateAuthority>,
    pub(crate) directory: Option<&'a dyn UserDirectory>,
}

impl Belongings<'_> {
    /// Accepts store and authority, and writes down what is not yet.
    pub(crate) async fn recognise(&self) -> Result<(), ConfigError> {
        if let Some(identity) = &self.stores.identity {
            let noted = self.recognition().noted_since().await?;
            if noted.is_some_and(|(_, noted)| identity.succeeds.contains(&noted)) {
                self.follow_adoption(noted).await?;
            }
            self.recognition()
                .recognise(identity)
                .await
                .map_err(|refusal| store_refused(self.configuration, refusal))?;
            self.recognise_past(identity, noted).await?;
        }
        self.recognise_authority(true).await
    }

    /// As [`Self::recognise`], but writes nothing.
    pub(crate) async fn look(&self) -> Result<(), ConfigError> {
        if let Some(identity) = &self.stores.identity {
            let noted = self.recognition().noted_since().await?;
            match noted {
                Some((_, noted)) if !knows(identity, noted) => {
                    let another = StoreRefusal::Another { noted };
                    return Err(store_refused(self.configuration, another));
                }
                noted => self.recognise_past(identity, noted).await?,
            }
        }
        self.recognise_authority(false).await
    }

    /// Accepts what an operator has decided to accept of a store that opens: that it is an older copy,
    /// and that the authority is another one. Tells what there was to accept; `Ok(None)` where the
    /// store itself is to be adopted.
    pub(crate) async fn adopt(
        &self,
        identity: &StoreIdentity,
        noted: Option<(Timestamp, StoreEpoch)>,
    ) -> Result<Option<Adoption>, ConfigError> {
        if noted.is_some_and(|(_, noted)| !knows(identity, noted)) {
            return Ok(None);
        }
        let forgotten = self.forgotten(identity, noted, Depth::All).await?;
        if !forgotten.is_nothing() {
            self.follow_adoption(noted).await?;
            return Ok(None);
        }
        let facts = self.stores.facts.as_ref();
        let replaced = match self.authority {
            Some(authority) => replace_authority(facts, authority).await?,
            None => false,
        };
        if !replaced {
            self.recognise().await?;
            return Ok(Some(Adoption::KnownAlready));
        }
        let kept = facts.fact(StoreFact::Authority).await?;
        let more = kept.map(|kept| ("authority", kept));
        self.recognition()
            .adopted(identity.epoch, None, more)
            .await?;
        Ok(Some(Adoption::OtherAuthority))
    }

    /// The store was adopted, here or elsewhere. Where it is an older copy, only this log may know of some
    /// passwords.
    pub(crate) async fn follow_adoption(
        &self,
        noted: Option<(Timestamp, StoreEpoch)>,
    ) -> Result<(), ConfigError> {
        let policy = self.policy();
        if let Some(past) = self.past(&policy, noted).await? {
            let forgotten = past.forgotten(Depth::All).await?;
            past.cancel(&forgotten, self.materials.randomness()).await?;
        }
        Ok(())
    }

    async fn recognise_past(
        &self,
        identity: &StoreIdentity,
        noted: Option<(Timestamp, StoreEpoch)>,
    ) -> Result<(), ConfigError> {
        let forgotten = self.forgotten(identity, noted, Depth::Newest).await?;
        if forgotten.is_nothing() {
            return Ok(());
        }
        Err(store_refused(self.configuration, older(&forgotten)))
    }

    async fn forgotten(
        &self,
        identity: &StoreIdentity,
        noted: Option<(Timestamp, StoreEpoch)>,
        depth: Depth,
    ) -> Result<Forgotten, ConfigError> {
        // What the log tells of another store, this one need not know.
        if noted.is_none_or(|(_, noted)| noted != identity.epoch) {
            return Ok(Forgotten::default());
        }
        let policy = self.policy();
        match self.past(&policy, noted).await? {
            Some(past) => Ok(past.forgotten(depth).await?),
            None => Ok(Forgotten::default()),
        }
    }

    /// Nothing without a directory: a check may be before there is one.
    async fn past<'p>(
        &'p self,
        policy: &'p Policy,
        noted: Option<(Timestamp, StoreEpoch)>,
    ) -> Result<Option<StorePast<'p>>, ConfigError> {
        let Some(directory) = self.directory else {
            return Ok(None);
        };
        Ok(Some(StorePast {
            audit_log: self.audit_log,
            passwords: self.stores.retrieval_passwords.as_ref(),
            attempts: self.stores.attempts.as_ref(),
            directory,
            policy,
            now: self.stores.facts.time().await?,
            since: noted.map(|(since, _)| since),
        }))
    }

    fn policy(&self) -> Policy {
        self.configuration.settings().to_policy()
    }

    fn recognition(&self) -> StoreRecognition<'_> {
        self.materials.recognition(self.audit_log)
    }

    async fn recognise_authority(&self, keep: bool) -> Result<(), ConfigError> {
        let Some(authority) = self.authority else {
            return Ok(());
        };
        let Some(found) = authority_fingerprint(authority).await else {
            return Ok(());
        };
        let recognised = recognise_authority(self.stores.facts.as_ref(), found, keep).await;
        recognised.map_err(|refusal| match refusal {
            AuthorityRefusal::Unavailable(unavailable) => unavailable.into(),
            another @ AuthorityRefusal::Another { .. } => {
                let chosen = &self.configuration.chosen.certificate_authority;
                refused(self.configuration, chosen, &another.to_string())
            }
        })
    }
}

/// Keeps the authority as it is now. Tells whether another one was kept.
pub(crate) async fn replace_authority(
    facts: &dyn StoreFacts,
    authority: &dyn CertificateAuthority,
) -> Result<bool, ConfigError> {
    let Some(found) = authority_fingerprint(authority).await else {
        return Ok(false);
    };
    let kept = facts.fact(StoreFact::Authority).await?;
    if kept.as_ref() != Some(&found) {
        facts.replace_fact(StoreFact::Authority, &found).await?;
    }
    Ok(kept.is_some_and(|kept| kept != found))
}

/// Whether a store is the one noted, or its successor.
fn knows(identity: &StoreIdentity, noted: StoreEpoch) -> bool {
    noted == identity.epoch || identity.succeeds.contains(&noted)
}

/// Names the setting of the store that is refused.
pub(crate) fn store_refused(configuration: &Configuration, refusal: StoreRefusal) -> ConfigError {
    match refusal {
        StoreRefusal::Unavailable(unavailable) => unavailable.into(),
        refusal => refused(
            configuration,
            &configuration.chosen.password_store,
            &refusal.to_string(),
        ),
    }
}

fn refused<P: warifu_adapter_kit::Port>(
    configuration: &Configuration,
    chosen: &Chosen<P>,
    message: &str,
) -> ConfigError {
    let section = chosen.section();
    let origin = configuration
        .tree()
        .origin_at(&format!("{section}.adapter"));
    let key = format!("{section}.{}", chosen.name);
    ConfigError::one(Problem::new(origin, key, message))
}
