#[gopool::get("/hello", run = "polo")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
