#[gopool::get("/hello", detached = 3)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
