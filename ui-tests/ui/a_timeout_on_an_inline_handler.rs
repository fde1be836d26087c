#[gopool::get("/hello", run = "inline", timeout = "1s")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
