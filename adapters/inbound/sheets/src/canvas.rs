//! One page, drawn in millimetres from its upper left corner, and the tags of what is on it.

use krilla::color::luma;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TagTree};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use warifu_messages::Locale;
use zeroize::Zeroizing;

use crate::SheetError;
use crate::code::Code;
use crate::faces::{Face, Faces};
use crate::lines::lines;
use crate::words::settable;

/// Points in a millimetre.
const POINTS: f32 = 72.0 / 25.4;
/// A4, in millimetres.
const PAPER: (f32, f32) = (210.0, 297.0);
/// Where the baseline lies in the type's square, from its top.
const ASCENT: f32 = 0.88;
/// The height of a line, in parts of the type size.
const LEADING: f32 = 1.55;
/// Text that does not fit is set smaller, but not than this, in points.
const SMALLEST: f32 = 5.0;

/// How dark ink is: 0 is black.
pub(crate) const INK: u8 = 26;
/// For what stands back.
pub(crate) const SOFT: u8 = 85;

/// How text is set.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) face: Face,
    /// In points.
    pub(crate) size: f32,
    /// Between characters, in parts of the type size.
    pub(crate) spacing: f32,
    pub(crate) ink: u8,
    /// Where it is not the sheet's language.
    pub(crate) language: Option<&'static str>,
}

impl Style {
    /// Text of `size` points.
    pub(crate) const fn regular(size: f32) -> Self {
        Self {
            face: Face::Regular,
            size,
            spacing: 0.0,
            ink: INK,
            language: None,
        }
    }

    /// A heading of `size` points.
    pub(crate) const fn bold(size: f32) -> Self {
        Self {
            face: Face::Bold,
            ..Self::regular(size)
        }
    }

    /// Characters of a password, of `size` points.
    pub(crate) const fn mono(size: f32) -> Self {
        Self {
            face: Face::Mono,
            language: Some("en"),
            ..Self::regular(size)
        }
    }

    /// Standing back.
    pub(crate) const fn soft(self) -> Self {
        Self { ink: SOFT, ..self }
    }
}

/// Where text stands: its upper left corner and the width it may take.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
}

/// A place.
pub(crate) const fn at(x: f32, y: f32, width: f32) -> Position {
    Position { x, y, width }
}

/// Text that was drawn.
pub(crate) struct Drawn {
    pub(crate) parts: Vec<Node>,
    /// The lower edge.
    pub(crate) bottom: f32,
}

/// A page at work.
pub(crate) struct Canvas<'a> {
    surface: Surface<'a>,
    faces: &'static Faces,
    tags: Vec<Node>,
}

/// The height of a line of `size` points, in millimetres.
pub(crate) fn line_height(size: f32) -> f32 {
    size * LEADING / POINTS
}

/// A sheet of one page.
pub(crate) fn sheet(
    title: &str,
    locale: Locale,
    content: impl FnOnce(&mut Canvas<'_>),
) -> Result<Zeroizing<Vec<u8>>, SheetError> {
    let faces = Faces::standard()?;
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| SheetError::Document)?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let size = PageSettings::from_wh(PAPER.0 * POINTS, PAPER.1 * POINTS);
    let mut page = document.start_page_with(size.ok_or(SheetError::Document)?);
    let mut canvas = Canvas {
        surface: page.surface(),
        faces,
        tags: Vec::new(),
    };
    content(&mut canvas);
    let tags = canvas.finish();
    page.finish();

    let language = locale.tag().to_owned();
    let mut tree = TagTree::new().with_lang(Some(language.clone()));
    for tag in tags {
        tree.push(tag);
    }
    document.set_tag_tree(tree);
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(title.to_owned(), top));
    document.set_outline(outline);
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .language(language)
            .creator("Warifu".to_owned()),
    );
    let bytes = document.finish().map_err(|_| SheetError::Document)?;
    Ok(Zeroizing::new(bytes))
}

