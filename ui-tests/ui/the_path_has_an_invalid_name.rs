use gopool::Path;

#[gopool::get("/users/{user-id}")]
fn user(id: Path<u64>) -> String {
    id.to_string()
}

fn main() {}
