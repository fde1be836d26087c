#[gopool::get("/hello", weight = 5000)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
