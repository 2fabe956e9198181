//! The people of the journeys. The other contract has users of the same names.

use std::fmt::Write as _;
use std::sync::OnceLock;

use totp_rs::{Algorithm, Builder};
use warifu_argon2::{Argon2Pool, Argon2Settings};
use warifu_core::ports::{Clock, HashClaimant, PasswordHasher};
use warifu_system::SystemClock;
use zeroize::Zeroizing;

/// The contract of the journeys.
pub const CONTRACT: &str = "1234567890";
/// Another contract.
pub const OTHER_CONTRACT: &str = "9876543210";

/// サービス管理責任者, with a card.
pub const ADMIN: &str = "admin01";
/// Another サービス管理責任者, without a card.
pub const SECOND_ADMIN: &str = "admin02";
/// Holds the reissue right, has a card and an expired certificate.
pub const CARD_HOLDER: &str = "user02";
/// No right at all.
pub const USER: &str = "user01";
/// Switched off.
pub const DISABLED: &str = "user03";

/// A clerk who registers requests on paper and prints notices.
pub const MAKER: &str = "maker1";
/// Another one.
pub const SECOND_MAKER: &str = "maker2";
/// A clerk who decides, and may register, too.
pub const CHECKER: &str = "checker1";
/// Another one.
pub const SECOND_CHECKER: &str = "checker2";
/// Reads, and nothing else.
pub const AUDITOR: &str = "auditor1";

/// The bank's staff, with their roles and the secrets of their cards.
const STAFF: [(&str, &str, &str); 5] = [
    (MAKER, "\"maker\"", "NBSWY3DPEB3W64TMNBSWY3DPEB3W64TM"),
    (
        SECOND_MAKER,
        "\"maker\"",
        "ONSWG4TFOQQHG33NONSWG4TFOQQHG33N",
    ),
    (
        CHECKER,
        "\"maker\", \"checker\"",
        "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK",
    ),
    (
        SECOND_CHECKER,
        "\"checker\"",
        "OBQXA4DFOJXW433MOBQXA4DFOJXW433M",
    ),
    (AUDITOR, "\"auditor\"", "PFXXKIDDMFXCA43FPFXXKIDDMFXCA43F"),
];

/// Everybody's login password.
pub const LOGIN_PASSWORD: &str = "canary-login-7Hq2";
/// Everybody's transaction password.
pub const TRANSACTION_PASSWORD: &str = "canary-transaction-9Wk4";
/// Nobody's password.
pub const WRONG_PASSWORD: &str = "canary-wrong-3Zx8";

/// Secrets of the cards, by contract and user.
const CARDS: [(&str, &str, &str); 3] = [
    (CONTRACT, ADMIN, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    (CONTRACT, CARD_HOLDER, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"),
    (
        OTHER_CONTRACT,
        CARD_HOLDER,
        "MZXW6YTBOI7777777MZXW6YTBOI77777",
    ),
];

/// The code that the card of `user` shows now.
pub fn current_code(user: &str) -> String {
    let (_, _, secret) = CARDS.iter().find(|(_, holder, _)| *holder == user).unwrap();
    let secret = data_encoding::BASE32.decode(secret.as_bytes()).unwrap();
    code_of(secret)
}

/// The code that the card of a member of staff shows now. It is good once.
pub fn current_staff_code(staff: &str) -> String {
    let (_, _, secret) = STAFF.iter().find(|(id, ..)| *id == staff).unwrap();
    code_of(data_encoding::BASE32.decode(secret.as_bytes()).unwrap())
}

fn code_of(secret: Vec<u8>) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret)
        .build()
        .unwrap();
    let now = u64::try_from(SystemClock.now().as_unix_seconds()).unwrap();
    totp.generate(now).to_string()
}

