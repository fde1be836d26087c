#[gopool::connect("/hello")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
