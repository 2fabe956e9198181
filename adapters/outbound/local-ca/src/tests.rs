//! What is issued is judged by the real `openssl`; without it these tests fail.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rcgen::PublicKeyData;
use tempfile::TempDir;
use warifu_core::domain::{CertificateSubject, KeyFingerprint, ReissueId, SerialNumber, Timestamp};
use warifu_core::ports::{CertificateAuthority, CertificateRequest, Clock, PublicKey};

use super::*;

struct Fixed(Timestamp);

#[async_trait::async_trait]
impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

fn at(moment: &str) -> Arc<dyn Clock> {
    Arc::new(Fixed(Timestamp::parse_rfc3339(moment).unwrap()))
}

const NOW: &str = "2026-11-22T10:20:30.987Z";

fn open(directory: &TempDir) -> Result<LocalCertificateAuthority, LocalCaError> {
    LocalCertificateAuthority::open(
        &directory.path().join("ca"),
        at(NOW),
        LocalCaSettings::default(),
    )
}

fn refusal(directory: &TempDir) -> String {
    open(directory).map(|_| ()).unwrap_err().to_string()
}

/// Runs `openssl` in the authority's directory; `Err` with all it said when it fails.
fn openssl(directory: &TempDir, arguments: &str, input: &str) -> Result<String, String> {
    let mut child = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests need the openssl command");
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(said(&output.stdout))
    } else {
        Err(said(&output.stdout) + &said(&output.stderr))
    }
}

/// A public key that openssl made.
fn key(directory: &TempDir, kind: &str) -> PublicKey {
    let private = openssl(directory, &format!("genpkey {kind}"), "").unwrap();
    let public = openssl(directory, "pkey -pubout", &private).unwrap();
    PublicKey {
        spki_der: pem::parse(public).unwrap().into_contents(),
    }
}

fn request(public_key: PublicKey, number: u8) -> CertificateRequest {
    let reissue = ReissueId::from_bytes([number; 16]);
    CertificateRequest {
        subject: CertificateSubject {
            organisation: "株式会社サンプル".to_owned(),
            contract: "1234567890".parse().unwrap(),
            user: "admin01".parse().unwrap(),
        },
        serial: SerialNumber::bound_to(reissue, public_key.fingerprint()),
        public_key,
    }
}

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
/// 2026-11-22T10:20:30Z, for openssl.
const VERIFY: &str = "verify -purpose sslclient -x509_strict -attime 1795342830";

fn verify(directory: &TempDir, certificate: &str, options: &str) -> Result<String, String> {
    let path = directory.path().join("leaf.pem");
    fs::write(path, certificate).unwrap();
    openssl(
        directory,
        &format!("{VERIFY} -CAfile ca/ca.pem {options} leaf.pem"),
        "",
    )
}

#[tokio::test]
async fn openssl_accepts_a_certificate_for_every_kind_of_key_and_finds_that_very_key_in_it() {
    let directory = TempDir::new().unwrap();
    let authority = open(&directory).unwrap();
    for kind in [
        P256,
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        "-algorithm ED25519",
    ] {
        let request = request(key(&directory, kind), 1);
        let issued = authority.issue(&request).await.unwrap();
        verify(&directory, &issued.certificate, "").unwrap();
        let public = openssl(&directory, "x509 -pubkey -noout", &issued.certificate).unwrap();
        assert_eq!(
            pem::parse(public).unwrap().contents(),
            request.public_key.spki_der,
            "{kind}"
        );
        assert_eq!(issued.chain, authority.trust_anchors().await.unwrap());
    }
}

