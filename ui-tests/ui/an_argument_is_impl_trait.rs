#[gopool::get("/users")]
fn users(filter: impl Fn() -> bool) -> String {
    filter().to_string()
}

fn main() {}
