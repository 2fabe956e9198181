use super::random_id::StoreEpoch;

/// What a store says of itself, so that one that has lost everything does not pass for the one
/// before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreIdentity {
    /// Names it as long as it loses nothing.
    pub epoch: StoreEpoch,
    /// The stores whose loss an operator has accepted in favour of this one.
    pub succeeds: Vec<StoreEpoch>,
}
