#[gopool::get("/hello", fresh)]
async fn hello() -> &'static str {
    "hello"
}

fn main() {}
