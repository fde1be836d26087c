#[gopool::get("/items", rate = "20/s", rate_by = "api key")]
fn items() -> String {
    String::new()
}

fn main() {}
