//! What stands on the command line, and the mistakes in it.

use super::*;

#[test]
fn one_run_names_all_mistakes_of_all_sources() {
    let given = Given {
        args: "--min-threads -1 --port x --frob",
        variables: vec![("GOPOOL_MAX_QUEUE", "many"), ("GOPOOL_TIMEOT", "1")],
        file: Some("timeout = 5\n\nmax-treads = 3\nnice = 20\n"),
        code: Options {
            max_threads: Some(0),
            ..Options::default()
        },
    };
    assert_eq!(
        given.mistakes(),
        [
            "command line: `--frob` is not an option",
            "command line: `--min-threads` cannot be `-1`: it takes a whole number from 0 to 32768",
            "command line: `--port` cannot be `x`: it takes a port from 0 to 65535, where 0 takes any free one",
            "environment: `GOPOOL_TIMEOT` is not an option; did you mean `GOPOOL_TIMEOUT`",
            "environment: `GOPOOL_MAX_QUEUE` cannot be `many`: it takes a whole number from 0 to 1000000000",
            "gopool.toml:3: `max-treads` is not an option; did you mean `max-threads`",
            "gopool.toml:4: `nice` cannot be `20`: it takes a whole number from 0 to 19",
            "code: `Options::max_threads` cannot be `0`: it takes a whole number from 1 to 32768",
        ]
    );
}

#[test]
fn a_switch_takes_no_value_or_an_attached_one() {
    let single = |given: Given| given.invocation().config.single;
    assert!(single(Given::args("--single")));
    assert!(!single(Given::args("--single=false")));
    assert!(single(Given::variable("GOPOOL_SINGLE", "1")));
    assert!(!single(Given::variable("GOPOOL_SINGLE", "0")));
    assert!(single(Given::file("single = true")));
    assert!(
        Given::variable("GOPOOL_SINGLE", "yes")
            .mistake()
            .contains("`true` or `false`")
    );
    assert_eq!(
        Given::args("--single routes").invocation().command,
        Command::Routes { json: false }
    );
}

#[test]
fn a_command_that_asks_a_daemon_overlooks_what_is_wrong_with_all_but_the_command_line() {
    for command in ["status", "reload", "stop"] {
        let given = Given {
            args: command,
            variables: vec![("GOPOOL_PORT", "many"), ("GOPOOL_NONSENSE", "1")],
            file: Some("max-threads = 0\npid-file = \"/run/x\"\n= broken"),
            ..Given::default()
        };
        assert_eq!(given.invocation().config.pid_file, Some(PathBuf::from("/run/x")));
    }
    assert!(Given::args("status --max-threads 0").mistake().contains("`0`"));
}

#[test]
fn the_pid_of_a_daemon_belongs_to_the_commands_that_ask_it() {
    assert_eq!(Given::args("stop --pid 7").invocation().pid, Some(7));
    assert_eq!(Given::args("--pid=7 reload").invocation().pid, Some(7));
    assert_eq!(
        Given::args("check --pid 7").mistake(),
        "command line: `--pid` belongs to the commands `status`, `reload`, `upgrade` and `stop`"
    );
    for args in ["status --pid", "status --pid 0", "status --pid x"] {
        assert_eq!(
            Given::args(args).mistakes()[0],
            "command line: `--pid` takes the process id of a daemon"
        );
    }
}

#[test]
fn commands_are_read_before_and_after_options() {
    assert_eq!(Given::args("check").invocation().command, Command::Check);
    assert_eq!(
        Given::args("--port 1 status").invocation().command,
        Command::Status { json: false }
    );
    assert_eq!(
        Given::args("routes --json").invocation().command,
        Command::Routes { json: true }
    );
    assert_eq!(Given::args("reload").invocation().command, Command::Reload);
    assert_eq!(Given::args("stop").invocation().command, Command::Stop);
    let cancel = Given::args("cancel stop --info-url /x").invocation();
    assert_eq!(
        (cancel.command, cancel.request.as_deref()),
        (Command::Cancel, Some("stop"))
    );
}

#[test]
fn wrong_words_are_mistakes() {
    assert_eq!(
        Given::args("rutes").mistake(),
        "command line: `rutes` is not a command; did you mean `routes`; \
         the commands are serve, routes, openapi, check, status, reload, upgrade, stop, cancel"
    );
    assert_eq!(
        Given::args("stop check").mistake(),
        "command line: `check` is a second command"
    );
    assert_eq!(
        Given::args("check --json").mistake(),
        "command line: `--json` belongs to the commands `routes` and `status`"
    );
    assert_eq!(
        Given::args("--json=1 routes").mistake(),
        "command line: `--json` takes no value"
    );
    assert_eq!(
        Given::args("-xyz").mistake(),
        "command line: `-x` is not an option"
    );
    assert_eq!(
        Given::args("--port 1 --port 2").mistake(),
        "command line: `--port` is given more than once"
    );
}

