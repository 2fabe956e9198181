//! Requests and files are made and read by the real `openssl`; without it these tests fail.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use warifu_core::domain::{KeyFingerprint, ReissueId, SerialNumber, Timestamp};

use super::*;

pub(crate) fn keys() -> X509ClientKeys {
    X509ClientKeys
}

/// Runs `openssl` in `directory`.
pub(crate) fn openssl(directory: &Path, arguments: &str, input: &[u8]) -> Result<Vec<u8>, String> {
    let mut child = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests need the openssl command");
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A request for a new key of `kind`, with further `options`.
pub(crate) fn request(kind: &str, options: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    openssl(
        directory.path(),
        &format!("genpkey {kind} -out key.pem"),
        b"",
    )
    .unwrap();
    let pem = openssl(
        directory.path(),
        &format!("req -new -key key.pem -subj /O=Evil/CN=admin01 {options}"),
        b"",
    );
    String::from_utf8(pem.unwrap()).unwrap()
}

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const P384: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384";
const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";

#[test]
fn the_key_of_an_accepted_request_comes_out_as_openssl_sees_it() {
    for (kind, options) in [
        (P256, ""),
        (P256, "-sha384"),
        (P384, ""),
        (P384, "-sha384"),
        (RSA, ""),
        (RSA, "-sha512"),
        (
            RSA,
            "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sha256",
        ),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:3072", "-sha384"),
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3",
            "",
        ),
        ("-algorithm ED25519", ""),
    ] {
        let pem = request(kind, options);
        let key = keys()
            .read_request(&pem)
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        let directory = tempfile::tempdir().unwrap();
        let public = openssl(directory.path(), "req -pubkey -noout", pem.as_bytes()).unwrap();
        let expected = pem::parse(public).unwrap().into_contents();
        assert_eq!(key.spki_der, expected, "{kind} {options}");
        let renamed = pem.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST");
        assert_eq!(
            keys().read_request(&renamed).unwrap(),
            key,
            "{kind} {options}"
        );
        let windows = format!("\r\n {}\t\r\n", pem.replace('\n', "\r\n"));
        assert_eq!(
            keys().read_request(&windows).unwrap(),
            key,
            "{kind} {options}"
        );
    }
}

#[test]
fn keys_that_are_not_accepted_are_refused() {
    for kind in [
        "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2047",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-192",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
        "-algorithm ED448",
        "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:1099511627777",
    ] {
        assert_eq!(
            keys().read_request(&request(kind, "")),
            Err(BadCsr::Key),
            "{kind}"
        );
    }
}

#[test]
fn weak_signatures_are_refused() {
    for (kind, options) in [
        (RSA, "-sha1"),
        (RSA, "-md5"),
        (RSA, "-sha224"),
        (RSA, "-sigopt rsa_padding_mode:pss -sha1"),
        (P256, "-sha1"),
        (P384, "-sha224"),
    ] {
        assert_eq!(
            keys().read_request(&request(kind, options)),
            Err(BadCsr::Algorithm),
            "{kind} {options}"
        );
    }
}

pub(crate) fn armour(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE REQUEST", der))
}

#[test]
fn a_signature_by_another_key_or_over_other_text_is_refused() {
    let der = pem::parse(request(P256, "")).unwrap().into_contents();
    let name = der
        .windows(7)
        .position(|window| window == b"admin01")
        .unwrap();
    let mut renamed = der.clone();
    renamed[name + 6] = b'2';
    assert_eq!(
        keys().read_request(&armour(&renamed)),
        Err(BadCsr::Signature)
    );
    let mut resigned = der.clone();
    *resigned.last_mut().unwrap() ^= 1;
    assert_eq!(
        keys().read_request(&armour(&resigned)),
        Err(BadCsr::Signature)
    );
    let mut off_the_curve = der;
    let point = off_the_curve
        .windows(3)
        .position(|window| window == [0x42, 0, 4])
        .unwrap();
    off_the_curve[point + 40] ^= 1;
    assert_eq!(
        keys().read_request(&armour(&off_the_curve)),
        Err(BadCsr::Signature)
    );
}

