//! Answers that are made while they are sent.

use gopool_tests::{End, Reading, Server, lab, until};

fn head_and_body(server: &Server, target: &str) -> (String, String) {
    let mut reading = Reading::get(server, target);
    (reading.head(), reading.whole())
}

#[test]
fn a_long_answer_is_sent_in_chunks_and_a_short_one_with_its_length() {
    let server = lab().start();
    let (head, body) = head_and_body(&server, "/lab/stream/bytes/1000000");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(body.len(), 1_000_000);
    let (head, body) = head_and_body(&server, "/lab/stream/bytes/1000");
    assert!(head.contains("content-length: 1000"), "{head}");
    assert_eq!(body.len(), 1000);
    let (head, body) = head_and_body(&server, "/lab/stream/bytes/0");
    assert!(head.contains("content-length: 0") && body.is_empty(), "{head}");
}

#[test]
fn what_is_flushed_arrives_while_the_rest_is_made() {
    let server = lab().start();
    let mut reading = Reading::get(&server, "/lab/stream/lines/1000/50");
    reading.until("\r\n0\n").until("\n3\n");
    assert!(!reading.text().contains("\n999\n"));
}

#[test]
fn status_headers_and_type_go_with_it() {
    let server = lab().start();
    let (head, body) = head_and_body(&server, "/lab/stream/created");
    assert!(head.starts_with("http/1.1 201 "), "{head}");
    assert!(
        head.contains("x-made: 1") && head.contains("content-type: text/plain"),
        "{head}"
    );
    assert_eq!(body, "made");
    for count in [10, 100_000] {
        let (head, body) = head_and_body(&server, &format!("/lab/stream/part/{count}"));
        assert!(
            head.starts_with("http/1.1 206 ") && head.contains("content-range: bytes 0-3/8"),
            "{head}"
        );
        assert_eq!(body.len(), count);
    }
}

#[test]
fn lines_of_json_are_lines_of_json() {
    let server = lab().start();
    let (head, body) = head_and_body(&server, "/lab/stream/json/20000");
    assert!(head.contains("content-type: application/jsonl"), "{head}");
    let lines: Vec<_> = body.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[19_999]), (20_000, "[0]", "[19999]"));
}

#[test]
fn a_length_that_was_said_is_told_and_kept() {
    let server = lab().start();
    let (head, body) = head_and_body(&server, "/lab/stream/sized/100000/100000");
    assert!(head.contains("content-length: 100000"), "{head}");
    assert_eq!(body.len(), 100_000);
    for wrong in ["100000/90000", "90000/100000"] {
        let (body, end) = Reading::get(&server, &format!("/lab/stream/sized/{wrong}")).body();
        assert_eq!(end, End::Broken, "{wrong}: {} bytes", body.len());
    }
    assert_eq!(Reading::get(&server, "/lab/stream/sized/7/6").status(), 500);
    server
        .log()
        .line("the body has not the 7 bytes that it was said to have");
}

#[test]
fn an_async_handler_sends_a_stream_and_what_a_thread_writes() {
    let server = lab().start();
    let (_, body) = head_and_body(&server, "/lab/stream/async/3");
    assert_eq!(body, "0\n1\n2\n");
    let (head, body) = head_and_body(&server, "/lab/stream/async/0");
    assert!(head.contains("content-length: 0") && body.is_empty(), "{head}");
    for count in [10, 1_000_000] {
        let (_, body) = head_and_body(&server, &format!("/lab/stream/async-bytes/{count}"));
        assert_eq!(body.len(), count);
    }
    let (_, body) = head_and_body(&server, "/lab/stream/plain-parts/3");
    assert_eq!(body, "0\n1\n2\n");
}

#[test]
fn on_an_event_loop_an_answer_is_collected_first() {
    let server = lab().start();
    let (head, _) = head_and_body(&server, "/lab/stream/inline/1000000");
    assert!(head.contains("content-length: 1000000"), "{head}");
    let single = lab().args("--single").start();
    let (head, _) = head_and_body(&single, "/lab/stream/bytes/1000000");
    assert!(head.contains("content-length: 1000000"), "{head}");
    assert_eq!(Reading::get(&single, "/lab/stream/bytes/70000000").status(), 500);
    let (_, body) = head_and_body(&single, "/lab/stream/async/3");
    assert_eq!(body, "0\n1\n2\n");
}

#[test]
fn head_is_told_the_headers_and_the_function_to_stop() {
    let server = lab().start();
    let mut reading = Reading::ask(
        &server,
        "HEAD /lab/stream/endless/head HTTP/1.1\r\nhost: x\r\n\r\nGET /lab/inline HTTP/1.1\r\nhost: x\r\n\r\n",
    );
    assert!(reading.head().contains("transfer-encoding: chunked"));
    // The next answer follows at once.
    reading.until("\r\n\r\nHTTP/1.1 200 OK").until("\r\n\r\nok");
    until("the function ends", || {
        server
            .get("/lab/stream/endings")
            .text()
            .contains("BrokenPipe")
            .then_some(())
    });
    let mut short = Reading::ask(&server, "HEAD /lab/stream/bytes/10 HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(short.head().contains("content-length: 10"));
}

#[test]
fn who_speaks_an_older_http_reads_to_the_end_of_the_connection() {
    let server = lab().start();
    let mut reading = Reading::ask(&server, "GET /lab/stream/bytes/1000000 HTTP/1.0\r\n\r\n");
    let head = reading.head();
    assert!(
        !head.contains("chunked") && !head.contains("content-length"),
        "{head}"
    );
    assert_eq!(reading.whole().len(), 1_000_000);
    let mut short = Reading::ask(&server, "GET /lab/stream/bytes/10 HTTP/1.0\r\n\r\n");
    assert!(short.head().contains("content-length: 10"));
}

#[test]
fn what_is_pipelined_behind_it_is_answered_after_it() {
    let server = lab().start();
    let two =
        "GET /lab/stream/bytes/200000 HTTP/1.1\r\nhost: x\r\n\r\nGET /lab/inline HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut reading = Reading::ask(&server, two);
    reading.until("\r\n0\r\n\r\nHTTP/1.1 200 OK").until("\r\n\r\nok");
}

#[test]
fn an_answer_that_has_begun_outlasts_a_full_queue() {
    let server = lab().args("--max-threads 1 --max-queue 0").start();
    let mut reading = Reading::get(&server, "/lab/stream/lines/100/30");
    reading.until("\r\n0\n");
    assert_eq!(server.get("/lab/hello?name=x").status, 503, "its thread is busy");
    let body = reading.whole();
    assert!(body.ends_with("\n99\n"), "{body}");
}

#[test]
fn its_line_of_the_log_comes_with_its_end() {
    let server = lab().args("--log access --log-format json").start();
    let reading = Reading::get(&server, "/lab/stream/bytes/100000");
    assert_eq!(reading.whole().len(), 100_000);
    let line = server.log().line("first_byte_seconds");
    for part in [r#""bytes":100000"#, r#""end":"complete""#, r#""status":200"#] {
        assert!(line.contains(part), "{line}");
    }
    Reading::get(&server, "/lab/stream/fails?after=50000").body();
    server.log().line(r#""end":"failed""#);
    Reading::get(&server, "/lab/stream/endless/log").until("xxx");
    server.log().line(r#""end":"client left""#);
}
