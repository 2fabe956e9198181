//! What was changed, taken away or put elsewhere is found.

use std::io;

use super::*;

/// Two processes' chains in one file, three records each.
async fn small_log() -> Vec<u8> {
    let place = TestFolder::new();
    let randomness = Arc::new(Counting::default());
    let one = place.open_with(randomness.clone());
    let two = place.open_with(randomness);
    for number in 0..3 {
        one.append(vec![record(&format!("one {number}"))])
            .await
            .unwrap();
        two.append(vec![record(&format!("two {number}"))])
            .await
            .unwrap();
    }
    assert_eq!(
        place.summary(),
        Summary {
            records: 6,
            chains: 2
        }
    );
    fs::read(place.path()).unwrap()
}

#[tokio::test]
async fn every_changed_byte_is_found_in_its_line() {
    let log = small_log().await;
    for place in 0..log.len() {
        let line = log[..place].split(|byte| *byte == b'\n').count() as u64;
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = log.clone();
            changed[place] ^= change;
            let error = verify(changed.as_slice())
                .expect_err(&format!("byte {place} ^ {change:#x} was not found"));
            assert_eq!(error.line, line, "byte {place} ^ {change:#x}: {error}");
        }
    }
}

#[tokio::test]
async fn removed_doubled_and_swapped_lines_are_found_and_named() {
    let log = String::from_utf8(small_log().await).unwrap();
    let lines: Vec<_> = log.split_inclusive('\n').collect();
    let check = |lines: &[&str]| verify(lines.concat().as_bytes());
    for place in 0..6 {
        let mut removed = lines.clone();
        let line = Line::read(removed.remove(place).as_bytes()).unwrap();
        match check(&removed) {
            // The last record of a chain is only missed by whoever remembers it.
            Ok(summary) => assert_eq!((summary.records, place >= 4), (5, true)),
            Err(error) => {
                assert_eq!(
                    (error.line, error.chain, error.seq),
                    (place as u64 + 2, Some(line.chain), Some(line.seq + 1))
                );
                assert!(
                    matches!(error.what, Fault::OutOfSequence { expected } if expected == line.seq)
                );
            }
        }
        let mut doubled = lines.clone();
        doubled.insert(place, lines[place]);
        let error = check(&doubled).unwrap_err();
        assert_eq!(error.line, place as u64 + 2, "{error}");
        if let Some(later) = lines.get(place + 2) {
            let mut swapped = lines.clone();
            swapped[place] = later;
            swapped[place + 2] = lines[place];
            let error = check(&swapped).unwrap_err();
            assert_eq!(error.line, place as u64 + 1, "{error}");
        }
    }
    for cut in 1..log.len() {
        if !log[..cut].ends_with('\n') {
            let error = verify(&log.as_bytes()[..cut]).unwrap_err();
            assert!(matches!(error.what, Fault::CutOff), "{error}");
        }
    }
    assert_eq!(
        verify(&b""[..]).unwrap(),
        Summary {
            records: 0,
            chains: 0
        }
    );
}

#[tokio::test]
async fn a_record_hashed_anew_no_longer_fits_its_successor() {
    let log = String::from_utf8(small_log().await).unwrap();
    let mut lines: Vec<_> = log.lines().map(str::to_owned).collect();
    let forged = lines[0].replace("one 0", "xxx 0");
    let hash = crate::line::expected_hash(forged.as_bytes()).unwrap();
    lines[0] = format!("{}{hash}\"}}", &forged[..forged.len() - 66]);
    let error = verify((lines.join("\n") + "\n").as_bytes()).unwrap_err();
    assert_eq!(error.line, 3);
    assert!(matches!(error.what, Fault::Unlinked), "{error}");
    assert!(
        error.to_string().starts_with("line 3 (chain 0101"),
        "{error}"
    );
}

#[tokio::test]
async fn a_failing_reader_is_no_proof_of_anything() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    assert!(matches!(
        verify(Broken).unwrap_err().what,
        Fault::Unreadable(_)
    ));
}

proptest! {
    #[test]
    fn verifying_garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 1..300)) {
        prop_assert!(verify(bytes.as_slice()).is_err());
    }
}
