#[gopool::any("/hello")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
