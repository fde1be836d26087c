//! What waits and runs, and how it is cancelled.

use gopool_tests::{Answer, Connection, Ended, Server, lab, program, until};
use serde_json::{Value, json};

use crate::watched::Watched;

/// A server with one thread, on which nothing is late by itself.
fn watched() -> Watched {
    Watched::start(lab().args("--max-threads 1 --timeout 1h --event-loops 1"))
}

/// Sends a `GET` under this id.
fn begin(server: &Server, target: &str, id: &str) -> Connection {
    let mut connection = server.connect();
    let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nx-request-id: {id}\r\n\r\n");
    connection.send(request).unwrap();
    connection
}

/// Sends the head of a `POST` under this id, and one byte of the four of its body.
fn begin_body(server: &Server, target: &str, id: &str) -> Connection {
    let mut connection = server.connect();
    let request = format!(
        "POST {target} HTTP/1.1\r\nhost: localhost\r\nx-request-id: {id}\r\ncontent-type: application/octet-stream\r\ncontent-length: 4\r\n\r\na"
    );
    connection.send(request).unwrap();
    connection
}

impl Watched {
    fn running(&self) -> Value {
        self.monitor.get("/running").json()
    }

    /// The request of this id, once it is in this state.
    fn listed(&self, id: &str, state: &str) -> Value {
        until(&format!("`{id}` is {state}"), || {
            let mut running = self.running();
            let rows = running["requests"].as_array_mut()?;
            rows.iter_mut()
                .find(|row| row["request_id"] == id && row["state"] == state)
                .map(Value::take)
        })
    }

    fn cancel(&self, id: &str) -> Answer {
        let path = format!("/cancel?id={id}");
        self.monitor.send("POST", &path, &[("x-gopool", "cancel")], None)
    }

    /// `lab cancel ID`, pointed at this monitor.
    fn run_cancel(&self, id: &str) -> Ended {
        lab()
            .args(&format!("cancel {id} --info-url http://{}", self.address))
            .run()
    }
}

fn assert_cancelled(connection: &mut Connection) {
    let answer = connection.answer();
    assert_eq!(answer.failure(), (504, "cancelled".to_owned()));
    assert_eq!(answer.header("retry-after"), None, "nobody is asked to come back");
}

