use std::time::{Duration, Instant};

use crate::terminal::Terminal;
use crate::width::columns;

/// Often enough to be alive, rarely enough to cost nothing.
const BETWEEN: Duration = Duration::from_millis(100);

/// How far long work has come: one line that is drawn anew at a terminal, one line each tenth
/// elsewhere.
pub struct Progress<'a> {
    terminal: &'a Terminal,
    total: usize,
    done: usize,
    begun: Instant,
    drawn: Option<Instant>,
    tenth: usize,
}

impl<'a> Progress<'a> {
    /// Nothing of `total` is done.
    pub fn new(terminal: &'a Terminal, total: usize) -> Self {
        Self {
            terminal,
            total,
            done: 0,
            begun: Instant::now(),
            drawn: None,
            tenth: 0,
        }
    }

    /// One more is done.
    pub fn advance(&mut self) {
        self.done += 1;
        if self.terminal.draws() {
            let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= BETWEEN);
            if due || self.done == self.total {
                self.drawn = Some(Instant::now());
                self.draw();
            }
            return;
        }
        let tenth = self.done * 10 / self.total.max(1);
        if tenth > self.tenth {
            self.tenth = tenth;
            Terminal::write(&format!("{}\n", self.line()));
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.drawn.is_some() {
            Terminal::write("\r\u{1b}[K");
        }
    }

    /// How many a second.
    pub fn rate(&self) -> f64 {
        let seconds = self.begun.elapsed().as_secs_f64();
        if seconds > 0.0 {
            f64::from(u32::try_from(self.done).unwrap_or(u32::MAX)) / seconds
        } else {
            0.0
        }
    }

    fn draw(&self) {
        let width = self.terminal.message_width().unwrap_or(80);
        let mut line = self.line();
        while columns(&line) >= width {
            line.pop();
        }
        Terminal::write(&format!("\r{line}\u{1b}[K"));
    }

    fn line(&self) -> String {
        let rate = self.rate();
        let (done, total) = (self.done.to_string(), self.total.to_string());
        let percent = (self.done * 100 / self.total.max(1)).to_string();
        let per_second = format!("{rate:.1}");
        let left = remaining(self.total.saturating_sub(self.done), rate);
        self.terminal.text(
            "terminal-progress",
            &[
                ("done", &done),
                ("total", &total),
                ("percent", &percent),
                ("rate", &per_second),
                ("left", &left),
            ],
        )
    }
}

/// `1:05`, `2:00:10`.
fn remaining(items: usize, rate: f64) -> String {
    let items = f64::from(u32::try_from(items).unwrap_or(u32::MAX));
    let seconds = if rate > 0.0 { items / rate } else { 0.0 };
    let seconds = Duration::try_from_secs_f64(seconds.ceil())
        .unwrap_or(Duration::ZERO)
        .as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_follows_the_rate() {
        assert_eq!(remaining(650, 10.0), "1:05");
        assert_eq!(remaining(72_100, 10.0), "2:00:10");
        assert_eq!(remaining(0, 10.0), "0:00");
        assert_eq!(remaining(5, 0.0), "0:00");
    }
}
