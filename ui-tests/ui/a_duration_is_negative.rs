#[gopool::get("/hello", timeout = -1)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
