#[gopool::get("/v1/ hello")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