#[test]
fn an_unknown_option_is_one_mistake_even_with_a_value() {
    let unknown = "command line: `--max-thread` is not an option; did you mean `--max-threads`";
    assert_eq!(Given::args("--max-thread 3").mistake(), unknown);
    assert_eq!(Given::args("--max-thread=3 check").mistake(), unknown);
    assert_eq!(Given::args("--max-thread check").mistake(), unknown);
    assert_eq!(
        Given::args("--max_threads 3").mistake(),
        "command line: `--max_threads` is not an option; did you mean `--max-threads`"
    );
}

#[test]
fn a_missing_value_does_not_swallow_the_next_option() {
    let mistakes = Given::args("--port --frob --timeout").mistakes();
    assert_eq!(mistakes.len(), 3);
    assert!(mistakes[0].starts_with("command line: `--port` lacks its value: it takes a port"));
    assert_eq!(mistakes[1], "command line: `--frob` is not an option");
    assert!(mistakes[2].starts_with("command line: `--timeout` lacks its value"));
}

#[test]
fn text_that_is_not_utf_8_is_a_mistake() {
    let bad = || OsString::from_vec(vec![b'x', 0xff]);
    let around = Surroundings {
        variables: vec![("GOPOOL_HOST".into(), bad())],
        read_file: &|_| Err(io::ErrorKind::NotFound.into()),
        has_env_file: false,
        default_file: Some("gopool.toml"),
        cores: 4,
        memory: 8_000_000_000,
    };
    let args = [
        "--port".into(),
        bad(),
        OsString::from_vec(b"--\xff=1".into()),
        bad(),
    ];
    let mistakes = parse(PROGRAM, args, &around, &Options::default())
        .unwrap_err()
        .to_string();
    assert_eq!(mistakes.lines().count(), 5, "{mistakes}");
    assert!(mistakes.contains("`--port` is not valid UTF-8"));
    assert!(mistakes.contains("`GOPOOL_HOST` is not valid UTF-8"));
}

#[test]
fn help_and_version_come_before_any_mistake() {
    let Ok(Parsed::Print(help)) = Given::args("--frob -h").parse() else {
        panic!()
    };
    assert!(help.starts_with("hello 1.2.3\n\nusage: hello [COMMAND] [OPTIONS]\n"));
    for name in option_names() {
        assert!(help.contains(&format!("  --{name}")), "{name}");
    }
    assert!(help.lines().all(|line| line.len() <= 90), "{help}");
    assert_eq!(
        Given::args("--port x --version").parse(),
        Ok(Parsed::Print("hello 1.2.3".into()))
    );
}

/// Arguments, variables and a file put together at random from pieces that matter, and from noise.
#[test]
fn random_input_never_panics_and_every_refusal_names_a_mistake() {
    const PIECES: [&str; 28] = [
        "--",
        "-",
        "=",
        "port",
        "max-threads",
        "min-threads",
        "listen",
        "--timeout",
        "--single",
        "unix:",
        "[::1]:80",
        "0",
        "-1",
        "18446744073709551616",
        "10s",
        "2MB",
        "KiB",
        "off",
        "true",
        "GOPOOL_",
        "MAX_QUEUE",
        "\n",
        "[",
        "'",
        "é",
        "\u{0}",
        " ",
        "routes",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let mut noise = move |pieces: usize| -> OsString {
        let mut bytes = Vec::new();
        for _ in 0..random.usize(..=pieces) {
            match random.u8(..) {
                0..8 => bytes.push(random.u8(..)),
                _ => bytes.extend(PIECES[random.usize(..PIECES.len())].bytes()),
            }
        }
        OsString::from_vec(bytes)
    };
    for _ in 0..5_000 {
        let file = noise(12).to_string_lossy().into_owned();
        let variables = vec![
            (noise(3), noise(3)),
            (
                [OsString::from("GOPOOL_"), noise(2)].into_iter().collect(),
                noise(3),
            ),
        ];
        let around = Surroundings {
            variables,
            read_file: &|_| Ok(file.clone()),
            has_env_file: false,
            default_file: Some("gopool.toml"),
            cores: 4,
            memory: 8_000_000_000,
        };
        let args: Vec<_> = (0..4).map(|_| noise(4)).collect();
        if let Err(mistakes) = parse(PROGRAM, args, &around, &Options::default()) {
            assert!(mistakes.to_string().lines().count() >= 2);
        }
    }
}

#[test]
fn what_openapi_is_to_do_is_read_and_belongs_to_it_alone() {
    let wanted = |args| Given::args(args).invocation().openapi;
    assert_eq!(wanted("openapi"), Openapi::default());
    let asked = wanted("openapi --check a.json --breaking --strict --spec 3.2");
    assert_eq!(asked.check, Some(PathBuf::from("a.json")));
    assert!(asked.breaking_only && asked.strict && asked.spec.is_some());
    for (args, words) in [
        ("openapi --check", "takes the file of a document"),
        ("openapi --check a --check b", "more than once"),
        ("openapi --spec 4", "takes `3.1` or `3.2`"),
        ("openapi --strict=yes", "takes no value"),
        ("routes --strict", "belong to the command `openapi`"),
        ("--check a.json", "belong to the command `openapi`"),
    ] {
        let text = Given::args(args).mistake();
        assert!(text.contains(words), "{args}: {text}");
    }
}
