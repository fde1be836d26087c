#[gopool::get("/items", rate = "20 a day")]
fn items() -> String {
    String::new()
}

fn main() {}
