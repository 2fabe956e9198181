//! Which store this is: written down when the file is made, so that a new file in its place is told
//! from it.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use warifu_core::domain::{StoreEpoch, StoreIdentity};
use warifu_core::ports::Randomness;

const EPOCH: &str = "epoch";
const SUCCEEDS: &str = "succeeds";

/// Reads the identity, and writes one where there is none yet; a new one where an operator adopts
/// the store in place of the stores given. Nothing where what is written cannot be read.
pub(crate) fn settle(
    connection: &mut Connection,
    randomness: &dyn Randomness,
    adopt: Option<&[StoreEpoch]>,
) -> rusqlite::Result<Option<StoreIdentity>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let written = read(&transaction)?;
    let identity = match (written, adopt) {
        (Written::Unreadable, _) => None,
        (Written::Identity(identity), None) => Some(identity),
        (Written::Nothing, None) => Some(StoreIdentity {
            epoch: StoreEpoch::generate(randomness),
            succeeds: Vec::new(),
        }),
        (written, Some(former)) => {
            let mut succeeds = former.to_vec();
            if let Written::Identity(identity) = written {
                succeeds.extend(identity.succeeds);
                succeeds.push(identity.epoch);
            }
            succeeds.sort_unstable();
            succeeds.dedup();
            Some(StoreIdentity {
                epoch: StoreEpoch::generate(randomness),
                succeeds,
            })
        }
    };
    if let Some(identity) = &identity {
        write(&transaction, EPOCH, &identity.epoch.to_string())?;
        let succeeds: Vec<String> = identity.succeeds.iter().map(ToString::to_string).collect();
        write(&transaction, SUCCEEDS, &succeeds.join(" "))?;
    }
    transaction.commit()?;
    Ok(identity)
}

enum Written {
    Nothing,
    Unreadable,
    Identity(StoreIdentity),
}

fn read(connection: &Connection) -> rusqlite::Result<Written> {
    let text = |name: &str| {
        let sql = "SELECT CAST(value AS TEXT) FROM secrets WHERE name = ?1";
        connection
            .query_row(sql, [name], |row| row.get::<_, String>(0))
            .optional()
    };
    let Some(epoch) = text(EPOCH)? else {
        return Ok(Written::Nothing);
    };
    let succeeds = text(SUCCEEDS)?.unwrap_or_default();
    let succeeds: Result<Vec<StoreEpoch>, _> =
        succeeds.split_whitespace().map(str::parse).collect();
    Ok(match (epoch.parse(), succeeds) {
        (Ok(epoch), Ok(succeeds)) => Written::Identity(StoreIdentity { epoch, succeeds }),
        _ => Written::Unreadable,
    })
}

fn write(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO secrets (name, value) VALUES (?1, ?2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value \
               WHERE value != excluded.value";
    connection.execute(sql, (name, value.as_bytes()))?;
    Ok(())
}
