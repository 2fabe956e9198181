//! Help and mistakes, in both languages.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use warifu_terminal_tests::PseudoTerminal;

use super::bare;

const PAGES: [&str; 18] = [
    "",
    "users",
    "users list",
    "users show",
    "users import",
    "users export",
    "reissue",
    "bulk-reissue",
    "unlock",
    "sessions end",
    "hash-password",
    "audit",
    "audit verify",
    "audit list",
    "audit extract",
    "audit checkpoint",
    "store adopt",
    "bench-hash",
];

fn words<'a>(page: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    page.split_whitespace()
        .chain(more.iter().copied())
        .collect()
}

/// The names on a page, in order: commands, arguments and options.
fn names(page: &str) -> Vec<String> {
    let lines = page
        .lines()
        .skip_while(|line| !line.starts_with(['U', '使']));
    lines
        .filter_map(|line| {
            let indent = line.len() - line.trim_start().len();
            let name = line.split_whitespace().next()?;
            let is_name = (indent == 2 || indent == 6) && name.is_ascii();
            is_name.then(|| name.to_owned())
        })
        .collect()
}

#[test]
fn every_page_has_the_same_structure_in_both_languages() {
    for page in PAGES {
        for length in ["-h", "--help"] {
            let japanese = bare().run(&words(page, &[length])).expect(0).stdout;
            let english = bare().run(&words(page, &["--lang", "en", length]));
            let english = english.expect(0).stdout;
            assert_eq!(names(&japanese), names(&english), "{page}: {japanese}");
            assert!(
                names(&japanese).contains(&"--lang".to_owned()),
                "{japanese}"
            );
            for word in [
                "Usage", "Options", "Commands", "Example", "[default", "Print",
            ] {
                assert!(!japanese.contains(word), "{page}: {word} in {japanese}");
            }
            assert!(japanese.contains("使い方: warifu-admin"), "{japanese}");
            assert!(english.contains("Usage: warifu-admin"), "{english}");
        }
    }
}

/// About as a terminal counts: what is beyond the Latin letters takes two columns.
fn columns(line: &str) -> usize {
    let wide =
        |character: char| character > '\u{2e7f}' && !('\u{ff61}'..='\u{ff9f}').contains(&character);
    line.chars()
        .map(|character| 1 + usize::from(wide(character)))
        .sum()
}

#[test]
fn help_fits_the_terminal() {
    for width in [40, 80] {
        for page in ["", "reissue", "users import", "audit verify"] {
            let program = bare().before(&["--lang", "ja"]);
            let mut shown = Vec::new();
            for length in ["-h", "--help"] {
                let (code, text) =
                    PseudoTerminal::run(&program, &words(page, &[length]), width).end();
                assert_eq!(code, Some(0), "{text}");
                for line in text.lines() {
                    assert!(columns(line) <= usize::from(width), "{width}: {line}");
                }
                shown.push(text);
            }
            assert!(
                shown[0].lines().count() < shown[1].lines().count(),
                "{page}"
            );
        }
    }
}

#[test]
fn mistakes_are_told_in_the_language_asked_for() {
    for (arguments, japanese, english) in [
        (
            &["dance"][..],
            "dance というコマンドはありません",
            "no command dance",
        ),
        (
            &["users", "list", "--contrakt", "1"],
            "ヒント: --contract",
            "did you mean --contract",
        ),
        (
            &["users", "list", "--contract", "1", "--json", "--plain"],
            "同時に指定できません",
            "cannot be used with",
        ),
        (
            &["bench-hash", "--seconds", "0"],
            "1から3600",
            "from 1 to 3600",
        ),
        (
            &["--set", "nothing", "users", "list", "--contract", "1"],
            "の形で書いてください",
            "key.path=value",
        ),
        (
            &["unlock", "--purpose", "x"],
            "login, transaction",
            "login, transaction",
        ),
        (
            &["store", "--no-input"],
            "続けてコマンドを指定",
            "Give a command after",
        ),
    ] {
        let told = bare().run(arguments).expect(2).stderr;
        assert!(
            told.starts_with("エラー: ") && told.contains(japanese),
            "{told}"
        );
        assert!(
            !told.contains("Usage") && !told.contains("error:"),
            "{told}"
        );
        let told = bare()
            .before(&["--lang=en"])
            .run(arguments)
            .expect(2)
            .stderr;
        assert!(
            told.starts_with("Error: ") && told.contains(english),
            "{told}"
        );
        let late = [arguments, &["--lang", "en"]].concat();
        let told = bare().run(&late).expect(2).stderr;
        assert!(told.starts_with("Error: "), "{told}");
    }
    let broken = OsString::from_vec(vec![b'-', b'-', 0xe3, 0x82]);
    let told = bare().run(&[broken]).expect(2).stderr;
    assert!(told.starts_with("エラー: "), "{told}");
}

#[test]
fn without_a_command_the_short_help_is_shown() {
    let nothing: [&str; 0] = [];
    let shown = bare().run(&nothing).expect(2);
    assert!(
        shown.stdout.is_empty() && shown.stderr.contains("使い方:"),
        "{shown:?}"
    );
    let english = bare()
        .variable("LANG", "en_GB.UTF-8")
        .run(&nothing)
        .expect(2);
    assert!(english.stderr.contains("Usage:"), "{}", english.stderr);
    let configured = bare().run(&["--lang", "ja"]).expect(2);
    assert!(
        configured.stderr.contains("終了コード:"),
        "{}",
        configured.stderr
    );
    assert!(
        !configured.stderr.contains("エラー"),
        "{}",
        configured.stderr
    );
    let version = bare().run(&["--version"]).expect(0);
    assert!(
        version.stdout.starts_with("warifu-admin "),
        "{}",
        version.stdout
    );
}
