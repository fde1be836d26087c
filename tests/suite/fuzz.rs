//! Whatever arrives on the socket: after ten thousand random requests everything adds up, and nothing has grown. `tests/soak` sends a million.

use std::{env, io, thread};

use fastrand::Rng;
use gopool_tests::{Answer, Connection, OUTCOMES, Server, lab, until};
use serde_json::Value;

/// `GOPOOL_TEST_REQUESTS` gives another number.
const REQUESTS: usize = 10_000;
const CLIENTS: usize = 20;
/// `GOPOOL_TEST_SEED` gives another one.
const SEED: u64 = 7;
/// Far more than the allocator keeps for itself, far less than a leak of a kilobyte a request and its body would make.
const MOST_GROWTH: u64 = 64 * 1024 * 1024;

#[test]
fn ten_thousand_random_requests_leave_nothing_behind() {
    let seed = env::var("GOPOOL_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let requests = env::var("GOPOOL_TEST_REQUESTS").map_or(REQUESTS, |requests| requests.parse().unwrap());
    println!("{requests} requests, seed {seed}");
    let server = lab()
        .args("--max-threads 2 --max-queue 8 --timeout 100 --queue-timeout 30 --max-body 64KB")
        .start();
    // What is allocated once is there before memory is compared.
    bombard(&server, seed ^ 1, REQUESTS / 10);
    server.until_quiet();
    let (memory, threads, files) = (server.memory(), server.threads(), server.open_files());

    bombard(&server, seed, requests);

    let stats = server.until_quiet();
    assert_adds_up(&stats);
    println!("{stats}");
    let grown = server.memory().saturating_sub(memory);
    println!("memory {} KB, grown by {} KB", memory / 1024, grown / 1024);
    assert!(grown < MOST_GROWTH, "memory grew by {grown} bytes");
    assert!(
        server.threads() <= threads + 4,
        "threads grew from {threads} to {}",
        server.threads()
    );
    until("no file is open that was not before", || {
        (server.open_files() <= files + 2).then_some(())
    });
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
    let ended = server.stop();
    assert_eq!(ended.code, Some(0));
    assert!(
        !ended.stderr.contains("panicked at"),
        "a panic outside of a handler: {}",
        ended.stderr
    );
}

/// Each task has exactly one outcome.
fn assert_adds_up(stats: &Value) {
    let sum: u64 = OUTCOMES.iter().map(|name| stats[*name].as_u64().unwrap()).sum();
    assert_eq!(stats["submitted"], sum, "{stats}");
    assert!(
        OUTCOMES.iter().all(|name| stats[*name] != 0),
        "some outcome was never tried: {stats}"
    );
}

fn bombard(server: &Server, seed: u64, requests: usize) {
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                let mut random = Rng::with_seed(seed.wrapping_mul(1000) + client as u64);
                (0..requests / CLIENTS).for_each(|_| send_one(server, &mut random));
            });
        }
    });
}

fn send_one(server: &Server, random: &mut Rng) {
    let request = request(random);
    let mut connection = server.connect();
    match random.u8(..10) {
        0 => send_garbage(&mut connection, &garbage(random)),
        1 => send_garbage(&mut connection, &request[..random.usize(..request.len())]),
        // Leaves without waiting.
        2 => drop(connection.send(&request)),
        3 => send_garbage(&mut connection, &damaged(request, random)),
        _ => {
            // A server that refuses early may close before all of it is sent.
            let _ = connection.send(&request);
            assert_is_proper(connection.try_answer(request.starts_with(b"HEAD")), &request);
        }
    }
}

/// What is no request gets whatever answer, and an end.
fn send_garbage(connection: &mut Connection, bytes: &[u8]) {
    if connection.send(bytes).is_ok() {
        connection.try_finish_sending();
        if let Err(error) = connection.rest() {
            assert_ne!(
                error.kind(),
                io::ErrorKind::WouldBlock,
                "hangs: {}",
                bytes.escape_ascii()
            );
        }
    }
}

/// What is a request gets an answer of the failure table, or success.
fn assert_is_proper(answer: io::Result<Answer>, request: &[u8]) {
    let request = request.escape_ascii().to_string();
    let shown = &request[..request.len().min(300)];
    let answer = match answer {
        Ok(answer) => answer,
        // Closed while we still sent a body that nobody wanted.
        Err(error) if error.kind() != io::ErrorKind::WouldBlock && request.len() > 10_000 => return,
        Err(error) => panic!("{error}: {shown}"),
    };
    assert!((200..600).contains(&answer.status), "{answer:?} to {shown}");
    if answer.status >= 400 && !shown.starts_with("HEAD") && answer.header("x-request-id").is_some() {
        // A status that the handler chose (`/lab/error/503`) promises no `Retry-After`.
        if answer.problem() != "blank" {
            answer.failure();
        }
    }
}

