#[gopool::get("/hello", run = "inline", priority = "critical")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
