//! Argon2id on a bounded pool of dedicated threads.
