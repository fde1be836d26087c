#[gopool::get("/hello", timeout = "1s", timeout = "2s")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
