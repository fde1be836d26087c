#[gopool::get(42)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
