#[gopool::get("/users")]
fn users() -> String
where
    String: Clone,
{
    String::new()
}

fn main() {}
