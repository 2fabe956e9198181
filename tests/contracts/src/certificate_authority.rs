//! [`CertificateAuthority`]: a certificate says exactly what was asked for, and `openssl` agrees.

use std::sync::Arc;

use data_encoding::BASE64;
use warifu_core::domain::{CertificateSubject, IssuedCertificate};
use warifu_core::ports::{CertificateAuthority, CertificateRequest, PublicKey};

use crate::case::{CaseResult, Failure, ensure, ensure_eq, suite};
use crate::openssl::{OpenSsl, block};
use crate::samples::{contract, serial, user_id};

type Authority = Arc<dyn CertificateAuthority>;

suite!($ certificate_authority_conformance, certificate_authority, Authority, [
    a_certificate_verifies_for_every_kind_of_key,
    a_certificate_has_exactly_the_given_subject_key_and_serial,
    a_certificate_is_for_clients_only,
    the_validity_is_as_told,
    a_name_cannot_add_to_the_subject,
    the_same_request_may_be_asked_again,
    certificates_have_the_serials_they_were_given,
    what_is_no_key_is_not_certified,
    revoking_may_be_repeated_and_come_first,
    the_chain_ends_in_a_trust_anchor,
    it_says_that_it_can_answer,
]);

/// Public keys, whose private halves nobody kept.
const KEYS: [(&str, &str); 4] = [
    (
        "P-256",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJYYKVvrlo/C4+8e6Fgu/32uHVT0CzyyS7MthuLNi8ty4JmU1WdF9\
         ZKgfI+Lc+hUC4bX2zJzCIpnpqOOs8h/DEA==",
    ),
    (
        "P-384",
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAESdHL1/68uhSWhzfZqrXyf766eprheRABezBlxmjG6bvaVgqfdExwEqvx\
         CF3UaonoTZ2c4yLR4K8JQSBxIKrAGwT/VZaPr74Gm9oTcWSSOhypvmwwQIplqKW59riYCppR",
    ),
    (
        "RSA of 2048 bits",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzyO39HiOLZgU4SqwVPGSoJrA4FfdFfRJyCJ+3o5m1KYV\
         MPoEtwtO9ZfTj/Qh7A96IxjpL5/CXnNSgDgzHFn1oCHl9fSuGRk0EiB3sAOl32lG3zqGPOTcDoZlW9xyq8cB0J/7\
         Qr+BaYV1lQQh49StJi+OSPYTeC1gWGy8SSKIeijxaE7Dj7KeSwqmSSjOXlBTpLvr6NymLNBUzFpkBguZpQgqEOfr\
         Id5NJPMNfyDBYvr9fyX0eQPk3ARxfYM8HvFTyXKwrwysC3BiF7cAOB6ffV6OPN43xE0QUXLb5Tx5PgKeLblS0yMG\
         quhDqe0bc339wLmFptqpYXIECkzLi6eKowIDAQAB",
    ),
    (
        "Ed25519",
        "MCowBQYDK2VwAyEAD+Osi/Go3EOPMW3DPwhgiy8k/SSzoDiThw86VfWFZSg=",
    ),
];

fn key(place: usize) -> Result<PublicKey, Failure> {
    Ok(PublicKey {
        spki_der: BASE64.decode(KEYS[place].1.as_bytes())?,
    })
}

/// The request with this number, for the key at `place`.
fn request(place: usize, number: usize) -> Result<CertificateRequest, Failure> {
    Ok(CertificateRequest {
        subject: CertificateSubject {
            organisation: "株式会社サンプル".to_owned(),
            contract: contract(),
            user: user_id(number),
        },
        public_key: key(place)?,
        serial: serial(number),
    })
}

/// `openssl verify` at a moment when the certificate is valid.
async fn verify(
    authority: &Authority,
    issued: &IssuedCertificate,
    purpose: &str,
) -> Result<String, Failure> {
    let openssl = OpenSsl::new()?;
    openssl.put("anchors.pem", authority.trust_anchors().await?)?;
    openssl.put("chain.pem", &issued.chain)?;
    openssl.put("leaf.pem", &issued.certificate)?;
    let moment = issued.not_before.as_unix_seconds() + 600;
    let options = "-x509_strict -CAfile anchors.pem -untrusted chain.pem";
    openssl.run(
        &format!("verify -purpose {purpose} -attime {moment} {options} leaf.pem"),
        "",
    )
}

fn show(issued: &IssuedCertificate, options: &str) -> Result<String, Failure> {
    let shown = OpenSsl::new()?.run(&format!("x509 -noout {options}"), &issued.certificate)?;
    Ok(shown.trim_end().to_owned())
}

async fn a_certificate_verifies_for_every_kind_of_key(authority: Authority) -> CaseResult {
    for place in 0..KEYS.len() {
        let issued = authority.issue(&request(place, 1)?).await?;
        verify(&authority, &issued, "sslclient").await?;
    }
    Ok(())
}

