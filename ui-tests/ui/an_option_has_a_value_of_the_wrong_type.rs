#[gopool::get("/hello", timeout = true)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
