#[gopool::get(concat!("/v1", "/hello"))]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
