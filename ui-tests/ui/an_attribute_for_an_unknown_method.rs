#[gopool::fetch("/hello")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
