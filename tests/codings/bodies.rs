use gopool::test::{Answer, Client};

use crate::{
    coders::{deflate, gzip, zstd},
    routes::Words,
};

const JSON: &str = "application/json";

fn post(client: &Client, path: &str, coding: &str, body: Vec<u8>) -> Answer {
    let request = client.post(path).header("content-type", JSON);
    request.header("content-encoding", coding).body(body).send()
}

fn words(count: usize) -> Vec<u8> {
    let words = vec!["word".to_owned(); count];
    serde_json::to_vec(&Words { words }).unwrap()
}

#[test]
fn a_body_that_comes_compressed_is_read_wherever_its_handler_runs() {
    for client in [Client::start(), Client::with_options(&["--single"])] {
        let client = client.unwrap();
        for path in ["/words", "/async-words", "/inline-words", "/isolated-words"] {
            for (coding, body) in [
                ("gzip", gzip(&words(2000))),
                ("X-GZip", gzip(&words(2000))),
                ("deflate", deflate(&words(2000))),
                ("zstd", zstd(&words(2000))),
                ("identity", words(2000)),
            ] {
                let answer = post(&client, path, coding, body);
                assert_eq!((answer.code(), &*answer.text()), (200, "2000"), "{path} {coding}");
            }
        }
        let echo = post(&client, "/echo", "gzip", gzip(b"as it was"));
        assert_eq!(echo.text(), "as it was");
    }
}

#[test]
fn a_body_may_be_as_large_as_the_route_says_when_it_is_decoded() {
    let client = Client::start().unwrap();
    for path in ["/words", "/async-words", "/inline-words", "/isolated-words"] {
        for body in [gzip(&words(3000)), gzip(&vec![b' '; 20_001])] {
            assert!(body.len() < 200);
            let answer = post(&client, path, "gzip", body);
            assert_eq!(answer.code(), 413, "{path}");
            assert!(
                answer.text().contains("20000 bytes when it is decoded"),
                "{answer:?}"
            );
        }
    }
    assert_eq!(post(&client, "/echo", "gzip", gzip(&[b' '; 20_000])).code(), 200);
}

#[test]
fn an_unknown_coding_is_415_and_says_which_are_known() {
    let client = Client::start().unwrap();
    for path in ["/words", "/async-words", "/inline-words", "/echo"] {
        for coding in ["br", "gzip, gzip", "compress", "gzip;q=1"] {
            let answer = post(&client, path, coding, gzip(&words(1)));
            assert_eq!(answer.code(), 415, "{path} {coding}");
            let known = answer.header("accept-encoding");
            assert_eq!(known, Some("zstd, gzip, deflate, identity"), "{path} {coding}");
        }
    }
}

#[test]
fn a_broken_body_is_the_clients_mistake() {
    let client = Client::start().unwrap();
    let whole = gzip(&words(100));
    for path in ["/words", "/async-words", "/isolated-words"] {
        for (coding, body) in [
            ("gzip", whole[..whole.len() - 3].to_vec()),
            ("zstd", whole.clone()),
            ("gzip", words(1)),
        ] {
            let answer = post(&client, path, coding, body);
            assert_eq!(answer.code(), 400, "{path} {coding}");
            assert!(
                answer
                    .text()
                    .contains(&format!("cannot be decoded as `{coding}`")),
                "{answer:?}"
            );
        }
    }
    // It is the JSON that is broken now.
    let answer = post(&client, "/words", "gzip", gzip(b"{"));
    assert!(answer.text().contains("bad-json"), "{answer:?}");
}

#[test]
fn an_empty_body_needs_no_frame() {
    let client = Client::start().unwrap();
    let answer = post(&client, "/maybe", "gzip", Vec::new());
    assert_eq!((answer.code(), &*answer.text()), (200, "false"));
    assert_eq!(post(&client, "/maybe", "gzip", gzip(&words(1))).text(), "true");
}

#[test]
fn a_handler_that_asks_for_the_coding_gets_both_as_they_are() {
    let client = Client::start().unwrap();
    let body = gzip(&words(10));
    let length = body.len();
    for coding in ["gzip", "br"] {
        let answer = post(&client, "/as-it-is", coding, body.clone());
        assert_eq!(answer.text(), format!("Some({coding:?}) {length}"));
    }
}
