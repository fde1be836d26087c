use gopool::Path;

#[gopool::get("/users/{id}/posts/{post}")]
fn post(id: Path<u64>, post: Path<String>) -> String {
    format!("{}{}", *id, *post)
}

fn main() {}
