#[gopool::get("/hello", name = "list items")]
fn hello() -> String {
    String::new()
}

fn main() {}
