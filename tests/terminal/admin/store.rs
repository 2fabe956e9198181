//! A store and a log on Redis that have lost everything.

use warifu_terminal_tests::{BankFolder, CONTRACT, Program};
use warifu_test_support::redis::RedisServer;

use super::{admin, reissue};

/// The program, with both on `redis`; `must_exist` where they have been used before.
fn on_redis(bank: &BankFolder, redis: &RedisServer, must_exist: bool) -> Program {
    let url = format!("redis://127.0.0.1:{}", redis.port);
    let mut program = admin(bank);
    for section in ["password_store", "audit_log"] {
        program = program.before(&[
            "--set",
            &format!("{section}.adapter=redis"),
            "--set",
            &format!("{section}.redis.url={url}"),
            "--set",
            &format!("{section}.redis.must_exist={must_exist}"),
        ]);
    }
    program
}

#[test]
fn redis_that_lost_store_and_log_is_refused_until_an_operator_accepts_the_loss() {
    let redis = RedisServer::start_quick();
    let bank = BankFolder::new();
    let again = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let program = on_redis(&bank, &redis, true);
    let refused = program.run(&again).expect(78);
    assert!(refused.stderr.contains("must_exist"), "{}", refused.stderr);
    let _ = on_redis(&bank, &redis, false).run(&again).expect(0);
    let _ = program.run(&again).expect(0);
    assert_eq!(redis.cli(&["FLUSHALL"]), "OK");
    let refused = program.run(&again).expect(78);
    assert!(refused.stderr.contains("store adopt"), "{}", refused.stderr);
    let adopted = program.run(&["store", "adopt"]).expect(0);
    assert!(adopted.stdout.contains("adopted"), "{}", adopted.stdout);
    let _ = program.run(&again).expect(0);
    let said = program.run(&["audit", "verify"]).expect(0);
    assert!(said.stdout.contains("all good"), "{}", said.stdout);
}

#[test]
fn a_log_elsewhere_knows_the_store_that_was_lost() {
    let (store, log) = (RedisServer::start_quick(), RedisServer::start_quick());
    let bank = BankFolder::new();
    let again = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let elsewhere = format!("audit_log.redis.url=redis://127.0.0.1:{}", log.port);
    let program = on_redis(&bank, &store, false).before(&["--set", &elsewhere]);
    let _ = program.run(&again).expect(0);
    assert_eq!(store.cli(&["FLUSHALL"]), "OK");
    let refused = program.run(&again).expect(78);
    assert!(
        refused.stderr.contains("another store"),
        "{}",
        refused.stderr
    );
    let _ = program.run(&["store", "adopt"]).expect(0);
    let _ = program.run(&again).expect(0);
}

/// The epoch of an embedded store and all that it held at one time. Nobody uses it meanwhile.
fn copy_of(bank: &BankFolder) -> Vec<u8> {
    std::fs::read(bank.path("store.db")).expect("the store can be read")
}

fn restore(bank: &BankFolder, copy: &[u8]) {
    for companion in ["store.db-wal", "store.db-shm"] {
        let _ = std::fs::remove_file(bank.path(companion));
    }
    std::fs::write(bank.path("store.db"), copy).expect("the store can be written");
}

fn status_of(bank: &BankFolder, user: &str) -> String {
    let show = [
        "users",
        "show",
        "--contract",
        CONTRACT,
        "--user",
        user,
        "--json",
    ];
    let shown = admin(bank).run(&show).expect(0).stdout;
    let user: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let status = user["retrieval_password"]["status"].as_str();
    status.expect("a status").to_owned()
}

