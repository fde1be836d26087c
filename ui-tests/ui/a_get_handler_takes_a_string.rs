#[gopool::get("/users")]
fn users(name: String) -> String {
    name
}

fn main() {}
