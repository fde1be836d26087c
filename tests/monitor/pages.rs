//! The pages, at every moment of the program's life.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use gopool_tests::{Client, Connection, LIMIT, Signal, lab, until};
use serde_json::Value;

use crate::watched::{Watched, free_address};

#[test]
fn each_page_has_its_type_and_is_never_kept() {
    let watched = Watched::start(lab());
    let types = [
        ("/", "text/html; charset=utf-8"),
        ("/info", "application/json"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/live", "text/plain; charset=utf-8"),
    ];
    for (page, media_type) in types {
        let answer = watched.monitor.get(page);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(media_type)),
            "{page}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{page}");
    }
    assert_eq!(watched.status("/nothing"), 404);
    assert_eq!(watched.monitor.post("/info", "text/plain", "x").status, 405);
    let open_metrics = [("accept", "application/openmetrics-text; version=1.0.0")];
    let answer = watched.monitor.send("GET", "/metrics", &open_metrics, None);
    assert!(answer.text().ends_with("# EOF\n"));
}

#[test]
fn while_it_starts_it_lives_and_is_not_ready() {
    let address = free_address();
    let launch = lab()
        .env("LAB_START", "slow:3000")
        .args(&format!("--info-url http://{address}"));
    std::thread::scope(|scope| {
        let server = scope.spawn(|| launch.start());
        let monitor = Client::of(address);
        let ready = until("the monitor answers", || monitor.try_get("/ready").ok());
        assert_eq!((ready.status, ready.text()), (503, "starting\n"));
        assert_eq!(monitor.get("/live").status, 200);
        let server = server.join().unwrap();
        until("it is ready", || {
            (monitor.get("/ready").status == 200).then_some(())
        });
        drop(server);
    });
}

#[test]
fn while_it_drains_it_lives_and_is_not_ready() {
    let watched = Watched::start(lab());
    let mut running = watched.server.begin("/lab/sleep/2000");
    watched.until("it runs", |info| info["pool"]["tasks"]["running"] == 1);
    watched.server.signal(Signal::TERM);
    let ready = until("it drains", || {
        Some(watched.monitor.get("/ready")).filter(|ready| ready.status != 200)
    });
    assert_eq!((ready.status, ready.text()), (503, "draining\n"));
    assert_eq!(watched.status("/live"), 200);
    assert_eq!(running.answer().status, 200);
}

/// Reads server-sent events from a connection of its own.
fn events(address: std::net::SocketAddr, path: &str) -> impl Iterator<Item = Value> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
}

#[test]
fn the_head_of_events_is_a_whole_answer() {
    let watched = Watched::start(lab());
    let mut connection = Connection::open(watched.address).unwrap();
    for _ in 0..2 {
        connection
            .send("HEAD /events HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .unwrap();
        let head = connection.answer_to_head();
        assert_eq!(
            (head.status, head.header("content-type")),
            (200, Some("text/event-stream"))
        );
    }
    connection.get("/live");
    assert_eq!(connection.answer().text(), "live\n", "the connection goes on");
}

#[test]
fn a_profile_shows_which_handler_has_the_cpu() {
    let watched = Watched::start(lab().args("--timeout 1h --max-threads 1"));
    let _busy = watched.server.begin("/lab/spin/3600000");
    watched.until("it runs", |info| info["pool"]["tasks"]["running"] == 1);
    let graph = watched.monitor.get("/profile?seconds=1");
    assert_eq!(
        (graph.status, graph.header("content-type")),
        (200, Some("image/svg+xml"))
    );
    for part in ["<svg", "gopool-1", "lab::work::spin"] {
        assert!(graph.text().contains(part), "no `{part}` in {}", graph.text());
    }
}

#[test]
fn one_profile_is_taken_at_a_time_and_its_length_is_checked() {
    let watched = Watched::start(lab());
    let mut first = BufReader::new(TcpStream::connect(watched.address).unwrap());
    write!(
        first.get_mut(),
        "GET /profile?seconds=60 HTTP/1.1\r\nhost: localhost\r\n\r\n"
    )
    .unwrap();
    let mut begun = String::new();
    first.read_line(&mut begun).unwrap();
    assert_eq!(begun, "HTTP/1.1 200 OK\r\n");
    assert_eq!(watched.status("/profile?seconds=1"), 409);
    assert_eq!(watched.status("/profile?seconds=0"), 400);
}

#[test]
fn events_come_once_a_second() {
    let watched = Watched::start(lab());
    let begun = Instant::now();
    let seconds: Vec<_> = events(watched.address, "/events").take(4).collect();
    // One comes at once; the three after it need at least two whole seconds between them.
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    let ages: Vec<_> = seconds
        .iter()
        .map(|info| info["uptime_seconds"].as_f64().unwrap())
        .collect();
    assert!(
        ages.is_sorted() && seconds.iter().all(|info| info["schema"] == 1),
        "{ages:?}"
    );
}

#[test]
fn a_stream_beside_the_routes_does_not_hold_up_the_drain() {
    // The limit of the drain is no way out.
    let server = lab().args("--info-url /monitor --shutdown-timeout 1h").start();
    let mut stream = events(server.address(), "/monitor/events");
    assert!(stream.next().is_some());
    server.signal(Signal::TERM);
    assert_eq!(stream.count(), 0, "it ends");
    assert_eq!(server.ended().code, Some(0));
}

#[test]
fn a_taken_address_and_a_taken_path_refuse_the_launch() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    let ended = lab()
        .args(&format!("--no-daemon --port 0 --info-url {url}"))
        .run();
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains(&url) && ended.stderr.contains("in use"),
        "{}",
        ended.stderr
    );
    let ended = lab().args("--no-daemon --port 0 --info-url /lab").run();
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("would hide GET /lab/hello"),
        "{}",
        ended.stderr
    );
}

