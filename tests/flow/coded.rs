//! What flows and is compressed on its way.

use std::io::{Read as _, Write as _};

use flate2::{read::GzDecoder, write::GzDecoder as GzWriter};
use gopool_tests::{End, Reading, Server, lab};

fn ask(server: &Server, target: &str, version: &str) -> Reading {
    Reading::ask(
        server,
        &format!("GET {target} HTTP/{version}\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n"),
    )
}

/// What there is to read of bytes that are still to be continued.
fn readable(coded: &[u8]) -> String {
    let mut decoder = GzWriter::new(Vec::new());
    decoder.write_all(coded).unwrap();
    decoder.flush().unwrap();
    String::from_utf8(decoder.get_ref().clone()).unwrap()
}

#[test]
fn what_is_flushed_can_be_read_while_the_rest_is_made() {
    let server = lab().args("--compress").start();
    let mut reading = ask(&server, "/lab/stream/lines/1000/50", "1.1");
    assert!(
        reading.head().contains("content-encoding: gzip"),
        "{}",
        reading.text()
    );
    let come = loop {
        let come = readable(&reading.come());
        if come.contains("\n3\n") {
            break come;
        }
    };
    assert!(come.starts_with("0\n1\n") && !come.contains("\n999\n"), "{come}");
}

#[test]
fn a_long_answer_is_whole_when_it_is_decoded_for_old_clients_too() {
    let server = lab().args("--compress").start();
    for version in ["1.0", "1.1"] {
        let mut reading = ask(&server, "/lab/stream/json/20000", version);
        let head = reading.head();
        assert!(
            head.contains("content-encoding: gzip") && head.contains("vary: accept-encoding"),
            "{head}"
        );
        let (body, end) = reading.body();
        let mut plain = String::new();
        GzDecoder::new(&body[..]).read_to_string(&mut plain).unwrap();
        assert_eq!((plain.lines().count(), end), (20_000, End::Whole), "{version}");
    }
}

#[test]
fn a_short_answer_has_its_length_when_it_is_coded_and_a_head_has_the_same() {
    let server = lab().args("--compress").start();
    let head_of = |method: &str| {
        let request =
            format!("{method} /lab/stream/json/1000 HTTP/1.1\r\nhost: x\r\naccept-encoding: zstd\r\n\r\n");
        let head = Reading::ask(&server, &request).head();
        let lines = head
            .lines()
            .filter(|line| line.starts_with("content-") || line.starts_with("vary"));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let lines = head_of("GET");
    assert_eq!(lines, head_of("HEAD"));
    assert!(lines.contains(&"content-encoding: zstd".to_owned()), "{lines:?}");
    let length = lines
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert!(
        (20..2000).contains(&length.parse::<usize>().unwrap()),
        "{lines:?}"
    );
}

#[test]
fn a_failure_in_the_middle_is_no_whole_answer() {
    let server = lab().args("--compress").start();
    let reading = ask(&server, "/lab/stream/fails?after=100000", "1.1");
    let (body, end) = reading.body();
    let mut plain = Vec::new();
    assert!(GzDecoder::new(&body[..]).read_to_end(&mut plain).is_err());
    assert_eq!(end, End::Broken);
}

#[test]
fn events_are_never_compressed() {
    let server = lab().args("--compress").start();
    let mut reading = ask(&server, "/lab/stream/events/3", "1.1");
    let head = reading.head();
    assert!(
        head.contains("text/event-stream") && !head.contains("content-encoding"),
        "{head}"
    );
}
