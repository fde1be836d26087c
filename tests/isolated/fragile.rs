//! `examples/fragile`: a native library that a stranger can crash, hang and leak, and who notices.

use std::thread;

use gopool_tests::{Client, program};

use crate::family::{Family, end, until_tidy};

const AVERAGE: &str = "/v1/average";

fn send(client: &Client, picture: &[u8]) -> (u16, String) {
    let answer = client.post(AVERAGE, "application/octet-stream", picture);
    (answer.status, answer.text().to_owned())
}

/// The status and the kind of a failure.
fn fails(client: &Client, picture: &[u8]) -> (u16, String) {
    let answer = client.post(AVERAGE, "application/octet-stream", picture);
    answer.failure()
}

#[test]
fn hostile_pictures_cost_those_who_send_them_and_nobody_else() {
    let server = program("fragile")
        .args("--process-recycle 50 --queue-timeout 30s")
        .start();
    let good = || {
        let client = server.new_client();
        move || {
            (0..60).for_each(|_| {
                let (status, text) = send(&client, &fragile::good());
                assert_eq!(
                    (status, text.as_str()),
                    (200, r#"{"red":150,"green":100,"blue":50}"#)
                );
            })
        }
    };
    let hello = || {
        let client = server.new_client();
        move || (0..200).for_each(|_| assert_eq!(client.get("/v1/hello").text(), "hello"))
    };
    let hostile = || {
        let client = server.new_client();
        move || {
            for _ in 0..10 {
                assert_eq!(
                    fails(&client, &fragile::that_overruns()),
                    (500, "crashed".to_owned())
                );
                assert_eq!(fails(&client, &fragile::that_leaks()).0, 400);
            }
            assert_eq!(
                fails(&client, &fragile::that_hangs()),
                (504, "timeout".to_owned())
            );
        }
    };
    thread::scope(|scope| {
        scope.spawn(good());
        scope.spawn(good());
        scope.spawn(hello());
        scope.spawn(hostile());
    });
    let log = server.log().line("SIGSEGV");
    assert!(log.contains("POST /v1/average"), "{log}");
    until_tidy(&server);
    end(server, Family::default());
}
