#[gopool::get("/hello", timeout = "10 parsecs")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
