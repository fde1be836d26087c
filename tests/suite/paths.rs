//! Odd paths: each has one answer, none has a panic.

use gopool_tests::{Answer, Server, lab};

/// Sends a target as it is, which no client would.
fn raw(server: &Server, target: impl AsRef<[u8]>) -> Answer {
    let mut connection = server.connect();
    connection
        .send([b"GET ", target.as_ref(), b" HTTP/1.1\r\nhost: x\r\n\r\n"].concat())
        .unwrap();
    connection.answer()
}

#[test]
fn dot_segments_are_refused_however_they_are_written() {
    let server = lab().start();
    let climbing = [
        "/lab/../lab/inline",
        "/lab/files/../../etc/passwd",
        "/lab/files/a/..",
        "/lab/files/./a",
        "/lab/files/%2e%2e/a",
        "/lab/files/%2E%2e%2fa",
        "/lab/files/..%2fa",
        "/lab/files/..%5Ca",
        "/..",
    ];
    for target in climbing {
        assert_eq!(
            raw(&server, target).failure(),
            (400, "bad-path".to_owned()),
            "{target}"
        );
    }
    for harmless in ["/lab/files/a..b", "/lab/files/...", "/lab/files/.a"] {
        assert_eq!(raw(&server, harmless).status, 200, "{harmless}");
    }
}

#[test]
fn slashes_are_not_guessed_away() {
    let server = lab().start();
    for target in [
        "//",
        "//lab/inline",
        "/lab//inline",
        "/lab/inline/",
        "/lab/users//posts/x",
    ] {
        assert_eq!(
            raw(&server, target).failure(),
            (404, "not-found".to_owned()),
            "{target}"
        );
    }
}

#[test]
fn percent_encoding_is_decoded_once_and_after_routing() {
    let server = lab().start();
    let post = |encoded: &str| raw(&server, format!("/lab/users/1/posts/{encoded}"));
    assert_eq!(
        post("a%2Fb").json()["post"],
        "a/b",
        "an encoded slash is no separator"
    );
    assert_eq!(post("%2541").json()["post"], "%41");
    assert_eq!(post("%C3%BC").json()["post"], "ü");
    assert_eq!(
        post("a+b").json()["post"],
        "a+b",
        "a plus is a space in queries only"
    );
    assert_eq!(post("%00").json()["post"], "\0");
}

#[test]
fn what_is_not_utf_8_is_a_bad_path_or_a_bad_query() {
    let server = lab().start();
    assert_eq!(
        raw(&server, "/lab/users/1/posts/%ff").failure(),
        (400, "bad-path".to_owned())
    );
    assert_eq!(
        raw(&server, "/lab/files/a%C3").failure(),
        (400, "bad-path".to_owned())
    );
    assert_eq!(
        raw(&server, "/lab/hello?name=%ff").failure(),
        (400, "bad-query".to_owned())
    );
}

#[test]
fn a_rest_never_begins_with_a_slash() {
    let server = lab().start();
    for target in [
        "/lab/files//etc/passwd",
        "/lab/files/%2Fetc/passwd",
        "/lab/files/%2fetc",
        "/lab/files/%5Cetc",
        "/lab/files///",
    ] {
        assert_eq!(
            raw(&server, target).failure(),
            (400, "bad-path".to_owned()),
            "{target}"
        );
    }
    assert_eq!(raw(&server, "/lab/files/a//b").text(), "a//b");
}

#[test]
fn a_letter_is_the_same_encoded_or_not() {
    let server = lab().start();
    for target in [
        "/lab/hello?name=x",
        "/%6Cab/h%65llo?name=x",
        "/lab/%68ello?name=x",
    ] {
        assert_eq!(raw(&server, target).json()["hello"], "x", "{target}");
    }
    assert_eq!(raw(&server, "/lab%2Fhello?name=x").status, 404);
}

#[test]
fn bytes_that_no_target_may_hold_end_the_connection_with_an_answer() {
    let server = lab().start();
    for target in [
        &b"/lab/\xff"[..],
        b"/lab/\xc3\xbc",
        b"/lab/\x01",
        b"lab/inline",
        b"",
    ] {
        let status = raw(&server, target).status;
        assert!((400..500).contains(&status), "{target:?}: {status}");
    }
    assert_eq!(server.get("/lab/inline").status, 200);
}

#[test]
fn a_target_that_is_too_long_is_refused() {
    let server = lab().start();
    let long = |length: usize| format!("/lab/files/{}", "x".repeat(length - "/lab/files/".len()));
    assert_eq!(raw(&server, long(8 * 1024)).status, 200);
    assert_eq!(
        raw(&server, long(8 * 1024 + 1)).failure(),
        (414, "uri-too-long".to_owned())
    );
    let query = format!("/lab/hello?name={}", "x".repeat(9000));
    assert_eq!(raw(&server, query).failure(), (414, "uri-too-long".to_owned()));
}

#[test]
fn other_forms_of_a_target_are_served_or_refused() {
    let server = lab().start();
    let absolute = raw(&server, format!("http://{}/lab/hello?name=x", server.address()));
    assert_eq!(
        (absolute.status, absolute.json()["hello"].as_str()),
        (200, Some("x"))
    );
    let mut connection = server.connect();
    connection.send("OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert_eq!(connection.answer().status, 204);
    let mut connection = server.connect();
    connection
        .send("CONNECT example.org:443 HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    assert_eq!(connection.answer().failure().0, 501);
}
