//! How every value goes into a page: without markup, and as what it looks like.

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

#[cfg(test)]
mod tests {
    use askama::Template;

    #[derive(Template)]
    #[template(ext = "html", source = "<p title=\"{{ name }}\">{{ name }}</p>")]
    struct Page {
        name: &'static str,
    }

    #[test]
    fn a_name_is_neither_markup_nor_turns_the_text_around() {
        let name = "<b>\u{202E}exe\u{200B}";
        assert_eq!(
            Page { name }.render().unwrap(),
            "<p title=\"&#60;b&#62;\u{FFFD}exe\u{FFFD}\">&#60;b&#62;\u{FFFD}exe\u{FFFD}</p>"
        );
    }
}
