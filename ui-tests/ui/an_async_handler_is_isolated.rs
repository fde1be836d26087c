#[gopool::get("/hello", run = "isolated")]
async fn hello() -> &'static str {
    "hello"
}

fn main() {}
