use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// An address for the camera of a telephone: a QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Modules in a row.
    size: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The code of `text`; none where it is too long for one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let dark = code.to_colors().into_iter();
        Some(Self {
            size: code.width(),
            dark: dark.map(|color| color == Color::Dark).collect(),
        })
    }

    /// How many modules a row has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Every dark module, by column and row.
    pub(crate) fn modules(&self) -> impl Iterator<Item = (usize, usize)> {
        let dark = self.dark.iter().enumerate().filter(|(_, dark)| **dark);
        dark.map(|(at, _)| (at % self.size, at / self.size))
    }

    /// The dark modules as an SVG path, a module a unit.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for (column, row) in self.modules() {
            // A text can always be written to.
            let _ = write!(path, "M{column} {row}h1v1h-1z");
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_square_and_has_its_three_corners() {
        let code = Code::of("https://certificate.bank.example/cert").unwrap();
        assert_eq!(code.dark.len(), code.size() * code.size());
        let dark: Vec<(usize, usize)> = code.modules().collect();
        let last = code.size() - 1;
        for (column, row) in [(0, 0), (last, 0), (0, last)] {
            assert!(dark.contains(&(column, row)));
            // The ring inside a corner's frame is light.
            let inner = |at: usize| if at == 0 { 1 } else { at - 1 };
            assert!(!dark.contains(&(inner(column), inner(row))));
        }
        assert!(code.path().starts_with("M0 0h1v1h-1zM1 0h1v1h-1z"));
        assert_eq!(Code::of(&"x".repeat(10_000)), None);
    }
}
