#[gopool::get("/users")]
fn users() -> String {
    7
}

fn main() {}
