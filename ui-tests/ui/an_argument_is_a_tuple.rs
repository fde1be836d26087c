#[gopool::get("/users")]
fn users(pair: (u64, u64)) -> String {
    pair.0.to_string()
}

fn main() {}
