//! gopool, with CPU work on its pool.

mod harm;

use gopool::Path;
use service::Fib;

#[gopool::get("/ok", run = "inline")]
fn ok() -> &'static str {
    "ok"
}

#[gopool::get("/fib/{n}")]
fn fib(n: Path<u32>) -> Fib {
    service::fib(*n)
}

fn main() -> std::process::ExitCode {
    gopool::start()
}
