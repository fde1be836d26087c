#[gopool::endpoint(method = GET, path = "/hello")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
