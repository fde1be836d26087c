//! How often a pooled request allocates: a slip here costs every request of every program.
//!
//! The program starts itself again as the server, which counts its own allocations, those of all its threads.

use std::{
    alloc::System,
    env,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, ExitCode},
    thread,
    time::{Duration, Instant},
};

use gopool::{Error, Master, Query};
use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Set for the server.
const SERVER: &str = "ALLOCATIONS_SERVER";
const REQUESTS: u32 = 500;
/// What a pooled request may allocate beyond a plain actix-web route with the same answer. It is three fewer: the job, the work that both
/// threads share, and path and query are its own, and actix-web's application is not asked.
const MOST: f64 = -2.5;
const LIMIT: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Greet {
    name: String,
}

#[derive(Serialize)]
struct Greeting {
    hello: String,
}

#[gopool::get("/pooled")]
fn pooled(query: Query<Greet>) -> Greeting {
    Greeting { hello: query.0.name }
}

/// How often this process has allocated.
#[gopool::get("/allocations", run = "inline")]
fn allocations() -> String {
    COUNTING.stats().allocations.to_string()
}

#[gopool::on_master]
async fn bare(master: &mut Master) -> Result<(), Error> {
    use actix_web::web;
    master.configure(|app| {
        let answer = |query: web::Query<Greet>| async {
            web::Json(Greeting {
                hello: query.into_inner().name,
            })
        };
        app.route("/bare", web::get().to(answer));
    });
    Ok(())
}

fn main() -> ExitCode {
    if env::var_os(SERVER).is_some() {
        return gopool::start();
    }
    match compare() {
        Ok((pooled, bare)) => {
            println!("allocations per request: pooled {pooled:.2}, bare actix-web {bare:.2}");
            ExitCode::from(u8::from(pooled - bare > MOST))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Allocations of a pooled request and of a bare one.
fn compare() -> io::Result<(f64, f64)> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let server = Server::start(port)?;
    let mut client = server.connect()?;
    Ok((
        client.cost("/pooled?name=world")?,
        client.cost("/bare?name=world")?,
    ))
}

/// Ends with this value.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(port: u16) -> io::Result<Self> {
        let child = Command::new(env::current_exe()?)
            .env(SERVER, "1")
            .env("GOPOOL_NO_DAEMON", "true")
            .env("GOPOOL_PORT", port.to_string())
            // On a busy machine, nice threads would make this wait.
            .env("GOPOOL_NICE", "0")
            .spawn()?;
        Ok(Self { child, port })
    }

    fn connect(&self) -> io::Result<Client> {
        let end = Instant::now() + LIMIT;
        loop {
            match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(LIMIT))?;
                    return Ok(Client(BufReader::new(stream)));
                }
                Err(error) if Instant::now() > end => return Err(error),
                Err(_) => thread::yield_now(),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// One kept-alive connection.
struct Client(BufReader<TcpStream>);

impl Client {
    /// Allocations for each request to `path`, once everything is warm.
    fn cost(&mut self, path: &str) -> io::Result<f64> {
        for _ in 0..100 {
            self.get(path)?;
        }
        let before = self.allocations()?;
        for _ in 0..REQUESTS {
            self.get(path)?;
        }
        Ok((self.allocations()? - before) / f64::from(REQUESTS))
    }

    fn allocations(&mut self) -> io::Result<f64> {
        self.get("/allocations")?.parse().map_err(io::Error::other)
    }

    fn get(&mut self, path: &str) -> io::Result<String> {
        // In one piece, or the system waits with the second until the first is acknowledged.
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().map_err(io::Error::other)?;
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        String::from_utf8(body).map_err(io::Error::other)
    }
}
