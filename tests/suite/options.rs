//! Options from every source, and commands, as users type them.

use std::net::TcpListener;

use gopool_tests::lab;

#[test]
fn one_run_names_every_mistake_with_its_source() {
    let ended = lab()
        .args("--min-threads -1 --port x --frob")
        .env("GOPOOL_NICE", "200")
        .file("gopool.toml", "max-threads = 4\nmax-quue = 7\n")
        .run();
    let flags = [
        "command line: `--min-threads`",
        "`--port`",
        "`--frob` is not an option",
        "-1",
        "`x`",
    ];
    ended.assert_says(2, &flags);
    ended.assert_says(
        2,
        &[
            "environment: `GOPOOL_NICE`",
            "gopool.toml:2: `max-quue`",
            "did you mean `max-queue`",
        ],
    );
    assert_eq!(ended.stdout, "");
    assert_eq!(
        ended.stderr.lines().count(),
        6,
        "five mistakes and the hint: {}",
        ended.stderr
    );
}

#[test]
fn fewer_at_most_than_at_least_is_refused_naming_both() {
    let ended = lab().args("--min-threads 5 --max-threads 2").run();
    ended.assert_says(2, &["min-threads", "max-threads"]);
}

#[test]
fn the_command_line_comes_before_the_environment_before_the_file() {
    let file = "max-threads = 2\nmin-threads = 2\nidle-timeout = \"1h\"\n";
    let idle = |launch: gopool_tests::Launch, threads: u64| {
        let server = launch.file("gopool.toml", file).start();
        server.until("the threads stand ready", |stats| stats["idle"] == threads);
    };
    idle(lab(), 2);
    idle(lab().env("GOPOOL_MIN_THREADS", "1"), 1);
    idle(lab().env("GOPOOL_MIN_THREADS", "1").args("--min-threads 0"), 0);
}

#[test]
fn a_file_by_another_name_is_read_when_asked_for() {
    let server = lab()
        .file("other.toml", "max-body = \"1KB\"")
        .args("--config other.toml")
        .start();
    assert_eq!(
        server.post("/lab/bytes", "text/plain", vec![b'x'; 1001]).status,
        413
    );
    let ended = lab().args("--config missing.toml").run();
    ended.assert_says(2, &["--config", "missing.toml"]);
}

#[test]
fn the_help_names_every_option_and_command() {
    let ended = lab().arg("--help").run();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let table = gopool::option_table_markdown();
    let options: Vec<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `--"))
        .collect();
    assert!(options.len() > 20, "{table}");
    for option in options {
        let name = option.split(['`', ' ']).next().unwrap();
        assert!(
            ended.stdout.contains(&format!("--{name}")),
            "--{name} is not in: {}",
            ended.stdout
        );
    }
    for command in ["serve", "routes", "check"] {
        assert!(
            ended.stdout.contains(&format!("  {command} ")),
            "{}",
            ended.stdout
        );
    }
}

#[test]
fn the_version_is_one_line() {
    let ended = lab().arg("--version").run();
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 1));
    assert!(ended.stdout.starts_with("lab "), "{}", ended.stdout);
}

#[test]
fn an_address_in_use_ends_the_launch_naming_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ended = lab().args(&format!("--no-daemon --port {port}")).run();
    ended.assert_says(1, &["cannot listen", &format!("127.0.0.1:{port}")]);
}

#[test]
fn a_host_that_does_not_exist_ends_the_launch_naming_it() {
    let ended = lab().args("--no-daemon --port 0 --host 192.0.2.1").run();
    ended.assert_says(1, &["cannot listen", "192.0.2.1"]);
}

#[test]
fn routes_prints_the_table_sorted_with_crate_and_place() {
    let ended = lab().arg("routes").run();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.starts_with("crate lab\n"), "{}", ended.stdout);
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<_> = ended.stdout.lines().skip(1).map(words).collect();
    assert!(rows.is_sorted_by_key(|row| row[1].clone()), "{}", ended.stdout);
    let hello = rows.iter().find(|row| row[1] == "/lab/hello").unwrap();
    assert_eq!(
        (hello[0].as_str(), hello[2].as_str(), hello[3].as_str()),
        ("GET", "pool", "hello")
    );
    let (file, line) = hello[4].rsplit_once(':').unwrap();
    assert!(
        file.ends_with("src/work.rs") && line.parse::<u32>().is_ok(),
        "{hello:?}"
    );
}

#[test]
fn routes_as_json_are_the_same_routes() {
    let table = lab().arg("routes").run().stdout;
    let json = lab().args("routes --json").run().stdout;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.len(), table.lines().count() - 1);
    let any = rows.iter().find(|row| row["path"] == "/lab/any").unwrap();
    assert_eq!(
        (&any["method"], &any["runs"], &any["crate"]),
        (&"ALL".into(), &"pool".into(), &"lab".into())
    );
    let weighted = rows
        .iter()
        .find(|row| row["path"] == "/lab/weighted/{n}")
        .unwrap();
    assert_eq!(weighted["limits"], serde_json::json!({ "weight": "3" }));
    let critical = table
        .lines()
        .find(|line| line.contains("/lab/critical/{n}"))
        .unwrap();
    assert!(critical.ends_with("  priority=critical"), "{critical}");
    assert!(any["line"].as_u64().is_some_and(|line| line > 0), "{any}");
}

#[test]
fn check_says_that_nothing_would_stop_a_launch() {
    let ended = lab().arg("check").run();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("routes"), "{}", ended.stdout);
    let refused = lab().args("check --max-threads 0").run();
    refused.assert_says(2, &["--max-threads"]);
}

#[test]
fn a_word_that_is_no_command_is_refused_with_the_commands() {
    lab()
        .arg("rotues")
        .run()
        .assert_says(2, &["`rotues`", "did you mean `routes`", "check"]);
}