#[test]
fn options_are_shown_with_their_source_and_without_secrets() {
    let launch = lab()
        .args("--max-threads 3")
        .env("GOPOOL_INFO_TOKEN", "a-secret-of-ours");
    let server = launch.args("--info-url /monitor").start();
    let authorization = [("authorization", "Bearer a-secret-of-ours")];
    let answer = server.send("GET", "/monitor/info", &authorization);
    assert!(!answer.text().contains("a-secret-of-ours"));
    let info = answer.json();
    let options = info["options"].as_array().unwrap();
    let option = |name| options.iter().find(|option| option["name"] == name).unwrap();
    assert_eq!(
        (&option("max-threads")["value"], &option("max-threads")["source"]),
        (&"3".into(), &"command line".into())
    );
    assert_eq!(option("info-token")["source"], "environment");
}

/// Every pool thread busy, the queue full, the only event loop standing still.
fn busy() -> Watched {
    let watched = Watched::start(lab().args("--max-threads 2 --max-queue 4 --event-loops 1 --timeout 1h"));
    let work: Vec<_> = (0..6).map(|_| watched.server.begin("/lab/spin/600000")).collect();
    watched.until("the queue is full", |info| info["pool"]["queue"]["length"] == 4);
    let stall = watched.server.begin("/lab/stall/600000");
    watched.until("the event loop stands still", |info| {
        info["event_loops"][0]["lag_seconds"].as_f64() > Some(0.5)
    });
    std::mem::forget((work, stall));
    watched
}

fn slowest_hundredth(watched: &Watched, page: &str) -> Duration {
    let mut times: Vec<_> = (0..100).map(|_| watched.monitor.get(page).took).collect();
    times.sort_unstable();
    times[98]
}

#[test]
fn with_everything_busy_it_answers_all_the_same() {
    let watched = busy();
    assert_eq!(
        (
            watched.status("/live"),
            watched.status("/metrics"),
            watched.status("/")
        ),
        (200, 200, 200)
    );
    let lag = watched.info()["event_loops"][0]["lag_seconds"].as_f64().unwrap();
    assert!(lag > 0.5, "still standing still: {lag}");
}

/// `cargo test --release -p gopool-tests --test monitor -- --ignored p99 --nocapture`, on a machine that does nothing else.
#[test]
#[ignore = "measures: needs an idle machine and a release build"]
fn with_everything_busy_the_p99_of_live_and_metrics_is_at_most_20_ms() {
    let watched = busy();
    let times = ["/live", "/metrics"].map(|page| (page, slowest_hundredth(&watched, page)));
    println!("p99 with everything busy: {times:?}");
    assert!(
        times.iter().all(|(_, time)| *time <= Duration::from_millis(20)),
        "{times:?}"
    );
}
