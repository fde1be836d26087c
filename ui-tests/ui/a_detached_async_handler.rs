#[gopool::get("/hello", detached)]
async fn hello() -> &'static str {
    "hello"
}

fn main() {}