impl Canvas<'_> {
    /// Ends the drawing; returns the tags of what was drawn.
    fn finish(self) -> Vec<Node> {
        self.surface.finish();
        self.tags
    }

    /// Adds to the sheet's structure.
    pub(crate) fn push(&mut self, tag: impl Into<Node>) {
        self.tags.push(tag.into());
    }

    /// A line between two points, of `weight` points.
    pub(crate) fn rule(&mut self, from: (f32, f32), to: (f32, f32), weight: f32) {
        let mut path = PathBuilder::new();
        path.move_to(from.0 * POINTS, from.1 * POINTS);
        path.line_to(to.0 * POINTS, to.1 * POINTS);
        self.stroke(path, weight);
    }

    /// A box, its lines of `weight` points.
    pub(crate) fn frame(&mut self, corner: (f32, f32), size: (f32, f32), weight: f32) {
        let [x, y, width, height] = [corner.0, corner.1, size.0, size.1].map(|n| n * POINTS);
        let Some(rectangle) = Rect::from_xywh(x, y, width, height) else {
            return;
        };
        let mut path = PathBuilder::new();
        path.push_rect(rectangle);
        self.stroke(path, weight);
    }

    /// A code, `side` millimetres wide. What it says stands in words beside it.
    pub(crate) fn squares(&mut self, corner: (f32, f32), side: f32, code: &Code) {
        #[expect(clippy::cast_precision_loss, reason = "177 modules at most")]
        let module = side * POINTS / code.size() as f32;
        let mut path = PathBuilder::new();
        for (column, row) in code.modules() {
            #[expect(clippy::cast_precision_loss, reason = "177 modules at most")]
            let (x, y) = (column as f32 * module, row as f32 * module);
            let (x, y) = (corner.0 * POINTS + x, corner.1 * POINTS + y);
            if let Some(square) = Rect::from_xywh(x, y, module, module) {
                path.push_rect(square);
            }
        }
        let Some(path) = path.finish() else { return };
        let drawing = Artifact::with_kind(ArtifactType::Layout);
        self.surface.start_tagged(ContentTag::Artifact(drawing));
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill {
            paint: luma::Color::new(INK).into(),
            ..Fill::default()
        }));
        self.surface.draw_path(&path);
        self.surface.end_tagged();
    }

    fn stroke(&mut self, path: PathBuilder, weight: f32) {
        let Some(path) = path.finish() else { return };
        let drawing = Artifact::with_kind(ArtifactType::Layout);
        self.surface.start_tagged(ContentTag::Artifact(drawing));
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: luma::Color::new(INK).into(),
            width: weight,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
        self.surface.end_tagged();
    }

    /// How wide a line of text is, in millimetres.
    pub(crate) fn width(&self, style: Style, text: &str) -> f32 {
        let face = self.faces.for_text(style.face, text);
        let advance = |character| {
            let glyph = face.glyph(character).unwrap_or_default();
            face.advance(glyph) + style.spacing
        };
        text.chars().map(advance).sum::<f32>() * style.size / POINTS
    }

    /// One line, its upper edge at `y`. The text can be set as it is.
    fn line(&mut self, x: f32, y: f32, style: Style, text: &str) -> Identifier {
        let face = self.faces.for_text(style.face, text);
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .filter_map(|(index, character)| {
                let glyph = face.glyph(character)?;
                let advance = face.advance(glyph) + style.spacing;
                let range = index..index + character.len_utf8();
                let glyph = GlyphId::new(glyph);
                Some(KrillaGlyph::new(glyph, advance, 0.0, 0.0, 0.0, range, None))
            })
            .collect();
        let lead = (LEADING - 1.0) / 2.0 + ASCENT;
        let start = Point::from_xy(x * POINTS, y * POINTS + lead * style.size);
        let span = SpanTag::empty().with_lang(style.language);
        let identifier = self.surface.start_tagged(ContentTag::Span(span));
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill {
            paint: luma::Color::new(style.ink).into(),
            ..Fill::default()
        }));
        self.surface
            .draw_glyphs(start, &glyphs, face.font(), text, style.size, false);
        self.surface.end_tagged();
        identifier
    }

    /// Nothing to see, for the tag of a cell that people fill in.
    pub(crate) fn blank(&mut self, x: f32, y: f32) -> Vec<Node> {
        vec![self.line(x, y, Style::regular(10.0), " ").into()]
    }

    /// Text in as many lines as it needs.
    pub(crate) fn text(&mut self, place: Position, style: Style, text: &str) -> Drawn {
        self.fitted(place, style, text, usize::MAX)
    }

    /// Text in at most `most` lines: smaller where it would need more, and cut with … where that is
    /// not enough.
    pub(crate) fn fitted(
        &mut self,
        place: Position,
        style: Style,
        text: &str,
        most: usize,
    ) -> Drawn {
        let text = settable(text, self.faces);
        let (style, mut found) = self.broken(place.width, style, &text, most);
        let cut;
        if found.len() > most {
            found.truncate(most);
            if let Some(last) = found.last_mut() {
                let kept = last.chars().count().saturating_sub(1);
                cut = last.chars().take(kept).chain(['…']).collect::<String>();
                *last = &cut;
            }
        }
        let mut bottom = place.y;
        let mut parts = Vec::new();
        for line in found {
            if !line.is_empty() {
                parts.push(self.line(place.x, bottom, style, line).into());
            }
            bottom += line_height(style.size);
        }
        Drawn { parts, bottom }
    }

    fn broken<'t>(
        &self,
        width: f32,
        style: Style,
        text: &'t str,
        most: usize,
    ) -> (Style, Vec<&'t str>) {
        let face = self.faces.for_text(style.face, text);
        let mut style = style;
        loop {
            let found = lines(text, width * POINTS / style.size, |character| {
                let glyph = face.glyph(character).unwrap_or_default();
                face.advance(glyph) + style.spacing
            });
            if found.len() <= most || style.size <= SMALLEST {
                return (style, found);
            }
            style.size = (style.size - 0.5).max(SMALLEST);
        }
    }

    /// A line whose right edge is at the place's.
    pub(crate) fn right(&mut self, place: Position, style: Style, text: &str) -> Drawn {
        let room = self.room_beside(place, style, text);
        self.fitted(
            at(place.x + room, place.y, place.width - room),
            style,
            text,
            1,
        )
    }

    /// A line in the middle of the place.
    pub(crate) fn centred(&mut self, place: Position, style: Style, text: &str) -> Drawn {
        let room = self.room_beside(place, style, text) / 2.0;
        self.fitted(
            at(place.x + room, place.y, place.width - room),
            style,
            text,
            1,
        )
    }

    /// What `text` leaves of the width; a little less, so that rounding breaks no line.
    fn room_beside(&self, place: Position, style: Style, text: &str) -> f32 {
        let text = settable(text, self.faces);
        (place.width - self.width(style, &text) - 0.1).max(0.0)
    }
}
