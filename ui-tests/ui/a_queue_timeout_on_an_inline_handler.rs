#[gopool::get("/hello", run = "inline", queue_timeout = "1s")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
