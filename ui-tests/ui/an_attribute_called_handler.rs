#[gopool::handler]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
