//! A log of several files is one log.

use std::time::Duration;

use super::*;
use crate::family;
use crate::files::LogFiles;
use crate::verify::{Expected, verify_against};

fn now() -> Timestamp {
    record("").time
}

fn whole(place: &TestFolder) -> Result<Summary, VerificationError> {
    let files = LogFiles::ending_with(&place.path()).unwrap();
    verify_against(files, Expected::default()).map(|(summary, _)| summary)
}

fn formers(place: &TestFolder) -> Vec<PathBuf> {
    let formers = family::formers(&place.path()).unwrap();
    formers.into_iter().map(|former| former.path).collect()
}

#[tokio::test]
async fn chains_go_on_over_files_for_whoever_closes_them_and_for_others() {
    let place = TestFolder::new();
    let randomness = Arc::new(Counting::default());
    let (one, two) = (
        place.open_with(randomness.clone()),
        place.open_with(randomness),
    );
    for round in 0..3 {
        one.append(vec![record(&format!("one {round}"))])
            .await
            .unwrap();
        two.append(vec![record(&format!("two {round}"))])
            .await
            .unwrap();
        let closer = if round == 0 { &two } else { &one };
        let rotated = closer.rotate(now()).await.unwrap().unwrap();
        assert_eq!(rotated.number, round + 1);
        assert!(rotated.closed.exists());
    }
    two.append(vec![record("two 3")]).await.unwrap();
    let expected = [
        "two 3", "two 2", "one 2", "two 1", "one 1", "two 0", "one 0",
    ];
    for log in [&one, &two, &place.open()] {
        assert_eq!(actors(log).await, expected);
    }
    let summary = whole(&place).unwrap();
    assert_eq!((summary.records, summary.chains), (10, 2));
    assert_eq!(formers(&place).len(), 3);
    let folder = LogFiles::in_folder(place.0.path()).unwrap();
    assert_eq!(verify(folder).unwrap(), summary);
}

#[tokio::test]
async fn a_file_without_records_is_not_closed_and_none_is_overwritten() {
    let place = TestFolder::new();
    let log = place.open();
    assert_eq!(log.rotate(now()).await.unwrap(), None);
    log.append(vec![record("one")]).await.unwrap();
    let in_the_way = family::name_of(&place.path(), 1, now());
    fs::write(&in_the_way, "somebody's").unwrap();
    let rotated = log.rotate(now()).await.unwrap().unwrap();
    assert_eq!(rotated.number, 2, "a number that nobody has");
    assert_eq!(fs::read_to_string(&in_the_way).unwrap(), "somebody's");
}

