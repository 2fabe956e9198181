//! Where a sheet is folded, and what an envelope's window shows of it.

use crate::canvas::{Position, at};

/// The folds of a sheet in three, from its upper edge in millimetres.
pub(crate) const FOLDS: [f32; 2] = [99.0, 198.0];

/// The envelope that a notice is posted in. The sheet is folded in three, its upper third to the
/// window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Envelope {
    /// 長形3号 (120 × 235 mm), window 45 × 90 mm, 12 mm below the upper and 22 mm beside the left
    /// edge.
    #[default]
    Long3,
    /// DL (110 × 220 mm), window 45 × 90 mm, 15 mm above the lower and 20 mm beside the left edge.
    Dl,
}

impl Envelope {
    /// What of the sheet is in the window however the sheet slides in the envelope, and how many
    /// millimetres high that is. A sheet of 99 × 210 mm slides 21 mm down and 25 mm sideways in
    /// 長形3号, 11 mm and 10 mm in DL.
    pub(crate) const fn window(self) -> (Position, f32) {
        match self {
            Self::Long3 => (at(22.0, 13.0, 65.0), 23.0),
            Self::Dl => (at(21.0, 51.0, 78.0), 32.0),
        }
    }
}