#[test]
fn anything_but_one_block_is_malformed() {
    let good = request(P256, "");
    let der = pem::parse(&good).unwrap().into_contents();
    let longer = [der.as_slice(), &[0]].concat();
    for bad in [
        String::new(),
        "garbage".to_owned(),
        good.repeat(2),
        format!("{good}x"),
        format!("Certificate Request:\n{good}"),
        good.replace("CERTIFICATE REQUEST", "CERTIFICATE"),
        good.replacen("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", 1),
        good.replacen("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
        good.replace("-----END", "-----DONE"),
        format!("{}{good}", " ".repeat(16 * 1024)),
        armour(&longer),
        armour(&der[..der.len() - 1]),
        armour(b""),
        armour(&[0x30, 0x80, 0, 0]),
    ] {
        assert_eq!(
            keys().read_request(&bad),
            Err(BadCsr::Malformed),
            "{bad:.80}"
        );
    }
}

#[test]
fn points_and_integers_of_the_wrong_shape_are_malformed() {
    let good = pem::parse(request(P256, "")).unwrap().into_contents();
    let point = good
        .windows(3)
        .position(|window| window == [0x42, 0, 4])
        .unwrap()
        + 2;
    for (first, refusal) in [
        (0, BadCsr::Malformed),
        (5, BadCsr::Malformed),
        (2, BadCsr::Malformed),
    ] {
        let mut bad = good.clone();
        bad[point] = first;
        assert_eq!(keys().read_request(&armour(&bad)), Err(refusal), "{first}");
    }
    let directory = tempfile::tempdir().unwrap();
    openssl(
        directory.path(),
        &format!("genpkey {P256} -out key.pem"),
        b"",
    )
    .unwrap();
    openssl(
        directory.path(),
        "pkey -in key.pem -ec_conv_form compressed -out short.pem",
        b"",
    )
    .unwrap();
    let compressed = openssl(directory.path(), "req -new -key short.pem -subj /CN=x", b"").unwrap();
    let compressed = String::from_utf8(compressed).unwrap();
    assert_eq!(keys().read_request(&compressed), Err(BadCsr::Key));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn garbage_never_panics(
        text in "\\PC{0,200}",
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400),
    ) {
        proptest::prop_assert!(keys().read_request(&text).is_err());
        proptest::prop_assert!(keys().read_request(&armour(&bytes)).is_err());
    }
}

#[test]
fn no_changed_byte_of_a_request_yields_another_key_or_panics() {
    for kind in [P256, RSA, "-algorithm ED25519"] {
        let pem = request(kind, "");
        let key = keys().read_request(&pem).unwrap();
        let der = pem::parse(&pem).unwrap().into_contents();
        for place in 0..der.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = der.clone();
                changed[place] ^= change;
                // The outermost headers are not signed.
                if let Ok(read) = keys().read_request(&armour(&changed)) {
                    assert_eq!(read, key, "{kind}: byte {place} ^ {change:#x}");
                }
            }
        }
    }
}

/// A root, a leaf under it for `key`, both made by openssl.
pub(crate) fn certified(directory: &Path, key: &GeneratedKey) -> IssuedCertificate {
    let private = pem::encode(&pem::Pem::new("PRIVATE KEY", key.private.expose_pkcs8()));
    std::fs::write(directory.join("key.pem"), private).unwrap();
    openssl(directory, &format!("genpkey {P256} -out ca.key"), b"").unwrap();
    openssl(
        directory,
        "req -x509 -key ca.key -subj /CN=Root -out ca.pem",
        b"",
    )
    .unwrap();
    openssl(
        directory,
        "req -new -key key.pem -subj /CN=user01 -out leaf.csr",
        b"",
    )
    .unwrap();
    let leaf = openssl(
        directory,
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 30",
        b"",
    )
    .unwrap();
    let reissue = ReissueId::from_bytes([1; 16]);
    IssuedCertificate {
        serial: SerialNumber::bound_to(reissue, KeyFingerprint::of_public_key(b"any")),
        certificate: String::from_utf8(leaf).unwrap(),
        chain: std::fs::read_to_string(directory.join("ca.pem")).unwrap(),
        not_before: Timestamp::from_unix_millis(0),
        not_after: Timestamp::from_unix_millis(1),
    }
}

