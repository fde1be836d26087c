//! What receives spans: the least collector of OpenTelemetry's protocol, over HTTP with JSON.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use gopool_tests::until;
use serde_json::Value;

/// Keeps all spans that it is sent, until it is dropped.
pub(crate) struct Collector {
    address: SocketAddr,
    received: Arc<Received>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Received {
    spans: Mutex<Vec<Value>>,
    is_over: AtomicBool,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Received::default());
        let shared = received.clone();
        Self {
            address,
            received,
            thread: Some(thread::spawn(move || shared.listen(&listener))),
        }
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first span of this name; waits for it.
    pub(crate) fn span(&self, name: &str) -> Value {
        until(&format!("a span `{name}`"), || {
            let spans = self.received.spans.lock().unwrap();
            spans.iter().find(|span| span["name"] == name).cloned()
        })
    }

    /// The names of all spans so far, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let spans = self.received.spans.lock().unwrap();
        let name = |span: &Value| span["name"].as_str().unwrap().to_owned();
        let mut names: Vec<_> = spans.iter().map(name).collect();
        names.sort();
        names
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.received.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread.
        let _ = TcpStream::connect(self.address);
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

impl Received {
    fn listen(&self, listener: &TcpListener) {
        for connection in listener.incoming() {
            if self.is_over.load(Ordering::SeqCst) {
                return;
            }
            self.receive(connection.unwrap());
        }
    }

    /// One request; the next comes on a connection of its own.
    fn receive(&self, mut connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "cut off: {head}");
        }
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{head}");
        let (_, length) = head.split_once("\r\ncontent-length: ").unwrap();
        let (length, _) = length.split_once('\r').unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        let sent: Value = serde_json::from_slice(&body).unwrap();
        let spans = list(&sent, "resourceSpans")
            .flat_map(|resource| list(resource, "scopeSpans"))
            .flat_map(|scope| list(scope, "spans"));
        self.spans.lock().unwrap().extend(spans.cloned());
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        connection.write_all(answer.as_bytes()).unwrap();
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}
