//! Files are opened by the real `openssl`, which is another implementation of the same standard.

use std::path::Path;

use proptest::prelude::*;
use secrecy::SecretString;
use warifu_core::domain::IssuedCertificate;
use warifu_core::ports::{ClientKeys, GeneratedKey};

use super::*;
use crate::tests::{certified, keys, openssl};

/// A key with its certificate and the root, made once for all that a test packs.
struct Packed {
    directory: tempfile::TempDir,
    key: GeneratedKey,
    issued: IssuedCertificate,
}

impl Packed {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = keys().generate().unwrap();
        let issued = certified(directory.path(), &key);
        Self {
            directory,
            key,
            issued,
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Leaves the file in the folder, as it is handed out.
    fn pack(&self, chain: &str, friendly_name: &str, passphrase: &str) -> Result<Vec<u8>, String> {
        self.pack_at(ITERATIONS, (chain, friendly_name), passphrase)
    }

    /// As [`Self::pack`], with few rounds, where many files are made.
    fn pack_quickly(&self, chain: &str, name: &str, passphrase: &str) -> Result<Vec<u8>, String> {
        self.pack_at(2_000, (chain, name), passphrase)
    }

    fn pack_at(
        &self,
        iterations: u32,
        (chain, friendly_name): (&str, &str),
        passphrase: &str,
    ) -> Result<Vec<u8>, String> {
        let contents = Contents {
            key: self.key.private.expose_pkcs8(),
            certificate: &self.issued.certificate,
            chain,
            friendly_name,
            key_id: self.issued.serial.as_bytes(),
        };
        let file = write_at(iterations, &contents, passphrase)?;
        std::fs::write(self.path().join("file.p12"), &file).unwrap();
        Ok(file)
    }

    fn open(&self, passphrase: &str) -> Result<String, String> {
        let open = "pkcs12 -in file.p12 -passin stdin -nodes";
        let text = openssl(self.path(), open, passphrase.as_bytes())?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn opens_whole(&self, name: &str, passphrase: &str) {
        let chain = &self.issued.chain;
        let opened = self.pack_quickly(chain, name, passphrase);
        let opened = opened.and_then(|_| self.open(passphrase));
        let text = opened.unwrap_or_else(|error| panic!("{passphrase} {name}: {error}"));
        assert!(self.is_whole(&text, chain), "{text}");
    }

    /// Whether `text` has the key, and the certificates in their order.
    fn is_whole(&self, text: &str, chain: &str) -> bool {
        let blocks = pem::parse_many(text).unwrap();
        let of = |tag: &'static str| {
            let blocks = blocks.iter().filter(move |block| block.tag() == tag);
            blocks.map(|block| block.contents().to_vec())
        };
        let expected = format!("{}{chain}", self.issued.certificate);
        let expected = pem::parse_many(expected).unwrap();
        let expected = expected.into_iter().map(pem::Pem::into_contents);
        let private = of("PRIVATE KEY").next().unwrap();
        let public = "pkey -inform DER -pubout -outform DER";
        let public = openssl(self.path(), public, &private).unwrap();
        of("CERTIFICATE").eq(expected) && public == self.key.public.spki_der
    }
}

#[test]
fn passphrases_and_names_of_any_script_open_whole() {
    let packed = Packed::new();
    let longest = "長".repeat(128);
    for passphrase in [
        "correct horse",
        "割符の合言葉です",
        "ﾊﾝｶｸと全角　空白",
        "Ünïcödé ключ",
        "  spaces around  ",
        "\"quoted\" \\ $HOME %20 `x`",
        "\u{e000}\u{ffee}private and specials",
        "longer than the block in which the derivation counts",
        &longest,
    ] {
        packed.opens_whole("user01", passphrase);
    }
    for name in ["山田 太郎", "𠮷野家", "", "\u{1f511} key"] {
        packed.opens_whole(name, "correct horse");
    }
}

#[test]
fn the_key_carries_the_name() {
    let packed = Packed::new();
    packed.pack("", "user01", "correct horse").unwrap();
    let text = packed.open("correct horse").unwrap();
    // The library gives the key the name, and the certificate its subject.
    assert_eq!(text.matches("friendlyName: user01\n").count(), 1, "{text}");
    assert_eq!(bmp_name("山田 太郎"), "山田 太郎");
    assert_eq!(bmp_name("𠮷野家"), "〓野家");
}

#[test]
fn chains_of_any_length_are_packed() {
    let packed = Packed::new();
    for length in 0..4 {
        let chain = packed.issued.chain.repeat(length);
        packed.pack(&chain, "user01", "correct horse").unwrap();
        let text = packed.open("correct horse").unwrap();
        assert!(packed.is_whole(&text, &chain), "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Anything that can be a passphrase opens the file, and nothing near it does.
    #[test]
    fn any_passphrase_opens_its_own_file_and_no_other(
        passphrase in "[\u{21}-\u{7e}\u{a1}-\u{2ff}\u{3041}-\u{3096}\u{4e00}-\u{9faf}\u{e000}-\u{ffef}]{8,128}",
        name in "\\PC{0,64}",
    ) {
        thread_local! {
            static PACKED: Packed = Packed::new();
        }
        PACKED.with(|packed| {
            let chain = &packed.issued.chain;
            packed.pack_quickly(chain, &name, &passphrase).unwrap();
            let text = packed.open(&passphrase).unwrap();
            prop_assert!(packed.is_whole(&text, chain));
            let shorter: String = passphrase.chars().skip(1).collect();
            for wrong in [&shorter, ""] {
                prop_assert!(packed.open(wrong).is_err());
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let packed = Packed::new();
    let file = packed
        .pack_quickly(&packed.issued.chain, "user01", "correct horse")
        .unwrap();
    for place in (0..file.len()).step_by(41) {
        let mut changed = file.clone();
        changed[place] ^= 0x04;
        std::fs::write(packed.path().join("file.p12"), changed).unwrap();
        assert!(packed.open("correct horse").is_err(), "byte {place}");
    }
}

#[test]
fn neither_key_nor_certificate_nor_passphrase_is_readable() {
    let packed = Packed::new();
    let file = packed
        .pack(&packed.issued.chain, "user01", "correct horse")
        .unwrap();
    let holds = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
    for part in packed.key.private.expose_pkcs8().chunks_exact(16) {
        assert!(!holds(part));
    }
    assert!(!holds(b"correct"));
    let leaf = pem::parse(&packed.issued.certificate).unwrap();
    assert!(!holds(&leaf.contents()[..32]));
}

/// The lines of `asn1parse`, without offsets and lengths.
fn structure(packed: &Packed) -> Vec<String> {
    let parsed = "asn1parse -inform DER -in file.p12";
    let parsed = openssl(packed.path(), parsed, b"").unwrap();
    let parsed = String::from_utf8(parsed).unwrap();
    let line = |line: &str| {
        let depth = line.split("d=").nth(1)?.split_whitespace().next()?;
        let rest = line.split_once("l=")?.1.split_once(": ")?.1;
        let mut what: Vec<&str> = rest.split_whitespace().collect();
        if what.starts_with(&["OCTET", "STRING"]) {
            // What is in it is encrypted or random.
            what.truncate(2);
        }
        Some(format!("{depth} {}", what.join(" ")))
    };
    parsed.lines().filter_map(line).collect()
}

#[test]
fn the_outside_is_built_as_the_standard_says() {
    let packed = Packed::new();
    packed
        .pack(&packed.issued.chain, "user01", "correct horse")
        .unwrap();
    assert_eq!(
        structure(&packed),
        [
            "0 SEQUENCE",
            "1 INTEGER :03",
            "1 SEQUENCE",
            "2 OBJECT :pkcs7-data",
            "2 cont [ 0 ]",
            "3 OCTET STRING",
            "1 SEQUENCE",
            "2 SEQUENCE",
            "3 SEQUENCE",
            "4 OBJECT :sha256",
            "3 OCTET STRING",
            "2 OCTET STRING",
            "2 INTEGER :0927C0",
        ]
    );
}

/// What a program says of `file.p12`, where it opens it.
fn told_by(packed: &Packed, program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program)
        .args(arguments)
        .current_dir(packed.path())
        .env("LC_ALL", "C.UTF-8")
        .output();
    let output = output.unwrap_or_else(|_| panic!("{program} is missing: tests/run installs it"));
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{program}: {text}");
    text
}

#[test]
fn nss_and_gnutls_open_the_file() {
    let packed = Packed::new();
    for passphrase in ["correct horse", "正しい馬の電池"] {
        packed
            .pack(&packed.issued.chain, "user01", passphrase)
            .unwrap();
        // Firefox and Thunderbird.
        let listed = told_by(&packed, "pk12util", &["-l", "file.p12", "-W", passphrase]);
        assert!(
            listed.contains("Key(shrouded)") && listed.contains("user01"),
            "{listed}"
        );
        let certtool = [
            "--p12-info",
            "--inder",
            "--infile",
            "file.p12",
            "--password",
        ];
        let shown = told_by(
            &packed,
            "certtool",
            &[&certtool[..], &[passphrase]].concat(),
        );
        assert!(shown.contains("BEGIN CERTIFICATE"), "{shown}");
    }
}

#[test]
fn every_file_has_salts_of_its_own() {
    let packed = Packed::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        packed.pack_quickly("", "user01", "correct horse").unwrap();
        let parsed = openssl(packed.path(), "asn1parse -inform DER -in file.p12", b"").unwrap();
        let parsed = String::from_utf8(parsed).unwrap();
        let dumps: Vec<&str> = parsed
            .lines()
            .filter_map(|line| line.split("[HEX DUMP]:").nth(1))
            .collect();
        // What is encrypted (with salts and vectors of its own), the MAC, and the MAC's salt.
        assert_eq!(dumps.len(), 3, "{parsed}");
        for dump in dumps {
            assert!(seen.insert(dump.to_owned()), "{dump} comes again");
        }
    }
}

#[test]
fn a_passphrase_that_programs_disagree_about_is_refused() {
    let packed = Packed::new();
    let refused = packed.pack("", "user01", "eight chars \u{1f511}");
    assert!(
        refused
            .unwrap_err()
            .contains("a character that such a file")
    );
}

#[test]
fn another_keys_certificate_and_a_broken_key_are_refused() {
    let (one, other) = (Packed::new(), Packed::new());
    let secret = SecretString::from("correct horse");
    let packed = keys().pkcs12(&one.key.private, &other.issued, "user01", &secret);
    assert!(packed.unwrap_err().reason.contains("another key's"));
    let broken = Contents {
        key: &one.key.private.expose_pkcs8()[1..],
        certificate: &one.issued.certificate,
        chain: "",
        friendly_name: "user01",
        key_id: b"1",
    };
    assert!(write(&broken, "correct horse").is_err());
}