#[test]
fn a_store_that_was_restored_from_an_older_copy_is_refused_until_it_is_adopted() {
    let bank = BankFolder::with("policy.transaction.lock_for = \"until-unlocked\"");
    let again = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let list = ["users", "list", "--contract", CONTRACT];
    let _ = admin(&bank).run(&again).expect(0);
    let copy = copy_of(&bank);
    let _ = admin(&bank).run(&again).expect(0);
    restore(&bank, &copy);
    for arguments in [&list[..], &["--check"]] {
        let refused = admin(&bank).run(arguments).expect(78);
        for words in [
            "password_store.embedded",
            "older copy",
            "of 1 users",
            "store adopt",
        ] {
            assert!(refused.stderr.contains(words), "{}", refused.stderr);
        }
    }
    assert_eq!(bank.count("retrieval_password.cancelled"), 0);
    let _ = admin(&bank).run(&["store", "adopt"]).expect(0);
    // What the copy took for valid was replaced before it was restored.
    assert_eq!(status_of(&bank, "user01"), "cancelled");
    assert_eq!(bank.count("retrieval_password.cancelled"), 1);
    assert_eq!(bank.count("store.adopted"), 1);
    let _ = admin(&bank).run(&again).expect(0);

    let copy = copy_of(&bank);
    let guess = wrong_guess(&bank);
    while bank.count("lock.set") == 0 {
        let _ = admin(&bank).run(&guess);
    }
    let _ = admin(&bank).run(&list).expect(0);
    restore(&bank, &copy);
    let refused = admin(&bank).run(&list).expect(78);
    assert!(refused.stderr.contains("1 locks"), "{}", refused.stderr);
    let _ = admin(&bank).run(&["store", "adopt"]).expect(0);
    let _ = admin(&bank).run(&list).expect(0);
    assert_eq!(
        status_of(&bank, "user01"),
        "issued",
        "what the copy knows stays"
    );
}

/// A reissue with a wrong transaction password.
fn wrong_guess(bank: &BankFolder) -> Vec<String> {
    let mut guess = reissue(bank, "admin02", "user01", &["--output", "-"]);
    let right = |text: &String| text.ends_with("admin02.transaction");
    let place = guess.iter().position(right).expect("the file is named");
    guess[place] = bank.path("wrong").display().to_string();
    guess
}

/// A lock that ended by the rules of its time is not missed by those of a later one.
#[test]
fn rules_that_were_changed_make_no_store_look_older() {
    let bank = BankFolder::with("policy.transaction.lock_for = \"1s\"");
    let guess = wrong_guess(&bank);
    loop {
        let _ = admin(&bank).run(&guess);
        if bank.count("lock.set") > 0 {
            break;
        }
    }
    let right = reissue(&bank, "admin02", "user01", &["--output", "-"]);
    // The lock ends, and with the right password the count begins anew.
    while admin(&bank).run(&right).code != Some(0) {}
    let stricter = ["--set", "policy.transaction.lock_for=until-unlocked"];
    let list = ["users", "list", "--contract", CONTRACT];
    let _ = admin(&bank).before(&stricter).run(&list).expect(0);
}

