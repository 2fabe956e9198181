//! [`ClientKeys`]: whatever a request says, only a sound key that its sender holds gets through.

use std::sync::Arc;

use secrecy::SecretString;
use warifu_core::domain::IssuedCertificate;
use warifu_core::ports::{BadCsr, ClientKeys, GeneratedKey};

use crate::case::{CaseResult, Failure, ensure, ensure_eq, suite};
use crate::openssl::{OpenSsl, block, blocks};
use crate::samples::{START, VALID_FOR, serial};

type Keys = Arc<dyn ClientKeys>;

suite!($ client_keys_conformance, client_keys, Keys, [
    the_key_of_an_accepted_request_comes_out_whole,
    only_the_key_of_a_request_is_used,
    a_key_that_is_weak_or_of_another_kind_is_refused,
    a_weak_signature_is_refused,
    a_request_signed_by_another_key_is_refused,
    what_is_not_one_request_is_malformed,
    a_generated_key_is_p256_and_new,
    a_pkcs12_file_opens_with_passphrases_of_any_script,
    a_pkcs12_file_needs_its_passphrase,
]);

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const P384: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384";
const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
const ED25519: &str = "-algorithm ED25519";

/// A request for a new key of `kind`, signed with `options`.
fn request(openssl: &OpenSsl, kind: &str, options: &str) -> Result<String, Failure> {
    openssl.run(&format!("genpkey {kind} -out key.pem"), "")?;
    openssl.run(
        &format!("req -new -key key.pem -subj /O=Applicant/CN=admin01 {options}"),
        "",
    )
}

async fn the_key_of_an_accepted_request_comes_out_whole(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    for kind in [P256, P384, RSA, ED25519] {
        let pem = request(&openssl, kind, "")?;
        let key = keys.read_request(&pem)?;
        let public = block(&openssl.run("req -pubkey -noout", &pem)?, "PUBLIC KEY")?;
        ensure_eq!(key.spki_der, public, "key of {kind}");
        let windows = format!("\r\n{}\r\n", pem.replace('\n', "\r\n"));
        ensure_eq!(
            keys.read_request(&windows)?,
            key,
            "key of {kind} with other line ends"
        );
    }
    Ok(())
}

async fn only_the_key_of_a_request_is_used(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    let plain = keys.read_request(&request(&openssl, P256, "")?)?;
    let greedy = openssl.run(
        "req -new -key key.pem -subj /CN=root -addext basicConstraints=critical,CA:TRUE \
         -addext keyUsage=keyCertSign -addext subjectAltName=DNS:bank.example",
        "",
    )?;
    ensure_eq!(
        keys.read_request(&greedy)?,
        plain,
        "what came of a request that wants more"
    );
    Ok(())
}

async fn a_key_that_is_weak_or_of_another_kind_is_refused(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    for kind in [
        "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-192",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "-algorithm ED448",
    ] {
        let answer = keys.read_request(&request(&openssl, kind, "")?);
        ensure_eq!(answer, Err(BadCsr::Key), "answer to {kind}");
    }
    Ok(())
}

async fn a_weak_signature_is_refused(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    for (kind, options) in [(RSA, "-sha1"), (RSA, "-md5"), (P256, "-sha1")] {
        let answer = keys.read_request(&request(&openssl, kind, options)?);
        ensure_eq!(answer, Err(BadCsr::Algorithm), "answer to {kind} {options}");
    }
    Ok(())
}

fn armour(der: &[u8]) -> String {
    let base64 = data_encoding::BASE64.encode(der);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{base64}\n-----END CERTIFICATE REQUEST-----\n")
}

async fn a_request_signed_by_another_key_is_refused(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    for kind in [P256, RSA, ED25519] {
        let der = block(&request(&openssl, kind, "")?, "CERTIFICATE REQUEST")?;
        let key = keys.read_request(&armour(&der))?;
        let name = b"admin01";
        let place = der.windows(name.len()).position(|window| window == name);
        let place = place.ok_or_else(|| Failure::new("the request does not hold its name"))?;
        let mut renamed = der.clone();
        renamed[place + 6] = b'2';
        let answer = keys.read_request(&armour(&renamed));
        ensure_eq!(
            answer,
            Err(BadCsr::Signature),
            "answer to {kind} with another name"
        );
        let mut signed_otherwise = der.clone();
        if let Some(last) = signed_otherwise.last_mut() {
            *last ^= 1;
        }
        let answer = keys.read_request(&armour(&signed_otherwise));
        ensure_eq!(
            answer,
            Err(BadCsr::Signature),
            "answer to {kind} with another signature"
        );
        // Any one byte of it: an answer, no panic, and never another key.
        for place in 0..der.len() {
            let mut changed = der.clone();
            changed[place] ^= 0x80;
            let answer = keys.read_request(&armour(&changed));
            let ok = answer.as_ref().map_or(true, |read| *read == key);
            ensure!(
                ok,
                "byte {place} of {kind} was changed and another key came out"
            );
        }
    }
    Ok(())
}

