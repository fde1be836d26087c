use gopool::Path;

#[gopool::get("/users/{id}/posts/{post}")]
fn post(path: Path<(u64,)>) -> String {
    path.0.0.to_string()
}

fn main() {}
