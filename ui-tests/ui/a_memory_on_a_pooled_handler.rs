#[gopool::get("/hello", memory = "512MB")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
