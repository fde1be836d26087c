//! The monitor from its own side: readings, windows, pages, the schema.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap fails the test")]

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;

use super::{Monitor, PageRequest, PageResponse, Pages, Subject, history::History, subject::PoolBounds};
use super::{
    children::{Child, Children},
    exposition::Format,
    families,
};
use crate::{
    config::Secret,
    error::Kind,
    message::Response,
    meter::{Meters, Stage},
    route::Route,
};
use gopool_daemon::{Exit, How, Restarts};
use gopool_pool::{LaneOptions, Pool, Task};

mod asked;

const DOCUMENT: &str = include_str!("../../../docs/operating.md");

fn subject() -> Subject {
    let limits = PoolBounds {
        min_threads: 0,
        max_threads: 2,
        max_overdue: 2,
        max_queue: 10,
    };
    let exit = Exit {
        at: SystemTime::UNIX_EPOCH,
        how: How::Signal(9),
        reason: "killed".to_owned(),
        uptime: Duration::from_secs(3),
    };
    Subject {
        name: "shop".to_owned(),
        version: "1.2.3".to_owned(),
        routes: vec![Route::example("GET", "/a/{id}"), Route::example("GET", "/b")],
        limits,
        options: vec![super::subject::OptionInForce::new("max-threads", "2", "default")],
        restarts: 1,
        restarts_by_cause: Restarts::default(),
        exits: vec![exit],
        token: None,
        hosts: super::host::Hosts::default(),
        is_single: false,
        started: Instant::now(),
        started_at: SystemTime::now(),
    }
}

fn monitor(subject: Subject) -> Arc<Monitor> {
    let meters = Arc::new(Meters::new(1, subject.routes.len()));
    Arc::new(Monitor::new(subject, meters))
}

fn guarded(token: &str) -> Pages {
    Pages::of(monitor(Subject {
        token: Some(Secret::from(token)),
        ..subject()
    }))
}

fn ask(pages: &Pages, path: &str, authorization: Option<&str>) -> Response {
    answer(
        pages,
        PageRequest {
            path,
            authorization,
            ..GET
        },
    )
}

const GET: PageRequest<'static> = PageRequest {
    method: "GET",
    path: "",
    query: "",
    host: None,
    accept: None,
    authorization: None,
    origin: None,
    mark: None,
};

fn answer(pages: &Pages, request: PageRequest<'_>) -> Response {
    match pages.answer(request) {
        PageResponse::Whole(response) => response,
        PageResponse::Asked(question) => pages.monitor.reply(&question),
        PageResponse::Events(_) | PageResponse::Profile(_) => Response::status(299),
    }
}

/// Serves one request of the first route, as the server would.
fn serve(monitor: &Monitor, status: u16, failure: Option<Kind>) {
    let meter = monitor.meters.of_loop(0).unwrap().route(Some(0));
    meter.begin();
    meter.receive(Duration::from_millis(1));
    meter.answer(status, failure, Duration::from_millis(5));
}

#[test]
fn a_window_holds_its_seconds_and_no_others() {
    let monitor = monitor(subject());
    let start = Instant::now();
    let mut history = History::starting_from(monitor.reading(start));
    for second in 1..=20_u64 {
        let failure = (second == 1).then_some(Kind::Panic);
        serve(&monitor, if second == 1 { 500 } else { 200 }, failure);
        history.push(monitor.reading(start + Duration::from_secs(second)));
    }
    let windows = history.windows();
    assert_eq!(windows.lengths.map(|length| length.as_secs()), [10, 20, 20]);
    assert_eq!(windows.all.each_ref().map(|window| window.answers), [10, 20, 20]);
    assert_eq!(windows.all.each_ref().map(|window| window.errors), [0, 1, 1]);
    assert_eq!(
        windows.rows[&0].each_ref().map(|window| window.time.count()),
        [10, 20, 20]
    );
    assert!(!windows.rows.contains_key(&1), "a silent route has no windows");
}

#[test]
fn only_five_minutes_are_kept() {
    let monitor = monitor(subject());
    let start = Instant::now();
    let mut history = History::starting_from(monitor.reading(start));
    for second in 1..=310 {
        serve(&monitor, 200, None);
        history.push(monitor.reading(start + Duration::from_secs(second)));
    }
    assert_eq!(history.windows().all[2].answers, 300);
    assert_eq!(history.last(usize::MAX).count(), 300);
}

