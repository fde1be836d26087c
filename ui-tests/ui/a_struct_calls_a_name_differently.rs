use gopool::Path;

#[derive(serde::Deserialize)]
struct Key {
    id: u64,
    article: u64,
}

#[gopool::get("/users/{id}/posts/{post}")]
fn post(key: Path<Key>) -> String {
    (key.id + key.article).to_string()
}

fn main() {}