#[test]
fn a_restored_redis_is_recognised_too() {
    let redis = RedisServer::start_quick();
    let bank = BankFolder::new();
    let url = format!("redis://127.0.0.1:{}", redis.port);
    let program = admin(&bank).before(&[
        "--set",
        "password_store.adapter=redis",
        "--set",
        &format!("password_store.redis.url={url}"),
    ]);
    let again = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let _ = program.run(&again).expect(0);
    let copy = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do \
                redis.call('COPY', key, ARGV[2] .. key:sub(#ARGV[1] + 1), 'REPLACE') end";
    redis.cli(&["EVAL", copy, "0", "warifu:", "copy:"]);
    let _ = program.run(&again).expect(0);
    let clear =
        "for _, key in ipairs(redis.call('KEYS', 'warifu:*')) do redis.call('DEL', key) end";
    redis.cli(&["EVAL", clear, "0"]);
    redis.cli(&["EVAL", copy, "0", "copy:", "warifu:"]);
    let refused = program.run(&again).expect(78);
    assert!(refused.stderr.contains("older copy"), "{}", refused.stderr);
    let _ = program.run(&["store", "adopt"]).expect(0);
    let _ = program.run(&again).expect(0);
}

#[test]
fn a_store_goes_with_the_authority_that_it_was_used_with() {
    let bank = BankFolder::new();
    let list = ["users", "list", "--contract", CONTRACT];
    let _ = admin(&bank).run(&list).expect(0);
    let other = format!(
        "certificate_authority.local.directory={}",
        bank.path("other-ca").display()
    );
    let elsewhere = admin(&bank).before(&["--set", &other]);
    // The other authority is there, as where servers do not share a folder.
    let fresh = bank.path("fresh.db").display().to_string();
    let made = elsewhere.before(&["--set", &format!("password_store.embedded.path={fresh}")]);
    let made = made.before(&["--set", "audit_log.adapter=stdout"]);
    let _ = made.run(&list).expect(0);
    let elsewhere = admin(&bank).before(&["--set", &other]);
    for arguments in [&list[..], &["--check"]] {
        let refused = elsewhere.run(arguments).expect(78);
        for words in [
            "certificate_authority.local",
            "another authority",
            "store adopt",
        ] {
            assert!(refused.stderr.contains(words), "{}", refused.stderr);
        }
    }
    let _ = admin(&bank).run(&list).expect(0);
    let adopted = elsewhere.run(&["store", "adopt"]).expect(0);
    assert!(adopted.stdout.contains("authority"), "{}", adopted.stdout);
    let _ = elsewhere.run(&list).expect(0);
    let _ = admin(&bank).run(&list).expect(78);
    assert_eq!(bank.count("store.adopted"), 1);
}

/// Two machines with logs of their own; only one of them knows what the older copy does not of each user.
#[test]
fn an_adoption_at_one_machine_is_followed_by_the_others() {
    let redis = RedisServer::start_quick();
    let bank = BankFolder::new();
    let program = |log: &str| {
        admin(&bank).before(&[
            "--set",
            "password_store.adapter=redis",
            "--set",
            &format!("password_store.redis.url=redis://127.0.0.1:{}", redis.port),
            "--set",
            &format!("audit_log.file.path={}", bank.path(log).display()),
        ])
    };
    let (one, other) = (program("one.jsonl"), program("other.jsonl"));
    let mine = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let theirs = reissue(&bank, "admin01", "user02", &["--output", "-"]);
    let _ = one.run(&mine).expect(0);
    let _ = other.run(&theirs).expect(0);
    let copy = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do \
                redis.call('COPY', key, ARGV[2] .. key:sub(#ARGV[1] + 1), 'REPLACE') end";
    redis.cli(&["EVAL", copy, "0", "warifu:", "copy:"]);
    let _ = one.run(&mine).expect(0);
    let _ = other.run(&theirs).expect(0);
    let clear =
        "for _, key in ipairs(redis.call('KEYS', 'warifu:*')) do redis.call('DEL', key) end";
    redis.cli(&["EVAL", clear, "0"]);
    redis.cli(&["EVAL", copy, "0", "copy:", "warifu:"]);
    let list = ["users", "list", "--contract", CONTRACT];
    for program in [&one, &other] {
        let refused = program.run(&list).expect(78);
        assert!(refused.stderr.contains("older copy"), "{}", refused.stderr);
    }
    let _ = one.run(&["store", "adopt"]).expect(0);
    let cancelled = |log: &str, user: &str| {
        let records = bank.read(log);
        let found = records
            .lines()
            .filter(|line| line.contains("retrieval_password.cancelled") && line.contains(user));
        found.count()
    };
    assert_eq!(cancelled("one.jsonl", "user01"), 1);
    assert_eq!(
        cancelled("one.jsonl", "user02"),
        0,
        "its log knows nothing of it"
    );
    // Reissued since, and so not older than what the other log tells of.
    let _ = one.run(&mine).expect(0);
    let _ = other.run(&list).expect(0);
    assert_eq!(cancelled("other.jsonl", "user02"), 1);
    assert_eq!(cancelled("other.jsonl", "user01"), 0);
    let _ = other.run(&theirs).expect(0);
    for program in [&one, &other] {
        let _ = program.run(&list).expect(0);
    }
}
