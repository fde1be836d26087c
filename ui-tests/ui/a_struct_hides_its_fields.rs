use gopool::Path;

mod keys {
    #[derive(serde::Deserialize)]
    pub struct Key {
        id: u64,
        post: u64,
    }

    impl Key {
        pub fn sum(&self) -> u64 {
            self.id + self.post
        }
    }
}

#[gopool::get("/users/{id}/posts/{post}")]
fn post(key: Path<keys::Key>) -> String {
    key.sum().to_string()
}

fn main() {}
