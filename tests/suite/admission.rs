//! Which request is next when there is not enough for all, who has to go, and when it is too late to begin.

use gopool_tests::{Connection, Server, lab};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

/// A server with one thread, and these options.
fn single(options: &str) -> Server {
    lab()
        .args(&format!(
            "--max-threads 1 --queue-target 1h --queue-timeout 1h {options}"
        ))
        .start()
}

/// Keeps the only thread until `release`.
fn hold(server: &Server) -> Connection {
    let held = server.begin("/lab/held-within-its-limit");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    held
}

/// Sends a request that waits, and waits until it does.
fn queue(server: &Server, target: &str, headers: &str) -> Connection {
    queue_on(server, server.connect(), target, headers)
}

fn queue_on(server: &Server, mut connection: Connection, target: &str, headers: &str) -> Connection {
    let before = server.stats()["queued"].as_u64();
    let head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    connection.send(head).unwrap();
    server.until("one more waits", |stats| stats["queued"].as_u64() > before);
    connection
}

/// The how-many-th it was to begin.
fn turn(connection: &mut Connection) -> u64 {
    let answer = connection.answer();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["turn"].as_u64().unwrap()
}

fn turns(connections: &mut [Connection]) -> Vec<u64> {
    connections.iter_mut().map(turn).collect()
}

#[test]
fn a_more_urgent_route_is_first_whenever_its_requests_came() {
    let server = single("");
    let _held = hold(&server);
    let mut waiting =
        ["/lab/turn/sheddable", "/lab/turn", "/lab/turn/critical"].map(|target| queue(&server, target, ""));
    server.release();
    assert_eq!(turns(&mut waiting), [2, 1, 0]);
}

#[test]
fn a_trusted_header_says_how_urgent_a_request_is_and_unknown_words_say_nothing() {
    let headers = ["sheddable", "high", "Critical"].map(|word| format!("x-urgency: {word}\r\n"));
    let order = |options: &str| {
        let server = single(options);
        let _held = hold(&server);
        let mut waiting: Vec<_> = headers
            .iter()
            .map(|header| queue(&server, "/lab/turn", header))
            .collect();
        server.release();
        turns(&mut waiting)
    };
    assert_eq!(order("--priority-header X-Urgency"), [2, 1, 0]);
    assert_eq!(
        order(""),
        [0, 1, 2],
        "nobody is trusted unless the operator says so"
    );
}

#[test]
fn a_full_queue_gives_up_what_is_less_urgent_and_nothing_else() {
    let server = single("--max-queue 2");
    let _held = hold(&server);
    let mut first = queue(&server, "/lab/turn/sheddable", "");
    let mut newest = queue(&server, "/lab/turn/sheddable", "");
    let mut normal = server.begin("/lab/turn");
    assert_eq!(newest.answer().failure(), (503, "queue-full".to_owned()));
    let mut critical = server.begin("/lab/turn/critical");
    assert_eq!(first.answer().failure(), (503, "queue-full".to_owned()));
    for less in ["/lab/turn/sheddable", "/lab/turn"] {
        let refused = server.get(less);
        assert_eq!(refused.failure(), (503, "queue-full".to_owned()), "{less}");
        assert!(refused.header("retry-after").is_some(), "{less}");
    }
    server.release();
    assert_eq!((turn(&mut critical), turn(&mut normal)), (0, 1));
}

#[test]
fn a_route_of_three_times_the_weight_has_three_times_the_turns() {
    let server = single("--timeout 1h");
    let targets = ["/lab/turn/slow/10", "/lab/turn/slow-weighted/10"];
    // What a run costs is known by then.
    for target in targets {
        assert_eq!(server.get(target).status, 200);
    }
    let _held = hold(&server);
    let [mut plain, mut weighted] =
        targets.map(|target| (0..12).map(|_| queue(&server, target, "")).collect::<Vec<_>>());
    server.release();
    let [_, weighted] = [turns(&mut plain), turns(&mut weighted)];
    let early = weighted.iter().filter(|turn| (2..14).contains(*turn)).count();
    assert!((8..=10).contains(&early), "9 of the first 12 turns: {weighted:?}");
}

/// A flood of one caller waits, then one request of another comes: its turn.
fn turn_beside_a_flood(
    server: &Server,
    flood: impl Fn() -> Connection,
    other: impl Fn() -> Connection,
) -> u64 {
    let _held = hold(server);
    let _flood: Vec<_> = (0..20).map(|_| flood()).collect();
    let mut other = other();
    server.release();
    turn(&mut other)
}

fn turn_beside_a_flood_of_another_key(options: &str, target: &str) -> u64 {
    let server = single(options);
    let by = |key: &str| queue(&server, target, &format!("x-api-key: {key}\r\n"));
    turn_beside_a_flood(&server, || by("flood"), || by("other"))
}

