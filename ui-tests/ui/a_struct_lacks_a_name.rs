use gopool::Path;

#[derive(serde::Deserialize)]
struct Key {
    id: u64,
}

#[gopool::get("/users/{id}/posts/{post}")]
fn post(key: Path<Key>) -> String {
    key.id.to_string()
}

fn main() {}
