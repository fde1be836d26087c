#[gopool::post("/hello", max_body = "10 XB")]
fn hello(body: String) -> String {
    body
}

fn main() {}