#[tokio::test]
async fn pages_go_on_over_files_and_while_they_are_closed() {
    let place = TestFolder::new();
    let log = place.open();
    for number in 0..9 {
        log.append(vec![record(&number.to_string())]).await.unwrap();
        if number % 4 == 3 {
            log.rotate(now()).await.unwrap();
        }
    }
    let mut query = AuditQuery {
        contract: Some("1234567890".parse().unwrap()),
        limit: 2,
        ..AuditQuery::default()
    };
    let mut found = Vec::new();
    loop {
        let page = log.query(&query).await.unwrap();
        found.extend(
            page.records
                .into_iter()
                .filter_map(|stored| stored.record.actor),
        );
        log.append(vec![record("later")]).await.unwrap();
        log.rotate(now()).await.unwrap();
        let Some(next) = page.next_cursor else { break };
        query.cursor = Some(next);
    }
    assert_eq!(found, ["8", "7", "6", "5", "4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn files_are_closed_by_size_and_by_age() {
    let place = TestFolder::new();
    let options = LogOptions {
        rotation: Rotation {
            size: Some(2000),
            age: Some(Duration::from_secs(60)),
        },
        ..LogOptions::default()
    };
    let log =
        FileAuditLog::open_with(&place.path(), Arc::new(Counting::default()), options).unwrap();
    log.append(vec![record("one")]).await.unwrap();
    assert!(formers(&place).is_empty());
    let mut later = record("a minute later");
    later.time = now().plus(Duration::from_secs(61));
    log.append(vec![later]).await.unwrap();
    assert_eq!(formers(&place).len(), 1);
    let mut large = record(&"x".repeat(500));
    large.detail.insert("y".to_owned(), "y".repeat(500));
    log.append(vec![large.clone(), large]).await.unwrap();
    assert_eq!(formers(&place).len(), 2);
    assert_eq!(whole(&place).unwrap().records, 6);
}

#[tokio::test]
async fn what_is_wrong_in_any_file_is_found() {
    let place = TestFolder::new();
    let log = place.open();
    for number in 0..6 {
        log.append(vec![record(&number.to_string())]).await.unwrap();
        if number % 2 == 1 {
            log.rotate(now()).await.unwrap();
        }
    }
    let good = whole(&place).unwrap();
    let files = formers(&place);
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        // The tail of an older file, which no later record of a chain needs.
        for changed in [
            text.replace("self-service", "self-serfice"),
            lines[..1].concat(),
        ] {
            fs::write(path, changed).unwrap();
            assert!(whole(&place).is_err(), "{}", path.display());
        }
        let elsewhere = place.0.path().join("elsewhere");
        fs::write(path, &text).unwrap();
        fs::rename(path, &elsewhere).unwrap();
        let missing = whole(&place).unwrap_err();
        assert!(
            matches!(missing.what, Fault::BeginsLater { .. }),
            "{missing}"
        );
        fs::rename(&elsewhere, path).unwrap();
        assert_eq!(whole(&place).unwrap(), good);
    }
    // One file by itself is checked where the earlier ones are kept elsewhere.
    let one = LogFiles::in_order(&[place.path()]).unwrap();
    let expected = Expected {
        earlier_elsewhere: true,
        ..Expected::default()
    };
    assert!(verify_against(one, expected).is_ok());
}

#[tokio::test]
async fn a_place_in_several_files_is_told_by_the_file() {
    let place = TestFolder::new();
    let log = place.open();
    log.append(vec![record("one"), record("two")])
        .await
        .unwrap();
    let closed = log.rotate(now()).await.unwrap().unwrap().closed;
    log.append(vec![record("three")]).await.unwrap();
    let text = place.text().replace("three", "drei");
    fs::write(place.path(), text).unwrap();
    let mut files = LogFiles::ending_with(&place.path()).unwrap();
    let error = verify(&mut files).unwrap_err();
    assert_eq!(error.line, 4);
    assert_eq!(files.place_of(4), Some((place.path().as_path(), 2)));
    assert_eq!(files.place_of(2), Some((closed.as_path(), 2)));
}

#[tokio::test]
async fn the_store_that_was_used_is_noted_in_every_file() {
    let place = TestFolder::new();
    let log = place.open();
    let mut opened = record("");
    opened.event = AuditEvent::StoreOpened;
    opened.detail.insert("epoch".to_owned(), "e".to_owned());
    log.append(vec![opened, record("one")]).await.unwrap();
    for _ in 0..3 {
        let closed = log.rotate(now()).await.unwrap().unwrap().closed;
        // As when it is moved to an archive.
        fs::remove_file(closed).unwrap();
    }
    let query = AuditQuery {
        event: Some(AuditEvent::StoreOpened),
        limit: 1,
        ..AuditQuery::default()
    };
    let page = place.open().query(&query).await.unwrap();
    assert_eq!(page.records[0].record.detail["epoch"], "e");
}

#[tokio::test]
async fn a_rotation_that_was_stopped_between_its_steps_goes_on() {
    let place = TestFolder::new();
    let log = place.open();
    log.append(vec![record("one")]).await.unwrap();
    let second_name = family::name_of(&place.path(), 1, now());
    fs::hard_link(place.path(), &second_name).unwrap();
    fs::write(place.0.path().join("audit.jsonl.new"), "half").unwrap();
    assert_eq!(actors(&log).await, ["one"]);
    log.append(vec![record("two")]).await.unwrap();
    let mut later = now();
    later = later.plus(Duration::from_secs(5));
    log.rotate(later).await.unwrap().unwrap();
    log.append(vec![record("three")]).await.unwrap();
    assert_eq!(actors(&place.open()).await, ["three", "two", "one"]);
    assert_eq!(whole(&place).unwrap().records, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_fails_while_another_closes_files() {
    let place = TestFolder::new();
    let randomness = Arc::new(Counting::default());
    let logs: Vec<_> = (0..3)
        .map(|_| Arc::new(place.open_with(randomness.clone())))
        .collect();
    let mut tasks = Vec::new();
    for (number, log) in logs.iter().cloned().enumerate() {
        tasks.push(tokio::spawn(async move {
            for round in 0..60 {
                log.append(vec![record(&format!("{number} {round}"))])
                    .await
                    .unwrap();
                if number == 0 && round % 4 == 0 {
                    log.rotate(now()).await.unwrap();
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(whole(&place).unwrap().chains, 3);
    assert_eq!(actors(&logs[1]).await.len(), 180);
}

#[tokio::test]
async fn an_extract_of_the_time_since_a_file_began_needs_no_earlier_file() {
    let place = TestFolder::new();
    let log = place.open();
    log.append(vec![record("one")]).await.unwrap();
    let begin = now().plus(Duration::from_secs(60));
    let closed = log.rotate(begin).await.unwrap().unwrap().closed;
    let mut later = record("two");
    later.time = begin.plus(Duration::from_secs(1));
    log.append(vec![later]).await.unwrap();
    fs::remove_file(closed).unwrap();
    let extract = |from: Option<Timestamp>| {
        let wanted = Wanted {
            contract: "1234567890".parse().unwrap(),
            from,
            until: None,
        };
        let files = LogFiles::ending_with(&place.path()).unwrap();
        Extract::copy(files, &wanted, begin, &mut Vec::new())
    };
    assert_eq!(extract(Some(begin)).unwrap().records, 1);
    for too_early in [None, Some(now())] {
        let refused = extract(too_early).unwrap_err();
        assert!(
            refused.to_string().contains("which is not there"),
            "{refused}"
        );
    }
}
