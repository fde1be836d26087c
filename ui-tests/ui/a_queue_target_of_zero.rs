#[gopool::get("/hello", queue_target = 0)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
