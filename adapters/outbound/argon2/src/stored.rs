//! Reading and writing PHC strings: what of a stored hash is obeyed, and what is not.

use argon2::password_hash::phc::{self, Ident, Output, ParamsString, Salt};
use argon2::{ARGON2ID_IDENT, Params, Version};
use subtle::ConstantTimeEq;
use thiserror::Error;
use warifu_core::domain::PasswordHash;
use warifu_core::ports::{HashJudge, Randomness, UncheckableHash};

use crate::settings::{Argon2Caps, Excess, OUTPUT_LENGTH};

/// Bytes of a new salt.
const SALT_LENGTH: usize = 16;

/// A hash that is safe to evaluate.
#[derive(Clone)]
pub(crate) struct StoredHash {
    pub(crate) parameters: Params,
    pub(crate) salt: Salt,
    expected: Output,
}

/// Why a stored hash is not evaluated. It says nothing of the hash itself but what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Unusable {
    #[error(
        "it is not a well-formed PHC string with m, t, p, a salt of at least 8 bytes and an output"
    )]
    Malformed,
    #[error("it is not Argon2id version 19")]
    AnotherAlgorithm,
    #[error("it asks for {what} = {asked}, and at most {most} is granted here", what = .0.what, asked = .0.asked, most = .0.most)]
    AboveCaps(Excess),
}

impl StoredHash {
    /// Reads a PHC string, obeying no parameter above `caps`.
    pub(crate) fn read(hash: &PasswordHash, caps: Argon2Caps) -> Result<Self, Unusable> {
        let parsed = phc::PasswordHash::new(hash.expose_phc()).map_err(|_| Unusable::Malformed)?;
        if parsed.algorithm != ARGON2ID_IDENT || parsed.version != Some(Version::V0x13.into()) {
            return Err(Unusable::AnotherAlgorithm);
        }
        let number = |name| parsed.params.get_decimal(name).ok_or(Unusable::Malformed);
        let (memory_kib, time, lanes) = (number("m")?, number("t")?, number("p")?);
        if parsed.params.iter().count() != 3 {
            return Err(Unusable::Malformed);
        }
        caps.grant(memory_kib, time, lanes)
            .map_err(Unusable::AboveCaps)?;
        let salt = parsed.salt.ok_or(Unusable::Malformed)?;
        let expected = parsed.hash.ok_or(Unusable::Malformed)?;
        let parameters = Params::new(memory_kib, time, lanes, Some(expected.len()))
            .map_err(|_| Unusable::Malformed)?;
        Ok(Self {
            parameters,
            salt,
            expected,
        })
    }

    /// A hash of nothing, that costs what a current one costs: no password has random bytes for
    /// its output.
    pub(crate) fn dummy(parameters: &Params, randomness: &dyn Randomness) -> Option<Self> {
        let mut output = [0; OUTPUT_LENGTH];
        randomness.fill(&mut output);
        Some(Self {
            parameters: parameters.clone(),
            salt: fresh_salt(randomness)?,
            expected: Output::new(&output).ok()?,
        })
    }

    /// Compares in constant time.
    pub(crate) fn is(&self, output: &[u8]) -> bool {
        self.expected.as_bytes().ct_eq(output).into()
    }

    pub(crate) fn output_length(&self) -> usize {
        self.expected.len()
    }

    /// Whether a new hash of the same password would be better.
    pub(crate) fn is_outdated(&self, current: &Params) -> bool {
        self.parameters.m_cost() < current.m_cost()
            || self.parameters.t_cost() < current.t_cost()
            || self.parameters.p_cost() < current.p_cost()
            || self.salt.len() < SALT_LENGTH
            || self.expected.len() < OUTPUT_LENGTH
    }
}

impl HashJudge for Argon2Caps {
    fn judge(&self, hash: &PasswordHash) -> Result<(), UncheckableHash> {
        let read = StoredHash::read(hash, *self);
        read.map(|_| ())
            .map_err(|unusable| UncheckableHash(unusable.to_string()))
    }
}

pub(crate) fn fresh_salt(randomness: &dyn Randomness) -> Option<Salt> {
    let mut bytes = [0; SALT_LENGTH];
    randomness.fill(&mut bytes);
    Salt::new(&bytes).ok()
}

/// Writes a PHC string.
pub(crate) fn write(parameters: &Params, salt: Salt, output: &[u8]) -> Option<PasswordHash> {
    let hash = phc::PasswordHash {
        algorithm: Ident::new(ARGON2ID_IDENT.as_str()).ok()?,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(parameters).ok()?,
        salt: Some(salt),
        hash: Some(Output::new(output).ok()?),
    };
    Some(PasswordHash::from_phc(hash.to_string()))
}
