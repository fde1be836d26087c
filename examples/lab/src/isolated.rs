//! Handlers in processes that can be killed, each of which does what would cost a master its life, or a thread its use.
//!
//! | variable | effect on such a process |
//! |---|---|
//! | `LAB_WORKER=fail` | its `on_worker` fails |
//! | `LAB_WORKER=slow:500` | it takes so many milliseconds to be ready |
//! | `LAB_WORKER=confined` | it can read programs and libraries, and nothing else of the disk and the network |
//! | `LAB_WORKER_FILE=path` | its `on_worker` fails while this file is there |

use std::{
    env,
    fmt::Write as _,
    fs,
    hint::black_box,
    io::Read as _,
    process::{self, Command},
    thread,
    time::Duration,
};

use gopool::{Bytes, Cancelled, Ctx, Error, Path, Response, Worker, checkpoint};

mod confined;
mod flowing;

/// What each process has made for itself.
struct Made {
    by: u32,
}

#[gopool::on_worker]
fn prepare(worker: &mut Worker) -> Result<(), Error> {
    if env::var_os("LAB_WORKER_FILE").is_some_and(|path| fs::exists(path).unwrap_or(false)) {
        return Err("told to by a file".into());
    }
    match env::var("LAB_WORKER").as_deref() {
        Err(_) => {}
        Ok("confined") if worker.is_isolated() => confined::confine()?,
        Ok("confined") => {}
        Ok(told) => match told.strip_prefix("slow:") {
            Some(ms) => thread::sleep(Duration::from_millis(ms.parse()?)),
            None => return Err("told to by `LAB_WORKER`".into()),
        },
    }
    worker.ctx(Made { by: process::id() });
    Ok(())
}

#[gopool::get("/lab/isolated/hello", run = "isolated")]
fn hello() -> &'static str {
    "hello"
}

#[gopool::get("/lab/isolated/pid", run = "isolated")]
fn pid() -> String {
    process::id().to_string()
}

#[gopool::get("/lab/isolated/ctx", run = "isolated")]
fn ctx(made: Ctx<Made>) -> String {
    made.by.to_string()
}

#[gopool::post("/lab/isolated/echo", run = "isolated", max_body = "50MB", timeout = "30s")]
fn echo(body: Bytes) -> Response {
    Response::ok().bytes(body)
}

/// As a loop over hostile input might: the stack ends, and with it the process.
#[gopool::get("/lab/isolated/segv", run = "isolated")]
fn segv() -> String {
    fn deeper(depth: u64) -> u64 {
        let frame = [depth; 512];
        black_box(&frame);
        if depth == 0 {
            0
        } else {
            deeper(depth + 1) + frame[3]
        }
    }
    deeper(1).to_string()
}

#[gopool::get("/lab/isolated/abort", run = "isolated")]
fn abort() -> &'static str {
    process::abort()
}

#[gopool::get("/lab/isolated/exit/{code}", run = "isolated")]
fn exit(code: Path<i32>) -> &'static str {
    process::exit(*code)
}

#[allow(clippy::panic, reason = "this route exists to panic")]
#[gopool::get("/lab/isolated/panic", run = "isolated")]
fn panic() -> &'static str {
    panic!("on purpose")
}

#[gopool::get("/lab/isolated/fail", run = "isolated")]
fn fail() -> Result<(), Error> {
    Err("a cause for the log".into())
}

/// So many megabytes, where 128 are allowed.
#[gopool::get("/lab/isolated/memory/{mb}", run = "isolated", memory = "128MB")]
fn memory(mb: Path<usize>) -> String {
    black_box(vec![1_u8; *mb * 1_000_000]).len().to_string()
}

/// The same, where as many are allowed as to any.
#[gopool::get("/lab/isolated/memory/{mb}/of-any", run = "isolated")]
fn memory_of_any(mb: Path<usize>) -> String {
    memory(mb)
}

/// In a process that has had no request before, and will have no other.
#[gopool::get("/lab/isolated/fresh", run = "isolated", fresh)]
fn fresh() -> String {
    pid()
}

/// Takes memory until there is none.
#[gopool::get("/lab/isolated/oom", run = "isolated", timeout = "30s")]
fn oom() -> String {
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 1 << 20]);
        black_box(&all);
    }
}

#[gopool::get("/lab/isolated/spin", run = "isolated", timeout = "300ms")]
fn spin() -> &'static str {
    loop {
        std::hint::spin_loop();
    }
}

/// The same for as long as anybody waits.
#[gopool::get("/lab/isolated/spin/long", run = "isolated", timeout = "10m")]
fn spin_long() -> &'static str {
    spin()
}

#[gopool::get("/lab/isolated/sleep/{ms}", run = "isolated", timeout = "10m")]
fn sleep(ms: Path<u64>) -> &'static str {
    thread::sleep(Duration::from_millis(*ms));
    "slept"
}

/// Goes on without its client, and writes into the file `detached` how far it is.
#[gopool::get("/lab/isolated/detached/{ms}", run = "isolated", detached, timeout = "10m")]
fn detached(ms: Path<u64>) -> Result<&'static str, Error> {
    fs::write("detached", "began")?;
    let slept = sleep(ms);
    fs::write("detached", "ended")?;
    Ok(slept)
}

/// Stops when it is told to.
#[gopool::get("/lab/isolated/polite", run = "isolated", timeout = "300ms")]
fn polite() -> Result<&'static str, Cancelled> {
    loop {
        checkpoint()?;
        thread::sleep(Duration::from_millis(1));
    }
}

/// Starts programs and waits for them.
#[gopool::get("/lab/isolated/sh", run = "isolated", timeout = "300ms")]
fn sh() -> Result<String, Error> {
    let status = Command::new("sh")
        .args(["-c", "sleep 987 & sleep 987"])
        .status()?;
    Ok(status.to_string())
}

/// What the process has open.
#[gopool::get("/lab/isolated/fds", run = "isolated")]
fn fds() -> Result<String, Error> {
    let mut list = String::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let path = entry?.path();
        // The one that reads the folder is gone by now.
        if let Ok(target) = fs::read_link(&path).and_then(|target| fs::metadata(&path).map(|_| target)) {
            let number = path.file_name().unwrap_or_default();
            writeln!(list, "{} {}", number.display(), target.display())?;
        }
    }
    Ok(list)
}

#[gopool::get("/lab/isolated/env", run = "isolated")]
fn variables() -> String {
    let names = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    names.collect::<Vec<_>>().join("\n")
}

#[gopool::get("/lab/isolated/stdin", run = "isolated")]
fn stdin() -> Result<String, Error> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes.len().to_string())
}

/// An answer of so many megabytes.
#[gopool::get("/lab/isolated/large/{mb}", run = "isolated")]
fn large(mb: Path<usize>) -> Response {
    Response::ok().bytes(vec![b'x'; *mb * 1_000_000])
}
