//! What a thief of the store, of the audit log and of the server's output would read.

use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{
    ADMIN, CARD_HOLDER, CONTRACT, LOGIN_PASSWORD, TRANSACTION_PASSWORD, WRONG_PASSWORD,
    current_code,
};
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, administrator};

const PASSPHRASE: &str = "canary-passphrase-5Jd1";

/// Everything in a Redis server, as `redis-cli` shows it: names of keys, and what they hold.
fn contents(redis: &RedisServer) -> (Vec<String>, String) {
    let keys: Vec<String> = redis
        .cli(&["KEYS", "*"])
        .lines()
        .map(str::to_owned)
        .collect();
    let mut held = String::new();
    for key in &keys {
        let command: &[&str] = match redis.cli(&["TYPE", key]).as_str() {
            "string" => &["GET", key],
            "hash" => &["HGETALL", key],
            "list" => &["LRANGE", key, "0", "-1"],
            "set" => &["SMEMBERS", key],
            "zset" => &["ZRANGE", key, "0", "-1", "WITHSCORES"],
            // Some are good for seconds, and have ended meanwhile.
            "none" => continue,
            other => panic!("{key} is a {other}"),
        };
        held.push_str(&redis.cli(command));
        held.push('\n');
    }
    (keys, held)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thief_of_the_store_reads_no_password_and_no_name_in_a_key() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(12, &redis.servers(), 0);
    let server = bank.server();
    let admin = administrator(&server).await;
    let csr = OpenSsl::new().p256_request();
    let mut secrets = Vec::new();

    // A day: reissues that are redeemed, left alone, cancelled and locked; slips of every kind.
    for number in 0..10 {
        let user = bank.next_user();
        let password = admin.reissue(&user).await;
        let session = server.client.login_self(&user).await;
        match number % 4 {
            0 => drop(session.redeem_csr(&password, &csr).await.expect(201, None)),
            1 => drop(
                session
                    .redeem_pkcs12(&password, PASSPHRASE)
                    .await
                    .expect(201, None),
            ),
            2 => {
                for guess in 0..6 {
                    let guess = crate::load::wrong_password(guess);
                    session.redeem_csr(&guess, &csr).await;
                }
            }
            _ => {}
        }
        secrets.push(password);
    }
    let wrong = server
        .client
        .try_login("self", CONTRACT, ADMIN, WRONG_PASSWORD)
        .await;
    wrong.expect(401, Some("login-refused"));
    admin
        .try_reissue(CARD_HOLDER, WRONG_PASSWORD)
        .await
        .expect(401, Some("transaction-refused"));
    let holder = server.client.login_self(CARD_HOLDER).await;
    let code = current_code(CARD_HOLDER);
    let body = serde_json::json!({"otp": code});
    holder
        .post("/api/v1/self/otp", body)
        .await
        .expect(200, None);

    secrets.extend(
        [
            LOGIN_PASSWORD,
            TRANSACTION_PASSWORD,
            WRONG_PASSWORD,
            PASSPHRASE,
        ]
        .map(str::to_owned),
    );
    let (keys, held) = contents(&redis);
    assert!(keys.len() > 30, "{keys:?}");
    for key in &keys {
        assert!(key.starts_with("warifu:{"), "{key}");
        for name in ["many0", "admin01", "user0", CONTRACT] {
            assert!(!key.contains(name), "{key}");
        }
    }
    let folder = redis.cli(&["CONFIG", "GET", "dir"]);
    let folder = folder.lines().nth(1).expect("a folder").to_owned();
    let mut append_only = Vec::new();
    for file in std::fs::read_dir(format!("{folder}/appendonlydir")).expect("a folder") {
        append_only.extend(std::fs::read(file.expect("a file").path()).expect("a file"));
    }
    let append_only = String::from_utf8_lossy(&append_only);
    let (audit, output) = (server.audit_text(), server.output());
    for secret in &secrets {
        let plain = secret.replace('-', "");
        for place in [&held, append_only.as_ref(), &audit, &output] {
            assert!(!place.contains(secret.as_str()) && !place.contains(&plain));
        }
    }
    for (number, line) in held.lines().enumerate() {
        let hash = line.contains("$argon2");
        assert!(
            !hash || line.contains("$argon2id$v=19$m=19456,t=2,p=1$"),
            "line {number}"
        );
    }
    assert!(
        held.contains("$argon2id$"),
        "retrieval passwords are there as hashes"
    );
    assert!(!audit.contains("$argon2"), "and nowhere else");
}
