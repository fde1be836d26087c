//! Files as answers: whole, in part, and not again to who has them.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    process::Command,
    time::{Duration, SystemTime},
};

use gopool_tests::{Answer, End, Launch, Reading, Server, lab, until};

const TEXT: &str = "0123456789";

fn with_file() -> Launch {
    lab().file("a.txt", TEXT)
}

fn get(server: &Server, headers: &[(&str, &str)]) -> Answer {
    server.send("GET", "/lab/file/plain/a.txt", headers)
}

fn place(server: &Server, name: &str) -> String {
    format!("/proc/{}/cwd/{name}", server.pid())
}

#[test]
fn a_file_says_what_it_is_wherever_its_handler_runs() {
    let server = with_file().start();
    for path in ["plain", "async", "inline", "isolated"] {
        let answer = server.get(&format!("/lab/file/{path}/a.txt"));
        assert_eq!((answer.status, answer.text()), (200, TEXT), "{path}");
        for (name, value) in [
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", "10"),
            ("accept-ranges", "bytes"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert!(answer.header("etag").is_some() && answer.header("last-modified").is_some());
        for (name, status) in [("b.txt", 404), ("a.txt%2Fb", 404)] {
            let answer = server.get(&format!("/lab/file/{path}/{name}"));
            assert_eq!(answer.status, status, "{path}/{name}: {}", answer.text());
        }
    }
    assert_eq!(server.get("/lab/file/device").status, 404, "it would never end");
}

#[test]
fn the_head_of_a_file_is_that_of_the_whole() {
    let server = with_file().start();
    let whole = get(&server, &[]);
    let mut connection = server.connect();
    for range in ["", "range: bytes=0-3\r\n"] {
        connection
            .send(format!(
                "HEAD /lab/file/plain/a.txt HTTP/1.1\r\nhost: x\r\n{range}\r\n"
            ))
            .unwrap();
        let head = connection.answer_to_head();
        assert_eq!((head.status, head.header("content-length")), (200, Some("10")));
        assert_eq!(head.header("etag"), whole.header("etag"));
    }
    // What follows is no part of the file.
    connection.get("/lab/file/plain/a.txt");
    assert_eq!(connection.answer().text(), TEXT);
}

#[test]
fn a_range_is_a_part_and_anything_else_the_whole() {
    let server = with_file().start();
    for (range, status, body, told) in [
        ("bytes=0-3", 206, "0123", Some("bytes 0-3/10")),
        ("bytes=4-4", 206, "4", Some("bytes 4-4/10")),
        ("bytes=7-", 206, "789", Some("bytes 7-9/10")),
        ("bytes=-2", 206, "89", Some("bytes 8-9/10")),
        ("bytes=-99", 206, TEXT, Some("bytes 0-9/10")),
        (
            "Bytes = 2-99999999999999999999999",
            206,
            "23456789",
            Some("bytes 2-9/10"),
        ),
        ("bytes=0-1,4-5", 200, TEXT, None),
        ("bytes=3-2", 200, TEXT, None),
        ("bytes=a-b", 200, TEXT, None),
        ("bytes=-", 200, TEXT, None),
        ("bytes", 200, TEXT, None),
        ("lines=0-1", 200, TEXT, None),
    ] {
        let answer = get(&server, &[("range", range)]);
        assert_eq!((answer.status, answer.text()), (status, body), "{range}");
        assert_eq!(answer.header("content-range"), told, "{range}");
    }
    for range in [
        "bytes=10-",
        "bytes=10-12",
        "bytes=-0",
        "bytes=99999999999999999999999-",
    ] {
        let answer = get(&server, &[("range", range)]);
        assert_eq!(
            (answer.status, answer.header("content-range")),
            (416, Some("bytes */10")),
            "{range}"
        );
    }
    File::create(place(&server, "empty")).unwrap();
    let empty = server.send("GET", "/lab/file/plain/empty", &[("range", "bytes=0-")]);
    assert_eq!(
        (empty.status, empty.header("content-range")),
        (416, Some("bytes */0"))
    );
    let empty = server.get("/lab/file/plain/empty");
    assert_eq!((empty.status, empty.header("content-length")), (200, Some("0")));
}

#[test]
fn conditions_are_judged_in_their_order() {
    let server = with_file().start();
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let file = File::options().write(true).open(place(&server, "a.txt")).unwrap();
    file.set_modified(past).unwrap();
    let whole = get(&server, &[]);
    let tag = whole.header("etag").unwrap();
    let (weak, two) = (format!("W/{tag}"), format!("\"a,b\", {tag}"));
    assert_eq!(
        whole.header("last-modified"),
        Some("Sun, 06 Nov 1994 08:49:37 GMT")
    );
    let (same, before, after) = (
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:36 GMT",
        "Sunday, 06-Nov-94 08:49:38 GMT",
    );
    let range = ("range", "bytes=0-3");
    let table: &[(&[(&str, &str)], u16)] = &[
        (&[("if-none-match", tag)], 304),
        (&[("if-none-match", &weak)], 304),
        (&[("if-none-match", &two)], 304),
        (&[("if-none-match", "*")], 304),
        (&[("if-none-match", "\"other\"")], 200),
        (&[("if-none-match", "other")], 200),
        (
            &[("if-none-match", "\"other\""), ("if-modified-since", same)],
            200,
        ),
        (&[("if-none-match", tag), ("if-modified-since", before)], 304),
        (&[("if-modified-since", same)], 304),
        (&[("if-modified-since", after)], 304),
        (&[("if-modified-since", before)], 200),
        (&[("if-modified-since", "yesterday")], 200),
        (&[("if-match", tag)], 200),
        (&[("if-match", "*")], 200),
        (&[("if-match", &weak)], 412),
        (&[("if-match", "\"other\"")], 412),
        (&[("if-match", "\"other\""), ("if-none-match", tag)], 412),
        (&[("if-unmodified-since", same)], 200),
        (&[("if-unmodified-since", before)], 412),
        (&[("if-match", tag), ("if-unmodified-since", before)], 200),
        (&[range, ("if-range", tag)], 206),
        (&[range, ("if-range", &weak)], 200),
        (&[range, ("if-range", "\"other\"")], 200),
        (&[range, ("if-range", same)], 206),
        (&[range, ("if-range", before)], 200),
        (&[range, ("if-range", after)], 200),
        (&[range, ("if-none-match", tag)], 304),
        (&[range, ("if-match", "\"other\"")], 412),
    ];
    for (headers, status) in table {
        let answer = get(&server, headers);
        assert_eq!(answer.status, *status, "{headers:?}");
        if *status == 304 {
            assert_eq!(
                (answer.text(), answer.header("etag")),
                ("", Some(tag)),
                "{headers:?}"
            );
        }
    }
    // It is another one.
    fs::write(place(&server, "a.txt"), "different").unwrap();
    let other = get(&server, &[("if-none-match", tag), ("if-modified-since", same)]);
    assert_eq!((other.status, other.text()), (200, "different"));
}

#[test]
fn what_the_handler_says_of_a_file_is_told_and_it_is_never_compressed() {
    let server = lab()
        .args("--compress")
        .file("a.md", &"# long\n".repeat(1000))
        .start();
    let headers = [("accept-encoding", "gzip, zstd")];
    let answer = server.send("GET", "/lab/file/dressed/a.md", &headers);
    assert_eq!((answer.status, answer.body.len()), (200, 7000));
    for (name, value) in [
        ("etag", Some("\"own\"")),
        ("content-type", Some("text/markdown")),
        ("cache-control", Some("no-cache")),
        (
            "content-disposition",
            Some("attachment; filename=\"d_.md\"; filename*=UTF-8''d%C3%BC.md"),
        ),
        ("content-encoding", None),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let again = server.send("GET", "/lab/file/dressed/a.md", &[("if-none-match", "\"own\"")]);
    assert_eq!(
        (again.status, again.header("cache-control")),
        (304, Some("no-cache"))
    );
}

/// More than the process that reads it, or the master, would keep in memory.
#[test]
fn a_large_file_leaves_an_isolated_process_as_it_is() {
    let server = with_file().start();
    let length = 70 << 20;
    let path = place(&server, "large");
    let file = File::create(&path).unwrap();
    file.set_len(length).unwrap();
    file.write_all_at(b"end", length - 3).unwrap();
    let answer = server.get("/lab/file/isolated/large");
    assert_eq!((answer.status, answer.body.len() as u64), (200, length));
    assert!(answer.body.ends_with(b"end"));
    assert_eq!(answer.header("content-length"), Some(&*length.to_string()));
    // What is asked for again is not sent again, wherever it was read.
    let tag = answer.header("etag").unwrap();
    let again = server.send("GET", "/lab/file/isolated/large", &[("if-none-match", tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn a_large_file_waits_for_its_client_and_takes_no_memory() {
    let server = lab().args("--event-loops 1 --max-threads 1").start();
    let length: u64 = 200 << 20;
    File::create(place(&server, "large"))
        .unwrap()
        .set_len(length)
        .unwrap();
    let before = server.memory();
    let mut slow: Vec<Reading> = (0..20)
        .map(|_| Reading::get(&server, "/lab/file/plain/large"))
        .collect();
    for reading in &mut slow {
        reading.until("\r\n\r\n");
    }
    // None of them holds up a thread, or the event loop.
    for _ in 0..20 {
        assert_eq!(server.get("/lab/hello?name=x").status, 200);
    }
    let stats = server.until_quiet();
    assert_eq!(stats["running"], 0, "{stats}");
    let growth = server.memory().saturating_sub(before);
    assert!(growth < 20 * (1 << 20), "{growth} bytes");
    let open = server.open_files();
    drop(slow);
    until("they are closed", || {
        (server.open_files() <= open - 20).then_some(())
    });
}

#[test]
fn a_file_that_becomes_shorter_is_broken_off() {
    let server = lab().start();
    let path = place(&server, "large");
    File::create(&path).unwrap().set_len(200 << 20).unwrap();
    let mut reading = Reading::get(&server, "/lab/file/plain/large");
    reading.until("\r\n\r\n");
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1000)
        .unwrap();
    assert_ne!(reading.body().1, End::Whole);
    server.log().line("the answer broke off");
}

#[test]
fn a_reply_with_a_tag_is_not_sent_again() {
    let server = lab().start();
    let with = |letter: char, path: &str| format!("{}{letter}", &path[..path.len() - 1]);
    for path in ["/lab/etag/plain/x", "/lab/etag/async/x"] {
        let answer = server.get(path);
        let tag = answer.header("etag").unwrap().to_owned();
        assert_eq!(answer.text().len(), 1000);
        assert_eq!(server.get(path).header("etag"), Some(&*tag));
        assert_ne!(server.get(&with('y', path)).header("etag"), Some(&*tag));
        let again = server.send("GET", path, &[("if-none-match", &tag)]);
        assert_eq!(
            (again.status, again.text(), again.header("etag")),
            (304, "", Some(&*tag)),
            "{path}"
        );
        assert_eq!(again.header("content-type"), None);
        // A part of it is nobody's to ask for.
        assert_eq!(server.send("GET", path, &[("range", "bytes=0-3")]).status, 200);
    }
    let coded = server.send("GET", "/lab/etag/async/xy", &[("accept-encoding", "gzip")]);
    let tag = coded.header("etag").unwrap();
    assert!(
        coded.header("content-encoding").is_some() && tag.starts_with("W/"),
        "{tag}"
    );
    let headers = [("accept-encoding", "gzip"), ("if-none-match", tag)];
    let again = server.send("GET", "/lab/etag/async/xy", &headers);
    assert_eq!(
        (again.status, again.header("vary")),
        (304, Some("accept-encoding"))
    );
}

#[test]
fn curl_goes_on_with_a_download() {
    let folder = tempfile::tempdir().unwrap();
    let server = lab().start();
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    fs::write(place(&server, "large"), &bytes).unwrap();
    let stored = folder.path().join("stored");
    fs::write(&stored, &bytes[..300_000]).unwrap();
    let ran = Command::new("curl")
        .args([
            "-s",
            "--max-time",
            "60",
            "--continue-at",
            "-",
            "--write-out",
            "%{http_code} %{size_download}",
            "--output",
        ])
        .arg(&stored)
        .arg(format!("http://{}/lab/file/plain/large", server.address()))
        .output()
        .expect("curl is there");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "206 700000");
    assert!(fs::read(&stored).unwrap() == bytes);
}
