//! The process itself, also when it may open no more files.

use gopool_tests::{Client, Connection, Server, lab, until};
use serde_json::Value;

use crate::{metrics::Metrics, watched::free_address};

const MOST: u64 = 120;

/// `GET` on a connection that is open already: a new one would need a file.
fn get(connection: &mut Connection, page: &str) -> Vec<u8> {
    connection.get(page);
    let answer = connection.answer();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[test]
fn with_no_file_left_numbers_are_true_or_absent() {
    let address = free_address();
    let launch = lab().args(&format!("--event-loops 1 --info-url http://{address}"));
    let server = launch.limit(&format!("-n {MOST}")).start();
    let monitor = Client::of(address);
    until("it is ready", || {
        monitor.try_get("/ready").ok().filter(|ready| ready.status == 200)
    });
    let mut monitor = Connection::open(address).unwrap();
    let before: Value = serde_json::from_slice(&get(&mut monitor, "/info")).unwrap();
    assert!(
        before["process"]["open_descriptors"].as_u64() < Some(MOST),
        "{before}"
    );
    let mut client = server.connect();
    let opened: u64 = String::from_utf8(get(&mut client, "/lab/hoard/1000000"))
        .unwrap()
        .parse()
        .unwrap();
    assert!(opened > 0);
    // As the system tells somebody else. What was inherited may stand above the limit.
    let open = server.open_files();
    assert!(open as u64 >= MOST, "{open}");
    for round in 0..2 {
        let info: Value = serde_json::from_slice(&get(&mut monitor, "/info")).unwrap();
        let process = &info["process"];
        assert_eq!(
            (&process["open_descriptors"], &process["max_descriptors"]),
            (&open.into(), &MOST.into()),
            "{round}"
        );
        assert!(process["resident_bytes"].as_u64() > Some(1_000_000), "{process}");
        for name in ["throttled_periods_total", "throttled_seconds_total"] {
            assert!(process[name].is_null(), "untold, and so absent: {process}");
        }
    }
    let metrics = String::from_utf8(get(&mut monitor, "/metrics")).unwrap();
    let metrics = Metrics::read(&metrics);
    assert_eq!(metrics.sum("process_open_fds", &[]), open as f64);
    assert_eq!(metrics.count("gopool_cpu_throttled_seconds_total", &[]), 0);
    let running: Value = serde_json::from_slice(&get(&mut monitor, "/running")).unwrap();
    assert_eq!(running["total"], 0);
    get(&mut client, "/lab/pid");
    close_files(&mut client);
    let after: Value = serde_json::from_slice(&get(&mut monitor, "/info")).unwrap();
    assert!(
        after["process"]["open_descriptors"].as_u64() < Some(MOST),
        "{after}"
    );
    assert!(after["process"]["throttled_periods_total"].is_u64(), "{after}");
}

#[test]
fn what_runs_is_told_without_what_cannot_be_read() {
    let address = free_address();
    let launch = lab().args(&format!(
        "--event-loops 1 --timeout 1h --info-url http://{address}"
    ));
    let server = launch.limit(&format!("-n {MOST}")).start();
    let mut monitor = until("it listens", || Connection::open(address).ok());
    let _busy = busy(&server);
    let mut client = server.connect();
    get(&mut client, "/lab/hoard/1000000");
    let running: Value = serde_json::from_slice(&get(&mut monitor, "/running")).unwrap();
    let row = &running["requests"][0];
    assert_eq!(
        (&row["state"], &row["thread"]),
        (&"running".into(), &"gopool-1".into()),
        "{running}"
    );
    assert!(row["cpu_seconds"].is_null(), "untold, and so absent: {row}");
    close_files(&mut client);
    let running: Value = serde_json::from_slice(&get(&mut monitor, "/running")).unwrap();
    assert!(running["requests"][0]["cpu_seconds"].is_f64(), "{running}");
    server.release();
}

fn busy(server: &Server) -> Connection {
    let busy = server.begin("/lab/held");
    server.until("it runs", |stats| stats["busy"] == 1);
    busy
}

fn close_files(client: &mut Connection) {
    assert_eq!(get(client, "/lab/hoard/0"), b"0");
}