#[tokio::test]
async fn a_certificate_says_what_it_should_and_nothing_else() {
    let directory = TempDir::new().unwrap();
    let authority = open(&directory).unwrap();
    let request = request(key(&directory, P256), 1);
    let issued = authority.issue(&request).await.unwrap();
    let show = |what: &str| {
        openssl(
            &directory,
            &format!("x509 -noout -nameopt RFC2253,-esc_msb,utf8 {what}"),
            &issued.certificate,
        )
        .unwrap()
    };
    assert_eq!(
        show("-subject").trim(),
        "subject=CN=admin01,OU=1234567890,O=株式会社サンプル"
    );
    assert_eq!(show("-serial").trim(), format!("serial={}", request.serial));
    assert_eq!(
        show("-startdate").trim(),
        "notBefore=Nov 22 10:15:30 2026 GMT"
    );
    assert_eq!(show("-enddate").trim(), "notAfter=Nov 22 10:20:30 2027 GMT");
    assert_eq!(issued.not_before.to_string(), "2026-11-22T10:15:30Z");
    assert_eq!(issued.not_after.to_string(), "2027-11-22T10:20:30Z");
    assert_eq!(issued.not_after.as_unix_millis() % 1000, 0);
    let text = show("-text");
    assert!(
        text.contains("Signature Algorithm: ecdsa-with-SHA256"),
        "{text}"
    );
    let extensions: Vec<_> = text
        .lines()
        .filter(|line| line.trim_start().starts_with("X509v3 "))
        .map(str::trim)
        .collect();
    let expected = BTreeSet::from([
        "X509v3 extensions:",
        "X509v3 Authority Key Identifier:",
        "X509v3 Key Usage: critical",
        "X509v3 Extended Key Usage:",
        "X509v3 Subject Key Identifier:",
        "X509v3 Basic Constraints: critical",
    ]);
    assert_eq!(extensions.len(), expected.len(), "{text}");
    assert_eq!(extensions.into_iter().collect::<BTreeSet<_>>(), expected);
    let follows = |heading: &str| {
        text.lines()
            .skip_while(|line| !line.contains(heading))
            .nth(1)
            .unwrap()
            .trim()
    };
    assert_eq!(follows("X509v3 Key Usage"), "Digital Signature");
    assert_eq!(
        follows("X509v3 Extended Key Usage"),
        "TLS Web Client Authentication"
    );
    assert_eq!(follows("X509v3 Basic Constraints"), "CA:FALSE");
    let names = openssl(&directory, "asn1parse", &issued.certificate).unwrap();
    assert!(
        names.contains("UTF8STRING        :株式会社サンプル"),
        "{names}"
    );
}

#[tokio::test]
async fn a_certificate_is_no_servers_and_no_authoritys() {
    let directory = TempDir::new().unwrap();
    let authority = open(&directory).unwrap();
    let issued = authority
        .issue(&request(key(&directory, P256), 1))
        .await
        .unwrap();
    assert!(verify(&directory, &issued.certificate, "-purpose sslserver").is_err());
    let before = verify(&directory, &issued.certificate, "-attime 1795342000").unwrap_err();
    assert!(before.contains("not yet valid"), "{before}");
}

#[tokio::test]
async fn a_thousand_certificates_have_a_thousand_serials() {
    let authority =
        LocalCertificateAuthority::ephemeral(at(NOW), LocalCaSettings::default()).unwrap();
    let key = authority::generate_key().unwrap();
    let public_key = PublicKey {
        spki_der: key.subject_public_key_info(),
    };
    let mut serials = BTreeSet::new();
    for number in 0..1000_u128 {
        let reissue = ReissueId::from_bytes(number.to_be_bytes());
        let fingerprint = KeyFingerprint::of_public_key(&public_key.spki_der);
        let serial = SerialNumber::bound_to(reissue, fingerprint);
        let request = CertificateRequest {
            serial,
            ..request(public_key.clone(), 0)
        };
        let issued = authority.issue(&request).await.unwrap();
        let der = pem::parse(issued.certificate).unwrap().into_contents();
        let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
        assert_eq!(certificate.raw_serial(), serial.as_bytes());
        serials.insert(certificate.raw_serial().to_vec());
    }
    assert_eq!(serials.len(), 1000);
}

#[tokio::test]
async fn no_certificate_outlives_the_authority() {
    let directory = TempDir::new().unwrap();
    drop(open(&directory).unwrap());
    let path = directory.path().join("ca");
    let open_at = |moment| {
        LocalCertificateAuthority::open(&path, at(moment), LocalCaSettings::default()).unwrap()
    };
    let late = open_at("2046-06-01T00:00:00Z");
    let issued = late
        .issue(&request(key(&directory, P256), 1))
        .await
        .unwrap();
    assert_eq!(issued.not_after.to_string(), "2046-11-17T10:20:30Z");
    let expired = open_at("2046-12-01T00:00:00Z");
    assert!(
        expired
            .issue(&request(key(&directory, P256), 1))
            .await
            .is_err()
    );
    assert!(expired.check().await.is_err());
}

