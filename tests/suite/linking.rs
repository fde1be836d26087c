//! What is linked into a program, and what refuses its launch.

use gopool_tests::{Ended, program};

/// Asserts that the launch was refused with exit code 1 and one text that holds all `parts`.
#[track_caller]
fn assert_refused(ended: &Ended, parts: &[&str]) {
    ended.assert_says(1, parts);
    assert_eq!(
        ended.stderr.matches("cannot launch").count(),
        1,
        "said once: {}",
        ended.stderr
    );
}

#[test]
fn routes_of_a_library_are_there_once_it_is_linked() {
    let server = program("fixture-linked").start();
    assert_eq!(server.get("/library").text(), "from the library");
    let table = server.log().text();
    for part in ["crate fixture-routes", "crate fixture-apps", "/library"] {
        assert!(table.contains(part), "`{part}` is not in: {table}");
    }
}

#[test]
fn a_library_that_nobody_names_stops_the_launch_with_cause_and_cure() {
    let ended = program("fixture-unlinked").args("--no-daemon --port 0").run();
    assert_refused(
        &ended,
        &["no routes are registered", "library crate", "gopool::link!"],
    );
}

#[test]
fn everything_that_is_there_twice_is_named_in_one_launch() {
    let ended = program("fixture-twins").args("--no-daemon --port 0").run();
    let twins = [
        "GET /twin",
        "`one`",
        "`two`",
        "fixture-twins.rs:5",
        "fixture-twins.rs:10",
        "crate `fixture-apps`",
    ];
    assert_refused(&ended, &twins);
    assert_refused(&ended, &["on_master", "`prepare`", "`prepare_again`"]);
    assert_refused(&ended, &["header_getter", "`pick`", "`pick_again`"]);
}

#[test]
fn what_applies_to_no_route_stops_the_launch_and_so_do_two_groups_of_one_module() {
    for arguments in ["--no-daemon --port 0", "check", "routes"] {
        let ended = program("fixture-twins").args(arguments).run();
        assert_refused(
            &ended,
            &[
                "two groups",
                "fixture_twins::grouped`",
                "fixture-twins.rs:17",
                "fixture-twins.rs:18",
            ],
        );
        assert_refused(&ended, &["fixture_twins::grouped::empty`", "fixture-twins.rs:26"]);
        assert_refused(&ended, &["`/amdin`", "`guard`", "fixture-twins.rs:30"]);
        assert_refused(&ended, &["`/nowhere`", "`stamp`", "fixture-twins.rs:33"]);
    }
}

#[test]
fn a_shared_value_that_nobody_provides_stops_the_launch_naming_the_handlers() {
    let ended = program("fixture-lacking").args("--no-daemon --port 0").run();
    assert_refused(
        &ended,
        &[
            "Database",
            "`one`",
            "`two`",
            "fixture-lacking.rs:",
            "master.ctx(...)",
        ],
    );
    let checked = program("fixture-lacking").arg("check").run();
    assert_refused(&checked, &["Database", "`one`", "`two`"]);
}

#[test]
fn routes_of_other_crates_are_refused_when_only_some_are_welcome() {
    let only = |name: &str| {
        program("fixture-linked")
            .env("FIXTURE_ONLY", name)
            .args("check")
            .run()
    };
    assert_refused(
        &only("fixture-apps"),
        &["GET /library", "fixture-routes", "only_crates"],
    );
    assert_refused(
        &only("fixture-routes"),
        &["GET /tenant", "GET /picked", "fixture-apps"],
    );
}

#[test]
fn a_start_up_that_fails_ends_the_launch_once_with_the_cause() {
    let start = |how: &str| {
        program("fixture-linked")
            .env("FIXTURE_START", how)
            .args("--no-daemon --port 0")
            .run()
    };
    assert_refused(
        &start("fail"),
        &["the database is not there", "`prepare`", "fixture-linked.rs:"],
    );
    let panicked = start("panic");
    assert_refused(&panicked, &["the database exploded", "panicked", "`prepare`"]);
    assert_eq!(
        panicked.stderr.matches("the database exploded").count(),
        1,
        "{}",
        panicked.stderr
    );
}

#[test]
fn what_on_master_wraps_and_configures_is_in_force() {
    let server = program("fixture-linked").start();
    for path in ["/library", "/nothing"] {
        assert_eq!(server.get(path).header("x-wrapped"), Some("inner"), "{path}");
    }
    let plain = server.get("/plain");
    assert_eq!(
        (plain.text(), plain.header("x-wrapped")),
        ("plain", Some("inner")),
        "it is around plain routes, too"
    );
}

