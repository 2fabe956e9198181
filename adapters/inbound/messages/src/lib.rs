//! Every text that people read, in Japanese and English.
