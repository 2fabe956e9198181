//! Files with certificates, kept for who might lose theirs on the way to the disk: in the memory of the
//! server that made them and nowhere else, for a while, within the session that they were handed out in.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{SessionId, Subject, Timestamp};
use crate::redeemed::{AskedFor, Redeemed};

/// How long a file is kept at most.
pub(super) const KEPT_FOR: Duration = Duration::from_mins(15);

/// How many files are kept, how many bytes in all, and how many files of one person. A person's oldest gives
/// way to their next; nobody's gives way to somebody else's, for it was promised to be there.
const MOST_FILES: usize = 1_000;
const MOST_BYTES: usize = 16 * 1024 * 1024;
const MOST_OF_ONE_PERSON: usize = 3;

/// For which session a file is kept.
pub(crate) struct Keeping {
    /// Which.
    pub(crate) session: SessionId,
    /// Its absolute end.
    pub(crate) session_ends: Timestamp,
    /// Whose.
    pub(crate) owner: Subject,
    /// What was asked for.
    pub(crate) asked: AskedFor,
}

struct Kept {
    owner: Subject,
    asked: AskedFor,
    redeemed: Redeemed,
    until: Timestamp,
    number: u64,
}

#[derive(Default)]
struct Files {
    of_sessions: BTreeMap<SessionId, Kept>,
    last_number: u64,
}

/// The files that are kept.
#[derive(Default)]
pub(crate) struct KeptFiles(Mutex<Files>);

impl Files {
    fn purge(&mut self, now: Timestamp) {
        self.of_sessions.retain(|_, kept| kept.until > now);
    }

    /// Makes room for one more of `owner`, at the cost of nobody else.
    fn give_way(&mut self, owner: &Subject) {
        let mut own: Vec<(u64, SessionId)> = self
            .of_sessions
            .iter()
            .filter(|(_, kept)| kept.owner == *owner)
            .map(|(session, kept)| (kept.number, *session))
            .collect();
        own.sort_unstable();
        let too_many = (own.len() + 1).saturating_sub(MOST_OF_ONE_PERSON);
        for (_, session) in own.into_iter().take(too_many) {
            self.of_sessions.remove(&session);
        }
    }

    fn has_room_for(&self, size: usize) -> bool {
        let kept: usize = self
            .of_sessions
            .values()
            .map(|kept| kept.redeemed.size())
            .sum();
        self.of_sessions.len() < MOST_FILES && kept.saturating_add(size) <= MOST_BYTES
    }
}

impl KeptFiles {
    fn files(&self) -> MutexGuard<'_, Files> {
        // Files are whole whatever happened to whoever held them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what is handed out, in the place of what was kept for the session before. Tells until when, and
    /// under which number; nothing where there is no room.
    pub(super) fn keep(
        &self,
        keeping: Keeping,
        redeemed: &Redeemed,
        now: Timestamp,
    ) -> Option<(Timestamp, u64)> {
        let Keeping {
            session,
            session_ends,
            owner,
            asked,
        } = keeping;
        let mut files = self.files();
        files.purge(now);
        files.of_sessions.remove(&session);
        files.give_way(&owner);
        if !files.has_room_for(redeemed.size()) {
            return None;
        }
        files.last_number += 1;
        let (number, until) = (files.last_number, now.plus(KEPT_FOR).min(session_ends));
        let redeemed = Redeemed {
            kept_until: Some(until),
            again: true,
            ..redeemed.clone()
        };
        let kept = Kept {
            owner,
            asked,
            redeemed,
            until,
            number,
        };
        files.of_sessions.insert(session, kept);
        Some((until, number))
    }

    /// What is kept for `session`; only if it was given for `asked`, where that is given.
    pub(crate) fn find(
        &self,
        session: &SessionId,
        asked: Option<&AskedFor>,
        now: Timestamp,
    ) -> Option<Redeemed> {
        let mut files = self.files();
        files.purge(now);
        let kept = files.of_sessions.get(session)?;
        let is_meant = asked.is_none_or(|asked| *asked == kept.asked);
        is_meant.then(|| kept.redeemed.clone())
    }

    /// Erases what is kept for a session.
    pub(crate) fn forget(&self, session: &SessionId) {
        self.files().of_sessions.remove(session);
    }

    /// Erases what is kept for the sessions of somebody, `except` one where it is given.
    pub(crate) fn forget_all_of(&self, owner: &Subject, except: Option<&SessionId>) {
        self.files()
            .of_sessions
            .retain(|session, kept| kept.owner != *owner || Some(session) == except);
    }

    pub(super) fn forget_number(&self, number: u64) {
        self.files()
            .of_sessions
            .retain(|_, kept| kept.number != number);
    }

