//! Bodies that need not be in memory, and what goes wrong with them.

use std::{fs, path::PathBuf, process::Command};

use gopool_tests::{Connection, Server, lab, until};
use rustix::process::Signal;
use serde_json::json;

const MEGABYTE: usize = 1_000_000;

/// Sends the head of an upload of so many bytes.
fn begin(server: &Server, path: &str, length: usize) -> Connection {
    let mut connection = server.connect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: image/x-test\r\ncontent-length: {length}\r\n\r\n"
    );
    connection.send(head).unwrap();
    connection
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

/// How many files without a name its process has open.
pub(crate) fn spooled(server: &Server) -> usize {
    let files = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("the process lives");
    let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let is_spooled = |link: &PathBuf| {
        let link = link.to_string_lossy();
        link.ends_with(" (deleted)") && !link.starts_with("/memfd:")
    };
    links.filter(is_spooled).count()
}

/// Waits until so many bodies are in files.
pub(crate) fn until_spooled(server: &Server, count: usize) {
    until("so many bodies are in files", || {
        (spooled(server) == count).then_some(())
    });
}

/// The most memory that its process ever had in RAM, in bytes.
fn most_memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn a_large_upload_is_a_file_without_a_name_and_gone_with_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let server = lab().arg("--spool-dir").arg(folder.path()).start();
    server.post("/lab/upload/digest", "text/plain", "small");
    let mut connection = begin(&server, "/lab/upload/digest", 3 * MEGABYTE);
    let body = bytes(3 * MEGABYTE);
    connection.send(&body[..2 * MEGABYTE]).unwrap();
    until_spooled(&server, 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it has no name");
    connection.send(&body[2 * MEGABYTE..]).unwrap();
    let answer = connection.answer();
    let expected =
        json!({ "len": body.len(), "crc32": crc32fast::hash(&body), "content_type": "image/x-test" });
    assert_eq!(answer.json(), expected);
    until_spooled(&server, 0);
    // The connection goes on.
    connection.get("/lab/hello?name=x");
    assert_eq!(connection.answer().status, 200);
}

#[test]
fn memory_does_not_grow_with_an_upload() {
    const LENGTH: usize = 300 * MEGABYTE;
    let server = lab().start();
    server.post("/lab/upload/digest", "text/plain", bytes(MEGABYTE));
    let before = most_memory(&server);
    let mut connection = begin(&server, "/lab/upload/digest", LENGTH);
    let part = bytes(MEGABYTE);
    for _ in 0..LENGTH / part.len() {
        connection.send(&part).unwrap();
    }
    assert_eq!(connection.answer().json()["len"], LENGTH);
    let growth = most_memory(&server) - before;
    assert!(growth < 30 << 20, "{growth} bytes");
}

#[test]
fn no_thread_of_the_pool_waits_for_an_upload() {
    let server = lab().args("--max-threads 1 --max-queue 1").start();
    let mut slow: Vec<_> = (0..4)
        .map(|_| {
            let mut connection = begin(&server, "/lab/upload/digest", MEGABYTE);
            connection.send(bytes(MEGABYTE / 2)).unwrap();
            connection
        })
        .collect();
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
    let stats = server.until_quiet();
    assert_eq!(stats["submitted"], 1, "{stats}");
    for connection in &mut slow {
        connection.send(bytes(MEGABYTE / 2)).unwrap();
        assert_eq!(connection.answer().json()["len"], MEGABYTE);
    }
}

#[test]
fn what_is_too_large_is_refused_at_once_and_the_limit_is_named() {
    let server = lab().start();
    let mut announced = begin(&server, "/lab/upload/plain", 2 * MEGABYTE + 1);
    assert_eq!(announced.answer().status, 405, "it is a `PUT`");
    let head = "PUT /lab/upload/plain HTTP/1.1\r\nhost: x\r\n";
    let mut announced = server.connect();
    announced
        .send(format!("{head}content-length: 2000001\r\n\r\n"))
        .unwrap();
    let answer = announced.answer();
    assert_eq!(answer.failure(), (413, "too-large".to_owned()));
    assert!(answer.detail().contains("2000000"), "{}", answer.detail());
    let mut counted = server.connect();
    counted
        .send(format!("{head}transfer-encoding: chunked\r\n\r\n"))
        .unwrap();
    let chunk = [b"200000\r\n".as_slice(), &bytes(0x20_0000), b"\r\n"].concat();
    // It may be refused before all of this is taken.
    let _ = counted.send(chunk);
    assert_eq!(counted.answer().failure(), (413, "too-large".to_owned()));
    assert_eq!(server.stats()["submitted"], 0);
}

