use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::program::{Ended, Program};

/// How long a process may take to show up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads what everybody on the machine can read of processes: their arguments and environments, of
/// all below this one, as fast as it can and until dropped.
pub struct ProcessWatch {
    seen: Arc<Mutex<HashSet<Vec<u8>>>>,
    ended: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl ProcessWatch {
    /// Begins to read.
    pub fn start() -> Self {
        let seen = Arc::new(Mutex::new(HashSet::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let reader = thread::spawn({
            let (seen, ended) = (Arc::clone(&seen), Arc::clone(&ended));
            move || {
                while !ended.load(Ordering::Relaxed) {
                    for process in below_this_one() {
                        note(&seen, process);
                    }
                }
            }
        });
        Self {
            seen,
            ended,
            reader: Some(reader),
        }
    }

    /// Runs a program with nothing to read; it is surely looked at.
    pub fn run<A: AsRef<OsStr>>(&self, program: &Program, arguments: &[A]) -> Ended {
        let mut child = program.start(arguments);
        note(&self.seen, child.id());
        drop(child.stdin.take());
        Ended::of(child)
    }

    /// Whether any process has shown `text`.
    pub fn has_seen(&self, text: &str) -> bool {
        let seen = locked(&self.seen);
        let text = text.as_bytes();
        seen.iter()
            .any(|shown| shown.windows(text.len()).any(|part| part == text))
    }

    /// Waits until a process shows `text`.
    pub fn wait_for(&self, text: &str) {
        let begun = Instant::now();
        while !self.has_seen(text) {
            assert!(begun.elapsed() < PATIENCE, "no process shows {text:?}");
            thread::yield_now();
        }
    }
}

impl Drop for ProcessWatch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

fn locked(seen: &Mutex<HashSet<Vec<u8>>>) -> MutexGuard<'_, HashSet<Vec<u8>>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes what a process shows; nothing where it has ended.
fn note(seen: &Mutex<HashSet<Vec<u8>>>, process: u32) {
    for file in ["cmdline", "environ"] {
        if let Ok(shown) = fs::read(format!("/proc/{process}/{file}"))
            && !shown.is_empty()
        {
            locked(seen).insert(shown);
        }
    }
}

/// The children of this process, theirs, and so on.
fn below_this_one() -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let all: Vec<(u32, u32)> = processes
        .filter_map(|entry| {
            let process = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((process, parent_of(process)?))
        })
        .collect();
    let mut below = vec![process::id()];
    let mut looked_at = 0;
    while let Some(&parent) = below.get(looked_at) {
        looked_at += 1;
        let children = all.iter().filter(|(_, of)| *of == parent);
        below.extend(children.map(|(process, _)| process));
    }
    below.split_off(1)
}

/// The parent, from the second word after the name, which stands in brackets.
fn parent_of(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = status.rsplit_once(") ")?;
    after_name.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that leaks, and waits until somebody has seen it.
    fn leak(program: &Program, arguments: &[&str], secret: &str) {
        let watch = ProcessWatch::start();
        assert!(!watch.has_seen(secret));
        let arguments = [&["-c", "read -r line"], arguments].concat();
        let child = program.start(&arguments);
        watch.wait_for(secret);
        let _ = Ended::of(child).expect(1);
    }

    #[test]
    fn a_leaking_program_is_found_out() {
        let shell = Program::new("/bin/sh");
        leak(&shell, &["sh", "a leaked argument"], "a leaked argument");
        let variable = shell.variable("PASSWORD", "a leaked variable");
        leak(&variable, &["sh"], "a leaked variable");
    }

    #[test]
    fn the_children_of_a_program_are_watched_too() {
        let shell = Program::new("/bin/sh");
        let watch = ProcessWatch::start();
        let script = "/bin/sh -c 'read -r line' sh \"$(printf '%s-%s' passed on)\"; exit 3";
        let child = shell.start(&["-c", script]);
        watch.wait_for("passed-on");
        let _ = Ended::of(child).expect(3);
    }
}
