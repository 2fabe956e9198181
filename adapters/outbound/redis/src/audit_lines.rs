//! The lines of an audit log, in one stream that all programs of a bank append to.

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use warifu_core::domain::{AuditEvent, ContractNumber};
use warifu_core::ports::{
    Appended, AuditLineStore, AuditLines, KeptLine, LinePosition, LinesOf, Randomness, Unavailable,
};
use warifu_redis_link::{Call, Reply};

use crate::error::OpenError;
use crate::keys::Tag;
use crate::reply::Fields as _;
use crate::settings::RedisSettings;
use crate::shared::answer;
use crate::store::RedisStore;

/// The section of the configuration that it is set up in.
const PORT: &str = "audit_log";

/// What the keys of a log begin with after the prefix of all keys. A log is opened as a store of its
/// own: it can be lost, restored and adopted apart from others on the same servers.
const OWN_PREFIX: &str = "audit";

/// A log's lines on Redis.
pub struct RedisAuditLines {
    store: RedisStore,
    tag: Tag,
}

impl RedisAuditLines {
    /// Opens the log, after making sure that the servers keep what they are given. Where there is
    /// none, one is begun; `randomness` gives its epoch.
    pub async fn open(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
    ) -> Result<Self, OpenError> {
        let store = RedisStore::open(&own(settings), randomness).await;
        Ok(Self::of(store.map_err(elsewhere_at_start)?))
    }

    /// As [`Self::open`], but makes nothing: nothing where there is no log yet.
    pub async fn look(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
    ) -> Result<Option<Self>, OpenError> {
        let store = RedisStore::look(&own(settings), randomness).await;
        Ok(store.map_err(elsewhere_at_start)?.map(Self::of))
    }

    /// As [`Self::open`], but takes what is left of a log that has lost data: what an operator
    /// decides to do when it cannot be restored.
    pub async fn open_what_is_left(
        settings: &RedisSettings,
        randomness: &dyn Randomness,
    ) -> Result<Self, OpenError> {
        match Self::open(settings, randomness).await {
            Err(OpenError::Refused(_)) => {
                let store = RedisStore::adopt(&own(settings), randomness, &[]).await;
                Ok(Self::of(store.map_err(elsewhere_at_start)?))
            }
            opened => opened,
        }
    }

    fn of(store: RedisStore) -> Self {
        Self {
            tag: store.keys.audit_log(),
            store,
        }
    }

    /// Whether this opening began the log.
    pub fn is_new(&self) -> bool {
        self.store.is_new()
    }

    fn log(&self) -> String {
        self.tag.key("log")
    }

    /// The lines hold the number, so this digest hides nothing: it keeps the names of keys short and
    /// of one shape, also where the index key is lost.
    fn of_contract(&self, contract: &ContractNumber) -> String {
        let digest = Sha256::digest(contract.as_str());
        let half = HEXLOWER.encode(&digest[..16]);
        self.tag.key(&format!("c:{half}"))
    }

    fn of_event(&self, event: AuditEvent) -> String {
        self.tag.key(&format!("v:{event}"))
    }

    fn appending(&self, lines: &AuditLines) -> Call<'_> {
        let mut keys = vec![self.log(), self.tag.key("chains")];
        let mut place = |key: String| {
            let found = keys.iter().position(|known| *known == key);
            let place = found.unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            // As Lua counts.
            (place + 1).to_string()
        };
        let mut arguments = vec![lines.chain.clone(), lines.first.to_string()];
        for line in &lines.lines {
            let contract = line.contract.as_ref();
            let contract = contract.map(|contract| place(self.of_contract(contract)));
            arguments.push(line.text.clone());
            arguments.push(contract.unwrap_or_default());
            arguments.push(place(self.of_event(line.event)));
        }
        let mut call = Call::new(&self.store.scripts.audit_append);
        for key in keys {
            call = call.key(key);
        }
        call.args(arguments)
    }

    async fn append_lasting(&self, call: Call<'_>) -> Result<Appended, Unavailable> {
        let kept = |reply: &Reply| reply.kind() == answer::KEPT;
        let reply = self.store.run_lasting(call, kept).await?;
        match reply.kind() {
            answer::KEPT => Ok(Appended::Kept),
            answer::BEHIND => Ok(Appended::Behind {
                last: reply.parsed(1)?,
            }),
            _ => Err(reply.unexpected()),
        }
    }

    async fn read(&self, call: Call<'_>) -> Result<Vec<KeptLine>, Unavailable> {
        let reply = self.store.run(call).await.map_err(elsewhere)?;
        let pairs = reply.texts().chunks_exact(2);
        pairs
            .map(|pair| {
                let place = place_of(&pair[0]).ok_or_else(|| elsewhere(reply.unexpected()))?;
                let text = pair[1].clone();
                Ok(KeptLine { place, text })
            })
            .collect()
    }
}

