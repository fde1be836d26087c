#[gopool::get]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
