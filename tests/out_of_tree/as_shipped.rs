//! The program of a customer's PC as it is given away: built alone, without what tests switch on.

use std::process::Command;

use super::{root, target};

#[test]
fn a_customers_program_has_no_service_in_it_and_says_so() {
    let build = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--locked"])
        .args(["--package", "warifu-self-service"])
        .env("CARGO_TARGET_DIR", target())
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("RUSTFLAGS")
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(build.status.success(), "{build:?}");
    let program = target().join("debug/warifu-self-service");
    let run = |arguments: &[&str]| {
        let output = Command::new(&program)
            .args(["--lang", "en", "--no-input"])
            .args(arguments)
            .env_clear()
            .output()
            .expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("the program prints text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };

    for arguments in [
        &["--config", "warifu.toml", "--check"][..],
        &["--set", "policy.otp.max_failures=3", "reissue"],
        &["--print-config"],
    ] {
        let (code, shown, told) = run(arguments);
        assert_eq!((code, shown.as_str()), (Some(2), ""), "{told}");
        let option = arguments[0];
        let said =
            format!("Error: {option} is for development, and this program was built without");
        assert!(told.starts_with(&said), "{told}");
        assert!(told.contains("--features in-process"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(
        help.contains("--server") && !help.contains("--config"),
        "{help}"
    );
    let (code, _, told) = run(&["--server", "https://127.0.0.1:1", "--check"]);
    assert_eq!(code, Some(9), "{told}");
}
