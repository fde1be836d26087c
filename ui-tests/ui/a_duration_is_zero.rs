#[gopool::get("/hello", timeout = "0s")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