#[test]
fn utilisation_is_of_the_last_seconds_and_not_since_the_start() {
    let monitor = monitor(subject());
    monitor.attach(Pool::builder().max_threads(2).build().unwrap());
    let mut reading = monitor.reading(Instant::now());
    let mut history = History::starting_from(reading.clone());
    let mut pass = |busy: Duration| {
        reading.at += Duration::from_secs(1);
        reading.pool.as_mut().unwrap().busy_time += busy;
        history.push(reading.clone());
        [1, 10, 60].map(|seconds| history.utilisation(seconds, 2))
    };
    assert_eq!(
        pass(Duration::from_secs(1)),
        [0.5; 3],
        "one of two threads was busy"
    );
    assert_eq!(pass(Duration::ZERO), [0.0, 0.25, 0.25]);
    for _ in 0..8 {
        pass(Duration::ZERO);
    }
    let [one, ten, sixty] = pass(Duration::from_secs(2));
    assert_eq!((one, ten), (1.0, 0.1));
    assert!(sixty > ten, "the first second is still in the longest");
}

fn until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "never happened");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn readiness_follows_the_life_of_the_master_and_liveness_does_not() {
    let monitor = monitor(subject());
    let pages = Pages::of(monitor.clone());
    let ready = || {
        (
            ask(&pages, "/ready", None).code(),
            ask(&pages, "/live", None).code(),
        )
    };
    assert_eq!(ready(), (503, 200), "starting");
    monitor.meters.advance_to(Stage::Serving);
    assert_eq!(ready(), (200, 200), "serving");
    monitor.meters.advance_to(Stage::Draining);
    assert_eq!(ready(), (503, 200), "draining");
}

#[test]
fn a_stuck_pool_is_not_ready() {
    let monitor = monitor(subject());
    let pool = Pool::builder().max_threads(1).max_overdue(0).build().unwrap();
    monitor.attach(pool.clone());
    monitor.meters.advance_to(Stage::Serving);
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let stuck = Task::new(move || receiver.recv().is_ok()).timeout(Duration::from_millis(1));
    let _ = pool.submit(stuck).unwrap().wait();
    let pages = Pages::of(monitor);
    until(|| pool.is_stuck());
    let ready = ask(&pages, "/ready", None);
    assert_eq!((ready.code(), &ready.body()[..]), (503, &b"stuck\n"[..]));
    drop(sender);
}

#[test]
fn pages_with_data_ask_for_the_token_and_the_rest_does_not() {
    let pages = guarded("a-secret-of-ours");
    for path in ["/info", "/metrics", "/running", "/events"] {
        let refused = ask(&pages, path, None);
        assert_eq!(refused.code(), 401, "{path}");
        assert!(
            refused.headers()["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Bearer")
        );
        assert_ne!(
            ask(&pages, path, Some("Bearer a-secret-of-ours")).code(),
            401,
            "{path}"
        );
    }
    for path in ["/", "", "/live", "/ready"] {
        assert_ne!(ask(&pages, path, None).code(), 401, "{path}");
    }
}

#[test]
fn only_the_whole_token_is_right() {
    let pages = guarded("a-secret-of-ours");
    let long = format!("Bearer {}", "a".repeat(5000));
    for wrong in [
        "Bearer ",
        "Bearer a-secret-of-our",
        "Bearer a-secret-of-ours2",
        "Bearer b-secret-of-ours",
        "Basic a-secret-of-ours",
        "a-secret-of-ours",
        "Bearer\u{e9} a-secret-of-ours",
        &long,
    ] {
        assert_eq!(ask(&pages, "/info", Some(wrong)).code(), 401, "{wrong}");
    }
    assert_eq!(ask(&pages, "/info", Some("bearer a-secret-of-ours")).code(), 200);
}

#[test]
fn a_token_of_the_longest_kind_is_compared_as_a_whole() {
    let token = "x".repeat(256);
    let pages = guarded(&token);
    assert_eq!(ask(&pages, "/info", Some(&format!("Bearer {token}"))).code(), 200);
    assert_eq!(
        ask(&pages, "/info", Some(&format!("Bearer {token}x"))).code(),
        401
    );
}

#[test]
fn only_reading_is_possible_and_only_what_exists() {
    let pages = Pages::of(monitor(subject()));
    for (method, path, allow) in [("POST", "/info", "GET, HEAD"), ("GET", "/cancel", "POST")] {
        let refused = answer(&pages, PageRequest { method, path, ..GET });
        assert_eq!(
            (refused.code(), &refused.headers()["allow"]),
            (405, &allow.parse().unwrap())
        );
    }
    assert_eq!(ask(&pages, "/nothing", None).code(), 404);
}

