#[gopool::get("/v1/hello#top")]
fn hello() -> &'static str {
    "hello"
}

fn main() {}
