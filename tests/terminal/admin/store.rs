//! A store and a log on Redis that have lost everything.

use warifu_terminal_tests::{BankFolder, Program};
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
