//! A real browser. Screenshots are left in the folder that cargo gives to tests for such things.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder};
use gopool_tests::{Connection, LIMIT, until};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::watched::free_address;

/// A headless Chromium with a fresh profile, and its driver.
pub(crate) struct Browser {
    driver: Child,
    /// Where the driver listens.
    address: SocketAddr,
    session: String,
    pub(crate) page: Client,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) async fn open() -> Self {
        let address = free_address();
        let mut driver = Command::new("chromedriver");
        driver
            .arg(format!("--port={}", address.port()))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let driver = driver
            .spawn()
            .expect("chromedriver is there; tests/run installs it");
        let profile = tempfile::tempdir().unwrap();
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(wanted) = wanted else {
            unreachable!("it is an object")
        };
        let url = format!("http://{address}");
        until("the driver listens", || {
            std::net::TcpStream::connect(address).ok()
        });
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&url)
            .await
            .expect("chromium starts");
        let session = page.session_id().await.unwrap().expect("it has begun");
        Self {
            driver,
            address,
            session,
            page,
            _profile: profile,
        }
    }

    pub(crate) async fn script(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until a script gives something true.
    pub(crate) async fn until(&self, what: &str, script: &str) -> Value {
        let end = Instant::now() + LIMIT;
        loop {
            let value = self.script(script).await;
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            assert!(
                Instant::now() < end,
                "never happened: {what}; the page says {}",
                self.script("return document.body.innerText").await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the browser itself has complained of since it was last asked: the page's errors and warnings, whatever its policy
    /// forbids, and what could not be loaded, from the first byte on.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = gopool_tests::Client::of(self.address).post(
            &format!("/session/{}/se/log", self.session),
            "application/json",
            json!({ "type": "browser" }).to_string(),
        );
        let log = log.json();
        let entries = log["value"].as_array().expect("the driver keeps a log");
        let is_complaint =
            |entry: &&Value| ["WARNING", "SEVERE"].iter().any(|level| entry["level"] == *level);
        let text = |entry: &Value| format!("{}: {}", entry["source"], entry["message"]);
        entries.iter().filter(is_complaint).map(text).collect()
    }

    /// Sees the page as another device would, and keeps a picture of all of it.
    pub(crate) async fn keep_picture(&self, name: &str, width: u32, theme: &str) {
        self.script(&format!("theme('{theme}')")).await;
        self.page.set_window_size(width, 1000).await.unwrap();
        let height = self
            .script("return document.documentElement.scrollHeight + 160")
            .await;
        self.page
            .set_window_size(width, u32::try_from(height.as_u64().unwrap()).unwrap())
            .await
            .unwrap();
        let picture = self.page.screenshot().await.unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("monitor");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// Chromium ends with its session.
    fn end_session(&self) -> io::Result<()> {
        let mut connection = Connection::open(self.address)?;
        connection.send(format!(
            "DELETE /session/{} HTTP/1.1\r\nhost: {}\r\n\r\n",
            self.session, self.address
        ))?;
        connection.try_answer(false).map(drop)
    }
}

impl Drop for Browser {
    /// Also when the test fails.
    fn drop(&mut self) {
        let _ = self.end_session();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
