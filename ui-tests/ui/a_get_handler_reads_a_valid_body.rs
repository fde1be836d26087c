#[derive(serde::Deserialize, garde::Validate)]
struct Item {
    #[garde(ascii)]
    name: String,
}

#[gopool::get("/items")]
fn list(item: gopool::Valid<gopool::Body<Item>>) -> String {
    item.0.0.name
}

fn main() {}
