/// Randomness for secrets.
///
/// # Promises
/// - Unpredictable: from a cryptographically secure generator seeded by the operating system
///   (ASVS 11.5.1).
/// - Does not fail and does not block for long.
pub trait Randomness: Send + Sync {
    /// Overwrites all of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
