#[gopool::get("/hello", tag = "")]
fn hello() -> String {
    String::new()
}

fn main() {}
