#[gopool::get("/hello", run = "inline")]
async fn hello() -> &'static str {
    "hello"
}

fn main() {}
