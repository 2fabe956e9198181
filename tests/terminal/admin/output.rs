//! What goes where, in which language, with which colours.

use warifu_terminal_tests::{BankFolder, CONTRACT, PseudoTerminal};

use super::{admin, bare};

#[test]
fn colours_only_where_they_are_wanted() {
    let bank = BankFolder::new();
    let wrong = ["users", "show", "--contract", CONTRACT, "--user", "nobody"];
    let piped = admin(&bank).run(&wrong).expect(6);
    assert!(!piped.stderr.contains('\u{1b}'), "{}", piped.stderr);
    let coloured = |program| {
        PseudoTerminal::run(&program, &wrong, 80)
            .end()
            .1
            .contains('\u{1b}')
    };
    assert!(coloured(admin(&bank)));
    assert!(!coloured(admin(&bank).variable("NO_COLOR", "1")));
    assert!(coloured(admin(&bank).variable("NO_COLOR", "")));
    assert!(!coloured(admin(&bank).variable("TERM", "dumb")));
    assert!(!coloured(admin(&bank).before(&["--no-color"])));
}

#[test]
fn the_language_is_the_one_asked_for() {
    let bank = BankFolder::new();
    let config = bank.path("warifu.toml").display().to_string();
    let wrong = ["--config", &config, "users", "list", "--contract", "999999"];
    for (program, expected) in [
        (bare(), "エラー: ご契約者番号が見つかりません"),
        (
            bare().variable("LANG", "en_GB.UTF-8"),
            "Error: That contract",
        ),
        (
            bare()
                .variable("LANG", "en_GB.UTF-8")
                .variable("WARIFU_LANG", "ja"),
            "エラー:",
        ),
        (bare().before(&["--lang", "en"]), "Error:"),
    ] {
        let refused = program.run(&wrong).expect(6);
        assert!(refused.stderr.starts_with(expected), "{}", refused.stderr);
    }
}

#[test]
fn completions_and_manual_pages_are_made() {
    let bank = BankFolder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = bare().run(&["completions", shell]).expect(0);
        assert!(script.stdout.contains("reissue"), "{shell}");
    }
    let folder = bank.folder().join("man");
    std::fs::create_dir(&folder).unwrap();
    let _ = bare()
        .run(&["man", &folder.display().to_string()])
        .expect(0);
    let page = std::fs::read_to_string(folder.join("warifu-admin-reissue.1")).unwrap();
    assert!(page.contains("not\\-instructed\\-by\\-others"), "{page}");
}
