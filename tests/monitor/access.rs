//! Who may see the monitor.

use std::process::Command;

use gopool_tests::{Client, lab};

use crate::watched::Watched;

#[test]
fn beside_the_routes_the_pages_are_there_for_this_machine() {
    let server = lab().args("--info-url /monitor").start();
    for page in [
        "/monitor",
        "/monitor/",
        "/monitor/info",
        "/monitor/metrics",
        "/monitor/live",
        "/monitor/ready",
    ] {
        assert_eq!(server.get(page).status, 200, "{page}");
    }
    assert_eq!(
        server.get("/monitors").failure(),
        (404, "not-found".to_owned()),
        "another path"
    );
    assert_eq!(
        server.get("/lab/inline").status,
        200,
        "the routes are still there"
    );
}

#[test]
fn without_the_option_there_is_nothing() {
    let server = lab().start();
    for page in ["/info", "/metrics", "/live"] {
        assert_eq!(
            server.get(page).failure(),
            (404, "not-found".to_owned()),
            "{page}"
        );
    }
}

#[test]
fn with_a_token_a_wrong_or_missing_one_gets_401() {
    let server = lab()
        .args("--info-url /monitor --info-token a-secret-of-ours")
        .start();
    for (authorization, status) in [
        ("", 401),
        ("Bearer wrong-secret-of-ours", 401),
        ("Bearer a-secret-of-our", 401),
        ("Bearer a-secret-of-ours-", 401),
        ("Basic a-secret-of-ours", 401),
        ("Bearer a-secret-of-ours", 200),
    ] {
        for page in ["info", "metrics"] {
            let answer = server.send(
                "GET",
                &format!("/monitor/{page}"),
                &[("authorization", authorization)],
            );
            assert_eq!(answer.status, status, "{page} with `{authorization}`");
        }
    }
    assert_eq!(server.get("/monitor/events").status, 401);
    assert_eq!(
        server.get("/monitor/").status,
        200,
        "the page asks for the token itself"
    );
}

/// Runs in a network of its own, whose loopback interface has a second address that is not a loopback address. A client that
/// connects there comes from there.
const NAMESPACE: &str = r#"
ip link set lo up && ip address add 192.0.2.7/32 dev lo
"$LAB" --no-daemon --listen 0.0.0.0:6100 --info-url /monitor 2>lab.log &
lab=$!
for _ in $(seq 600); do curl -sf -o /dev/null http://127.0.0.1:6100/lab/inline && break; sleep 0.1; done
ask() { curl -s -o /dev/null -w '%{http_code} ' "$@"; }
ask http://192.0.2.7:6100/lab/inline
for page in '' / /info /metrics /events /live /ready; do
    ask http://192.0.2.7:6100/monitor$page
    ask -H 'x-forwarded-for: 127.0.0.1' -H 'forwarded: for=127.0.0.1' -H 'x-real-ip: 127.0.0.1' http://192.0.2.7:6100/monitor$page
done
for header in 'x-forwarded-for: 127.0.0.1' 'x-forwarded-proto: https' 'forwarded: for=127.0.0.1' 'via: 1.1 proxy' 'x-real-ip: 127.0.0.1'; do
    ask -H "$header" http://127.0.0.1:6100/monitor/info
done
ask http://127.0.0.1:6100/monitor/info
kill $lab; wait $lab
"#;

#[test]
fn from_another_address_the_pages_do_not_exist_whatever_the_headers_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut namespace = Command::new("unshare");
    namespace.args(["--net", "--map-root-user", "sh", "-c", NAMESPACE]);
    let output = namespace
        .env("LAB", gopool_tests::executable("lab"))
        .current_dir(&folder)
        .output()
        .expect("unshare is there");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = format!("200 {}200 ", "404 ".repeat(14 + 5));
    assert_eq!(told, expected, "{errors}");
}

#[test]
fn data_is_for_those_who_ask_by_a_name_of_the_monitor() {
    let apart = Watched::start(lab());
    let beside = lab().args("--info-url /monitor").start();
    let beside = (Client::of(beside.address()), beside);
    for (client, below) in [(&apart.monitor, ""), (&beside.0, "/monitor")] {
        let ask = |page: &str, host: &str| {
            let path = format!("{below}{page}");
            client.send("GET", &path, &[("host", host)], None).status
        };
        for page in ["/info", "/metrics"] {
            for (host, status) in [
                ("127.0.0.1:6101", 200),
                ("localhost", 200),
                ("[::1]:6101", 200),
                ("rebound.example:6101", 403),
                ("127.0.0.1.rebound.example", 403),
            ] {
                assert_eq!(ask(page, host), status, "{page} of {host}");
            }
        }
        assert_eq!(ask("/events", "rebound.example"), 403);
        assert_eq!(ask("/live", "rebound.example"), 200, "a probe is told nothing");
    }
}

#[test]
fn with_a_token_the_name_does_not_matter() {
    let watched = Watched::start(lab().args("--info-token a-secret-of-ours"));
    let headers = [
        ("host", "monitor.example"),
        ("authorization", "Bearer a-secret-of-ours"),
    ];
    assert_eq!(watched.monitor.send("GET", "/info", &headers, None).status, 200);
    assert_eq!(
        watched.monitor.send("GET", "/info", &headers[..1], None).status,
        401
    );
}
