//! How every value goes into a sheet: without markup, and as what it looks like.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};
use warifu_messages::harmless_text;

/// Escapes for HTML, and marks what cannot be seen. Named in `askama.toml`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Harmless;

impl Escaper for Harmless {
    fn write_escaped_str<W: Write>(&self, dest: W, string: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &harmless_text(string))
    }
}