#[test]
fn a_generated_key_is_p256_and_new_each_time() {
    let first = keys().generate().unwrap();
    assert_ne!(first.public, keys().generate().unwrap().public);
    let directory = tempfile::tempdir().unwrap();
    let text = openssl(
        directory.path(),
        "pkey -pubin -inform DER -text -noout",
        &first.public.spki_der,
    );
    assert!(
        String::from_utf8(text.unwrap())
            .unwrap()
            .contains("prime256v1")
    );
    let public = openssl(
        directory.path(),
        "pkey -inform DER -pubout -outform DER",
        first.private.expose_pkcs8(),
    );
    assert_eq!(public.unwrap(), first.public.spki_der);
}

#[test]
fn openssl_opens_a_file_under_passphrases_of_any_script() {
    let directory = tempfile::tempdir().unwrap();
    let key = keys().generate().unwrap();
    let issued = certified(directory.path(), &key);
    for passphrase in ["correct horse", "割符の合言葉です", "Ünïcödé ключ"] {
        let secret = SecretString::from(passphrase);
        let file = keys()
            .pkcs12(&key.private, &issued, "山田 太郎", &secret)
            .unwrap();
        std::fs::write(directory.path().join("file.p12"), &file).unwrap();
        let open = "pkcs12 -in file.p12 -passin stdin -nodes";
        let text = openssl(directory.path(), open, passphrase.as_bytes())
            .unwrap_or_else(|error| panic!("{passphrase}: {error}"));
        let text = String::from_utf8_lossy(&text).into_owned();
        let blocks = pem::parse_many(&text).unwrap();
        let of = |tag| {
            blocks
                .iter()
                .filter(|block| block.tag() == tag)
                .collect::<Vec<_>>()
        };
        let pem_of = |pem: &str| pem::parse(pem).unwrap().into_contents();
        let certificates: Vec<_> = of("CERTIFICATE")
            .iter()
            .map(|block| block.contents().to_vec())
            .collect();
        assert_eq!(
            certificates,
            [pem_of(&issued.certificate), pem_of(&issued.chain)]
        );
        let private = of("PRIVATE KEY");
        assert_eq!(private.len(), 1);
        let public = openssl(
            directory.path(),
            "pkey -inform DER -pubout -outform DER",
            private[0].contents(),
        );
        assert_eq!(public.unwrap(), key.public.spki_der);
        assert!(text.contains("friendlyName"));
        assert_eq!(text.matches("localKeyID").count(), 2);
        assert!(openssl(directory.path(), open, b"wrong wrong").is_err());
    }
}

#[test]
fn the_file_shows_its_name_and_uses_strong_algorithms_only() {
    let directory = tempfile::tempdir().unwrap();
    let key = keys().generate().unwrap();
    let issued = certified(directory.path(), &key);
    let secret = SecretString::from("correct horse");
    let file = keys()
        .pkcs12(&key.private, &issued, "user01", &secret)
        .unwrap();
    std::fs::write(directory.path().join("file.p12"), file).unwrap();
    let shown = Command::new("openssl")
        .args([
            "pkcs12",
            "-in",
            "file.p12",
            "-passin",
            "pass:correct horse",
            "-nodes",
            "-info",
        ])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(shown.status.success());
    let information = String::from_utf8_lossy(&shown.stderr);
    assert!(
        information.contains("MAC: sha256, Iteration 600000"),
        "{information}"
    );
    assert_eq!(
        information
            .matches("PBES2, PBKDF2, AES-256-CBC, Iteration 600000")
            .count(),
        2
    );
    assert!(String::from_utf8_lossy(&shown.stdout).contains("friendlyName: user01"));
}

#[test]
fn what_is_no_certificate_of_the_key_is_not_packed() {
    let directory = tempfile::tempdir().unwrap();
    let key = keys().generate().unwrap();
    let issued = certified(directory.path(), &key);
    let secret = SecretString::from("correct horse");
    for (certificate, chain) in [
        (String::new(), issued.chain.clone()),
        (issued.certificate.repeat(2), issued.chain.clone()),
        (issued.certificate.clone(), request(P256, "")),
        (issued.chain.clone(), issued.chain.clone()),
    ] {
        let bad = IssuedCertificate {
            certificate,
            chain,
            ..issued.clone()
        };
        assert!(
            keys()
                .pkcs12(&key.private, &bad, "user01", &secret)
                .is_err()
        );
    }
}
