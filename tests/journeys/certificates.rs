//! What comes out is a certificate that openssl accepts, and comes out once.

use data_encoding::BASE64_MIME_PERMISSIVE;
use serde_json::json;

use crate::support::{ADMIN, CONTRACT, OpenSsl, TestServer, USER};

#[tokio::test]
async fn openssl_accepts_the_certificate_for_every_kind_of_key() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let kinds: [&[&str]; 4] = [
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["rsa:2048"],
        &["ed25519"],
    ];
    for kind in kinds {
        let openssl = OpenSsl::new();
        let password = admin.reissue(USER).await;
        let csr = openssl.request(kind);
        let answer = user
            .redeem_csr(&password, &csr)
            .await
            .expect(201, None)
            .json();
        openssl.write("certificate.pem", answer["certificate"].as_str().unwrap());
        openssl.write("chain.pem", answer["chain"].as_str().unwrap());
        openssl.succeed(&[
            "verify",
            "-purpose",
            "sslclient",
            "-x509_strict",
            "-CAfile",
            "chain.pem",
            "certificate.pem",
        ]);
        let text = openssl.succeed(&[
            "x509",
            "-in",
            "certificate.pem",
            "-noout",
            "-text",
            "-nameopt",
            "utf8,sep_comma_plus",
        ]);
        assert!(
            text.contains(&format!(
                "Subject: O=株式会社サンプル,OU={CONTRACT},CN={USER}"
            )),
            "{text}"
        );
        assert!(text.contains("CA:FALSE") && text.contains("TLS Web Client Authentication"));
        assert!(!text.contains("evil") && !text.contains("Evil"), "{text}");
        let serial = openssl.succeed(&["x509", "-in", "certificate.pem", "-noout", "-serial"]);
        assert_eq!(
            serial.trim(),
            format!("serial={}", answer["serial"].as_str().unwrap())
        );
        // The certificate is for the key of the request, of whatever kind.
        let wanted = openssl.succeed(&["req", "-in", "csr.pem", "-noout", "-pubkey"]);
        let certified = openssl.succeed(&["x509", "-in", "certificate.pem", "-noout", "-pubkey"]);
        assert_eq!(wanted, certified);
    }
}

#[tokio::test]
async fn a_pkcs12_file_opens_with_a_passphrase_of_any_script() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    for passphrase in ["correct horse", "正しい馬の電池と留め金", "пароль и ключ"]
    {
        let openssl = OpenSsl::new();
        let password = admin.reissue(USER).await;
        let answer = user
            .redeem_pkcs12(&password, passphrase)
            .await
            .expect(201, None)
            .json();
        let pkcs12 = data_encoding::BASE64.decode(answer["pkcs12"].as_str().unwrap().as_bytes());
        openssl.write("file.p12", pkcs12.unwrap());
        openssl.write("passphrase", passphrase);
        let arguments = [
            "pkcs12",
            "-in",
            "file.p12",
            "-passin",
            "file:passphrase",
            "-nodes",
            "-out",
            "all.pem",
        ];
        openssl.succeed(&arguments);
        openssl.succeed(&["x509", "-in", "all.pem", "-noout", "-checkend", "30000000"]);
        let of_key = openssl.succeed(&["pkey", "-in", "all.pem", "-pubout"]);
        let of_certificate = openssl.succeed(&["x509", "-in", "all.pem", "-noout", "-pubkey"]);
        assert_eq!(of_key, of_certificate);
    }
}

