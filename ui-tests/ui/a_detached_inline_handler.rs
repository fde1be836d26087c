#[gopool::get("/hello", run = "inline", detached)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
