use gopool::Path;

#[gopool::get("/users/{id:[0-9]+}")]
fn user(id: Path<u64>) -> String {
    id.to_string()
}

fn main() {}
