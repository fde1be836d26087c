#[gopool::get("/hello", run = "isolated", memory = 0)]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
