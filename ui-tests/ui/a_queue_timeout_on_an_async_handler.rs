#[gopool::get("/hello", queue_timeout = "1s")]
async fn hello() -> &'static str {
    "hello"
}

fn main() {}
