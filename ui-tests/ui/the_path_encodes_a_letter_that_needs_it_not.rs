#[gopool::get("/%68ello")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
