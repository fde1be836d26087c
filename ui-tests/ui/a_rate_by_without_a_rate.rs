#[gopool::get("/items", rate_by = "x-api-key")]
fn items() -> String {
    String::new()
}

fn main() {}
