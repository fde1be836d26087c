#[gopool::post("/hello", body_timeout = "0s")]
fn hello(body: String) -> String {
    body
}

fn main() {}