fn request(random: &mut Rng) -> Vec<u8> {
    let methods = [
        "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "PROPFIND",
    ];
    let body = if random.u8(..3) == 0 {
        body(random)
    } else {
        Vec::new()
    };
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: x\r\n",
        pick(random, &methods),
        target(random)
    );
    for _ in 0..random.usize(..6) {
        head += &format!("x-{}: {}\r\n", random.u32(..), word(random, 60));
    }
    if random.bool() {
        let types = [
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain",
            "image/png",
            "/",
            "a b",
        ];
        head += &format!("content-type: {}\r\n", pick(random, &types));
    }
    match random.u8(..6) {
        0 => head += &format!("x-request-id: {}\r\n", word(random, 200)),
        1 => head += &format!("x-tenant: {}\r\n", word(random, 4000)),
        _ => {}
    }
    if random.bool() {
        head += &format!("content-length: {}\r\n\r\n", body.len());
        return [head.into_bytes(), body].concat();
    }
    head += "transfer-encoding: chunked\r\n\r\n";
    let chunks = body
        .chunks(random.usize(1..5000))
        .map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    let chunks: Vec<u8> = chunks.flatten().collect();
    [head.into_bytes(), chunks, b"0\r\n\r\n".to_vec()].concat()
}

fn target(random: &mut Rng) -> String {
    let numbers = [
        "0",
        "1",
        "3",
        "20",
        "-1",
        "x",
        "",
        "1e3",
        "99999999999999999999",
        "%31",
        "1%2F2",
        "%ff",
    ];
    // These stop when told to, so that any number may be asked of them.
    let patient = [
        "polite",
        "short",
        "impatient",
        "detached",
        "async-sleep",
        "polite",
        "par",
    ];
    let number = pick(random, &numbers);
    let path = match random.u8(..16) {
        0 => format!("/lab/hello?name={}", word(random, 30)),
        1 => format!(
            "/lab/{}/{number}",
            pick(random, &["fib", "sleep", "spin", "single-file", "stack", "error"])
        ),
        2 | 3 => format!("/lab/{}/{number}", pick(random, &patient)),
        4 => format!("/lab/{}/{}", pick(random, &patient), random.u32(..)),
        5 => format!("/lab/mixed/{number}/{}", random.u8(..20)),
        6 => format!(
            "/lab/panic?how={}",
            pick(random, &["str", "string", "any", "drop", ""])
        ),
        7 => format!("/lab/spin/{}", random.u8(100..200)),
        8 => format!("/lab/error/{}", random.u16(..700)),
        9 => format!("/lab/users/{number}/posts/{}", word(random, 30)),
        10 => format!("/lab/files/{}", word(random, 300)),
        11 => format!("/{}", word(random, 20)),
        _ => {
            let fixed = [
                "echo",
                "form",
                "bytes",
                "text",
                "headers",
                "any",
                "ctx",
                "inline",
                "secret-error",
                "stats",
            ];
            format!("/lab/{}", pick(random, &fixed))
        }
    };
    match random.u8(..40) {
        0 => path + "?" + &word(random, 9000),
        1 => path.replace('/', "//"),
        2 => path + "/..",
        _ => path,
    }
}

fn body(random: &mut Rng) -> Vec<u8> {
    match random.u8(..7) {
        0 => format!("{{\"id\":{},\"tags\":[\"{}\"]}}", random.u64(..), random.u8(..)).into_bytes(),
        1 => format!("{{\"id\":{},\"tags\":{}}}", random.i8(..), random.bool()).into_bytes(),
        2 => format!("id={}&tags={}&tags=%zz", random.u8(..), random.u8(..)).into_bytes(),
        3 => "[".repeat(random.usize(..10_000)).into_bytes(),
        4 => vec![b'x'; random.usize(..100_000)],
        5 => garbage(random),
        _ => b"{\"id\":1,\"tags\":[]}".to_vec(),
    }
}

/// A request with one byte changed.
fn damaged(mut request: Vec<u8>, random: &mut Rng) -> Vec<u8> {
    let at = random.usize(..request.len());
    request[at] = random.u8(..);
    request
}

fn garbage(random: &mut Rng) -> Vec<u8> {
    (0..random.usize(1..2000)).map(|_| random.u8(..)).collect()
}

/// Characters that may stand in a target and in a header, with all that means something there.
fn word(random: &mut Rng, most: usize) -> String {
    const LETTERS: &[u8] = b"abcXYZ0189-._~%2e%2F%00%ff&=+;:@!$'()*,";
    let length = random.usize(1..=most);
    (0..length)
        .map(|_| char::from(LETTERS[random.usize(..LETTERS.len())]))
        .collect()
}

fn pick<'a>(random: &mut Rng, from: &[&'a str]) -> &'a str {
    from[random.usize(..from.len())]
}
