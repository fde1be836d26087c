use gopool::Path;

#[gopool::get("/users/{id}")]
fn user(path: Path<(u64, String)>) -> String {
    path.0.1
}

fn main() {}