#[test]
fn an_absent_upload_is_none_and_a_small_one_stays_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = lab()
        .arg("--spool-dir")
        .arg(folder.path())
        .args("--spool-after 100KB")
        .start();
    let client = server.new_client();
    let put = |length: usize| client.send("PUT", "/lab/upload/plain", &[], Some(&bytes(length)));
    assert_eq!(put(0).status, 404);
    // From here on there can be no file.
    folder.close().unwrap();
    assert_eq!(put(100_000).json()["len"], 100_000);
    let answer = put(100_001);
    assert_eq!(answer.failure(), (503, "no-spool".to_owned()));
    let line = server.log().line("a body cannot be written to a file");
    assert!(line.contains("spool-dir"), "{line}");
}

#[test]
fn a_launch_without_a_place_for_files_is_refused() {
    let ended = lab()
        .args("--no-daemon --port 0 --spool-dir /nowhere/at/all")
        .run();
    assert_ne!(ended.code, Some(0));
    for part in ["/nowhere/at/all", "spool-dir", "takes bodies as files"] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

#[test]
fn a_full_disk_is_a_507_and_the_log_says_where() {
    // A file of at most 1000 blocks of 512 bytes; the signal for it is ignored, as it would kill.
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\"";
    let server = lab().by_way_of(script).start();
    let mut connection = begin(&server, "/lab/upload/digest", 3 * MEGABYTE);
    // No more than there is room for on its way, whoever reads the rest.
    connection.send(bytes(600_000)).unwrap();
    let answer = connection.answer();
    assert_eq!(answer.failure(), (507, "disk-full".to_owned()));
    server.log().line("a body cannot be written to a file");
    assert_eq!(
        server
            .post("/lab/upload/digest", "text/plain", bytes(1000))
            .status,
        200
    );
    until_spooled(&server, 0);
}

#[test]
fn all_files_together_have_a_limit() {
    let server = lab().args("--spool-limit 2MB").start();
    let mut first = begin(&server, "/lab/upload/digest", 3 * MEGABYTE / 2);
    first.send(bytes(MEGABYTE)).unwrap();
    until_spooled(&server, 1);
    let refused = begin(&server, "/lab/upload/digest", 3 * MEGABYTE / 2).answer();
    assert_eq!(refused.failure(), (503, "spool-full".to_owned()));
    first.send(bytes(MEGABYTE / 2)).unwrap();
    assert_eq!(first.answer().status, 200);
    until_spooled(&server, 0);
    until("there is room again", || {
        let answer = server.post("/lab/upload/digest", "text/plain", bytes(3 * MEGABYTE / 2));
        (answer.status == 200).then_some(())
    });
    let larger = begin(&server, "/lab/upload/digest", 2 * MEGABYTE + 1).answer();
    assert_eq!(
        larger.failure(),
        (413, "too-large".to_owned()),
        "it would never fit"
    );
}

#[test]
fn a_client_that_is_too_slow_frees_the_file() {
    let server = lab().args("--body-timeout 300ms --min-receive-rate 1GB").start();
    let mut slow = begin(&server, "/lab/upload/digest", 3 * MEGABYTE);
    slow.send(bytes(2 * MEGABYTE)).unwrap();
    assert_eq!(slow.answer().failure(), (408, "slow-body".to_owned()));
    until_spooled(&server, 0);
    assert_eq!(server.stats()["submitted"], 0);
}

#[test]
fn a_client_that_leaves_frees_the_file() {
    let server = lab().start();
    for _ in 0..5 {
        let mut leaving = begin(&server, "/lab/upload/digest", 3 * MEGABYTE);
        leaving.send(bytes(2 * MEGABYTE)).unwrap();
        until_spooled(&server, 1);
        drop(leaving);
        until_spooled(&server, 0);
    }
    assert_eq!(server.until_quiet()["submitted"], 0);
}

#[test]
fn a_process_of_its_own_reads_it_too() {
    let server = lab().start();
    for length in [1000, 3 * MEGABYTE] {
        let body = bytes(length);
        let answer = server.post("/lab/upload/isolated", "x/y", &body);
        let expected = json!({ "len": length, "crc32": crc32fast::hash(&body), "content_type": "x/y" });
        assert_eq!(answer.json(), expected);
    }
}

#[test]
fn it_may_be_kept() {
    let server = lab().start();
    let kept = |name: &str| fs::read(format!("/proc/{}/cwd/{name}", server.pid()));
    for length in [1000, 3 * MEGABYTE, 0] {
        assert_eq!(
            server.post("/lab/upload/keep/it", "x/y", bytes(length)).status,
            204
        );
        assert!(kept("it").unwrap() == bytes(length), "{length}");
    }
    assert_eq!(
        server
            .post("/lab/upload/keep/none%2Fit", "x/y", bytes(1000))
            .status,
        500
    );
}

#[test]
fn a_body_is_taken_while_it_arrives() {
    let server = lab().start();
    let mut connection = begin(&server, "/lab/incoming/digest", 3 * MEGABYTE);
    let body = bytes(3 * MEGABYTE);
    connection.send(&body[..MEGABYTE]).unwrap();
    // It has it while the rest is still to come.
    until("a part has come", || {
        let seen = server.get("/lab/incoming/seen").json();
        (seen.as_u64()? >= 1000).then_some(())
    });
    connection.send(&body[MEGABYTE..]).unwrap();
    let answer = connection.answer().json();
    assert_eq!(
        (&answer["len"], &answer["crc32"]),
        (&body.len().into(), &crc32fast::hash(&body).into())
    );
    connection.get("/lab/hello?name=x");
    assert_eq!(connection.answer().status, 200);
    let empty = server.post("/lab/incoming/digest", "x/y", "");
    assert_eq!(empty.json()["len"], 0);
}

#[test]
fn a_body_that_is_not_wanted_is_not_asked_for() {
    let server = lab().start();
    let head = "POST /lab/incoming/refuse HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n";
    let mut connection = server.connect();
    connection.send(head).unwrap();
    assert_eq!(connection.answer().status, 403);
    let mut connection = server.connect();
    connection.send(head.replace("refuse", "digest")).unwrap();
    assert_eq!(connection.answer().status, 100);
    connection.send(bytes(1000)).unwrap();
    assert_eq!(connection.answer().json()["len"], 1000);
}

#[test]
fn the_limits_of_a_body_hold_while_it_is_taken() {
    let server = lab()
        .args("--body-timeout 300ms --min-receive-rate 1GB --timeout 200ms")
        .start();
    let mut large = server.connect();
    let head = "POST /lab/incoming/small HTTP/1.1\r\nhost: x\r\n";
    large.send(format!("{head}content-length: 1001\r\n\r\n")).unwrap();
    assert_eq!(large.answer().failure(), (413, "too-large".to_owned()));
    let mut large = server.connect();
    large
        .send(format!("{head}transfer-encoding: chunked\r\n\r\n400\r\n"))
        .unwrap();
    let _ = large.send(bytes(0x400));
    assert_eq!(large.answer().failure(), (413, "too-large".to_owned()));
    // The client has 300 ms, and the handler's 200 stand meanwhile.
    let mut slow = begin(&server, "/lab/incoming/small", 1000);
    slow.send(bytes(500)).unwrap();
    assert_eq!(slow.answer().failure(), (408, "slow-body".to_owned()));
    let idle = server.post("/lab/incoming/idle", "x/y", bytes(10));
    assert_eq!(idle.failure(), (504, "timeout".to_owned()));
    let left = server.post("/lab/incoming/left", "x/y", bytes(1000));
    assert_eq!(left.status, 204);
    let told = until("the task has ended", || {
        let told = server.get("/lab/incoming/told").text().to_owned();
        (!told.is_empty()).then_some(told)
    });
    assert!(told.contains("before its body did"), "{told}");
}

#[test]
fn an_upload_goes_on_while_its_server_ends() {
    let server = lab().start();
    let mut connection = begin(&server, "/lab/upload/digest", 2 * MEGABYTE);
    connection.send(bytes(MEGABYTE)).unwrap();
    until_spooled(&server, 1);
    server.signal(Signal::TERM);
    server.log().line("drain");
    connection.send(bytes(MEGABYTE)).unwrap();
    assert_eq!(connection.answer().json()["len"], 2 * MEGABYTE);
    assert_eq!(server.ended().code, Some(0));
}

#[test]
fn curl_sends_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let body = bytes(5 * MEGABYTE);
    fs::write(&path, &body).unwrap();
    let server = lab().start();
    let ran = Command::new("curl")
        .args(["-s", "--max-time", "60", "--request", "POST", "--upload-file"])
        .arg(&path)
        .arg(format!("http://{}/lab/upload/digest", server.address()))
        .output()
        .expect("curl is there");
    let answer: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(answer["crc32"], crc32fast::hash(&body));
}
