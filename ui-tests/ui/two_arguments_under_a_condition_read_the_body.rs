#[gopool::post("/items")]
fn item(#[cfg(all())] body: gopool::Bytes, #[cfg(all())] text: String) -> String {
    format!("{} {text}", body.len())
}

fn main() {}
