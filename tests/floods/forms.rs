//! What it costs to send very many of something: not more than one of the same size.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::rounds;
use crate::target::{Target, hostile};
use crate::wire::{ask, get, post};

/// As many fields as fit into the largest body.
const FIELDS: usize = 17_000;

/// The largest body.
const BODY: usize = 64 * 1024;

/// Less than the largest head.
const HEAD: usize = 24 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";

/// CPU seconds that the server takes for `request`, sent `times` times, and its last status.
async fn cost(target: &Target, from: Ipv4Addr, request: &str, times: usize) -> (f64, u16) {
    let before = target.cpu();
    let mut status = 0;
    for _ in 0..times {
        let answer = ask(from, target.public, request.as_bytes()).await;
        status = answer.expect("there is an answer").status;
    }
    (target.cpu() - before, status)
}

/// `count` of `one(number)` and, in as many bytes, a single long one.
fn many_and_one(
    most: usize,
    separator: &str,
    one: impl Fn(usize) -> String,
    single: impl Fn(usize) -> String,
) -> (String, String) {
    let mut many = String::new();
    for number in 0..FIELDS {
        let next = one(number);
        if many.len() + separator.len() + next.len() > most {
            break;
        }
        let _ = write!(many, "{separator}{next}");
    }
    let many = many.split_off(separator.len());
    let single = single(many.len());
    assert!(many.len().abs_diff(single.len()) < 200);
    (many, single)
}

/// Requests with very many of something, with one of the same size, and what the former is answered.
fn kinds() -> Vec<(&'static str, String, String, u16)> {
    let filler = |length: usize| "x".repeat(length.saturating_sub(20));
    let login = |(many, one): (String, String)| {
        let form = |body: &str| post("/cert/login", FORM, body);
        (form(&many), form(&one))
    };
    let (unknown, one) = login(many_and_one(
        BODY,
        "&",
        |number| format!("{number:x}="),
        |length| format!("{}=", filler(length)),
    ));
    let (twice, long) = login(many_and_one(
        BODY,
        "&",
        |_| "user=a".to_owned(),
        |length| format!("user={}", filler(length)),
    ));
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let in_parts = |parts: &str| {
        let kind = "multipart/form-data; boundary=b";
        post("/cert/login", kind, &format!("{parts}--b--\r\n"))
    };
    let (parts, one_part) = many_and_one(
        BODY - 8,
        "",
        |number| part(&format!("{number:x}"), ""),
        |length| part("user", &filler(length.saturating_sub(60))),
    );
    let json = |members: &str| {
        let body = format!("{{{members}}}");
        post("/api/v1/self/sessions", "application/json", &body)
    };
    let (members, one_member) = many_and_one(
        BODY - 2,
        ",",
        |number| format!("\"{number:x}\":0"),
        |length| format!("\"{}\":0", filler(length)),
    );
    let (parameters, one_parameter) = many_and_one(
        HEAD,
        "&",
        |number| format!("{number:x}="),
        |length| format!("{}=", filler(length)),
    );
    let query = |query: &str| get(&format!("/cert/login?{query}"));
    let header = |name: &str, value: &str| {
        format!("GET /cert/login HTTP/1.1\r\nHost: bank.example\r\n{name}: {value}\r\n\r\n")
    };
    let (cookies, one_cookie) = many_and_one(
        HEAD,
        "; ",
        |number| format!("{number:x}=1"),
        |length| format!("a={}", filler(length)),
    );
    let (languages, one_language) = many_and_one(
        HEAD,
        ",",
        |number| format!("x{number:x};q=0.1"),
        |length| format!("x{}", filler(length)),
    );
    let not_found = |languages: &str| {
        let asked = header("Accept-Language", languages);
        asked.replacen("/cert/login", "/api/v1/none", 1)
    };
    vec![
        ("unknown fields", unknown, one, 400),
        ("fields sent twice", twice, long, 400),
        ("parts", in_parts(&parts), in_parts(&one_part), 400),
        ("members", json(&members), json(&one_member), 400),
        ("parameters", query(&parameters), query(&one_parameter), 200),
        (
            "cookies",
            header("Cookie", &cookies),
            header("Cookie", &one_cookie),
            200,
        ),
        (
            "languages",
            not_found(&languages),
            not_found(&one_language),
            404,
        ),
    ]
}

#[tokio::test]
async fn very_many_cost_as_much_as_one_of_the_same_size() {
    let target = Target::start_with(&["policy.rate_limit.per_address = \"off\""]);
    let times = rounds(20, 100);
    for (kind, many, one, status) in kinds() {
        let (usual, _) = cost(&target, hostile(0), &one, times).await;
        let (dear, answered) = cost(&target, hostile(0), &many, times).await;
        assert_eq!(answered, status, "{kind}");
        // A tick of the clock that is read is worth as much as several cheap requests.
        assert!(
            dear <= 6.0 * usual + 0.1,
            "{kind}: {dear} s CPU for {times} requests, not {usual}"
        );
    }
}

#[tokio::test]
async fn a_field_costs_as_much_among_17000_as_among_100() {
    let target = Target::start_with(&["policy.rate_limit.per_address = \"off\""]);
    let form = |count: usize| {
        let fields: Vec<String> = (0..count).map(|number| format!("{number:x}=")).collect();
        let mut body = fields.join("&");
        body.truncate(BODY);
        post("/cert/login", FORM, &body)
    };
    let (few, many) = (form(100), form(FIELDS));
    let times = rounds(20, 100);
    let (usual, _) = cost(&target, hostile(0), &few, times).await;
    let (dear, status) = cost(&target, hostile(0), &many, times).await;
    assert_eq!(status, 400);
    let per_byte = |cost: f64, request: &str| {
        let bytes = u32::try_from(request.len()).expect("a request is short");
        (cost + 0.01) / f64::from(bytes)
    };
    assert!(
        per_byte(dear, &many) <= per_byte(usual, &few),
        "{dear} s for 17,000 fields, {usual} s for 100"
    );
}

#[tokio::test]
async fn ten_of_the_largest_forms_a_second_leave_the_server_idle() {
    let target = Target::start();
    let fields: Vec<String> = (0..FIELDS).map(|number| format!("{number:x}=")).collect();
    let mut body = fields.join("&");
    body.truncate(BODY);
    let form = post("/cert/login", FORM, &body);
    // Three seconds' worth.
    let (cpu, status) = cost(&target, hostile(0), &form, 30).await;
    assert_eq!(status, 400);
    assert!(cpu < 1.0, "{cpu} s CPU for 30 forms");
}
