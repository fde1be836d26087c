//! What comes from where, and what wins.

use super::*;

#[test]
fn a_stronger_source_wins() {
    let mut given = Given::default();
    let port = |given: &Given| {
        let invocation = given.invocation();
        let (value, source) = in_force(&invocation, "port");
        assert_eq!(value, invocation.config.port.to_string());
        (invocation.config.port, source.to_string())
    };
    assert_eq!(port(&given), (6100, "default".into()));
    given.code.port = Some(1);
    assert_eq!(port(&given), (1, "code".into()));
    given.file = Some("\nport = 2");
    assert_eq!(port(&given), (2, "gopool.toml:2".into()));
    given.variables.push(("GOPOOL_PORT", "3"));
    assert_eq!(port(&given), (3, "environment".into()));
    given.args = "--port 4";
    assert_eq!(port(&given), (4, "command line".into()));
}

#[test]
fn a_wrong_value_is_named_even_when_a_stronger_source_overrides_it() {
    let given = Given {
        file: Some("port = -1"),
        ..Given::args("--port 1")
    };
    assert!(
        given
            .mistake()
            .starts_with("gopool.toml:1: `port` cannot be `-1`")
    );
}

#[test]
fn several_addresses_can_be_given_in_every_source() {
    let wanted = [
        Listen::Tcp {
            host: "::".into(),
            port: 80,
        },
        Listen::Unix(PathBuf::from("/run/x")),
    ];
    let listen = |given: Given| given.invocation().config.listen;
    assert_eq!(
        listen(Given::args("--listen [::]:80 --listen=unix:/run/x")),
        wanted
    );
    assert_eq!(
        listen(Given::variable("GOPOOL_LISTEN", "[::]:80,unix:/run/x")),
        wanted
    );
    assert_eq!(listen(Given::file("listen = ['[::]:80', 'unix:/run/x']")), wanted);
    let code = Options {
        listen: Some(vec!["[::]:80".into(), "unix:/run/x".into()]),
        ..Options::default()
    };
    assert_eq!(listen(Given::code(code)), wanted);
}

#[test]
fn an_address_in_code_yields_to_the_operator() {
    let port = Options {
        port: Some(1),
        ..Options::default()
    };
    let config = Given {
        args: "--listen unix:x",
        ..Given::code(port)
    }
    .invocation()
    .config;
    assert_eq!(config.listen, [Listen::Unix("x".into())]);
    let listen = Options {
        listen: Some(vec!["unix:x".into()]),
        ..Options::default()
    };
    let config = Given {
        args: "--port 7",
        ..Given::code(listen)
    }
    .invocation()
    .config;
    assert_eq!(config.listen[0].to_string(), "127.0.0.1:7");
}

#[test]
fn a_named_file_must_exist() {
    let named = Given {
        file: Some("port = 1"),
        ..Given::args("--config gopool.toml")
    };
    assert_eq!(named.invocation().config.config, Some("gopool.toml".into()));
    let missing = Given::args("--config other.toml").mistake();
    assert!(
        missing.starts_with("command line: `--config` names `other.toml`, which cannot be read: "),
        "{missing}"
    );
    let missing = Given::variable("GOPOOL_CONFIG", "other.toml").mistake();
    assert!(
        missing.starts_with("environment: `GOPOOL_CONFIG` names `other.toml`"),
        "{missing}"
    );
    let empty = Given::variable("GOPOOL_CONFIG", "").mistake();
    assert!(
        empty.starts_with("environment: `GOPOOL_CONFIG` cannot be ``"),
        "{empty}"
    );
}

#[test]
fn the_file_found_without_being_named_is_in_force() {
    let invocation = Given::file("port = 1").invocation();
    assert_eq!(
        in_force(&invocation, "config"),
        ("gopool.toml".into(), Source::Default)
    );
}

