//! What is served by TLS is served as elsewhere.

use std::process::{Command, Stdio};

use gopool_tests::{Server, lab, until};

use crate::{certificates::Authority, client::Client};

pub(crate) fn start(authority: &Authority, options: &str) -> Server {
    lab().args(&authority.options()).args(options).start_tls()
}

#[test]
fn curl_gets_an_answer_and_trusts_it() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let output = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--fail",
            "--http1.1",
            "--write-out",
            " %{http_code} %{http_version}",
        ])
        .arg("--cacert")
        .arg(authority.path("ca.pem"))
        .arg(format!("https://{}/lab/text", server.address()))
        .args(["--data", "quiet", "--header", "content-type: text/plain"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        text,
        "QUIET 200 1.1",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn openssl_agrees_on_the_versions_that_are_safe_and_on_http_1_1() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let says = |options: &[&str]| {
        let output = Command::new("openssl")
            .args([
                "s_client",
                "-connect",
                &server.address().to_string(),
                "-servername",
                "localhost",
            ])
            .args(["-verify_return_error", "-alpn", "h2,http/1.1", "-CAfile"])
            .arg(authority.path("ca.pem"))
            .args(options)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for (options, version) in [(&["-tls1_3"][..], "TLSv1.3"), (&["-tls1_2"], "TLSv1.2")] {
        let said = says(options);
        for part in [version, "Verify return code: 0 (ok)", "ALPN protocol: http/1.1"] {
            assert!(said.contains(part), "`{part}` is not in: {said}");
        }
    }
    let old = says(&["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    assert!(old.contains("no peer certificate available"), "{old}");
}

#[test]
fn connections_are_kept_and_end_as_tls_has_it() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let client = Client::of(&server, &authority, &["http/1.1"]);
    let mut connection = client.connect().unwrap();
    assert_eq!(connection.protocol().as_deref(), Some("http/1.1"));
    let request = "GET /lab/stream/json/2 HTTP/1.1\r\nhost: localhost\r\n";
    connection.send(&format!(
        "{request}\r\n{request}\r\n{request}connection: close\r\n\r\n"
    ));
    // `rest` fails unless the end is said.
    assert_eq!(connection.rest().unwrap().matches("[0]\n[1]\n").count(), 3);
}

#[test]
fn what_is_long_comes_whole_and_what_breaks_off_does_not_look_whole() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let client = Client::of(&server, &authority, &[]);
    let long = client.get("/lab/stream/sized/3000000/3000000");
    assert_eq!((long.len(), long.trim_matches('x')), (3_000_000, ""));
    let mut broken = client.connect().unwrap();
    broken.send("GET /lab/stream/fails?after=100000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(broken.rest().is_err(), "no end was said");
}

#[test]
fn a_client_that_reads_nothing_is_cut_off_and_whoever_writes_is_told() {
    let authority = Authority::with_pair();
    let server = start(&authority, "--send-timeout 500ms");
    let client = Client::of(&server, &authority, &[]);
    let mut lazy = client.connect().unwrap();
    lazy.send("GET /lab/stream/endless/lazy HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let endings = until("the writer is told", || {
        let endings = client.get("/lab/stream/endings");
        endings.contains("lazy").then_some(endings)
    });
    assert!(endings.contains("BrokenPipe"), "{endings}");
    assert!(lazy.rest().is_err());
}

#[test]
fn a_handler_is_told_that_it_was_asked_by_https_unless_a_proxy_says_otherwise() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let client = Client::of(&server, &authority, &[]);
    assert_eq!(client.get("/lab/scheme"), "https");
    let behind = client.connect().unwrap();
    assert_eq!(behind.ask("/lab/scheme", "x-forwarded-proto: http\r\n"), "http");
    assert_eq!(client.get("/master/scheme"), "https");
    assert_eq!(lab().start().get("/lab/scheme").text(), "unknown");
}

#[test]
fn the_monitor_beside_the_routes_is_there_for_clients_of_this_machine() {
    let authority = Authority::with_pair();
    let server = start(&authority, "--info-url /monitor");
    let client = Client::of(&server, &authority, &[]);
    assert!(client.get("/monitor/live").contains("live"));
}
