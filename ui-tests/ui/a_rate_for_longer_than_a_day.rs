#[gopool::get("/items", rate = "1000/720h")]
fn items() -> String {
    String::new()
}

fn main() {}
