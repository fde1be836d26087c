//! Whatever is answered has an id, a line in the access log and a count.

use gopool_tests::{Server, lab};

use crate::{
    reply::GET,
    wire::{Wire, request},
};

/// How many answers of this class led to no route.
fn unmatched(server: &Server, class: &str) -> u64 {
    let metrics = server.get("/gopool/metrics");
    let of = |line: &&str| {
        line.starts_with("gopool_requests_total{") && line.contains("unmatched") && line.contains(class)
    };
    let line = metrics.text().lines().find(of).map(str::to_owned);
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}

/// Heads that the parser refuses, and how.
const REFUSED: [(&str, u16); 6] = [
    ("GET /lab/inline HTTP/1.1\r\n\r\n", 400),
    ("GET /lab/inline HTTP/1.1\r\nhost: a b\r\n\r\n", 400),
    ("\u{16}\u{3}\u{1}\0\u{5}\u{1}\0\0\u{1}\0", 400),
    ("SSH-2.0-OpenSSH_9.9\r\n", 400),
    (
        "GET /lab/inline HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n",
        400,
    ),
    ("GET /lab/inline\r\n", 400),
];

#[test]
fn what_the_parser_refuses_is_a_problem_with_an_id_a_line_and_a_count() {
    let server = lab().args("--log access --info-url /gopool").start();
    for (head, status) in REFUSED {
        let before = unmatched(&server, "4xx");
        let answer = Wire::with(&server, head).last_answer(GET);
        assert_eq!(answer.failure().0, status, "{head:?}");
        let line = server.log().line(answer.request_id());
        assert!(
            line.contains("gopool::access") && line.contains(&status.to_string()),
            "{line}"
        );
        assert_eq!(unmatched(&server, "4xx"), before + 1, "{head:?}");
    }
}

#[test]
fn a_request_that_is_refused_at_its_head_keeps_what_is_known_of_it() {
    let server = lab().args("--log access").start();
    for headers in ["expect: 200-ok\r\n", "host: a b\r\n"] {
        let host = if headers.starts_with("host") {
            ""
        } else {
            "host: x\r\n"
        };
        let head = format!("GET /lab/inline HTTP/1.1\r\n{host}{headers}x-request-id: mine\r\n\r\n");
        let answer = Wire::with(&server, head).last_answer(GET);
        assert!([400, 417].contains(&answer.failure().0), "{answer:?}");
        assert_eq!(answer.request_id(), "mine", "{headers}");
    }
    let line = server.log().line("mine");
    assert!(line.contains("GET") && line.contains("/lab/inline"), "{line}");
}

#[test]
fn a_request_with_two_ids_has_neither() {
    let server = lab().start();
    let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    let mut wire = Wire::open(&server);
    for headers in [
        "x-request-id: one\r\nx-request-id: two\r\n",
        "x-request-id: one\r\nx-request-id: one\r\n",
        &trace.repeat(2),
    ] {
        wire.send(request("GET", "/lab/inline", headers));
        let answer = wire.answer(GET);
        let id = answer.request_id();
        assert!(
            id.len() > 3 && id != "4bf92f3577b34da6a3ce929d0e0e4736",
            "{headers}: {id}"
        );
    }
    wire.send(request("GET", "/lab/inline", trace));
    assert_eq!(wire.answer(GET).request_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn the_mistakes_of_clients_are_no_errors_of_ours() {
    let server = lab().start();
    for (head, _) in REFUSED {
        Wire::with(&server, head).wait_for_the_end();
    }
    let headers: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    Wire::with(&server, request("GET", "/lab/inline", &headers)).wait_for_the_end();
    Wire::with(
        &server,
        "POST /lab/text HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    )
    .wait_for_the_end();
    drop(Wire::with(&server, "GET /lab/in"));
    drop(Wire::with(&server, request("GET", "/lab/large/8000000", "")));
    server.until_quiet();
    assert_eq!(server.get("/lab/inline").status, 200);
    let log = server.stop().stderr;
    let blames = |line: &&str| line.contains("ERROR") || line.contains("WARN");
    let mut lines = log.lines().filter(blames);
    // Who runs the tests is no mistake of a client's.
    assert!(lines.all(|line| line.contains("running as root")), "{log}");
}

#[test]
fn a_plain_route_has_an_id_a_line_and_a_count() {
    let server = lab().args("--log access --info-url /gopool").start();
    let before = unmatched(&server, "2xx");
    let mut wire = Wire::open(&server);
    let answer = wire.get("/master/ping");
    assert_eq!(answer.text(), "pong");
    let line = server.log().line(answer.request_id());
    assert!(line.contains("/master/ping") && line.contains("200"), "{line}");
    wire.send(request(
        "GET",
        "/master/ping",
        "x-request-id: from-the-client\r\n",
    ));
    assert_eq!(wire.answer(GET).request_id(), "from-the-client");
    server.log().line("from-the-client");
    assert_eq!(unmatched(&server, "2xx"), before + 2);
}

#[test]
fn the_wrong_method_of_a_plain_route_is_a_problem() {
    let server = lab().start();
    let mut wire = Wire::with(&server, request("DELETE", "/master/ping", ""));
    let answer = wire.answer_and_go_on(crate::reply::to("DELETE"));
    assert!([404, 405].contains(&answer.failure().0), "{answer:?}");
}

#[test]
fn a_slow_head_and_a_slow_body_are_seen() {
    let server = lab()
        .args("--log access --info-url /gopool --head-timeout 200ms --body-timeout 200ms")
        .start();
    for begun in [
        "GET /lab/in".to_owned(),
        request("POST", "/lab/bytes", "content-length: 100\r\n"),
    ] {
        let answer = Wire::with(&server, begun).last_answer(GET);
        assert_eq!(answer.failure().0, 408);
        server.log().line(answer.request_id());
    }
    let metrics = server.get("/gopool/metrics");
    for kind in ["slow-head", "slow-body"] {
        assert!(metrics.text().contains(kind), "{kind}: {}", metrics.text());
    }
}

#[test]
fn a_client_that_is_cut_off_is_counted() {
    let server = lab().args("--info-url /gopool --send-timeout 300ms").start();
    let mut wire = Wire::with(&server, request("GET", "/lab/large/8000000", ""));
    let cut = "gopool_connections_cut_total";
    gopool_tests::until("it is counted", || {
        let metrics = server.get("/gopool/metrics");
        let is_cut = |line: &str| line.starts_with(cut) && line.contains("stalled") && line.ends_with(" 1");
        metrics.text().lines().any(is_cut).then_some(())
    });
    wire.wait_for_the_end();
}
