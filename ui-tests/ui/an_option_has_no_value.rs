#[gopool::get("/hello", timeout)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
