#[gopool::get("/hello", run = "inline", weight = 3)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
