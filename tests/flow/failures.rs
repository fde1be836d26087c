//! What goes wrong with an answer that flows, before its head and after.

use gopool_tests::{End, Reading, lab, until};

use crate::read::endings_of;

#[test]
fn what_fails_before_the_head_is_a_problem() {
    let server = lab().start();
    for target in ["/lab/stream/fails?after=1000", "/lab/stream/async-fails?after=0"] {
        let mut reading = Reading::get(&server, target);
        assert_eq!(reading.status(), 409, "{target}");
        assert!(reading.head().contains("application/problem+json"));
        assert!(reading.whole().contains("on purpose"));
    }
    for target in [
        "/lab/stream/fails?after=1000&panic=true",
        "/lab/stream/async-fails?after=0&panic=true",
    ] {
        assert_eq!(Reading::get(&server, target).status(), 500, "{target}");
    }
}

#[test]
fn what_fails_after_it_breaks_the_transfer_off() {
    let server = lab().start();
    for target in [
        "/lab/stream/fails?after=100000",
        "/lab/stream/fails?after=100000&panic=true",
        "/lab/stream/async-fails?after=3",
        "/lab/stream/async-fails?after=3&panic=true",
    ] {
        let mut reading = Reading::get(&server, target);
        assert_eq!(reading.status(), 200, "{target}");
        let (body, end) = reading.body();
        assert!(!body.is_empty() && end == End::Broken, "{target}: {end:?}");
    }
    let line = server.log().line("the answer broke off");
    assert!(line.contains("on purpose"), "{line}");
    server.until_quiet();
}

#[test]
fn an_older_client_sees_a_reset() {
    let server = lab().start();
    let reading = Reading::ask(&server, "GET /lab/stream/fails?after=5000000 HTTP/1.0\r\n\r\n");
    assert_eq!(reading.body().1, End::Reset);
}

#[test]
fn a_function_that_is_silent_for_too_long_is_told_to_stop() {
    let server = lab().start();
    let mut reading = Reading::get(&server, "/lab/stream/silent/silent");
    reading.until("hello\n");
    assert_eq!(reading.body().1, End::Broken);
    until("it ends", || {
        let endings = endings_of(&server);
        endings.contains(r#""was_cancelled":true"#).then_some(())
    });
    server.until_quiet();
}

#[test]
fn one_that_sends_now_and_then_may_take_longer_than_its_timeout() {
    let server = lab().start();
    // 2 s, of which it may be silent for 0.6.
    let body = Reading::get(&server, "/lab/stream/lines/20/100").whole();
    assert!(body.ends_with("\n19\n"), "{body}");
}

#[test]
fn a_client_that_leaves_is_told_to_the_function() {
    let server = lab().start();
    let mut reading = Reading::get(&server, "/lab/stream/endless/left");
    reading.until("xxx");
    drop(reading);
    let endings = until("it ends", || {
        let endings = endings_of(&server);
        (endings.len() > 2).then_some(endings)
    });
    assert!(endings.contains("BrokenPipe"), "{endings}");
    Reading::get(&server, "/lab/stream/silent/quiet").until("hello");
    until("the quiet one ends", || {
        server
            .get("/lab/stream/endings")
            .text()
            .contains("quiet")
            .then_some(())
    });
    let stats = server.until_quiet();
    assert_eq!(
        (&stats["failed"], &stats["timeouts"]),
        (&0.into(), &0.into()),
        "{stats}"
    );
}
