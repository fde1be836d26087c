use gopool::Path;

#[gopool::get("/users/{id}")]
fn user(id: Path) -> String {
    id.to_string()
}

fn main() {}