#[test]
fn what_is_overdue_runs_waits_and_arrives_is_listed_in_this_order() {
    let watched = watched();
    let server = &watched.server;
    let mut late = begin(server, "/lab/held-past-its-limit", "late");
    let overdue = watched.listed("late", "overdue");
    assert_eq!(late.answer().failure(), (504, "timeout".to_owned()));
    let _runs = begin(server, "/lab/spin/3600000", "runs");
    watched.listed("runs", "running");
    let _waits = begin(server, "/lab/held", "waits");
    watched.listed("waits", "waiting");
    let _arrives = begin_body(server, "/lab/bytes", "arrives");
    watched.listed("arrives", "receiving");
    let _sleeps = begin(server, "/lab/async-sleep/3600000", "sleeps");
    watched.listed("sleeps", "running");
    let running = watched.running();
    let rows = running["requests"].as_array().unwrap();
    let ids: Vec<_> = rows
        .iter()
        .map(|row| row["request_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["late", "runs", "sleeps", "waits", "arrives"]);
    assert_eq!((&running["total"], &running["limit"]), (&json!(5), &json!(200)));
    for (id, route, thread) in [
        ("late", "/lab/held-past-its-limit", json!("gopool-1")),
        ("runs", "/lab/spin/{ms}", json!("gopool-2")),
        ("sleeps", "/lab/async-sleep/{ms}", json!("event loop 0")),
        ("waits", "/lab/held", Value::Null),
        ("arrives", "/lab/bytes", json!("event loop 0")),
    ] {
        let row = rows.iter().find(|row| row["request_id"] == id).unwrap();
        assert_eq!((&row["route"], &row["thread"]), (&json!(route), &thread), "{id}");
        let peer = row["peer"].as_str().unwrap();
        assert!(peer.starts_with("127.0.0.1:"), "{id}: {peer}");
        assert_eq!(row["is_told_to_stop"], id == "late", "{id}");
        assert_eq!(row["is_part"], false);
        assert!(row["age_seconds"].as_f64() > Some(0.0), "{id}");
    }
    assert_eq!(overdue["method"], "GET");
    until("its CPU time grows", || {
        (watched.listed("runs", "running")["cpu_seconds"].as_f64()? > 0.2).then_some(())
    });
    let late = watched.listed("late", "overdue");
    assert!(late["cpu_seconds"].as_f64() < Some(0.1), "it only waits: {late}");
    assert!(late["run_seconds"].as_f64() > Some(0.1), "{late}");
}

#[test]
fn a_caller_whom_a_header_tells_apart_is_listed_without_his_secret() {
    let options = "--max-threads 1 --timeout 1h --event-loops 1 --fair-by x-api-key";
    let watched = Watched::start(lab().args(options));
    let begin_as = |key: &str, target: &str, id: &str| {
        let mut connection = watched.server.connect();
        let request = format!(
            "GET {target} HTTP/1.1\r\nhost: localhost\r\nx-request-id: {id}\r\nx-api-key: {key}\r\n\r\n"
        );
        connection.send(request).unwrap();
        connection
    };
    let mut late = begin_as("sk_live_of-one-customer", "/lab/held-past-its-limit", "late");
    assert_eq!(late.answer().failure(), (504, "timeout".to_owned()));
    let _runs = begin_as("sk_live_of-one-customer", "/lab/spin/3600000", "runs");
    watched.listed("runs", "running");
    let _waits = begin_as("hunter2", "/lab/held", "waits");
    let _nobody = begin(&watched.server, "/lab/async-sleep/3600000", "nobody");
    let caller = |id: &str, state: &str| watched.listed(id, state)["caller"].clone();
    let (known, short) = (caller("runs", "running"), caller("waits", "waiting"));
    assert_eq!(caller("late", "overdue"), known, "the same caller");
    assert!(
        known
            .as_str()
            .is_some_and(|known| known.starts_with("sk_l…#") && known.len() < 20),
        "{known}"
    );
    assert!(
        short.as_str().is_some_and(|short| short.starts_with("…#")),
        "{short}"
    );
    assert_eq!(caller("nobody", "running"), Value::Null);
    let all = watched.running().to_string();
    assert!(!all.contains("sk_live") && !all.contains("hunter"), "{all}");
}

#[test]
fn the_cpu_part_of_an_async_handler_is_listed_beside_it() {
    let watched = watched();
    let _async = begin(&watched.server, "/lab/async-single-file/3600000", "both");
    let part = until("its part runs", || {
        let running = watched.running();
        let rows = running["requests"].as_array()?.clone();
        let runs = |row: &Value| row["is_part"] == true && row["thread"].is_string();
        rows.into_iter().find(runs)
    });
    assert_eq!(
        (&part["request_id"], &part["thread"]),
        (&json!("both"), &json!("gopool-1"))
    );
    let own = watched.listed("both", "running");
    assert_eq!(watched.running()["total"], 2, "{own}");
    assert_eq!(watched.cancel("both").status, 200);
    until("both are gone from the books", || {
        let running = watched.running();
        // The part does not ask, so its thread goes on.
        let rows = running["requests"].as_array()?;
        (rows.len() == 1 && rows[0]["is_told_to_stop"] == true).then_some(())
    });
}

#[test]
fn more_than_the_limit_are_counted_and_the_first_are_listed() {
    let watched = Watched::start(lab().args("--max-threads 1 --timeout 1h --max-queue 1000"));
    let work: Vec<_> = (0..230).map(|_| watched.server.begin("/lab/held")).collect();
    until("all are there", || {
        (watched.running()["total"] == 230).then_some(())
    });
    let running = watched.running();
    assert_eq!(running["requests"].as_array().unwrap().len(), 200);
    assert_eq!(running["requests"][0]["state"], "running");
    drop(work);
    watched.server.release();
}

#[test]
fn a_waiting_and_a_running_request_are_cancelled_by_their_ids() {
    let watched = watched();
    let mut runs = begin(&watched.server, "/lab/polite/3600000", "runs");
    watched.listed("runs", "running");
    let mut waits = begin(&watched.server, "/lab/polite/3600000", "waits");
    watched.listed("waits", "waiting");
    let answer = watched.cancel("waits");
    assert_eq!((answer.status, answer.text()), (200, "`waits` is cancelled\n"));
    assert_cancelled(&mut waits);
    assert_eq!(watched.cancel("runs").status, 200);
    assert_cancelled(&mut runs);
    watched
        .server
        .until("its handler has stopped", |stats| stats["busy"] == 0);
    assert_eq!(watched.server.counter(), json!({ "finished": 0, "cancelled": 1 }));
    let metrics = watched.metrics();
    let route = "route=\"/lab/polite/{ms}\"";
    assert_eq!(
        metrics.sum("gopool_problems_total", &[route, "problem=\"cancelled\""]),
        2.0
    );
    assert_eq!(
        metrics.sum("gopool_tasks_total", &[route, "outcome=\"cancelled\""]),
        2.0
    );
    assert!(
        watched
            .server
            .log()
            .line("cancelled by an operator")
            .contains("request_id=\"waits\"")
    );
}

#[test]
fn an_async_request_and_one_whose_body_arrives_are_cancelled_too() {
    let watched = watched();
    let mut sleeps = begin(&watched.server, "/lab/async-sleep/3600000", "sleeps");
    let mut arrives = begin_body(&watched.server, "/lab/bytes", "arrives");
    for (id, state, connection) in [
        ("sleeps", "running", &mut sleeps),
        ("arrives", "receiving", &mut arrives),
    ] {
        watched.listed(id, state);
        assert_eq!(watched.cancel(id).status, 200);
        assert_cancelled(connection);
    }
    assert_eq!(watched.running()["total"], 0);
}

#[test]
fn open_streams_are_listed_and_cancelled_whoever_makes_them() {
    let watched = watched();
    for (path, state) in [
        ("/lab/stream/endless/x", "running"),
        ("/lab/stream/ticks?pause=3600000", "sending"),
    ] {
        let mut stream = begin(&watched.server, path, "stream");
        assert_eq!(stream.answer().status, 200, "{path}");
        watched.listed("stream", state);
        assert_eq!(watched.cancel("stream").status, 200);
        let end = stream.rest();
        assert!(
            !end.is_ok_and(|rest| rest.ends_with(b"0\r\n\r\n")),
            "{path} is whole"
        );
        until("it is off the list", || {
            (watched.running()["total"] == 0).then_some(())
        });
    }
    watched.server.until_quiet();
}

#[test]
fn a_request_with_a_body_is_cancelled_on_the_pool() {
    let watched = watched();
    let _busy = begin(&watched.server, "/lab/held", "busy");
    watched.listed("busy", "running");
    let mut waits = begin_body(&watched.server, "/lab/bytes", "waits");
    waits.send("bcd").unwrap();
    watched.listed("waits", "waiting");
    assert_eq!(watched.cancel("waits").status, 200);
    assert_cancelled(&mut waits);
    watched.server.release();
}

#[test]
fn what_goes_on_without_its_client_is_cancelled_with_and_without_it() {
    let watched = watched();
    let mut with = begin(&watched.server, "/lab/detached/3600000", "with");
    watched.listed("with", "running");
    assert_eq!(watched.cancel("with").status, 200);
    assert_cancelled(&mut with);
    let without = begin(&watched.server, "/lab/detached/3600000", "without");
    watched.listed("without", "running");
    drop(without);
    until("its client has left", || {
        let left = watched.metrics().sum("gopool_requests_abandoned_total", &[]);
        (left == 1.0).then_some(())
    });
    watched.listed("without", "running");
    assert_eq!(watched.cancel("without").status, 200);
    watched
        .server
        .until("its handler has stopped", |stats| stats["busy"] == 0);
    assert_eq!(watched.server.counter(), json!({ "finished": 0, "cancelled": 2 }));
}

/// A server with one process, whose handlers wait for hours.
fn watched_process() -> Watched {
    Watched::start(lab().args("--max-processes 1 --timeout 1h --event-loops 1"))
}

/// Waits until a process has the call: one that runs may still wait for a process to start.
fn until_in_a_process(watched: &Watched) {
    watched.until("a process has it", |info| info["processes"]["busy"] == 1);
}

/// Waits until so many processes were killed because nobody wanted their calls any longer.
fn until_killed(watched: &Watched, processes: f64) {
    until(&format!("{processes} processes are killed"), || {
        let killed = watched
            .metrics()
            .sum("gopool_process_exits_total", &["why=\"unwanted\""]);
        (killed == processes).then_some(())
    });
}

#[test]
fn isolated_requests_are_listed_and_cancelled_where_they_wait_and_where_they_run() {
    let watched = watched_process();
    let mut runs = begin(&watched.server, "/lab/isolated/sleep/3600000", "runs");
    let row = watched.listed("runs", "running");
    assert_eq!(
        (&row["thread"], &row["cpu_seconds"]),
        (&json!("a process"), &Value::Null)
    );
    until_in_a_process(&watched);
    let mut waits = begin(&watched.server, "/lab/isolated/sleep/3600000", "waits");
    let row = watched.listed("waits", "waiting");
    assert_eq!(row["route"], "/lab/isolated/sleep/{ms}");
    assert_eq!(watched.running()["total"], 2);
    for (id, connection) in [("waits", &mut waits), ("runs", &mut runs)] {
        assert_eq!(watched.cancel(id).status, 200);
        assert_cancelled(connection);
    }
    until_killed(&watched, 1.0);
    assert_eq!(watched.server.get("/lab/isolated/hello").status, 200);
}

#[test]
fn an_isolated_call_that_goes_on_without_its_client_is_cancelled_with_and_without_it() {
    let watched = watched_process();
    let mut with = begin(&watched.server, "/lab/isolated/detached/3600000", "with");
    watched.listed("with", "running");
    until_in_a_process(&watched);
    assert_eq!(watched.cancel("with").status, 200);
    assert_cancelled(&mut with);
    until_killed(&watched, 1.0);
    let without = begin(&watched.server, "/lab/isolated/detached/3600000", "without");
    watched.listed("without", "running");
    until_in_a_process(&watched);
    drop(without);
    until("its client has left", || {
        let left = watched.metrics().sum("gopool_requests_abandoned_total", &[]);
        (left == 1.0).then_some(())
    });
    watched.listed("without", "running");
    assert_eq!(watched.cancel("without").status, 200);
    until_killed(&watched, 2.0);
}

#[test]
fn a_request_of_another_id_is_left_alone() {
    let watched = watched();
    let mut other = begin(&watched.server, "/lab/held", "other");
    watched.listed("other", "running");
    let answer = watched.cancel("othe");
    assert_eq!(
        (answer.status, answer.text()),
        (404, "no request `othe` waits or runs\n")
    );
    watched.server.release();
    assert_eq!(other.answer().status, 204);
    assert_eq!(watched.cancel("other").status, 404, "it is over");
}

#[test]
fn an_overdue_request_was_told_to_stop_before() {
    let watched = watched();
    let mut late = begin(&watched.server, "/lab/held-past-its-limit", "late");
    watched.listed("late", "overdue");
    assert_eq!(late.answer().status, 504);
    let answer = watched.cancel("late");
    assert_eq!(answer.status, 409);
    assert!(
        answer.text().contains("`late` was told to stop already"),
        "{answer:?}"
    );
    watched
        .run_cancel("late")
        .assert_says(1, &["told to stop already"]);
    watched.server.release();
}

#[test]
fn the_command_cancels_and_says_what_became_of_it() {
    let watched = watched();
    // Not the word for another command, and nothing that a shell or a URL would take for something else.
    for id in ["stop", "a%2fb?c&d=#1"] {
        let mut runs = begin(&watched.server, "/lab/polite/3600000", id);
        watched.listed(id, "running");
        let ended = watched.run_cancel(id);
        assert_eq!(
            (ended.code, &*ended.stdout),
            (Some(0), &*format!("`{id}` is cancelled\n")),
            "{ended:?}"
        );
        assert_cancelled(&mut runs);
    }
    watched
        .run_cancel("gone")
        .assert_says(1, &["no request `gone` waits or runs"]);
}

#[test]
fn the_command_says_what_it_lacks() {
    lab()
        .args("cancel")
        .run()
        .assert_says(2, &["`cancel` lacks the id of a request"]);
    lab()
        .args("cancel a")
        .run()
        .assert_says(1, &["give `--info-url` as the program has it"]);
    let nobody = crate::watched::free_address();
    let url = format!("http://{nobody}");
    lab()
        .args(&format!("cancel a --info-url {url}"))
        .run()
        .assert_says(1, &["no monitor answers at", &url]);
    let server = lab().start();
    let elsewhere = format!("cancel a --info-url http://{}", server.address());
    lab()
        .args(&elsewhere)
        .run()
        .assert_says(1, &["no monitor answers at", "with 404"]);
    lab()
        .args("cancel a b --info-url /x")
        .run()
        .assert_says(2, &["`b` is not a command"]);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!(
        "cancel a --timeout 50ms --info-url http://{}",
        silent.local_addr().unwrap()
    );
    lab()
        .args(&silent)
        .run()
        .assert_says(124, &["no monitor answers"]);
}

#[test]
fn beside_the_routes_and_behind_a_token_the_command_finds_its_monitor() {
    let launch = lab().env("GOPOOL_INFO_TOKEN", "a-secret-of-ours");
    let server = launch.args("--info-url /monitor --timeout 1h").start();
    let mut runs = begin(&server, "/lab/polite/3600000", "runs");
    server.until("it runs", |stats| stats["running"] == 1);
    let port = server.address().port();
    let command = |token: &str| {
        let file = format!("info-url = \"/monitor\"\nport = {port}\n");
        let command = program("lab")
            .file("gopool.toml", &file)
            .env("GOPOOL_INFO_TOKEN", token);
        command.args("cancel runs").run()
    };
    command("not-our-secret").assert_says(1, &["a bearer token is needed"]);
    assert_eq!(command("a-secret-of-ours").code, Some(0));
    assert_cancelled(&mut runs);
}

#[test]
fn a_body_is_measured_from_its_head_to_its_end() {
    let watched = watched();
    let mut slow = begin_body(&watched.server, "/lab/bytes", "slow");
    until("it has taken a while", || {
        let row = watched.listed("slow", "receiving");
        (row["age_seconds"].as_f64()? > 0.3).then_some(())
    });
    slow.send("bcd").unwrap();
    assert_eq!(slow.answer().status, 200);
    watched.server.get("/lab/hello?name=x");
    let metrics = watched.metrics();
    let route = "route=\"/lab/bytes\"";
    assert_eq!(
        metrics.sum("gopool_body_seconds_count", &[]),
        1.0,
        "only where there are bodies"
    );
    assert!(metrics.sum("gopool_body_seconds_sum", &[route]) >= 0.25);
    assert!(metrics.sum("gopool_request_seconds_sum", &[route]) >= 0.3);
}
