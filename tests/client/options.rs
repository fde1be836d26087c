//! What a client is started with.

use std::{env, fs, net::TcpListener, process::Command};

use gopool::{App, Error, Options, test::Client};
use tempfile::TempDir;
use tracing_subscriber::layer::Identity;

fn refusal(options: &[&str]) -> String {
    Client::with_options(options).unwrap_err().to_string()
}

fn sends(client: &Client, length: usize) -> u16 {
    client.post("/json").json(&"x".repeat(length)).send().code()
}

#[test]
fn every_wrong_option_is_named_at_once() {
    let text = refusal(&["--max-thread", "1", "--timeout", "never"]);
    for part in ["cannot launch", "`--max-threads`", "`--timeout`", "`never`"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    let refused = Client::with_options(&["--max-thread", "1", "--timeout", "never"]).unwrap_err();
    assert_eq!(refused.reasons().len(), 2, "{refused}");
    assert_eq!(format!("{refused:?}"), refused.to_string());
}

#[test]
fn commands_are_no_options() {
    for word in ["check", "routes", "--help", "--version"] {
        let text = refusal(&[word]);
        assert!(text.contains(word) && text.contains("options only"), "{text}");
    }
}

#[test]
fn options_of_the_client_come_before_those_of_the_application() {
    let options = Options {
        max_body: Some(4),
        ..Options::default()
    };
    let app = App::new().options(options);
    assert_eq!(sends(&Client::of(&app, &[]).unwrap(), 5), 413);
    assert_eq!(sends(&Client::of(&app, &["--max-body", "99"]).unwrap(), 5), 200);
}

#[test]
fn routes_of_other_crates_and_layers_that_fail_refuse_the_client() {
    let refused = Client::of(&App::new().only_crates(["shop"]), &[]).unwrap_err();
    assert!(refused.reasons().len() > 5, "{refused}");
    assert!(refused.to_string().contains("GET /number"), "{refused}");
    let app = App::new().layer(|_| Err::<Identity, Error>("no collector".into()));
    let refused = Client::of(&app, &[]).unwrap_err();
    assert!(refused.to_string().contains("no collector"), "{refused}");
}

#[test]
fn a_file_counts_when_it_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("limits.toml");
    fs::write(&file, "max-body = 4").unwrap();
    let client = Client::with_options(&["--config", file.to_str().unwrap()]).unwrap();
    assert_eq!(sends(&client, 5), 413);
}

/// This test again, where everything that a launch reads is wrong.
#[test]
fn the_environment_of_the_test_counts_for_nothing() {
    if env::var_os("GOPOOL_MAX_BODY").is_some() {
        assert_eq!(sends(&Client::start().unwrap(), 5), 200);
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("gopool.toml"), "max-body = 4").unwrap();
    let ran = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "options::the_environment_of_the_test_counts_for_nothing",
        ])
        .env("GOPOOL_MAX_BODY", "nonsense")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn nothing_listens() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let client = Client::with_options(&["--port", &port.to_string(), "--info-url", &url]).unwrap();
    assert_eq!(client.get("/thread").send().code(), 200);
}

#[test]
fn the_monitor_is_there_at_a_path() {
    let client = Client::with_options(&["--info-url", "/info"]).unwrap();
    client.get("/thread").send();
    let metrics = client.get("/info/metrics").send();
    assert_eq!(metrics.code(), 200);
    assert!(metrics.text().contains("/thread"), "{metrics:?}");
}