fn own(settings: &RedisSettings) -> RedisSettings {
    let mut own = settings.clone();
    own.key_prefix = format!("{}:{OWN_PREFIX}", settings.key_prefix);
    own
}

fn elsewhere(unavailable: Unavailable) -> Unavailable {
    Unavailable::new(PORT, unavailable.reason)
}

fn elsewhere_at_start(error: OpenError) -> OpenError {
    match error {
        OpenError::Unavailable(unavailable) => elsewhere(unavailable).into(),
        refused => refused,
    }
}

/// A place, as the servers write it: milliseconds, and a number within them.
fn id_of(place: LinePosition) -> String {
    let number = place.number();
    format!("{}-{}", number >> 64, number & u128::from(u64::MAX))
}

fn place_of(id: &str) -> Option<LinePosition> {
    let (millis, number) = id.split_once('-')?;
    let (millis, number): (u64, u64) = (millis.parse().ok()?, number.parse().ok()?);
    Some(LinePosition::new(
        u128::from(millis) << 64 | u128::from(number),
    ))
}

#[async_trait]
impl AuditLineStore for RedisAuditLines {
    async fn append(&self, lines: &AuditLines) -> Result<Appended, Unavailable> {
        let call = self.appending(lines);
        self.append_lasting(call).await.map_err(elsewhere)
    }

    async fn before(
        &self,
        of: &LinesOf,
        place: Option<LinePosition>,
        limit: usize,
    ) -> Result<Vec<KeptLine>, Unavailable> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut call = Call::new(&self.store.scripts.audit_before).key(self.log());
        call = match of {
            LinesOf::Everything => call,
            LinesOf::Contract(contract) => call.key(self.of_contract(contract)),
            LinesOf::Event(event) => call.key(self.of_event(*event)),
        };
        let from = place.map_or_else(|| "+".to_owned(), |place| format!("({}", id_of(place)));
        self.read(call.arg(from).arg(limit)).await
    }

    async fn after(
        &self,
        place: Option<LinePosition>,
        limit: usize,
    ) -> Result<Vec<KeptLine>, Unavailable> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let from = place.map_or_else(|| "-".to_owned(), |place| format!("({}", id_of(place)));
        let call = Call::new(&self.store.scripts.audit_after).key(self.log());
        self.read(call.arg(from).arg(limit)).await
    }

    /// Asks to append nothing, which is refused where nothing could be appended; and writes beside the
    /// lines, as durably as a line.
    async fn check(&self) -> Result<(), Unavailable> {
        let nothing = AuditLines {
            chain: String::new(),
            first: 1,
            lines: Vec::new(),
        };
        let reply = self.store.run(self.appending(&nothing)).await;
        reply.map_err(elsewhere)?;
        self.store.check_all().await.map_err(elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written_and_stay_in_order() {
        let ids = [
            "0-1",
            "1-0",
            "1700000000000-0",
            "1700000000000-18446744073709551615",
        ];
        let places: Vec<LinePosition> = ids.iter().filter_map(|id| place_of(id)).collect();
        assert_eq!(places.len(), ids.len());
        assert!(places.is_sorted());
        for (place, id) in places.into_iter().zip(ids) {
            assert_eq!(id_of(place), id);
        }
        for id in ["", "1", "1-", "-1", "1-x", "18446744073709551616-0"] {
            assert_eq!(place_of(id), None, "{id}");
        }
    }
}
