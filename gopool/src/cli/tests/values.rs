//! What the options mean: defaults, limits, and what excludes what.

use super::*;

#[test]
fn nothing_given_means_serve_with_the_documented_defaults() {
    let Invocation {
        command, config, pid, ..
    } = Given::default().invocation();
    assert_eq!((command, pid), (Command::Serve, None));
    assert_eq!(config.timeout, Duration::from_secs(10));
    assert_eq!(config.queue_timeout, Duration::from_secs(10));
    assert_eq!(
        (config.min_threads, config.max_threads, config.max_queue),
        (0, 4, 4000)
    );
    assert_eq!(
        (config.idle_timeout, config.max_overdue, config.nice),
        (Duration::from_secs(15), 4, 10)
    );
    assert_eq!(
        (config.stack_size, config.event_loops, config.single),
        (2_000_000, 2, false)
    );
    assert_eq!(
        config.listen,
        [Listen::Tcp {
            host: "127.0.0.1".into(),
            port: 6100
        }]
    );
    assert_eq!((config.max_body, config.half_closed), (2_000_000, false));
    assert_eq!(
        (config.shutdown_timeout, config.no_daemon),
        (Duration::from_secs(30), false)
    );
    assert_eq!(
        (config.watchdog, config.ready_timeout),
        (Some(Duration::from_secs(10)), Duration::from_secs(30))
    );
    assert_eq!((config.recycle_age, config.recycle_requests), (None, None));
    assert_eq!(
        (config.max_memory, config.pid_file, config.config),
        (None, None, None)
    );
    assert_eq!((config.info_url, config.info_token), (None, None));
    assert_eq!(
        (config.log, config.log_format, config.slow),
        (Log::Off, LogFormat::Text, None)
    );
}

#[test]
fn one_core_still_gets_an_event_loop_and_a_thread() {
    let around = Surroundings {
        variables: vec![],
        read_file: &|_| Err(io::ErrorKind::NotFound.into()),
        has_env_file: false,
        default_file: Some("gopool.toml"),
        cores: 0,
        memory: 8_000_000_000,
    };
    let Ok(Parsed::Run(invocation)) = parse(PROGRAM, [], &around, &Options::default()) else {
        panic!()
    };
    assert_eq!(
        (invocation.config.event_loops, invocation.config.max_threads),
        (1, 1)
    );
}

#[test]
fn no_count_is_allowed_that_the_pool_or_actix_would_refuse() {
    let most = Given::args(
        "--max-threads 32768 --max-overdue 32768 --max-stalled 32768 --max-queue 1000000000 --event-loops 512",
    );
    let config = most.invocation().config;
    let pool = Pool::builder()
        .max_threads(config.max_threads)
        .max_overdue(config.max_overdue)
        .max_stalled(config.max_stalled)
        .max_queue(config.max_queue);
    assert!(pool.build().is_ok());
    for more in [
        "--max-threads 32769",
        "--max-overdue 32769",
        "--max-stalled 32769",
        "--min-threads 32769",
        "--event-loops 513",
    ] {
        assert!(
            Given::args(more)
                .mistake()
                .contains("it takes a whole number from")
        );
    }
    let of_a_giant = Config::of_code(&Options::default(), 2000).unwrap();
    assert_eq!(of_a_giant.event_loops, 512);
}

/// Every option with a value that it refuses, however it is given.
#[test]
fn every_option_refuses_wrong_values_by_its_name() {
    // Whatever is typed may be the name of a file.
    let files = [
        "config",
        "env-file",
        "pid-file",
        "log-file",
        "spool-dir",
        "tls-cert",
        "tls-key",
    ];
    for name in option_names().filter(|name| *name != "single" && !files.contains(&name.as_str())) {
        for wrong in ["-1", "1.5", "%", "99999999999999999999999999", ""] {
            let args = [OsString::from(format!("--{name}={wrong}"))];
            let around = Surroundings {
                variables: vec![],
                read_file: &|_| Err(io::ErrorKind::NotFound.into()),
                has_env_file: false,
                default_file: Some("gopool.toml"),
                cores: 4,
                memory: 8_000_000_000,
            };
            if name == "info-token" && wrong.len() > 8 {
                continue;
            }
            let mistakes = parse(PROGRAM, args, &around, &Options::default())
                .unwrap_err()
                .to_string();
            let lines: Vec<_> = mistakes.lines().collect();
            assert_eq!(lines.len(), 2, "{mistakes}");
            assert!(
                lines[0].starts_with(&format!("command line: `--{name}` cannot be ")),
                "{mistakes}"
            );
        }
    }
}