#[tokio::test]
async fn a_key_that_cannot_be_certified_is_an_error() {
    let directory = TempDir::new().unwrap();
    let authority = open(&directory).unwrap();
    for spki_der in [
        vec![],
        vec![0; 91],
        key(&directory, "-algorithm ED448").spki_der,
    ] {
        let request = request(PublicKey { spki_der }, 1);
        assert!(authority.issue(&request).await.is_err());
    }
}

#[tokio::test]
async fn the_directory_is_private_and_found_again() {
    let directory = TempDir::new().unwrap();
    let first = open(&directory).unwrap();
    let mode = |name: &str| {
        let path = directory.path().join("ca").join(name);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("ca.key"), 0o600);
    first.check().await.unwrap();
    let again = open(&directory).unwrap();
    assert_eq!(
        first.trust_anchors().await.unwrap(),
        again.trust_anchors().await.unwrap()
    );
    let names: BTreeSet<_> = fs::read_dir(directory.path().join("ca"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = ["ca.key", "ca.pem", "crl.pem", "lock"].map(str::to_owned);
    assert_eq!(
        names,
        BTreeSet::from(expected),
        "nothing unfinished is left"
    );
}

#[tokio::test]
async fn servers_that_start_together_share_one_authority() {
    let directory = Arc::new(TempDir::new().unwrap());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let directory = Arc::clone(&directory);
            std::thread::spawn(move || open(&directory).unwrap())
        })
        .collect();
    let mut anchors = BTreeSet::new();
    for thread in threads {
        let authority = thread.join().unwrap();
        anchors.insert(authority.trust_anchors().await.unwrap());
        let issued = authority
            .issue(&request(key(&directory, P256), 1))
            .await
            .unwrap();
        verify(&directory, &issued.certificate, "").unwrap();
    }
    assert_eq!(anchors.len(), 1);
}

#[test]
fn what_does_not_belong_together_is_refused_by_name() {
    let directory = TempDir::new().unwrap();
    drop(open(&directory).unwrap());
    let file = |name: &str| directory.path().join("ca").join(name);
    let good_key = fs::read(file("ca.key")).unwrap();
    let good_certificate = fs::read(file("ca.pem")).unwrap();

    fs::set_permissions(file("ca.key"), fs::Permissions::from_mode(0o640)).unwrap();
    let told = refusal(&directory);
    assert!(
        told.contains("mode 640") && told.contains("chmod 600"),
        "{told}"
    );
    fs::set_permissions(file("ca.key"), fs::Permissions::from_mode(0o600)).unwrap();

    let other = openssl(&directory, &format!("genpkey {P256}"), "").unwrap();
    fs::write(file("ca.key"), other).unwrap();
    assert!(refusal(&directory).contains("is not the certificate of the key"));
    fs::write(file("ca.key"), "garbage").unwrap();
    assert!(refusal(&directory).contains("is not a private key"));
    fs::write(file("ca.key"), &good_key).unwrap();

    openssl(
        &directory,
        "req -x509 -key ca/ca.key -subj /CN=x -out ca/ca.pem -addext basicConstraints=CA:FALSE",
        "",
    )
    .unwrap();
    assert!(refusal(&directory).contains("is not a certificate of an authority"));
    fs::write(file("ca.pem"), "").unwrap();
    assert!(refusal(&directory).contains("is not a certificate of an authority"));
    fs::write(file("ca.pem"), &good_certificate).unwrap();

    fs::remove_file(file("ca.key")).unwrap();
    assert!(refusal(&directory).contains("is missing beside its certificate"));
    assert!(
        !file("ca.key").exists(),
        "no new key is made beside an old certificate"
    );
}

#[tokio::test]
async fn a_start_that_was_interrupted_is_finished_by_the_next() {
    let directory = TempDir::new().unwrap();
    let before = open(&directory).unwrap();
    let issued = before
        .issue(&request(key(&directory, P256), 1))
        .await
        .unwrap();
    fs::remove_file(directory.path().join("ca/ca.pem")).unwrap();
    fs::write(directory.path().join("ca/ca.unfinished"), "half").unwrap();
    drop(open(&directory).unwrap());
    verify(&directory, &issued.certificate, "").unwrap();
}