#[test]
fn a_caller_is_not_kept_waiting_by_the_flood_of_another_key() {
    let turn = turn_beside_a_flood_of_another_key("", "/lab/turn/by-key");
    assert!(turn <= 2, "the flood has two lines: {turn}");
    let turn = turn_beside_a_flood_of_another_key("--fair-by x-api-key", "/lab/turn");
    assert!(turn <= 2, "by the option: {turn}");
    let turn = turn_beside_a_flood_of_another_key("", "/lab/turn");
    assert_eq!(turn, 20, "no caller is told from others by default");
}

#[test]
fn a_caller_is_not_kept_waiting_by_the_flood_of_another_address() {
    let server = single("");
    let from = |source: &str| {
        let connection = Connection::open_from(source.parse().unwrap(), server.address()).unwrap();
        queue_on(&server, connection, "/lab/turn/by-peer", "")
    };
    let turn = turn_beside_a_flood(&server, || from("127.0.0.1"), || from("127.0.0.2"));
    assert!(turn <= 2, "{turn}");
}

const BY_MILLISECONDS: &str = "--deadline-header request-timeout-ms";

fn get_within(server: &Server, target: &str, time: &str) -> (u16, String) {
    server
        .send("GET", target, &[("request-timeout-ms", time)])
        .failure()
}

#[test]
fn what_the_caller_has_time_for_ends_a_wait_and_a_run_of_any_handler() {
    let server = single(&format!("--timeout 1h {BY_MILLISECONDS}"));
    let timeout = (504, "timeout".to_owned());
    assert_eq!(get_within(&server, "/lab/polite/3600000", "200"), timeout);
    assert_eq!(get_within(&server, "/lab/async-sleep/3600000", "200"), timeout);
    assert_eq!(
        get_within(&server, "/lab/async-single-file/3600000", "200").0,
        504,
        "in `cpu`"
    );
    server.until("nothing runs in time", |stats| stats["running"] == 0);
    let server = single(BY_MILLISECONDS);
    let _held = hold(&server);
    let waited = get_within(&server, "/lab/turn", "200");
    assert_eq!(waited, (503, "queue-timeout".to_owned()));
    server.release();
    assert_eq!(
        server.get("/lab/turn").json(),
        json!({ "turn": 0 }),
        "it never ran"
    );
}

#[test]
fn a_request_that_comes_too_late_is_refused_before_anything_is_begun() {
    let server = single(BY_MILLISECONDS);
    let late = (503, "queue-timeout".to_owned());
    for target in ["/lab/turn", "/lab/async-sleep/1", "/lab/inline"] {
        assert_eq!(get_within(&server, target, "0"), late, "{target}");
    }
    // Its body is not asked for.
    let mut upload = server.connect();
    upload
        .send("POST /lab/text HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 5\r\nexpect: 100-continue\r\nrequest-timeout-ms: 0\r\n\r\n")
        .unwrap();
    assert_eq!(upload.answer().failure(), late);
    let stats = server.stats();
    assert_eq!(stats["submitted"], 0, "{stats}");
}

#[test]
fn what_the_caller_has_time_for_lengthens_nothing_and_nonsense_says_nothing() {
    let server = single(&format!("--timeout 100ms {BY_MILLISECONDS}"));
    for time in ["3600000", "1H", "99999999999999999999", "soon", "-1", "1.5", ""] {
        let answer = get_within(&server, "/lab/polite/3600000", time);
        assert_eq!(answer, (504, "timeout".to_owned()), "{time:?}");
    }
    let server = single("");
    let answer = server.send("GET", "/lab/turn", &[("request-timeout-ms", "0")]);
    assert_eq!(answer.status, 200, "nobody is asked unless the operator says so");
}

#[test]
fn the_time_may_have_a_unit_as_grpc_writes_it() {
    let server = single("--timeout 1h --deadline-header grpc-timeout");
    for time in ["200m", "200000u", "1S"] {
        let answer = server.send("GET", "/lab/polite/3600000", &[("grpc-timeout", time)]);
        assert_eq!(answer.failure(), (504, "timeout".to_owned()), "{time}");
    }
    let answer = server.send("GET", "/lab/turn", &[("grpc-timeout", "1H")]);
    assert_eq!(answer.status, 200);
}

#[test]
fn a_handler_knows_how_much_time_is_left_wherever_it_works() {
    let server = lab().args(&format!("--timeout 1h {BY_MILLISECONDS}")).start();
    let within = |least: u64, most: u64| {
        move |left: &Value| left.as_u64().is_some_and(|left| (least..=most).contains(&left))
    };
    for target in ["/lab/remaining", "/lab/remaining/async"] {
        let of_route = server.get(target).json();
        // A machine that needs a minute for this is not the one to test on.
        let is_right = within(3_540_000, 3_600_000);
        assert!(
            ["here", "cpu", "par"]
                .iter()
                .all(|place| is_right(&of_route[*place])),
            "{target} {of_route}"
        );
        let of_caller = server
            .send("GET", target, &[("request-timeout-ms", "60000")])
            .json();
        let is_right = within(1, 60_000);
        assert!(
            ["here", "cpu", "par"]
                .iter()
                .all(|place| is_right(&of_caller[*place])),
            "{target} {of_caller}"
        );
    }
    let inline = "/lab/remaining/inline";
    assert_eq!(
        server.get(inline).json()["here"],
        Value::Null,
        "nothing limits it"
    );
    let of_caller = server
        .send("GET", inline, &[("request-timeout-ms", "60000")])
        .json();
    assert!(within(1, 60_000)(&of_caller["here"]), "{of_caller}");
}

