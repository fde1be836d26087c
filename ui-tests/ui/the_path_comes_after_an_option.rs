#[gopool::get(timeout = "1s")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
