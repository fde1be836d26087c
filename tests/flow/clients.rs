//! Clients as people have them.

use std::process::Command;

use gopool_tests::lab;

/// curl, with the time that a hang may take.
fn curl(arguments: &[&str], url: &str) -> (Option<i32>, String) {
    let ran = Command::new("curl")
        .args(["-sN", "--max-time", "60"])
        .args(arguments)
        .arg(url)
        .output()
        .expect("curl is there");
    (
        ran.status.code(),
        String::from_utf8_lossy(&ran.stdout).into_owned(),
    )
}

#[test]
fn curl_takes_no_part_for_the_whole() {
    let server = lab().start();
    let url = |path: &str| format!("http://{}/lab/stream/{path}", server.address());
    let (code, body) = curl(&[], &url("bytes/1000000"));
    assert_eq!((code, body.len()), (Some(0), 1_000_000));
    // 18: a part of the transfer is missing.
    assert_eq!(curl(&[], &url("fails?after=100000")).0, Some(18));
    assert_eq!(curl(&[], &url("sized/100000/90000")).0, Some(18));
    // 56: reset.
    let (code, _) = curl(&["--http1.0"], &url("fails?after=5000000"));
    assert!(matches!(code, Some(18 | 56)), "{code:?}");
    let (code, body) = curl(&[], &url("thread-ticks?pause=1&count=3"));
    assert_eq!(code, Some(0));
    assert!(body.contains("id: 3\ndata: tick 3\n\n"), "{body}");
}
