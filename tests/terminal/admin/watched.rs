//! Whoever lists the processes of the machine learns no secret.

use warifu_terminal_tests::{
    BankFolder, CONTRACT, ProcessWatch, PseudoTerminal, login_password, transaction_password,
};

use super::{admin, reissue};

/// A variable by which the watched programs are recognised.
const MARK: (&str, &str) = ("WATCHED_PROGRAM", "of-the-watched-admin");

#[test]
fn no_process_shows_a_secret() {
    let bank = BankFolder::new().and_users(3);
    let program = admin(&bank).variable(MARK.0, MARK.1);
    let watch = ProcessWatch::start();
    let transaction = bank.path("admin01.transaction").display().to_string();
    let path = |name: &str| bank.path(name).display().to_string();

    let from_a_file = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let printed = watch.run(&program, &from_a_file).expect(0).stdout;
    let unlock = [
        "unlock",
        "--contract",
        CONTRACT,
        "--operator",
        "admin01",
        "--user",
        "user02",
        "--purpose",
        "login",
    ];
    let with_a_file = [&unlock[..], &["--transaction-password-file", &transaction]].concat();
    let _ = watch.run(&program, &with_a_file).expect(0);
    let list = bank.write("list.csv", "user_id\npc00001\npc00002\n");
    let (list, sheets) = (list.display().to_string(), path("sheets"));
    let bulk = [
        "bulk-reissue",
        "--contract",
        CONTRACT,
        "--operator",
        "admin01",
        "--not-instructed-by-others",
        "--users-file",
        &list,
        "--sheets",
        &sheets,
        "--confirm",
        "2",
    ];
    let with_a_file = [&bulk[..], &["--transaction-password-file", &transaction]].concat();
    let _ = watch.run(&program, &with_a_file).expect(0);
    // Users come with hashes and the secrets of their cards.
    let users = bank.write("more.toml", &bank.read("users.toml"));
    let import = ["users", "import", &users.display().to_string()];
    let _ = watch.run(&program, &import).expect(0);
    for command in ["reissue", "unlock", "bulk-reissue", "import"] {
        assert!(watch.has_seen(&format!("\0{command}\0")), "{command}");
    }
    assert!(watch.has_seen(MARK.1));

    // Asked for at a terminal.
    let more_sheets = path("more-sheets");
    let mut bulk_again = bulk;
    bulk_again[9] = &more_sheets;
    let reissue = [
        "reissue",
        "--contract",
        CONTRACT,
        "--operator",
        "admin01",
        "--user",
        "user01",
        "--not-instructed-by-others",
        "--yes",
    ];
    for command in [&reissue[..], &unlock, &bulk_again] {
        // The last argument tells this run from the one before.
        let at_a_terminal = [command, &["--no-color"]].concat();
        let ending = command.last().expect("a command has arguments");
        let mut terminal = PseudoTerminal::run(&program, &at_a_terminal, 100);
        terminal.wait_for("ransaction password");
        watch.wait_for(&format!("\0{ending}\0--no-color\0"));
        terminal.enter(&format!("{}\n", transaction_password("admin01")));
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(0), "{shown}");
    }
    let users = bank.read("users.toml");
    let in_the_file = users.split('"').skip(1).step_by(2);
    let in_the_file = in_the_file.filter(|text| {
        let base_32 = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        text.starts_with("$argon2") || (text.len() >= 16 && text.chars().all(base_32))
    });
    let sheet = bank.read("sheets/pc00001.html");
    let on_the_sheet = sheet
        .split(['<', '>'])
        .map(str::trim)
        .find(|text| text.len() == 19 && text.split('-').count() == 4 && !text.contains(' '));
    let mut secrets = vec![
        transaction_password("admin01"),
        login_password("admin01"),
        printed.trim_end().to_owned(),
        on_the_sheet.expect("the sheet shows a password").to_owned(),
    ];
    secrets.extend(in_the_file.map(str::to_owned));
    assert!(secrets.len() > 10 && secrets.iter().all(|secret| secret.len() > 8));
    for secret in secrets {
        assert!(!watch.has_seen(&secret), "{secret} was shown");
    }
}
