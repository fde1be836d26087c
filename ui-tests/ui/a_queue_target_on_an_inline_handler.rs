#[gopool::get("/hello", run = "inline", queue_target = "100ms")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
