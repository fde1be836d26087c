#[gopool::get("/users")]
fn users() -> String {
    let name = ;
    name
}

fn main() {}