#[tokio::test]
async fn a_banks_own_intermediate_authority_is_used_with_its_chain() {
    let directory = TempDir::new().unwrap();
    let run = |arguments: &str| openssl(&directory, arguments, "").unwrap();
    fs::create_dir(directory.path().join("ca")).unwrap();
    run(&format!("genpkey {P256} -out root.key"));
    run("req -x509 -key root.key -subj /CN=Root -days 3650 -out root.pem");
    run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out ca/ca.key");
    fs::set_permissions(
        directory.path().join("ca/ca.key"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    run("req -new -key ca/ca.key -subj /C=JP/O=Bank/CN=Issuing -out ca.csr");
    fs::write(
        directory.path().join("extensions"),
        "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n",
    )
    .unwrap();
    run(
        "x509 -req -in ca.csr -CA root.pem -CAkey root.key -days 3650 -extfile extensions -out issuing.pem",
    );
    let chain = ["issuing.pem", "root.pem"]
        .map(|name| fs::read_to_string(directory.path().join(name)).unwrap())
        .concat();
    fs::write(directory.path().join("ca/ca.pem"), &chain).unwrap();

    let now = fs::metadata(directory.path().join("ca/ca.pem"))
        .unwrap()
        .modified()
        .unwrap();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap() + Duration::from_secs(3600);
    let clock = Fixed(Timestamp::from_unix_millis(0).plus(now));
    let authority = LocalCertificateAuthority::open(
        &directory.path().join("ca"),
        Arc::new(clock),
        LocalCaSettings::default(),
    )
    .unwrap();
    let request = request(key(&directory, P256), 1);
    let issued = authority.issue(&request).await.unwrap();
    fs::write(directory.path().join("leaf.pem"), &issued.certificate).unwrap();
    authority.revoke(request.serial).await.unwrap();
    let verify = format!("verify -purpose sslclient -attime {}", now.as_secs());
    run(&format!(
        "{verify} -CAfile root.pem -untrusted ca/ca.pem leaf.pem"
    ));
    assert_eq!(
        pem::parse_many(&issued.chain).unwrap(),
        pem::parse_many(chain).unwrap()
    );
    let revoked = format!("{verify} -CAfile ca/ca.pem -CRLfile ca/crl.pem -crl_check leaf.pem");
    let told = openssl(&directory, &revoked, "").unwrap_err();
    assert!(told.contains("certificate revoked"), "{told}");
}

#[tokio::test]
async fn what_was_revoked_is_on_the_list_and_stays_there() {
    let directory = TempDir::new().unwrap();
    let authority = open(&directory).unwrap();
    let (one, two) = (
        request(key(&directory, P256), 1),
        request(key(&directory, P256), 2),
    );
    let good = authority.issue(&one).await.unwrap();
    let bad = authority.issue(&two).await.unwrap();
    let listed = "-CRLfile ca/crl.pem -crl_check";
    verify(&directory, &bad.certificate, listed).unwrap();
    authority.revoke(two.serial).await.unwrap();
    open(&directory).unwrap().revoke(two.serial).await.unwrap();
    let never_issued = request(key(&directory, P256), 3).serial;
    authority.revoke(never_issued).await.unwrap();
    for _ in 0..2 {
        let told = verify(&directory, &bad.certificate, listed).unwrap_err();
        assert!(told.contains("certificate revoked"), "{told}");
        verify(&directory, &good.certificate, listed).unwrap();
        let path = directory.path().join("ca");
        let list = fs::read_to_string(path.join("revoked")).unwrap();
        let at = "2026-11-22T10:20:30Z";
        assert_eq!(list, format!("{} {at}\n{never_issued} {at}\n", two.serial));
        fs::remove_file(path.join("crl.pem")).unwrap();
        drop(open(&directory).unwrap());
    }
    fs::write(directory.path().join("ca/revoked"), "nonsense\n").unwrap();
    let error = open(&directory).map(|_| ()).unwrap_err();
    assert!(
        error.in_full().contains("nonsense"),
        "a list that cannot be read stops the start"
    );
}
