#[gopool::get("/items", rate = "0/s")]
fn items() -> String {
    String::new()
}

fn main() {}
