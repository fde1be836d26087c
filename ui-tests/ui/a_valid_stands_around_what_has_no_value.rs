#[gopool::post("/items")]
fn add(item: gopool::Valid<gopool::Bytes>) -> String {
    item.len().to_string()
}

fn main() {}
