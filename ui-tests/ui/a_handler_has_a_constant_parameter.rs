#[gopool::get("/users")]
fn users<const N: usize>() -> String {
    N.to_string()
}

fn main() {}
