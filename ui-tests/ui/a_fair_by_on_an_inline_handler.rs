#[gopool::get("/hello", run = "inline", fair_by = "peer")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
