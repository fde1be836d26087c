#[gopool::get("/hello", concurrency = 0)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