#[test]
fn a_level_is_one_of_the_known_ones_also_by_target() {
    for args in [
        "--log-level off",
        "--log-level INFO",
        "--log-level warn,my_app::db=debug",
        "--log-level my_app=trace",
    ] {
        let config = Given::args(args).invocation().config;
        assert_eq!(config.given_log_level(), args.split(' ').nth(1));
    }
    assert_eq!(Given::args("").invocation().config.given_log_level(), None);
    for args in [
        "--log-level inf",
        "--log-level 3",
        "--log-level my_app",
        "--log-level =info",
        "--log-level info,",
        "--log-level a=b",
    ] {
        let mistake = Given::args(args).mistake();
        assert!(mistake.contains("`--log-level` cannot be"), "{mistake}");
    }
}

#[test]
fn zero_is_refused_where_it_makes_no_sense() {
    for args in [
        "--timeout 0",
        "--queue-timeout 0",
        "--max-threads 0",
        "--event-loops 0",
        "--stack-size 0",
        "--watchdog 0s",
        "--ready-timeout 0",
        "--max-memory 0",
        "--slow 0ms",
    ] {
        assert!(Given::args(args).mistake().contains("` cannot be `0"), "{args}");
    }
    Given::args(
        "--min-threads 0 --max-queue 0 --idle-timeout 0 --max-overdue 0 --nice 0 --port 0 --max-body 0",
    )
    .invocation();
}

#[test]
fn the_default_of_the_bound_not_given_is_adjusted() {
    let config = Given::args("--min-threads 9").invocation().config;
    assert_eq!(
        (config.min_threads, config.max_threads, config.max_overdue),
        (9, 9, 9)
    );
    let config = Given::args("--max-threads 2").invocation().config;
    assert_eq!(
        (config.min_threads, config.max_threads, config.max_overdue),
        (0, 2, 2)
    );
}

#[test]
fn a_minimum_above_the_maximum_is_refused_naming_both() {
    let given = Given {
        file: Some("max-threads = 2"),
        ..Given::args("--min-threads 3")
    };
    assert_eq!(
        given.mistake(),
        "command line: `--min-threads` (command line) is 3, more than `max-threads` (gopool.toml:1), which is 2"
    );
}

#[test]
fn the_wait_limit_follows_the_run_limit_unless_given() {
    let config = Given::args("--timeout 3s").invocation().config;
    assert_eq!(
        (config.timeout, config.queue_timeout),
        (Duration::from_secs(3), Duration::from_secs(3))
    );
    let config = Given::args("--timeout 3s --queue-timeout 100")
        .invocation()
        .config;
    assert_eq!(config.queue_timeout, Duration::from_millis(100));
}

#[test]
fn host_and_port_make_the_address() {
    let config = Given::args("--host ::1 --port 80").invocation().config;
    assert_eq!(config.listen[0].to_string(), "[::1]:80");
}

#[test]
fn listen_excludes_host_and_port() {
    let mistakes = Given::args("--listen unix:x --host ::1 --port 1").mistakes();
    assert_eq!(mistakes.len(), 2);
    assert_eq!(
        mistakes[1],
        "command line: `--port` (command line) and `--listen` (command line) exclude each other; \
         give the whole address to `--listen`"
    );
}

#[test]
fn a_token_is_never_shown() {
    let secret = "correct-horse";
    let invocation = Given::variable("GOPOOL_INFO_TOKEN", secret).invocation();
    assert_eq!(invocation.config.info_token, Some(Secret::from(secret)));
    assert_eq!(
        in_force(&invocation, "info-token"),
        ("(hidden)".into(), Source::Variable)
    );
    assert!(!format!("{invocation:?}").contains(secret));
    assert_eq!(
        Given::args("--info-token short").mistake(),
        "command line: `--info-token` cannot be what was given: it takes `off` or 8 to 256 visible ASCII characters"
    );
}

