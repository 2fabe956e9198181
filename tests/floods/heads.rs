//! What a proxy in front may read differently is refused, in whichever request of a connection.

use tokio::io::AsyncWriteExt;

use crate::target::{HONEST, Target};
use crate::wire::{connect, get, post, read_answer};

const FORM: &str = "application/x-www-form-urlencoded";

/// Requests that end in a way that two readers may see differently, each with a second one in it.
const BAD: [&str; 12] = [
    "GET /notes HTTP/1.1\nHost: a\n\n",
    "GET /notes HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length : 0\r\n\r\n",
    "GET /notes HTTP/1.1\r\nHost: a\r\nX: y\r\n z: w\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
];

/// What may come before.
fn good() -> [(&'static str, String); 4] {
    [
        ("nothing", String::new()),
        ("a page", get("/notes")),
        (
            "a form",
            post("/cert/login", FORM, "contract=&user=&password="),
        ),
        (
            "a form in chunks",
            "POST /cert/login HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Transfer-Encoding: chunked\r\n\r\n5\r\nuser=\r\n0\r\n\r\n"
                .to_owned(),
        ),
    ]
}

#[tokio::test]
async fn every_request_of_a_connection_is_read_strictly() {
    let target = Target::start_with(&["policy.rate_limit.per_address = \"off\""]);
    for (name, first) in good() {
        for bad in BAD {
            for at_once in [true, false] {
                let mut stream = connect(HONEST, target.public).await.expect("a connection");
                let behind = format!("{bad}{}", get("/healthz"));
                let pieces = if at_once {
                    vec![format!("{first}{behind}")]
                } else {
                    vec![first.clone(), behind]
                };
                for (number, piece) in pieces.iter().enumerate() {
                    stream
                        .write_all(piece.as_bytes())
                        .await
                        .expect("it is open");
                    if number + 1 < pieces.len() && !piece.is_empty() {
                        let answer = read_answer(&mut stream).await.expect("an answer");
                        assert!(answer.status < 500, "{name}: {}", answer.head);
                    }
                }
                if at_once && !first.is_empty() {
                    let answer = read_answer(&mut stream).await.expect("an answer");
                    assert!(answer.status < 500, "{name}: {}", answer.head);
                }
                let refused = read_answer(&mut stream).await;
                let status = refused.map(|refused| refused.status);
                assert_eq!(
                    status,
                    Some(400),
                    "{bad:?} behind {name}, at once: {at_once}"
                );
                let next = read_answer(&mut stream).await;
                assert!(next.is_none(), "{bad:?} behind {name}: {next:?}");
            }
        }
    }
}

#[tokio::test]
async fn good_requests_one_behind_the_other_are_all_answered() {
    let target = Target::start();
    let mut stream = connect(HONEST, target.public).await.expect("a connection");
    let all: String = good().into_iter().map(|(_, request)| request).collect();
    let twice = format!("{all}\r\n{all}");
    for piece in twice.as_bytes().chunks(11) {
        stream.write_all(piece).await.expect("it is open");
    }
    for _ in 0..2 {
        for status in [200, 422, 422] {
            let answer = read_answer(&mut stream).await.expect("an answer");
            assert_eq!(answer.status, status, "{}", answer.head);
        }
    }
}
