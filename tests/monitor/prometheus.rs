//! A real Prometheus, with the files from `deploy/`.

use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use gopool_tests::{Client, lab, until};
use serde_json::Value;

use crate::watched::{Watched, free_address};

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(file)
}

fn promtool(args: &[&str], input: &[u8]) -> (bool, String) {
    let mut promtool = Command::new("promtool");
    promtool
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = promtool
        .spawn()
        .expect("promtool is there; tests/run installs it");
    running.stdin.take().unwrap().write_all(input).unwrap();
    let output = running.wait_with_output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}

/// A bit of everything that has a metric.
fn use_everything(watched: &Watched) {
    for path in [
        "/lab/hello?name=x",
        "/lab/panic",
        "/lab/async-sleep/1",
        "/lab/inline",
        "/lab/short/300",
        "/no",
    ] {
        watched.server.get(path);
    }
    watched.server.post("/lab/text", "text/plain", "x");
}

#[test]
fn promtool_accepts_the_metrics() {
    let watched = Watched::start(lab());
    use_everything(&watched);
    let metrics = watched.monitor.get("/metrics");
    let (is_fine, told) = promtool(&["check", "metrics"], &metrics.body);
    assert!(is_fine && told.is_empty(), "{told}");
}

#[test]
fn promtool_accepts_the_alerts_and_the_configuration() {
    let (alerts, configuration) = (deploy("alerts.yml"), deploy("prometheus.yml"));
    for args in [
        ["check", "rules", alerts.to_str().unwrap()],
        ["check", "config", configuration.to_str().unwrap()],
    ] {
        let (is_fine, told) = promtool(&args, b"");
        assert!(is_fine, "{told}");
    }
}

#[test]
fn a_crash_raises_the_alert_of_restarts_and_a_deployment_does_not() {
    let (is_fine, told) = promtool(
        &["test", "rules", deploy("alerts_test.yml").to_str().unwrap()],
        b"",
    );
    assert!(is_fine, "{told}");
}

#[test]
fn the_dashboard_asks_only_for_metrics_that_exist() {
    let watched = Watched::start(lab());
    use_everything(&watched);
    let metrics = watched.monitor.get("/metrics").text().to_owned();
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(deploy("grafana.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap());
    for expression in targets.map(|target| target["expr"].as_str().unwrap()) {
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for name in words.filter(|word| word.starts_with("gopool_") || word.starts_with("process_")) {
            assert!(
                metrics.contains(&format!("\n{name}{{")) || metrics.contains(&format!("\n{name} ")),
                "no `{name}`"
            );
        }
    }
}

/// A Prometheus that scrapes one program every second.
struct Prometheus {
    process: Child,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn start(target: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = fs::read_to_string(deploy("prometheus.yml")).unwrap();
        assert!(configuration.contains("127.0.0.1:6101") && configuration.contains("interval: 5s"));
        let configuration = configuration
            .replace("127.0.0.1:6101", &target.to_string())
            .replace("interval: 5s", "interval: 1s");
        fs::write(folder.path().join("prometheus.yml"), configuration).unwrap();
        fs::copy(deploy("alerts.yml"), folder.path().join("alerts.yml")).unwrap();
        let address = free_address();
        let mut prometheus = Command::new("prometheus");
        prometheus
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = prometheus
            .spawn()
            .expect("prometheus is there; tests/run installs it");
        Self {
            process,
            client: Client::of(address),
            _folder: folder,
        }
    }

    /// The answer to a query, when it has one.
    fn query(&self, expression: &str) -> Option<Vec<Value>> {
        let query: String = expression.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = self
            .client
            .try_get(&format!("/api/v1/query?query={query}"))
            .ok()?;
        let answer = serde_json::from_slice::<Value>(&answer.body).ok()?;
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        answer["data"]["result"].as_array().cloned()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_real_prometheus_scrapes_it_and_answers_each_alert() {
    let watched = Watched::start(lab().args("--timeout 500ms"));
    let prometheus = Prometheus::start(watched.address);
    until("the first scrape", || {
        prometheus.query("up == 1").filter(|result| !result.is_empty())
    });
    let alerts = fs::read_to_string(deploy("alerts.yml")).unwrap();
    let expressions: Vec<_> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .collect();
    assert_eq!(expressions.len(), 8);
    for expression in expressions {
        // Without its threshold, so that it has an answer while all is well.
        let (value, threshold) = expression.rsplit_once(" > ").unwrap();
        assert!(threshold.parse::<f64>().is_ok(), "{expression}");
        until(&format!("an answer to {value}"), || {
            use_everything(&watched);
            prometheus.query(value).filter(|result| !result.is_empty())
        });
        prometheus.query(expression);
    }
    let _overdue = watched.server.begin("/lab/spin/20000");
    let overdue = expressions_of(&alerts, "overdue");
    until("an alert's expression is true", || {
        prometheus.query(&overdue).filter(|result| !result.is_empty())
    });
    until("the alert is raised", || {
        let alerts = prometheus.client.try_get("/api/v1/alerts").ok()?;
        let alerts = serde_json::from_slice::<Value>(&alerts.body).ok()?;
        let mut raised = alerts["data"]["alerts"].as_array()?.iter();
        let is_it = |alert: &&Value| alert["labels"]["alertname"] == "GopoolThreadsAreOverdue";
        let state = raised.find(is_it)?["state"].as_str()?;
        ["pending", "firing"].contains(&state).then_some(())
    });
}

fn expressions_of(alerts: &str, word: &str) -> String {
    let mut expressions = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "));
    expressions
        .find(|expression| expression.contains(word))
        .unwrap()
        .to_owned()
}
