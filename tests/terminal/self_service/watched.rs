//! Whoever lists the processes of the PC learns no secret.

use warifu_terminal_tests::{
    BankFolder, CONTRACT, ProcessWatch, Program, PseudoTerminal, RunningServer, Tls, current_code,
    login_password,
};

use super::{call, customer, secrets};

/// A variable by which the watched programs are recognised.
const MARK: (&str, &str) = ("WATCHED_PROGRAM", "of-the-watched-customer");
/// Of this test alone: others hand theirs to openssl as an argument.
const PASSPHRASE: &str = "a passphrase that is watched";

/// A bank with a server of its own: the code of a card is taken once, and the next is thirty seconds
/// away.
struct Watched {
    bank: BankFolder,
    _server: RunningServer,
    program: Program,
}

impl Watched {
    fn new() -> Self {
        let bank = BankFolder::new();
        secrets(&bank);
        bank.secret("passphrase", PASSPHRASE);
        let server = RunningServer::start(&bank, Tls::Yes);
        let program = customer(&bank, &server).variable(MARK.0, MARK.1);
        Self {
            bank,
            _server: server,
            program,
        }
    }

    /// A command with its secrets in files.
    fn with_files(&self, watch: &ProcessWatch, command: &str, options: &[(&str, &str)]) {
        let arguments = call(&self.bank, command, "user02", options);
        let _ = watch.run(&self.program, &arguments).expect(0);
        assert!(watch.has_seen(&format!("\0{command}\0")), "{command}");
    }

    /// A command at a terminal, where each prompt gets its answer.
    fn asked(
        &self,
        watch: &ProcessWatch,
        command: &str,
        option: (&str, &str),
        answers: &[(&str, &str)],
    ) {
        let file = self.bank.path(option.1).display().to_string();
        let arguments = [
            command,
            "--contract",
            CONTRACT,
            "--user",
            "user02",
            option.0,
            &file,
        ];
        let mut terminal = PseudoTerminal::run(&self.program, &arguments, 100);
        for (prompt, answer) in answers {
            terminal.wait_for(prompt);
            watch.wait_for(&format!("\0{}\0{file}\0", option.0));
            terminal.enter(&format!("{answer}\n"));
        }
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(0), "{shown}");
    }
}

#[test]
fn no_process_shows_a_secret() {
    let watch = ProcessWatch::start();
    let mut codes = vec![current_code("user02")];
    let (otp, passphrase) = (("--otp-file", "otp"), ("--passphrase-file", "passphrase"));

    let two_steps = Watched::new();
    two_steps.with_files(&watch, "reissue", &[otp, ("--output", "password")]);
    let password = ("--retrieval-password-file", "password");
    let retrieve = [password, passphrase, ("--out", "one.p12")];
    two_steps.with_files(&watch, "retrieve", &retrieve);
    codes.push(current_code("user02"));

    let in_one_go = Watched::new();
    in_one_go.with_files(&watch, "renew", &[otp, passphrase, ("--out", "one.p12")]);
    codes.push(current_code("user02"));

    let login = ("ogin password: ", login_password("user02"));
    let login = (login.0, login.1.as_str());
    let passphrase = ("to have one made", PASSPHRASE);
    let at_a_terminal = Watched::new();
    let code = current_code("user02");
    let answers = [login, ("ne-time password: ", code.as_str())];
    at_a_terminal.asked(&watch, "reissue", ("--output", "password"), &answers);
    let typed = at_a_terminal.bank.read("password");
    let answers = [login, ("etrieval password: ", typed.trim_end()), passphrase];
    at_a_terminal.asked(&watch, "retrieve", ("--out", "one.p12"), &answers);
    codes.push(code);

    let in_one_go = Watched::new();
    let code = current_code("user02");
    let answers = [login, ("ne-time password: ", code.as_str()), passphrase];
    in_one_go.asked(&watch, "renew", ("--out", "one.p12"), &answers);
    codes.push(code);

    assert!(watch.has_seen(&format!("{}={}", MARK.0, MARK.1)));
    let mut secrets = vec![
        login_password("user02"),
        PASSPHRASE.to_owned(),
        two_steps.bank.read("password").trim_end().to_owned(),
        typed.trim_end().to_owned(),
    ];
    // Six digits may stand in a port or a path by chance, but not as a word of their own.
    secrets.extend(codes.iter().map(|code| format!("\0{code}\0")));
    secrets.extend(codes.iter().map(|code| format!("={code}\0")));
    for secret in secrets {
        assert!(!watch.has_seen(&secret), "{secret:?} was shown");
    }
}
