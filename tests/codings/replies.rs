use gopool::test::{Answer, Client};

use crate::{
    coders::decode,
    routes::{HELD, RELEASED, text},
};

fn client() -> Client {
    Client::with_options(&["--compress"]).unwrap()
}

fn get(client: &Client, target: &str, accept: &str) -> Answer {
    client.get(target).header("accept-encoding", accept).send()
}

/// The coding, if the answer has one and is right when it is decoded.
fn coding_of(answer: &Answer, length: usize) -> Option<String> {
    assert_eq!(answer.code(), 200, "{answer:?}");
    let coding = answer.header("content-encoding")?;
    assert_eq!(decode(coding, answer.bytes()), text(length).into_bytes());
    assert!(answer.bytes().len() < length / 4, "{}", answer.bytes().len());
    Some(coding.to_owned())
}

#[test]
fn a_reply_is_compressed_wherever_its_handler_runs() {
    let client = client();
    for path in ["/plain", "/inline", "/async", "/isolated", "/always"] {
        for (accept, coding) in [
            ("gzip, zstd", "zstd"),
            ("gzip;q=1, zstd;q=0.9", "gzip"),
            ("br, gzip", "gzip"),
        ] {
            let answer = get(&client, &format!("{path}?length=100000"), accept);
            assert_eq!(
                coding_of(&answer, 100_000).as_deref(),
                Some(coding),
                "{path} {accept}"
            );
            assert_eq!(answer.header("vary"), Some("accept-encoding"), "{path}");
        }
        for accept in ["identity", "br", "gzip;q=0, zstd;q=0", "*;q=0"] {
            let answer = get(&client, &format!("{path}?length=100000"), accept);
            assert_eq!(coding_of(&answer, 100_000), None, "{path} {accept}");
            assert_eq!(answer.text(), text(100_000));
            assert_eq!(answer.header("vary"), Some("accept-encoding"), "{path}");
        }
    }
}

#[test]
fn a_program_on_one_thread_compresses_too() {
    let client = Client::with_options(&["--compress", "--single"]).unwrap();
    for path in [
        "/plain",
        "/inline",
        "/async",
        "/isolated",
        "/stream",
        "/async-stream",
    ] {
        let answer = get(&client, &format!("{path}?length=100000"), "gzip");
        assert_eq!(coding_of(&answer, 100_000).as_deref(), Some("gzip"), "{path}");
    }
}

#[test]
fn only_routes_that_are_to_be_are_compressed() {
    let client = client();
    let never = get(&client, "/never?length=100000", "gzip");
    assert_eq!((coding_of(&never, 0), never.header("vary")), (None, None));
    let off = Client::start().unwrap();
    let plain = get(&off, "/plain?length=100000", "gzip");
    assert_eq!((coding_of(&plain, 0), plain.header("vary")), (None, None));
    let always = get(&off, "/always?length=100000", "gzip");
    assert_eq!(coding_of(&always, 100_000).as_deref(), Some("gzip"));
    let failure = get(&client, "/fails", "gzip");
    assert_eq!((failure.code(), failure.header("content-encoding")), (409, None));
}

#[test]
fn a_short_reply_stays_as_it_is() {
    let client = client();
    let short = get(&client, "/plain?length=1000", "gzip");
    assert_eq!(coding_of(&short, 1000), None);
    assert_eq!(
        (short.header("vary"), short.text()),
        (Some("accept-encoding"), text(1000).into())
    );
    let longer = get(&client, "/plain?length=1100", "gzip");
    assert_eq!(coding_of(&longer, 1100).as_deref(), Some("gzip"));
}

#[test]
fn a_head_says_what_a_get_says() {
    let client = client();
    for accept in ["zstd", "identity"] {
        let get = get(&client, "/tagged?length=9000", accept);
        let head = client.request(gopool::Method::HEAD, "/tagged?length=9000");
        let head = head.header("accept-encoding", accept).send();
        assert!(head.bytes().is_empty());
        for name in ["content-encoding", "content-type", "etag", "vary"] {
            assert_eq!(head.header(name), get.header(name), "{name} for {accept}");
        }
        let tag = if accept == "zstd" { "W/\"7\"" } else { "\"7\"" };
        assert_eq!(get.header("etag"), Some(tag));
    }
}

#[test]
fn what_is_written_while_it_is_sent_is_compressed_too() {
    let client = client();
    for path in ["/stream", "/inline-stream", "/async-stream"] {
        for length in [2000, 1_000_000] {
            for coding in ["gzip", "zstd"] {
                let answer = get(&client, &format!("{path}?length={length}"), coding);
                assert_eq!(
                    coding_of(&answer, length).as_deref(),
                    Some(coding),
                    "{path} {length}"
                );
                assert_eq!(answer.header("vary"), Some("accept-encoding"));
            }
        }
        let plain = get(&client, &format!("{path}?length=1000000"), "br");
        assert_eq!(
            (plain.text(), plain.header("vary")),
            (text(1_000_000).into(), Some("accept-encoding"))
        );
    }
}

#[test]
fn events_and_what_has_a_length_already_flow_as_they_are() {
    let client = client();
    let events = get(&client, "/events?length=100000", "gzip");
    assert_eq!(
        (events.header("content-encoding"), events.header("vary")),
        (None, None)
    );
    assert!(events.text().contains(&text(100_000)));
    let sized = get(&client, "/sized-stream?length=100000", "gzip");
    assert_eq!(
        (sized.header("content-encoding"), sized.text()),
        (None, text(100_000).into())
    );
}

#[test]
fn a_reply_of_an_event_loop_is_sent_as_it_is_when_the_pool_is_full() {
    let client = Client::with_options(&["--compress", "--max-threads=1", "--max-queue=0"]).unwrap();
    std::thread::scope(|scope| {
        let held = scope.spawn(|| client.get("/hold").send().code());
        HELD.wait();
        for path in ["/async", "/inline"] {
            let answer = get(&client, &format!("{path}?length=100000"), "gzip");
            assert_eq!(coding_of(&answer, 0), None, "{path}");
            assert_eq!(
                (answer.text(), answer.header("vary")),
                (text(100_000).into(), Some("accept-encoding"))
            );
        }
        RELEASED.wait();
        assert_eq!(held.join().unwrap(), 204);
    });
}
