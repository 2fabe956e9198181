//! Whoever lists the processes of the PC learns no secret.

use warifu_terminal_tests::{
    BankFolder, ProcessWatch, PseudoTerminal, RunningServer, Tls, current_code, login_password,
};

use super::{call, customer, secrets};

/// A variable by which the watched program is recognised.
const MARK: (&str, &str) = ("WATCHED_PROGRAM", "of-the-watched-customer");
/// Of this test alone: others hand theirs to openssl as an argument.
const PASSPHRASE: &str = "a passphrase that is watched";

#[test]
fn no_process_shows_a_secret() {
    let bank = BankFolder::new();
    secrets(&bank);
    bank.secret("passphrase", PASSPHRASE);
    let server = RunningServer::start(&bank, Tls::Yes);
    let program = customer(&bank, &server).variable(MARK.0, MARK.1);
    let watch = ProcessWatch::start();
    let mut codes = Vec::new();
    let mut run = |command: &str, options: &[(&str, &str)]| {
        codes.push(current_code("user02"));
        let arguments = call(&bank, command, "user02", options);
        let _ = watch.run(&program, &arguments).expect(0);
        codes.push(current_code("user02"));
        assert!(watch.has_seen(&format!("\0{command}\0")), "{command}");
    };
    let (otp, passphrase) = (("--otp-file", "otp"), ("--passphrase-file", "passphrase"));
    run("reissue", &[otp, ("--output", "password")]);
    run(
        "retrieve",
        &[
            ("--retrieval-password-file", "password"),
            passphrase,
            ("--out", "one.p12"),
        ],
    );
    let retrieval_password = bank.read("password");
    // A card's code is taken once; the next is thirty seconds away.
    let again = BankFolder::new();
    secrets(&again);
    let other_server = RunningServer::start(&again, Tls::Yes);
    let other = customer(&again, &other_server).variable(MARK.0, MARK.1);
    let out = again.path("two.p12").display().to_string();
    let arguments = [
        "renew",
        "--contract",
        warifu_terminal_tests::CONTRACT,
        "--user",
        "user02",
        "--out",
        &out,
    ];
    let mut terminal = PseudoTerminal::run(&other, &arguments, 100);
    terminal.wait_for("ogin password: ");
    watch.wait_for("\0renew\0");
    terminal.enter(&format!("{}\n", login_password("user02")));
    terminal.wait_for("ne-time password: ");
    codes.push(current_code("user02"));
    terminal.enter(&format!("{}\n", current_code("user02")));
    terminal.wait_for("to have one made");
    terminal.enter(&format!("{PASSPHRASE}\n"));
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(watch.has_seen(MARK.1));

    let mut secrets = vec![
        login_password("user02"),
        PASSPHRASE.to_owned(),
        retrieval_password.trim_end().to_owned(),
    ];
    // Six digits may stand in a port or a path by chance, but not as an argument of their own.
    secrets.extend(codes.iter().map(|code| format!("\0{code}\0")));
    secrets.extend(codes.iter().map(|code| format!("={code}\0")));
    for secret in secrets {
        assert!(!watch.has_seen(&secret), "{secret:?} was shown");
    }
}
