//! What a launch with TLS refuses, and `check` with it.

use std::fs;

use gopool_tests::lab;

use crate::certificates::Authority;

const HTTPS: &str = "--no-daemon --listen https://127.0.0.1:0";

#[test]
fn an_address_of_https_needs_a_certificate_and_its_key() {
    let authority = Authority::with_pair();
    let (cert, key) = (authority.path("cert.pem"), authority.path("key.pem"));
    lab()
        .args(HTTPS)
        .run()
        .assert_says(2, &["`--tls-cert`", "`--tls-key`", "`https://`"]);
    let half = lab().args(HTTPS).arg("--tls-cert").arg(&cert).run();
    half.assert_says(2, &["`--tls-cert` (command line) needs `--tls-key`"]);
    let half = lab().arg("--tls-key").arg(&key).run();
    half.assert_says(2, &["`--tls-key` (command line) needs `--tls-cert`"]);
}

#[test]
fn a_pair_that_cannot_be_used_is_refused_by_a_launch_and_by_check() {
    let authority = Authority::with_pair();
    let other = Authority::with_pair();
    let refused = |expected: &[&str]| {
        for command in ["", "check"] {
            let ended = lab().args(command).args(HTTPS).args(&authority.options()).run();
            ended.assert_says(1, expected);
        }
    };
    fs::copy(other.path("key.pem"), authority.path("key.pem")).unwrap();
    refused(&[
        "key.pem` (`tls-key`) is not that of the first certificate in `",
        "cert.pem` (`tls-cert`)",
    ]);
    fs::write(authority.path("key.pem"), "no key").unwrap();
    refused(&["key.pem` (`tls-key`) holds no private key in PEM"]);
    fs::remove_file(authority.path("key.pem")).unwrap();
    refused(&["key.pem` (`tls-key`) cannot be read: No such file"]);
    fs::write(authority.path("cert.pem"), "no certificate").unwrap();
    refused(&["cert.pem` (`tls-cert`) holds no certificate in PEM"]);
}

#[test]
fn an_expired_certificate_is_warned_of_and_served() {
    let authority = Authority::new();
    authority.put_pair(&authority.issue_until(2020));
    let ended = lab().args("check").args(HTTPS).args(&authority.options()).run();
    ended.assert_says(0, &["warning: the certificate in `", "has expired at 2020-01-01"]);
    let server = crate::serve::start(&authority, "");
    server.log().line("has expired at 2020-01-01");
    authority.put_pair(&authority.issue());
    let ended = lab().args("check").args(HTTPS).args(&authority.options()).run();
    ended.assert_says(0, &[]);
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
}

#[test]
fn a_folder_with_more_than_a_certificate_has_room_for_is_not_read() {
    let authority = Authority::with_pair();
    fs::write(authority.path("cert.pem"), vec![b'x'; 2 << 20]).unwrap();
    let ended = lab().args(HTTPS).args(&authority.options()).run();
    ended.assert_says(1, &["(`tls-cert`) is longer than"]);
}
