#[derive(serde::Deserialize)]
struct Item {
    name: String,
}

#[gopool::post("/items")]
fn add(item: gopool::Valid<gopool::Body<Item>>) -> String {
    item.0.0.name
}

fn main() {}