async fn a_certificate_has_exactly_the_given_subject_key_and_serial(
    authority: Authority,
) -> CaseResult {
    for (place, (kind, _)) in KEYS.iter().enumerate() {
        let request = request(place, 1)?;
        let issued = authority.issue(&request).await?;
        let public = block(&show(&issued, "-pubkey")?, "PUBLIC KEY")?;
        ensure_eq!(public, request.public_key.spki_der, "{kind} key");
        ensure_eq!(issued.serial, request.serial, "serial told");
        ensure_eq!(
            show(&issued, "-serial")?,
            format!("serial={}", request.serial),
            "serial"
        );
        ensure_eq!(
            show(&issued, "-subject -nameopt RFC2253,utf8,-esc_msb")?,
            "subject=CN=user00001,OU=1234567890,O=株式会社サンプル",
            "subject, from its end"
        );
    }
    Ok(())
}

async fn a_certificate_is_for_clients_only(authority: Authority) -> CaseResult {
    let issued = authority.issue(&request(0, 1)?).await?;
    let text = show(&issued, "-ext extendedKeyUsage,basicConstraints")?;
    let values: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("X509v3"))
        .map(str::trim)
        .collect();
    ensure!(
        values.contains(&"TLS Web Client Authentication"),
        "extended key usage: {text}"
    );
    ensure!(values.contains(&"CA:FALSE"), "basic constraints: {text}");
    ensure_eq!(values.len(), 2, "usages and constraints in {text}");
    ensure!(
        verify(&authority, &issued, "sslserver").await.is_err(),
        "a server could use the certificate"
    );
    Ok(())
}

async fn the_validity_is_as_told(authority: Authority) -> CaseResult {
    let issued = authority.issue(&request(0, 1)?).await?;
    ensure!(
        issued.not_before < issued.not_after,
        "it ends before it begins"
    );
    let shown = show(&issued, "-startdate -enddate -dateopt iso_8601")?;
    let iso = |moment: warifu_core::domain::Timestamp| moment.to_string().replace('T', " ");
    let expected = format!(
        "notBefore={}\nnotAfter={}",
        iso(issued.not_before),
        iso(issued.not_after)
    );
    ensure_eq!(shown, expected, "validity");
    ensure_eq!(
        issued.not_after.as_unix_millis() % 1000,
        0,
        "parts of a second told"
    );
    Ok(())
}

async fn a_name_cannot_add_to_the_subject(authority: Authority) -> CaseResult {
    for organisation in [
        "Example, CN=root/OU=9999999999+UID=0",
        "\"quoted\" \\ <angled>; #hash",
        " surrounded by spaces ",
        "合同会社𠮷田 & Söhne 😀",
        &"長".repeat(60),
    ] {
        let mut request = request(0, 1)?;
        organisation.clone_into(&mut request.subject.organisation);
        let issued = authority.issue(&request).await?;
        verify(&authority, &issued, "sslclient").await?;
        let shown = show(&issued, "-subject -nameopt sep_multiline,utf8,sname")?;
        let parts: Vec<_> = shown.lines().skip(1).map(str::trim_start).collect();
        let expected = [
            format!("O={organisation}"),
            "OU=1234567890".to_owned(),
            "CN=user00001".to_owned(),
        ];
        ensure_eq!(parts, expected, "subject");
    }
    Ok(())
}

async fn the_same_request_may_be_asked_again(authority: Authority) -> CaseResult {
    let request = request(0, 1)?;
    for _ in 0..2 {
        let issued = authority.issue(&request).await?;
        ensure_eq!(issued.serial, request.serial, "serial");
        verify(&authority, &issued, "sslclient").await?;
    }
    Ok(())
}

async fn certificates_have_the_serials_they_were_given(authority: Authority) -> CaseResult {
    for number in 0..20 {
        let request = request(0, number)?;
        let issued = authority.issue(&request).await?;
        ensure_eq!(
            show(&issued, "-serial")?,
            format!("serial={}", request.serial),
            "serial"
        );
    }
    Ok(())
}

async fn what_is_no_key_is_not_certified(authority: Authority) -> CaseResult {
    for spki_der in [vec![], vec![0; 91], key(0)?.spki_der[..80].to_vec()] {
        let mut request = request(0, 1)?;
        request.public_key = PublicKey { spki_der };
        ensure!(
            authority.issue(&request).await.is_err(),
            "something was certified that is no key"
        );
    }
    Ok(())
}

async fn revoking_may_be_repeated_and_come_first(authority: Authority) -> CaseResult {
    let issued = authority.issue(&request(0, 1)?).await?;
    authority.revoke(issued.serial).await?;
    authority.revoke(issued.serial).await?;
    authority.revoke(serial(2)).await?;
    authority.issue(&request(0, 3)?).await?;
    Ok(())
}

async fn the_chain_ends_in_a_trust_anchor(authority: Authority) -> CaseResult {
    let issued = authority.issue(&request(0, 1)?).await?;
    let anchors = authority.trust_anchors().await?;
    let last = |pem: &str| crate::openssl::blocks(pem, "CERTIFICATE").map(|mut all| all.pop());
    let end = last(&issued.chain)?.ok_or_else(|| Failure::new("the chain is empty"))?;
    let trusted = crate::openssl::blocks(&anchors, "CERTIFICATE")?;
    ensure!(
        trusted.contains(&end),
        "the chain does not end in a trust anchor"
    );
    Ok(())
}

async fn it_says_that_it_can_answer(authority: Authority) -> CaseResult {
    Ok(authority.check().await?)
}
