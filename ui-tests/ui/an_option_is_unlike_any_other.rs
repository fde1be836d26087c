#[gopool::get("/hello", colour = 3)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
