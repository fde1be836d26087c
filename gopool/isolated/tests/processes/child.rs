//! What the child does when it is told to.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, abort, exit, id},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use gopool_isolated::{Answer, Inside, Job, Parts};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use serde_json::Value;

static LATE: AtomicU32 = AtomicU32::new(0);
/// What one job leaves for the next.
static LEFT: Mutex<Option<Parts>> = Mutex::new(None);

pub(crate) fn live(inside: Inside) -> ! {
    match inside.told().as_str() {
        Some("fail") => inside.fail("the database is away"),
        Some("exit") => exit(7),
        Some("hang") => loop {
            thread::park();
        },
        Some(path) if Path::new(path).exists() => inside.fail("told to by a file"),
        _ => {}
    }
    let report = Value::from("as told");
    let program = match inside.told().as_str() {
        Some("another") => "another",
        _ => "",
    };
    inside.serve(
        program.to_owned(),
        report,
        |job| LATE.store(job, Ordering::Release),
        |job, parts| Answer {
            head: job.head.clone(),
            body: work(job, parts).into(),
        },
    )
}

fn work(job: Job, parts: &Parts) -> Vec<u8> {
    let text = String::from_utf8(job.head).unwrap();
    match text.as_str() {
        "echo" => job.body.to_vec(),
        "pid" => id().to_string().into_bytes(),
        "abort" => abort(),
        "exit" => exit(3),
        "overflow" => overflow(1).to_string().into_bytes(),
        "hog" => hog(),
        "spin" => loop {
            std::hint::spin_loop();
        },
        "polite" => {
            while LATE.load(Ordering::Acquire) != parts.number() {
                thread::sleep(Duration::from_millis(1));
            }
            b"stopped".to_vec()
        }
        "shell" => {
            Command::new("sh")
                .args(["-c", "sleep 300 & sleep 300"])
                .status()
                .unwrap();
            Vec::new()
        }
        "leaves" => {
            drop(Command::new("sleep").arg("300").spawn().unwrap());
            abort()
        }
        "reads" => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).unwrap();
            bytes.len().to_string().into_bytes()
        }
        "files" => files().join(" ").into_bytes(),
        "garbage" => garbage(),
        "large" => vec![1; 2_000_000],
        "fill" => vec![1_u8; 300 << 20].len().to_string().into_bytes(),
        "soft limit of memory" => {
            let limit = rustix::process::getrlimit(rustix::process::Resource::Data);
            limit.current.unwrap_or(0).to_string().into_bytes()
        }
        "two parts" => {
            parts.begin(b"head", b"one").unwrap();
            parts.send(b"two").unwrap();
            *LEFT.lock().unwrap() = Some(parts.clone());
            b"end".to_vec()
        }
        "what was left" => {
            let left = LEFT.lock().unwrap().take().unwrap();
            left.send(b"of another job").unwrap_err().to_string().into_bytes()
        }
        "parts and an end" => {
            parts.begin(b"head", b"one").unwrap();
            abort()
        }
        "parts without a beginning" => {
            parts.send(b"two").unwrap();
            Vec::new()
        }
        "two beginnings" => {
            parts.begin(b"head", b"one").unwrap();
            parts.begin(b"head", b"one").unwrap();
            Vec::new()
        }
        "silent" => {
            parts.begin(b"head", b"one").unwrap();
            while LATE.load(Ordering::Acquire) != parts.number() {
                thread::sleep(Duration::from_millis(1));
            }
            Vec::new()
        }
        "parts without end" => {
            parts.begin(b"head", b"0").unwrap();
            let mut sent = 1_u64;
            while LATE.load(Ordering::Acquire) != parts.number() {
                parts.send(&[7; 1000]).unwrap();
                sent += 1;
            }
            sent.to_string().into_bytes()
        }
        other => panic!("nobody knows `{other}`"),
    }
}

fn overflow(depth: u64) -> u64 {
    let frame = [depth; 512];
    std::hint::black_box(&frame);
    if depth == 0 {
        0
    } else {
        overflow(depth + 1) + frame[3]
    }
}

fn hog() -> ! {
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 1 << 20]);
    }
}

fn numbers() -> impl Iterator<Item = (i32, String)> {
    std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let target = std::fs::read_link(&path).ok()?.display().to_string();
        Some((path.file_name()?.to_str()?.parse().ok()?, target))
    })
}

fn files() -> Vec<String> {
    // The one that reads the folder is gone by the time it is asked where it leads.
    let mut files: Vec<_> = numbers()
        .filter(|(_, target)| !target.contains("/fd"))
        .map(|(number, target)| format!("{number}={target}"))
        .collect();
    files.sort();
    files
}

/// As native code might, that writes to a number which it does not own.
fn garbage() -> Vec<u8> {
    let own = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    for (number, target) in numbers() {
        if number > 2 && target.starts_with("socket") {
            let fd = pidfd_getfd(&own, number, PidfdGetfdFlags::empty()).unwrap();
            let _ = File::from(fd).write_all(&[0xff; 64]);
        }
    }
    thread::park();
    Vec::new()
}
