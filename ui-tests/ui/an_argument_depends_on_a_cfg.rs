use gopool::{Path, Query};

#[derive(serde::Deserialize)]
struct Page {
    number: u32,
}

#[gopool::get("/items/{id}")]
fn item(id: Path<u64>, #[cfg(all())] page: Query<Page>) -> String {
    format!("{} {}", *id, page.number)
}

fn main() {}