#[tokio::test]
async fn the_same_key_gets_the_same_certificate_again_and_another_key_nothing() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let password = admin.reissue(USER).await;
    let csr = OpenSsl::new().p256_request();
    let first = user
        .redeem_csr(&password, &csr)
        .await
        .expect(201, None)
        .json();
    let again = user
        .redeem_csr(&password, &csr)
        .await
        .expect(201, None)
        .json();
    assert_eq!(first, again);
    // A used password with another key is a wrong entry, in words and in number. The redemption was
    // charged, too.
    for _ in 0..3 {
        let other = OpenSsl::new().p256_request();
        user.redeem_csr(&password, &other)
            .await
            .expect(401, Some("retrieval-refused"));
    }
    let answer = user.redeem_pkcs12(&password, "long enough").await;
    answer.expect(423, Some("retrieval-locked"));
    assert_eq!(server.count("certificate.issued"), 1);
    assert_eq!(server.count("retrieval_password.redeemed"), 1);
    let records = server.audit();
    let named = |event: &str, result: Option<&str>| {
        let found = records.iter().find(|record| {
            record["event"] == event && result.is_none_or(|kind| record["detail"]["result"] == kind)
        });
        found.unwrap()["detail"]["reissue_id"].clone()
    };
    let redeemed = named("retrieval_password.redeemed", None);
    assert!(redeemed.is_string());
    // Also where the first answer's own record is lost, the second says which password it was.
    assert_eq!(named("retrieval.evaluated", Some("same-key")), redeemed);
    let users = admin.get("/api/v1/admin/users?query=user01").await.json();
    assert_eq!(users["users"][0]["certificate"]["status"], "valid");
    assert_eq!(
        users["users"][0]["retrieval_password"]["status"],
        "redeemed"
    );
    assert_eq!(users["users"][0]["locks"], json!(["retrieval"]));
}

#[tokio::test]
async fn a_bad_request_spends_nothing() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let password = admin.reissue(USER).await;
    let good = OpenSsl::new().p256_request();
    let weak = OpenSsl::new().request(&["rsa:1024"]);
    let curve = OpenSsl::new().request(&["ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"]);
    let tampered = tampered(&good);
    let of_nobody = of_small_order(&OpenSsl::new().request(&["ed25519"]));
    let good_twice = good.repeat(2);
    for csr in [
        "",
        "garbage",
        &good_twice,
        &weak,
        &curve,
        &tampered,
        &of_nobody,
    ] {
        let answer = user.redeem_csr(&password, csr).await;
        answer.expect(400, Some("bad-csr"));
    }
    assert_eq!(server.count("retrieval.evaluated"), 0);
    user.redeem_csr(&password, &good).await.expect(201, None);
}

/// The same request with another last byte, which belongs to the signature.
fn tampered(request: &str) -> String {
    let body: String = request
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let mut der = BASE64_MIME_PERMISSIVE.decode(body.as_bytes()).unwrap();
    *der.last_mut().unwrap() ^= 1;
    let body = BASE64_MIME_PERMISSIVE.encode(&der).replace('\r', "");
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n")
}

#[tokio::test]
async fn exactly_one_of_request_and_passphrase_is_needed() {
    let server = TestServer::start().await;
    let admin = server.client.login_admin(ADMIN).await;
    let user = server.client.login_self(USER).await;
    let password = admin.reissue(USER).await;
    let csr = OpenSsl::new().p256_request();
    let both = json!({
        "retrieval_password": password, "csr": csr, "pkcs12_passphrase": "long enough",
    });
    let neither = json!({ "retrieval_password": password });
    let short = json!({ "retrieval_password": password, "pkcs12_passphrase": "short" });
    for body in [both, neither, short] {
        let answer = user.post("/api/v1/self/certificate", body).await;
        answer.expect(422, Some("invalid-field"));
    }
}

/// The request with the neutral element for its key, and the signature of anything by it.
fn of_small_order(csr: &str) -> String {
    let base64: String = csr.lines().filter(|line| !line.contains("--")).collect();
    let mut der = data_encoding::BASE64.decode(base64.as_bytes()).unwrap();
    let before_key = b"\x06\x03\x2b\x65\x70\x03\x21\x00";
    let mut windows = der.windows(before_key.len());
    let key = windows.position(|window| window == before_key).unwrap() + before_key.len();
    let signature = der.len() - 64;
    der[key..key + 32].fill(0);
    der[signature..].fill(0);
    (der[key], der[signature]) = (1, 1);
    let base64 = data_encoding::BASE64.encode(&der);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{base64}\n-----END CERTIFICATE REQUEST-----\n")
}
