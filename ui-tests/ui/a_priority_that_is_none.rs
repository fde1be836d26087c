#[gopool::get("/hello", priority = "high")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