#[test]
fn a_handler_that_waits_for_work_in_its_own_queue_does_not_wait_for_itself() {
    let server = single("");
    let mut waiting: Vec<_> = (0..4)
        .flat_map(|_| ["/lab/remaining", "/lab/nested/5"])
        .map(|target| server.begin(target))
        .collect();
    for connection in &mut waiting {
        let answer = connection.answer();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[test]
fn slow_requests_before_quick_ones_refuse_none_of_these() {
    let server = lab().args("--max-threads 2").start();
    let mut slow: Vec<_> = (0..8).map(|_| server.begin("/lab/sleep/500")).collect();
    let mut quick: Vec<_> = (0..60).map(|_| server.begin("/lab/hello?name=x")).collect();
    for connection in quick.iter_mut().chain(&mut slow) {
        let answer = connection.answer();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(server.until_quiet()["rejected"], 0);
}

#[test]
fn routes_share_the_time_and_not_the_turns() {
    let server = single("--timeout 1h");
    let [short, long] = ["/lab/turn/slow/20", "/lab/turn/slow-weighted/240"];
    for target in [short, long] {
        assert_eq!(server.get(target).status, 200);
    }
    let _held = hold(&server);
    let mut long: Vec<_> = (0..4).map(|_| queue(&server, long, "")).collect();
    let mut short: Vec<_> = (0..20).map(|_| queue(&server, short, "")).collect();
    server.release();
    let (long, short) = (turns(&mut long), turns(&mut short));
    // Runs of 240 ms have a third of their time beside them: four runs of 20 ms, fewer where the machine is slow to wake up.
    let between = short
        .iter()
        .filter(|turn| (long[0]..long[3]).contains(*turn))
        .count();
    assert!((6..=14).contains(&between), "{between} of 12: {long:?} {short:?}");
}

/// How many bodies of this route have ended, by the monitor.
fn ended(server: &Server, route: &str) -> f64 {
    let metrics = server.get("/gopool/metrics");
    let text = metrics.text();
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with("gopool_run_seconds_count") && line.contains(route));
    let count = line.and_then(|line| line.rsplit(' ').next());
    count.map_or(0.0, |count| count.parse().unwrap())
}

/// Asks again and again until `end`. Whoever has no answer within `patience` leaves and begins anew, whoever is refused pauses. Gives how
/// often there was an answer.
fn impatient(server: &Server, target: &str, patience: Duration, end: Instant) -> u32 {
    let head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut answered = 0;
    while Instant::now() < end {
        let Ok(mut stream) = TcpStream::connect(server.address()) else {
            continue;
        };
        stream.set_read_timeout(Some(patience)).unwrap();
        let mut answer = [0; 4096];
        while Instant::now() < end && stream.write_all(head.as_bytes()).is_ok() {
            let length = stream.read(&mut answer).unwrap_or(0);
            match answer[..length].get(9..12) {
                Some(b"200") => answered += 1,
                Some(_) => thread::sleep(Duration::from_millis(100)),
                None => break,
            }
        }
    }
    answered
}

#[test]
fn beyond_the_capacity_the_cores_work_for_clients_that_are_still_there() {
    let server = lab().args("--info-url /gopool").start();
    let target = "/lab/fib/32";
    let mut runs: Vec<_> = (0..5).map(|_| server.get(target).took).collect();
    runs.sort_unstable();
    let patience = Duration::from_secs(1).max(10 * runs[2]);
    let cores = thread::available_parallelism().unwrap().get();
    // Three times as many as could be answered one after the other by the end of their patience.
    let could = patience.as_secs_f64() / runs[2].as_secs_f64() * cores as f64;
    let clients = (3.0 * could).clamp(50.0, 300.0) as usize;
    let before = ended(&server, "/lab/fib/");
    let end = Instant::now() + 4 * patience;
    let answered: u32 = thread::scope(|scope| {
        let clients = (0..clients).map(|_| scope.spawn(|| impatient(&server, target, patience, end)));
        let clients: Vec<_> = clients.collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    server.until_quiet();
    let ran = ended(&server, "/lab/fib/") - before;
    assert!(
        f64::from(answered) > 0.8 * ran,
        "{answered} of {ran} runs for {clients} clients"
    );
}
