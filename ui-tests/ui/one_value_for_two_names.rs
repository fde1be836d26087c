use gopool::Path;

#[gopool::get("/users/{id}/posts/{post}")]
fn post(id: Path<u64>) -> String {
    id.to_string()
}

fn main() {}
