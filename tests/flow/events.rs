//! Server-sent events over the wire.

use gopool_tests::{End, Reading, lab};

#[test]
fn events_arrive_one_by_one_under_their_headers() {
    let server = lab().start();
    let mut reading = Reading::get(&server, "/lab/stream/thread-ticks?pause=30");
    let head = reading.head();
    for part in [
        "content-type: text/event-stream",
        "cache-control: no-store",
        "x-accel-buffering: no",
        "transfer-encoding: chunked",
    ] {
        assert!(head.contains(part), "{head}");
    }
    reading
        .until("retry: 1500\n\nid: 1\ndata: tick 1\n\n")
        .until("id: 3\ndata: tick 3\n\n");
    let (events, _) = Reading::get(&server, "/lab/stream/events/3").body();
    let expected = "data: {\"number\":0}\n\ndata: {\"number\":1}\n\ndata: {\"number\":2}\n\n";
    assert_eq!(String::from_utf8(events).unwrap(), expected);
}

#[test]
fn a_client_goes_on_where_it_was() {
    let server = lab().start();
    for path in ["ticks", "thread-ticks"] {
        let request = |id: &str| {
            format!("GET /lab/stream/{path}?count=9 HTTP/1.1\r\nhost: x\r\nlast-event-id: {id}\r\n\r\n")
        };
        let body = Reading::ask(&server, &request("7")).whole();
        assert!(
            body.contains("tick 8\n") && body.contains("tick 9\n") && !body.contains("tick 7\n"),
            "{body}"
        );
        let body = Reading::ask(&server, &request("")).whole();
        assert!(body.contains("tick 1\n"), "{body}");
        assert_eq!(Reading::ask(&server, &request("x")).status(), 400);
    }
}

#[test]
fn a_failure_in_the_middle_is_the_last_event_of_an_answer_that_breaks_off() {
    let server = lab().start();
    let (body, end) = Reading::get(&server, "/lab/stream/events-fail").body();
    let body = String::from_utf8(body).unwrap();
    assert_eq!(end, End::Broken);
    assert!(
        body.starts_with("id: 1\ndata: one\ndata: two\ndata: three\n\nevent: error\ndata: {"),
        "{body}"
    );
    assert!(body.contains("on purpose") && body.ends_with("}\n\n"), "{body}");
}

#[test]
fn an_event_that_would_be_another_one_is_not_sent() {
    let server = lab().start();
    let mut reading = Reading::get(&server, "/lab/stream/events-forged");
    assert_eq!(reading.status(), 500);
    assert!(!reading.whole().contains("forged"));
}

#[test]
fn silence_is_filled_with_comments() {
    let server = lab().start();
    let mut reading = Reading::get(&server, "/lab/stream/ticks?pause=60000&keep_alive=50");
    assert_eq!(reading.status(), 200, "the head does not wait for an event");
    reading.until("\r\n:\n\n\r\n3\r\n:\n\n");
}

#[test]
fn under_single_events_of_a_stream_flow_too() {
    let server = lab().args("--single").start();
    Reading::get(&server, "/lab/stream/ticks").until("tick 3");
    let body = Reading::get(&server, "/lab/stream/thread-ticks?pause=1&count=3").whole();
    assert!(body.ends_with("data: tick 3\n\n"), "{body}");
}
