#[gopool::get("/users/{id}")]
fn user() -> &'static str {
    "somebody"
}

fn main() {}
