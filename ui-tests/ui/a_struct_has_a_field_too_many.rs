use gopool::Path;

#[derive(serde::Deserialize)]
struct Key {
    id: u64,
    post: u64,
    comment: u64,
}

#[gopool::get("/users/{id}/posts/{post}")]
fn post(key: Path<Key>) -> String {
    (key.id + key.post + key.comment).to_string()
}

fn main() {}
