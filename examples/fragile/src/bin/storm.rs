//! Asks the service `fragile` for ten seconds, as its users do and as an attacker does, and says what each of them got.
//!
//! `cargo run -p fragile --bin storm` starts the service, and ends it.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long it asks.
const LENGTH: Duration = Duration::from_secs(10);

/// One who asks again and again.
struct Client {
    name: &'static str,
    request: Vec<u8>,
    /// From one request to the next.
    pause: Duration,
}

/// What one of them got: how often each status, and the longest wait.
#[derive(Default)]
struct Got {
    answers: BTreeMap<String, usize>,
    longest: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut service = Service::start()?;
    let clients = [
        Client::get("who asks for /v1/hello", Duration::ZERO),
        Client::post("who sends pictures", fragile::good(), Duration::ZERO),
        Client::post(
            "who sends what overruns",
            fragile::that_overruns(),
            Duration::from_millis(50),
        ),
        Client::post(
            "who sends what hangs",
            fragile::that_hangs(),
            Duration::from_secs(1),
        ),
        Client::post(
            "who sends what leaks",
            fragile::that_leaks(),
            Duration::from_millis(5),
        ),
    ];
    println!("asking {} for {LENGTH:?}", service.address);
    let until = Instant::now() + LENGTH;
    thread::scope(|scope| {
        let address = &service.address;
        let all = clients.map(|client| {
            let name = client.name;
            (name, scope.spawn(move || client.ask_until(address, until)))
        });
        for (name, client) in all {
            match client.join() {
                Ok(got) => println!("{name:25} {:?}, at most {:.0?}", got.answers, got.longest),
                Err(_) => println!("{name:25} has panicked"),
            }
        }
    });
    service.child.kill()?;
    service.child.wait()?;
    Ok(())
}

/// The service under test, without its daemon.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start() -> Result<Self, Box<dyn Error>> {
        let program = env::current_exe()?.with_file_name("fragile");
        let mut child = Command::new(&program)
            .args(["--no-daemon", "--port", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!(
                    "{}: {error}; build it by `cargo build -p fragile`",
                    program.display()
                )
            })?;
        let mut log = BufReader::new(child.stderr.take().ok_or("no log")?).lines();
        let address = log.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("http://")?;
            let address = rest.split(|c: char| !(c.is_ascii_digit() || ".:".contains(c)));
            Some(address.take(1).collect())
        });
        let address = address.ok_or("the service did not say where it listens")?;
        // Somebody has to read on.
        thread::spawn(move || log.for_each(drop));
        Ok(Self { child, address })
    }
}

impl Client {
    fn get(name: &'static str, pause: Duration) -> Self {
        let request = b"GET /v1/hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec();
        Self { name, request, pause }
    }

    fn post(name: &'static str, picture: Vec<u8>, pause: Duration) -> Self {
        let length = picture.len();
        let head = format!(
            "POST /v1/average HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        let request = [head.into_bytes(), picture].concat();
        Self { name, request, pause }
    }

    fn ask_until(&self, address: &str, until: Instant) -> Got {
        let mut got = Got::default();
        while Instant::now() < until {
            let began = Instant::now();
            let status = self.ask(address).unwrap_or_else(|error| error.to_string());
            got.longest = got.longest.max(began.elapsed());
            *got.answers.entry(status).or_default() += 1;
            thread::sleep(self.pause);
        }
        got
    }

    /// The status of the answer.
    fn ask(&self, address: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(&self.request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        Ok(answer.split(' ').nth(1).unwrap_or("nothing").to_owned())
    }
}