#[test]
fn the_monitor_answers_at_a_path_or_at_an_address() {
    let info_url = |given: Given| given.invocation().config.info_url;
    assert_eq!(
        info_url(Given::args("--info-url /info/")),
        Some(InfoUrl::Path("/info".into()))
    );
    let own = InfoUrl::Address {
        host: "::1".into(),
        port: 6101,
    };
    assert_eq!(info_url(Given::args("--info-url http://[::1]:6101")), Some(own));
    let given = Given {
        args: "--info-url off",
        ..Given::file("info-url = '/info'")
    };
    assert_eq!(info_url(given), None);
    for wrong in [
        "/",
        "//",
        "info",
        "/a/../b",
        "/a?b",
        "/{a}",
        "https://x:1",
        "http://x",
        "http://x:1/info",
    ] {
        let code = Options {
            info_url: Some(wrong.into()),
            ..Options::default()
        };
        assert!(
            Given::code(code)
                .mistake()
                .contains("`Options::info_url` cannot be "),
            "{wrong}"
        );
    }
}

#[test]
fn the_page_of_the_document_needs_its_feature_and_a_path_of_its_own() {
    let given = Given::args("--docs-url /docs/");
    if cfg!(not(feature = "docs")) {
        let mistake = given.mistake();
        assert!(
            mistake.contains("`--docs-url` (command line) needs gopool's feature `docs`"),
            "{mistake}"
        );
        return;
    }
    assert_eq!(given.invocation().config.docs_url.as_deref(), Some("/docs"));
    for args in [
        "--docs-url /a --info-url /a",
        "--docs-url /a/b --info-url /a",
        "--docs-url /a --info-url /a/b",
    ] {
        assert!(
            Given::args(args).mistake().contains("one lies below the other"),
            "{args}"
        );
    }
    let apart = Given::args("--docs-url /ab --info-url /a").invocation().config;
    assert_eq!(
        (apart.docs_url.as_deref(), apart.info_url),
        (Some("/ab"), Some(InfoUrl::Path("/a".into())))
    );
    for wrong in [
        "--docs-url /",
        "--docs-url docs",
        "--docs-url http://x:1",
        "--docs-url /{a}",
    ] {
        assert!(
            Given::args(wrong).mistake().contains("`--docs-url` cannot be "),
            "{wrong}"
        );
    }
}

#[test]
fn two_addresses_in_code_are_a_mistake() {
    let code = Options {
        port: Some(1),
        listen: Some(vec!["unix:x".into()]),
        ..Options::default()
    };
    assert_eq!(
        Given::code(code).mistake(),
        "code: `Options::port` (code) and `Options::listen` (code) exclude each other; \
         give the whole address to `Options::listen`"
    );
}

#[test]
fn to_watch_the_program_needs_the_daemon() {
    assert!(Given::args("--watch").invocation().config.watch);
    assert_eq!(
        Given::args("--watch --no-daemon").mistake(),
        "command line: `--watch` (command line) needs the daemon, which `--no-daemon` (command line) leaves out"
    );
    assert!(Given::args("--watch --single").mistake().contains("`--single`"));
}

#[test]
fn to_recycle_masters_needs_the_daemon_too_and_what_code_wants_yields_to_the_operator() {
    let mistakes = Given::args("--recycle-age 1h --recycle-requests 9 --no-daemon").mistakes();
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    for (mistake, name) in mistakes.iter().zip(["`--recycle-age`", "`--recycle-requests`"]) {
        assert!(
            mistake.contains(name) && mistake.contains("needs the daemon"),
            "{mistake}"
        );
    }
    let code = Options {
        recycle_requests: Some(9),
        ..Options::default()
    };
    let given = Given {
        args: "--no-daemon",
        ..Given::code(code)
    };
    assert!(given.invocation().config.no_daemon);
}
