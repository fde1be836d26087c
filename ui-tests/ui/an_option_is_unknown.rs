#[gopool::get("/hello", timout = "1s")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
