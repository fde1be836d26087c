#[gopool::get("/hello", priority = 3)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
