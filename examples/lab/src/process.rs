//! Handlers and hooks that harm their own process, for what the daemon does about it.
//!
//! | variable | effect on a master |
//! |---|---|
//! | `LAB_START=exit:3` | exits with this code at its start |
//! | `LAB_START=hang` | never becomes ready |
//! | `LAB_START=slow:500` | becomes ready after so many milliseconds |
//! | `LAB_IGNORE_TERM=1` | does not end when it is told to |

use std::{env, fs::File, process, sync::Mutex, thread, time::Duration};

use gopool::{Ctx, Error, Path};
use serde::Serialize;

/// Memory that is never given back.
#[derive(Default)]
pub(crate) struct Leaked(Mutex<Vec<Vec<u8>>>);

#[gopool::get("/lab/abort")]
fn abort() -> &'static str {
    process::abort()
}

#[gopool::get("/lab/exit/{code}")]
fn exit(code: Path<i32>) -> &'static str {
    process::exit(*code)
}

/// Blocks its event loop, as no `async fn` should.
#[gopool::get("/lab/stall/{ms}")]
async fn stall(ms: Path<u64>) -> &'static str {
    thread::sleep(Duration::from_millis(*ms));
    "stalled"
}

#[derive(Serialize)]
struct Kept {
    kept_mb: usize,
}

#[gopool::get("/lab/leak/{mb}")]
fn leak(mb: Path<usize>, leaked: Ctx<Leaked>) -> Result<Kept, Error> {
    let mut kept = leaked
        .0
        .lock()
        .map_err(|_| "the list of leaked memory is poisoned")?;
    // Written to, or the system would only promise it.
    kept.push(vec![1; *mb * 1_000_000]);
    Ok(Kept {
        kept_mb: kept.iter().map(Vec::len).sum::<usize>() / 1_000_000,
    })
}

/// Files that stay open.
#[derive(Default)]
pub(crate) struct Hoard(Mutex<Vec<File>>);

/// Opens so many files, or as many as may be open, instead of those that it has opened before. Inline, so that it needs no connection
/// other than that it was asked on.
#[gopool::get("/lab/hoard/{files}", run = "inline")]
fn hoard(files: Path<usize>, hoard: Ctx<Hoard>) -> Result<String, Error> {
    let mut hoard = hoard.0.lock().map_err(|_| "the list of open files is poisoned")?;
    hoard.clear();
    hoard.extend((0..*files).map_while(|_| File::open("/dev/null").ok()));
    Ok(hoard.len().to_string())
}

/// The names of all variables that the master, and whatever it runs, has in its environment.
#[gopool::get("/lab/env", run = "inline")]
fn variables() -> String {
    let names = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    names.collect::<Vec<_>>().join("\n")
}

#[gopool::get("/lab/pid", run = "inline")]
fn pid() -> String {
    process::id().to_string()
}

/// Does what `LAB_START` says.
pub(crate) async fn misbehave_at_start() -> Result<(), Error> {
    let Ok(start) = env::var("LAB_START") else {
        return Ok(());
    };
    match start.split_once(':') {
        None if start == "hang" => std::future::pending().await,
        Some(("exit", code)) => process::exit(code.parse()?),
        Some(("slow", ms)) => tokio::time::sleep(Duration::from_millis(ms.parse()?)).await,
        _ => {
            return Err(
                format!("`LAB_START` cannot be `{start}`: write `exit:3`, `hang` or `slow:500`").into(),
            );
        }
    }
    Ok(())
}

#[gopool::on_shutdown]
async fn stay() {
    while env::var_os("LAB_IGNORE_TERM").is_some() {
        thread::park();
    }
}
