use argon2::{Algorithm, Argon2, Block, Params, Version};

/// The memory of one thread, used for one hash after the other: allocating it anew each time
/// costs a quarter of the speed and many times the memory.
#[derive(Default)]
pub(crate) struct Memory(Vec<Block>);

impl Memory {
    /// Argon2id of `password` into `output`. Fails only where `parameters`, `salt` and the
    /// length of `output` do not fit together.
    pub(crate) fn hash(
        &mut self,
        parameters: &Params,
        password: &[u8],
        salt: &[u8],
        output: &mut [u8],
    ) -> argon2::Result<()> {
        let blocks = parameters.block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::default());
        }
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters.clone())
            .hash_password_into_with_memory(password, salt, output, &mut self.0)
    }
}