async fn what_is_not_one_request_is_malformed(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    let good = request(&openssl, P256, "")?;
    let der = block(&good, "CERTIFICATE REQUEST")?;
    for bad in [
        String::new(),
        "garbage".to_owned(),
        good.repeat(2),
        format!("{good}trailer"),
        format!("header\n{good}"),
        good.replace("CERTIFICATE REQUEST", "PUBLIC KEY"),
        format!("{good}{}", " ".repeat(16 * 1024)),
        armour(&[&der[..], &[0]].concat()),
        armour(&der[..der.len() / 2]),
        armour(&[0x30; 4000]),
        armour(b""),
    ] {
        let answer = keys.read_request(&bad);
        ensure_eq!(answer, Err(BadCsr::Malformed), "answer to {bad:.60}");
    }
    Ok(())
}

fn private_pem(key: &GeneratedKey) -> String {
    let base64 = data_encoding::BASE64.encode(key.private.expose_pkcs8());
    format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n")
}

async fn a_generated_key_is_p256_and_new(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    let (one, two) = (keys.generate()?, keys.generate()?);
    ensure!(one.public != two.public, "two keys are the same");
    for key in [one, two] {
        let private = private_pem(&key);
        let public = block(&openssl.run("pkey -pubout", &private)?, "PUBLIC KEY")?;
        ensure_eq!(key.public.spki_der, public, "public half");
        let text = openssl.run("pkey -noout -text_pub", &private)?;
        ensure!(text.contains("prime256v1"), "it is no P-256 key: {text}");
        openssl.put("key.pem", &private)?;
        let request = openssl.run("req -new -key key.pem -subj /CN=x", "")?;
        ensure_eq!(
            keys.read_request(&request)?,
            key.public,
            "key of a request for it"
        );
    }
    Ok(())
}

/// A certificate for `key` below a root.
fn certified(openssl: &OpenSsl, key: &GeneratedKey) -> Result<IssuedCertificate, Failure> {
    openssl.put("key.pem", private_pem(key))?;
    openssl.run(&format!("genpkey {P256} -out ca.key"), "")?;
    let chain = openssl.run("req -x509 -key ca.key -subj /CN=Root", "")?;
    openssl.put("ca.pem", &chain)?;
    let request = openssl.run("req -new -key key.pem -subj /CN=user01", "")?;
    let certificate = openssl.run("x509 -req -CA ca.pem -CAkey ca.key -days 30", &request)?;
    Ok(IssuedCertificate {
        serial: serial(1),
        certificate,
        chain,
        not_before: START,
        not_after: START.plus(VALID_FOR),
    })
}

const OPEN: &str = "pkcs12 -in file.p12 -passin stdin -nodes";

async fn a_pkcs12_file_opens_with_passphrases_of_any_script(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    let key = keys.generate()?;
    let issued = certified(&openssl, &key)?;
    for passphrase in [
        "correct horse",
        "割符の合言葉です",
        "ﾊﾝｶｸと全角　空白",
        "пароль ü",
    ] {
        let secret = SecretString::from(passphrase);
        let file = keys.pkcs12(&key.private, &issued, "株式会社吉田 user01", &secret)?;
        openssl.put("file.p12", file)?;
        let text = openssl.run(OPEN, passphrase)?;
        let expected = [
            block(&issued.certificate, "CERTIFICATE")?,
            block(&issued.chain, "CERTIFICATE")?,
        ];
        ensure_eq!(
            blocks(&text, "CERTIFICATE")?,
            expected,
            "certificates under {passphrase}"
        );
        let private = text
            .find("-----BEGIN PRIVATE KEY-----")
            .ok_or_else(|| Failure::new("the file holds no key"))?;
        let public = openssl.run("pkey -pubout", &text[private..])?;
        ensure_eq!(
            block(&public, "PUBLIC KEY")?,
            key.public.spki_der,
            "key under {passphrase}"
        );
        ensure!(
            text.contains("friendlyName"),
            "the file has no name to show"
        );
    }
    Ok(())
}

async fn a_pkcs12_file_needs_its_passphrase(keys: Keys) -> CaseResult {
    let openssl = OpenSsl::new()?;
    let key = keys.generate()?;
    let issued = certified(&openssl, &key)?;
    let file = keys.pkcs12(
        &key.private,
        &issued,
        "user01",
        &SecretString::from("correct horse"),
    )?;
    let secret = key.private.expose_pkcs8();
    ensure!(
        !file.windows(32).any(|window| secret.ends_with(window)),
        "the key is readable"
    );
    openssl.put("file.p12", file)?;
    for wrong in ["", "correct hors", "Correct horse", "correct horse "] {
        ensure!(
            openssl.run(OPEN, wrong).is_err(),
            "the file opened with {wrong:?}"
        );
    }
    Ok(())
}
