#[gopool::get("/hello", fair_by = "api key")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