#[test]
fn broken_lines_of_the_file_are_mistakes_beside_the_others() {
    let mistakes =
        Given::file("port = \nnice = 'x\nfrob = 1\nhost = 2020-01-01\n[timeout]\na = 1\n").mistakes();
    let is_at = |line: usize| {
        mistakes
            .iter()
            .filter(|text| text.starts_with(&format!("gopool.toml:{line}: ")))
            .count()
    };
    assert_eq!(
        (is_at(1), is_at(2), is_at(3), is_at(4), is_at(5)),
        (1, 1, 1, 1, 1),
        "{mistakes:#?}"
    );
    assert!(mistakes[0].contains("not valid TOML"));
    assert!(
        Given::file("config = 'x'")
            .mistake()
            .contains("`config` names this file and cannot be set in it")
    );
}

#[test]
fn a_section_of_the_file_is_told_that_there_are_none() {
    let mistake = Given::file("[pool]\ntimeout = 3").mistake();
    assert!(
        mistake.starts_with("gopool.toml:1: `pool` is not an option; the file has no sections"),
        "{mistake}"
    );
}

#[test]
fn values_in_the_file_can_be_texts_or_of_their_own_type() {
    let config = Given::file("port = '80'\ntimeout = '2m'\nsingle = 'true'\nslow = 1_500")
        .invocation()
        .config;
    assert_eq!((config.port, config.timeout), (80, Duration::from_secs(120)));
    assert_eq!(
        (config.single, config.slow),
        (true, Some(Duration::from_millis(1500)))
    );
}

#[test]
fn internal_variables_and_those_of_others_are_left_alone() {
    let variables = vec![("GOPOOL_INTERNAL_FDS", "3"), ("PORT", "x"), ("GOPOOLS", "")];
    Given {
        variables,
        ..Given::default()
    }
    .invocation();
    assert_eq!(
        Given::variable("GOPOOL_", "").mistake(),
        "environment: `GOPOOL_` is not an option"
    );
}

#[test]
fn what_kubernetes_says_of_a_service_called_gopool_is_no_option() {
    let variables = vec![
        ("GOPOOL_SERVICE_HOST", "10.96.0.7"),
        ("GOPOOL_SERVICE_PORT", "80"),
        ("GOPOOL_SERVICE_PORT_HTTP", "80"),
        ("GOPOOL_PORT", "tcp://10.96.0.7:80"),
        ("GOPOOL_PORT_80_TCP", "tcp://10.96.0.7:80"),
        ("GOPOOL_PORT_80_TCP_ADDR", "10.96.0.7"),
        // Of a service called `gopool-x`.
        ("GOPOOL_X_SERVICE_HOST", "10.96.0.8"),
        ("GOPOOL_X_SERVICE_PORT", "80"),
        ("GOPOOL_X_SERVICE_PORT_HTTP", "80"),
        ("GOPOOL_X_PORT", "tcp://10.96.0.8:80"),
        ("GOPOOL_X_PORT_80_TCP_PROTO", "tcp"),
    ];
    let given = Given {
        variables,
        ..Given::default()
    };
    assert_eq!(
        given.invocation().config.port,
        Given::default().invocation().config.port
    );
    for mistaken in ["GOPOOL_PORT", "GOPOOL_PORTS", "GOPOOL_PORT_", "GOPOOL_SERVICE"] {
        let mistake = Given::variable(mistaken, "eighty").mistake();
        assert!(mistake.contains(mistaken), "{mistake}");
    }
}

#[test]
fn code_alone_is_checked_like_any_other_source() {
    let code = Options {
        min_threads: Some(3),
        slow: Some(Duration::from_micros(1500)),
        ..Options::default()
    };
    let config = Config::of_code(&code, 2).unwrap();
    assert_eq!(
        (config.min_threads, config.max_threads, config.slow),
        (3, 3, code.slow)
    );
    let code = Options {
        max_threads: Some(2),
        timeout: Some(Duration::MAX),
        nice: Some(-5),
        ..code
    };
    let mistakes = Config::of_code(&code, 2).unwrap_err().to_string();
    assert!(mistakes.contains(
        "code: `Options::min_threads` (code) is 3, more than `Options::max_threads` (code), which is 2"
    ));
    assert!(mistakes.contains("code: `Options::timeout` cannot be `"));
    assert!(mistakes.contains("code: `Options::nice` cannot be `-5`"));
}