#[test]
fn a_plain_resource_with_the_path_of_a_route_stops_the_launch_naming_both() {
    let neighbours = || program("fixture-neighbours").env("FIXTURE_SHADOW", "1");
    for ended in [
        neighbours().args("--no-daemon --port 0").run(),
        neighbours().env("FIXTURE_WRAP", "1").arg("check").run(),
    ] {
        let parts = [
            "POST /shared",
            "`shared`",
            "`/shared`",
            "fixture-neighbours.rs:8",
            "fixture-neighbours.rs:25",
        ];
        assert_refused(&ended, &parts);
        assert_eq!(
            ended.stderr.matches("match the same paths").count(),
            1,
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn a_route_comes_before_scopes_and_wider_resources_wrapped_or_not() {
    for wrap in [None, Some("FIXTURE_WRAP")] {
        let mut program = program("fixture-neighbours");
        if let Some(name) = wrap {
            program = program.env(name, "1");
        }
        let server = program.start();
        let said = |method, path| {
            let answer = server.send(method, path, &[]);
            let header = |name| answer.header(name).map(str::to_owned);
            (answer.text().to_owned(), header("x-wrapped"), header("x-scope"))
        };
        let wrapped = wrap.map(|_| "ours".to_owned());
        for (method, path) in [("GET", "/v1/hello"), ("POST", "/shared")] {
            assert_eq!(
                said(method, path),
                ("ours".to_owned(), wrapped.clone(), None),
                "{path}"
            );
        }
        assert_eq!(
            said("GET", "/v1/plain"),
            ("plain".to_owned(), wrapped.clone(), Some("v1".to_owned()))
        );
        assert_eq!(
            said("GET", "/shared"),
            ("plain".to_owned(), wrapped.clone(), None),
            "the wider one has the other methods"
        );
        assert_eq!(server.send("PUT", "/shared", &[]).failure().0, 405);
        let nothing = server.get("/v1/nothing");
        assert_eq!((nothing.status, nothing.header("x-scope")), (404, Some("v1")));
    }
}

#[test]
fn the_header_getter_picks_what_crosses() {
    let server = program("fixture-linked").start();
    let headers = [("x-picked-a", "1"), ("x-picked-b", "2"), ("x-other", "3")];
    let mut crossed: Vec<String> =
        serde_json::from_slice(&server.send("GET", "/picked", &headers).body).unwrap();
    crossed.sort();
    assert_eq!(crossed, ["x-picked-a", "x-picked-b"]);
}

#[test]
fn a_header_that_a_route_needs_is_missed_by_name() {
    let server = program("fixture-linked").start();
    assert_eq!(server.send("GET", "/tenant", &[("x-tenant", "7")]).text(), "7");
    for headers in [&[][..], &[("x-tenant", "seven")]] {
        let answer = server.send("GET", "/tenant", headers);
        assert_eq!(answer.failure(), (400, "bad-header".to_owned()));
        assert!(answer.detail().contains("x-tenant"), "{}", answer.detail());
    }
}

#[test]
fn a_line_that_a_handler_logs_bears_its_request_id() {
    let server = program("fixture-linked").start();
    assert_eq!(
        server.send("GET", "/logs", &[("x-request-id", "the-id")]).status,
        200
    );
    assert!(server.log().line("at work").contains("request_id=the-id"));
}

#[test]
fn a_line_bears_its_request_id_also_when_it_holds_the_same_letters() {
    let server = program("fixture-linked").start();
    server.send("GET", "/logs", &[("x-request-id", "at")]);
    assert!(server.log().line("at work").ends_with("request_id=at"));
}

#[test]
fn a_log_variable_set_to_nothing_is_as_good_as_none() {
    let server = program("fixture-linked").env("RUST_LOG", "").start();
    server.get("/logs");
    server.log().line("at work");
}

#[test]
fn the_span_of_the_request_is_current_inside_the_pool() {
    let server = program("fixture-linked").env("FIXTURE_LOG", "own").start();
    assert_eq!(
        server
            .send("GET", "/logs?a=b", &[("x-request-id", "the-id")])
            .status,
        200
    );
    let line = server.log().line("at work");
    for part in [
        "request{",
        "method=\"GET\"",
        "path=\"/logs\"",
        "request_id=\"the-id\"",
    ] {
        assert!(line.contains(part), "`{part}` is not in: {line}");
    }
}

#[test]
fn the_applications_own_end_runs_after_the_last_answer() {
    let server = program("fixture-linked").start();
    let ended = server.stop();
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("closing the database"), "{}", ended.stderr);
}