    /// Erases everything.
    pub(super) fn forget_all(&self) {
        self.files().of_sessions.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zeroize::Zeroizing;

    use super::*;
    use crate::domain::{
        CertificateSubject, IssuedCertificate, ReissueId, RetrievalPassword,
        RetrievalPasswordLength, SerialNumber, SessionToken,
    };
    use crate::ports::Randomness;
    use crate::redeemed::{KeyChoice, RedeemedKey};

    const START: Timestamp = Timestamp::from_unix_millis(1_000_000);

    struct Fixed(u8);

    impl Randomness for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn session(number: usize) -> SessionId {
        let mut text = format!("{number:043}");
        text.truncate(43);
        SessionToken::parse(&text).unwrap().id()
    }

    fn subject(number: usize) -> Subject {
        let user = format!("user{number}").parse().unwrap();
        Subject::new("1234567890".parse().unwrap(), user)
    }

    fn asked(text: &str) -> AskedFor {
        let password = RetrievalPassword::parse(text, RetrievalPasswordLength::default()).unwrap();
        AskedFor::new(&password, &KeyChoice::Pkcs12WithNewPassphrase)
    }

    fn password() -> AskedFor {
        asked("KT7M9XHW4PAER2CY")
    }

    fn file(owner: &Subject, size: usize) -> Redeemed {
        let reissue = ReissueId::generate(&Fixed(1));
        let fingerprint = crate::domain::KeyFingerprint::of_public_key(b"key");
        Redeemed {
            certificate: IssuedCertificate {
                serial: SerialNumber::bound_to(reissue, fingerprint),
                certificate: String::new(),
                chain: String::new(),
                not_before: START,
                not_after: START,
            },
            subject: CertificateSubject {
                organisation: "company".to_owned(),
                contract: owner.contract.clone(),
                user: owner.user.clone(),
            },
            key: RedeemedKey::Pkcs12(Arc::new(Zeroizing::new(vec![7; size]))),
            passphrase: None,
            reissue,
            kept_until: None,
            again: false,
        }
    }

    fn keep(files: &KeptFiles, number: usize, owner: &Subject, size: usize) -> Option<Timestamp> {
        let keeping = Keeping {
            session: session(number),
            session_ends: START.plus(Duration::from_hours(1)),
            owner: owner.clone(),
            asked: password(),
        };
        files
            .keep(keeping, &file(owner, size), START)
            .map(|(until, _)| until)
    }

    fn has(files: &KeptFiles, number: usize, now: Timestamp) -> bool {
        files.find(&session(number), None, now).is_some()
    }

    #[test]
    fn a_file_is_there_for_its_session_until_its_time_is_over() {
        let files = KeptFiles::default();
        let end = START.plus(KEPT_FOR);
        assert_eq!(keep(&files, 1, &subject(1), 10), Some(end));
        let found = files.find(&session(1), Some(&password()), START).unwrap();
        assert!(found.again);
        assert_eq!(found.kept_until, Some(end));
        let RedeemedKey::Pkcs12(kept) = found.key else {
            panic!("another key");
        };
        assert_eq!(kept.as_slice(), [7; 10]);
        assert!(!has(&files, 2, START), "another session");
        let other = asked("2222222222222222");
        assert!(files.find(&session(1), Some(&other), START).is_none());
        assert!(has(&files, 1, end.minus(Duration::from_millis(1))));
        assert!(!has(&files, 1, end), "its time is over");
        assert!(files.files().of_sessions.is_empty(), "it is erased");
    }

    #[test]
    fn no_file_outlives_its_session() {
        let files = KeptFiles::default();
        let ends = START.plus(Duration::from_mins(2));
        let keeping = Keeping {
            session: session(1),
            session_ends: ends,
            owner: subject(1),
            asked: password(),
        };
        let kept = files.keep(keeping, &file(&subject(1), 1), START);
        assert_eq!(kept.map(|(until, _)| until), Some(ends));
        assert!(!has(&files, 1, ends));
    }

    #[test]
    fn a_persons_oldest_gives_way_and_nobody_elses() {
        let files = KeptFiles::default();
        keep(&files, 0, &subject(9), 1);
        for number in 1..=MOST_OF_ONE_PERSON + 1 {
            assert!(keep(&files, number, &subject(1), 1).is_some());
        }
        assert!(has(&files, 0, START), "somebody else's");
        assert!(!has(&files, 1, START), "the oldest");
        assert!((2..=MOST_OF_ONE_PERSON + 1).all(|number| has(&files, number, START)));
        // The same session takes nobody's place but its own.
        keep(&files, 3, &subject(1), 1);
        assert!(has(&files, 2, START));
    }

    #[test]
    fn what_there_is_no_room_for_is_not_kept_and_takes_nothing_away() {
        let files = KeptFiles::default();
        for number in 0..MOST_FILES {
            assert!(keep(&files, number, &subject(number), 1).is_some());
        }
        assert_eq!(keep(&files, MOST_FILES, &subject(MOST_FILES), 1), None);
        assert!((0..MOST_FILES).all(|number| has(&files, number, START)));

        let files = KeptFiles::default();
        assert!(keep(&files, 1, &subject(1), MOST_BYTES).is_some());
        assert_eq!(keep(&files, 2, &subject(2), 1), None);
        assert!(has(&files, 1, START));
    }

    #[test]
    fn sessions_that_end_take_their_files_along() {
        let files = KeptFiles::default();
        let filled = || {
            for number in 1..=3 {
                keep(&files, number, &subject(1), 1);
            }
            keep(&files, 4, &subject(4), 1);
        };
        let left = || -> Vec<usize> { (1..=4).filter(|n| has(&files, *n, START)).collect() };
        filled();
        files.forget(&session(2));
        assert_eq!(left(), [1, 3, 4]);
        filled();
        files.forget_all_of(&subject(1), Some(&session(2)));
        assert_eq!(left(), [2, 4]);
        filled();
        files.forget_all_of(&subject(1), None);
        assert_eq!(left(), [4]);
        filled();
        files.forget_all();
        assert_eq!(left(), [0; 0]);
    }

    #[test]
    fn the_clock_of_one_file_leaves_the_next_alone() {
        let files = KeptFiles::default();
        keep(&files, 1, &subject(1), 1);
        let first = files.files().last_number;
        keep(&files, 1, &subject(1), 1);
        files.forget_number(first);
        assert!(has(&files, 1, START));
        files.forget_number(first + 1);
        assert!(!has(&files, 1, START));
    }
}
