#[gopool::route("/hello", method = "FETCH")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