/// Hashes are made once for all servers of a run.
fn hashes() -> &'static (String, String) {
    static HASHES: OnceLock<(String, String)> = OnceLock::new();
    HASHES.get_or_init(|| {
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async {
                let randomness = std::sync::Arc::new(warifu_system::OsRandomness);
                let pool = Argon2Pool::new(&Argon2Settings::default(), randomness).unwrap();
                let permit = pool.permit(HashClaimant::Bank).unwrap();
                let login = Zeroizing::new(LOGIN_PASSWORD.as_bytes().to_vec());
                let transaction = Zeroizing::new(TRANSACTION_PASSWORD.as_bytes().to_vec());
                (
                    pool.hash(&permit, login).await.expose_phc().to_owned(),
                    pool.hash(&permit, transaction)
                        .await
                        .expose_phc()
                        .to_owned(),
                )
            })
        })
        .join()
        .unwrap()
    })
}

/// The users file of both contracts.
pub fn users_file() -> String {
    let mut file = String::new();
    contract(&mut file, CONTRACT, "株式会社サンプル");
    contract(
        &mut file,
        OTHER_CONTRACT,
        "別会社 <script>alert(1)</script>",
    );
    staff(&mut file);
    file
}

/// As [`users_file`], with as many more users of [`CONTRACT`] without rights: see [`one_of_many`].
pub fn users_file_with(many: usize) -> String {
    users_file_with_rights(many, "")
}

/// As [`users_file_with`], and every one of the many administers the contract.
pub fn users_file_of_administrators(many: usize) -> String {
    users_file_with_rights(many, "service_administrator = true")
}

fn users_file_with_rights(many: usize, rights: &str) -> String {
    let mut file = String::new();
    contract(&mut file, CONTRACT, "株式会社サンプル");
    for number in 0..many {
        user(&mut file, CONTRACT, &one_of_many(number), "利用者", rights);
    }
    staff(&mut file);
    file
}

fn staff(file: &mut String) {
    let (login, _) = hashes();
    for (id, roles, secret) in STAFF {
        writeln!(
            file,
            "[[staff]]\nid = \"{id}\"\nname = \"事務 {id}\"\nroles = [{roles}]\n\
             login_password = \"{login}\"\n\
             totp = {{ secret = \"{secret}\", digits = 6, period = 30, algorithm = \"SHA1\" }}\n"
        )
        .unwrap();
    }
}

/// The name of one of the many users of [`users_file_with`].
pub fn one_of_many(number: usize) -> String {
    format!("many{number:05}")
}

fn contract(file: &mut String, number: &str, name: &str) {
    writeln!(
        file,
        "[[contracts]]\nnumber = \"{number}\"\nname = \"{name}\"\nedition = \"standard\"\n\
         registered_address = \"東京都千代田区\"\n"
    )
    .unwrap();
    user(
        file,
        number,
        ADMIN,
        "山田 太郎",
        "service_administrator = true",
    );
    user(
        file,
        number,
        SECOND_ADMIN,
        "鈴木 花子",
        "service_administrator = true",
    );
    user(file, number, USER, "佐藤 一郎", "");
    user(
        file,
        number,
        CARD_HOLDER,
        "高橋 次郎",
        "permissions = [\"reissue-retrieval-password\"]\n\
         certificate_not_after = \"2025-03-31T00:00:00Z\"",
    );
    user(file, number, DISABLED, "田中 三郎", "disabled = true");
}

fn user(file: &mut String, contract: &str, id: &str, name: &str, more: &str) {
    let (login, transaction) = hashes();
    writeln!(
        file,
        "[[contracts.users]]\nid = \"{id}\"\nname = \"{name}\"\nlogin_password = \"{login}\"\n\
         transaction_password = \"{transaction}\"\n{more}"
    )
    .unwrap();
    if let Some((_, _, secret)) = CARDS
        .iter()
        .find(|(number, holder, _)| *number == contract && *holder == id)
    {
        writeln!(
            file,
            "totp = {{ secret = \"{secret}\", digits = 6, period = 30, algorithm = \"SHA1\" }}"
        )
        .unwrap();
    }
}
