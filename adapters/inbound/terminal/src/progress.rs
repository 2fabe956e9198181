use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::Terminal;

/// Often enough to be alive, rarely enough to cost nothing.
const DRAWN_A_SECOND: u8 = 10;

/// How far long work has come: one line that is drawn anew at a terminal, one line each tenth
/// elsewhere.
pub struct Progress<'a> {
    terminal: &'a Terminal,
    bar: ProgressBar,
    total: u64,
    /// What was told last, where nothing is drawn: the library then keeps silent altogether.
    tenth: u64,
}

impl<'a> Progress<'a> {
    /// Nothing of `total` is done.
    pub fn new(terminal: &'a Terminal, total: usize) -> Self {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let target = if terminal.draws() {
            ProgressDrawTarget::stderr_with_hz(DRAWN_A_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        // Cut where the terminal ends. The template is good: a test draws it.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        Self {
            terminal,
            bar,
            total,
            tenth: 0,
        }
    }

    /// One more is done.
    pub fn advance(&mut self) {
        self.bar.inc(1);
        if self.terminal.draws() {
            self.bar.set_message(self.line());
            return;
        }
        let tenth = self.bar.position().saturating_mul(10) / self.total.max(1);
        if tenth > self.tenth {
            self.tenth = tenth;
            Terminal::write(&format!("{}\n", self.line()));
        }
    }

    /// Takes the line away, and tells how many were done a second.
    pub fn end(self) -> f64 {
        // Asked before the end: a bar that has ended counts as full.
        let (done, seconds) = (self.bar.position(), self.bar.elapsed().as_secs_f64());
        self.bar.finish_and_clear();
        if seconds > 0.0 {
            f64::from(u32::try_from(done).unwrap_or(u32::MAX)) / seconds
        } else {
            0.0
        }
    }

    fn line(&self) -> String {
        let done = self.bar.position();
        let percent = done.saturating_mul(100) / self.total.max(1);
        let (done, total, percent) = (
            done.to_string(),
            self.total.to_string(),
            percent.to_string(),
        );
        let rate = format!("{:.1}", self.bar.per_sec());
        let left = clock(self.bar.eta());
        self.terminal.text(
            "terminal-progress",
            &[
                ("done", &done),
                ("total", &total),
                ("percent", &percent),
                ("rate", &rate),
                ("left", &left),
            ],
        )
    }
}

/// `1:05`, `2:00:10`.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, TermLike};
    use warifu_messages::Locale;

    use super::*;
    use crate::options::TerminalOptions;

    fn terminal(locale: Locale) -> Terminal {
        let options = TerminalOptions {
            lang: Some(locale),
            ..TerminalOptions::default()
        };
        Terminal::new(&options, |_| None)
    }

    #[test]
    fn the_remaining_time_is_read_as_on_a_clock() {
        assert_eq!(clock(Duration::from_secs(65)), "1:05");
        assert_eq!(clock(Duration::from_millis(7_209_001)), "2:00:10");
        assert_eq!(clock(Duration::ZERO), "0:00");
        let (terminal, nothing_done) = (terminal(Locale::En), 5);
        let line = Progress::new(&terminal, nothing_done).line();
        assert_eq!(line, "0/5 (0%)  0.0/s  0:00 left");
    }

    #[test]
    fn a_line_never_takes_two() {
        for (width, shown) in [(90, "3/8000 (0%)  毎秒 "), (12, "3/8000 (0%)")] {
            let screen = InMemoryTerm::new(3, width);
            let terminal = terminal(Locale::Ja);
            let mut progress = Progress::new(&terminal, 8_000);
            let drawn = ProgressDrawTarget::term_like(Box::new(screen.clone()));
            progress.bar.set_draw_target(drawn);
            for _ in 0..3 {
                progress.advance();
            }
            progress.bar.set_message(progress.line());
            progress.bar.force_draw();
            let contents = screen.contents();
            assert!(contents.starts_with(shown), "{contents}");
            assert_eq!(contents.lines().count(), 1, "{contents}");
            progress.end();
            assert_eq!(screen.contents(), "");
            assert_eq!(screen.width(), width);
        }
    }
}
