#[gopool::get("/hello", crate = 3)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
