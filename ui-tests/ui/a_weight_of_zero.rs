#[gopool::get("/hello", weight = 0)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