/// Every field of `/info`, with what varies in it written as a kind.
fn fields(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        Value::Object(fields_of) if fields_of.is_empty() => {}
        Value::Object(fields_of) => fields_of.iter().for_each(|(name, value)| {
            let name = match name.as_str() {
                "10s" | "1m" | "5m" if path.ends_with("windows") => "<window>",
                "1xx" | "2xx" | "3xx" | "4xx" | "5xx" => "<class>",
                _ if path.ends_with("problems") => "<problem>",
                _ if path.ends_with("priorities") => "<priority>",
                _ if path.ends_with("restarts_by_cause") => "<cause>",
                _ if path.ends_with("ended_total") && path.starts_with("processes") => "<why>",
                name => name,
            };
            fields(value, &below(name), into);
        }),
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            items
                .iter()
                .for_each(|item| fields(item, &format!("{path}[]"), into));
        }
        Value::Array(_) => drop(into.insert(format!("{path}[]"))),
        _ => drop(into.insert(path.to_owned())),
    }
}

/// Where the fields of a route are documented: its requests and tasks have those of all.
fn place(field: &str) -> String {
    let requests = field
        .strip_prefix("routes[].requests.")
        .map(|field| format!("requests.{field}"));
    let tasks = || {
        field
            .strip_prefix("routes[].tasks.")
            .map(|field| format!("pool.tasks.{field}"))
    };
    requests.or_else(tasks).unwrap_or_else(|| field.to_owned())
}

fn documented(what: &str) -> BTreeSet<String> {
    let table = DOCUMENT.split(&format!("<!-- {what} -->")).nth(1).unwrap();
    let name = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    table.lines().filter_map(name).collect()
}

/// As if a route had processes.
fn children() -> Children {
    Children {
        each: vec![Child::default()],
        ..Children::default()
    }
}

#[test]
fn the_schema_is_the_documented_one() {
    let monitor = monitor(subject());
    let pool = Pool::builder().max_threads(2).build().unwrap();
    let lane = pool.lane(LaneOptions::new("GET /a/{id}"));
    pool.submit(Task::new(|| ()).lane(&lane)).unwrap().wait().unwrap();
    monitor.attach(pool);
    serve(&monitor, 500, Some(Kind::Panic));
    monitor.sample(Instant::now());
    let mut reading = monitor.reading(Instant::now());
    reading.children = Some(children());
    let snapshot = super::snapshot::of(&monitor.subject, &monitor.history(), &reading, monitor.health());
    let snapshot: Value = serde_json::from_str(&snapshot.to_json()).unwrap();
    assert_eq!(snapshot["schema"], super::schema::SCHEMA);
    assert!(
        DOCUMENT.contains(&format!("`\"schema\": {}`", super::schema::SCHEMA)),
        "the version is documented"
    );
    let mut found = BTreeSet::new();
    fields(&snapshot, "", &mut found);
    let mut found: BTreeSet<String> = found.iter().map(|field| place(field)).collect();
    found.extend(["routes[].requests", "routes[].tasks", "processes"].map(str::to_owned));
    // A route that was never used has neither.
    found.remove("requests.windows");
    let documented = documented("schema");
    let undocumented: Vec<_> = found.difference(&documented).collect();
    let missing: Vec<_> = documented.difference(&found).collect();
    assert!(
        undocumented.is_empty() && missing.is_empty(),
        "undocumented: {undocumented:#?}, not there: {missing:#?}"
    );
}

#[test]
fn every_metric_is_documented() {
    let monitor = monitor(subject());
    let pool = Pool::builder().max_threads(1).build().unwrap();
    pool.submit(Task::new(|| ())).unwrap().wait().unwrap();
    monitor.attach(pool);
    serve(&monitor, 500, Some(Kind::Panic));
    let mut reading = monitor.reading(Instant::now());
    reading.children = Some(children());
    let text = Format::Prometheus.text(&families::of(&monitor.subject, &reading, monitor.health()));
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for name in names {
        assert!(
            DOCUMENT.contains(&format!("`{name}`")),
            "`{name}` is not in docs/operating.md"
        );
    }
}

#[test]
fn the_page_runs_nothing_but_what_the_policy_names() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use sha2::{Digest as _, Sha256};
    let page = ask(&Pages::of(monitor(subject())), "/", None);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = std::str::from_utf8(page.body()).unwrap();
    for element in ["script", "style"] {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        assert_eq!(text.matches(&open).count(), 1, "one {element}");
        let inside = text.split(&open).nth(1).unwrap().split(&close).next().unwrap();
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inside)));
        assert!(
            policy.contains(&format!("{element}-src {hash}")),
            "the page changed: its {element} is {hash}"
        );
    }
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(text.len() < 60_000, "{} bytes", text.len());
    let outside = ["http://", "https://", "@import", " src="]
        .map(|far| text.replace("http://www.w3.org/2000/svg", "").contains(far));
    assert_eq!(outside, [false; 4], "the page loads nothing");
}
