//! The faces that sheets are set in, read once.

use std::sync::LazyLock;

use krilla::text::Font;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use crate::SheetError;

static REGULAR: &[u8] = include_bytes!("../fonts/sheet-regular.otf");
static BOLD: &[u8] = include_bytes!("../fonts/sheet-bold.otf");
static MONO: &[u8] = include_bytes!("../fonts/sheet-mono.otf");

/// Which face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// For everything.
    Regular,
    /// For headings; text that it lacks a character for is set in the regular face as a whole.
    Bold,
    /// For passwords. Bold, all characters of one width.
    Mono,
}

/// A face and what it can write.
pub(crate) struct Loaded {
    font: Font,
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
}

impl Loaded {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let face = FontRef::new(bytes).ok()?;
        let font = Font::new(bytes.into(), 0)?;
        let units = font.units_per_em();
        Some(Self {
            font,
            characters: face.charmap(),
            metrics: face.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units,
        })
    }

    /// The face, to draw with.
    pub(crate) fn font(&self) -> Font {
        self.font.clone()
    }

    /// The number of a character's glyph; nothing where the face lacks it.
    pub(crate) fn glyph(&self, character: char) -> Option<u32> {
        let glyph = self.characters.map(character)?;
        (glyph.to_u32() != 0).then(|| glyph.to_u32())
    }

    /// How far a glyph moves on, in parts of the type size.
    pub(crate) fn advance(&self, glyph: u32) -> f32 {
        let advance = self.metrics.advance_width(skrifa::GlyphId::new(glyph));
        advance.unwrap_or(self.units) / self.units
    }
}

/// Every face.
pub(crate) struct Faces {
    regular: Loaded,
    bold: Loaded,
    mono: Loaded,
}

impl Faces {
    /// The faces, read at the first use.
    pub(crate) fn standard() -> Result<&'static Self, SheetError> {
        static STANDARD: LazyLock<Option<Faces>> = LazyLock::new(|| {
            Some(Faces {
                regular: Loaded::read(REGULAR)?,
                bold: Loaded::read(BOLD)?,
                mono: Loaded::read(MONO)?,
            })
        });
        STANDARD.as_ref().ok_or(SheetError::Font)
    }

    /// The face that sets `text`, which is what [`settable`](crate::words::settable) made of something.
    pub(crate) fn for_text(&self, wanted: Face, text: &str) -> &Loaded {
        let face = match wanted {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        };
        let complete = text
            .chars()
            .all(|character| face.glyph(character).is_some());
        if complete { face } else { &self.regular }
    }

    /// Whether there is a glyph for a character.
    pub(crate) fn has(&self, character: char) -> bool {
        self.regular.glyph(character).is_some()
    }
}
